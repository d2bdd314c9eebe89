"""Elements of XML and HTML: parsed without entities or network, and asked by their names alone."""

from typing import Any, TypeAlias

from lxml import etree

from assistant.errors import LoadError

Node: TypeAlias = Any
"""An element of lxml, whose own types are private."""
DAMAGED = "the file is damaged: open it in the program that made it and save it anew"


def parse_xml(data: bytes) -> Node:
    """Return the root of an XML part; it resolves no entities and fetches nothing."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root: Node = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise LoadError(DAMAGED) from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise LoadError("the file defines XML entities, which may be an attack: save it anew without them")
    return root


def local(node: Node) -> str:
    """Return an element's name without its namespace (strict and transitional files differ only in that)."""
    tag = node.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def attribute(node: Node, name: str) -> str | None:
    """Return an attribute's value whatever its namespace."""
    for key, value in node.attrib.items():
        if key.rsplit("}", 1)[-1] == name:
            return str(value)
    return None


def child(node: Node, *names: str) -> Node | None:
    """Return the element reached by going down the names, or None."""
    for name in names:
        node = next((below for below in node if local(below) == name), None)
        if node is None:
            return None
    return node


def children(node: Node) -> list[Node]:
    """Return the child elements, with alternative contents replaced by the first alternative."""
    found = []
    for below in node:
        if local(below) == "AlternateContent":
            choice = next(iter(below), None)
            found += children(choice) if choice is not None else []
        else:
            found.append(below)
    return found
