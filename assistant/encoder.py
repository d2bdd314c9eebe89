"""The int8 ONNX form of all-MiniLM-L6-v2: tokens to vectors.

Made from the published weights by ``tests/benchmarks/quantise_embedder.py`` (figures in tests/benchmarks/LOG.md).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.onnx_model import OnnxModel

FILE = "all-MiniLM-L6-v2.int8.onnx"
SHA256 = "e4f3379b0d01ef24b5125230e02eaf6e9a54464812ddf07c36230ebba9f9cef8"
DIMENSION = 384
MAX_TOKENS = 256


class OnnxEncoder:
    """Tokenises and encodes texts; safe to use from several threads."""

    def __init__(self, tokenizer_file: Path, threads: int) -> None:
        """Load the checked file and a tokenizer; ``threads`` 0 takes all cores. Raises ModelError."""
        from tokenizers import Tokenizer

        self._model = OnnxModel(FILE, SHA256, threads)
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer_file))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Return each text's token ids."""
        return [np.array(item.ids, dtype=np.int64) for item in self._tokenizer.encode_batch(list(texts))]

    def run(self, tokens: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Return one unit vector a text, shape (texts, 384)."""
        if not tokens:
            return np.zeros((0, DIMENSION), dtype=np.float32)
        rows = [{"input_ids": ids[None], "attention_mask": np.ones_like(ids[None])} for ids in tokens]
        return np.stack(self._model.run(rows))
