"""The web chat's server: Gradio's queue and named endpoints, with a page of our own before them."""

import asyncio
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.assistant import Assistant
from assistant.errors import AssistantError, SettingsError
from assistant.schema import Answer
from assistant.settings import Settings
from assistant.web.access import Access
from assistant.web.feedback import FeedbackStore
from assistant.web.feedback_routes import feedback_routes
from assistant.web.gate import Gate
from assistant.web.guard import Guard
from assistant.web.login import login_routes
from assistant.web.opening import Opening
from assistant.web.organiser import organiser_routes
from assistant.web.organiser_build import Builder
from assistant.web.reply import reply
from assistant.web.routes import page_routes, told
from assistant.web.words import words_for

if TYPE_CHECKING:
    from gradio import Server

_AT_ONCE = 8
_LOG = logging.getLogger(__name__)
_QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}


def serve(settings: Settings, ready: Callable[[], Assistant], open_browser: bool) -> None:
    """Serve the chat until it is interrupted.

    The page is up before ``ready`` has opened the assistant, and says so; raises SettingsError if the
    address can't be listened on.
    """
    with running(settings, ready, open_browser) as address:
        sys.stderr.write(f"The chat is at {address} (stop it with Ctrl+C).\n")
        threading.Event().wait()


@contextmanager
def running(settings: Settings, ready: Callable[[], Assistant], open_browser: bool = False) -> Iterator[str]:
    """Serve the chat inside the ``with``, whose value is its address; raises SettingsError as ``serve`` does."""
    _check_free(settings.host, settings.port)
    os.environ.update(_QUIET)
    opening = Opening(ready)
    builder = Builder(settings, opening.refresh)
    server, address = _in_a_loop(lambda: _launched(_server(settings, opening, builder), settings, open_browser))
    opening.start()
    try:
        yield address
    finally:
        if server.blocks:
            server.blocks.close(verbose=False)
        builder.close()
        opening.close()


def _server(settings: Settings, opening: Opening, builder: Builder) -> "Server":
    from gradio import Server

    server = Server(title="Programme Assistant", docs_url=None, redoc_url=None)
    access = Access(settings)
    server.include_router(page_routes(opening, settings.corpus))
    server.include_router(login_routes(access))
    server.include_router(organiser_routes(opening, builder, access, settings))
    store = FeedbackStore(Path(settings.index))
    server.include_router(feedback_routes(store, settings))
    server.add_exception_handler(AssistantError, told)
    server.add_middleware(Gate, access=access)
    server.add_middleware(Guard, host=settings.host)
    endpoints = _Endpoints(opening, store.keep_refused if settings.keep_questions else None)
    for handler in (endpoints.ask, endpoints.search, endpoints.documents):
        server.api(handler, name=handler.__name__, description=handler.__doc__, concurrency_limit=_AT_ONCE)
    server.api(endpoints.reply, name="reply", concurrency_limit=_AT_ONCE, api_visibility="private")
    return server


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
    return server, address


class _Endpoints:
    """What Gradio serves by name; ``reply`` is the page's own."""

    def __init__(self, opening: Opening, keep_refused: Callable[[str], None] | None) -> None:
        self._opening = opening
        self._keep_refused = keep_refused

    def ask(self, question: str, history: list[dict[str, str]] | None = None) -> dict[str, Any]:
        """Answer a question in its conversation, a list of turns with role and content."""
        with _worded():
            answer = self._opening.assistant().ask(question, history or [])
            self._note(answer)
            return answer.to_dict()

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
            assistant, shown = self._opening.assistant(), None
            for shown in reply(assistant, question, history, documents, words_for(language)):
                yield shown.to_dict() | {"generation": assistant.generation}
            if shown:
                self._note(shown.answer)
        except AssistantError as error:
            yield {"error": str(error)}

    def _note(self, answer: Answer) -> None:
        """Keep a question that was refused, if that is wished; an answer is not lost over it."""
        if self._keep_refused and answer.verdict == "not_covered":
            try:
                self._keep_refused(answer.standalone_question)
            except AssistantError as error:
                _LOG.warning("a refused question was not kept: %s", error)


@contextmanager
def _worded() -> Iterator[None]:
    """Give an AssistantError's words to the client."""
    from gradio import Error

    try:
        yield
    except AssistantError as error:
        raise Error(str(error), print_exception=False) from error
