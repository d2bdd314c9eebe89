"""What all tests share: no connection to anywhere but this machine, and an index of the real corpus built once."""

import os

for _variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
    os.environ[_variable] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant, BuildReport, build_index
from assistant.embedder import Embedder, open_embedder

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "corpus"
_HERE = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "", None}


reached: list[str] = []
"""What was tried to be reached outside, kept because a server's thread may swallow the error."""


class OutsideConnection(AssertionError):
    """A test tried to reach another machine."""


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
        if host not in _HERE:
            _refuse(f"a connection to {address}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]
        if host not in _HERE:
            _refuse(f"a look-up of {host}")


def _refuse(what: str) -> None:
    reached.append(what)
    raise OutsideConnection(what)


sys.addaudithook(_guard)


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real model."""
    return open_embedder()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> tuple[Path, BuildReport]:
    """An index of the real corpus, and the report of its build."""
    folder = tmp_path_factory.mktemp("built") / "index"
    return folder, build_index(CORPUS, folder, embedder=embedder)


@pytest.fixture(scope="session")
def bot(built: tuple[Path, BuildReport], embedder: Embedder) -> Iterator[Assistant]:
    """The assistant over the real corpus."""
    with Assistant.open(built[0], embedder=embedder) as assistant:
        yield assistant
