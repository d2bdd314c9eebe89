"""The cells of a sheet as tables: titles above a table, its header, and rows that can be read alone."""

import re
from dataclasses import dataclass, field

from assistant.loaders.builder import TextBuilder, clean
from assistant.loaders.tables import is_number, looks_like_header

_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d+):\$?([A-Z]{1,3})\$?(\d+)")
_MAX_MERGED = 2_000


@dataclass(slots=True)
class Grid:
    """The filled cells of a sheet, by row and column (both count from 1)."""

    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    wide: list[tuple[int, int, int, int]] = field(default_factory=list)

    def put(self, row: int, column: int, text: str) -> None:
        """Set a cell's text."""
        self.rows.setdefault(row, {})[column] = text

    def merge(self, reference: str) -> None:
        """Repeat the text of a merged range in each of its rows, so that each can be read alone."""
        found = _RANGE.fullmatch(reference)
        if not found:
            return
        left, right = _number(found.group(1)), _number(found.group(3))
        top, bottom = int(found.group(2)), int(found.group(4))
        text = self.rows.get(top, {}).get(left)
        if text is None:
            return
        self.wide.append((top, left, bottom, right))
        for row in range(top + 1, min(bottom, top + _MAX_MERGED) + 1):
            if row in self.rows:
                self.rows[row].setdefault(left, text)

    def spread(self, row: int) -> dict[int, str]:
        """Return a row with the text of ranges merged across columns repeated in each: for headers."""
        cells = dict(self.rows[row])
        for top, left, bottom, right in self.wide:
            if top <= row <= bottom and left in cells:
                for column in range(left, min(right, left + _MAX_MERGED) + 1):
                    cells.setdefault(column, cells[left])
        return cells


def add_grid(builder: TextBuilder, grid: Grid) -> None:
    """Add the tables of a sheet, which empty rows set apart."""
    names: dict[int, str] = {}
    for block in _blocks(grid):
        names = _add_block(builder, grid, block, names)


def _blocks(grid: Grid) -> list[list[int]]:
    """Return the rows by table: empty rows part them, but not a header from what is below it."""
    blocks: list[list[int]] = []
    for number in sorted(grid.rows):
        above = blocks[-1] if blocks else []
        named = (
            len(above) == 1 and len(grid.rows[above[0]]) > 1 and grid.rows[above[0]].keys() >= grid.rows[number].keys()
        )
        if above and (number - above[-1] == 1 or (named and number - above[-1] == 2)):
            above.append(number)
        else:
            blocks.append([number])
    return blocks


def _add_block(builder: TextBuilder, grid: Grid, block: list[int], names: dict[int, str]) -> dict[int, str]:
    waiting = list(block)
    width = max(len(grid.rows[row]) for row in block)
    while waiting and width > 1 and len(grid.rows[waiting[0]]) == 1:
        builder.paragraph(next(iter(grid.rows[waiting.pop(0)].values())))
    header = _header(grid, waiting)
    if header:
        names = _names(grid, waiting[:header])
        waiting = waiting[header:]
    elif not waiting or not set(grid.rows[waiting[0]]) <= set(names) or width < 2:
        names = {}
    used = {column for row in waiting for column in grid.rows[row]}
    if set(names) - used and header:
        builder.row(list(names.values()))
    for row in waiting:
        cells = grid.rows[row]
        columns = sorted(cells)
        builder.row([cells[column] for column in columns], [names.get(column, "") for column in columns])
    return names


def _header(grid: Grid, rows: list[int]) -> int:
    """Return the number of rows that name the columns: none, one, or two where the upper one groups."""
    for count in (1, 2):
        if len(rows) <= count:
            return 0
        columns = sorted({column for row in rows[:50] for column in grid.rows[row]})
        named = _names(grid, rows[:count])
        first = [named.get(column, "") for column in columns]
        body = [[clean(grid.rows[row].get(column, "")) for column in columns] for row in rows[count : count + 50]]
        grouped = any(top == rows[0] and right > left for top, left, _, right in grid.wide)
        if (count == 2) == grouped and looks_like_header([first, *body]):
            if count == 1 or not any(is_number(clean(cell)) for cell in grid.rows[rows[1]].values()):
                return count
    return 0


def _names(grid: Grid, rows: list[int]) -> dict[int, str]:
    names: dict[int, list[str]] = {}
    for row in rows:
        for column, text in grid.spread(row).items():
            names.setdefault(column, []).append(clean(text))
    return {column: " ".join(dict.fromkeys(names[column])) for column in sorted(names)}


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
