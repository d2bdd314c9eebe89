"""The vectors of chunks in FAISS, in the kind of index that suits their number. The only module that imports faiss.

    FLAT    fp32, every vector compared         exact
    HALF    fp16, every vector compared         half the memory and time, the same neighbours
    LISTS   8 bits, the nearest lists compared  a quarter of the memory, milliseconds at a million

How many lists a search looks through (FAISS's nprobe) is measured when a build ends, and stands in the file.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from math import isqrt
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from assistant import disk
from assistant.embedder import Vectors
from assistant.errors import IndexDamaged

Numbers = NDArray[np.int64]
"""Numbers of chunks, shape (chunks,)."""

FLAT_UP_TO = 100_000
HALF_UP_TO = 300_000
STAYS_ABOVE = 0.8
"""A kind is given up for a simpler one only when no more vectors than this share of its threshold are left."""
RECALL = 0.98
"""What share of the true neighbours the lists must give, or they are not used."""
_NEAREST = 10
_PROBES = 200
_FEWEST_LISTS = 8
_TRAINING = 40
"""Vectors a list that the lists are made from; FAISS asks for 39."""
_BLOCK = 16_384
_SAME = 1e-5
"""Inner products that differ by less are the same."""
_CORES: int = faiss.omp_get_max_threads()


class Kind(IntEnum):
    """How vectors are kept."""

    FLAT = 0
    HALF = 1
    LISTS = 2


class VectorIndex:
    """One vector a chunk, by the chunk's number; searching is safe from several threads, changing is not."""

    def __init__(self, dimension: int) -> None:
        """Begin without any vector."""
        self._take(faiss.IndexIDMap2(faiss.IndexFlatIP(dimension)))

    @classmethod
    def _of(cls, index: Any) -> "VectorIndex":  # noqa: ANN401 - faiss is untyped
        new = cls.__new__(cls)
        new._take(index)
        return new

    def _take(self, index: Any) -> None:  # noqa: ANN401 - as above
        self._index = index
        self._settled_count, self._settled_kind = self.count, self.kind

    @classmethod
    def read(cls, path: Path) -> "VectorIndex":
        """Read a file into memory; raises IndexDamaged."""
        try:
            faiss.set_deserialization_vector_byte_limit(path.stat().st_size)
            return cls._of(faiss.read_index(str(path)))
        except (RuntimeError, OSError, ValueError) as error:
            raise IndexDamaged(f"The index file “{path}” can't be read; run: assistant build --rebuild") from error

    def write(self, path: Path) -> None:
        """Write a file and have it on the disk before this returns."""
        with disk.writing(path) as file:
            faiss.write_index(self._index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]

    def copy(self) -> "VectorIndex":
        """Return a copy that may be changed."""
        return self._of(faiss.clone_index(self._index))

    @property
    def count(self) -> int:
        """How many vectors there are."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    @property
    def kind(self) -> Kind:
        """How the vectors are kept."""
        return _kind(self._index)

    @property
    def probes(self) -> tuple[int, int]:
        """How many lists a search looks through, and of how many; (0, 0) where every vector is compared."""
        return (self._index.nprobe, self._index.nlist) if self.kind is Kind.LISTS else (0, 0)

    @property
    def numbers(self) -> Numbers:
        """The numbers of all chunks, ascending."""
        if self.kind is not Kind.LISTS:
            return np.sort(faiss.vector_to_array(self._index.id_map))
        lists = self._index.invlists
        held = [
            faiss.rev_swig_ptr(lists.get_ids(place), size)
            for place in range(self._index.nlist)
            if (size := lists.list_size(place))
        ]
        return np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *held]))

    def vectors(self, numbers: Sequence[int] | Numbers) -> Vectors:
        """Return the vectors of chunks as they are kept, shape (len(numbers), dimension)."""
        found: Vectors = self._index.reconstruct_batch(np.asarray(numbers, dtype=np.int64))
        return found

    def add(self, numbers: Numbers, vectors: Vectors) -> None:
        """Add the vectors of new chunks, shape (len(numbers), dimension)."""
        if self.kind is Kind.FLAT and _suited(self.count + len(numbers)) is not Kind.FLAT:
            self._index = self._compared(Kind.HALF)
        with _all_cores():
            self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), numbers)

    def remove(self, numbers: Numbers) -> None:
        """Take the vectors of chunks away."""
        if len(numbers):
            self._index.remove_ids(numbers)

    def search(self, vector: Vectors, k: int, among: Numbers | None = None) -> list[tuple[int, float]]:
        """Return (number, inner product) of the ``k`` nearest chunks to a vector of shape (dimension,), best first.

        With ``among`` only those chunks are searched, and each of them is compared, whatever the kind.
        """
        most = self.count if among is None else len(among)
        if not most:
            return []
        faiss.omp_set_num_threads(1)  # holds for this thread only; more make a single search slower
        scores, numbers = self._index.search(vector.reshape(1, -1), min(k, most), params=self._only(among))
        return [(int(n), float(s)) for n, s in zip(numbers[0], scores[0], strict=True) if n >= 0]

    def settle(self) -> None:
        """Take on the kind that suits the number of vectors; a build ends with this."""
        kind = max(_suited(self.count), min(self.kind, _suited(int(self.count / STAYS_ABOVE))))
        with _all_cores():
            if kind is Kind.LISTS:
                self._settle_in_lists()
            elif kind is not self.kind:
                self._index = self._compared(kind)
        self._take(self._index)

    def _settle_in_lists(self) -> None:
        """Take on lists that give enough of the true neighbours, or else HALF.

        Lists are made when the threshold is crossed, when the vectors have doubled since, and when those there are do
        not give enough any more; where HALF was found better, that holds until the vectors have doubled.
        """
        before = self._settled_kind is Kind.LISTS or self._settled_count > HALF_UP_TO
        held = before and _doublings(self.count) <= _doublings(self._settled_count)
        if held and (self.kind is Kind.HALF or self._calibrate(self._index)):
            return
        lists = self._in_lists()
        if self._calibrate(lists):
            self._index = lists
        elif self.kind is not Kind.HALF:
            self._index = self._compared(Kind.HALF)

    def _only(self, among: Numbers | None) -> Any:  # noqa: ANN401 - faiss is untyped
        if among is None:
            return None
        only = faiss.IDSelectorBatch(among)
        if self.kind is Kind.LISTS:
            return _probing(self._index.nlist, only)
        return faiss.SearchParameters(sel=only)  # type: ignore[call-arg]

    def _compared(self, kind: Kind) -> Any:  # noqa: ANN401 - as above
        """Return a FAISS index of kind FLAT or HALF with these vectors."""
        new = faiss.IndexIDMap2(
            faiss.IndexFlatIP(self._index.d)
            if kind is Kind.FLAT
            else faiss.IndexScalarQuantizer(self._index.d, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        )
        return self._filled(new)

    def _in_lists(self) -> Any:  # noqa: ANN401 - as above
        """Return a FAISS index of kind LISTS with these vectors."""
        lists, numbers = 4 * isqrt(self.count), self.numbers
        new = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(self._index.d),
            self._index.d,
            lists,
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
        )
        new.cp.spherical = True
        new.train(self.vectors(_spread(numbers, lists * _TRAINING)))
        new.set_direct_map_type(faiss.DirectMap.Hashtable)  # type: ignore[attr-defined]
        return self._filled(new)

    def _filled(self, new: Any) -> Any:  # noqa: ANN401 - as above
        """Return the new FAISS index with these vectors in it, added block by block."""
        numbers = self.numbers
        for block in blocks(numbers, _BLOCK):
            new.add_with_ids(self.vectors(block), block)
        return new

    def _calibrate(self, lists: Any) -> bool:  # noqa: ANN401 - as above
        """Set how many lists are searched: the fewest that give enough neighbours. False if even a quarter does not.

        Questions are vectors spread evenly over these, the truth is the search of all of these; that a vector finds
        itself does not count, and one that is as near as the last true neighbour is as good.
        """
        asked = _spread(self.numbers, _PROBES)
        questions = self.vectors(asked)
        true = self._products(questions, _others(self._index, questions, asked))
        probes = _FEWEST_LISTS
        while probes <= lists.nlist // 4:
            found = self._products(questions, _others(lists, questions, asked, probes))
            if float((found >= true.min(axis=1, keepdims=True) - _SAME).mean()) >= RECALL:
                lists.nprobe = probes
                return True
            probes *= 2
        return False

    def _products(self, questions: Vectors, found: Numbers) -> Vectors:
        """Return the inner products of what each question found, shape of ``found``; -inf where it found nothing."""
        products = np.full(found.shape, -np.inf, dtype=np.float32)
        row, place = np.nonzero(found >= 0)
        products[row, place] = np.einsum("nd,nd->n", questions[row], self.vectors(found[row, place]))
        return products


def blocks(numbers: Numbers, size: int) -> Iterator[Numbers]:
    """Yield the numbers, ``size`` at a time."""
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


def _kind(index: Any) -> Kind:  # noqa: ANN401 - faiss is untyped
    if isinstance(index, faiss.IndexIVFScalarQuantizer):
        return Kind.LISTS
    inner = faiss.downcast_index(index.index) if isinstance(index, faiss.IndexIDMap2) else None
    if isinstance(inner, faiss.IndexFlatIP):
        return Kind.FLAT
    if isinstance(inner, faiss.IndexScalarQuantizer):
        return Kind.HALF
    raise ValueError(f"{type(index).__name__} is none of the kinds kept here")


def _suited(count: int) -> Kind:
    return Kind((count > FLAT_UP_TO) + (count > HALF_UP_TO))


def _doublings(count: int) -> int:
    """Return how often the vectors have doubled since lists suit them."""
    return max(1, (count // HALF_UP_TO).bit_length())


def _spread(numbers: Numbers, most: int) -> Numbers:
    """Return at most so many of the numbers, evenly spread."""
    spread: Numbers = numbers[np.linspace(0, len(numbers) - 1, min(len(numbers), most)).astype(np.int64)]
    return spread


def _probing(probes: int, only: Any = None) -> Any:  # noqa: ANN401 - as above
    return faiss.SearchParametersIVF(nprobe=probes, sel=only)  # type: ignore[call-arg]


def _others(index: Any, questions: Vectors, asked: Numbers, probes: int = 0) -> Numbers:  # noqa: ANN401 - as above
    """Return the nearest chunks to each question but the one asked, shape (questions, 10), -1 where there is none.

    With ``probes`` 0 every vector is compared.
    """
    params = _probing(probes or index.nlist) if isinstance(index, faiss.IndexIVF) else None
    _, numbers = index.search(questions, _NEAREST + 1, params=params)
    order = np.argsort(numbers == asked[:, None], axis=1, kind="stable")
    others: Numbers = np.take_along_axis(numbers, order, axis=1)[:, :_NEAREST]
    return others


@contextmanager
def _all_cores() -> Iterator[None]:
    faiss.omp_set_num_threads(_CORES)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(1)
