"""Whether the server is ready, for the page, for supervisors and for Prometheus."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from assistant.web.metrics import Metrics
from assistant.web.opening import Opening

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def state_routes(opening: Opening, metrics: Metrics) -> APIRouter:
    """Return ``/web/state``, ``/health`` (200 once questions are answered at once, else 503) and ``/metrics``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/web/state")
    def state() -> dict[str, Any]:
        stage, done, total = opening.stage
        return {
            "ready": opening.done and not opening.error,
            "error": opening.error,
            "generation": opening.generation,
            "stage": stage,
            "done": done,
            "total": total,
        }

    @router.get("/health")
    def health() -> Response:
        status = "failed" if opening.error else "ok" if opening.done else "opening"
        body = {"status": status, "error": opening.error or None, "generation": opening.generation}
        return JSONResponse(body | {"documents": opening.documents}, 200 if status == "ok" else 503)

    @router.get("/metrics")
    def figures() -> Response:
        return Response(metrics.text(), media_type=_PROMETHEUS)

    return router
