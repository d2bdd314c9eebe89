"""The page's own HTTP routes, beside the endpoints that Gradio serves; all under ``/web`` but the page."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from assistant.errors import DocumentMissing, QuestionError
from assistant.schema import Answer, Scope
from assistant.web.access import Access
from assistant.web.evidence_view import Span, evidence_html, place_of
from assistant.web.export import conversation_html, conversation_markdown
from assistant.web.opening import Opening
from assistant.web.originals import Originals
from assistant.web.page import page_response, static_files, web_manifest
from assistant.web.page_picture import page_picture
from assistant.web.rights import Role
from assistant.web.shelf_view import shelf_html
from assistant.web.shown import shown
from assistant.web.stored import answer_from
from assistant.web.why_view import why_html
from assistant.web.words import words_for

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "png": "image/png"}
_STATUS: dict[type[Exception], int] = {DocumentMissing: 404, QuestionError: 422}


def page_routes(opening: Opening, corpus: str, access: Access) -> APIRouter:
    """Return the routes of the page, its parts and its files; ``corpus`` is the folder with the original files."""
    router = APIRouter(include_in_schema=False)
    _add_page(router)
    _add_reading(router, opening, Originals(corpus), access)
    _add_conversation(router, opening)
    return router


def told(_: Request, error: Exception) -> Response:
    """Answer a request that met an AssistantError with its words."""
    return PlainTextResponse(str(error), _STATUS.get(type(error), 503))


def _add_page(router: APIRouter) -> None:
    @router.get("/")
    def page(request: Request) -> Response:
        return page_response(request, "page.html")

    @router.get("/manifest.webmanifest")
    def manifest(lang: str = "en") -> Response:
        return JSONResponse(web_manifest(words_for(lang)), media_type="application/manifest+json")

    @router.get("/worker.js")
    def worker() -> Response:
        script = static_files()["worker.js"]
        return Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @router.get("/web/static/{name}")
    def static(name: str) -> Response:
        kind = _TYPES.get(name.rpartition(".")[2])
        if name not in static_files() or kind is None:
            return PlainTextResponse("Not found.", 404)
        return Response(static_files()[name], media_type=kind, headers={"Cache-Control": "no-cache"})


def _add_reading(router: APIRouter, opening: Opening, originals: Originals, access: Access) -> None:
    @router.get("/web/evidence")
    def evidence(document: str, start: int = 0, end: int = 0, quote: str = "", lang: str = "en") -> Response:
        words = words_for(lang)
        try:
            found = opening.assistant().document(document)
        except DocumentMissing:
            return PlainTextResponse(words("gone"), 404)
        span = place_of(found, Span(start, end), quote)
        if span is None:
            return PlainTextResponse(words("gone"), 404)
        headers = {"X-Start": str(span.start), "X-End": str(span.end), "X-Page": str(found.page_at(span.start) or "")}
        if found.media_type == "application/pdf":
            headers["X-Pages"] = str(len(found.pages))
        return HTMLResponse(evidence_html(found, span, words), headers=headers)

    @router.get("/web/page")
    def picture(document: str, number: int, start: int = 0, end: int = 0) -> Response:
        found = page_picture(opening.assistant().document(document), originals, number, start, end)
        headers = {"X-Boxes": str(found.boxes), "X-Top": f"{found.top:.4f}", "Cache-Control": "private, max-age=600"}
        return Response(found.png, media_type="image/png", headers=headers)

    @router.get("/web/shelf")
    def shelf(request: Request, lang: str = "en") -> Response:
        manages = access.organiser_can_log_in or access.role(request, Role.READER) is Role.ORGANISER
        assistant = opening.assistant()
        documents = [assistant.document(name) for name in assistant.documents()]
        states = {document.id: originals.state(document) for document in documents}
        return HTMLResponse(shelf_html(documents, states, words_for(lang), manages=manages))

    @router.get("/web/why")
    def why(
        question: str,
        quoted: Annotated[list[str] | None, Query()] = None,
        documents: Annotated[list[str] | None, Query()] = None,
        lang: str = "en",
    ) -> Response:
        accounts = opening.assistant().explain(question, scope=Scope(documents or []))
        return HTMLResponse(why_html(accounts, quoted or [], words_for(lang)))


def _add_conversation(router: APIRouter, opening: Opening) -> None:
    @router.get("/web/examples")
    def examples() -> list[str]:
        return opening.suggester().examples()

    @router.post("/web/followups")
    def followups(documents: Annotated[list[str], Body()], asked: Annotated[list[str], Body()]) -> list[str]:
        return opening.suggester().followups(documents, asked)

    @router.post("/web/render")
    def render(answers: Annotated[list[Any], Body(embed=True)], lang: str = "en") -> list[dict[str, Any]]:
        assistant = opening.assistant()
        return [shown(assistant, answer, words_for(lang)).to_dict() for answer in _answers(answers)]

    @router.post("/web/export")
    def export(answers: Annotated[list[Any], Body(embed=True)], form: str = "markdown", lang: str = "en") -> Response:
        make = conversation_html if form == "html" else conversation_markdown
        return PlainTextResponse(make(_answers(answers), words_for(lang)))


def _answers(values: list[Any]) -> list[Answer]:
    return [answer_from(value) for value in values]
