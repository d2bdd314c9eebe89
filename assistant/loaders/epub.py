"""EPUB books: the chapters in reading order."""

import posixpath
from urllib.parse import unquote

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder, clean
from assistant.loaders.encoding import declared_encoding, decode
from assistant.loaders.html import add_page, parse_html
from assistant.loaders.nodes import Node, local
from assistant.loaders.package import Package


def read_epub(data: bytes, builder: TextBuilder) -> Contents:
    """Read a book."""
    package = Package(data)
    name = next((node.get("full-path") or "" for node in _all(package.xml("META-INF/container.xml"), "rootfile")), "")
    root = package.xml(name)
    folder = posixpath.dirname(name)
    items = {node.get("id"): node for node in _all(root, "item")}
    spine = [items[node.get("idref")] for node in _all(root, "itemref") if node.get("idref") in items]
    chapters = [
        _path(folder, node.get("href") or "") for node in spine if "nav" not in (node.get("properties") or "").split()
    ]
    labels = _labels(package, folder, list(items.values()))
    for chapter in chapters:
        if chapter in package:
            _chapter(builder, package.read(chapter), labels.get(chapter, ""))
    if "META-INF/encryption.xml" in package and not builder.build(id="", title="", media_type="", sha256="").text:
        raise LoadError("it is protected against copying: add a version without that protection")
    return _metadata(root)


def _chapter(builder: TextBuilder, data: bytes, label: str) -> None:
    source = decode(data, declared_encoding(data))
    root = parse_html(source)
    if root is None:
        return
    headed = any(True for _ in root.iter("h1", "h2", "h3", "h4", "h5", "h6"))
    if label and not headed and clean(root.text_content()):
        builder.heading(label, 1)
    add_page(builder, source)


def _labels(package: Package, folder: str, items: list[Node]) -> dict[str, str]:
    """Return the titles that the table of contents gives to the chapters' files."""
    labels: dict[str, str] = {}
    for item in items:
        path = _path(folder, item.get("href") or "")
        if item.get("media-type") != "application/x-dtbncx+xml" or path not in package:
            continue
        for point in _all(package.xml(path), "navPoint"):
            text = next((node.text or "" for node in _all(point, "text")), "")
            target = next((node.get("src") or "" for node in _all(point, "content")), "")
            labels.setdefault(_path(posixpath.dirname(path), target), clean(text))
    return labels


def _metadata(root: Node) -> Contents:
    found: dict[str, str] = {}
    for name in ("title", "creator", "date", "language"):
        node = next((node for node in _all(root, name) if node.text and node.text.strip()), None)
        if node is not None:
            found[name] = clean(node.text)
    title = found.pop("title", "")
    if "creator" in found:
        found["author"] = found.pop("creator")
    return Contents(title=title, metadata={**found})


def _path(folder: str, address: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, unquote(address.partition("#")[0]))).lstrip("/")


def _all(root: Node, name: str) -> list[Node]:
    return [node for node in root.iter() if local(node) == name]
