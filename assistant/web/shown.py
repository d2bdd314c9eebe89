"""An answer as the page needs it: to be shown, and to be copied."""

from dataclasses import dataclass
from typing import Any

from assistant.assistant import Assistant
from assistant.errors import DocumentMissing
from assistant.schema import Answer
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
