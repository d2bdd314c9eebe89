"""What a PDF says about itself beside its pages' text: labels, outline, links, form fields, metadata."""

import io
import logging
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from assistant.loaders.builder import clean

DAMAGED = (
    PyPdfError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What pypdf raises on files that break the format's rules."""

_MAX_BOOKMARKS = 5_000
_MAX_FIELDS = 2_000
_MAX_LINKS = 200
_MAX_ATTACHMENTS = 20
_DAY = re.compile(r"(\d{4})-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])")
_NO_TITLE = re.compile(
    r"^(?:untitled|\(?anonymous\)?)$|^microsoft (?:word|powerpoint) - "
    r"|^.*\.(?:docx?|pptx?|html?|indd|graffle|tex|dvi)$",
    re.IGNORECASE,
)
_SCHEMES = ("http://", "https://", "mailto:")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the outline: ``level`` counts from 1, ``page`` is physical."""

    title: str
    level: int
    page: int


@dataclass(slots=True)
class Structure:
    """What was found; empty where the file has none or it can't be read."""

    labels: list[str] = field(default_factory=list)
    bookmarks: list[Bookmark] = field(default_factory=list)
    links: dict[int, list[str]] = field(default_factory=dict)
    remarks: dict[int, list[str]] = field(default_factory=dict)
    fields: list[tuple[str, str]] = field(default_factory=list)
    attachments: list[tuple[str, bytes]] = field(default_factory=list)
    title: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    complete: bool = True


def open_reader(data: bytes) -> PdfReader | None:
    """Return a reader of the file, or None if pypdf can't open it or it wants a password."""
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return None
        return reader if len(reader.pages) else None
    except DAMAGED:
        return None


def rewritten(reader: PdfReader) -> bytes | None:
    """Return the file written anew without encryption, if that is possible."""
    target = io.BytesIO()
    try:
        writer = PdfWriter(clone_from=reader)
        writer.write(target)
    except DAMAGED:
        return None
    return target.getvalue()


def read_structure(reader: PdfReader | None, pages: int) -> Structure:
    """Return what the first ``pages`` pages' file says about itself."""
    structure = Structure(complete=reader is not None)
    if reader is None:
        return structure

    structure.labels = _attempt(lambda: list(reader.page_labels)[:pages], [], structure)
    structure.bookmarks = _attempt(lambda: _some(_bookmarks(reader, reader.outline, 1), _MAX_BOOKMARKS), [], structure)
    structure.fields = _attempt(lambda: _some(_fields(reader), _MAX_FIELDS), [], structure)
    structure.attachments = _attempt(lambda: _some(_attachments(reader), _MAX_ATTACHMENTS), [], structure)
    nothing: tuple[str, dict[str, Any]] = ("", {})
    structure.title, structure.metadata = _attempt(partial(_metadata, reader), nothing, structure)
    none: tuple[list[str], list[str]] = ([], [])
    for number in range(1, pages + 1):
        links, remarks = _attempt(partial(_annotations, reader, number), none, structure)
        if links:
            structure.links[number] = links
        if remarks:
            structure.remarks[number] = remarks
    return structure


def _attempt(read: Callable[[], _Result], default: _Result, structure: Structure) -> _Result:
    """Return what ``read`` returns, or note that the file is damaged there."""
    try:
        return read()
    except DAMAGED:
        structure.complete = False
        return default


def _some(found: Iterator[_Result], most: int) -> list[_Result]:
    return list(islice(found, most))


def _bookmarks(reader: PdfReader, entries: list[Any], level: int) -> Iterator[Bookmark]:
    for entry in entries:
        if isinstance(entry, list):
            yield from _bookmarks(reader, entry, level + 1)
            continue
        page = reader.get_destination_page_number(entry)
        title = clean(str(entry.title or ""))
        if title and page is not None and page >= 0:
            yield Bookmark(title, level, page + 1)


def _fields(reader: PdfReader) -> Iterator[tuple[str, str]]:
    for name, found in (reader.get_fields() or {}).items():
        value = found.get("/V")
        if value is None or found.get("/FT") == "/Sig":
            continue
        values = value if isinstance(value, list) else [value]
        text = clean("; ".join(str(part) for part in values if isinstance(part, str)))
        if text and text != "/Off":
            yield clean(str(found.get("/TU") or name)), text.removeprefix("/")


def _attachments(reader: PdfReader) -> Iterator[tuple[str, bytes]]:
    for name, contents in reader.attachments.items():
        for content in contents:
            yield clean(name), content


def _metadata(reader: PdfReader) -> tuple[str, dict[str, Any]]:
    information = reader.metadata
    if information is None:
        return "", {}
    found: dict[str, Any] = {}
    if author := clean(information.author or ""):
        found["author"] = author
    for raw in (information.creation_date_raw, information.modification_date_raw):
        if day := _DAY.search(str(raw or "")):
            found.setdefault("date", "-".join(day.groups()))
    title = clean(information.title or "")
    return _NO_TITLE.sub("", title), found


def _annotations(reader: PdfReader, number: int) -> tuple[list[str], list[str]]:
    """Return the addresses that a page links to, and the notes written on it."""
    links: list[str] = []
    remarks: list[str] = []
    for reference in reader.pages[number - 1].get("/Annots") or []:
        annotation = reference.get_object()
        if not isinstance(annotation, dict):
            continue
        kind = annotation.get("/Subtype")
        action = annotation.get("/A")
        action = action.get_object() if action is not None else None
        if kind == "/Link" and isinstance(action, dict) and action.get("/S") == "/URI":
            address = clean(str(action.get("/URI") or ""))
            if address.lower().startswith(_SCHEMES) and address not in links and len(links) < _MAX_LINKS:
                links.append(address)
        elif kind in ("/FreeText", "/Text", "/Highlight", "/Underline") and annotation.get("/Contents"):
            remarks.append(clean(str(annotation["/Contents"])))
    return links, remarks
