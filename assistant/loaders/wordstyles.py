"""Styles and numbering of Word documents: which paragraphs are headings, and which label a list gives them."""

import re

from assistant.loaders.nodes import Node, attribute, child, local
from assistant.loaders.numbering import written
from assistant.loaders.package import Package

_HEADING = re.compile(r"(?:heading|标题|標題|überschrift|titre|título|заголовок)\s*([1-9])$")
_NUMBERED = frozenset("decimal decimalZero lowerLetter upperLetter lowerRoman upperRoman".split())


class Styles:
    """The paragraph styles of a document."""

    def __init__(self, package: Package, name: str) -> None:
        self._styles: dict[str, Node] = {}
        for part in package.related(name, "styles"):
            for style in package.xml(part):
                if local(style) == "style":
                    self._styles[attribute(style, "styleId") or ""] = style

    def level(self, paragraph: Node) -> int:
        """Return the outline level of a paragraph, 1 for the outermost, 0 for body text."""
        own = child(paragraph, "pPr", "outlineLvl")
        if own is not None:
            return _outline(own)
        for style in self.chain(paragraph):
            name = child(style, "name")
            title = (attribute(name, "val") or "").lower() if name is not None else ""
            heading = _HEADING.match(title)
            if heading:
                return int(heading.group(1))
            if title == "title":
                return 1
            outline = child(style, "pPr", "outlineLvl")
            if outline is not None:
                return _outline(outline)
        return 0

    def chain(self, paragraph: Node) -> list[Node]:
        """Return a paragraph's style and those that it is based on."""
        used = child(paragraph, "pPr", "pStyle")
        found: list[Node] = []
        key = attribute(used, "val") if used is not None else None
        while key in self._styles and self._styles[key] not in found:
            found.append(self._styles[key])
            based = child(found[-1], "basedOn")
            key = attribute(based, "val") if based is not None else None
        return found


class Numbering:
    """The lists of a document, counted as its paragraphs go by."""

    def __init__(self, package: Package, name: str, styles: Styles) -> None:
        self._styles = styles
        self._levels: dict[tuple[str, int], Node] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[tuple[str, int], int] = {}
        for part in package.related(name, "numbering"):
            self._read(package.xml(part))

    def _read(self, root: Node) -> None:
        for node in root:
            if local(node) == "abstractNum":
                for level in node:
                    if local(level) == "lvl":
                        key = (attribute(node, "abstractNumId") or "", _value(level, "ilvl"))
                        self._levels[key] = level
            elif local(node) == "num":
                base = child(node, "abstractNumId")
                self._abstract[attribute(node, "numId") or ""] = (
                    attribute(base, "val") or "" if base is not None else ""
                )

    def label(self, paragraph: Node) -> str | None:
        """Return the label of a list's paragraph ('' for a bullet), None for a paragraph outside lists."""
        settings = child(paragraph, "pPr", "numPr")
        if settings is None or child(settings, "numId") is None:
            inherited = (child(style, "pPr", "numPr") for style in self._styles.chain(paragraph))
            settings = next(
                (found for found in inherited if found is not None and child(found, "numId") is not None), None
            )
        if settings is None:
            return None
        number = attribute(child(settings, "numId"), "val") or "0"
        below = child(settings, "ilvl")
        depth = _value(below, "val") if below is not None else 0
        if number == "0":
            return None
        return self._count(self._abstract.get(number, ""), depth)

    def _count(self, abstract: str, depth: int) -> str:
        level = self._levels.get((abstract, depth))
        if level is None or self._format(level) not in _NUMBERED:
            return ""
        self._counts[abstract, depth] = self._counts.get((abstract, depth), self._start(level) - 1) + 1
        for deeper in range(depth + 1, 9):
            self._counts.pop((abstract, deeper), None)
        pattern = child(level, "lvlText")
        text = attribute(pattern, "val") or "" if pattern is not None else ""
        return re.sub(r"%([1-9])", lambda found: self._written(abstract, int(found.group(1)) - 1), text)

    def _written(self, abstract: str, depth: int) -> str:
        level = self._levels.get((abstract, depth))
        if level is None:
            return ""
        number = self._counts.get((abstract, depth), self._start(level))
        return written(number, self._format(level))

    @staticmethod
    def _format(level: Node) -> str:
        node = child(level, "numFmt")
        return attribute(node, "val") or "" if node is not None else ""

    @staticmethod
    def _start(level: Node) -> int:
        node = child(level, "start")
        return _value(node, "val") if node is not None else 1


def _outline(node: Node) -> int:
    value = _value(node, "val")
    return value + 1 if value < 9 else 0


def _value(node: Node, name: str) -> int:
    value = attribute(node, name) or "0"
    return int(value) if value.lstrip("-").isdecimal() else 0
