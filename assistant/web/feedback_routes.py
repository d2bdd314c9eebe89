"""The routes of feedback: readers give it, organisers read it and take it away."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from assistant.embedder import open_embedder
from assistant.settings import Settings
from assistant.web.access import Brake, TooManyTries, address_of
from assistant.web.feedback import FeedbackStore
from assistant.web.feedback_export import feedback_csv, feedback_questions
from assistant.web.feedback_groups import grouped
from assistant.web.feedback_view import feedback_html
from assistant.web.gate import too_many_tries
from assistant.web.stored import answer_from
from assistant.web.words import words_for

_LONGEST = 100_000
_DAYS = 30
_OF_ADDRESS, _OF_ALL = 60, 600


def feedback_routes(store: FeedbackStore, settings: Settings) -> APIRouter:
    """Return the routes that keep feedback and show it."""
    router = APIRouter(include_in_schema=False)
    brake = Brake(_OF_ADDRESS, _OF_ALL)

    @router.post("/web/feedback", max_body_size=_LONGEST)
    def give(
        request: Request,
        key: Annotated[str, Body()],
        rating: Annotated[str, Body()],
        answer: Annotated[dict[str, Any], Body()],
        comment: Annotated[str, Body()] = "",
        generation: Annotated[int | None, Body()] = None,
        lang: str = "en",
    ) -> Response:
        try:
            brake.take(address_of(request))
        except TooManyTries as error:
            return too_many_tries(error)
        store.keep(key, rating, comment, answer_from(answer), generation)
        return PlainTextResponse(words_for(lang)("feedback_thanks"))

    @router.get("/organiser/feedback")
    def view(lang: str = "en") -> Response:
        groups = grouped(store.unanswered(), open_embedder(settings.embedding_model, settings.threads))
        html = feedback_html(
            store.counts(), store.days(_DAYS), groups, store.all(), words_for(lang), settings.keep_questions
        )
        return HTMLResponse(html)

    @router.get("/organiser/feedback.csv")
    def table() -> Response:
        return _attachment(feedback_csv(store.all()), "text/csv", "feedback.csv")

    @router.get("/organiser/questions.jsonl")
    def questions() -> Response:
        return _attachment(feedback_questions(store.all()), "application/jsonl", "questions.jsonl")

    return router


def _attachment(content: str, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content.encode(), media_type=f"{media_type}; charset=utf-8", headers=headers)
