"""The tools ``ask``, ``search`` and ``read_document`` by the Model Context Protocol, over streamable HTTP.

The protocol's package and its session manager are started by the first request: the page does not wait for them.
"""

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Scope, Send

from assistant import __version__, schema
from assistant.errors import AssistantError
from assistant.web.asking import Asking
from assistant.web.opening import Opening

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

LONGEST = 20_000
"""Characters of a document that one call of ``read_document`` returns at most."""
_INSTRUCTIONS = (
    "Answers questions about a training programme from its documents in verbatim sentences, each cited; what the "
    "documents do not say it says they do not say. A citation's quote stands at characters start to end of its "
    "document, which read_document returns."
)


class McpApi:
    """An ASGI application; no session is kept between requests."""

    def __init__(self, opening: Opening, asking: Asking) -> None:
        """Serve what ``opening`` opens."""
        self._tools = _Tools(opening, asking)
        self._up = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._running is None:
            self._manager = _manager(self._tools)
            self._running = asyncio.create_task(self._run())
        await self._up.wait()
        await self._manager.handle_request(scope, receive, send)

    async def _run(self) -> None:
        async with self._manager.run():
            self._up.set()
            await asyncio.Event().wait()


def _manager(tools: "_Tools") -> "StreamableHTTPSessionManager":
    from mcp.server import MCPServer
    from mcp.server.transport_security import TransportSecuritySettings

    server = MCPServer(
        "assistant", title="Programme Assistant", instructions=_INSTRUCTIONS, version=__version__, log_level="WARNING"
    )
    for tool in (tools.ask, tools.search, tools.read_document):
        server.tool()(_worded(tool))
    hosts = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # the guard before us sees to that
    server.streamable_http_app(json_response=True, stateless_http=True, transport_security=hosts)
    return server.session_manager


def _worded(tool: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Give an AssistantError's words to the client."""
    from mcp.server.mcpserver.exceptions import ToolError

    @wraps(tool)
    def worded(*arguments: object, **named: object) -> dict[str, Any]:
        try:
            return tool(*arguments, **named)
        except AssistantError as error:
            raise ToolError(str(error)) from error

    return worded


class _Tools:
    """What a program can do; the docstrings are read by language models."""

    def __init__(self, opening: Opening, asking: Asking) -> None:
        self._opening = opening
        self._asking = asking

    def ask(
        self, question: str, history: list[dict[str, str]] | None = None, documents: list[str] | None = None
    ) -> dict[str, Any]:
        """Answer a question from the documents, each sentence cited.

        history is the conversation so far, a list of {role, content}; documents names those to answer from (all).
        Returns text with markers like [1], verdict (answered, partial, not_covered), confidence and citations.
        """
        return self._asking.ask("mcp", question, history or [], documents or []).to_dict()

    def search(self, question: str, k: int = 5, documents: list[str] | None = None) -> dict[str, Any]:
        """Find the k passages that best match a question, best first: results with document, page, text and place."""
        found = self._opening.assistant().retrieve(question, k, schema.Scope(documents or []))
        return {"results": [result.to_dict() for result in found]}

    def read_document(self, document: str, start: int = 0, end: int | None = None) -> dict[str, Any]:
        """Read a document by its id, or its characters from start to end; long ones come in parts.

        Returns title, text, start, end, length and, where more follows, next_start.
        """
        found = self._opening.assistant().document(document)
        start = max(0, start)
        end = min(len(found.text) if end is None else end, len(found.text), start + LONGEST)
        part = {"document": found.id, "title": found.title, "language": found.language, "length": len(found.text)}
        more = {"next_start": end} if end < len(found.text) else {}
        return {**part, "start": start, "end": max(start, end), "text": found.text[start:end], **more}
