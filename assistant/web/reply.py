"""The chat function, plain: a question in its conversation → what the page shows, growing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.assistant import Assistant
from assistant.errors import DocumentMissing
from assistant.schema import Answer, Message, Scope
from assistant.web.answer_view import answer_html
from assistant.web.export import answer_footnotes, answer_markdown
from assistant.web.words import Words


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer and its forms in one interface language: for the page, and for copying."""

    answer: Answer
    html: str
    markdown: str
    footnotes: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values for the page."""
        return {
            "answer": self.answer.to_dict(),
            "html": self.html,
            "markdown": self.markdown,
            "footnotes": self.footnotes,
        }


def reply(
    assistant: Assistant, question: str, history: Sequence[Message], documents: Sequence[str], words: Words
) -> Iterator[Shown]:
    """Yield the growing answer to a question, sought in ``documents`` alone if any are named; raises QuestionError."""
    for answer in assistant.stream(question, history, Scope(documents)):
        yield shown(assistant, answer, words)


def shown(assistant: Assistant, answer: Answer, words: Words) -> Shown:
    """Return an answer, new or kept, as the page shows it."""
    html = answer_html(answer, words, _language_of(assistant, answer))
    return Shown(answer, html, answer_markdown(answer, words), answer_footnotes(answer, words))


def _language_of(assistant: Assistant, answer: Answer) -> str:
    if not answer.citations:
        return answer.language
    try:
        return assistant.document(answer.citations[0].document).language
    except DocumentMissing:
        return ""
