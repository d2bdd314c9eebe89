"""Where sentences begin and end: English and its like by nupunkt, Chinese, Urdu and Arabic by their own marks."""

import re

_MARK = re.compile(r"[。！？؟۔]+[”’」』）》\"')]*|[；](?=\s|$)")
_MISSED = re.compile(r"(?<=[a-z]{2})[.!?]+[\"'”’)\]]*(?=\s+[\"'“‘(\[]?[A-Z][a-z])")
"""A plain lower-case word, a full stop, a capital: nupunkt takes some such words (“kg.”, “road.”) for abbreviations."""
_ABBREVIATIONS = frozenset(
    "no nos vol vols pp approx ca cf vs al ed eds est dept univ fig figs inc ltd corp bros mr mrs ms dr prof st jr sr "
    "gen col sgt capt lt gov sen rep rev hon messrs viz ie eg etc sec secs art arts ch chs para ext tel jan feb mar "
    "apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun".split()
)
_LATIN = re.compile(r"[A-Za-z]")
_LIST_NUMBER = re.compile(r"^\W*(\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]\s*$")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of each sentence of ``text``, white space around it left out.

    A line break always ends a sentence: loaders write a paragraph, a list item or a table row as one line.
    Every character that is not white space lies in exactly one sentence.
    """
    spans = []
    position = 0
    for line in text.splitlines(keepends=True):
        for start, end in _line_spans(line):
            spans.append((position + start, position + end))
        position += len(line)
    return spans


def sentences_about(text: str, start: int, end: int, most: int) -> tuple[int, int]:
    """Return a span of whole sentences about the one from ``start`` to ``end``, no longer than ``most`` if that is not.

    What stands before and after is taken by turns: what a sentence refers to mostly stands before.
    """
    if len(text) <= most:
        return 0, len(text)
    spans = sentence_spans(text)
    before = [first for first, _ in spans if first < start][::-1]
    after = [last for _, last in spans if last > end]
    while before or after:
        if before and end - before[0] <= most:
            start = before.pop(0)
        else:
            before = []
        if after and after[0] - start <= most:
            end = after.pop(0)
        else:
            after = []
    return start, end


def block_at(text: str, position: int) -> tuple[int, int]:
    """Return the span between empty lines around a position."""
    first, last = text.rfind("\n\n", 0, position), text.find("\n\n", position)
    return first + 2 if first >= 0 else 0, last if last >= 0 else len(text)


def _line_spans(line: str) -> list[tuple[int, int]]:
    if not line.strip():
        return []
    pieces = [(0, len(line))]
    if _LATIN.search(line) and len(line) > 2:
        from nupunkt import sent_spans

        ends = [end for _, end in sent_spans(line)]
        starts = [0, *ends[:-1]] if ends else [0]
        pieces = list(zip(starts, [*ends[:-1], len(line)] if ends else [len(line)], strict=True))
    spans: list[tuple[int, int]] = []
    for start, end in pieces:
        for first, last in _split_at_marks(line, start, end):
            if spans and _LIST_NUMBER.match(line[spans[-1][0] : spans[-1][1]]):
                first = spans.pop()[0]
            spans.append((first, last))
    return spans


def _split_at_marks(line: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts = [match.end() for match in _MARK.finditer(line, start, end)]
    for match in _MISSED.finditer(line, start, end):
        word = re.split(r"[^A-Za-z]", line[max(start, match.start() - 20) : match.start()])[-1]
        if word.lower() not in _ABBREVIATIONS:
            cuts.append(match.end())
    cuts.sort()
    bounds = [start, *cuts, end]
    spans = []
    for first, last in zip(bounds, bounds[1:], strict=False):
        piece = line[first:last]
        if piece.strip():
            first += len(piece) - len(piece.lstrip())
            spans.append((first, first + len(piece.strip())))
    return spans
