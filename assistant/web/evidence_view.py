"""A document as HTML to be read beside the chat, with the quoted span marked in its surroundings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.schema import Document
from assistant.web.markup import element, foreign, isolated, text
from assistant.web.places import kind_words, page_words
from assistant.web.words import Words

AROUND = 40_000
"""Characters shown before and after the place in a document too long to be shown whole."""
_BLOCK = re.compile(r"\S.*?(?=\n[ \t]*\n|\s*\Z)", re.DOTALL)
_ROW = re.compile(r"[^\s:;][^:;\n]{0,80}: [^;\n]+; [^\s:;][^:;\n]{0,80}: ")
_NUMBERED = re.compile(r"\s*\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]\s|\s*[-–•*] ")
_KEY = re.compile(r"(?:(?<=; )|^)[^\s:;][^:;\n]{0,80}: ")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` to ``end`` of a document's text; empty marks nothing."""

    start: int
    end: int

    def within(self, start: int, end: int) -> "Span":
        """Return the part that lies between two places, empty if there is none."""
        low, high = max(self.start, start), min(self.end, end)
        return Span(low, max(low, high))

    def __bool__(self) -> bool:
        """Whether there is anything in it."""
        return self.start < self.end


def place_of(document: Document, span: Span, quote: str) -> Span | None:
    """Return where ``quote`` stands: at ``span``, else nearest to it; without a quote, the span if it is a place."""
    text = document.text
    if not 0 <= span.start <= span.end <= len(text):
        span = Span(len(text), len(text)) if quote else span
    elif not quote or text[span.start : span.end] == quote:
        return span
    found = [match.start() for match in re.finditer(re.escape(quote), text)] if quote else []
    start = min(found, key=lambda place: abs(place - span.start), default=None)
    return None if start is None else Span(start, start + len(quote))


def evidence_html(document: Document, span: Span, words: Words) -> str:
    """Return title, place and text; the characters of ``span`` stand in ``<mark>`` elements."""
    low, high = _window(document, span)
    language = foreign(document.language)
    title = element("h2", text(document.title), id="evidence-title", tabindex=-1, dir="auto", lang=language)
    head = element("header", title + element("p", _place(document, span, words), class_="place"), class_="reading-head")
    note = element("p", text(words("shortened")), class_="note") if (low, high) != (0, len(document.text)) else ""
    body = element(
        "div", "".join(_blocks(document, span, low, high, words)), class_="document", dir="auto", lang=language
    )
    return head + note + body


def _window(document: Document, span: Span) -> tuple[int, int]:
    size = len(document.text)
    if size <= 3 * AROUND:
        return 0, size
    low = document.text.rfind("\n\n", 0, max(0, span.start - AROUND)) + 1
    high = document.text.find("\n\n", min(size, span.end + AROUND))
    return max(0, low), size if high < 0 else high


def _place(document: Document, span: Span, words: Words) -> str:
    if not span:
        date = document.metadata.get("date")
        return " · ".join(map(isolated, [*kind_words(document, words), *([words("dated", date=date)] if date else [])]))
    page = page_words(document, document.page_at(span.start), words)
    headings = [heading for heading in document.headings_at(span.start) if heading != document.title]
    return " › ".join(map(isolated, [*([page] if page else []), *headings]))


def _blocks(document: Document, span: Span, low: int, high: int, words: Words) -> Iterator[str]:
    headings = {section.start: section for section in document.sections}
    breaks = {page.start: page.number for page in document.pages}
    depth = 2
    for match in _BLOCK.finditer(document.text, low, high):
        start, end = match.span()
        for place in [place for place in breaks if place <= start]:
            page = page_words(document, breaks.pop(place), words)
            yield element(
                "p", element("span", text(page)), class_="page-break", dir=words.direction, lang=words.language
            )
        section = headings.get(start)
        if section and match[0].startswith(section.heading):
            after = start + len(section.heading)
            depth = min(section.level + 2, depth + 1, 6)
            yield element(f"h{depth}", _marked(document.text, start, after, span))
            start = after + len(document.text[after:end]) - len(document.text[after:end].lstrip())
        if start < end:
            yield _body(document.text, start, end, span)


def _body(source: str, start: int, end: int, span: Span) -> str:
    lines = [(match.start(), match.end()) for match in re.compile(r"[^\n]+").finditer(source, start, end)]
    if all(_ROW.match(source, low, high) for low, high in lines):
        rows = "".join(element("li", _row(source, low, high, span)) for low, high in lines)
        return element("ul", rows, class_="rows")
    if len(lines) > 1:
        kind = "numbered" if all(_NUMBERED.match(source, low, high) for low, high in lines[-2:]) else "lines"
        items = "".join(element("li", _marked(source, low, high, span)) for low, high in lines)
        return element("ul", items, class_=kind)
    return element("p", _marked(source, start, end, span))


def _row(source: str, start: int, end: int, span: Span) -> str:
    """Return a table's row as “key: value” pairs, every character kept, the keys in a quieter hand."""
    pieces, at = [], start
    for key in _KEY.finditer(source[start:end]):
        low, high = start + key.start(), start + key.end()
        pieces.append(_marked(source, at, low, span))
        pieces.append(element("span", _marked(source, low, high, span), class_="key"))
        at = high
    return "".join(pieces) + _marked(source, at, end, span)


def _marked(source: str, start: int, end: int, span: Span) -> str:
    inside = span.within(start, end)
    if not inside:
        return text(source[start:end])
    before, quoted, after = source[start : inside.start], source[inside.start : inside.end], source[inside.end : end]
    return text(before) + element("mark", text(quoted)) + text(after)
