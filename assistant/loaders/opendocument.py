"""OpenDocument text, presentations and spreadsheets (ODT, ODP, ODS)."""

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.nodes import Node, attribute, child, local
from assistant.loaders.odfblocks import MAX_REPEATED, SHAPES, OpenDocumentWalk, table_rows
from assistant.loaders.package import Package
from assistant.loaders.sheetrows import Grid, add_grid

_MAX_CELLS = 500_000


def read_opendocument(data: bytes, builder: TextBuilder) -> Contents:
    """Read an OpenDocument file of any of the three kinds."""
    package = Package(data)
    if "META-INF/manifest.xml" in package and b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise LoadError("it is protected by a password: save it without one")
    root = package.xml("content.xml")
    body = child(root, "body")
    walk = OpenDocumentWalk(builder, package, root, package.xml("styles.xml") if "styles.xml" in package else None)
    for part in body if body is not None else []:
        if local(part) == "presentation":
            _slides(walk, part)
        elif local(part) == "spreadsheet":
            _sheets(walk, part)
        else:
            walk.blocks(part)
    return _properties(package)


def _properties(package: Package) -> Contents:
    found: dict[str, str] = {}
    if "meta.xml" in package:
        for node in package.xml("meta.xml").iter():
            if node.text and node.text.strip():
                found.setdefault(local(node), node.text.strip())
    date = (found.get("date") or found.get("creation-date") or "").partition("T")[0]
    metadata = {"author": found.get("initial-creator") or found.get("creator"), "date": date}
    return Contents(title=found.get("title", ""), metadata={key: value for key, value in metadata.items() if value})


def _slides(walk: OpenDocumentWalk, presentation: Node) -> None:
    """Add each page of a presentation."""
    pages = [node for node in presentation if local(node) == "page"]
    for number, page in enumerate(pages, start=1):
        walk.builder.page(number)
        notes = child(page, "notes")
        shapes = [shape for shape in page if shape is not notes]
        titles = [shape for shape in shapes if attribute(shape, "class") == "title"]
        for shape in titles:
            walk.builder.heading(walk.cell(shape), 1)
        for shape in shapes:
            if shape not in titles and local(shape) in SHAPES:
                walk.frame(shape)
        frames = [] if notes is None else [shape for shape in notes if attribute(shape, "class") == "notes"]
        if any("".join(shape.itertext()).strip() for shape in frames):
            walk.builder.heading("Notes", 2)
            for shape in frames:
                walk.frame(shape)


def _sheets(walk: OpenDocumentWalk, spreadsheet: Node) -> None:
    """Add each table of a spreadsheet: cells hold the text that a person sees."""
    left = _MAX_CELLS
    for table in (node for node in spreadsheet if local(node) == "table"):
        grid = Grid()
        number = 0
        for row, _ in table_rows(table):
            repeated = int(attribute(row, "number-rows-repeated") or 1)
            cells = _sheet_row(walk, row) if left > 0 else {}
            for copy in range(min(repeated, MAX_REPEATED) if cells else 0):
                for column, text in cells.items():
                    grid.put(number + copy + 1, column, text)
                left -= len(cells)
            number += repeated
        if grid.rows:
            walk.builder.heading(attribute(table, "name") or "", 1)
            add_grid(walk.builder, grid)


def _sheet_row(walk: OpenDocumentWalk, row: Node) -> dict[int, str]:
    cells: dict[int, str] = {}
    column = 0
    for cell in row:
        if local(cell) not in ("table-cell", "covered-table-cell"):
            continue
        repeated = int(attribute(cell, "number-columns-repeated") or 1)
        text = walk.cell(cell)
        for copy in range(min(repeated, MAX_REPEATED) if text.strip() else 0):
            cells[column + copy + 1] = text
        column += repeated
    return cells
