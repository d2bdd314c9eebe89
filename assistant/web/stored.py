"""Answers that a browser kept and sends back, checked before they are shown again."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from assistant.errors import QuestionError
from assistant.schema import Answer, AnswerSentence, Citation, DirectAnswer, DroppedSentence

_VERDICTS = ("answered", "partial", "not_covered")


def answer_from(value: object) -> Answer:
    """Return the answer whose ``to_dict`` this is; raises QuestionError for anything else."""
    data = _mapping(value)
    try:
        answer = Answer(
            question=_text(data["question"]),
            standalone_question=_text(data["standalone_question"]),
            verdict=data["verdict"],
            text=_text(data["text"]),
            sentences=[
                AnswerSentence(_text(item["text"]), [_number(n) for n in item["citations"]])
                for item in _items(data["sentences"])
            ],
            citations=[_citation(item) for item in _items(data["citations"])],
            missing=_text(data["missing"]),
            confidence=float(data["confidence"]),
            engine=_text(data["engine"]),
            language=_text(data["language"]),
            dropped=[
                DroppedSentence(_text(item["text"]), _text(item["reason"])) for item in _items(data.get("dropped", []))
            ],
            direct=_direct(_mapping(data["direct"])) if data.get("direct") is not None else None,
            notice=_text(data.get("notice", "")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _malformed() from error
    if answer.verdict not in _VERDICTS:
        raise _malformed()
    return answer


def _citation(item: Mapping[str, Any]) -> Citation:
    values: dict[str, Any] = {field.name: item[field.name] for field in fields(Citation)}
    for name in ("document", "title", "quote", "chunk_id"):
        _text(values[name])
    for name in ("marker", "start", "end"):
        _number(values[name])
    if values["page"] is not None:
        _number(values["page"])
    values["section"] = [_text(heading) for heading in values["section"]]
    return Citation(**values)


def _direct(item: Mapping[str, Any]) -> DirectAnswer:
    return DirectAnswer(_text(item["text"]), _number(item["marker"]), _number(item["start"]), _number(item["end"]))


def _items(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        raise _malformed()
    return [_mapping(item) for item in value]


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _malformed()
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _malformed()
    return value


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _malformed()
    return value


def _malformed() -> QuestionError:
    return QuestionError("This is not an answer that the assistant gave; ask the question again.")
