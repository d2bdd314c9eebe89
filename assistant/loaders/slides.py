"""PowerPoint presentations (PPTX): each slide a page, its shapes from top to bottom, its notes after it."""

from collections.abc import Iterator

from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.nodes import Node, attribute, child, children, local
from assistant.loaders.numbering import written
from assistant.loaders.officeparts import add_chart, add_diagram, formula_text, main_part, properties
from assistant.loaders.package import Package
from assistant.loaders.tables import add_table

_TITLES = ("title", "ctrTitle")
_UNREAD = ("sldNum", "dt", "ftr", "hdr", "sldImg")
_SCHEMES = {"alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman"}
_SAME_LINE = 300_000
"""Shapes whose upper edges differ by less than this (in EMU, about 8 mm) stand beside each other."""


def read_slides(data: bytes, builder: TextBuilder) -> Contents:
    """Read a presentation."""
    package = Package(data)
    name = main_part(package) or "ppt/presentation.xml"
    relations = package.relations(name)
    listed = child(package.xml(name), "sldIdLst")
    identifiers = [_relation_id(node) for node in listed] if listed is not None else []
    parts = [relations.get(identifier, ("", ""))[1] for identifier in identifiers]
    for number, part in enumerate(parts, start=1):
        builder.page(number)
        if part in package:
            _Slide(package, part, builder).add()
    return properties(package)


def _relation_id(node: Node) -> str:
    return next((str(value) for key, value in node.attrib.items() if key.endswith("}id")), "")


class _Slide:
    """One slide: its shapes, in reading order."""

    def __init__(self, package: Package, name: str, builder: TextBuilder) -> None:
        self.package, self.name, self.builder = package, name, builder
        self.parts = package.relations(name)
        self.places = self._inherited_places()

    def add(self) -> None:
        """Add the slide's text and its notes."""
        shapes = self._shapes(self.package.xml(self.name))
        for shape in shapes:
            if placeholder(shape) in _TITLES:
                self.builder.heading(_shape_text(shape), 1)
        for shape in shapes:
            if placeholder(shape) not in (*_TITLES, *_UNREAD):
                self._shape(shape)
        self._notes()

    def _notes(self) -> None:
        for part in self.package.related(self.name, "notesSlide"):
            shapes = [node for node in _leaves(self.package.xml(part)) if placeholder(node) not in _UNREAD]
            if any(_shape_text(shape).strip() for shape in shapes):
                self.builder.heading("Notes", 2)
                for shape in shapes:
                    self._shape(shape, plain=True)

    def _shapes(self, root: Node) -> list[Node]:
        placed = [(self._place(shape), shape) for shape in _leaves(root)]
        placed.sort(key=lambda entry: entry[0][1])
        lines: list[list[tuple[tuple[int, int], Node]]] = []
        for entry in placed:
            if lines and entry[0][1] - lines[-1][0][0][1] < _SAME_LINE:
                lines[-1].append(entry)
            else:
                lines.append([entry])
        leftward = any(node.get("rtl") == "1" for node in root.iter() if local(node) == "pPr")
        return [
            shape
            for line in lines
            for _, shape in sorted(line, key=lambda entry: entry[0][0] * (-1 if leftward else 1))
        ]

    def _place(self, shape: Node) -> tuple[int, int]:
        own = _offset(shape)
        if own is not None:
            return own
        mark = _placeholder_node(shape)
        if mark is None:
            return (0, 1 << 40)
        return self.places.get(mark.get("idx") or "", self.places.get(mark.get("type") or "body", (0, 1 << 40)))

    def _inherited_places(self) -> dict[str, tuple[int, int]]:
        places: dict[str, tuple[int, int]] = {}
        for layout in self.package.related(self.name, "slideLayout"):
            for part in [*self.package.related(layout, "slideMaster"), layout]:
                for shape in _leaves(self.package.xml(part)):
                    mark, place = _placeholder_node(shape), _offset(shape)
                    if mark is not None and place is not None:
                        places[mark.get("type") or "body"] = place
                        if part == layout and mark.get("idx"):
                            places[mark.get("idx")] = place
        return places

    def _shape(self, shape: Node, *, plain: bool = False) -> None:
        if local(shape) == "graphicFrame":
            self._frame(shape)
            return
        kind = placeholder(shape)
        listed = kind in ("body", "obj", "") and not plain
        counts: dict[int, int] = {}
        for paragraph in _paragraphs(shape):
            settings = child(paragraph, "pPr")
            text = _label(settings, counts) + paragraph_text(paragraph)
            unmarked = settings is not None and child(settings, "buNone") is not None
            if (listed and not unmarked) or _bulleted(settings):
                self.builder.item(text)
            else:
                self.builder.paragraph(text)

    def _frame(self, frame: Node) -> None:
        for node in frame.iter():
            if local(node) == "tbl":
                self._table(node)
            elif local(node) in ("chart", "relIds"):
                _, target = self.parts.get(attribute(node, "id" if local(node) == "chart" else "dm") or "", ("", ""))
                if target in self.package:
                    (add_chart if local(node) == "chart" else add_diagram)(self.builder, self.package, target)

    def _table(self, table: Node) -> None:
        rows: list[list[str]] = []
        for row in (node for node in table if local(node) == "tr"):
            line: list[str] = []
            for cell in (node for node in row if local(node) == "tc"):
                down = cell.get("vMerge") in ("1", "true") and rows and len(line) < len(rows[-1])
                line.append(rows[-1][len(line)] if down else _shape_text(cell))
            rows.append(line)
        settings = child(table, "tblPr")
        marked = settings is not None and settings.get("firstRow") in ("1", "true")
        add_table(self.builder, rows, 1 if marked and len(rows) > 1 else None)


def placeholder(shape: Node) -> str | None:
    """Return a placeholder's type ('' for one without), None for a shape that is no placeholder."""
    mark = _placeholder_node(shape)
    return None if mark is None else str(mark.get("type") or "")


def _placeholder_node(shape: Node) -> Node | None:
    first = next((node for node in shape if local(node).startswith("nv")), None)
    return None if first is None else child(first, "nvPr", "ph")


def _leaves(node: Node) -> Iterator[Node]:
    """Yield the shapes that hold text, those inside groups too."""
    for below in children(node):
        if local(below) in ("sp", "graphicFrame"):
            yield below
        elif local(below) in ("cSld", "spTree", "grpSp", "Choice"):
            yield from _leaves(below)


def _offset(shape: Node) -> tuple[int, int] | None:
    frame = child(shape, "xfrm") if local(shape) == "graphicFrame" else child(shape, "spPr", "xfrm")
    offset = None if frame is None else child(frame, "off")
    if offset is None:
        return None
    x, y = _outside(shape, int(offset.get("x") or 0), int(offset.get("y") or 0))
    return round(x), round(y)


def _outside(shape: Node, x: float, y: float) -> tuple[float, float]:
    """Return a point of a shape in the coordinates of the slide rather than of the group around it."""
    for group in shape.iterancestors():
        frame = child(group, "grpSpPr", "xfrm") if local(group) == "grpSp" else None
        parts = {local(node): node for node in frame} if frame is not None else {}
        if {"off", "ext", "chOff", "chExt"} <= parts.keys():
            x = _moved(parts, x, "x", "cx")
            y = _moved(parts, y, "y", "cy")
    return x, y


def _moved(parts: dict[str, Node], value: float, axis: str, length: str) -> float:
    inner = int(parts["chExt"].get(length) or 0)
    scale = int(parts["ext"].get(length) or 0) / inner if inner else 1.0
    return int(parts["off"].get(axis) or 0) + (value - int(parts["chOff"].get(axis) or 0)) * scale


def _paragraphs(shape: Node) -> list[Node]:
    body = child(shape, "txBody")
    return [] if body is None else [node for node in body if local(node) == "p"]


def _shape_text(shape: Node) -> str:
    return " ".join(paragraph_text(paragraph) for paragraph in _paragraphs(shape))


def paragraph_text(paragraph: Node) -> str:
    """Return the text of a drawing's paragraph."""
    parts = []
    for node in children(paragraph):
        kind = local(node)
        if kind in ("r", "fld"):
            text = child(node, "t")
            parts.append((text.text or "") if text is not None else "")
        elif kind == "br":
            parts.append(" ")
        elif kind == "m":
            parts.append(formula_text(node))
    return "".join(parts)


def _bulleted(settings: Node | None) -> bool:
    return settings is not None and any(local(node) in ("buChar", "buAutoNum", "buBlip") for node in settings)


def _label(settings: Node | None, counts: dict[int, int]) -> str:
    """Return the number of a paragraph in a numbered list, '' outside one; ``counts`` are those of its shape."""
    depth = int(settings.get("lvl") or 0) if settings is not None else 0
    for deeper in [level for level in counts if level > depth]:
        del counts[deeper]
    numbered = child(settings, "buAutoNum") if settings is not None else None
    if numbered is None:
        counts.pop(depth, None)
        return ""
    counts[depth] = counts.get(depth, int(numbered.get("startAt") or 1) - 1) + 1
    scheme = numbered.get("type") or ""
    style = next((style for prefix, style in _SCHEMES.items() if scheme.startswith(prefix)), "decimal")
    sign = written(counts[depth], style)
    if scheme.endswith("ParenBoth"):
        return f"({sign}) "
    return f"{sign}) " if scheme.endswith("ParenR") else f"{sign}. " if scheme.endswith("Period") else f"{sign} "
