"""Rows of cells to rows of text: finds a table's header, so that each row can be read alone."""

import re

from assistant.loaders.builder import TextBuilder, clean

_NUMBER = re.compile(r"[\s(<>~≈±+\-−–$€£¥%‰°]*[\d٠-٩۰-۹][\d\s.,:/()\-−–%‰°٠-٩۰-۹٫٬]*[A-Za-z%‰°]{0,3}\)?")
_LONG_NAME = 120


def add_table(builder: TextBuilder, rows: list[list[str]], headers: int | None = None) -> None:
    """Add a table; ``headers`` is the number of its header rows, None where only its cells can tell."""
    rows = [[clean(cell) for cell in row] for row in rows]
    rows = [row for row in rows if any(row)]
    width = max((len(row) for row in rows), default=0)
    while rows and width > 1 and headers != 0 and sum(map(bool, rows[0])) == 1:
        builder.paragraph("".join(rows.pop(0)))
        headers = headers - 1 if headers else headers
    if headers is None:
        headers = 1 if looks_like_header(rows) else 0
    names = merge_header(rows[:headers])
    body = rows[headers:]
    used = {column for row in body for column, cell in enumerate(row) if cell}
    if any(name and column not in used for column, name in enumerate(names)):
        for row in rows[:headers]:
            builder.row(row)
    for row in body:
        builder.row(row, names)


def merge_header(rows: list[list[str]]) -> list[str]:
    """Return one name a column from the rows of a header, the upper words first."""
    width = max((len(row) for row in rows), default=0)
    names = []
    for column in range(width):
        parts = [row[column] for row in rows if column < len(row) and row[column]]
        names.append(" ".join(dict.fromkeys(parts)))
    return names


def looks_like_header(rows: list[list[str]]) -> bool:
    """Return whether the first row names the columns rather than being the first of the data.

    Its cells must be short, distinct and not numbers; in a narrow table, where rows are often pairs of
    a name and a value, a column of numbers below a word must speak for it as well.
    """
    if len(rows) < 2:
        return False
    first, body = rows[0], rows[1:]
    width = max(len(row) for row in body)
    filled = [cell for cell in first if cell]
    if len(filled) < 2 or len(filled) < 0.7 * width or len(set(filled)) < len(filled):
        return False
    if any(is_number(cell) or len(cell) > _LONG_NAME for cell in filled):
        return False
    return width > 2 or _numbers_below(first, body)


def is_number(cell: str) -> bool:
    """Return whether a cell holds a number, an amount or a date in digits rather than words."""
    return bool(_NUMBER.fullmatch(cell))


def _numbers_below(first: list[str], body: list[list[str]]) -> bool:
    for column, name in enumerate(first):
        cells = [row[column] for row in body if column < len(row) and row[column]]
        if name and cells and all(is_number(cell) for cell in cells):
            return True
    return False
