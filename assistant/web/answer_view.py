"""An answer as HTML: its verdict, its words with markers to press, what is missing, its sources."""

from assistant.schema import Answer, Citation
from assistant.web.markup import Attribute, button, element, foreign, text
from assistant.web.places import place_html, place_words
from assistant.web.prose import prose_html
from assistant.web.words import Words

_SHAPES = {
    "answered": '<circle cx="8" cy="8" r="7"/><path class="cut" d="M4.6 8.3l2.3 2.3 4.5-4.9"/>',
    "partial": '<circle class="line" cx="8" cy="8" r="6.2"/><path d="M8 1.8a6.2 6.2 0 0 0 0 12.4z"/>',
    "not_covered": '<circle class="line" cx="8" cy="8" r="6.2"/><path class="line" d="M3.7 12.3l8.6-8.6"/>',
}
_STEPS = (0.1, 0.4, 0.65, 0.9)
_ACTIONS = ("why", "retry", "edit", "copy_text", "copy_markdown", "link")


def answer_html(answer: Answer, words: Words, language: str = "") -> str:
    """Return the answer as the page shows it, everything from documents and users escaped.

    ``language`` is that of the answer's words: the documents' where it quotes, the question's where it refuses.
    """
    prose = element("div", _prose(answer, words), class_="prose", dir="auto", lang=foreign(language, words.language))
    head = _verdict(answer, words) + _understood(answer, words)
    return head + prose + _written(answer, words) + _sources(answer, words) + _dropped(answer, words) + _actions(words)


def confidence_words(confidence: float, words: Words) -> str:
    """Return the confidence in words and per cent."""
    step = sum(confidence >= bound for bound in _STEPS)
    return words("confidence", likely=words(f"likely_{step}"), percent=round(100 * confidence))


def _verdict(answer: Answer, words: Words) -> str:
    shape = element("svg", _SHAPES[answer.verdict], class_="shape", viewBox="0 0 16 16", aria_hidden="true")
    name = element("strong", text(words(f"verdict_{answer.verdict}")))
    likely = element("span", text(confidence_words(answer.confidence, words)), class_="likely")
    return element("p", f"{shape}{name} {likely}", class_="verdict", data_verdict=answer.verdict)


def _understood(answer: Answer, words: Words) -> str:
    if answer.standalone_question == answer.question:
        return ""
    question = element("q", text(answer.standalone_question), dir="auto")
    correct = button(text(words("correct")), class_="quiet", data_action="correct")
    return element("p", f"{text(words('understood'))} {question} {correct}", class_="understood")


def _prose(answer: Answer, words: Words) -> str:
    citations = {citation.marker: citation for citation in answer.citations}

    def marker(number: int) -> str | None:
        return _marker(citations[number], words) if number in citations else None

    return prose_html(answer.text, marker)


def _written(answer: Answer, words: Words) -> str:
    """Return how much of a language model's answer is verified, or why it is not a language model's."""
    if answer.notice:
        return element("p", text(answer.notice), class_="written", dir="auto", lang=answer.language)
    if answer.engine == "extractive":
        return ""
    verified = len(answer.sentences)
    says = words("verified", engine=answer.engine, verified=verified, all=verified + len(answer.dropped))
    return element("p", text(says), class_="written")


def _marker(citation: Citation, words: Words) -> str:
    place = place_words(citation.title, citation.page, citation.section, words)
    number = f"[{citation.marker}]"
    quoted: dict[str, Attribute] = {
        "data_quote": citation.quote,
        "data_place": place,
        "aria_label": f"{number} {place}",
    }
    return button(number, class_="marker", **_target(citation), **quoted)


def _target(citation: Citation) -> dict[str, Attribute]:
    return {
        "data_marker": citation.marker,
        "data_document": citation.document,
        "data_start": citation.start,
        "data_end": citation.end,
    }


def _sources(answer: Answer, words: Words) -> str:
    if not answer.citations:
        return ""
    items = "".join(_source(citation, words) for citation in answer.citations)
    return element("div", element("h3", text(words("sources"))) + element("ul", items), class_="sources")


def _source(citation: Citation, words: Words) -> str:
    place = place_words(citation.title, citation.page, citation.section, words)
    shown = place_html(citation.title, citation.page, citation.section, words)
    number = element("span", f"[{citation.marker}]", class_="number", aria_hidden="true")
    label = f"[{citation.marker}] {place}"
    opener = button(shown, class_="source", aria_label=label, **_target(citation))
    quote = element("blockquote", text(" ".join(citation.quote.split())), class_="on-paper", dir="auto")
    return element("li", number + element("div", opener + quote))


def _actions(words: Words) -> str:
    buttons = "".join(button(text(words(name)), class_="quiet", data_action=name) for name in _ACTIONS)
    return element("div", buttons, class_="actions") + element("div", class_="why", hidden=True)


def _dropped(answer: Answer, words: Words) -> str:
    if not answer.dropped:
        return ""
    summary = element("summary", text(words("dropped", count=len(answer.dropped))))
    items = "".join(
        element("li", element("bdi", text(item.text)) + element("span", text(item.reason), class_="facts", dir="auto"))
        for item in answer.dropped
    )
    return element("details", summary + element("ul", items), class_="dropped")
