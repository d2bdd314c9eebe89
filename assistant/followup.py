"""Makes a question that leans on the conversation stand alone, by rule."""

import re
from collections.abc import Sequence

from assistant.errors import QuestionError
from assistant.schema import Message
from assistant.terms import query_terms

_LEANS = re.compile(
    r"\b(it|its|they|them|their|he|him|his|she|her|this|that|these|those|there|then|one|ones|same|former|latter)\b"
    r"|^(and|but|so|also|what about|how about|why)\b",
    re.IGNORECASE,
)
_FEW = 3


def standalone_question(question: str, history: Sequence[Message]) -> str:
    """Return the question, with the user's last question behind it where it can't be understood alone.

    Raises QuestionError for a malformed history.
    """
    asked = [turn["content"] for turn in history if _role(turn) == "user" and turn["content"].strip()]
    if not asked or not (_LEANS.search(question) or len(query_terms(question)) < _FEW):
        return question
    known = set(query_terms(question))
    added = [term for term in query_terms(asked[-1]) if term not in known]
    return f"{question} ({asked[-1]})" if added else question


def _role(turn: Message) -> str:
    try:
        role, content = turn["role"], turn["content"]
    except (KeyError, TypeError) as error:
        raise QuestionError("Each turn of the history needs “role” and “content”.") from error
    if role not in ("user", "assistant") or not isinstance(content, str):
        raise QuestionError("A turn's role is “user” or “assistant”, its content a text.")
    return role
