"""The web chat's server: Gradio's queue and named endpoints, with a page of our own before them."""

import asyncio
import inspect
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from assistant.errors import AssistantError, SettingsError
from assistant.schema import Scope
from assistant.settings import Settings
from assistant.web.access import Access
from assistant.web.asking import Asking
from assistant.web.feedback import FeedbackStore
from assistant.web.feedback_routes import feedback_routes
from assistant.web.gate import Gate
from assistant.web.guard import Guard
from assistant.web.limits import Limits, Traffic
from assistant.web.login import login_routes
from assistant.web.mcp_api import McpApi
from assistant.web.metrics import Metrics
from assistant.web.openai_api import openai_routes
from assistant.web.opening import Opening, Ready
from assistant.web.organiser import organiser_routes
from assistant.web.organiser_build import Builder
from assistant.web.places import document_facts
from assistant.web.routes import page_routes, told
from assistant.web.shown import shown
from assistant.web.state import state_routes
from assistant.web.streams import Streams
from assistant.web.words import words_for

if TYPE_CHECKING:
    from gradio import Blocks, Server
    from gradio.block_function import BlockFunction
    from gradio.state_holder import SessionState

_AT_ONCE = 8
_MCP = ("/mcp", "/mcp/", "/gradio_api/mcp", "/gradio_api/mcp/")
_LARGER = ("/organiser/upload",)
_QUEUED = 64
"""Questions that may wait; the next is told that the queue is full."""
_FAREWELL = 30.0
"""Seconds that answers under way are given to end when the server is stopped."""
_QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}


def serve(settings: Settings, ready: Ready, open_browser: bool) -> None:
    """Serve the chat until it is interrupted or told to end (SIGTERM); answers under way are finished.

    The page is up before ``ready`` has opened the assistant, and says so; raises SettingsError if the
    address can't be listened on.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with running(settings, ready, open_browser) as address:
        sys.stderr.write(f"The chat is at {address} (stop it with Ctrl+C).\n")
        threading.Event().wait()


@contextmanager
def running(settings: Settings, ready: Ready, open_browser: bool = False) -> Iterator[str]:
    """Serve the chat inside the ``with``, whose value is its address; raises SettingsError as ``serve`` does."""
    _check_free(settings.host, settings.port)
    os.environ.update(_QUIET)
    opening = Opening(ready)
    builder, traffic = Builder(settings, opening.refresh), Traffic()
    server, address = _in_a_loop(
        lambda: _launched(_server(settings, opening, builder, traffic), settings, open_browser)
    )
    opening.start()
    try:
        yield address
    finally:
        traffic.drain(_FAREWELL)
        if server.blocks:
            server.blocks.close(verbose=False)
        builder.close()
        opening.close()


def _server(settings: Settings, opening: Opening, builder: Builder, traffic: Traffic) -> "Server":
    from fastapi.exceptions import RequestValidationError
    from gradio import Server
    from gradio.route_utils import FnIndexInferError
    from starlette.routing import Route

    server = _without_cors(Server)(title="Programme Assistant", docs_url=None, redoc_url=None)
    access = Access(settings)
    store = FeedbackStore(Path(settings.index))
    metrics = Metrics(opening)
    asking = Asking(opening, metrics, store.keep_refused if settings.keep_questions else None)
    server.include_router(page_routes(opening, settings.corpus, access))
    server.include_router(login_routes(access))
    server.include_router(organiser_routes(opening, builder, access, settings))
    server.include_router(feedback_routes(store, settings))
    server.include_router(state_routes(opening, metrics))
    server.include_router(openai_routes(asking))
    mcp = McpApi(opening, asking)
    server.router.routes += [Route(path, mcp) for path in _MCP]
    server.add_exception_handler(AssistantError, told)
    server.add_exception_handler(FnIndexInferError, _no_endpoint)
    server.add_exception_handler(RequestValidationError, _malformed)
    server.add_middleware(Streams)
    server.add_middleware(Gate, access=access)
    server.add_middleware(Limits, traffic=traffic, larger=_LARGER)
    server.add_middleware(Guard, host=settings.host)
    endpoints = _Endpoints(opening, asking)
    for handler in (endpoints.ask, endpoints.search, endpoints.documents):
        server.api(handler, name=handler.__name__, description=handler.__doc__, concurrency_limit=_AT_ONCE)
    server.api(endpoints.reply, name="reply", concurrency_limit=_AT_ONCE, api_visibility="private")
    return server


def _without_cors(kind: "type[Server]") -> "type[Server]":
    """Return Gradio's server without the middleware that lets every page of this machine read what it answers."""
    from gradio.route_utils import CustomCORSMiddleware

    class OwnServer(kind):  # type: ignore[misc,valid-type]
        def build_middleware_stack(self) -> ASGIApp:
            own: Server = self
            theirs: object = CustomCORSMiddleware
            own.user_middleware = [one for one in own.user_middleware if one.cls is not theirs]
            stack: ASGIApp = super().build_middleware_stack()
            return stack

    return OwnServer


def _no_endpoint(_: Request, error: Exception) -> Response:
    """Answer a call of an endpoint that there is not, which Gradio takes for an error of the server."""
    return PlainTextResponse("There is no endpoint of that name.", 404)


def _malformed(_: Request, error: Exception) -> Response:
    """Answer a request of the wrong form with what is wrong, but not with what was sent, which may be no text."""
    problems: list[Any] = error.errors()  # type: ignore[attr-defined]
    wrong = {"detail": [{key: one[key] for key in ("type", "loc", "msg")} for one in problems]}
    return Response(json.dumps(wrong), 422, media_type="application/json")


def _check_free(host: str, port: int) -> None:
    """Raise SettingsError unless the address can be listened on; told here, before Gradio's long import."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"Can't listen on {host}:{port} ({reason}); choose another --port or --host.") from error


def _in_a_loop(launch: Callable[[], "tuple[Server, str]"]) -> "tuple[Server, str]":
    """Launch inside an event loop: where none runs, Gradio makes some and never closes them."""

    async def launched() -> "tuple[Server, str]":
        return launch()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(launched())).result()


def _launched(server: "Server", settings: Settings, open_browser: bool) -> "tuple[Server, str]":
    _, address, _ = server.launch(
        server_name=settings.host,
        server_port=settings.port or None,
        share=False,
        inbrowser=open_browser,
        prevent_thread_lock=True,
        quiet=True,
        show_error=False,
        run_history=False,
        footer_links=[],
        enable_monitoring=False,
        max_file_size="1kb",
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        _frontend=False,
    )
    assert server.blocks
    server.blocks._queue.max_size = _QUEUED
    _take_fewer_values(server.blocks)
    return server, address


def _take_fewer_values(blocks: "Blocks") -> None:
    """Let callers of an endpoint leave out the last values where they have defaults, as Gradio's client does."""
    from gradio import Error

    taken = blocks.preprocess_data

    async def completed(
        function: "BlockFunction", inputs: list[Any], state: "SessionState | None", explicit_call: bool = False
    ) -> list[Any]:
        missing = list(inspect.signature(function.fn).parameters.values())[len(inputs) :] if function.fn else []
        if lacking := [one.name for one in missing if one.default is one.empty]:
            raise Error(f"“data” lacks a value for: {', '.join(lacking)}.", print_exception=False)
        values: list[Any] = await taken(function, [*inputs, *(one.default for one in missing)], state, explicit_call)
        return values

    blocks.preprocess_data = completed  # type: ignore[method-assign,assignment]


class _Endpoints:
    """What Gradio serves by name; ``reply`` is the page's own."""

    def __init__(self, opening: Opening, asking: Asking) -> None:
        self._opening = opening
        self._asking = asking

    def ask(
        self, question: str, history: list[dict[str, str]] | None = None, documents: list[str] | None = None
    ) -> dict[str, Any]:
        """Answer a question in its conversation, a list of turns with role and content; from some documents alone."""
        with _worded():
            return self._asking.ask("ask", question, history or [], documents or []).to_dict()

    def search(self, question: str, k: int = 5, documents: list[str] | None = None) -> list[dict[str, Any]]:
        """Return the k best passages for a question, best first; from some documents alone."""
        with _worded():
            found = self._opening.assistant().retrieve(question, k, Scope(documents or []))
            return [result.to_dict() for result in found]

    def documents(self) -> list[dict[str, Any]]:
        """Return id, title, media type, pages, date and language of every document."""
        with _worded():
            assistant = self._opening.assistant()
            return [document_facts(assistant.document(name)) for name in assistant.documents()]

    def reply(
        self, question: str, history: list[dict[str, str]], documents: list[str], language: str
    ) -> Iterator[dict[str, Any]]:
        """Yield growing answers for the page, or the reason why there is none."""
        try:
            assistant = self._opening.assistant()
            for answer in self._asking.stream("page", question, history, documents):
                frame = shown(assistant, answer, words_for(language)).to_dict()
                yield frame | {"generation": assistant.generation}
        except AssistantError as error:
            yield {"error": str(error)}


@contextmanager
def _worded() -> Iterator[None]:
    """Give an AssistantError's words to the client."""
    from gradio import Error

    try:
        yield
    except AssistantError as error:
        raise Error(str(error), print_exception=False) from error
