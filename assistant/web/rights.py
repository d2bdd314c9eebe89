"""Who may do what: one table of every route and endpoint, by the path that the server knows it by."""

from collections.abc import Iterator
from enum import IntEnum
from functools import cache
from re import Pattern

from starlette.routing import compile_path


class Role(IntEnum):
    """Whom a request comes from, or whom a route is for: each may do what those before it may."""

    NOBODY = 0
    READER = 1
    ORGANISER = 2
    CLOSED = 3
    """A route for no one: Gradio brings it, and the chat does not use it."""


_NOBODY = (
    "/login",
    "/logout",
    "/web/static/{name}",
    "/gradio_api/startup-events",
    "/robots.txt",
    "/manifest.webmanifest",
    "/worker.js",
    "/health",
)
_READER = (
    "/",
    "/web/state",
    "/web/evidence",
    "/web/page",
    "/web/shelf",
    "/web/why",
    "/web/examples",
    "/web/followups",
    "/web/render",
    "/web/export",
    "/web/feedback",
    "/metrics",
    "/v1/models",
    "/v1/chat/completions",
    "/mcp",
    "/mcp/",
    "/gradio_api/mcp",
    "/gradio_api/mcp/",
    "/config",
    "/config/",
    "/gradio_api/info",
    "/gradio_api/info/",
    "/gradio_api/app_id",
    "/gradio_api/app_id/",
    "/gradio_api/heartbeat/{session_hash}",
    "/gradio_api/call/{api_name}",
    "/gradio_api/call/{api_name}/",
    "/gradio_api/call/{api_name}/{event_id}",
    "/gradio_api/queue/join",
    "/gradio_api/queue/data",
    "/gradio_api/queue/status",
    "/gradio_api/cancel",
    "/gradio_api/reset",
    "/gradio_api/reset/",
)
_ORGANISER = (
    "/organiser",
    "/organiser/state",
    "/organiser/documents",
    "/organiser/upload",
    "/organiser/delete",
    "/organiser/build",
    "/organiser/report",
    "/organiser/feedback",
    "/organiser/feedback.csv",
    "/organiser/questions.jsonl",
)
_CLOSED = (
    "/openapi.json",
    "/login/",
    "/svelte/{path:path}",
    "/static/{path:path}",
    "/assets/{path:path}",
    "/favicon.ico",
    "/theme.css",
    "/pwa_icon",
    "/pwa_icon/{size}",
    "/manifest.json",
    "/monitoring",
    "/monitoring/summary",
    "/monitoring/{key}",
    "/gradio_api/deep_link",
    "/gradio_api/user",
    "/gradio_api/user/",
    "/gradio_api/login_check",
    "/gradio_api/login_check/",
    "/gradio_api/token",
    "/gradio_api/token/",
    "/gradio_api/dev/reload",
    "/gradio_api/runs",
    "/gradio_api/runs/",
    "/gradio_api/openapi.json",
    "/gradio_api/custom_component/{id}/{environment}/{type}/{file_name}",
    "/gradio_api/proxy={url_path:path}",
    "/gradio_api/file={path_or_url:path}",
    "/gradio_api/file/{path:path}",
    "/gradio_api/stream/{event_id}",
    "/gradio_api/stream/{event_id}/close",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}",
    "/gradio_api/component_server",
    "/gradio_api/component_server/",
    "/gradio_api/api/{api_name}",
    "/gradio_api/api/{api_name}/",
    "/gradio_api/run/{api_name}",
    "/gradio_api/run/{api_name}/",
    "/gradio_api/call/v2/{api_name}",
    "/gradio_api/call/v2/{api_name}/",
    "/gradio_api/call/v2/{api_name}/{event_id}",
    "/gradio_api/upload",
    "/gradio_api/upload_progress",
    "/gradio_api/theme.css",
    "/gradio_api/process_recording",
    "/gradio_api/vibe-edit",
    "/gradio_api/vibe-edit/",
    "/gradio_api/undo-vibe-edit",
    "/gradio_api/undo-vibe-edit/",
    "/gradio_api/vibe-code",
    "/gradio_api/vibe-code/",
    "/gradio_api/vibe-starter-queries",
    "/gradio_api/vibe-starter-queries/",
)
ROUTES: dict[str, Role] = {
    path: role for role, paths in zip(Role, (_NOBODY, _READER, _ORGANISER, _CLOSED), strict=True) for path in paths
}
"""The role that each route needs."""
ENDPOINTS = {name: Role.READER for name in ("ask", "search", "documents", "reply")}
"""The role that each of Gradio's endpoints needs: its queue reaches all of them, so all need what the queue needs."""


def needed(path: str) -> Role:
    """Return the role that a request for a path needs; a path that no route of the table has is closed."""
    return max((role for pattern, role in _patterns() if pattern.match(path)), default=Role.CLOSED)


@cache
def _patterns() -> tuple[tuple[Pattern[str], Role], ...]:
    return tuple(_compiled())


def _compiled() -> Iterator[tuple[Pattern[str], Role]]:
    for path, role in ROUTES.items():
        yield compile_path(path)[0], role
