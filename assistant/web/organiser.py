"""The organiser's routes: documents that come and go, and the builds that take them up."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.requests import ClientDisconnect

from assistant.assistant import Assistant
from assistant.settings import Settings
from assistant.web.access import Access
from assistant.web.opening import Opening
from assistant.web.organiser_build import Builder
from assistant.web.organiser_shelf import Refused, Shelf
from assistant.web.organiser_view import documents_html, report_html
from assistant.web.page import page_response
from assistant.web.words import Words, words_for

_PATIENCE = 30.0
"""Seconds that an upload may bring nothing."""
_LONGEST = 10_000


def organiser_routes(opening: Opening, builder: Builder, access: Access, settings: Settings) -> APIRouter:
    """Return the routes under ``/organiser`` that deal with documents and builds."""
    shelf = Shelf(Path(settings.corpus), Path(settings.index), settings.upload_mb * 1_000_000, settings.upload_files)
    router = APIRouter(include_in_schema=False)
    _add_views(router, opening, builder, shelf, access, settings)
    _add_changes(router, builder, shelf)
    return router


def _add_views(
    router: APIRouter, opening: Opening, builder: Builder, shelf: Shelf, access: Access, settings: Settings
) -> None:
    limits = {"size": settings.upload_mb, "count": settings.upload_files}

    @router.get("/organiser")
    def page(request: Request) -> Response:
        shown = "" if access.has_login else " hidden"
        return page_response(request, "organiser.html", max_mb=str(limits["size"]), logout_hidden=shown)

    @router.get("/organiser/state")
    def state() -> dict[str, Any]:
        now = builder.state
        pending = sum(entry.is_pending for entry in shelf.entries())
        progress = {"stage": now.stage, "done": now.done, "total": now.total}
        return {"running": now.running, "number": now.number, "pending": pending, **progress, **limits}

    @router.get("/organiser/documents")
    def documents(lang: str = "en") -> Response:
        return HTMLResponse(documents_html(shelf.entries(), _opened(opening), words_for(lang)))

    @router.get("/organiser/report")
    def report(lang: str = "en") -> Response:
        return HTMLResponse(report_html(builder.state, words_for(lang)))


def _add_changes(router: APIRouter, builder: Builder, shelf: Shelf) -> None:
    @router.post("/organiser/upload")
    async def upload(request: Request, name: str, replace: str = "", lang: str = "en") -> Response:
        words = words_for(lang)
        try:
            stored = await shelf.store(name, _parts(request), replace)
        except (ClientDisconnect, TimeoutError):
            return PlainTextResponse(words("upload_lost"), 408)
        except (Refused, OSError) as error:
            return _told(error, words)
        return PlainTextResponse(words("upload_stored", name=stored))

    @router.post("/organiser/delete", max_body_size=_LONGEST)
    async def delete(name: Annotated[str, Body(embed=True)], lang: str = "en") -> Response:
        words = words_for(lang)
        try:
            await run_in_threadpool(shelf.delete, name)
        except (Refused, OSError) as error:
            return _told(error, words)
        return PlainTextResponse(words("deleted", name=name))

    @router.post("/organiser/build", max_body_size=_LONGEST)
    def build(rebuild: Annotated[bool, Body(embed=True)] = False) -> Response:
        names = shelf.uploaded()
        started = builder.start(rebuild, lambda: shelf.built(names))
        return PlainTextResponse("", 202 if started else 409)


async def _parts(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes; raises TimeoutError if it stops coming, ClientDisconnect if it breaks off."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(_PATIENCE):
                part = await anext(stream)
        except StopAsyncIteration:
            return
        yield part


def _told(error: Refused | OSError, words: Words) -> Response:
    if isinstance(error, Refused):
        return PlainTextResponse(words(error.key, **error.values), error.status)
    return PlainTextResponse(words("disk_error", reason=error.strerror or ""), 507)


def _opened(opening: Opening) -> Assistant | None:
    return opening.assistant() if opening.done and not opening.error else None
