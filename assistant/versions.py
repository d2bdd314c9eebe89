"""Tells whether one document is a newer version of another."""

import re

from assistant.schema import Document

_MARK = re.compile(
    r"[\s(\[_,–-]*\b(?:v\.?\s?\d[\d.]*|(?:version|revision|rev\.?)\s?\d[\d.]*|(?:first|second|third|final|revised|updated)"
    r"(?: (?:draft|version|edition))?|draft|revised|updated|(?:\d+(?:st|nd|rd|th) )?edition)\b[\s)\]]*"
    r"|[（(]?(?:第?[一二三四五\d]+版|修订版|修订稿|草案|更新版)[）)]?",
    re.IGNORECASE,
)
"""What a title says of its version; years are not among it, since last year's report is another report."""


def supersedes(document: Document, other: Document) -> bool:
    """Return whether a document is a newer version of another: later, and nearly the same or of the same title.

    Titles are the same but for a mark of the version, which one of them must have.
    """
    date, before = (str(one.metadata.get("date", "")) for one in (document, other))
    if not date or not before or date <= before or document.id == other.id:
        return False
    if _original(document) == _original(other):
        return True
    titles = document.title.strip().casefold(), other.title.strip().casefold()
    bare = [_MARK.sub(" ", title).strip() for title in titles]
    return titles[0] != titles[1] and bare[0] == bare[1] != ""


def _original(document: Document) -> str:
    """Return the document that a near duplicate says nearly the same as, or itself."""
    return str(document.metadata.get("near_duplicate_of", document.id))
