"""Excel workbooks (XLSX): each sheet a section, each row readable with its header; values, not formulas."""

import io
from collections.abc import Iterator

from lxml import etree

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.nodes import Node, attribute, child, local
from assistant.loaders.numberformat import BUILT_IN, format_number, plain_number
from assistant.loaders.officeparts import add_chart, main_part, properties
from assistant.loaders.package import Package
from assistant.loaders.sheetrows import Grid, add_grid

MAX_CELLS = 500_000
"""Cells read of a workbook; what lies beyond is named in the build's report."""


def read_sheets(data: bytes, builder: TextBuilder) -> Contents:
    """Read a workbook."""
    package = Package(data)
    name = main_part(package) or "xl/workbook.xml"
    if name.lower().endswith(".bin"):
        raise LoadError("a binary workbook (XLSB) can't be read: save it as XLSX")
    workbook = _Workbook(package, name)
    contents = properties(package)
    notes = workbook.add(builder)
    if notes:
        contents.metadata["notes"] = notes
    return contents


class _Workbook:
    """The parts that all sheets of a workbook share."""

    def __init__(self, package: Package, name: str) -> None:
        self.package, self.name = package, name
        self.strings = [text for part in package.related(name, "sharedStrings") for text in _strings(package.xml(part))]
        self.formats = [pattern for part in package.related(name, "styles") for pattern in _formats(package.xml(part))]
        self.root = package.xml(name)
        settings = child(self.root, "workbookPr")
        self.from_1904 = settings is not None and settings.get("date1904") in ("1", "true")
        self.left = MAX_CELLS

    def add(self, builder: TextBuilder) -> list[str]:
        """Add each sheet and return notes on what a reader of the file may not see, or the index lacks."""
        notes = []
        relations = self.package.relations(self.name)
        listed = child(self.root, "sheets")
        for sheet in listed if listed is not None else []:
            title = sheet.get("name") or ""
            _, part = relations.get(attribute(sheet, "id") or "", ("", ""))
            if part not in self.package:
                continue
            if sheet.get("state") in ("hidden", "veryHidden"):
                notes.append(f"The sheet “{title}” is hidden in the file, but was read.")
            grid = self._grid(part)
            if grid.rows or self.package.related(part, "drawing"):
                builder.heading(title, 1)
                add_grid(builder, grid)
                self._drawings(builder, part)
            if self.left <= 0:
                notes.append(f"Only the first {MAX_CELLS:,} cells were read.")
                break
        return notes

    def _grid(self, part: str) -> Grid:
        grid = Grid()
        row_number = column = 0
        for node in _elements(self.package.read(part)):
            if local(node) == "mergeCell":
                grid.merge(node.get("ref") or "")
                continue
            row_number = _positive(node.get("r"), row_number + 1)
            column = 0
            for cell in node:
                if local(cell) != "c":
                    continue
                column = _column(cell.get("r")) or column + 1
                text = self._text(cell)
                if text.strip() and self.left > 0:
                    grid.put(row_number, column, text)
                    self.left -= 1
        return grid

    def _text(self, cell: Node) -> str:
        kind = cell.get("t") or "n"
        if kind == "inlineStr":
            inline = child(cell, "is")
            return _rich_text(inline) if inline is not None else ""
        node = child(cell, "v")
        if node is None or not (node.text or "").strip():
            return ""
        value = str(node.text).strip()
        if kind == "s":
            return self.strings[int(value)] if value.isdecimal() and int(value) < len(self.strings) else ""
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if kind == "d":
            return value.removesuffix("T00:00:00")
        return self._number(value, cell.get("s") or "") if kind == "n" else str(node.text)

    def _number(self, value: str, style: str) -> str:
        try:
            number = float(value)
        except ValueError:
            return value
        if number != number or abs(number) == float("inf"):
            return value
        index = int(style) if style.isdecimal() else 0
        pattern = self.formats[index] if index < len(self.formats) else "General"
        if pattern in ("General", "@", ""):
            return plain_number(number)
        return format_number(number, pattern, from_1904=self.from_1904)

    def _drawings(self, builder: TextBuilder, part: str) -> None:
        for drawing in self.package.related(part, "drawing"):
            for node in self.package.xml(drawing).iter():
                if local(node) == "txBody":
                    for paragraph in node:
                        builder.paragraph("".join(run.text or "" for run in paragraph.iter() if local(run) == "t"))
            for chart in self.package.related(drawing, "chart"):
                add_chart(builder, self.package, chart)


def _elements(data: bytes) -> Iterator[Node]:
    """Yield the rows and merged ranges of a sheet's XML, forgetting each once it is used."""
    stream = etree.iterparse(
        io.BytesIO(data), events=("end",), resolve_entities=False, no_network=True, huge_tree=False
    )
    try:
        for _, node in stream:
            if local(node) in ("row", "mergeCell"):
                yield node
                node.clear()
                while local(node) == "row" and node.getprevious() is not None:
                    del node.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise LoadError("a sheet of the workbook is damaged: open it in its program and save it anew") from error


def _strings(root: Node) -> list[str]:
    return [_rich_text(node) for node in root if local(node) == "si"]


def _rich_text(node: Node) -> str:
    parts = []
    for below in node:
        if local(below) == "t":
            parts.append(below.text or "")
        elif local(below) == "r":
            parts += [text.text or "" for text in below if local(text) == "t"]
    return "".join(parts)


def _formats(root: Node) -> list[str]:
    own = {node.get("numFmtId"): node.get("formatCode") or "" for node in root.iter() if local(node) == "numFmt"}
    styles = child(root, "cellXfs")
    found = []
    for style in styles if styles is not None else []:
        identifier = style.get("numFmtId") or "0"
        fallback = BUILT_IN.get(int(identifier), "General") if identifier.isdecimal() else "General"
        found.append(own.get(identifier, fallback))
    return found


def _column(reference: str | None) -> int:
    number = 0
    for letter in (reference or "").upper():
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number


def _positive(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() else otherwise
