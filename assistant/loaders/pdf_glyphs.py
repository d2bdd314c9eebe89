"""What stands where on a PDF page: its words and its ruled lines, as PDFium sees them.

Coordinates are points from the upper left corner, turned so that most of the page's text runs level.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from ctypes import byref, c_double, c_int, create_string_buffer
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from typing import Any

from assistant.loaders.pdf_box import Box
from assistant.loaders.pdf_rules import drawings

_MAX_CHARACTERS = 100_000
_BOLD = ("bold", "black", "heavy", "semibd", "demi", "-medi", "cmbx", "sfbx", "ecbx")
_HYPHENS = {0x02: "-", 0xFFFE: "-", 0xAD: "-", 0x2010: "-"}
_FORCE_BOLD = 1 << 18
_LINE_BREAKS = (0x0A, 0x0D)
_TOUCHING = 0.1
_NEIGHBOURS = 300
_SHORT = 2
RTL = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe]")
"""Letters of scripts that run from right to left."""

_DIRECTIONS = re.compile(rf"(?P<back>(?:(?!\d){RTL.pattern})+)|(?:\d+(?:[٫٬]\d+)*|(?!{RTL.pattern}).)+")


@dataclass(frozen=True, slots=True)
class Word:
    """Characters that belong together, in logical order.

    ``turn`` counts quarter turns (None: askew); ``mapped`` is false if the font doesn't say which characters they are.
    """

    text: str
    box: Box
    size: float
    bold: bool
    turn: int | None = 0
    mapped: bool = True


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A page: ``words`` that run level, ``aside`` the text that does not, ``rules`` its strokes and edges."""

    box: Box
    words: list[Word]
    aside: str
    rules: list[Box]
    pictures: int
    drawings: int

    @property
    def letters(self) -> int:
        """The number of letters and digits."""
        return sum(map(str.isalnum, "".join(word.text for word in self.words) + self.aside))

    @property
    def is_garbled(self) -> bool:
        """Whether most of the text is code numbers of a font in place of characters."""
        text = "".join(word.text for word in self.words)
        strange = sum(1 for character in text if character == "\ufffd" or "\ue000" <= character <= "\uf8ff")
        unmapped = sum(len(word.text) for word in self.words if not word.mapped)
        foreign = unmapped > 0.3 * len(text) and sum(map(str.isascii, text)) < 0.5 * len(text)
        return bool(text) and (strange > 0.3 * len(text) or foreign)


def page_glyphs(page: Any) -> Glyphs:  # noqa: ANN401 - pypdfium2 is untyped
    """Return the words and rules of a ``pypdfium2`` page."""
    textpage = page.get_textpage()
    try:
        words = list(_words(textpage))
    finally:
        textpage.close()
    turns = Counter[int | None]()
    words = _without_shadows(words)
    for word in words:
        turns[word.turn] += len(word.text)
    turn = next((turn for turn, _ in turns.most_common() if turn is not None), 0)
    left, bottom, right, top = page.get_bbox()
    whole = _turned(Box(left, bottom, right, top), turn)
    level, aside = [], []
    for word in words:
        if word.turn != turn:
            aside.append(word.text)
            continue
        box = _turned(word.box, turn)
        if box.right > whole.left and box.left < whole.right and whole.top < box.middle < whole.bottom:
            level.append(replace(word, box=_moved(box, whole), turn=0))
    rules, pictures, paths = drawings(page)
    rules = [_moved(_turned(rule, turn), whole) for rule in rules]
    size = Box(0, 0, whole.right - whole.left, whole.bottom - whole.top)
    return Glyphs(size, level, " ".join(aside), rules, pictures, paths)


def _without_shadows(words: list[Word]) -> list[Word]:
    """Leave out words that are printed once more on the same place, whole or in part, as a shadow or to look bold."""
    seen: defaultdict[int, list[Word]] = defaultdict(list)
    kept = []
    for word in words:
        near = max(0.2 * word.size, 0.1)
        level = int(word.box.top / near)
        if not any(_covers(other, word, near) for down in (-1, 0, 1) for other in seen[level + down][-_NEIGHBOURS:]):
            kept.append(word)
            seen[level].append(word)
    return kept


def _covers(word: Word, other: Word, near: float) -> bool:
    """Whether another word is the same as this one, or a part of it, and stands on the same place."""
    if other.text not in word.text:
        return False
    box, inner = word.box, other.box
    if len(other.text) == len(word.text):
        return abs(inner.left - box.left) < near and abs(inner.top - box.top) < near
    ends = inner.left > box.left - near and inner.right < box.right + near
    return ends and abs(inner.top - box.top) < near and abs(other.size - word.size) < near


def _turned(box: Box, turn: int) -> Box:
    """Turn a box of PDF's coordinates (upwards) so that text of that direction runs to the right."""
    left, low, right, high = box.left, box.top, box.right, box.bottom
    if turn == 0:
        return Box(left, -high, right, -low)
    if turn == 1:
        return Box(low, left, high, right)
    if turn == 2:
        return Box(-right, low, -left, high)
    return Box(-high, -right, -low, -left)


def _moved(box: Box, whole: Box) -> Box:
    return Box(box.left - whole.left, box.top - whole.top, box.right - whole.left, box.bottom - whole.top)


def _words(textpage: Any) -> Iterator[Word]:  # noqa: ANN401 - pypdfium2 is untyped
    """Yield the words in the file's order; their boxes are in PDF's coordinates (upwards)."""
    import pypdfium2.raw as pdfium

    handle, rect = textpage.raw, pdfium.FS_RECTF()
    run: list[tuple[str, Box]] = []
    first, size, broken = 0, 0.0, False
    for index in range(min(textpage.count_chars(), _MAX_CHARACTERS)):
        code = pdfium.FPDFText_GetUnicode(handle, index)
        character = _HYPHENS.get(code) or (chr(code) if 0 < code < 0x110000 else "")
        pdfium.FPDFText_GetLooseCharBox(handle, index, byref(rect))
        box = Box(rect.left, min(rect.bottom, rect.top), max(rect.left, rect.right), max(rect.bottom, rect.top))
        if run and code in _LINE_BREAKS and pdfium.FPDFText_IsGenerated(handle, index) == 1:
            broken = True
            continue
        if run and (
            not character.strip()
            or _apart(run[-1][1], box, size)
            or (broken and not _is_set_lower_or_higher(run, character, box, size))
        ):
            yield _word(handle, first, run)
            run = []
        broken = False
        if character.strip():
            if not run:
                first, size = index, max(1.0, box.bottom - box.top, box.right - box.left)
            run.append((character, box))
    if run:
        yield _word(handle, first, run)


def _is_set_lower_or_higher(run: list[tuple[str, Box]], character: str, now: Box, size: float) -> bool:
    """Whether PDFium took an index or an exponent, or what follows it, for a new line; a note's mark stays apart."""
    last, box = run[-1]
    touches = abs(now.left - box.right) < _TOUCHING * size
    level = min(now.bottom, box.bottom) - max(now.top, box.top) > 0
    mark = character.isdigit() and len(run) > _SHORT and now.top > box.top
    return touches and level and last.isalnum() and character.isalnum() and not mark


def _apart(box: Box, now: Box, size: float) -> bool:
    across = max(now.left - box.right, box.left - now.right)
    along = max(now.top - box.bottom, box.top - now.bottom)
    return across > 0.7 * size or along > 0.7 * size


def _word(handle: Any, index: int, run: list[tuple[str, Box]]) -> Word:  # noqa: ANN401 - a pointer of PDFium
    import pypdfium2.raw as pdfium

    box = reduce(Box.union, (box for _, box in run))
    matrix, flags = pdfium.FS_MATRIX(), c_int()
    pdfium.FPDFText_GetMatrix(handle, index, byref(matrix))
    size = pdfium.FPDFText_GetFontSize(handle, index) * math.hypot(matrix.c, matrix.d)
    name = create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(handle, index, name, 128, byref(flags))
    font = name.value.decode("utf-8", "replace").casefold()
    bold = any(mark in font for mark in _BOLD) or bool(flags.value & _FORCE_BOLD)
    quarters = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
    turn = round(quarters) % 4 if abs(quarters - round(quarters)) < 0.1 else None
    x, y = c_double(), c_double()
    pdfium.FPDFText_GetCharOrigin(handle, index, byref(x), byref(y))
    if turn == 0 and size > 0:
        box = Box(box.left, y.value - 0.22 * size, box.right, y.value + 0.78 * size)
    mapped = pdfium.FPDFText_HasUnicodeMapError(handle, index) != 1
    return Word(_plain(_in_logical_order(run)), box, size or box.bottom - box.top, bold, turn, mapped)


def _in_logical_order(run: list[tuple[str, Box]]) -> str:
    """Return a word's characters, those of a right-to-left script turned round if they come from the left.

    Letters and numbers inside it that run to the right keep their order.
    """
    text = "".join(character for character, _ in run)
    if not RTL.search(text):
        return text
    parts, centres = [], []
    for found in _DIRECTIONS.finditer(text):
        places = [box.centre for _, box in run[found.start() : found.end()]]
        forward = not found["back"] and any(map(str.isalnum, found[0]))
        parts.append(found[0] if forward or not _rises(places) else found[0][::-1])
        centres.append((places[0] + places[-1]) / 2)
    return "".join(reversed(parts) if _rises(centres) else parts)


def _rises(places: list[float]) -> bool:
    steps = [after - before for before, after in pairwise(places)]
    return sum(step > 0 for step in steps) > sum(step < 0 for step in steps)


def _plain(text: str) -> str:
    """Join surrogates and undo ligatures and the shapes of Arabic letters."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(
        unicodedata.normalize("NFKC", character) if _is_shape(character) else character for character in text
    )


def _is_shape(character: str) -> bool:
    return "\ufb00" <= character <= "\ufdff" or "\ufe70" <= character <= "\ufefc"
