"""The list of documents as HTML: open one to read it, tick some to ask in those alone."""

from collections.abc import Iterable, Mapping

from assistant.schema import Document
from assistant.web.markup import button, element, foreign, isolated, text
from assistant.web.originals import FileState
from assistant.web.places import kind_words
from assistant.web.words import Words


def shelf_html(
    documents: Iterable[Document], states: Mapping[str, FileState], words: Words, *, manages: bool = False
) -> str:
    """Return the documents by title, each with kind, length, date, language and the state of its file by its id.

    ``manages`` adds the way to the organiser's side.
    """
    ordered = sorted(documents, key=lambda document: document.title.casefold())
    note = f"{words('documents_count', count=len(ordered))}{words('stop_mark')}{words('documents_hint')}"
    items = "".join(element("li", _item(document, states[document.id], words)) for document in ordered)
    way = element("p", element("a", text(words("manage")), href="organiser"), class_="note") if manages else ""
    return element("p", text(note), class_="note") + element("ul", items, class_="shelf") + way


def _item(document: Document, state: FileState, words: Words) -> str:
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
    facts = " · ".join(map(isolated, _facts(document, words)))
    told = element("span" if state in ("current", "inside") else "strong", text(words(f"file_{state}")))
    near = "near_duplicate_of" in document.metadata
    twin = f" · {element('strong', text(words('near_duplicate')))}" if near else ""
    return tick + title + element("span", f"{facts} · {told}{twin}", class_="facts")


def _facts(document: Document, words: Words) -> list[str]:
    date = document.metadata.get("date")
    return [*kind_words(document, words), *([str(date)] if date else []), words.language_name(document.language)]
