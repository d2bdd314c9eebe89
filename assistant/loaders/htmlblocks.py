"""Blocks of HTML: headings, paragraphs, lists and tables, without what frames the page."""

import re

from assistant.loaders.builder import TextBuilder, clean
from assistant.loaders.htmltable import is_layout, table_rows
from assistant.loaders.nodes import Node
from assistant.loaders.tables import add_table

_UNREAD = frozenset(
    "script style template svg head iframe object embed applet audio video canvas annotation annotation-xml".split()
)
_SKIPPED = _UNREAD | frozenset("noscript nav select button input textarea datalist dialog map".split())
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer"
    " form header hgroup html legend li main menu ol p section summary ul table thead tbody tfoot tr td th hr".split()
)
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_LISTS = frozenset("ul ol menu dir dl".split())
_ROLES = frozenset("navigation banner contentinfo search dialog alertdialog menu menubar".split())
_MENUS = frozenset(
    "cookie cookies consent gdpr breadcrumb breadcrumbs navbar nav navigation menu sidebar footer skip share sharing"
    " social newsletter advertisement ads popup modal toc-nav pagination".split()
)
_WORDS = re.compile(r"[^\W_]+")
_LINES = re.compile(r"\n\s*\n")


def word_count(node: Node) -> int:
    """Return the number of words below an element."""
    return len(_WORDS.findall(" ".join(node.itertext())))


class HtmlWalk:
    """Goes through the elements of a page and adds each block of its text; ``whole`` keeps the menus too."""

    def __init__(self, builder: TextBuilder, *, whole: bool = False) -> None:
        self.builder, self.whole = builder, whole
        self.found = False
        self.inline: list[str] = []
        self.lists: list[int | None] = []
        self.label = ""
        self.depth = 0

    def flush(self, heading: int = 0) -> None:
        """Add what has been gathered since the last block as one."""
        text, self.inline = "".join(self.inline), []
        self.found = self.found or bool(clean(text))
        if heading:
            self.builder.heading(text, heading)
            return
        for part in _LINES.split(text):
            if not clean(part):
                continue
            if self.lists:
                self.builder.item(self.label + part)
                self.label = ""
            else:
                self.builder.paragraph(part)

    def block(self, node: Node) -> None:
        """Add an element that stands on lines of its own."""
        self.flush()
        self.depth += node.tag in ("main", "article")
        self._children(node)
        self.depth -= node.tag in ("main", "article")
        self.flush()

    def _children(self, node: Node) -> None:
        self._text(node.text)
        for child in node:
            if isinstance(child.tag, str) and not self._skipped(child):
                self._element(child)
            self._text(child.tail)

    def _text(self, text: str | None) -> None:
        if text:
            self.inline.append(re.sub(r"\s+", " ", text))

    def _element(self, node: Node) -> None:
        tag = node.tag.rsplit("}", 1)[-1].rsplit(":", 1)[-1].lower()
        special = {
            "br": self._break,
            "img": self._image,
            "q": self._quotation,
            "pre": self._preformatted,
            "li": self._item,
        }
        if tag in special:
            special[tag](node)
        elif tag in _HEADINGS:
            self.flush()
            self._children(node)
            self.flush(heading=int(tag[1]))
        elif tag in _LISTS:
            self._list(node, tag)
        elif tag == "table" and not is_layout(node):
            self._table(node)
        elif tag in _BLOCKS:
            self.block(node)
        else:
            self._children(node)

    def _break(self, node: Node) -> None:
        self.inline.append("\n")
        self._children(node)

    def _image(self, node: Node) -> None:
        text = clean(node.get("alt") or "")
        if len(text.split()) > 2:
            self.inline.append(f" {text} ")

    def _quotation(self, node: Node) -> None:
        self.inline.append("“")
        self._children(node)
        self.inline.append("”")

    def _list(self, node: Node, tag: str) -> None:
        self.flush()
        start = node.get("start") or "1"
        self.lists.append((int(start) if start.isdecimal() else 1) if tag == "ol" else None)
        self.block(node)
        self.lists.pop()

    def _item(self, node: Node) -> None:
        self.flush()
        number = self.lists[-1] if self.lists else None
        outside = not self.lists
        if outside:
            self.lists.append(None)
        self.label = "" if number is None else f"{number}. "
        if number is not None:
            self.lists[-1] = number + 1
        self.block(node)
        self.label = ""
        if outside:
            self.lists.pop()

    def _preformatted(self, node: Node) -> None:
        self.flush()
        self.found = True
        for br in node.iter("br"):
            br.tail = "\n" + (br.tail or "")
        for line in node.text_content().splitlines():
            self.builder.item(line)

    def _table(self, node: Node) -> None:
        self.flush()
        self.found = True
        for caption in node.iterchildren("caption"):
            self.builder.paragraph(" ".join(caption.itertext()))
        rows, headers = table_rows(node)
        add_table(self.builder, rows, headers)

    def _skipped(self, node: Node) -> bool:
        tag = node.tag.lower()
        if self.whole:
            return tag in _UNREAD
        if tag in _SKIPPED or node.get("hidden") is not None or node.get("aria-hidden") == "true":
            return True
        if re.search(r"display\s*:\s*none", node.get("style") or "", re.IGNORECASE):
            return True
        if self.depth == 0 and tag in ("footer", "aside"):
            return True
        if self.depth == 0 and tag == "header" and node.find(".//h1") is None:
            return True
        if (node.get("role") or "").lower() in _ROLES:
            return True
        names = set(re.split(r"[^a-z]+", f"{node.get('class') or ''} {node.get('id') or ''}".lower()))
        return bool(names & _MENUS) and tag not in ("html", "body", "main", "article") and _mostly_links(node)


def _mostly_links(node: Node) -> bool:
    linked = sum(word_count(link) for link in node.iter("a", "button"))
    return linked >= 0.5 * word_count(node)
