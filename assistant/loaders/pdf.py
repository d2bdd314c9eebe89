"""Reads PDF: the text with its pages, headings, lists and tables, in the order in which it is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.pdf_flow import Flow
from assistant.loaders.pdf_headings import Headings, body_size
from assistant.loaders.pdf_layout import reading_order, without_notes
from assistant.loaders.pdf_lines import Mender
from assistant.loaders.pdf_pages import PageReader, PdfPage
from assistant.loaders.pdf_running import without_running
from assistant.loaders.pdf_structure import Structure, open_reader, read_structure, rewritten
from assistant.loaders.tesseract import NOT_INSTALLED, installed_languages

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES = 2_000
_MEGABYTE = 1_000_000
_LIMITS: dict[str, Any] = {
    "zlib_maximum_output_length": 50 * _MEGABYTE,
    "lzw_maximum_output_length": 50 * _MEGABYTE,
    "run_length_maximum_output_length": 50 * _MEGABYTE,
    "outline_maximum_entries": 20_000,
    "named_destinations_maximum_entries": 20_000,
    "form_fields_maximum_entries": 20_000,
    "jbig2dec_binary": None,
    "disable_legacy_handling": True,
}
"""Lower than pypdf's own, and it runs no other program."""


def read_pdf(data: bytes, builder: TextBuilder) -> Contents:
    """Add a PDF's text to ``builder``.

    Raises:
        LoadError: The file is damaged or protected, or no text could be had from it.
    """
    import pypdf

    with pypdf.apply_configuration(**_LIMITS), _opened(data) as (document, reader):
        total = len(document)
        count = min(total, MAX_PAGES)
        structure = read_structure(reader, count)
        page_reader = PageReader(document)
        pages = [page_reader.read(number) for number in range(1, count + 1)]
    if not write_pages(pages, structure, builder) and not structure.attachments:
        raise LoadError(_why_empty(page_reader))
    notes = page_reader.notes
    if total > MAX_PAGES:
        notes.append(f"only the first {MAX_PAGES:,} of {total:,} pages were read; split the file to have them all")
    if not structure.complete:
        notes.append("the file breaks the format's rules; its outline, links and form fields may be incomplete")
    found = {"notes": notes, "pages_by_ocr": page_reader.by_ocr, "pages_without_text": page_reader.without_text}
    metadata = structure.metadata | {name: value for name, value in found.items() if value}
    return Contents(structure.title, metadata, structure.attachments)


@contextmanager
def _opened(data: bytes) -> Iterator[tuple[Any, "PdfReader | None"]]:
    """Open the file for its text and for its structure; what PDFium can't open pypdf may be able to mend."""
    import pypdfium2

    reader = open_reader(data)
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        mended = rewritten(reader) if reader is not None else None
        if mended is None:
            raise LoadError(_why_closed(str(error))) from error
        try:
            document = pypdfium2.PdfDocument(mended)
        except pypdfium2.PdfiumError as second:
            raise LoadError(_why_closed(str(second))) from second
    try:
        yield document, reader
    finally:
        document.close()


def _why_closed(error: str) -> str:
    if "password" in error.casefold():
        return "is protected by a password; save a copy without it"
    return "is damaged and can't be opened; save it again as PDF from a program that still shows it"


def _why_empty(reader: PageReader) -> str:
    if not reader.without_text:
        return "holds no text; its pages are blank, damaged or only drawings"
    if not installed_languages():
        return f"holds only pictures of pages, and {NOT_INSTALLED}"
    return "holds only pictures in which no text was recognised; add a text version if they show text"


def write_pages(pages: list[PdfPage], structure: Structure, builder: TextBuilder) -> bool:
    """Add the pages to ``builder``; return whether there was anything to add."""
    kept = without_running([page.lines for page in pages], [page.box for page in pages])
    body = body_size(line for page in pages for line in page.lines if not page.recognised)
    layouts = {
        page.number: without_notes(reading_order([*lines, *page.tables], page.rules), 0 if page.recognised else body)
        for page, lines in zip(pages, kept, strict=True)
    }
    plain = {page.number for page in pages if page.recognised}
    blocks = {number: layout.blocks for number, layout in layouts.items()}
    mender = Mender(line.text for page in pages for line in page.lines)
    flow = Flow(builder, Headings(blocks, structure.bookmarks, plain), mender)
    for page in pages:
        label = structure.labels[page.number - 1] if page.number <= len(structure.labels) else ""
        asides = [page.aside, *structure.remarks.get(page.number, []), _links(page, structure)]
        flow.page(page.number, label if label not in ("", str(page.number)) else None, layouts[page.number], asides)
    flow.finish()
    for name, value in structure.fields:
        builder.row([value], [name])
    return bool(
        any(layout.blocks or layout.notes for layout in layouts.values())
        or any(page.aside for page in pages)
        or structure.fields
        or structure.remarks
    )


def _links(page: PdfPage, structure: Structure) -> str:
    """Return the addresses that the page links to but does not show."""
    shown = "".join([*(line.text for line in page.lines), *(cell for table in page.tables for cell in table.text)])
    hidden = [link for link in structure.links.get(page.number, []) if _shown_as(link) not in shown.replace(" ", "")]
    return "Links: " + "; ".join(hidden) if hidden else ""


def _shown_as(link: str) -> str:
    return link.removeprefix("mailto:").removeprefix("https://").removeprefix("http://").rstrip("/")
