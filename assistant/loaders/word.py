"""Word documents (DOCX): the body in order, with lists, tables, text boxes, notes and tracked changes accepted."""

from collections.abc import Iterator

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.nodes import Node, attribute, child, children, local
from assistant.loaders.officeparts import add_chart, add_diagram, formula_text, main_part, properties
from assistant.loaders.package import Package
from assistant.loaders.tables import add_table
from assistant.loaders.wordstyles import Numbering, Styles

_UNSEEN = frozenset("del moveFrom instrText delText delInstrText rPr pPr tblPr trPr tcPr sdtPr sdtEndPr rt".split())
_WRAPPERS = frozenset("sdt sdtContent customXml ins moveTo smartTag".split())
_SIGNS = {"tab": " ", "br": " ", "cr": " ", "ptab": " ", "noBreakHyphen": "-", "softHyphen": ""}


def read_word(data: bytes, builder: TextBuilder) -> Contents:
    """Read a Word document."""
    package = Package(data)
    name = main_part(package) or "word/document.xml"
    body = child(package.xml(name), "body")
    if body is None:
        raise LoadError("the document has no body: save it anew in the program that made it")
    _Walk(package, name, builder).blocks(body)
    return properties(package)


class _Walk:
    """Goes through the body and adds each block; notes and text boxes come after the paragraph that holds them."""

    def __init__(self, package: Package, name: str, builder: TextBuilder) -> None:
        self.package, self.builder = package, builder
        self.parts = package.relations(name)
        self.styles = Styles(package, name)
        self.numbering = Numbering(package, name, self.styles)
        self.notes = {kind: self._notes(name, kind) for kind in ("footnote", "endnote")}
        self.after: list[Node] = []

    def blocks(self, parent: Node) -> None:
        """Add the paragraphs and tables of the body, of a cell or of a text box."""
        for node in children(parent):
            kind = local(node)
            if kind == "p":
                self._paragraph(node)
            elif kind == "tbl":
                self._table(node)
            elif kind in _WRAPPERS:
                self.blocks(node)
            elif kind == "altChunk":
                self._chunk(node)
            elif kind in ("oMathPara", "oMath"):
                self.builder.paragraph(formula_text(node))

    def text(self, node: Node) -> str:
        """Return the text of a paragraph; what stands outside its line is kept for ``_rest``."""
        parts = []
        for below in children(node):
            kind = local(below)
            if kind in _UNSEEN:
                continue
            if kind == "t":
                parts.append(below.text or "")
            elif kind in _SIGNS:
                parts.append(_SIGNS[kind])
            elif kind == "sym":
                parts.append(_symbol(below))
            elif kind in ("oMath", "oMathPara"):
                parts.append(f" {formula_text(below)} ")
            elif kind in ("drawing", "pict", "object", "footnoteReference", "endnoteReference"):
                self.after.append(below)
            else:
                parts.append(self.text(below))
        return "".join(parts)

    def _paragraph(self, node: Node) -> None:
        text = self.text(node)
        level = self.styles.level(node)
        label = self.numbering.label(node) if text.strip() else None
        if level:
            self.builder.heading(f"{label or ''} {text}", level)
        elif label is not None:
            self.builder.item(f"{label} {text}")
        else:
            self.builder.paragraph(text)
        self._rest()

    def _rest(self) -> None:
        """Add the text boxes, charts, diagrams and notes that the last block referred to."""
        waiting, self.after = self.after, []
        for node in waiting:
            kind = local(node)
            if kind in ("footnoteReference", "endnoteReference"):
                note = self.notes[kind.removesuffix("Reference")].pop(attribute(node, "id") or "", None)
                if note is not None:
                    self.blocks(note)
                continue
            for box in _outermost(node, "txbxContent"):
                self.blocks(box)
            for reference in node.iter():
                self._drawn(reference)

    def _drawn(self, node: Node) -> None:
        relation = "id" if local(node) == "chart" else "dm" if local(node) == "relIds" else None
        if relation is None:
            return
        _, target = self.parts.get(attribute(node, relation) or "", ("", ""))
        if target in self.package:
            (add_chart if relation == "id" else add_diagram)(self.builder, self.package, target)

    def _chunk(self, node: Node) -> None:
        from assistant.loaders.html import read_html

        _, target = self.parts.get(attribute(node, "id") or "", ("", ""))
        if target in self.package and target.lower().rsplit(".", 1)[-1] in ("htm", "html", "xhtml"):
            read_html(self.package.read(target), self.builder)

    def _notes(self, name: str, kind: str) -> dict[str, Node]:
        found = {}
        for part in self.package.related(name, f"{kind}s"):
            for note in self.package.xml(part):
                if local(note) == kind and attribute(note, "type") in (None, "normal"):
                    found[attribute(note, "id") or ""] = note
        return found

    def _table(self, table: Node) -> None:
        rows = [row for row in _inside(table, "tr") if child(row, "trPr", "del") is None]
        cells = [list(_inside(row, "tc")) for row in rows]
        if max((len(row) for row in cells), default=0) < 2:
            for row in cells:
                for cell in row:
                    self.blocks(cell)
            return
        lines: list[list[str]] = []
        for row, row_cells in zip(rows, cells, strict=True):
            lines.append(self._line(row, row_cells, lines[-1] if lines else []))
        add_table(self.builder, lines, _header_rows(table, rows))
        self._rest()

    def _line(self, row: Node, cells: list[Node], above: list[str]) -> list[str]:
        before = child(row, "trPr", "gridBefore")
        line = [""] * (_number(before) if before is not None else 0)
        repeated = child(row, "trPr", "tblHeader") is not None
        for cell in cells:
            merge = child(cell, "tcPr", "vMerge")
            text = self._cell(cell)
            if (
                merge is not None
                and attribute(merge, "val") != "restart"
                and len(line) < len(above)
                and not text.strip()
            ):
                text = above[len(line)]
            span = child(cell, "tcPr", "gridSpan")
            width = max(1, _number(span)) if span is not None else 1
            line += [text] + [text if repeated else ""] * (width - 1)
        return line

    def _cell(self, cell: Node) -> str:
        parts = []
        for node in children(cell):
            if local(node) == "p":
                text = self.text(node)
                label = self.numbering.label(node) if text.strip() else None
                parts.append(f"{label or ''} {text}")
            elif local(node) == "tbl":
                rows = ([self._cell(inner) for inner in _inside(row, "tc")] for row in _inside(node, "tr"))
                lines = (", ".join(text for text in row if text.strip()) for row in rows)
                parts.append("; ".join(line for line in lines if line))
            elif local(node) in _WRAPPERS:
                parts.append(self._cell(node))
        return " ".join(parts)


def _inside(node: Node, kind: str) -> Iterator[Node]:
    for below in children(node):
        if local(below) == kind:
            yield below
        elif local(below) in _WRAPPERS:
            yield from _inside(below, kind)


def _outermost(node: Node, kind: str) -> Iterator[Node]:
    for below in children(node):
        if local(below) == kind:
            yield below
        else:
            yield from _outermost(below, kind)


def _number(node: Node) -> int:
    value = attribute(node, "val") or "0"
    return min(int(value), 100) if value.isdecimal() else 0


def _header_rows(table: Node, rows: list[Node]) -> int | None:
    """Return how many rows are marked as header, None if none is and the cells have to tell."""
    marked = 0
    for row in rows:
        if child(row, "trPr", "tblHeader") is None:
            break
        marked += 1
    if marked:
        return marked if marked < len(rows) else 0
    return None


def _symbol(node: Node) -> str:
    code = attribute(node, "char") or ""
    try:
        point = int(code, 16)
    except ValueError:
        return ""
    return "" if 0xE000 <= point <= 0xF8FF else chr(point)
