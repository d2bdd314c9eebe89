"""What every request and response passes: our own host and origin, a strict content policy."""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_ANY = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({None, "same-origin", "none"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# With no referrer at all, a browser would send “Origin: null” with our own forms.
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Middleware: turns strangers away (DNS rebinding, other sites' pages), forbids the page all outside content."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        """Guard ``app``, which listens on ``host``; on an address of all interfaces every host name is let in."""
        self._app = app
        self._hosts: Collection[str] | None = None if host in _ANY else _LOOPBACK | {host}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with 400 or 403."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal:
            await refusal(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._hosts is not None and _without_port(host) not in self._hosts:
            return PlainTextResponse("This host name is not served here.", 400)
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            return PlainTextResponse("Requests from other sites are refused.", 403)
        if scope["method"] not in _SAFE and headers.get("sec-fetch-site") not in _OWN:
            return PlainTextResponse("Requests from other sites are refused.", 403)
        return None


def _without_port(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host
