"""OpenAI-compatible servers on this machine: one that says what a test tells it to, however wrong."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Script = Callable[[dict[str, Any]], Iterator[bytes]]
"""From a request's body to the bytes of the response's body, as they are sent."""


def event(text: str) -> bytes:
    """Return a piece of a reply as a server-sent event."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "liar", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n".encode()


def saying(text: str) -> Script:
    """Return a script that streams a text seven characters at a time."""

    def script(_: dict[str, Any]) -> Iterator[bytes]:
        for start in range(0, len(text), 7):
            yield event(text[start : start + 7])
        yield b"data: [DONE]\n\n"

    return script


def endless(piece: bytes, pause: float = 0.0) -> Script:
    """Return a script that sends the same bytes without end."""

    def script(_: dict[str, Any]) -> Iterator[bytes]:
        while True:
            yield piece
            time.sleep(pause)

    return script


@dataclass
class Served:
    """A running server: its address, and the bodies and headers that it was sent."""

    url: str
    script: Script
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serving(script: Script, status: int = 200, port: int = 0) -> Iterator[Served]:
    """Serve a script at /v1/chat/completions inside the ``with``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            served.asked.append(body)
            served.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(served.status)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            try:
                for part in served.script(body):
                    self.wfile.write(part)
                    self.wfile.flush()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    served = Served(f"http://127.0.0.1:{server.server_port}/v1", script, status)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
