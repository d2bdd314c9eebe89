"""An ONNX file of this package, checked by its SHA-256 and run by onnxruntime: no PyTorch, so no question waits for it.

Each text is run alone, on one thread, as many at a time as there are cores: what is found for a text does not depend
on the texts beside it (int8 models round by the largest value of a batch), nothing is padded, and it is faster than
batches on all threads (figures in tests/benchmarks/LOG.md).
"""

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import as_file, files
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelError
from assistant.store import model_sha256

T = TypeVar("T")
R = TypeVar("R")
Inputs = dict[str, NDArray[Any]]
"""A text's input arrays by name, each of shape (1, tokens) or, for vectors of tokens, (1, tokens, dimension)."""
_sessions: WeakValueDictionary[str, Any] = WeakValueDictionary()
"""Sessions in use, by their files' SHA-256: several assistants in one process share them."""
_loading = Lock()


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


class OnnxModel:
    """A session of one model file; safe to use from several threads."""

    def __init__(self, file: str, sha256: str, threads: int) -> None:
        """Load the file; ``threads`` 0 takes all cores. Raises ModelError if the file is missing or altered."""
        self._session = _session(file, sha256)
        self._pool = ThreadPoolExecutor(threads or processors(), thread_name_prefix=file)

    def run(self, texts: Sequence[Inputs]) -> list[NDArray[np.float32]]:
        """Return the first row of the first output for each text."""
        return self.each(self.alone, texts)

    def each(self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Return what comes of each item, as many worked on at a time as there are cores."""
        return [work(item) for item in items] if len(items) == 1 else list(self._pool.map(work, items))

    def alone(self, text: Inputs) -> NDArray[np.float32]:
        """Return the first row of the first output for a text."""
        row: NDArray[np.float32] = self._session.run(None, text)[0][0]
        return row


def _session(file: str, sha256: str) -> Any:  # noqa: ANN401 - the library is untyped
    import onnxruntime

    with _loading:
        if session := _sessions.get(sha256):
            return session
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        with as_file(files("assistant") / "weights" / file) as path:
            if not path.is_file() or model_sha256(path) != sha256:
                raise ModelError(f"The model file {file} is missing or altered; install the assistant again.")
            session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        _sessions[sha256] = session
        return session
