"""Tables of a PDF page that only the alignment of their text shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from assistant.loaders.pdf_box import Box
from assistant.loaders.pdf_lines import Line, extent, in_rows, is_rtl

FIGURE = re.compile(r"[-+±~<>$€£¥]?\s?\d[\d.,%\s]*")
"""A cell that holds a number."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the lines of a cell are parted by line breaks; ``heads`` tells whether the first row is bold."""

    rows: list[list[str]]
    box: Box
    columns: list[float]
    heads: bool

    @property
    def text(self) -> list[str]:
        """The text of all cells."""
        return [cell for row in self.rows for cell in row]


def column_gaps(parts: Sequence[Line]) -> list[tuple[float, float]]:
    """Return the upright white strips, as (left, right), that part the lines into columns."""
    if not parts:
        return []
    box, size = extent(parts), median(part.size for part in parts)
    rows = in_rows(parts)
    allowed = len(rows) // 12
    width = int(box.right - box.left) + 1
    cover = [0] * width
    for row in rows:
        for part in row:
            for place in range(int(part.box.left - box.left), min(width, int(part.box.right - box.left) + 1)):
                cover[place] += 1
    gaps, begin = [], None
    for place, count in enumerate(cover):
        if count <= allowed and begin is None:
            begin = place
        elif count > allowed and begin is not None:
            if begin and place - begin >= 0.6 * size:
                gaps.append((box.left + begin, box.left + place))
            begin = None
    return gaps


def aligned_table(parts: Sequence[Line], rules: Sequence[Box]) -> Table | None:
    """Return the table that aligned lines form, if several rows of them have several cells."""
    gaps = column_gaps(parts)
    if not gaps:
        return None
    cuts = [(left + right) / 2 for left, right in gaps]
    rows = in_rows(parts)
    cells = [_cells(row, cuts) for row in rows]
    if sum(1 for row in cells if sum(map(bool, row)) > 1) < 3:
        return None
    starts = _row_starts(rows, cells, rules)
    texts = [
        [
            "\n".join(filter(None, (cells[line][column] for line in range(start, end))))
            for column in range(len(cuts) + 1)
        ]
        for start, end in pairwise([*starts, len(rows)])
    ]
    if is_rtl(" ".join(part.text for part in parts)):
        texts = [row[::-1] for row in texts]
    box = extent(parts)
    heads = all(part.bold for row in rows[: (starts[1] if len(starts) > 1 else 1)] for part in row)
    return Table(texts, box, [box.left, *cuts], heads)


def _cells(row: list[Line], cuts: list[float]) -> list[str]:
    cells: list[list[str]] = [[] for _ in range(len(cuts) + 1)]
    for part in row:
        cells[sum(1 for cut in cuts if cut < part.box.centre)].append(part.text)
    return [" ".join(cell) for cell in cells]


def _row_starts(rows: list[list[Line]], cells: list[list[str]], rules: Sequence[Box]) -> list[int]:
    """Return the lines with which rows begin: by rules, else by wider gaps, else by a filled first cell."""
    boxes = [extent(row) for row in rows]
    ruled = [
        any(above.middle < rule.middle < below.middle and rule.right - rule.left > 20 for rule in rules)
        for above, below in pairwise(boxes)
    ]
    gaps = [below.middle - above.middle for above, below in pairwise(boxes)]
    low, high = min(gaps), max(gaps)
    if sum(ruled) >= max(3, len(rows) // 4):
        begins = ruled
    elif high > 1.3 * low and low < 1.35 * median(part.size for row in rows for part in row):
        begins = [gap > (low + high) / 2 or rule for gap, rule in zip(gaps, ruled, strict=True)]
        if sum(begins) < len(begins) // 4:
            begins = [bool(row[0]) for row in cells[1:]]
    else:
        begins = [bool(row[0]) or rule for row, rule in zip(cells[1:], ruled, strict=True)]
    return [0, *(position + 1 for position, new in enumerate(begins) if new)]
