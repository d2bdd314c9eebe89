"""Puts a document's text together block by block, and remembers where pages and sections begin."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from assistant.schema import Document, Page, Section

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\ufeff\ufffe\uffff\ud800-\udfff]")
_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    """Return the text as one line: NFC, without control characters or soft hyphens, white space folded."""
    text = _CONTROL.sub("", text.replace("\x00", " "))
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()


def title_of_name(id: str) -> str:
    """Return the title of a document that has none of its own: its file's name, made readable."""
    name = id.rsplit("/", 1)[-1].rsplit(".", 1)[0].replace("-", " ").replace("_", " ")
    return clean(name) or id


@dataclass(frozen=True, slots=True)
class Contents:
    """What a reader found beside the text: passed on to ``TextBuilder.build``.

    ``metadata`` holds JSON values only, among them, where they apply, ``pages_without_text`` and
    ``pages_by_ocr`` (lists of physical page numbers), ``date``, ``author`` and ``notes`` (sentences for
    the build's report); ``attachments`` are files inside the file, as (name, content).
    """

    title: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    attachments: list[tuple[str, bytes]] = field(default_factory=list)


@dataclass(slots=True)
class TextBuilder:
    """Blocks are added in reading order; each becomes one line of ``Document.text``.

    Paragraphs, headings and tables are set apart by an empty line; items and rows follow each other.
    """

    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _last: str = ""
    _pages: list[tuple[int, int, str | None]] = field(default_factory=list)
    _headings: list[tuple[str, int, int]] = field(default_factory=list)

    def heading(self, text: str, level: int) -> None:
        """Add a heading; ``level`` counts from 1, the outermost."""
        text = clean(text)
        if text:
            start = self._add(text, "heading")
            self._headings.append((text, max(1, level), start))

    def paragraph(self, text: str) -> None:
        """Add a paragraph; line breaks in it become spaces."""
        self._add(clean(text), "paragraph")

    def item(self, text: str) -> None:
        """Add an item of a list."""
        self._add(clean(text), "item")

    def row(self, cells: list[str], header: list[str] | None = None) -> None:
        """Add a table row as ``Header: cell; Header: cell`` (only cells that hold something)."""
        cells = [clean(cell) for cell in cells]
        names = [clean(name) for name in header or []]
        names += [""] * (len(cells) - len(names))
        pairs = [f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=False) if cell]
        self._add("; ".join(pairs), "row")

    def page(self, number: int, label: str | None = None) -> None:
        """Begin a page (or slide): what is added from here on stands on it."""
        self._pages.append((number, self._length, label))
        if self._last in ("item", "row"):
            self._last = "page"

    def _add(self, text: str, kind: str) -> int:
        if not text:
            return self._length
        gap = ""
        if self._parts:
            gap = "\n" if kind == self._last and kind in ("item", "row") else "\n\n"
        self._parts += [gap, text]
        start = self._length + len(gap)
        self._length = start + len(text)
        self._last = kind
        return start

    def build(
        self,
        *,
        id: str,
        title: str,
        media_type: str,
        sha256: str,
        language: str = "und",
        metadata: dict[str, Any] | None = None,
    ) -> Document:
        """Return the document; without a title it takes its first level-1 heading, else the file's name."""
        text = "".join(self._parts)
        starts = [start for _, start, _ in self._pages] + [len(text)]
        pages = [
            Page(number, min(start, len(text)), max(starts[position + 1], start), label)
            for position, (number, start, label) in enumerate(self._pages)
        ]
        sections = []
        for position, (heading, level, start) in enumerate(self._headings):
            after = (begin for _, depth, begin in self._headings[position + 1 :] if depth <= level)
            sections.append(Section(heading, level, start, next(after, len(text))))
        first = next((heading for heading, level, _ in self._headings if level == 1), "")
        return Document(
            id=id,
            title=clean(title) or first or title_of_name(id),
            text=text,
            media_type=media_type,
            sha256=sha256,
            language=language,
            pages=pages,
            sections=sections,
            metadata=metadata or {},
        )
