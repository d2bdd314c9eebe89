"""A small model of our own that reads a question and a passage together and tells where the answer stands, if it does.

all-MiniLM-L6-v2 trained further as a cross-encoder with one logit a token (``tests/benchmarks/train_reader.py``,
figures in tests/benchmarks/LOG.md), in int8. It reads English.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.embedder import tokenizer_file
from assistant.onnx_model import OnnxModel

FILE = "reader.int8.onnx"
SHA256 = "da20e7d2e0fbb78b2e2cc4cf5c656ae7f88b55bd45370de03010f60be6a33278"
MAX_TOKENS = 256
QUESTION_TOKENS = 64

Logits = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model says of one passage: a logit for each token's place in it, and one for "not here"."""

    places: NDArray[np.int64]
    logits: Logits
    absent: float

    @property
    def passage(self) -> float:
        """Log-odds that the passage answers the question."""
        return _total(self.logits) - self.absent

    def span(self, start: int, end: int) -> float:
        """Log-odds that the answer begins or lies in the passage's characters from ``start`` to ``end``."""
        inside = (self.places >= start) & (self.places < end)
        if not inside.any():
            return -FAR
        rest = _total(np.append(self.logits[~inside], self.absent))
        return max(-FAR, _total(self.logits[inside]) - rest)


FAR = 12.0
"""Log-odds beyond which nothing is told apart."""


def understands(text: str) -> bool:
    """Tell whether a text is in letters that the reader was trained on."""
    letters = [char for char in text if char.isalpha()]
    return sum(char.isascii() for char in letters) > 0.8 * len(letters)


class Reader:
    """Reads passages for a question; safe to use from several threads."""

    def __init__(self, threads: int = 0) -> None:
        """Load the checked file and the tokenizer; ``threads`` 0 takes all cores. Raises ModelError."""
        from tokenizers import Tokenizer

        self._model = OnnxModel(FILE, SHA256, threads)
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer_file()))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._first, self._between = (self._tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Read (title, text) pairs; the end of a text beyond the model's window is not read."""
        asked = self._tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS]
        head = [self._first, *asked, self._between]
        room = MAX_TOKENS - len(head) - 1
        prefixes = [f"{title}\n" if title else "" for title, _ in passages]
        encoded = self._tokenizer.encode_batch(
            [prefix + text for prefix, (_, text) in zip(prefixes, passages, strict=True)], add_special_tokens=False
        )
        rows = [[*head, *item.ids[:room], self._between] for item in encoded]
        logits = self._run(rows, len(head))
        return [
            _reading(item.offsets[:room], row[len(head) :], float(row[0]), len(prefix))
            for item, row, prefix in zip(encoded, logits, prefixes, strict=True)
        ]

    def _run(self, rows: list[list[int]], first: int) -> list[Logits]:
        inputs = []
        for row in rows:
            ids = np.array([row], dtype=np.int64)
            segments = np.ones_like(ids)
            segments[:, :first] = 0
            inputs.append({"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": segments})
        return [logits.astype(np.float64) for logits in self._model.run(inputs)]


def _reading(offsets: Sequence[tuple[int, int]], logits: Logits, absent: float, prefix: int) -> Reading:
    places = np.array([start - prefix for start, _ in offsets], dtype=np.int64)
    own = places >= 0
    return Reading(places[own], logits[: len(places)][own], absent)


def _total(logits: Logits) -> float:
    if not len(logits):
        return -FAR
    highest = float(logits.max())
    return highest + float(np.log(np.exp(logits - highest).sum()))
