"""Reads files in worker processes: a crash, a hang or a want of memory costs the file that caused it, and no other.

Workers live on from file to file and are replaced when they fail. What comes back is plain JSON, never
pickled objects, so that a reader which a document has taken over can send nothing but text.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Self

from assistant.errors import LoadError
from assistant.loaders import with_language
from assistant.onnx_model import processors
from assistant.sandbox import Limits
from assistant.schema import Document

_START = (
    "import json, sys; order = json.loads(sys.stdin.buffer.readline()); sys.path[:] = order['modules']; "
    "from assistant.worker import main; main(order)"
)
_MAX_ANSWER = 500_000_000
_MAX_WORKERS = 4
_PATIENCE = 3
_ENDING = 5
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TESSDATA_PREFIX", "SYSTEMROOT", "DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH")
_SINGLE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}


Read = Callable[[Sequence[tuple[Path, str]]], Iterator[list[Document] | LoadError]]
"""Yields, in the order of the files (path, id), the documents of each, or why it can't be read."""


def parse(
    files: Sequence[tuple[Path, str]], limits: Limits | None = None, workers: int = 0
) -> Iterator[list[Document] | LoadError]:
    """Yield, in the order of ``files`` (path, id), the documents of each, or why it can't be read.

    ``workers`` is the number of processes; 0 means one a processor, at most four.
    """
    if not files:
        return
    count = min(workers or min(processors(), _MAX_WORKERS), len(files))
    with _Pool(limits or Limits()) as pool, ThreadPoolExecutor(count) as threads:
        try:
            yield from threads.map(pool.read, *zip(*files, strict=True))
        finally:
            pool.stop()
            threads.shutdown(cancel_futures=True)


def read_content(id: str, content: bytes, limits: Limits) -> dict[str, Any]:
    """Read a file that was sent to this machine, as ``read_file`` does."""
    with tempfile.TemporaryDirectory(prefix="assistant-") as folder:
        path = Path(folder) / f"file{Path(id).suffix}"
        path.write_bytes(content)
        return read_file(path, id, limits)


def read_file(path: Path, id: str, limits: Limits) -> dict[str, Any]:
    """Return a file's ``documents``, or the ``reason`` why it can't be read, as JSON values.

    It is read by a process of its own within limits, which lives on for the next file.
    """
    result = _pool(limits).read(path, id)
    if isinstance(result, LoadError):
        return {"reason": str(result)}
    return {"documents": [document.to_dict() for document in result]}


@cache
def _pool(limits: Limits) -> "_Pool":
    return _Pool(limits)


class _Pool:
    """Workers that are free, and those that are there at all; safe to use from several threads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free: SimpleQueue[_Worker] = SimpleQueue()
        self._all: list[_Worker] = []
        self._lock = threading.Lock()
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End all workers and what they have started."""
        with self._lock:
            self._stopped = True
            workers, self._all = self._all, []
        for worker in workers:
            worker.close()

    def read(self, path: Path, id: str) -> list[Document] | LoadError:
        """Return the documents of a file, or why it can't be read."""
        try:
            worker = self._free.get_nowait()
        except Empty:
            worker = self._start()
        try:
            documents = worker.read(path, id)
        except LoadError as error:
            return error
        finally:
            if worker.usable:
                self._free.put(worker)
            else:
                worker.close()
        return documents

    def _start(self) -> "_Worker":
        with self._lock:
            if self._stopped:
                raise LoadError("the build was stopped")
            worker = _Worker(self._limits)
            self._all = [one for one in self._all if one.usable] + [worker]
        return worker


class _Worker:
    """A worker process, its scratch folder, and the line to it."""

    def __init__(self, limits: Limits) -> None:
        self.usable = True
        self._limits = limits
        self._late = False
        self._closed = False
        self._scratch = Path(tempfile.mkdtemp(prefix="assistant-"))
        self._errors = open(self._scratch / "errors.txt", "wb")
        home = {"HOME": str(self._scratch), "TMPDIR": str(self._scratch), "TEMP": str(self._scratch)}
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=self._scratch,
            env={name: os.environ[name] for name in _KEPT if name in os.environ} | home | _SINGLE,
            start_new_session=True,
        )
        modules = [os.path.abspath(place) for place in sys.path]
        self._send({"modules": modules, "scratch": str(self._scratch), "limits": asdict(limits)})

    def read(self, path: Path, id: str) -> list[Document]:
        """Return the documents of a file; raises LoadError, and is of no more use if the process failed."""
        self._late = False
        end = threading.Timer(self._limits.longest, self._overdue)
        end.daemon = True
        end.start()
        try:
            self._send({"path": str(path.absolute()), "id": id})
            answer = self._answer()
        finally:
            end.cancel()
        if answer is None:
            raise LoadError(f"{id}: {self._cause()}")
        self.usable = not answer.get("last", True)
        if "reason" in answer:
            raise LoadError(str(answer["reason"]))
        try:
            return [with_language(Document.from_dict(values)) for values in answer["documents"]]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.usable = False
            raise LoadError(f"{id}: its reader gave an answer that makes no sense: leave it out") from error

    def close(self) -> None:
        """End the process and all that it has started, and remove its scratch folder."""
        self.usable = False
        if self._closed:
            return
        self._closed = True
        self._kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream:
                with suppress(OSError):  # what was still to be sent to a process that is gone
                    stream.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            self.usable = False

    def _answer(self) -> dict[str, Any] | None:
        """Return the next answer; None if the process has ended, or had to be ended, without one."""
        assert self._process.stdout
        while True:
            patience = threading.Timer(_PATIENCE * self._limits.seconds, self._overdue)
            patience.daemon = True
            patience.start()
            try:
                line = self._process.stdout.readline(_MAX_ANSWER)
            finally:
                patience.cancel()
            try:
                message = json.loads(line)
            except ValueError:
                self.usable = False
                return None
            if not isinstance(message, dict) or "alive" not in message:
                return message if isinstance(message, dict) else {}

    def _overdue(self) -> None:
        self._late = True
        self._kill()

    def _kill(self) -> None:
        """End the process and those that it has started, even if it has ended already."""
        if sys.platform == "win32":
            self._process.kill()
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _cause(self) -> str:
        """Return why the process ended without an answer, and what can be done."""
        try:
            code = self._process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            self._kill()
            code = self._process.wait()
        if self._late or (sys.platform != "win32" and code == -signal.SIGXCPU):
            return f"reading it takes more than {self._limits.seconds} seconds: split it or save it anew"
        if sys.platform != "win32" and code == -signal.SIGKILL:
            return "the system ended its reader, most likely for want of memory: split it"
        if code < 0:
            return "its reader crashed: open it in the program that made it and save it anew"
        last = (self._scratch / "errors.txt").read_text("utf-8", "replace").strip().rsplit("\n", 1)[-1]
        if last.startswith("MemoryError"):
            return f"reading it takes more than {self._limits.memory // 1_000_000} MB of memory: split it"
        if last.startswith("subprocess.TimeoutExpired"):
            return "a helper program takes too long over it: save it anew, or as PDF"
        return f"its reader failed ({last[:200] or 'without a word'}): save it anew in the program that made it"
