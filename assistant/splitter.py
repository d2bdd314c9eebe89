"""Documents to chunks: exact slices made of whole sentences, within one section, short enough for the model."""

import bisect
import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.schema import Chunk, Document
from assistant.sentences import sentence_spans

VERSION = 1
"""Raised whenever the same document would be split differently: an index remembers it."""
PREFIX_TOKENS = 48
"""At most so many tokens of title and headings are embedded before a chunk's own text."""

TokenSpans = Callable[[str], list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    tokens: int
    heading: bool


def split(document: Document, token_spans: TokenSpans, limit: int) -> list[Chunk]:
    """Return the document's chunks in order; each has at most ``limit`` tokens, nothing is left out.

    A chunk ends where a section ends; a sentence is cut only if it alone is over the limit.
    """
    chunks = []
    for group in _sections(_units(document, token_spans, limit)):
        for start, end in _pack(group, limit):
            text = document.text[start:end]
            digest = hashlib.sha256(f"{document.id}\0{start}\0{text}".encode()).hexdigest()[:16]
            chunks.append(
                Chunk(digest, document.id, text, start, end, document.page_at(start), document.headings_at(start))
            )
    return chunks


def embedding_text(chunk: Chunk, title: str, token_spans: TokenSpans) -> str:
    """Return what is embedded for a chunk: the title, its headings and its text, on a line each."""
    names = [title, *(heading for heading in chunk.section if heading != title)]
    first_line = chunk.text.split("\n", 1)[0]
    prefix = " › ".join(name for name in names if name and name != first_line)
    spans = token_spans(prefix)
    if len(spans) > PREFIX_TOKENS:
        prefix = prefix[: spans[PREFIX_TOKENS - 1][1]]
    return f"{prefix}\n{chunk.text}" if prefix else chunk.text


def _units(document: Document, token_spans: TokenSpans, limit: int) -> Iterator[_Unit]:
    headings = {section.start for section in document.sections}
    position = 0
    for line in document.text.splitlines(keepends=True):
        tokens = token_spans(line)
        starts = [start for start, _ in tokens]
        for start, end in sentence_spans(line):
            first, last = bisect.bisect_left(starts, start), bisect.bisect_left(starts, end)
            heading = position + start in headings
            if last - first <= limit:
                yield _Unit(position + start, position + end, last - first, heading)
            else:
                for begin, stop, count in _cut(line, tokens[first:last], start, end, limit):
                    yield _Unit(position + begin, position + stop, count, heading)
        position += len(line)


def _cut(line: str, tokens: list[tuple[int, int]], start: int, end: int, limit: int) -> Iterator[tuple[int, int, int]]:
    """Cut one long sentence into pieces of at most ``limit`` tokens, between words where it can."""
    first = 0
    while len(tokens) - first > limit:
        last = first + limit
        cut = last
        while cut > first + limit // 2 and not line[tokens[cut][0] - 1].isspace():
            cut -= 1
        cut = cut if cut > first + limit // 2 else last
        stop = tokens[cut][0]
        yield start, start + len(line[start:stop].rstrip()), cut - first
        start, first = stop, cut
    yield start, end, len(tokens) - first


def _sections(units: Iterator[_Unit]) -> Iterator[list[_Unit]]:
    """Group the units by section; headings without text of their own go with the next."""
    group: list[_Unit] = []
    for unit in units:
        if unit.heading and any(not member.heading for member in group):
            yield group
            group = []
        group.append(unit)
    if group:
        yield group


def _pack(units: list[_Unit], limit: int) -> Iterator[tuple[int, int]]:
    """Join neighbouring units to spans of like size within the limit."""
    total = sum(unit.tokens for unit in units)
    target = total / math.ceil(total / limit) if total else limit
    start, end, size = units[0].start, units[0].end, units[0].tokens
    for unit in units[1:]:
        if size + unit.tokens > limit or size >= target:
            yield start, end
            start, size = unit.start, 0
        end, size = unit.end, size + unit.tokens
    yield start, end
