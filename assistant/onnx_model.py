"""An ONNX file of this package, checked by its SHA-256 and run by onnxruntime: no PyTorch, so no question waits for it.

Each text is run alone, on one thread, as many at a time as there are cores: what is found for a text does not depend
on the texts beside it (int8 models round by the largest value of a batch), nothing is padded, and it is faster than
batches on all threads (figures in tests/benchmarks/LOG.md).
"""

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import as_file, files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelError
from assistant.store import model_sha256

Inputs = dict[str, NDArray[Any]]
"""A text's input arrays by name, each of shape (1, tokens) or, for vectors of tokens, (1, tokens, dimension)."""


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


class OnnxModel:
    """A session of one model file; safe to use from several threads."""

    def __init__(self, file: str, sha256: str, threads: int) -> None:
        """Load the file; ``threads`` 0 takes all cores. Raises ModelError if the file is missing or altered."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        with as_file(files("assistant") / "weights" / file) as path:
            if not path.is_file() or model_sha256(path) != sha256:
                raise ModelError(f"The model file {file} is missing or altered; install the assistant again.")
            self._session: Any = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._pool = ThreadPoolExecutor(threads or processors(), thread_name_prefix=file)

    def run(self, texts: Sequence[Inputs]) -> list[NDArray[np.float32]]:
        """Return the first row of the first output for each text."""
        return [self._alone(text) for text in texts] if len(texts) == 1 else list(self._pool.map(self._alone, texts))

    def _alone(self, text: Inputs) -> NDArray[np.float32]:
        row: NDArray[np.float32] = self._session.run(None, text)[0][0]
        return row
