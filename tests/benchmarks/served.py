"""Starts `assistant chat` in a process of its own, and asks it over HTTP as any program would."""

import json
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Chat:
    """A running chat: its address, and when its process was started and began to listen (time.perf_counter)."""

    def __init__(self, port: int, started: float, listening: float) -> None:
        self.address = f"http://127.0.0.1:{port}/"
        self.started = started
        self.listening = listening

    def fetch(self, path: str) -> str:
        """Return what a path answers."""
        with urllib.request.urlopen(self.address + path, timeout=300) as response:
            return str(response.read().decode())

    def wait(self) -> None:
        """Return when the documents are open."""
        while not json.loads(self.fetch("web/state"))["ready"]:
            time.sleep(0.1)

    def call(self, name: str, *data: object) -> tuple[Any, float]:
        """Return what an endpoint answers, and the seconds until it began to."""
        asked = time.perf_counter()
        request = urllib.request.Request(
            f"{self.address}gradio_api/call/{name}",
            json.dumps({"data": data}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=300) as response:
            event = json.loads(response.read())["event_id"]
        value, kind, first = None, "", 0.0
        with urllib.request.urlopen(f"{self.address}gradio_api/call/{name}/{event}", timeout=300) as stream:
            for line in stream:
                field, _, text = line.decode().strip().partition(": ")
                if field == "event":
                    kind = text
                elif field == "data" and kind in ("generating", "complete", "error"):
                    first = first or time.perf_counter() - asked
                    if kind == "error":
                        raise RuntimeError(f"{name}: {text}")
                    value = (json.loads(text) or [value])[0]
        return value, first

    def megabytes(self) -> float:
        """Return the process's resident memory."""
        found = re.search(r"^process_resident_memory_bytes (\S+)", self.fetch("metrics"), re.MULTILINE)
        return float(found[1]) / 1e6 if found else 0.0


@contextmanager
def chat(corpus: Path, index: Path) -> Iterator[Chat]:
    """Serve the chat inside the ``with``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    command = [sys.executable, "-m", "assistant", "chat", "--port", str(port)]
    said = tempfile.TemporaryFile()
    process = subprocess.Popen([*command, "--corpus", str(corpus), "--index", str(index)], stdout=said, stderr=said)
    try:
        while not _listens(port):
            if process.poll() is not None:
                said.seek(0)
                raise RuntimeError(said.read().decode())
            time.sleep(0.005)
        yield Chat(port, started, time.perf_counter())
    finally:
        process.terminate()
        process.wait()
        said.close()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
