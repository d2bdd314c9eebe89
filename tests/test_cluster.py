"""A Dask cluster builds the index that this machine builds, byte for byte, whatever becomes of its workers."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from fakes import LetterEmbedder

from assistant import Settings, build_index
from assistant.embedder import Embedder
from assistant.errors import BuildError

CORPUS = Path(__file__).parents[1] / "corpus"


class Dask:
    """A scheduler and workers on this machine, in processes of their own that are started anew when they die."""

    def __init__(self, folder: Path, workers: int) -> None:
        self._file = folder / "scheduler.json"
        here = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(self._file)]
        nanny = ["--nworkers", str(workers), "--nthreads", "1", "--local-directory", str(folder)]
        self._processes = [
            self._start("scheduler", *here, "--port", "0"),
            self._start("worker", *here, *nanny) if workers else None,
        ]
        end = time.monotonic() + 240
        while not self._file.exists() and time.monotonic() < end:
            time.sleep(0.1)
        self.address = json.loads(self._file.read_text())["address"]

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def kill_one(self) -> None:
        """End one worker at once, as want of memory would."""
        from distributed import Client

        with Client(self.address, timeout=60, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            pids: list[int] = []
            while not pids:  # one that was just killed does not answer
                pids = [pid for pid in client.run(os.getpid, on_error="ignore").values() if isinstance(pid, int)]
            os.kill(random.choice(pids), signal.SIGKILL)

    def stop(self) -> None:
        for process in self._processes:
            if process:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def dask(folder: Path, workers: int) -> Iterator[Dask]:
    pytest.importorskip("distributed", reason="a Dask cluster needs: pip install '.[dask]'")
    running = Dask(folder, workers)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten real documents, one of them unreadable."""
    folder = tmp_path_factory.mktemp("cluster") / "corpus"
    folder.mkdir()
    for path in sorted(CORPUS.iterdir(), key=lambda path: path.stat().st_size)[:10]:
        shutil.copy(path, folder)
    (folder / "broken.docx").write_bytes(b"PK\3\4 this is no document")
    return folder


@pytest.fixture(scope="module")
def local(corpus: Path, embedder: Embedder) -> dict[str, bytes]:
    build_index(corpus, corpus.parent / "local", embedder=embedder)
    return files(corpus.parent / "local")


def files(index: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (index / "generations" / "00000001").iterdir()}


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_index_is_the_same_though_two_workers_are_killed(
    corpus: Path, local: dict[str, bytes], embedder: Embedder, tmp_path: Path, workers: int
) -> None:
    kills = {("reading", random.randint(0, 8)), ("embedding", 0)}
    killed = []
    with dask(tmp_path, workers) as cluster:

        def kill_some(stage: str, done: int, total: int) -> None:
            if (stage, done) in kills:
                cluster.kill_one()
                killed.append(stage)

        settings = Settings(workers=cluster.address)
        report = build_index(corpus, tmp_path / "index", embedder=embedder, settings=settings, progress=kill_some)
    assert sorted(killed) == ["embedding", "reading"]
    assert files(tmp_path / "index") == local
    assert [item.document for item in report.failed] == ["broken.docx"]
    assert report.embedded == report.chunks > 64


def test_a_scheduler_without_workers_or_none_is_told(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.cluster._SECONDS", 1.0)
    with dask(tmp_path, 0) as cluster:
        address = cluster.address
        for _ in ("no workers", "no scheduler"):
            with pytest.raises(BuildError, match=f"{address}.*start them"):
                build_index(corpus, tmp_path / "index", embedder=LetterEmbedder(), settings=Settings(workers=address))
            cluster.stop()
