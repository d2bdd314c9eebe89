"""Markdown: the text without its markup, front matter as metadata."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.encoding import decode
from assistant.loaders.tables import add_table

_FRONT_MATTER = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(.{0,20000}?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)


def read_markdown(data: bytes, builder: TextBuilder) -> Contents:
    """Read a Markdown file (CommonMark with tables and strikethrough)."""
    metadata, text = _front_matter(decode(data))
    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    _Walk(builder).blocks(parser.parse(text))
    return Contents(title=str(metadata.pop("title", "")), metadata=metadata)


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    import yaml

    found = _FRONT_MATTER.match(text)
    if not found:
        return {}, text
    try:
        values = yaml.safe_load(found.group(1))
    except yaml.YAMLError:
        return {}, text
    if not isinstance(values, dict):
        return {}, text
    kept = {str(name).lower(): _plain(value) for name, value in values.items()}
    return {name: value for name, value in kept.items() if value not in (None, "")}, text[found.end() :]


def _plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value of the front matter as a JSON value; deeper nests than lists are left out."""
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value if isinstance(item, bool | int | float | str | date)]
    return None


class _Walk:
    """Goes through the parser's tokens and adds each block."""

    def __init__(self, builder: TextBuilder) -> None:
        self.builder = builder
        self.lists: list[int | None] = []
        self.label = ""
        self.heading = 0
        self.rows: list[list[str]] | None = None

    def blocks(self, tokens: Sequence[Token]) -> None:
        """Add every block of the token stream."""
        for token in tokens:
            if token.type == "inline":
                self._inline(token)
            elif token.type in ("fence", "code_block"):
                for line in token.content.splitlines():
                    self.builder.item(line)
            elif token.type == "html_block":
                self._html(token.content)
            else:
                self._structure(token)

    def _structure(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self.heading = int(token.tag[1])
            case "heading_close":
                self.heading = 0
            case "bullet_list_open":
                self.lists.append(None)
            case "ordered_list_open":
                self.lists.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
            case "list_item_open":
                self.label = self._next_label()
            case "table_open":
                self.rows = []
            case "tr_open" if self.rows is not None:
                self.rows.append([])
            case "table_close":
                add_table(self.builder, self.rows or [], headers=1)
                self.rows = None

    def _next_label(self) -> str:
        number = self.lists[-1] if self.lists else None
        if number is None:
            return ""
        self.lists[-1] = number + 1
        return f"{number}. "

    def _inline(self, token: Token) -> None:
        text = inline_text(token.children or [])
        if self.heading:
            self.builder.heading(text, self.heading)
        elif self.rows is not None:
            self.rows[-1].append(text)
        elif self.lists:
            self.builder.item(self.label + text)
            self.label = ""
        else:
            self.builder.paragraph(text)

    def _html(self, source: str) -> None:
        from assistant.loaders.html import add_fragment

        add_fragment(self.builder, source)


def inline_text(tokens: Sequence[Token]) -> str:
    """Return the text of inline tokens: an image's description, a link's text and its address if it differs."""
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type == "html_inline" and re.match(r"<br\b", token.content, re.IGNORECASE):
            parts.append(" ")
        elif token.type == "image":
            parts.append(inline_text(token.children or []))
        elif token.type == "link_open":
            links.append((str(token.attrs.get("href", "")), len(parts)))
        elif token.type == "link_close" and links:
            address, start = links.pop()
            parts.append(_address(address, "".join(parts[start:])))
    return "".join(parts)


def _address(address: str, text: str) -> str:
    from urllib.parse import unquote

    bare = unquote(address.removeprefix("mailto:"))
    if not bare or bare.startswith("#") or bare.rstrip("/") == text.strip().rstrip("/"):
        return ""
    return f" ({bare})" if text.strip() else bare
