"""Blocks of RTF: text gathered until a paragraph, a cell or a row ends."""

from dataclasses import dataclass, field

from assistant.loaders.builder import TextBuilder, clean
from assistant.loaders.tables import add_table


@dataclass(slots=True)
class Blocks:
    """What has been read of the current paragraph and table; ``notes`` are footnotes that wait for their end."""

    builder: TextBuilder
    text: list[str] = field(default_factory=list)
    label: str | None = None
    level: int = 0
    in_table: bool = False
    is_header: bool = False
    notes: list[str] = field(default_factory=list)
    _cell: list[str] = field(default_factory=list)
    _cells: list[str] = field(default_factory=list)
    _rows: list[list[str]] = field(default_factory=list)
    _headers: int = 0

    def paragraph(self) -> None:
        """End a paragraph."""
        if self.in_table:
            self.nested_cell()
            return
        self.table()
        listed, text = self.label is not None, self._line()
        if self.level:
            self.builder.heading(text, self.level)
        elif listed:
            self.builder.item(text)
        else:
            self.builder.paragraph(text)
        self._footnotes()

    def nested_cell(self) -> None:
        """End a paragraph within a cell, or a cell of a table within it."""
        self._cell.append(self._line())

    def cell(self) -> None:
        """End a cell."""
        self.nested_cell()
        self._cells.append(" ".join(self._cell))
        self._cell = []

    def row(self) -> None:
        """End a row."""
        self._headers += self.is_header and self._headers == len(self._rows)
        self._rows.append(self._cells)
        self._cells = []

    def table(self) -> None:
        """End the table, if there is one."""
        if self._cells or self._cell:
            self._cells.append(" ".join(self._cell))
            self._cell = []
            self.row()
        if self._rows:
            marked = self._headers if 0 < self._headers < len(self._rows) else None
            add_table(self.builder, self._rows, marked)
            self._rows, self._headers = [], 0
            self._footnotes()

    def _line(self) -> str:
        text = "".join(self.text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        label = clean(self.label or "")
        self.text, self.label = [], None
        return f"{label} {text}" if any(sign.isalnum() for sign in label) else text

    def _footnotes(self) -> None:
        for note in self.notes:
            self.builder.paragraph(note)
        self.notes = []
