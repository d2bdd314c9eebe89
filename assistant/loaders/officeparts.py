"""What Word, PowerPoint and Excel files have in common: properties, charts, diagrams and formulas."""

from math import isfinite

from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.nodes import Node, child, local
from assistant.loaders.numberformat import plain_number
from assistant.loaders.package import Package
from assistant.loaders.tables import add_table


def main_part(package: Package) -> str:
    """Return the name of the package's main document part, '' if none is named."""
    return next(iter(package.related("", "officeDocument")), "")


def properties(package: Package) -> Contents:
    """Return title, author and date of an Office file."""
    found: dict[str, str] = {}
    for name in package.related("", "core-properties"):
        for node in package.xml(name):
            if node.text and node.text.strip():
                found[local(node)] = node.text.strip()
    date = found.get("modified") or found.get("created") or ""
    metadata = {"author": found.get("creator"), "date": date.partition("T")[0]}
    return Contents(title=found.get("title", ""), metadata={key: value for key, value in metadata.items() if value})


def add_chart(builder: TextBuilder, package: Package, name: str) -> None:
    """Add a chart's title and its series as a table with the categories in the first column."""
    root = package.xml(name)
    title = next((node for node in root.iter() if local(node) == "title"), None)
    if title is not None:
        builder.paragraph(" ".join(node.text or "" for node in title.iter() if local(node) == "t"))
    series = [node for node in root.iter() if local(node) == "ser"]
    names = [" ".join(_points(child(node, "tx")).values()) for node in series]
    labels = next((points for points in (_points(child(node, "cat")) for node in series) if points), {})
    values = [_points(child(node, "val")) for node in series]
    places = sorted(set(labels).union(*values)) if series else []
    rows = [[labels.get(place, ""), *(points.get(place, "") for points in values)] for place in places]
    if rows:
        add_table(builder, [["", *names], *rows], headers=1)


def add_diagram(builder: TextBuilder, package: Package, name: str) -> None:
    """Add the texts of a diagram (SmartArt), one an item."""
    for point in package.xml(name).iter():
        if local(point) == "pt":
            builder.item("".join(node.text or "" for node in point.iter() if local(node) == "t"))


def formula_text(node: Node) -> str:
    """Return a formula (Office Math) on one line."""
    below = {local(part): formula_text(part) for part in node}
    match local(node):
        case "t":
            return node.text or ""
        case "f":
            return f"({below.get('num', '')})/({below.get('den', '')})"
        case "sSup":
            return f"{below.get('e', '')}^{below.get('sup', '')}"
        case "sSub":
            return f"{below.get('e', '')}_{below.get('sub', '')}"
        case "rad":
            return f"√({below.get('e', '')})"
        case _:
            return "".join(formula_text(part) for part in node)


def _points(node: Node | None) -> dict[int, str]:
    if node is None:
        return {}
    found: dict[int, str] = {}
    for point in node.iter():
        if local(point) == "pt":
            text = " ".join(_value(value.text or "") for value in point if local(value) == "v")
            place = int(point.get("idx") or 0)
            found[place] = f"{text} {found.get(place, '')}".strip()
    return found


def _value(text: str) -> str:
    """Return a number without the digits that its binary form adds, other text as it is."""
    try:
        return plain_number(float(text)) if isfinite(float(text)) else text
    except ValueError:
        return text
