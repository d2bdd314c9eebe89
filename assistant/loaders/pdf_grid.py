"""Tables of a PDF page that are drawn with lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from assistant.loaders.pdf_box import Box
from assistant.loaders.pdf_glyphs import Word
from assistant.loaders.pdf_lines import in_rows, is_rtl, merged, segments
from assistant.loaders.pdf_tables import FIGURE, Table, column_gaps

_NEAR = 3.0
_MAX_EDGES = 1_500
_DENSE = 0.4
_LONG_CELL = 100
_LONG_HEADER = 40
_SHORT = 80

Cells = dict[tuple[int, int], list[Word]]


@dataclass(frozen=True, slots=True)
class _Grid:
    """Lines that touch each other; ``lefts`` and ``tops`` are where they lie, the last one included."""

    lefts: list[float]
    tops: list[float]
    uprights: list[Box]
    levels: list[Box]

    @property
    def box(self) -> Box:
        """The whole of it."""
        return Box(self.lefts[0], self.tops[0], self.lefts[-1], self.tops[-1])

    def holds(self, word: Word) -> bool:
        """Whether a word stands inside."""
        return self.box.left < word.box.centre < self.box.right and self.box.top < word.box.middle < self.box.bottom

    def with_gutters(self, words: Sequence[Word]) -> "_Grid":
        """Return the same with columns as the text shows them, if no upright line parts any."""
        if len(self.lefts) > 2 or not words:
            return self
        gutters = [(left + right) / 2 for left, right in column_gaps(segments(words))]
        return _Grid([self.lefts[0], *gutters, self.lefts[-1]], self.tops, [], self.levels)

    def cell_at(self, word: Word) -> tuple[int, int]:
        """Return the row and column in which a word stands."""
        row = sum(1 for top in self.tops[1:-1] if top <= word.box.middle)
        column = sum(1 for left in self.lefts[1:-1] if left <= word.box.centre)
        return self.first_of_span(row, column)

    def first_of_span(self, row: int, column: int) -> tuple[int, int]:
        """Return the first cell of the merged cell to which this one belongs."""
        height = (self.tops[row] + self.tops[row + 1]) / 2
        while column and self.uprights and not self._has_upright(self.lefts[column], height):
            column -= 1
        across = (self.lefts[column] + self.lefts[column + 1]) / 2
        while row and not self._has_level(self.tops[row], across):
            row -= 1
        return row, column

    def _has_upright(self, place: float, height: float) -> bool:
        return any(abs(edge.centre - place) <= _NEAR and edge.top <= height <= edge.bottom for edge in self.uprights)

    def _has_level(self, place: float, across: float) -> bool:
        return any(abs(edge.middle - place) <= _NEAR and edge.left <= across <= edge.right for edge in self.levels)


def ruled_tables(words: Sequence[Word], rules: Sequence[Box]) -> tuple[list[Table], list[Word]]:
    """Return the tables drawn with lines, and the words that stand in none."""
    rest = list(words)
    tables = []
    for group in _connected(_straight(rules)):
        grid = _grid(group)
        inside = [word for word in rest if grid.holds(word)]
        table = _table(grid.with_gutters(inside), inside)
        if table:
            tables.append(table)
            taken = set(map(id, inside))
            rest = [word for word in rest if id(word) not in taken]
    return tables, rest


def _grid(group: list[Box]) -> _Grid:
    whole = reduce(Box.union, group)
    uprights = [edge for edge in group if edge.bottom - edge.top > _NEAR]
    levels = [edge for edge in group if edge.right - edge.left > _NEAR]
    tops = _places([whole.top, *(edge.middle for edge in levels), whole.bottom])
    lefts = _places([whole.left, *(edge.centre for edge in uprights), whole.right])
    return _Grid(lefts, tops, uprights, levels)


def _straight(rules: Sequence[Box]) -> list[Box]:
    """Merge edges that lie on one line and touch."""
    found: list[Box] = []
    levels = [edge for edge in rules if edge.right - edge.left >= edge.bottom - edge.top]
    uprights = [edge for edge in rules if edge.right - edge.left < edge.bottom - edge.top]
    levels.sort(key=lambda edge: (round(edge.middle), edge.left))
    uprights.sort(key=lambda edge: (round(edge.centre), edge.top))
    for edge in levels + uprights:
        last = found[-1] if found else edge
        if found and _on_one_line(last, edge) and _touch(last, edge):
            found[-1] = last.union(edge)
        else:
            found.append(edge)
    return found if len(found) <= _MAX_EDGES else []


def _on_one_line(one: Box, other: Box) -> bool:
    """Whether both are level or both upright, and one lies in the other's direction."""
    whole = one.union(other)
    return min(whole.right - whole.left, whole.bottom - whole.top) < 1.5


def _connected(edges: list[Box]) -> list[list[Box]]:
    """Group edges that touch or cross each other, the highest group first."""
    groups: list[list[Box]] = []
    for edge in edges:
        touching = [group for group in groups if any(_touch(edge, other) for other in group)]
        groups = [group for group in groups if group not in touching]
        groups.append([edge, *(other for group in touching for other in group)])
    return sorted(groups, key=lambda group: min(edge.top for edge in group))


def _touch(one: Box, other: Box) -> bool:
    return (
        one.left <= other.right + _NEAR
        and other.left <= one.right + _NEAR
        and one.top <= other.bottom + _NEAR
        and other.top <= one.bottom + _NEAR
    )


def _places(values: list[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _NEAR:
            found.append(value)
    return found


def _table(grid: _Grid, words: list[Word]) -> Table | None:
    if len(grid.tops) < 3 or len(grid.lefts) < 3 or not words:
        return None
    cells: Cells = {}
    for word in words:
        cells.setdefault(grid.cell_at(word), []).append(word)
    if not _is_tabular(cells, (len(grid.lefts) - 1) * (len(grid.tops) - 1), len(words)):
        return None
    rows = [texts for row in range(len(grid.tops) - 1) for texts in _row(grid, cells, row)]
    if is_rtl(" ".join(word.text for word in words)):
        rows = [row[::-1] for row in rows]
    first = min(row for row, _ in cells)
    heads = all(word.bold for (row, _), cell in cells.items() if row == first for word in cell)
    return Table(rows, grid.box, grid.lefts[:-1], heads)


def _is_tabular(cells: Cells, size: int, words: int) -> bool:
    """Whether these are cells, and not a frame or a drawing with text in it."""
    rows, columns = {row for row, _ in cells}, {column for _, column in cells}
    largest = max(len(cell) for cell in cells.values())
    first = max(len(cell) for (row, _), cell in cells.items() if row == min(rows))
    return (
        len(rows) > 1
        and len(columns) > 1
        and len(cells) >= _DENSE * size
        and (largest <= _LONG_CELL or largest <= 0.35 * words)
        and first <= _LONG_HEADER
    )


def _row(grid: _Grid, cells: Cells, row: int) -> list[list[str]]:
    """Return the rows of text in a ruled row: none if it is empty, several if it holds lines of figures."""
    places = [grid.first_of_span(row, column) for column in range(len(grid.lefts) - 1)]
    texts = ["\n".join(_lines(cells.get(place, []))) for place in places]
    if row > min(row for row, _ in cells) and len(set(places)) == 1:
        texts[1:] = [""] * (len(texts) - 1)
    pairs = zip(texts, places, strict=True)
    texts = [text if place[0] == row or len(text) < _SHORT else "" for text, place in pairs]
    return _unfolded(texts) if any(texts) else []


def _unfolded(cells: list[str]) -> list[list[str]]:
    """Return the rows that stand in one ruled row: there are several if columns of figures have several lines."""
    parts = [cell.split("\n") for cell in cells]
    heights = [len(part) for part in parts if len(part) > 1]
    figures = [part for part in parts if len(part) > 1 and all(FIGURE.fullmatch(line) for line in part)]
    if len(figures) < 2 or len(set(heights)) > 1:
        return [cells]
    return [[part[line] if len(part) > 1 else part[0] for part in parts] for line in range(heights[0])]


def _lines(words: list[Word]) -> list[str]:
    return [merged(row, row[0].box).text for row in in_rows(segments(words))] if words else []
