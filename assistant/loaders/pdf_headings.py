"""Which lines of a PDF are headings: those of its outline, else those set larger or bolder than the text."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from assistant.loaders.pdf_layout import Block
from assistant.loaders.pdf_lines import Line
from assistant.loaders.pdf_structure import Bookmark
from assistant.loaders.pdf_tables import Table

_LARGER = 1.12
_MAX_LINES = 4
_MAX_LENGTH = 250
_MANY_COMMAS = 4
_MAX_BOLD_LENGTH = 110
_NOT_LETTER = re.compile(r"[\W_]+")
_NUMBERING = re.compile(r"^\W*(?:\d+(?:\.\d+)*|[ivxlc]+|[a-z])[.):\s]\s*", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_].*[^\W\d_]|[\u2e80-\u9fff]")


@dataclass(frozen=True, slots=True)
class Heading:
    """``count`` lines that are one heading."""

    level: int
    count: int


class Headings:
    """Finds the headings of each page; sizes and levels are judged over the whole document."""

    def __init__(
        self, pages: Mapping[int, Sequence[Block]], bookmarks: Sequence[Bookmark], plain: Set[int] = frozenset()
    ) -> None:
        """Judge by all ``pages``; on ``plain`` ones the size of letters says nothing."""
        self._plain = plain
        lines = [
            block
            for number, blocks in pages.items()
            for block in blocks
            if isinstance(block, Line) and number not in plain
        ]
        self.body = body_size(lines)
        self._pitches = _pitches(pages)
        self._bold_means_heading = sum(len(line.text) for line in lines if line.bold) < 0.3 * sum(
            len(line.text) for line in lines
        )
        self._marked: dict[int, dict[int, Heading]] = {}
        for bookmark in bookmarks:
            if bookmark.page in pages:
                self._mark(bookmark, pages[bookmark.page])
        self._levels = self._levels_by_style(pages)

    def pitch(self, size: float) -> float:
        """Return the usual distance between lines of a size."""
        return self._pitches.get(round(size), 1.25 * size)

    def on_page(self, number: int, blocks: Sequence[Block]) -> dict[int, Heading]:
        """Return the headings by the position of their first line among the page's blocks."""
        found = dict(self._marked.get(number, {}))
        taken = {place for start, heading in found.items() for place in range(start, start + heading.count)}
        position = 0
        while position < len(blocks) and number not in self._plain:
            count = self._set_apart(blocks, position) if position not in taken else 0
            first = blocks[position]
            if count and isinstance(first, Line) and not taken & set(range(position, position + count)):
                found[position] = Heading(self._level(first), count)
            position += max(1, count)
        return found

    def _mark(self, bookmark: Bookmark, blocks: Sequence[Block]) -> None:
        title = _bare(bookmark.title)
        marked = self._marked.setdefault(bookmark.page, {})
        best: tuple[float, int, int] | None = None
        for start in range(len(blocks)):
            text = ""
            for count, block in enumerate(blocks[start : start + _MAX_LINES], start=1):
                if not isinstance(block, Line) or start in marked:
                    break
                text += block.text + " "
                if title and title in (_bare(text), _bare(_NUMBERING.sub("", text))):
                    if best is None or block.size > best[0] + 0.1:
                        best = (block.size, start, count)
                    break
        if best:
            marked[best[1]] = Heading(bookmark.level, best[2])

    def _levels_by_style(self, pages: Mapping[int, Sequence[Block]]) -> dict[tuple[float, bool], int]:
        votes: dict[tuple[float, bool], Counter[int]] = {}
        for number, marked in self._marked.items():
            for start, heading in marked.items():
                first = pages[number][start]
                if isinstance(first, Line):
                    votes.setdefault(_style(first), Counter())[heading.level] += 1
        levels = {style: counter.most_common(1)[0][0] for style, counter in votes.items()}
        styles = {
            _style(block)
            for number, blocks in pages.items()
            for position, block in enumerate(blocks)
            if isinstance(block, Line) and number not in self._plain and self._set_apart(blocks, position)
        }
        for style in sorted(styles - set(levels), reverse=True):
            larger = [level for other, level in levels.items() if other > style]
            levels[style] = min(6, max(larger, default=0) + 1)
        return levels

    def _level(self, line: Line) -> int:
        return self._levels.get(_style(line), 6)

    def _set_apart(self, blocks: Sequence[Block], position: int) -> int:
        """Return how many lines from this one on are one heading by their looks, 0 if none."""
        first = blocks[position]
        if not isinstance(first, Line) or not _LETTERS.search(first.text):
            return 0
        count = 1
        rest = blocks[position:]
        while count < len(rest) and self._same_heading(rest[count - 1], rest[count]):
            count += 1
        text = " ".join(block.text for block in blocks[position : position + count] if isinstance(block, Line))
        if text.count(",") >= _MANY_COMMAS:
            return 0
        if first.size >= _LARGER * self.body:
            return count if count <= _MAX_LINES and len(text) <= _MAX_LENGTH else 0
        return count if self._is_bold_heading(blocks, position, count, text) else 0

    def _same_heading(self, block: Block, after: Block) -> bool:
        if not isinstance(block, Line) or not isinstance(after, Line):
            return False
        gap = after.box.bottom - block.box.bottom
        return _style(block) == _style(after) and 0 < gap < 1.6 * block.size

    def _is_bold_heading(self, blocks: Sequence[Block], position: int, count: int, text: str) -> bool:
        first = blocks[position]
        if not isinstance(first, Line) or not first.bold or first.size < 0.95 * self.body:
            return False
        if not self._bold_means_heading or count > 2 or len(text) > _MAX_BOLD_LENGTH or text.endswith((".", ",", ";")):
            return False
        before = blocks[position - 1] if position else None
        after = blocks[position + count] if position + count < len(blocks) else None
        if after is None or (isinstance(after, Line) and after.bold):
            return False
        gap = first.box.bottom - before.box.bottom if before else None
        return gap is None or gap < 0 or gap > 1.2 * self.pitch(first.size)


def _bare(text: str) -> str:
    return _NOT_LETTER.sub("", text).casefold()


def _style(line: Line) -> tuple[float, bool]:
    return round(line.size * 2) / 2, line.bold


def body_size(lines: Iterable[Line]) -> float:
    """Return the size in which most of the text is set."""
    sizes = Counter[float]()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _pitches(pages: Mapping[int, Sequence[Block]]) -> dict[int, float]:
    """Return the median distance between lines by their size."""
    gaps: dict[int, list[float]] = {}
    for blocks in pages.values():
        for one, other in pairwise(blocks):
            if isinstance(one, Table) or isinstance(other, Table) or abs(one.size - other.size) > 0.3:
                continue
            gap = other.box.bottom - one.box.bottom
            if 0.8 * one.size < gap < 2.2 * one.size:
                gaps.setdefault(round(one.size), []).append(gap)
    return {size: median(values) for size, values in gaps.items() if len(values) > 2}
