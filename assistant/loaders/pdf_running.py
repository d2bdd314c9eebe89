"""Running headers, footers and page numbers: lines at the edges of pages that come back."""

import re
from collections import Counter
from collections.abc import Sequence

from assistant.loaders.pdf_box import Box
from assistant.loaders.pdf_lines import Line, extent, in_rows

_ZONE = 0.13
_MAX_ROWS = 4
_MAX_FIGURES = 2
_NUMBER = r"(?:\d{1,4}|[ivxlcIVXLC]{1,7})"
_PAGE_NUMBER = re.compile(
    rf"(?:page|p\.|pp\.|seite|صفحہ|صفحه|第)?\s*[-–—|·\[(]*\s*{_NUMBER}\s*"
    rf"(?:(?:/|\||of|von|de|sur|از|共)\s*{_NUMBER})?\s*[-–—|·\])页頁]*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_FIGURE = re.compile(r"[-–]?\d+")
_YEAR = re.compile(r"(?:19|20)\d\d")

Key = tuple[str, bool, int]


def without_running(pages: Sequence[Sequence[Line]], boxes: Sequence[Box]) -> list[list[Line]]:
    """Return each page's lines without those that only say where in the document one is."""
    counts = Counter[Key]()
    different = {tuple(line.text for line in lines): (lines, box) for lines, box in zip(pages, boxes, strict=True)}
    for lines, box in different.values():
        counts.update({key for line in lines for key in _keys(line, box)})
    needed = 2 if len(pages) <= 6 else 3
    return [_trimmed(lines, box, counts, needed) for lines, box in zip(pages, boxes, strict=True)]


def _keys(line: Line, box: Box) -> set[Key]:
    """Return what a line at an edge is known by: its words and its height, which may be a little off."""
    middle, height = line.box.middle, box.bottom - box.top
    if _ZONE * height < middle < (1 - _ZONE) * height:
        return set()
    text = _DIGITS.sub("#", line.text).casefold()
    place = round(middle / 6)
    return {(text, middle < height / 2, place + step) for step in (0, 1)}


def _trimmed(lines: Sequence[Line], box: Box, counts: Counter[Key], needed: int) -> list[Line]:
    """Return the lines without running ones at the edges; a page that holds little else keeps them."""
    rows = in_rows(lines)
    dropped: set[int] = set()
    for edge in (rows[:_MAX_ROWS], rows[: -_MAX_ROWS - 1 : -1]):
        for row in edge:
            if not _is_running(row, box, counts, needed):
                break
            dropped |= set(map(id, row))
    kept = [line for line in lines if id(line) not in dropped]
    size = sum(len(line.text) for line in lines)
    return kept if 2 * sum(len(line.text) for line in kept) > size else list(lines)


def _is_running(row: list[Line], box: Box, counts: Counter[Key], needed: int) -> bool:
    whole = extent(row)
    height = box.bottom - box.top
    if _ZONE * height < whole.middle < (1 - _ZONE) * height:
        return False
    known = [any(counts[key] >= needed for key in _keys(line, box)) for line in row]
    numbers = [bool(_PAGE_NUMBER.fullmatch(line.text)) for line in row]
    if all(_FIGURE.fullmatch(line.text) for line in row):
        return (all(known) and len(row) <= _MAX_FIGURES) or _are_page_numbers([line.text for line in row])
    return all(one or other for one, other in zip(known, numbers, strict=True))


def _are_page_numbers(figures: list[str]) -> bool:
    """Whether figures alone in a row are the numbers of one page or two, not a year, cells or the marks of an axis."""
    if len(figures) == 1:
        return not _YEAR.fullmatch(figures[0])
    values = [int(figure) for figure in figures if figure.isdecimal()]
    return len(figures) == len(values) == _MAX_FIGURES and values[1] == values[0] + 1
