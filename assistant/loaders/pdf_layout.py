"""The reading order of a PDF page: columns one after the other, tables as tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from assistant.loaders.pdf_box import Box
from assistant.loaders.pdf_lines import Line, extent, in_rows, is_marker, is_rtl, merged
from assistant.loaders.pdf_tables import Table, aligned_table, column_gaps

Block = Line | Table

_GUTTER = 0.8
_PROSE_WIDTH = 9
_MAX_CUTS = 60
_MAX_LINES = 5_000
_SMALL = 0.92


@dataclass(frozen=True, slots=True)
class Layout:
    """A page in reading order; ``notes`` are the lines in small print at the foot of its columns."""

    blocks: list[Block]
    notes: list[Line]


@dataclass(frozen=True, slots=True)
class _Split:
    """A white strip between two sets of blocks that stand side by side."""

    above: list[Block]
    left: list[Block]
    right: list[Block]
    below: list[Block]
    height: float


def reading_order(blocks: Sequence[Block], rules: Sequence[Box]) -> list[Block]:
    """Return parts of lines and tables as whole lines and tables in the order in which they are read."""
    split = _widest_split(blocks)
    if split is None:
        return _one_column(blocks)
    inside = [*split.left, *split.right]
    parts = [block for block in inside if isinstance(block, Line)]
    before, after = reading_order(split.above, rules), reading_order(split.below, rules)
    if _is_prose(parts) or len(parts) < len(inside):
        sides = [split.left, split.right]
        if is_rtl(" ".join(part.text for part in parts)):
            sides.reverse()
        return before + [block for side in sides for block in reading_order(side, rules)] + after
    return before + _table_or_lines(parts, rules) + after


def _one_column(blocks: Sequence[Block]) -> list[Block]:
    if not blocks:
        return []
    room = extent(blocks)
    ordered: list[Block] = []
    for row in in_rows(blocks):
        parts = [block for block in row if isinstance(block, Line)]
        ordered += [block for block in row if isinstance(block, Table)]
        if parts:
            ordered.append(merged(parts, room))
    return ordered


def _widest_split(blocks: Sequence[Block]) -> _Split | None:
    """Return the split along the longest white strip, if there is one."""
    lines = [block for block in blocks if isinstance(block, Line)]
    if not 4 <= len(lines) <= _MAX_LINES:
        return None
    size = median(line.size for line in lines)
    cuts = sorted(
        (one.box.right + other.box.left) / 2
        for row in in_rows(lines)
        for one, other in pairwise(row)
        if other.box.left - one.box.right > _GUTTER * size
    )
    best = None
    ordered = sorted(blocks, key=lambda block: block.box.top)
    for cut in _distinct(cuts):
        split = _split_at(ordered, cut, size)
        if split and (best is None or split.height > best.height + 1):
            best = split
    return best


def _distinct(cuts: list[float]) -> list[float]:
    found: list[float] = []
    for cut in cuts:
        if not found or cut - found[-1] > 3:
            found.append(cut)
    return found[:: len(found) // _MAX_CUTS + 1]


def _split_at(ordered: list[Block], cut: float, size: float) -> _Split | None:
    best: _Split | None = None
    begin = 0
    for position in range(len(ordered) + 1):
        if position < len(ordered) and not ordered[position].box.left < cut < ordered[position].box.right:
            continue
        run = ordered[begin:position]
        split = _sides(run, cut, size)
        if split and (best is None or split.height > best.height):
            above, below = ordered[:begin] + split.above, split.below + ordered[position:]
            best = _Split(above, split.left, split.right, below, split.height)
        begin = position + 1
    return best


def _sides(run: list[Block], cut: float, size: float) -> _Split | None:
    left = [block for block in run if block.box.right <= cut]
    right = [block for block in run if block.box.left >= cut]
    if len(left) < 2 or len(right) < 2:
        return None
    one, other = extent(left), extent(right)
    top, bottom = max(one.top, other.top), min(one.bottom, other.bottom)
    if bottom - top < 2 * size:
        return None
    above = [block for block in run if block.box.bottom < top]
    left = [block for block in left if block.box.bottom >= top]
    right = [block for block in right if block.box.bottom >= top]
    prose = _is_prose([block for block in (*left, *right) if isinstance(block, Line)])
    below = [] if prose else [block for block in run if block.box.top > bottom]
    left = [block for block in left if block not in below]
    right = [block for block in right if block not in below]
    if not left or not right:
        return None
    one, other = extent(left), extent(right)
    if other.left - one.right < _GUTTER * size:
        return None
    return _Split(above, left, right, below, bottom - top)


def _is_prose(parts: Sequence[Line]) -> bool:
    """Whether the columns that these lines form are running text and not cells."""
    gaps = column_gaps(parts)
    if not gaps:
        return False
    cuts = [(left + right) / 2 for left, right in gaps]
    columns: list[list[Line]] = [[] for _ in range(len(cuts) + 1)]
    for part in parts:
        columns[sum(1 for cut in cuts if cut < part.box.centre)].append(part)
    prose = [part for column in columns if _is_prose_column(column) for part in column]
    others = [part for column in columns if not _is_prose_column(column) for part in column]
    if sum(map(_is_prose_column, columns)) > 1 and all(len(column) < 3 for column in columns if column[0] in others):
        return True
    share = sum(len(part.text) for part in prose) / sum(len(part.text) for part in parts)
    return share > 0.7 and _bands(parts) < 0.15 * len(in_rows(parts)) and not _are_level(others, prose)


def _are_level(others: Sequence[Line], lines: Sequence[Line]) -> bool:
    """Whether nearly all the others stand on the level of one of the lines, as cells do."""
    level = sum(any(abs(other.box.bottom - line.box.bottom) < 1 for line in lines) for other in others)
    return level > 0.8 * len(others)


def _bands(parts: Sequence[Line]) -> int:
    """Return how many white strips cross all columns, as between the rows of a table."""
    bottom, count = parts[0].box.bottom, 0
    for part in sorted(parts, key=lambda part: part.box.top):
        count += part.box.top - bottom > 0.5 * part.size
        bottom = max(bottom, part.box.bottom)
    return count


def _is_prose_column(parts: Sequence[Line]) -> bool:
    if len(parts) < 3:
        return False
    room = extent(parts)
    lines = [merged(row, room) for row in in_rows(parts)]
    widths = [line.box.right - line.box.left for line in lines]
    full = sum(1 for width in widths if width > 0.7 * (room.right - room.left)) / len(lines)
    return len(lines) >= 3 and fmean(widths) > _PROSE_WIDTH * median(part.size for part in parts) and full >= 0.5


def _table_or_lines(parts: list[Line], rules: Sequence[Box]) -> list[Block]:
    """Return aligned lines as a table where they form one, with what stands over and under it."""
    rows = in_rows(parts)
    several = [position for position, row in enumerate(rows) if len(row) > 1]
    first, last = (several[0], several[-1]) if several else (0, 0)
    while last + 1 < len(rows) and _hangs(rows[last], rows[last + 1]):
        last += 1
    body = [part for row in rows[first : last + 1] for part in row]
    table = None if any(is_marker(part.text) for part in body) else aligned_table(body, rules)
    if table is None:
        return _one_column(parts)
    before = [part for row in rows[:first] for part in row]
    after = [part for row in rows[last + 1 :] for part in row]
    return [*_one_column(before), table, *_one_column(after)]


def _hangs(row: list[Line], below: list[Line]) -> bool:
    """Whether a single part under a table's row is the next line of one of its cells."""
    part = below[0]
    near = part.box.top - extent(row).bottom < 0.5 * part.size
    return near and any(abs(cell.box.left - part.box.left) < 3 for cell in row[1:])


def without_notes(blocks: Sequence[Block], body: float) -> Layout:
    """Set footnotes apart: lines in small print after which a column or the page ends."""
    kept: list[Block] = []
    notes: list[Line] = []
    run: list[Line] = []
    for position, block in enumerate([*blocks, None]):
        if isinstance(block, Line) and block.size <= _SMALL * body:
            run.append(block)
            continue
        ends = block is None or (bool(run) and block.box.top < run[0].box.top)
        if run and ends and position > len(run):
            notes += run
        else:
            kept += run
        run = []
        if block is not None:
            kept.append(block)
    return Layout(kept, notes)
