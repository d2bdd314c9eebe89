"""XML: news feeds item by item; of other files the text of every element."""

from lxml import etree

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder, clean
from assistant.loaders.encoding import declared_encoding, decode
from assistant.loaders.html import add_fragment, read_html
from assistant.loaders.nodes import Node, local

_RICH = ("description", "encoded", "content", "summary", "subtitle", "tagline", "info")
_ITEMS = ("item", "entry")


def read_xml(data: bytes, builder: TextBuilder) -> Contents:
    """Read a news feed (RSS, Atom) or another XML file."""
    source = decode(data, declared_encoding(data))
    root = _parse(source)
    if root is None or local(root) == "html":
        return read_html(data, builder)
    if local(root) in ("rss", "feed", "RDF"):
        return _feed(root, builder)
    for node in root.iter():
        for text in (node.text, node.tail):
            builder.item(text or "")
    return Contents()


def _parse(source: str) -> Node | None:
    if source.startswith("<?xml"):
        source = source.partition("?>")[2]
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, recover=True, remove_comments=True, encoding="utf-8"
    )
    try:
        return etree.fromstring(source.strip().encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise LoadError("its XML can't be read: save it anew in the program that made it") from error


def _feed(root: Node, builder: TextBuilder) -> Contents:
    channel = next((node for node in root.iter() if local(node) in ("channel", "feed")), root)
    title = next((clean("".join(node.itertext())) for node in channel if local(node) == "title"), "")
    _parts(root, builder, 1)
    for item in root.iter():
        if local(item) in _ITEMS:
            _parts(item, builder, 2)
    return Contents(title=title)


def _parts(node: Node, builder: TextBuilder, level: int) -> None:
    """Add what a feed or an item says of itself, without the items within it."""
    for below in node:
        name = local(below)
        if name == "title":
            builder.heading("".join(below.itertext()), level)
        elif name in _RICH or any(local(inner) in ("div", "p") for inner in below):
            _rich(below, builder)
        elif not len(below):
            builder.row([below.text or ""], [name])
        elif name not in _ITEMS:
            _parts(below, builder, level)


def _rich(node: Node, builder: TextBuilder) -> None:
    if len(node):
        add_fragment(builder, str(etree.tostring(node, encoding="unicode", with_tail=False)))
    else:
        add_fragment(builder, node.text or "")
