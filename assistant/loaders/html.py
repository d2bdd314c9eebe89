"""HTML: the text of the page without its menus, banners, footers, scripts and styles."""

import re

from lxml import etree
from lxml import html as lxml_html

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder, clean
from assistant.loaders.encoding import declared_encoding, decode
from assistant.loaders.htmlblocks import HtmlWalk, word_count
from assistant.loaders.nodes import Node

_DATES = (
    "article:published_time", "date", "dc.date", "dcterms.date", "dcterms.created", "datepublished", "pubdate",
    "publish-date", "article:modified_time", "last-modified",
)  # fmt: skip
_EMPTY_TAG = re.compile(
    r"<(title|script|style|textarea|iframe|a|p|div|span|td|th|li|i|b|em)(\s[^<>]*)?/>", re.IGNORECASE
)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")


def read_html(data: bytes, builder: TextBuilder) -> Contents:
    """Read an HTML page."""
    return add_page(builder, decode(data, declared_encoding(data)))


def add_page(builder: TextBuilder, source: str) -> Contents:
    """Add a whole HTML page and return its title and metadata."""
    root = parse_html(source)
    if root is None:
        return Contents()
    body = root.find("body")
    body = root if body is None else body
    walk = HtmlWalk(builder)
    walk.block(_main_part(body))
    if not walk.found:
        HtmlWalk(builder, whole=True).block(body)
    return Contents(title=_title(root), metadata=_metadata(root))


def add_fragment(builder: TextBuilder, source: str) -> None:
    """Add the text of a piece of HTML."""
    root = parse_html(f"<html><body>{source}</body></html>")
    if root is not None:
        HtmlWalk(builder).block(root)


def parse_html(source: str) -> Node | None:
    """Return the root element of a page, or None if it holds nothing."""
    source = _DECLARATION.sub("", source.replace("\0", ""))
    if "xhtml" in source[:1000].lower():
        source = _EMPTY_TAG.sub(r"<\1\2></\1>", source)
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return lxml_html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return None
    except etree.LxmlError as error:
        raise LoadError("its HTML can't be read: open it in a browser and save it anew") from error


def _title(root: Node) -> str:
    found = root.find(".//head/title")
    if found is None:
        found = root.find(".//title")
    return clean(found.text_content()) if found is not None else ""


def _metadata(root: Node) -> dict[str, str]:
    named: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or meta.get("itemprop") or "").lower()
        if name and clean(meta.get("content") or ""):
            named.setdefault(name, clean(meta.get("content")))
    date = next((named[name] for name in _DATES if name in named), "")
    author = named.get("author") or named.get("dc.creator") or ""
    language = (root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip()
    found = {"date": date, "author": author, "language": language}
    return {name: value for name, value in found.items() if value}


def _main_part(body: Node) -> Node:
    """Return the element that holds the page's own text: ``main`` where there is one, else all of it."""
    mains = [node for node in body.iter() if node.tag == "main" or node.get("role") == "main"]
    if len(mains) == 1 and word_count(mains[0]) >= 0.2 * word_count(body):
        return mains[0]
    return body
