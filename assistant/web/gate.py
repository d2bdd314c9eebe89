"""Lets a request through to a route if its role may use it, by the table in ``rights``."""

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.web.access import Access, TooManyTries
from assistant.web.rights import Role, needed

PAGES = ("/", "/organiser")
"""What a browser that is not logged in yet is led from to the login, and back."""
_OFF = (
    "The organiser's side is off. Set ASSISTANT_ADMIN_PASSWORD before the start to have it behind a login, "
    "or let the server listen on 127.0.0.1 and use it on that machine."
)


class Gate:
    """Middleware: every route that is not in the table is closed."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        """Guard ``app``; ``access`` tells the roles."""
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with 303 to the login, 401, 403, 404 or 429."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = await self._refusal(scope)
        await (refusal or self._app)(scope, receive, send)

    async def _refusal(self, scope: Scope) -> Response | None:
        role = needed(scope["path"])
        if role is Role.CLOSED or scope["type"] != "http":
            return PlainTextResponse("Not found.", 404)
        if role is Role.NOBODY:
            return None
        request = HTTPConnection(scope)
        try:
            if "authorization" in request.headers:
                own = await run_in_threadpool(self._access.role, request, role)
            else:
                own = self._access.role(request, role)
        except TooManyTries as error:
            return too_many_tries(error)
        return None if own >= role else self._turned_away(scope, own, role)

    def _turned_away(self, scope: Scope, own: Role, role: Role) -> Response:
        if role is Role.ORGANISER and not self._access.organiser_can_log_in and own is Role.READER:
            return PlainTextResponse(_OFF, 403)
        if scope["path"] in PAGES and scope["method"] in ("GET", "HEAD"):
            return RedirectResponse(f"login?{urlencode({'next': scope['path']})}", 303)
        return PlainTextResponse("Log in first.", 401 if own is Role.NOBODY else 403)


def too_many_tries(error: TooManyTries) -> Response:
    """Answer a request that came after too many others."""
    words = f"Too many tries; try again in {error.seconds} seconds."
    return PlainTextResponse(words, 429, headers={"Retry-After": str(error.seconds)})
