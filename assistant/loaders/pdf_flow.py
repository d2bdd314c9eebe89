"""The pages of a PDF as headings, paragraphs, items and rows of one text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.loaders.builder import TextBuilder
from assistant.loaders.pdf_headings import Heading, Headings
from assistant.loaders.pdf_layout import Block, Layout
from assistant.loaders.pdf_lines import Line, Mender, split_marker
from assistant.loaders.pdf_tables import FIGURE, Table

_SENTENCE_END = re.compile(r"[.!?:;。！？；：۔؟…][\"'”’»)\]]*$")
_LAST_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[\"'“‘(]?[A-Z0-9])|(?<=[。！？])|(?<=[۔؟])\s")
_LONGEST_CARRY = 1_500
_YEAR = re.compile(r"(?:19|20)\d\d")
_LEADERS = re.compile(r"(?:\s?[.·…_]){4,}\s*(?=[\divxlc]*$)")
_LONG_LINE = 40
_LONG_HEADER = 100


@dataclass(slots=True)
class _Open:
    """A paragraph or an item that may go on."""

    lines: list[Line]
    item: bool

    @property
    def last(self) -> Line:
        """The line that was added last."""
        return self.lines[-1]


@dataclass(slots=True)
class Flow:
    """Writes page after page; a sentence that runs over a page's end is put on the page where it ends."""

    builder: TextBuilder
    headings: Headings
    mender: Mender
    _open: _Open | None = None
    _carried: str = ""
    _table: Table | None = None
    _notes: Sequence[Line] = ()
    _asides: Sequence[str] = ()

    def page(self, number: int, label: str | None, layout: Layout, asides: Sequence[str] = ()) -> None:
        """Begin a page and add what stands on it; ``asides`` come after its footnotes."""
        self._end_page(layout.blocks)
        self.builder.page(number, label)
        blocks = layout.blocks
        found = self.headings.on_page(number, blocks)
        position = 0
        while position < len(blocks):
            block = blocks[position]
            if position in found:
                self._heading(found[position], _lines(blocks, position, found[position].count))
                position += found[position].count
                continue
            if isinstance(block, Table):
                self._rows(block)
            else:
                self._line(block)
            position += 1
        self._notes, self._asides = layout.notes, asides

    def finish(self) -> None:
        """Write what is still open."""
        self._end_page([])

    def _heading(self, heading: Heading, lines: list[Line]) -> None:
        self._close()
        self._table = None
        self.builder.heading(self.mender.join([line.text for line in lines]), heading.level)

    def _close(self) -> None:
        text = self._text()
        item = self._open is not None and self._open.item
        self._open, self._carried = None, ""
        if item:
            marker, rest = split_marker(text)
            self.builder.item(text if any(map(str.isalnum, marker)) else rest)
        else:
            self.builder.paragraph(text)

    def _text(self) -> str:
        lines = [self._carried] if self._carried else []
        lines += [_LEADERS.sub(" … ", line.text) for line in self._open.lines] if self._open else []
        return self.mender.join(lines)

    def _end_page(self, blocks: Sequence[Block]) -> None:
        """Close the page before ``blocks``, but for a last sentence that goes on on them."""
        carried = self._unfinished(blocks)
        if not carried:
            self._close()
        table = self._table
        for line in self._notes:
            self._line(line)
        self._close()
        for text in self._asides:
            self.builder.paragraph(text)
        self._notes, self._asides = (), ()
        self._carried, self._table = carried, table

    def _unfinished(self, blocks: Sequence[Block]) -> str:
        """Write all but the last sentence of the open paragraph, and return that, if it goes on in ``blocks``."""
        first = blocks[0] if blocks else None
        text = self._text()
        if self._open is None or self._open.item or not isinstance(first, Line) or not self._runs_on(text, first):
            return ""
        rest = _LAST_SENTENCE.split(text)[-1]
        if len(rest) > _LONGEST_CARRY:
            return ""
        self._open, self._carried = None, ""
        self.builder.paragraph(text[: len(text) - len(rest)])
        return rest

    def _runs_on(self, text: str, first: Line) -> bool:
        if self._open is None or len(text) < _LONG_LINE or _SENTENCE_END.search(text) or split_marker(first.text)[0]:
            return False
        alike = abs(self._open.last.size - first.size) < 0.6 and self._open.last.bold == first.bold
        starts = first.text.lstrip("\"'“‘(")[:1]
        full = self._open.last.slack < 4 * first.size and len(self._open.last.text) > _LONG_LINE
        return alike and (starts.islower() or text.endswith(("-", ",")) or full)

    def _line(self, line: Line) -> None:
        self._table = None
        if self._open is None:
            if not self._carried:
                self._open = _Open([line], bool(split_marker(line.text)[0]))
            else:
                self._open = _Open([line], False)
        elif self._goes_on(line):
            self._open.lines.append(line)
        else:
            self._close()
            self._open = _Open([line], bool(split_marker(line.text)[0]))

    def _goes_on(self, line: Line) -> bool:
        opened = self._open
        if opened is None or split_marker(line.text)[0]:
            return False
        last = opened.last
        if last.paragraph and line.paragraph:
            return last.paragraph == line.paragraph
        if abs(last.size - line.size) > 0.12 * self.headings.body and len(line.text) > 3:
            return False
        gap = line.box.bottom - last.box.bottom
        if gap < -2 * line.size:
            return self._runs_on(self._text(), line)
        if gap > self.headings.pitch(line.size) * 1.3 + 0.5:
            return False
        if _LEADERS.search(last.text) or (last.bold != line.bold and last.bold and _is_short(last)):
            return False
        indented = line.indent(last) > 0.9 * line.size
        if opened.item:
            return indented or len(opened.lines) > 1 or not _is_short(last)
        ended = bool(_SENTENCE_END.search(last.text))
        if indented and (len(opened.lines) > 1 or ended):
            return not ended
        return not (ended and _is_short(last))

    def _rows(self, table: Table) -> None:
        self._close()
        header, rows = _header(table, self._table)
        if header and not (self._table and header is self._table.rows[0]) and _has_empty_column(header, rows):
            self.builder.row([self.mender.join(cell.split("\n")) for cell in dict.fromkeys(header)])
        for row in rows:
            cells = [self.mender.join(cell.split("\n")) for cell in row]
            if header is None and len(cells) == 2 and all(cells):
                self.builder.row(cells[1:], cells[:1])
            else:
                self.builder.row(cells, [self.mender.join(cell.split("\n")) for cell in header or []])
        self._table = Table([header or []], table.box, table.columns, heads=table.heads)


def _lines(blocks: Sequence[Block], position: int, count: int) -> list[Line]:
    return [block for block in blocks[position : position + count] if isinstance(block, Line)]


def _is_short(line: Line) -> bool:
    return line.slack > max(3 * line.size, 0.12 * (line.room.right - line.room.left))


def _header(table: Table, before: Table | None) -> tuple[list[str] | None, list[list[str]]]:
    """Return the header row and the others; a table that goes on from the page before has that one's."""
    if before and len(before.columns) == len(table.columns):
        near = all(abs(one - other) < 15 for one, other in zip(before.columns, table.columns, strict=True))
        if near and before.rows[0] == table.rows[0]:
            return before.rows[0], table.rows[1:]
        if near and not table.heads:
            return before.rows[0] or None, table.rows
    first, *rows = table.rows
    data = any(FIGURE.fullmatch(cell) and not _YEAR.fullmatch(cell) for cell in first)
    if not rows or (not table.heads and (data or max(map(len, first)) > _LONG_HEADER)):
        return None, table.rows
    if _is_second_header(first, rows[0]) and len(rows) > 1:
        return [one if one == other else f"{one}\n{other}" for one, other in zip(first, rows[0], strict=True)], rows[1:]
    return first, rows


def _has_empty_column(header: list[str], rows: list[list[str]]) -> bool:
    """Whether no row has anything under one of the header's names."""
    return bool(
        {*filter(None, header)} - {name for row in rows for name, cell in zip(header, row, strict=False) if cell}
    )


def _is_second_header(first: list[str], second: list[str]) -> bool:
    """Whether some cells of the first row lie over several of the second, and others reach down into it."""
    spans = any(one and one == other for one, other in pairwise(first))
    return spans and any(one and one == other for one, other in zip(first, second, strict=True))
