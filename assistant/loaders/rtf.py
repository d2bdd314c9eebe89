"""RTF documents: paragraphs, headings by style, lists with their labels, tables and footnotes."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder, clean
from assistant.loaders.rtfblocks import Blocks
from assistant.loaders.rtfgroups import ESCAPED, KEPT, KNOWN, SIGNS, TOKEN, UNSEEN, charset, code_page

_MAX_GROUPS = 2_000
_DEFAULTS = {"mac": "mac-roman", "pc": "cp437", "pca": "cp850"}
_BREAKS: dict[str, Callable[[Blocks], None]] = {
    **dict.fromkeys(["par", "sect", "page", "column"], Blocks.paragraph),
    "cell": Blocks.cell,
    "nestcell": Blocks.nested_cell,
    "row": Blocks.row,
}


def read_rtf(data: bytes, builder: TextBuilder) -> Contents:
    """Read an RTF document."""
    source = data.decode("latin-1")
    reader = _Reader(builder)
    reader.read(source[max(source.find("{\\rtf"), 0) :])
    author = clean(reader.gathered.get("author", ""))
    return Contents(clean(reader.gathered.get("title", "")), {"author": author} if author else {})


@dataclass(slots=True)
class _Group:
    """What holds inside a pair of braces."""

    kind: str = ""
    seen: bool = True
    hidden: bool = False
    skip: int = 1
    encoding: str | None = None
    starting: bool = True
    ignorable: bool = False


class _Reader:
    """Goes through the tokens and adds each block."""

    def __init__(self, builder: TextBuilder) -> None:
        self.blocks = Blocks(builder)
        self.groups: list[_Group] = [_Group()]
        self.default = "cp1252"
        self.font = 0
        self.fonts: dict[int, str | None] = {}
        self.style = 0
        self.styles: dict[int, str] = {}
        self.gathered: dict[str, str] = {}
        self.pending = bytearray()
        self.leave_out = 0

    def read(self, source: str) -> None:
        """Add everything in the source."""
        position = 0
        while found := TOKEN.match(source, position):
            position = found.end()
            word, number, byte, escaped, brace, run = found.groups()
            if word == "bin":
                position += max(int(number or 0), 0)
            elif word:
                self._word(word, None if number is None else int(number))
            elif byte or run:
                self._bytes(bytes.fromhex(byte) if byte else run.encode("latin-1"))
            elif escaped:
                self._escaped(escaped)
            elif brace:
                self._brace(brace)
        self._decode()
        self.blocks.paragraph()
        self.blocks.table()

    @property
    def group(self) -> _Group:
        """The innermost group."""
        return self.groups[-1]

    def _brace(self, brace: str) -> None:
        self._decode()
        self.leave_out = 0
        if brace == "{":
            if len(self.groups) > _MAX_GROUPS:
                raise LoadError("its groups are nested too deeply: save it anew in a word processor")
            self.groups.append(replace(self.group, starting=True, ignorable=False))
        elif len(self.groups) > 1:
            closed = self.groups.pop()
            if closed.kind == "footnote" and self.group.kind != "footnote":
                self.blocks.notes.append(self.gathered.pop("footnote", ""))

    def _bytes(self, run: bytes) -> None:
        if self.leave_out:
            dropped = min(self.leave_out, len(run))
            self.leave_out -= dropped
            run = run[dropped:]
        self.group.starting = self.group.starting and not run
        self.pending += run

    def _decode(self) -> None:
        if self.pending:
            text = bytes(self.pending).decode(self.group.encoding or self.default, "replace")
            self.pending.clear()
            self._text(text)

    def _text(self, text: str) -> None:
        group = self.group
        if not group.seen or group.hidden or group.kind in ("fonttbl", "info"):
            return
        if group.kind == "stylesheet":
            self.styles[self.style] = self.styles.get(self.style, "") + text
        elif group.kind in ("title", "author", "footnote"):
            self.gathered[group.kind] = self.gathered.get(group.kind, "") + text
        elif group.kind in ("listtext", "pntext"):
            self.blocks.label = (self.blocks.label or "") + text
        else:
            self.blocks.text.append(text)

    def _escaped(self, sign: str) -> None:
        self._decode()
        if sign == "*":
            self.group.ignorable = True
        elif sign in "\r\n":
            self._word("par", None)
        elif self.leave_out:
            self.leave_out -= 1
        else:
            self._text(ESCAPED.get(sign, ""))

    def _word(self, word: str, number: int | None) -> None:
        self._decode()
        self.leave_out = 0
        group = self.group
        if group.starting and self._destination(word):
            return
        group.starting = False
        if word == "u":
            self._text(chr((number or 0) & 0xFFFF))
            self.leave_out = group.skip
        elif word in SIGNS:
            self._text(SIGNS[word])
        elif word in ("v", "deleted"):
            group.hidden = number != 0
        elif word == "uc":
            group.skip = max(0, min(number or 0, 10))
        elif not self._encoding(word, number) and group.seen:
            self._layout(word, number)

    def _destination(self, word: str) -> bool:
        """Take the first word of a group as its kind if it is one; return whether it was."""
        group = self.group
        if word in KEPT or (group.kind == "info" and word in ("title", "author")):
            group.kind = word
        elif word in UNSEEN or group.kind == "info" or (group.ignorable and word not in KNOWN):
            group.seen = False
        elif word == "nesttableprops":
            self.blocks.nested_cell()
        elif word not in KNOWN:
            return False
        group.starting = False
        return True

    def _encoding(self, word: str, number: int | None) -> bool:
        """Take a word on fonts and code pages; return whether it was one."""
        group = self.group
        if word == "f":
            self.font = number or 0
            group.encoding = self.fonts.get(self.font)
        elif word == "plain":
            group.hidden, group.encoding = False, None
        elif word == "fcharset" and group.kind == "fonttbl":
            self.fonts[self.font] = charset(number or 0)
        elif word == "cpg" and group.kind == "fonttbl":
            self.fonts[self.font] = code_page(number or 1252)
        elif word == "ansicpg":
            self.default = code_page(number or 1252)
        elif word in _DEFAULTS:
            self.default = _DEFAULTS[word]
        else:
            return False
        return True

    def _layout(self, word: str, number: int | None) -> None:
        blocks = self.blocks
        if self.group.kind == "stylesheet":
            self.style = (number or 0) if word == "s" else self.style
        elif self.group.kind == "footnote":
            self._text(" " if word == "par" else "")
        elif word in _BREAKS:
            _BREAKS[word](blocks)
        elif word == "outlinelevel":
            blocks.level = (number or 0) + 1 if (number or 0) < 9 else 0
        elif word == "s":
            blocks.level = _heading_level(self.styles.get(number or 0, ""))
        elif word == "pard":
            blocks.in_table, blocks.level = False, 0
        elif word == "intbl":
            blocks.in_table = True
        elif word in ("trowd", "trhdr"):
            blocks.is_header = word == "trhdr"


def _heading_level(name: str) -> int:
    words = name.strip().rstrip(";").lower().split()
    if words[:1] == ["title"]:
        return 1
    return int(words[1]) if len(words) == 2 and words[0] == "heading" and words[1].isdecimal() else 0
