"""Blocks of OpenDocument: headings, paragraphs, lists and tables, tracked changes accepted."""

import posixpath

from assistant.loaders.builder import TextBuilder
from assistant.loaders.nodes import Node, attribute, child, local
from assistant.loaders.numbering import written
from assistant.loaders.package import Package
from assistant.loaders.tables import add_table

_UNSEEN = frozenset(
    "tracked-changes annotation annotation-end note sequence-decls forms settings desc ruby-text".split()
)
SHAPES = frozenset("frame custom-shape rect line ellipse g".split())
_FORMATS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
MAX_REPEATED = 1_000
"""Copies made of a repeated cell or row: more are empty space or an attack."""


class OpenDocumentWalk:
    """Goes through the body and adds each block; notes and frames come after the paragraph that holds them."""

    def __init__(self, builder: TextBuilder, package: Package, *roots: Node) -> None:
        self.builder, self.package = builder, package
        self.parents: dict[str, str] = {}
        self.numbered: dict[tuple[str, int], Node] = {}
        self.counts: dict[tuple[str, int], int] = {}
        self.after: list[Node] = []
        for root in roots:
            for node in root.iter() if root is not None else []:
                self._style(node)

    def _style(self, node: Node) -> None:
        if local(node) == "style":
            self.parents[attribute(node, "name") or ""] = attribute(node, "parent-style-name") or ""
        elif local(node) == "list-level-style-number" and attribute(node, "num-format"):
            style = attribute(node.getparent(), "name") or ""
            self.numbered[style, int(attribute(node, "level") or 1)] = node

    def blocks(self, parent: Node) -> None:
        """Add the headings, paragraphs, lists and tables below an element."""
        for node in parent:
            kind = local(node)
            if kind in _UNSEEN:
                continue
            if kind == "h":
                self.builder.heading(self.text(node), int(attribute(node, "outline-level") or 1))
                self._rest()
            elif kind == "p":
                self._paragraph(node)
            elif kind == "list":
                self._list(node, attribute(node, "style-name") or "", 1)
            elif kind == "table":
                self._table(node)
            elif kind in SHAPES:
                self.frame(node)
            else:
                self.blocks(node)

    def text(self, node: Node) -> str:
        """Return the text of a paragraph; what stands outside its line is kept for ``_rest``."""
        parts = [node.text or ""]
        for below in node:
            kind = local(below)
            if kind in ("s", "tab", "line-break"):
                parts.append(" ")
            elif kind in ("note", *SHAPES):
                self.after.append(below)
            elif kind not in _UNSEEN:
                parts.append(self.text(below))
            parts.append(below.tail or "")
        return "".join(parts)

    def _paragraph(self, node: Node) -> None:
        text = self.text(node)
        style = attribute(node, "style-name") or ""
        if "Title" in (style, self.parents.get(style)):
            self.builder.heading(text, 1)
        else:
            self.builder.paragraph(text)
        self._rest()

    def _rest(self) -> None:
        waiting, self.after = self.after, []
        for node in waiting:
            if local(node) == "note":
                body = child(node, "note-body")
                if body is not None:
                    self.blocks(body)
            else:
                self.frame(node)

    def frame(self, node: Node) -> None:
        """Add what stands in a frame or a shape."""
        if local(node) != "frame":
            self.blocks(node)
            return
        for box in node:
            if local(box) == "text-box":
                self.blocks(box)
            elif local(box) == "table":
                self.blocks([box])
            elif local(box) == "object":
                self._formula(attribute(box, "href") or "")

    def _formula(self, address: str) -> None:
        name = posixpath.normpath(posixpath.join(address, "content.xml"))
        root = self.package.xml(name) if name in self.package else None
        if root is not None and local(root) == "math":
            parts = (node.text or "" for node in root.iter() if local(node) in ("mi", "mo", "mn", "mtext"))
            self.builder.paragraph(" ".join(parts))

    def _list(self, node: Node, style: str, depth: int) -> None:
        style = attribute(node, "style-name") or style
        if attribute(node, "continue-numbering") != "true":
            self.counts.pop((style, depth), None)
        for entry in node:
            label = ""
            if local(entry) == "list-item" and (style, depth) in self.numbered:
                start = attribute(entry, "start-value")
                number = int(start) if start else self.counts.get((style, depth), 0) + 1
                self.counts[style, depth] = number
                label = _label(self.numbered[style, depth], number)
            for block in entry:
                if local(block) == "list":
                    self._list(block, style, depth + 1)
                elif local(block) in ("p", "h"):
                    text = self.text(block)
                    self.builder.item(label + text if text.strip() else "")
                    label = ""
                    self._rest()
                else:
                    self.blocks([block])

    def _table(self, table: Node) -> None:
        rows: list[list[str]] = []
        headers = 0
        hanging: dict[int, tuple[int, str]] = {}
        for row, marked in table_rows(table):
            headers += marked and headers == len(rows)
            rows.append(self._line(row, marked, hanging))
        if max((len(row) for row in rows), default=0) < 2:
            for row in rows:
                for cell_text in row:
                    self.builder.paragraph(cell_text)
        else:
            add_table(self.builder, rows, headers if 0 < headers < len(rows) else None)
        self._rest()

    def _line(self, row: Node, marked: bool, hanging: dict[int, tuple[int, str]]) -> list[str]:
        """Return the cells of a row; ``hanging`` keeps those that reach down into the rows below."""
        line: list[str] = []
        for cell in row:
            if local(cell) not in ("table-cell", "covered-table-cell"):
                continue
            left, text = hanging.pop(len(line), (0, ""))
            if local(cell) == "table-cell" or not left:
                text = self.cell(cell)
                left = int(attribute(cell, "number-rows-spanned") or 1)
            if left > 1:
                hanging[len(line)] = (left - 1, text)
            across = int(attribute(cell, "number-columns-spanned") or 1) if marked else 1
            for column in range(len(line) + 1, min(len(line) + across, MAX_REPEATED)):
                hanging[column] = (left, text)
            line += [text] * min(int(attribute(cell, "number-columns-repeated") or 1), MAX_REPEATED)
        return line

    def cell(self, cell: Node) -> str:
        """Return the text of a cell or a box on one line."""
        parts = []
        for node in cell:
            if local(node) in ("p", "h"):
                parts.append(self.text(node))
            elif local(node) not in _UNSEEN and local(node) not in SHAPES:
                parts.append(self.cell(node))
        return " ".join(parts)


def _label(level: Node, number: int) -> str:
    style = _FORMATS.get(attribute(level, "num-format") or "", "decimal")
    return f"{attribute(level, 'num-prefix') or ''}{written(number, style)}{attribute(level, 'num-suffix') or ''} "


def table_rows(table: Node, marked: bool = False) -> list[tuple[Node, bool]]:
    """Return the rows of a table, and whether each belongs to its header."""
    found = []
    for node in table:
        if local(node) == "table-row":
            found.append((node, marked))
        elif local(node) in ("table-header-rows", "table-rows", "table-row-group"):
            found += table_rows(node, marked or local(node) == "table-header-rows")
    return found
