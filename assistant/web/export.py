"""Answers and conversations with their evidence, to be pasted or kept: Markdown, plain text, a web page."""

import re
from collections.abc import Sequence

from assistant.schema import Answer, Citation
from assistant.web.answer_view import confidence_words
from assistant.web.markup import element, text
from assistant.web.places import place_words
from assistant.web.prose import plain_words, prose_html
from assistant.web.words import Words

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$])")
_STYLE = (
    "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1.05rem/1.65 Georgia,'Noto Serif',serif}"
    "h1,h2{line-height:1.3}"
    "blockquote{margin:.25rem 0 1rem;padding-inline-start:1rem;border-inline-start:3px solid #999}"
)


def answer_markdown(answer: Answer, words: Words) -> str:
    """Return the answer's Markdown with its sources quoted under it."""
    parts = [answer.text]
    if answer.citations:
        parts.append(f"**{words('sources')}**")
        parts += [
            f"\\[{citation.marker}\\] {_escaped(_source(citation, words))}\n> {_escaped(_one_line(citation.quote))}"
            for citation in answer.citations
        ]
    return "\n\n".join(parts) + "\n"


def answer_footnotes(answer: Answer, words: Words) -> str:
    """Return the answer as plain text with footnotes."""
    notes = [
        f"[{citation.marker}] {_source(citation, words)}: “{_one_line(citation.quote)}”"
        for citation in answer.citations
    ]
    return "\n\n".join([plain_words(answer.text), *(["\n".join(notes)] if notes else [])]) + "\n"


def conversation_markdown(answers: Sequence[Answer], words: Words) -> str:
    """Return a conversation as Markdown, each answer with its verdict and its sources."""
    parts = [f"# {words('title')}: {words('conversation')}"]
    for answer in answers:
        parts += [f"## {_escaped(answer.question)}", f"*{_verdict(answer, words)}*"]
        parts.append(answer_markdown(answer, words).rstrip())
    return "\n\n".join(parts) + "\n"


def conversation_html(answers: Sequence[Answer], words: Words) -> str:
    """Return a conversation as a web page that needs nothing beside itself."""
    title = text(f"{words('title')}: {words('conversation')}")
    turns = "".join(_turn_html(answer, words) for answer in answers)
    return (
        f'<!doctype html><html lang="{words.language}" dir="{words.direction}"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>{turns}</body></html>"
    )


def _turn_html(answer: Answer, words: Words) -> str:
    sources = "".join(
        element("p", text(f"[{citation.marker}] {_source(citation, words)}"))
        + element("blockquote", text(_one_line(citation.quote)), dir="auto")
        for citation in answer.citations
    )
    prose = element("div", prose_html(answer.text, lambda number: f"[{number}]"), dir="auto")
    verdict = element("p", element("em", text(_verdict(answer, words))))
    return element("h2", text(answer.question), dir="auto") + verdict + prose + sources


def _verdict(answer: Answer, words: Words) -> str:
    return f"{words(f'verdict_{answer.verdict}')}. {confidence_words(answer.confidence, words)}"


def _source(citation: Citation, words: Words) -> str:
    return f"{place_words(citation.title, citation.page, citation.section, words)} ({citation.document})"


def _one_line(quote: str) -> str:
    return " ".join(quote.split())


def _escaped(words: str) -> str:
    return _SPECIAL.sub(r"\\\1", words)
