"""The server under mischief: fuzzed requests, injections, published attacks, slow clients, a stop under load."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from faults import injections
from faults.fuzz import fuzz
from playwright.sync_api import sync_playwright
from test_app import CHROMIUM, CORPUS, fetched, free_port, status_of

from assistant import Assistant, BuildReport, Settings, build_index
from assistant.app import running
from assistant.embedder import Embedder
from assistant.status import describe

pytestmark = [  # Gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting'"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
JSON = {"Content-Type": "application/json"}
TRAVERSALS = ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "/etc/passwd", "//etc/passwd",
              "....//....//etc/passwd", "..%5c..%5cetc%5cpasswd", "%00/etc/passwd", "zunyi.md/../../pyproject.toml",
              "file:///etc/passwd", "http://127.0.0.1:1/x")  # fmt: skip


@pytest.fixture(scope="module")
def address(built: tuple[Path, BuildReport], embedder: Embedder) -> Iterator[str]:
    settings = Settings(corpus=str(CORPUS), index=str(built[0]), port=free_port())
    with running(settings, lambda _: Assistant.open(settings.index, embedder=embedder)) as url:
        yield url


def test_no_fuzzed_request_is_a_server_error(address: str) -> None:
    statuses = fuzz(address, 300)
    assert statuses.total() >= 300 and statuses[200] and statuses[422]


@pytest.mark.parametrize(
    "path",
    ["gradio_api/file={}", "file={}", "gradio_api/file/{}", "static/{}", "assets/{}", "svelte/{}", "web/static/{}",
     "gradio_api/custom_component/1/client/component/{}", "gradio_api/proxy={}", "gradio_api/stream/{}",
     "web/evidence?document={}", "web/page?document={}&number=1"],
)  # fmt: skip
def test_no_path_leads_out(address: str, path: str) -> None:
    for name in TRAVERSALS:
        request = urllib.request.Request(address + path.format(name))
        try:
            with urllib.request.urlopen(request) as response:
                content = response.read()
        except urllib.error.HTTPError as error:
            with error:
                assert error.code in (400, 403, 404, 422), (path, name)
                content = error.read()
        assert b"root:" not in content and b"[project]" not in content, (path, name)


def test_gradios_published_attacks_find_nothing(address: str) -> None:
    """CVE-2024-1561 (component_server reads files), CVE-2024-1728 (queue/join), the SSRF of /queue/join, uploads."""
    moved = {"component_id": 1, "data": "/etc/passwd", "fn_name": "move_resource_to_block_cache", "session_hash": "a"}
    assert status_of(f"{address}gradio_api/component_server", json.dumps(moved).encode(), **JSON) == 404
    boundary = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.html"\r\n\r\n<b>\r\n--x--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert status_of(f"{address}gradio_api/upload", boundary, **kind) == 404
    for where in ("/etc/passwd", "http://127.0.0.1:1/x"):
        file = {"path": where, "url": where, "meta": {"_type": "gradio.FileData"}}
        body = json.dumps({"data": [file, []], "fn_index": 0, "session_hash": "attack"}).encode()
        assert status_of(f"{address}gradio_api/queue/join", body, **JSON) < 500
        event = json.loads(_posted(f"{address}gradio_api/call/ask", {"data": [file, []]}))["event_id"]
        assert "root:" not in fetched(f"{address}gradio_api/call/ask/{event}")


@pytest.mark.parametrize(
    ("endpoint", "data", "told"),
    [
        ("ask", ["How many people from Pakistan took part?"], "19 participants"),
        ("ask", ["How many people from Pakistan took part?", []], "19 participants"),
        ("search", ["land reform"], "land-system.md"),
        ("ask", [], "lacks a value for: question"),
    ],
)
def test_values_that_have_defaults_can_be_left_out(address: str, endpoint: str, data: list[Any], told: str) -> None:
    event = json.loads(_posted(f"{address}gradio_api/call/{endpoint}", {"data": data}))["event_id"]
    assert told in fetched(f"{address}gradio_api/call/{endpoint}/{event}")


@pytest.mark.parametrize("path", ["gradio_api/call/ask/x", "gradio_api/queue/data?session_hash=x"])
def test_the_stream_of_an_event_that_is_not_there_ends_whole(address: str, path: str) -> None:
    assert "404" in fetched(f"{address}{path}")


def test_another_site_gets_no_right_to_read(address: str) -> None:
    for origin in ("http://evil.example", "null", "http://127.0.0.1.evil.example", address.rstrip("/") + "0"):
        try:
            with urllib.request.urlopen(
                urllib.request.Request(f"{address}config", headers={"Origin": origin})
            ) as found:
                assert "Access-Control-Allow-Origin" not in found.headers
        except urllib.error.HTTPError as error:
            with error:
                assert error.code == 403 and "Access-Control-Allow-Origin" not in error.headers


def test_the_usual_headers_are_on_every_answer(address: str) -> None:
    for path in ("", "web/shelf", "web/static/style.css", "config", "nothing", "gradio_api/upload", "web/why"):
        try:
            with urllib.request.urlopen(address + path) as response:
                headers = response.headers
        except urllib.error.HTTPError as error:
            with error:
                headers = error.headers
        if path != "gradio_api/upload":  # the guard's own refusal
            assert "default-src 'none'" in headers["Content-Security-Policy"], path
            assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY"), path


def test_a_hundred_slow_clients_hold_up_nobody(address: str) -> None:
    port = int(address.rsplit(":", 1)[1].strip("/"))
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
    try:
        for number, connection in enumerate(slow):
            half = (
                b"POST /web/render HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"
                if number % 2
                else b"GET /"
            )
            connection.sendall(half)
        for connection in slow[:20]:
            connection.shutdown(socket.SHUT_RDWR)
        assert "zunyi.md" in fetched(f"{address}web/shelf")
    finally:
        for connection in slow:
            connection.close()


@pytest.mark.parametrize("body", [b"\x80", b'{"\\ud800": 1}', b"[" * 5_000])
def test_a_body_of_no_sense_is_the_clients_error(address: str, body: bytes) -> None:
    for path in ("gradio_api/queue/join", "web/render", "web/feedback"):
        for kind in ("text/plain", "application/json"):
            assert status_of(f"{address}{path}", body, **{"Content-Type": kind}) in (400, 413, 415, 422)


def test_what_is_too_long_is_refused_in_words(address: str) -> None:
    assert status_of(f"{address}web/render", b" " * 2_100_000, **JSON) == 413
    assert status_of(f"{address}web/why?question={'q' * 40_000}") in (400, 414)
    assert status_of(f"{address}web/why?question={'q' * 5_000}") == 422
    turns = [{"role": "user", "content": "x"}] * 500
    event = json.loads(_posted(f"{address}gradio_api/call/reply", {"data": ["And?", turns, [], "en"]}))["event_id"]
    assert "begin a new one" in fetched(f"{address}gradio_api/call/reply/{event}")


def test_injections_stay_text_in_every_view(tmp_path: Path, embedder: Embedder) -> None:
    hits: list[str] = []
    with injections.listener(hits) as outside, sync_playwright() as playwright:
        mischief = injections.strings(outside)
        assert len(mischief) >= 300
        some = mischief[::30]
        injections.write(tmp_path / "corpus", some)
        build_index(tmp_path / "corpus", tmp_path / "index", embedder=embedder)
        settings = Settings(corpus=str(tmp_path / "corpus"), index=str(tmp_path / "index"), port=free_port())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with running(settings, lambda _: Assistant.open(settings.index, embedder=embedder)) as url:
            found = injections.shown_everywhere(browser, url, some)
        browser.close()
    assert (found.executed, found.outside, hits) == ([], [], [])
    assert found.shown == len(some) and found.views > len(some)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_a_stop_under_load_finishes_answers_and_a_restart_serves_at_once(built: tuple[Path, BuildReport]) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    with _served(built[0], port, address) as first, ThreadPoolExecutor(6) as pool:
        answers = [
            pool.submit(_asked, address, f"Who hosted the seminar of July 2024, for the {n}th time?") for n in range(6)
        ]
        time.sleep(0.3)
        first.send_signal(signal.SIGTERM)
        ends = [answer.result() for answer in answers]
        assert all("complete" in end or end == "refused" for end in ends), ends
        assert any("complete" in end for end in ends)
        assert first.wait(30) == 130
        error = first.stderr.read() if first.stderr else ""
        assert "Traceback" not in error, error
    with _served(built[0], port, address) as second:
        assert "complete" in _asked(address, "Who hosted the seminar of July 2024?")
        second.send_signal(signal.SIGTERM)
        second.wait(30)
    assert describe(CORPUS, built[0], check=True)["sound"]


class _served:
    """The chat in a process of its own, ready to be asked."""

    def __init__(self, index: Path, port: int, address: str) -> None:
        self._command = [sys.executable, "-m", "assistant", "chat", "--corpus", str(CORPUS), "--index", str(index),
                         "--port", str(port)]  # fmt: skip
        self._address = address

    def __enter__(self) -> "subprocess.Popen[str]":
        self._process = subprocess.Popen(self._command, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                if json.loads(fetched(f"{self._address}web/state"))["ready"]:
                    return self._process
            except (OSError, KeyError):
                pass
            time.sleep(0.1)
        self._process.kill()
        raise AssertionError("the chat did not come up")

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def _posted(url: str, body: object) -> str:
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), JSON)) as response:
        return str(response.read().decode())


def _asked(address: str, question: str) -> str:
    """Return all that the endpoint says of a question, or “refused” if it was not taken."""
    try:
        event = json.loads(_posted(f"{address}gradio_api/call/ask", {"data": [question, [], []]}))["event_id"]
    except (urllib.error.HTTPError, ConnectionError, urllib.error.URLError) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        return "refused"
    return fetched(f"{address}gradio_api/call/ask/{event}")
