"""What a client may ask of the server: how large a request, how many at once, how long one may take.

A client that sends slowly, or never reads, holds up nobody else: it gets its own time-out.
"""

import asyncio
import time
from collections.abc import Collection

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 2_000_000
"""Bytes of a request's body: a conversation of the greatest length is shorter."""
MAX_TARGET = 32_000
"""Bytes of a path and its query."""
AT_ONCE = 64
"""Requests that are worked on at a time; streams of answers are counted by Gradio's queue."""
BODY_SECONDS = 20.0
"""Time within which a body must have come whole."""
ANSWER_SECONDS = 60.0
"""Time within which an answer must begin."""
_BUSY = {"Retry-After": "1"}
_UNDER_WAY = ("/gradio_api/call/", "/gradio_api/queue/data")
"""Where the answer to a question that was taken is fetched, even when no other is taken any more."""
_QUIET_SECONDS = 0.3


class Traffic:
    """The requests that are worked on; made once, changed by the server's thread alone."""

    def __init__(self) -> None:
        """Begin with none."""
        self.waiting = 0
        self.open = 0
        self.stopping = False

    def drain(self, seconds: float) -> bool:
        """Take no more questions, and wait so long for the answers under way; tell whether they all ended."""
        self.stopping = True
        end, quiet = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() < end:
            if self.open:
                quiet = time.monotonic()
            elif time.monotonic() - quiet > _QUIET_SECONDS:
                return True
            time.sleep(0.02)
        return False


class Limits:
    """Middleware: refuses what is too large, too slow or too much, in words; paths in ``larger`` may send more."""

    def __init__(self, app: ASGIApp, traffic: Traffic, larger: Collection[str] = ()) -> None:
        """Guard ``app`` and count its requests in ``traffic``."""
        self._app = app
        self._traffic = traffic
        self._larger = tuple(larger)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with 408, 413, 414 or 503."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal:
            await refusal(scope, receive, send)
            return
        self._traffic.open += 1
        try:
            await self._limited(scope, receive, send)
        finally:
            self._traffic.open -= 1

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_TARGET:
            return PlainTextResponse("This address is too long; shorten the question.", 414)
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not self._is_larger(scope) and length.isdigit() and int(length) > MAX_BODY:
            return PlainTextResponse("This request is too large; begin a new conversation.", 413)
        under_way = scope["method"] == "GET" and scope["path"].startswith(_UNDER_WAY)
        if self._traffic.stopping and not under_way:
            return PlainTextResponse("The assistant is being stopped.", 503, _BUSY)
        if self._traffic.waiting >= AT_ONCE:
            return PlainTextResponse("Too many people ask at once; try again in a moment.", 503, _BUSY)
        return None

    def _is_larger(self, scope: Scope) -> bool:
        return bool(self._larger) and scope["path"].startswith(self._larger)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _Exchange(receive, send, None if self._is_larger(scope) else MAX_BODY)
        self._traffic.waiting += 1
        patience = None if self._is_larger(scope) else ANSWER_SECONDS
        work = asyncio.ensure_future(self._app(scope, exchange.receive, exchange.send))
        begun = asyncio.ensure_future(exchange.begun.wait())
        try:
            await asyncio.wait({work, begun}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._traffic.waiting -= 1
            begun.cancel()
        if not work.done() and not exchange.begun.is_set():
            work.cancel()
            exchange.refusal = PlainTextResponse("This takes too long; ask something shorter.", 503, _BUSY)
        try:
            await work
        except asyncio.CancelledError:
            if not exchange.refusal:
                raise
        except _Refused:
            pass
        if exchange.refusal and not exchange.begun.is_set():
            await exchange.refusal(scope, receive, send)


class _Refused(Exception):
    """The body is too large or too slow."""


class _Exchange:
    """A request's messages, watched."""

    def __init__(self, receive: Receive, send: Send, most: int | None) -> None:
        self._receive, self._send, self._most = receive, send, most
        self._taken = 0
        self._whole = False
        self.begun = asyncio.Event()
        self.refusal: PlainTextResponse | None = None

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), BODY_SECONDS)
        except TimeoutError as error:
            self.refusal = PlainTextResponse("The request did not come whole; send it again.", 408)
            raise _Refused from error
        self._taken += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._most is not None and self._taken > self._most:
            self.refusal = PlainTextResponse("This request is too large; begin a new conversation.", 413)
            raise _Refused
        return message

    async def send(self, message: Message) -> None:
        if self.refusal:  # what the routes make of a body that was refused
            return
        if message["type"] == "http.response.start":
            self.begun.set()
        await self._send(message)
