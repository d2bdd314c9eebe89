"""What finds chunks by vector and by words: a protocol, and its engine on one machine, FAISS with SQLite's FTS5.

An engine knows chunks by their numbers alone. Their texts, places and documents lie in the generation's records,
whichever engine found them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from assistant.embedder import Vectors
from assistant.errors import IndexDamaged, SettingsError
from assistant.lexical import WordIndex
from assistant.vectors import Numbers, VectorIndex, blocks

LOCAL = "faiss"
"""The address of the engine on one machine; its vectors lie in the generation's folder."""
VECTORS = "vectors.faiss"
"""The file that they lie in."""
_MILVUS = "milvus:"
_BLOCK = 4096


class Engine(Protocol):
    """Searches the chunks of one generation; safe to use from several threads.

    Every method raises VectorStoreUnavailable if a server that it needs doesn't answer.
    """

    @property
    def count(self) -> int:
        """How many vectors there are."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def numbers(self) -> Numbers:
        """Return the numbers of all chunks that have a vector, ascending."""
        ...

    def search_vectors(self, vector: Vectors, k: int, among: Numbers | None = None) -> list[tuple[int, float]]:
        """Return (number, inner product) of the ``k`` nearest chunks to a vector of shape (dimension,), best first.

        With ``among``, ascending numbers, only those chunks are searched.
        """
        ...

    def search_words(self, query: Sequence[str], k: int, among: Numbers | None = None) -> list[tuple[int, float]]:
        """Return (number, BM25 score) of the ``k`` chunks that best match any of the terms, best first."""
        ...

    def vectors(self, numbers: Sequence[int] | Numbers) -> Vectors:
        """Return the vectors of chunks, shape (len(numbers), dimension)."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class EngineWriter(Protocol):
    """Takes in the vectors of a new generation."""

    def add(self, numbers: Numbers, vectors: Vectors) -> None:
        """Add the vectors of new chunks, shape (len(numbers), dimension)."""
        ...

    def remove(self, numbers: Numbers) -> None:
        """Take the vectors of chunks away."""
        ...

    def finish(self, folder: Path, generation: int, numbers: Numbers, words: WordIndex) -> dict[str, Any]:
        """Make it ready to be searched, and return what the manifest must hold to find it again.

        ``numbers`` are those of all chunks, ascending; a base's vectors are taken over for those that were not added.
        """
        ...

    def publish(self) -> bool:
        """Have readers follow, once the generation's folder is published; whether they must look again for it."""
        ...

    def clean(self, kept: set[int]) -> None:
        """Drop what there is of all generations but those ``kept``."""
        ...


class FaissEngine:
    """FAISS and FTS5, in the generation's own files."""

    def __init__(self, folder: Path, words: WordIndex) -> None:
        """Load the vectors; raises IndexDamaged."""
        self._vectors = VectorIndex.read(folder / VECTORS)
        self._words = words

    @property
    def count(self) -> int:
        """How many vectors there are."""
        return self._vectors.count

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._vectors.dimension

    def numbers(self) -> Numbers:
        """Return the numbers of all chunks that have a vector, ascending."""
        return self._vectors.numbers

    def search_vectors(self, vector: Vectors, k: int, among: Numbers | None = None) -> list[tuple[int, float]]:
        """Return (number, inner product) of the ``k`` nearest chunks, best first."""
        return self._vectors.search(vector, k, among)

    def search_words(self, query: Sequence[str], k: int, among: Numbers | None = None) -> list[tuple[int, float]]:
        """Return (number, BM25 score) of the ``k`` chunks that best match any of the terms, best first."""
        return self._words.search(query, k, among)

    def vectors(self, numbers: Sequence[int] | Numbers) -> Vectors:
        """Return the vectors of chunks as they are kept, shape (len(numbers), dimension)."""
        return self._vectors.vectors(numbers)

    def copy(self) -> VectorIndex:
        """Return a copy of the vectors that may be changed."""
        return self._vectors.copy()

    def close(self) -> None:
        """Do nothing: memory is let go of by itself."""


class FaissWriter:
    """Fills a FAISS file."""

    def __init__(self, vectors: VectorIndex) -> None:
        """Start from vectors that may be changed."""
        self._vectors = vectors

    def add(self, numbers: Numbers, vectors: Vectors) -> None:
        """Add the vectors of new chunks, shape (len(numbers), dimension)."""
        self._vectors.add(numbers, vectors)

    def remove(self, numbers: Numbers) -> None:
        """Take the vectors of chunks away."""
        self._vectors.remove(numbers)

    def finish(self, folder: Path, generation: int, numbers: Numbers, words: WordIndex) -> dict[str, Any]:
        """Write the file; a manifest needs no more to find it."""
        if self._vectors.count != len(numbers):
            raise IndexDamaged(f"The build made {self._vectors.count} vectors for {len(numbers)} chunks; build again.")
        self._vectors.settle()
        self._vectors.write(folder / VECTORS)
        return {}

    def publish(self) -> bool:
        """Do nothing: the file is published with its folder."""
        return False

    def clean(self, kept: set[int]) -> None:
        """Do nothing: the file goes with its folder."""


def checked_address(address: str) -> str:
    """Return the address of an engine if it is one: ``faiss`` or ``milvus:…``; raises SettingsError."""
    place = address.removeprefix(_MILVUS)
    if address == LOCAL or (place != address and (place.startswith(("http://", "https://")) or place.endswith(".db"))):
        return address
    raise SettingsError(
        f"“{address}” is no vector store; give faiss, milvus:http://HOST:19530 or milvus:FILE.db (embedded)."
    )


def address_of(manifest: dict[str, Any]) -> str:
    """Return the address of the engine that a generation's vectors are in."""
    return str(manifest.get("milvus", {}).get("address", LOCAL))


def files_of(manifest: dict[str, Any]) -> set[str]:
    """Return which files the engine of a generation needs in its folder."""
    return set() if "milvus" in manifest else {VECTORS}


def open_engine(folder: Path, manifest: dict[str, Any], words: WordIndex) -> Engine:
    """Return the engine that searches a generation; raises IndexDamaged or VectorStoreUnavailable."""
    if "milvus" in manifest:
        from assistant.milvus import MilvusEngine

        return MilvusEngine(**manifest["milvus"])
    return FaissEngine(folder, words)


def open_writer(
    address: str, before: dict[str, Any], dimension: int, base: Engine | None, numbers: Numbers
) -> EngineWriter:
    """Return what fills an engine at an address from the base with its ``numbers``, if there is one.

    ``before`` is the manifest of the generation before, if any.
    """
    if checked_address(address) != LOCAL:
        from assistant.milvus import MilvusWriter

        return MilvusWriter(
            address, before.get("milvus", {}).get("alias", ""), dimension, base.vectors if base else None
        )
    if isinstance(base, FaissEngine):
        return FaissWriter(base.copy())
    vectors = VectorIndex(dimension)
    if base:
        for block in blocks(numbers, _BLOCK):
            vectors.add(block, base.vectors(block))
    return FaissWriter(vectors)
