"""Ends a stream of events whose route met an error that it has already told in the stream."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send


class Streams:
    """Middleware: a stream that ends in an HTTP error ends whole, not as a broken connection.

    Gradio begins to answer before it looks for the session, writes “not found” as an event, and raises.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Guard ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and end its response if the error came after the response began."""
        try:
            await self._app(scope, receive, send)
        except RuntimeError as error:
            if not isinstance(error.__cause__, HTTPException):  # Starlette's, where a response has begun
                raise
            await send({"type": "http.response.body", "body": b"", "more_body": False})
