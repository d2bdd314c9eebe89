"""The web chat's server: Gradio's queue and named endpoints, with a page of our own before them."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from assistant.assistant import Assistant
from assistant.errors import AssistantError, SettingsError
from assistant.settings import Settings
from assistant.web.guard import Guard
from assistant.web.limits import Limits, Traffic
from assistant.web.opening import Opening
from assistant.web.reply import reply
from assistant.web.routes import page_routes, told
from assistant.web.words import words_for

if TYPE_CHECKING:
    from gradio import Server

_AT_ONCE = 8
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


def serve(settings: Settings, ready: Callable[[], Assistant], open_browser: bool) -> None:
    """Serve the chat until it is interrupted or told to end (SIGTERM); answers under way are finished.

    The page is up before ``ready`` has opened the assistant, and says so; raises SettingsError if the
    address can't be listened on.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with running(settings, ready, open_browser) as address:
        sys.stderr.write(f"The chat is at {address} (stop it with Ctrl+C).\n")
        threading.Event().wait()


@contextmanager
def running(settings: Settings, ready: Callable[[], Assistant], open_browser: bool = False) -> Iterator[str]:
    """Serve the chat inside the ``with``, whose value is its address; raises SettingsError as ``serve`` does."""
    _check_free(settings.host, settings.port)
    os.environ.update(_QUIET)
    opening = Opening(ready)
    traffic = Traffic()
    server, address = _in_a_loop(lambda: _launched(_server(settings, opening, traffic), settings, open_browser))
    opening.start()
    try:
        yield address
    finally:
        traffic.drain(_FAREWELL)
        if server.blocks:
            server.blocks.close(verbose=False)
        opening.close()


def _server(settings: Settings, opening: Opening, traffic: Traffic) -> "Server":
    from gradio import Server
    from gradio.route_utils import FnIndexInferError

    server = Server(title="Programme Assistant", docs_url=None, redoc_url=None)
    server.include_router(page_routes(opening, settings.corpus))
    server.add_exception_handler(AssistantError, told)
    server.add_exception_handler(FnIndexInferError, _no_endpoint)
    server.add_middleware(Limits, traffic=traffic)
    server.add_middleware(Guard, host=settings.host)
    endpoints = _Endpoints(opening)
    for handler in (endpoints.ask, endpoints.search, endpoints.documents):
        server.api(handler, name=handler.__name__, description=handler.__doc__, concurrency_limit=_AT_ONCE)
    server.api(endpoints.reply, name="reply", concurrency_limit=_AT_ONCE, api_visibility="private")
    return server


def _no_endpoint(_: Request, error: Exception) -> Response:
    """Answer a call of an endpoint that there is not, which Gradio takes for an error of the server."""
    return PlainTextResponse("There is no endpoint of that name.", 404)


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
    return server, address


class _Endpoints:
    """What Gradio serves by name; ``reply`` is the page's own."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    def ask(self, question: str, history: list[dict[str, str]] | None = None) -> dict[str, Any]:
        """Answer a question in its conversation, a list of turns with role and content."""
        with _worded():
            return self._opening.assistant().ask(question, history or []).to_dict()

    def search(self, question: str, k: int = 5) -> list[dict[str, Any]]:
        """Return the k best passages for a question, best first."""
        with _worded():
            return [result.to_dict() for result in self._opening.assistant().retrieve(question, k)]

    def documents(self) -> list[dict[str, str]]:
        """Return id and title of every document."""
        with _worded():
            return [{"id": name, "title": title} for name, title in self._opening.assistant().documents().items()]

    def reply(
        self, question: str, history: list[dict[str, str]], documents: list[str], language: str
    ) -> Iterator[dict[str, Any]]:
        """Yield growing answers for the page, or the reason why there is none."""
        try:
            for answer in reply(self._opening.assistant(), question, history, documents, words_for(language)):
                yield answer.to_dict()
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
