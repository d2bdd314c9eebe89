"""Where something stands in a document, in words for a reader."""

from collections.abc import Sequence
from typing import Any

from assistant.schema import Document
from assistant.web.markup import isolated, text
from assistant.web.words import Words

_KINDS = (
    ("pdf", "kind_pdf"),
    ("presentation", "kind_slides"),
    ("powerpoint", "kind_slides"),
    ("spreadsheet", "kind_sheet"),
    ("excel", "kind_sheet"),
    ("csv", "kind_sheet"),
    ("tab-separated", "kind_sheet"),
    ("word", "kind_word"),
    ("opendocument.text", "kind_word"),
    ("rtf", "kind_word"),
    ("html", "kind_page"),
    ("rfc822", "kind_mail"),
    ("outlook", "kind_mail"),
)


def kind_key(media_type: str) -> str:
    """Return the key of the word for a kind of file."""
    return next((key for part, key in _KINDS if part in media_type), "kind_text")


def page_words(document: Document, number: int | None, words: Words) -> str:
    """Return “page 3”, “page 3 (printed 1)” or “slide 3”; nothing where there are no pages."""
    if number is None:
        return ""
    if kind_key(document.media_type) == "kind_slides":
        return words("slide", number=number)
    label = next((page.label for page in document.pages if page.number == number), None)
    if label and label != str(number):
        return words("page_printed", number=number, label=label)
    return words("page", number=number)


def place_html(title: str, page: int | None, section: Sequence[str], words: Words) -> str:
    """Return the place as HTML in which each part keeps its own direction."""
    return text(words("comma")).join(map(isolated, _parts(title, page, section, words)))


def place_words(title: str, page: int | None, section: Sequence[str], words: Words) -> str:
    """Return title, page and innermost heading in one line."""
    parts = _parts(title, page, section, words)
    return words("comma").join(f"\u2068{part}\u2069" if words.direction == "rtl" else part for part in parts)


def _parts(title: str, page: int | None, section: Sequence[str], words: Words) -> list[str]:
    return [title, *([words("page", number=page)] if page else []), *(name for name in section[-1:] if name != title)]


def kind_words(document: Document, words: Words) -> list[str]:
    """Return the kind of a document and its length in pages or slides, if it has any."""
    key = kind_key(document.media_type)
    length = words("slides" if key == "kind_slides" else "pages", count=len(document.pages))
    return [words(key), *([length] if document.pages else [])]


def document_facts(document: Document) -> dict[str, Any]:
    """Return what a program needs to choose a document, as JSON values."""
    return {
        "id": document.id,
        "title": document.title,
        "media_type": document.media_type,
        "pages": len(document.pages),
        "date": document.metadata.get("date"),
        "language": document.language,
    }
