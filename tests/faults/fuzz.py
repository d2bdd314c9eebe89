"""Requests of every shape to every endpoint, most of them wrong: none may be a server error or show a stack trace."""

import http.client
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import assistant

GRADIO = {
    "ask": 2,
    "search": 2,
    "documents": 0,
    "reply": 4,
    "none": 1,
}
"""The endpoints that Gradio serves by name, and how many values they take."""
_GRADIO_PATHS = (
    "/config",
    "/config/",
    "/info",
    "/gradio_api/info",
    "/gradio_api/queue/status",
    "/gradio_api/queue/data",
    "/gradio_api/queue/join",
    "/gradio_api/reset",
    "/gradio_api/cancel",
    "/gradio_api/upload",
    "/gradio_api/upload_progress",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file/x",
    "/gradio_api/proxy=http://x/",
    "/gradio_api/stream/x",
    "/gradio_api/stream/x/1/2/playlist.m3u8",
    "/gradio_api/component_server",
    "/gradio_api/custom_component/1/client/component/x.js",
    "/gradio_api/process_recording",
    "/gradio_api/vibe-edit",
    "/gradio_api/vibe-code",
    "/gradio_api/deep_link",
    "/gradio_api/startup-events",
    "/gradio_api/app_id",
    "/user",
    "/token",
    "/login",
    "/login_check",
    "/logout",
    "/login/",
    "/static/x.js",
    "/assets/x.js",
    "/svelte/x.js",
    "/theme.css",
    "/robots.txt",
    "/favicon.ico",
    "/manifest.json",
    "/pwa_icon",
    "/monitoring",
    "/monitoring/summary",
    "/run-history/connect",
    "/run-history/buckets",
    "/run-history/records",
    "/runs",
    "/openapi.json",
    "/docs",
    "/mcp",
    "/gradio_api/mcp/",
    "/dev/reload",
    "/profiling/traces",
    "/gradio_api/heartbeat/../x",
    "/gradio_api/call/v2/ask/x",
    "/gradio_api/call/ask/x",
)
_WEB = Path(assistant.__file__).parent / "web"
_TRACES = ("Traceback (most recent call last)", 'File "/', "site-packages")
_NAMES = [
    "document",
    "start",
    "end",
    "number",
    "lang",
    "question",
    "quoted",
    "form",
    "quote",
    "documents",
    "ask",
    "name",
    "id",
]
_VALUES = [
    "zunyi.md",
    "programme-briefing.pdf",
    "../../etc/passwd",
    "0",
    "1",
    "-1",
    "9" * 30,
    "",
    "en",
    "ur",
    "html",
    "Who hosted it?",
    "\0",
    "%00",
    "null",
    "NaN",
    "1e9",
    "<script>",
]
_ANSWER = {
    "question": "q",
    "standalone_question": "q",
    "verdict": "answered",
    "text": "t [1]",
    "sentences": [],
    "citations": [],
    "missing": "",
    "confidence": 0.5,
    "engine": "extractive",
    "language": "en",
    "dropped": [],
}


def own_paths() -> list[tuple[str, str]]:
    """Return (method, path) of every route that the package declares."""
    declared = r'@\w+\.(get|post|put|delete|head)\(\s*"([^"]+)"'
    found = {pair for path in _WEB.glob("*.py") for pair in re.findall(declared, path.read_text("utf-8"))}
    return sorted((method.upper(), re.sub(r"\{\w+(:path)?\}", "zunyi.md", path)) for method, path in found)


_text = st.one_of(
    st.sampled_from(_VALUES), st.text(max_size=40), st.text(alphabet="who? [](){}:*\\/\"'\n", max_size=200)
)
_json: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.integers(-3, 3), st.floats(), _text),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_text, inner, max_size=4)),
    max_leaves=8,
)
_turn = st.one_of(st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "x"]), "content": _text}), _json)
_answer = st.builds(lambda key, value: {**_ANSWER, key: value}, st.sampled_from(sorted(_ANSWER)), _json)
_body = st.one_of(
    _json,
    st.fixed_dictionaries({"answers": st.lists(st.one_of(_answer, _json), max_size=3)}),
    st.fixed_dictionaries({"documents": st.lists(_text, max_size=3), "asked": st.lists(_text, max_size=3)}),
    st.dictionaries(st.sampled_from(_NAMES), _json, max_size=4),
)
_data = st.one_of(
    st.tuples(_text, st.lists(_turn, max_size=4), st.lists(_text, max_size=2), _text).map(list),
    st.tuples(_text, st.one_of(st.integers(-2, 2000), _json)).map(list),
    st.lists(_json, max_size=5),
)
_raw = st.one_of(
    st.binary(max_size=60),
    _body.map(lambda value: json.dumps(value).encode()),
    _body.map(lambda value: json.dumps(value).encode()[:-1]),
    st.integers(1, 20_000).map(lambda depth: b"[" * depth),
)
_types = st.sampled_from(
    ["application/json", "text/plain", "multipart/form-data; boundary=x", "", "application/json; charset=utf-7", "\xff"]
)
_query = st.lists(st.tuples(st.sampled_from(_NAMES), _text), max_size=5)
_headers = st.dictionaries(
    st.sampled_from(
        [
            "Accept",
            "Accept-Language",
            "Cookie",
            "Range",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "Expect",
            "Authorization",
            "If-None-Match",
            "x-gradio-user",
        ]
    ),
    st.one_of(
        st.sampled_from(["", "*", "language=xx", "bytes=0-", "zh;q=9, ;;", "a" * 5000, "\xff\xfe"]),
        st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255), max_size=30),
    ),
    max_size=2,
)


@dataclass(frozen=True)
class Request:
    """What is sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def _path(base: str, query: list[tuple[str, str]]) -> str:
    return quote(base, safe="/=.:%") + ("?" + urlencode(query, errors="surrogatepass") if query else "")


_plain = st.builds(
    lambda pair, method, query, headers, kind, body: Request(
        method or pair[0], _path(pair[1], query), headers | {"Content-Type": kind}, body
    ),
    st.sampled_from([*own_paths(), *(("GET", path) for path in _GRADIO_PATHS)]),
    st.sampled_from(["", "", "", "", "POST", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"]),
    _query,
    _headers,
    _types,
    _raw,
)
_right = st.builds(
    lambda pair, query, body: Request(
        pair[0], _path(pair[1], query), {"Content-Type": "application/json"}, json.dumps(body).encode()
    ),
    st.sampled_from(own_paths()),
    _query,
    _body,
)
_called = st.builds(
    lambda form, name, data, more: Request(
        "POST", form.format(name), {"Content-Type": "application/json"}, json.dumps({"data": data} | more).encode()
    ),
    st.sampled_from(
        [
            "/gradio_api/call/{}",
            "/gradio_api/run/{}",
            "/gradio_api/api/{}",
            "/gradio_api/call/v2/{}",
            "/gradio_api/queue/join?{}",
        ]
    ),
    st.sampled_from(sorted(GRADIO)),
    _data,
    st.dictionaries(
        st.sampled_from(["session_hash", "fn_index", "event_id", "trigger_id", "event_data", "simple_format"]),
        _json,
        max_size=3,
    ),
)
REQUESTS = st.one_of(_plain, _right, _called)


class Client:
    """Sends requests to one server and judges the answers."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self.statuses: Counter[int] = Counter()

    def send(self, request: Request) -> None:
        """Send a request, and fetch the answer it promises; raises AssertionError for a server error."""
        status, body = self._exchanged(request.method, request.target, request.headers, request.body)
        self.statuses[status] += 1
        _judge(status, body)
        if request.target.startswith("/gradio_api/call") and status == 200 and b"event_id" in body:
            where = f"{request.target.partition('?')[0]}/{json.loads(body)['event_id']}"
            status, body = self._exchanged("GET", where, {}, b"")
            self.statuses[status] += 1
            _judge(status, body)

    def _exchanged(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=60)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in {"Connection": "close", **headers, "Content-Length": str(len(body))}.items():
                connection.putheader(name, value.encode("latin-1"))
            connection.endheaders(body)
            response = connection.getresponse()
            if "text/event-stream" in (response.getheader("Content-Type") or "") and "/call/" not in target:
                return response.status, response.read1(65_536)
            return response.status, response.read()
        finally:
            connection.close()


def _judge(status: int, body: bytes) -> None:
    text = body.decode("utf-8", "replace")
    assert status < 500 or (status == 503 and 0 < len(text) < 500), f"{status}: {text[:300]}"
    assert not any(trace in text for trace in _TRACES), text[:500]


def fuzz(address: str, times: int, seed: int = 0) -> Counter[int]:
    """Send so many requests and count the statuses; raises AssertionError at the first wrong answer."""
    client = Client(address)
    done = 0

    @settings(max_examples=times, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(REQUESTS)
    def sent(request: Request) -> None:
        nonlocal done
        done += 1
        client.send(request)

    sent()
    return client.statuses
