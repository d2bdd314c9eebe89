"""Tables of HTML: the grid of cells behind row and column spans, and which tables are mere layout."""

from assistant.loaders.nodes import Node

_MAX_SPAN = 200
_MAX_CELLS = 200_000
_UNREAD = frozenset(["script", "style", "noscript", "template"])
_SPACED = frozenset("br p div li tr td th ul ol table dd dt h1 h2 h3 h4 h5 h6 blockquote pre section".split())


def is_layout(table: Node) -> bool:
    """Return whether a table only places blocks on the page, rather than holding data."""
    if (table.get("role") or "").lower() in ("presentation", "none"):
        return True
    rows = _own_rows(table)
    if any(cell.tag == "th" for row in rows for cell in row):
        return False
    widest = max((sum(1 for cell in row if cell.tag == "td") for row in rows), default=0)
    if widest < 2:
        return True
    blocks = table.xpath(".//table | .//h1 | .//h2 | .//h3 | .//h4 | .//ul | .//ol | .//form")
    return bool(blocks)


def table_rows(table: Node) -> tuple[list[list[str]], int | None]:
    """Return the rows of cells, spans filled in, and the number of header rows (None: not marked)."""
    grid: list[list[str]] = []
    hanging: dict[int, tuple[int, str]] = {}
    headers, total, marked = 0, 0, False
    for row in _own_rows(table):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        heads = [cell.tag == "th" for cell in cells]
        marked = marked or any(heads)
        line = _line(cells, hanging)
        if cells and (all(heads) or row.getparent().tag == "thead") and headers == len(grid):
            headers += 1
        grid.append(line)
        total += len(line)
        if total > _MAX_CELLS:
            break
    if not marked and not headers:
        return grid, None
    return grid, headers if headers < len(grid) else 0


def cell_text(cell: Node) -> str:
    """Return a cell's text, its blocks set apart by spaces."""
    parts: list[str] = []
    _gather(cell, parts)
    return "".join(parts)


def _gather(node: Node, parts: list[str]) -> None:
    if node.tag in _UNREAD or not isinstance(node.tag, str):
        return
    gap = " " if node.tag in _SPACED else ""
    parts += [gap, node.text or ""]
    for child in node:
        _gather(child, parts)
        parts.append(child.tail or "")
    parts.append(gap)


def _own_rows(table: Node) -> list[Node]:
    rows = []
    for child in table:
        if child.tag == "tr":
            rows.append(child)
        elif child.tag in ("thead", "tbody", "tfoot"):
            rows += [row for row in child if row.tag == "tr"]
    return rows


def _span(cell: Node, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(max(int(value), 1), _MAX_SPAN) if value.isdecimal() else 1


def _line(cells: list[Node], hanging: dict[int, tuple[int, str]]) -> list[str]:
    line: list[str] = []
    waiting = list(cells)
    while waiting or any(column >= len(line) for column in hanging):
        column = len(line)
        if column in hanging:
            left, text = hanging.pop(column)
            if left > 1:
                hanging[column] = (left - 1, text)
            line.append(text)
            continue
        if not waiting:
            line.append("")
            continue
        cell = waiting.pop(0)
        text = cell_text(cell)
        for _ in range(_span(cell, "colspan")):
            down = _span(cell, "rowspan")
            if down > 1:
                hanging[len(line)] = (down - 1, text)
            line.append(text if cell.tag == "th" or len(line) == column else "")
    return line[:1] if len(cells) == 1 and len(set(line)) == 1 else line
