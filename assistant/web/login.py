"""The login: a page with one field, whose password tells the role; programs may post to it too."""

from html import escape
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse, Response

from assistant.web.access import COOKIE, HOURS, Access, TooManyTries, address_of
from assistant.web.gate import PAGES, too_many_tries
from assistant.web.page import language_of, page_response
from assistant.web.rights import Role
from assistant.web.words import words_for

_LONGEST = 8_000


def login_routes(access: Access) -> APIRouter:
    """Return the routes that log in and out."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    def page(request: Request, next: str = "") -> Response:
        return _page(request, next)

    @router.post("/login", max_body_size=_LONGEST)
    async def log_in(request: Request) -> Response:
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        (password,), (next,) = form.get("password", [""])[:1], form.get("next", [""])[:1]
        try:
            role, token = await run_in_threadpool(access.log_in, password, address_of(request))
        except TooManyTries as error:
            return _refused(request, next, 429, "login_wait", error)
        if not role:
            return _refused(request, next, 401, "login_wrong")
        return _logged_in(request, role, token, next)

    @router.post("/logout")
    def log_out(request: Request) -> Response:
        access.log_out(request.cookies.get(COOKIE, ""))
        response = RedirectResponse("login", 303)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response

    return router


def _page(request: Request, next: str, status: int = 200, message: str = "") -> Response:
    note = f'<p class="note failed" id="wrong" role="alert">{escape(message)}</p>' if message else ""
    described = ' aria-describedby="wrong" aria-invalid="true"' if message else ""
    place = next if next in PAGES else ""
    return page_response(request, "login.html", status, next=place, message=note, described=described)


def _refused(request: Request, next: str, status: int, key: str, error: TooManyTries | None = None) -> Response:
    if not _is_browser(request):
        return too_many_tries(error) if error else JSONResponse({"detail": "This password is not right."}, status)
    response = _page(request, next, status, words_for(language_of(request))(key, seconds=error.seconds if error else 0))
    if error:
        response.headers["Retry-After"] = str(error.seconds)
    return response


def _logged_in(request: Request, role: Role, token: str, next: str) -> Response:
    place = next if next in PAGES else "/organiser" if role is Role.ORGANISER else "/"
    response = RedirectResponse(place.removeprefix("/") or ".", 303) if _is_browser(request) else JSONResponse({})
    response.set_cookie(
        COOKIE,
        token,
        max_age=HOURS * 3600,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
