"""The int8 ONNX form of all-MiniLM-L6-v2, run by onnxruntime: no PyTorch, so a question waits for no import.

Made from the published weights by ``tests/benchmarks/quantise_embedder.py`` (figures in tests/benchmarks/LOG.md).
"""

from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelError
from assistant.store import file_sha256

FILE = "all-MiniLM-L6-v2.int8.onnx"
SHA256 = "e4f3379b0d01ef24b5125230e02eaf6e9a54464812ddf07c36230ebba9f9cef8"
DIMENSION = 384
MAX_TOKENS = 256


def open_session(file: str, sha256: str, threads: int) -> Any:  # noqa: ANN401 - the library is untyped
    """Return an ONNX session of a model of this package; ``threads`` 0 takes all cores.

    Raises ModelError if the file is missing or altered.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    with as_file(files("assistant") / "weights" / file) as path:
        if not path.is_file() or file_sha256(path) != sha256:
            raise ModelError(f"The model file {file} is missing or altered; install the assistant again.")
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


class OnnxEncoder:
    """Tokenises and encodes a batch of texts; safe to use from several threads."""

    def __init__(self, tokenizer_file: Path, threads: int) -> None:
        """Load the checked file and a tokenizer; ``threads`` 0 takes all cores. Raises ModelError."""
        from tokenizers import Tokenizer

        self._session = open_session(FILE, SHA256, threads)
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer_file))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()

    def tokens(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return token ids and attention mask, each of shape (texts, longest text's tokens)."""
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([item.ids for item in encoded], dtype=np.int64)
        return ids, np.array([item.attention_mask for item in encoded], dtype=np.int64)

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return one unit vector a row of tokens, shape (texts, 384)."""
        vectors: NDArray[np.float32] = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return vectors
