"""The pages of a PDF one by one: their lines and tables, by text recognition where they are only pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from assistant.loaders.pdf_box import Box
from assistant.loaders.pdf_glyphs import Glyphs, page_glyphs
from assistant.loaders.pdf_grid import ruled_tables
from assistant.loaders.pdf_lines import Line, segments
from assistant.loaders.pdf_tables import Table
from assistant.loaders.tesseract import DPI, PrintedLine, Recogniser, installed_languages

_MAX_RECOGNISED = 300
_MAX_SIDE = 4_000
_DRAWN_TEXT = 20
_FEW = 20
_NOTHING = Box(0, 0, 1, 1)


@dataclass(frozen=True, slots=True)
class PdfPage:
    """What stands on a page before its reading order is known; ``recognised`` if it was read from its picture."""

    number: int
    box: Box = _NOTHING
    lines: list[Line] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    rules: list[Box] = field(default_factory=list)
    aside: str = ""
    recognised: bool = False


@dataclass(slots=True)
class PageReader:
    """Reads the pages of a ``pypdfium2`` document, and takes note of those that gave no text."""

    document: Any
    notes: list[str] = field(default_factory=list)
    by_ocr: list[int] = field(default_factory=list)
    without_text: list[int] = field(default_factory=list)
    _recogniser: Recogniser = field(default_factory=Recogniser)

    def read(self, number: int) -> PdfPage:
        """Return a page, ``number`` counting from 1; one that is damaged comes back empty."""
        import pypdfium2

        try:
            page = _flattened(self.document, number)
        except pypdfium2.PdfiumError:
            self.notes.append(f"page {number} is damaged and was left out")
            return PdfPage(number)
        try:
            glyphs = page_glyphs(page)
            recognised = self._recognise(page, number, glyphs) if _is_worth_recognising(glyphs) else None
        finally:
            page.close()
        if recognised:
            self.by_ocr.append(number)
            return recognised
        if glyphs.pictures and not glyphs.words and not glyphs.aside:
            self.without_text.append(number)
        tables, words = ruled_tables(glyphs.words, glyphs.rules)
        return PdfPage(number, glyphs.box, segments(words), tables, glyphs.rules, glyphs.aside)

    def _recognise(self, page: Any, number: int, glyphs: Glyphs) -> PdfPage | None:  # noqa: ANN401 - untyped library
        """Return the page as read from its picture; None if there is nothing to read, or no means to."""
        if not installed_languages() or len(self.by_ocr) >= _MAX_RECOGNISED:
            return None
        width, height = page.get_size()
        scale = min(DPI / 72, _MAX_SIDE / max(width, height, 1))
        picture = page.render(scale=scale, grayscale=True).to_pil()
        printed = self._recogniser.read(picture)
        if not printed or (not glyphs.is_garbled and sum(len(line.text) for line in printed) < 2 * glyphs.letters):
            return None
        return recognised_page(number, picture.size, printed, scale)


def recognised_page(number: int, pixels: tuple[int, int], printed: Sequence[PrintedLine], scale: float) -> PdfPage:
    """Return a page with the lines that were recognised on its picture; ``scale`` is pixels a point."""
    size = median(line.box.bottom - line.box.top for line in printed) / scale
    rooms: dict[tuple[int, int], Box] = {}
    for line in printed:
        rooms[line.paragraph] = line.box.union(rooms.get(line.paragraph, line.box))
    order = {paragraph: position for position, paragraph in enumerate(rooms, start=1)}
    lines = [
        Line(
            line.text,
            _scaled(line.box, scale),
            size,
            bold=False,
            room=_scaled(rooms[line.paragraph], scale),
            paragraph=order[line.paragraph],
        )
        for line in printed
    ]
    return PdfPage(number, _scaled(Box(0, 0, *pixels), scale), lines, recognised=True)


def _flattened(document: Any, number: int) -> Any:  # noqa: ANN401 - pypdfium2 is untyped
    """Return a page with the entries of its form fields, notes and stamps as part of it."""
    import pypdfium2.raw as pdfium

    page = document[number - 1]
    if pdfium.FPDFPage_GetAnnotCount(page.raw):
        done = pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
        if done == pdfium.FLATTEN_SUCCESS:
            page.close()
            page = document[number - 1]
    return page


def _is_worth_recognising(glyphs: Glyphs) -> bool:
    """Whether the page shows more than its text says."""
    return glyphs.is_garbled or (glyphs.letters < _FEW and bool(glyphs.pictures or glyphs.drawings >= _DRAWN_TEXT))


def _scaled(box: Box, scale: float) -> Box:
    return Box(box.left / scale, box.top / scale, box.right / scale, box.bottom / scale)
