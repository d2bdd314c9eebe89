"""The list of documents as HTML: open one to read it, tick some to ask in those alone."""

from collections.abc import Iterable

from assistant.schema import Document
from assistant.web.markup import button, element, foreign, isolated, text
from assistant.web.places import kind_words
from assistant.web.words import Words


def shelf_html(documents: Iterable[Document], words: Words) -> str:
    """Return the documents by title, each with kind, length, date and language."""
    ordered = sorted(documents, key=lambda document: document.title.casefold())
    note = f"{words('documents_count', count=len(ordered))}{words('stop_mark')}{words('documents_hint')}"
    items = "".join(element("li", _item(document, words)) for document in ordered)
    return element("p", text(note), class_="note") + element("ul", items, class_="shelf")


def _item(document: Document, words: Words) -> str:
    tick = element(
        "span",
        f'<input type="checkbox" aria-label="{text(words("tick", title=document.title))}" '
        f'data-tick="{text(document.id)}" data-title="{text(document.title)}">',
    )
    title = button(
        isolated(document.title, foreign(document.language, words.language)),
        class_="source",
        data_document=document.id,
    )
    facts = [*kind_words(document, words)]
    if date := document.metadata.get("date"):
        facts.append(str(date))
    if language := foreign(document.language, words.language):
        facts.append(language)
    return tick + title + element("span", " · ".join(map(isolated, facts)), class_="facts")
