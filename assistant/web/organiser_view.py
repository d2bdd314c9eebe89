"""The organiser's documents and the report of a build, as HTML."""

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.assistant import Assistant
from assistant.errors import AssistantError
from assistant.schema import Document
from assistant.web.markup import button, element, foreign, isolated, text
from assistant.web.organiser_build import BuildState
from assistant.web.organiser_shelf import Entry
from assistant.web.places import kind_words
from assistant.web.words import Words

_SHAPES = {
    "taken": '<circle cx="8" cy="8" r="7"/><path class="cut" d="M4.6 8.3l2.3 2.3 4.5-4.9"/>',
    "failed": '<circle class="line" cx="8" cy="8" r="6.2"/><path class="line" d="M8 4.4v4.4M8 10.8v1.2"/>',
}
_WAITING = '<circle class="line" cx="8" cy="8" r="6.2"/><path class="line" d="M8 4.4V8l2.6 1.8"/>'
_PARTS = ("failed", "added", "updated", "removed", "duplicates")


def documents_html(entries: Sequence[Entry], assistant: Assistant | None, words: Words) -> str:
    """Return the files as a list: title, file, kind, pages, date, language, state, and what can be done with each."""
    titles = assistant.documents() if assistant else {}
    items = "".join(element("li", _item(entry, _document(entry, assistant, titles), words)) for entry in entries)
    count = element("p", text(words("documents_count", count=len(entries))), class_="note")
    return count + element("ul", items, class_="shelf files")


def report_html(state: BuildState, words: Words) -> str:
    """Return what the last build did, file by file."""
    if state.error:
        error = element("p", text(state.error), class_="note failed", lang="en", dir="ltr")
        return element("p", text(words("report_error"))) + error
    if not state.report:
        return element("p", text(words("report_none")), class_="note")
    report = state.report
    sums = element("p", text(words("report_sums", **report)))
    notice = element("p", text(report["notice"]), class_="note", lang="en", dir="ltr") if report["notice"] else ""
    parts = "".join(_part(name, report[name], words) for name in _PARTS if report[name])
    unchanged = len(report["unchanged"])
    rest = element("p", text(words("report_unchanged", count=unchanged)), class_="note") if unchanged else ""
    return sums + notice + parts + rest


def _part(name: str, items: Sequence[Mapping[str, Any]], words: Words) -> str:
    lines = "".join(element("li", _line(item)) for item in items)
    return element("h4", text(words(f"report_{name}"))) + element("ul", lines, class_=f"report {name}")


def _line(item: Mapping[str, Any]) -> str:
    reason = item["reason"].removeprefix(f"{item['document']}: ")
    said = element("span", text(reason), class_="facts", lang="en", dir="ltr") if reason else ""
    return isolated(item["document"]) + said


def _item(entry: Entry, document: Document | None, words: Words) -> str:
    title = isolated(document.title, foreign(document.language, words.language)) if document else isolated(entry.name)
    facts = element("span", " · ".join(map(isolated, _facts(entry, document, words))), class_="facts")
    shape = element("svg", _SHAPES.get(entry.state, _WAITING), class_="shape", viewBox="0 0 16 16", aria_hidden="true")
    state = element("span", shape + text(words(f"state_{entry.state}")), class_="state", data_state=entry.state)
    reason = entry.reason.removeprefix(f"{entry.name}: ")
    why = element("span", text(reason), class_="facts", lang="en", dir="ltr") if reason else ""
    return element("h3", title) + facts + state + why + ("" if entry.state == "gone" else _actions(entry, words))


def _actions(entry: Entry, words: Words) -> str:
    buttons = "".join(
        button(
            text(words(name)),
            class_="quiet",
            data_action=name,
            data_name=entry.name,
            aria_label=words(f"{name}_one", name=entry.name),
        )
        for name in ("replace", "delete")
    )
    return element("div", buttons, class_="actions")


def _facts(entry: Entry, document: Document | None, words: Words) -> list[str]:
    facts = [entry.name]
    if document:
        facts += kind_words(document, words)
        if date := document.metadata.get("date"):
            facts.append(str(date))
        if document.language != "und":
            facts.append(document.language)
    return facts


def _document(entry: Entry, assistant: Assistant | None, titles: Mapping[str, str]) -> Document | None:
    """Return the document of a file, or the first of those attached to it."""
    own = next((name for name in titles if name == entry.name or name.startswith(f"{entry.name}/")), None)
    if assistant is None or own is None or entry.state in ("new", "failed", "duplicate"):
        return None
    try:
        return assistant.document(own)
    except AssistantError:
        return None
