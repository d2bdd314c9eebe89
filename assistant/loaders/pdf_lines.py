"""Words of a page to lines, and lines to running text."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Protocol, TypeVar

from assistant.loaders.pdf_box import Box
from assistant.loaders.pdf_glyphs import RTL, Word

_CJK = r"\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
BETWEEN_CJK = re.compile(rf"(?<=[{_CJK}]) +(?=[{_CJK}])")
_LTR = re.compile(rf"(?!{RTL.pattern})[^\W\d_]")
_MARKER = re.compile(
    r"(?:[•●○◦▪▫■□◆◇➢➤►▶‣⁃∙·\uf0b7\uf0a7\uf0d8\uf076–—*-]"
    r"|\(?(?:\d{1,3}|[ivxlcIVXLC]{1,5}|[A-Za-z])[.)]"
    r"|\(\d{1,3}\)|[\u2460-\u2473]|[\uff08(][一二三四五六七八九十]{1,3}[\uff09)]|[一二三四五六七八九十]{1,3}、)"
)
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CUT_WORD = re.compile(r"[^\W\d_]+-$")
_WIDE = 0.7
_MARKER_GAP = 4.0
_NEIGHBOURS = 100
_LONGEST_WORD = 60


class Boxed(Protocol):
    """Anything that has a place on the page."""

    @property
    def box(self) -> Box:
        """Its place."""
        ...


Thing = TypeVar("Thing", bound=Boxed)


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or a part of one that wide gaps set apart; ``room`` is the column that it stands in.

    ``paragraph`` counts from 1 where text recognition says to which one the line belongs.
    """

    text: str
    box: Box
    size: float
    bold: bool
    room: Box
    paragraph: int = 0

    @property
    def slack(self) -> float:
        """How much room is left at its end."""
        return self.box.left - self.room.left if is_rtl(self.text) else self.room.right - self.box.right

    def indent(self, other: "Line") -> float:
        """Return by how much it begins further in than another line."""
        return other.box.right - self.box.right if is_rtl(self.text) else self.box.left - other.box.left


def extent(things: Iterable[Boxed]) -> Box:
    """Return the smallest rectangle that holds them all."""
    return reduce(Box.union, (thing.box for thing in things))


def in_rows(things: Sequence[Thing]) -> list[list[Thing]]:
    """Group what stands on the same level, from the top; each row from left to right."""
    rows: list[tuple[Box, list[Thing]]] = []
    for thing in sorted(things, key=lambda thing: (thing.box.middle, thing.box.left)):
        for position in range(len(rows) - 1, max(-1, len(rows) - 4), -1):
            box, row = rows[position]
            if box.is_beside(thing.box) and not any(_stacked(other.box, thing.box) for other in row[-_NEIGHBOURS:]):
                row.append(thing)
                taller = thing.box.bottom - thing.box.top > box.bottom - box.top
                rows[position] = (thing.box if taller else box, row)
                break
        else:
            rows.append((thing.box, [thing]))
    rows.sort(key=lambda pair: pair[0].middle)
    return [sorted(row, key=lambda thing: thing.box.left) for _, row in rows]


def _stacked(one: Box, other: Box) -> bool:
    """Whether one stands over the other, so that they can't be on one line."""
    common = min(one.right, other.right) - max(one.left, other.left)
    return common > 0.3 * min(one.right - one.left, other.right - other.left) and not one.is_beside(other)


def segments(words: Sequence[Word]) -> list[Line]:
    """Return the lines of a page, split where a gap is wider than a space between words."""
    found = []
    for row in in_rows(words):
        part: list[Word] = []
        for word in row:
            if part and not _continues(part, word):
                found.append(_line(part))
                part = []
            part.append(word)
        found.append(_line(part))
    return found


def _continues(part: list[Word], word: Word) -> bool:
    gap = word.box.left - max(before.box.right for before in part)
    size = min(part[-1].size, word.size)
    marker = len(part) == 1 and is_marker(part[0].text) and not RTL.search(word.text)
    return gap <= (_MARKER_GAP if marker else _WIDE) * size


def _line(words: list[Word]) -> Line:
    sizes, bold = Counter[float](), 0
    for word in words:
        sizes[round(word.size, 1)] += len(word.text)
        bold += len(word.text) if word.bold else 0
    box = extent(words)
    text = in_reading_order([word.text for word in words])
    return Line(text, box, sizes.most_common(1)[0][0], bold > 0.8 * sum(sizes.values()), box)


def merged(row: Sequence[Line], room: Box) -> Line:
    """Return one line of the parts that stand on one level of a column."""
    longest = max(row, key=lambda part: len(part.text))
    text = in_reading_order([part.text for part in row])
    return Line(text, extent(row), longest.size, all(part.bold for part in row), room, longest.paragraph)


def is_rtl(text: str) -> bool:
    """Whether most letters are of a script that runs from right to left."""
    return len(RTL.findall(text)) > len(_LTR.findall(text))


def is_marker(text: str) -> bool:
    """Whether this is a bullet or a number that begins an item of a list."""
    return bool(_MARKER.fullmatch(text))


def split_marker(text: str) -> tuple[str, str]:
    """Return a list item's marker and its text; the marker is empty if it is no item."""
    head, _, rest = text.partition(" ")
    return (head, rest) if rest and is_marker(head) else ("", text)


def in_reading_order(parts: list[str]) -> str:
    """Join parts that stand from left to right, in the order in which they are read."""
    if any(RTL.search(part) for part in parts):
        right_to_left = is_rtl(" ".join(parts))
        ordered: list[str] = []
        against: list[str] = []
        for part in reversed(parts) if right_to_left else parts:
            strong = RTL.search(part) or _LTR.search(part) or part[-1:].isdigit()
            if strong and bool(RTL.search(part)) != right_to_left:
                against.insert(0, part)
            else:
                ordered += [*against, part]
                against = []
        parts = ordered + against
    return BETWEEN_CJK.sub("", " ".join(parts))


class Mender:
    """Joins lines to running text and mends words hyphenated at line ends by the document's own words."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._words: Counter[str] = Counter()
        for line in lines:
            self._words.update(word.casefold() for word in _COMPOUND.findall(_CUT_WORD.sub("", line)))

    def join(self, lines: Sequence[str]) -> str:
        """Return the lines as one; no space between Chinese characters."""
        return reduce(self._joined, lines) if lines else ""

    def _joined(self, text: str, line: str) -> str:
        before = re.search(r"([^\W\d_]+)-$", text[-_LONGEST_WORD:])
        after = re.match(r"[^\W\d_]+", line)
        if before and after:
            whole = (before[1] + after[0]).casefold()
            parted = f"{before[1]}-{after[0]}".casefold()
            keep = not after[0][0].islower() or self._words[parted] > self._words[whole]
            if not self._words[parted] and not self._words[whole]:
                keep = keep or self._is_compound(before[1].casefold(), after[0].casefold())
            return text + line if keep else text[:-1] + line
        if text[-1:] in "-/" and line[:1].isalnum() and text[-2:-1].isalnum():
            return text + line
        return text + line if BETWEEN_CJK.search(f"{text[-1:]} {line[:1]}") else f"{text} {line}"

    def _is_compound(self, first: str, second: str) -> bool:
        """Whether both parts are words of their own; a part at a line's beginning counts once in any case."""
        return min(len(first), len(second)) > 2 and self._words[first] > 0 and self._words[second] > 1
