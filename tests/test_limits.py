"""What a client may ask of the server, tried on a small application: size, time and number are bounded."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web import limits
from assistant.web.limits import Limits, Traffic


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body, and say how long it was."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


async def sleeps(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(60)


def scope(path: str = "/", method: str = "POST", length: int | None = None, query: bytes = b"") -> Scope:
    headers = [] if length is None else [(b"content-length", str(length).encode())]
    return {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query,
            "headers": headers}  # fmt: skip


async def whole(*parts: bytes) -> AsyncIterator[Message]:
    for place, part in enumerate(parts):
        yield {"type": "http.request", "body": part, "more_body": place < len(parts) - 1}


async def never(*parts: bytes) -> AsyncIterator[Message]:
    for part in parts:
        yield {"type": "http.request", "body": part, "more_body": True}
    await asyncio.sleep(60)


async def asked(app: ASGIApp, request: Scope, body: AsyncIterator[Message]) -> tuple[int, str]:
    sent: list[Message] = []

    async def receive() -> Message:
        return await anext(body)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(request, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]).decode()


def run(app: ASGIApp, request: Scope, body: Callable[..., AsyncIterator[Message]], *parts: bytes) -> tuple[int, str]:
    return asyncio.run(asked(app, request, body(*parts)))


def test_a_request_within_the_limits_passes() -> None:
    assert run(Limits(answers, Traffic()), scope(), whole, b"abc", b"de") == (200, "5")


def test_a_body_that_is_too_large_is_refused_by_its_length_and_by_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BODY", 4)
    traffic = Traffic()
    app = Limits(answers, traffic, larger=("/upload",))
    assert run(app, scope(length=5), whole, b"abcde")[0] == 413
    assert run(app, scope(), whole, b"abc", b"de")[0] == 413
    assert run(app, scope("/upload", length=5), whole, b"abcde") == (200, "5")
    assert (traffic.waiting, traffic.open) == (0, 0)


def test_an_address_that_is_too_long_is_refused() -> None:
    assert run(Limits(answers, Traffic()), scope(query=b"q" * 40_000), whole, b"")[0] == 414


def test_a_client_that_sends_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.05)
    assert run(Limits(answers, Traffic()), scope(), never, b"a")[0] == 408


def test_an_answer_that_does_not_begin_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.05)
    traffic = Traffic()
    status, words = run(Limits(sleeps, traffic), scope(), whole, b"")
    assert (status, traffic.waiting, traffic.open) == (503, 0, 0) and "too long" in words


def test_one_too_many_at_once_is_told_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AT_ONCE", 2)
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.2)
    app = Limits(sleeps, Traffic())

    async def three() -> list[Any]:
        return await asyncio.gather(*(asked(app, scope(), whole(b"")) for _ in range(3)))

    assert sum("at once" in words for _, words in asyncio.run(three())) == 1


def test_a_server_that_stops_takes_no_question_but_gives_the_answers_under_way() -> None:
    traffic = Traffic()
    app = Limits(answers, traffic)
    traffic.open = 1
    drained: list[bool] = []
    draining = threading.Thread(target=lambda: drained.append(traffic.drain(10)))
    draining.start()
    while not traffic.stopping:
        pass
    assert run(app, scope(), whole, b"")[0] == 503
    assert run(app, scope("/gradio_api/call/ask/1", "GET"), whole, b"")[0] == 200
    traffic.open = 0
    draining.join()
    assert drained == [True]
    traffic.open = 1
    assert not traffic.drain(0.1)
