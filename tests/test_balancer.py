"""Several chat servers behind nginx: each is ended in turn under load, and every question gets its answer."""

import http.client
import http.cookiejar
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant, BuildReport, Settings
from assistant.embedder import Embedder

DEPLOYED = Path(__file__).parents[1] / "assistant" / "deployment" / "nginx.conf"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
TRIES, PAUSE = 8, 0.5
"""How often a question is put, and how many seconds apart."""
ASKING = 4
QUESTIONS = ["When did the seminar end?", "Who hosted the seminar?", "How many participants came from Pakistan?"]
SERVER = """
import sys
from assistant import Assistant, Settings
from assistant.app import serve
settings = Settings(index=sys.argv[1], port=int(sys.argv[2]), rerank=False, threads=1)
serve(settings, lambda *_: Assistant.open(settings.index, settings=settings), False)
"""


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Chat:
    """A chat server in a process of its own."""

    def __init__(self, index: Path, port: int) -> None:
        self._command = [sys.executable, "-c", SERVER, str(index), str(port)]
        self._port = port
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def wait(self) -> None:
        """Wait until it answers."""
        end = time.monotonic() + 600
        while time.monotonic() < end:
            try:
                ask(f"http://127.0.0.1:{self._port}", urllib.request.build_opener(), QUESTIONS[0])
                return
            except OSError:
                time.sleep(0.2)
        raise TimeoutError("the chat server did not start")

    def end(self, by: signal.Signals) -> None:
        self._process.send_signal(by)
        self._process.wait()


def ask(address: str, opener: urllib.request.OpenerDirector, question: str) -> dict[str, Any]:
    """Put a question and wait for its answer, as the page does; raises OSError or HTTPException if it gets none."""
    body = json.dumps({"data": [question, [], None]}).encode()
    request = urllib.request.Request(f"{address}/gradio_api/call/ask", body, {"Content-Type": "application/json"})
    with opener.open(request, timeout=120) as response:
        event = json.load(response)["event_id"]
    with opener.open(f"{address}/gradio_api/call/ask/{event}", timeout=120) as response:
        lines = response.read().decode().splitlines()
    if "event: complete" not in lines:
        raise ConnectionError("the answer broke off")
    answer: dict[str, Any] = json.loads(lines[lines.index("event: complete") + 1].removeprefix("data: "))[0]
    return answer


@contextmanager
def balanced(folder: Path, index: Path) -> Iterator[tuple[str, list[Chat]]]:
    """Serve an index by two servers behind nginx, with the configuration that is deployed."""
    front, *ports = free_ports(3)
    text = DEPLOYED.read_text("utf-8").replace("127.0.0.1:7860", f"127.0.0.1:{front}")
    for place, port in zip(("7861", "7862"), ports, strict=True):
        text = text.replace(f"127.0.0.1:{place}", f"127.0.0.1:{port}")
    own = "".join(f"    {kind}_temp_path {kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(text.replace("http {\n", f"http {{\n{own}"))
    servers = [Chat(index, port) for port in ports]
    command = [NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", "error.log", *root()]
    nginx = subprocess.Popen(command)
    try:
        for server in servers:
            server.wait()
        yield f"http://127.0.0.1:{front}", servers
    finally:
        nginx.terminate()
        nginx.wait()
        for server in servers:
            server.end(signal.SIGKILL)


def root() -> list[str]:
    """Have nginx's workers be who started them, so that they may write into the test's folder."""
    return ["-g", "user root;"] if os.geteuid() == 0 else []


class Reader(threading.Thread):
    """Asks one question after the other; puts it again a little later when no answer comes, and counts that."""

    def __init__(self, address: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._address, self._ended = address, stop
        self.answers: list[tuple[str, str]] = []
        self.again = 0
        self.failed = 0

    def run(self) -> None:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        place = 0
        while not self._ended.is_set():
            question = QUESTIONS[place % len(QUESTIONS)]
            place += 1
            for attempt in range(TRIES):
                try:
                    answer = ask(self._address, opener, question)
                except (OSError, http.client.HTTPException):
                    self.again += not attempt
                    time.sleep(PAUSE)
                else:
                    self.answers.append((question, answer["text"]))
                    break
            else:
                self.failed += 1


@pytest.mark.timeout(1800)
@pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx is not installed; on Debian: apt-get install nginx-light")
def test_no_question_is_lost_while_one_server_after_the_other_ends(
    built: tuple[Path, BuildReport], embedder: Embedder, tmp_path: Path
) -> None:
    with balanced(tmp_path, built[0]) as (address, servers):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{address}/organiser", timeout=60)
        stop = threading.Event()
        readers = [Reader(address, stop) for _ in range(ASKING)]
        for reader in readers:
            reader.start()
        for server, by in zip(servers, (signal.SIGTERM, signal.SIGKILL), strict=True):
            wait_for_answers(readers, 2)
            server.end(by)
            wait_for_answers(readers, 2)
            server.start()
            server.wait()
        wait_for_answers(readers, 2)
        stop.set()
        for reader in readers:
            reader.join(240)
    assert sum(reader.failed for reader in readers) == 0
    assert sum(reader.again for reader in readers) <= ASKING * len(servers)
    with Assistant.open(built[0], embedder=embedder, settings=Settings(rerank=False)) as assistant:
        expected = {question: assistant.ask(question).text for question in QUESTIONS}
    for reader in readers:
        assert all(text == expected[question] for question, text in reader.answers)


def wait_for_answers(readers: list[Reader], more: int) -> None:
    """Wait until each reader has got so many more answers."""
    wanted = [len(reader.answers) + more for reader in readers]
    end = time.monotonic() + 600
    while any(len(reader.answers) < count for reader, count in zip(readers, wanted, strict=True)):
        assert time.monotonic() < end, "the readers wait in vain"
        time.sleep(0.05)
