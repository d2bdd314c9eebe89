"""The chat as an OpenAI-compatible model: ``/v1/models`` and ``/v1/chat/completions``, also streamed.

The last user message is the question and what stands before it the conversation; system messages and sampling
parameters have no meaning here and are passed over. Beside what OpenAI's format has (``annotations`` of type
``url_citation``, whose address opens the place in the page), a reply's message carries ``citations`` and ``verdict``
as an ``Answer`` does.
"""

import json
import re
import time
import uuid
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from assistant.errors import AssistantError, QuestionError
from assistant.schema import Answer, Citation
from assistant.web.asking import Asking

MODEL = "programme-assistant"
_MARKER = re.compile(r"\[([1-9]\d{0,2})\]")
_Json = dict[str, Any]


def openai_routes(asking: Asking) -> APIRouter:
    """Return the routes below ``/v1``."""
    router = APIRouter(prefix="/v1", include_in_schema=False)

    @router.get("/models")
    def models() -> _Json:
        return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "assistant"}]}

    @router.post("/chat/completions")
    def completions(request: Request, body: Annotated[_Json, Body()]) -> Response:
        base = str(request.base_url)
        try:
            question, history = _conversation(body.get("messages"))
            answers = asking.stream("openai", question, history, _documents(body.get("documents")))
            if body.get("stream"):
                first = next(answers)
                return StreamingResponse(_events(_chain(first, answers), base), media_type="text/event-stream")
            *_, answer = answers
        except AssistantError as error:
            return _failure(error)
        message = {"role": "assistant", "content": answer.text, "refusal": None, **_evidence(answer, base)}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return JSONResponse(_frame("chat.completion", choice))

    return router


def _conversation(messages: object) -> tuple[str, list[dict[str, str]]]:
    if not isinstance(messages, list) or not messages:
        raise QuestionError("The field messages must be a list with at least one message.")
    turns = [_turn(message) for message in messages]
    *history, last = [turn for turn in turns if turn["role"] in ("user", "assistant")] or [{"role": "", "content": ""}]
    if last["role"] != "user":
        raise QuestionError("The last message must be the user's question.")
    return last["content"], history


def _turn(message: object) -> dict[str, str]:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise QuestionError("Each message must have a role and content.")
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
    if not all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in parts):
        raise QuestionError("Only text can be asked; leave out pictures, sound and files.")
    return {"role": message["role"], "content": "\n".join(part["text"] for part in parts)}


def _documents(value: object) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise QuestionError("The field documents must be a list of document ids.")
    return value


def _chain(first: Answer, rest: Iterator[Answer]) -> Iterator[Answer]:
    yield first
    yield from rest


def _events(answers: Iterator[Answer], base: str) -> Iterator[str]:
    """Yield server-sent events: what each growing answer adds, then its evidence."""
    frame = _frame("chat.completion.chunk", {})
    said = ""
    last = None
    yield _event(frame, {"role": "assistant", "content": ""})
    try:
        for last in answers:
            if last.text.startswith(said) and last.text != said:
                yield _event(frame, {"content": last.text[len(said) :]})
                said = last.text
    except AssistantError as error:
        yield f"data: {json.dumps(_error(error), ensure_ascii=False)}\n\n"
        return
    if last and last.text != said:
        yield _event(frame, {"content": f"\n\n{last.text}"})
    yield _event(frame, _evidence(last, base) if last else {}, "stop")
    yield "data: [DONE]\n\n"


def _event(frame: _Json, delta: _Json, finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return f"data: {json.dumps({**frame, 'choices': [choice]}, ensure_ascii=False)}\n\n"


def _frame(kind: str, choice: _Json) -> _Json:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": MODEL,
        "choices": [choice],
    }


def _evidence(answer: Answer, base: str) -> _Json:
    citations = {citation.marker: citation for citation in answer.citations}
    annotations = [
        {"type": "url_citation", "url_citation": _url_citation(citations[int(match[1])], match, base)}
        for match in _MARKER.finditer(answer.text)
        if int(match[1]) in citations
    ]
    return {
        "annotations": annotations,
        "citations": [citation.to_dict() for citation in answer.citations],
        "verdict": answer.verdict,
        "confidence": answer.confidence,
    }


def _url_citation(citation: Citation, match: re.Match[str], base: str) -> _Json:
    place = urlencode({"read": citation.document, "start": citation.start, "end": citation.end})
    return {
        "start_index": match.start(),
        "end_index": match.end(),
        "title": citation.title,
        "url": f"{base}?{place}",
    }


def _failure(error: AssistantError) -> JSONResponse:
    return JSONResponse(_error(error), 400 if isinstance(error, QuestionError) else 503)


def _error(error: AssistantError) -> _Json:
    kind = "invalid_request_error" if isinstance(error, QuestionError) else "server_error"
    return {"error": {"message": str(error), "type": kind, "param": None, "code": None}}
