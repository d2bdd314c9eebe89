"""Plain text: blank lines set paragraphs apart, hard-wrapped lines are joined, other lines are items."""

import re
from itertools import pairwise

from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.encoding import decode

_BLANK = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+|\f")
_LINE_END = re.compile(r"\r\n?|[\x85\u2028\u2029\v]")
_SENTENCE_END = re.compile(r"[.!?…:;。！？：；؟۔]['\"”’»)\]）」』]*$")
_ITEM = re.compile(r"(?:[-*+•·–—▪◦●]|\(?\d{1,3}[.)、]|\(?[a-zA-Z][.)])\s")
_WIDE = re.compile(r"[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_WRAPPED = 45


def read_plain(data: bytes, builder: TextBuilder) -> Contents:
    """Read a text file in any encoding."""
    add_plain(builder, decode(data))
    return Contents()


def add_plain(builder: TextBuilder, text: str) -> None:
    """Add a plain text, paragraph by paragraph."""
    for block in _BLANK.split(_LINE_END.sub("\n", text)):
        pieces = _joined([line.strip() for line in block.split("\n") if line.strip()])
        for piece in pieces:
            if len(pieces) > 1:
                builder.item(piece)
            else:
                builder.paragraph(piece)


def join_lines(lines: list[str]) -> str:
    """Join the lines of a paragraph: with a space, but none between Chinese or Japanese characters."""
    text = lines[0] if lines else ""
    for line in lines[1:]:
        gap = "" if text and line and _WIDE.match(text[-1]) and _WIDE.match(line[0]) else " "
        text += gap + line
    return text


def _joined(lines: list[str]) -> list[str]:
    if not _hard_wrapped(lines):
        return lines
    paragraphs: list[list[str]] = []
    for line in lines:
        if paragraphs and not _ITEM.match(line):
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    return [join_lines(paragraph) for paragraph in paragraphs]


def _hard_wrapped(lines: list[str]) -> bool:
    """Return whether the lines break where a margin was, rather than where a thought ends."""
    if len(lines) < 2:
        return False
    widths = [_width(line) for line in lines]
    margin = max(widths)
    if margin < _WRAPPED:
        return False
    full = [
        width >= 0.6 * margin or width + len(following.split()[0]) >= margin
        for width, (_, following) in zip(widths, pairwise(lines), strict=False)
    ]
    open_ends = [not _SENTENCE_END.search(line) for line in lines[:-1]]
    return sum(full) >= 0.75 * len(full) and sum(open_ends) >= 0.5 * len(open_ends) and margin <= 130


def _width(line: str) -> int:
    return len(line) + len(_WIDE.findall(line))
