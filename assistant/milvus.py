"""The engine on Milvus: dense vectors and BM25 there, texts and places here. The only module that imports pymilvus.

A collection belongs to one generation and never changes once it is published; its name ends with the generation's
number and the SHA-256 of its records, so that vectors and texts of two generations can't be mixed. The index's alias
names the collection that readers follow. Words are sent as sparse vectors that hold the BM25 score of each term as
SQLite counts it: the inner product with a question's terms is the score that the engine on one machine gives.
"""

import logging
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from assistant.embedder import Vectors
from assistant.errors import IndexDamaged, SettingsError, VectorStoreUnavailable
from assistant.lexical import WordIndex
from assistant.store import RECORDS, file_sha256
from assistant.vectors import FLAT_UP_TO, Numbers, blocks

_NUMBER, _VECTOR, _WORDS = "number", "vector", "words"
_AT_ONCE = 1000
"""Rows a request; 1,000 of 384 numbers and some hundred words are 3 MB, and Milvus takes 64."""
_SECONDS = 30.0
_UNREACHABLE = 2
"""Milvus' code for a server that can't be reached."""
_GRPC = {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1000,
}
"""A server that is back is found again within a second; by default gRPC waits up to two minutes."""
_NOTHING = {0: 1e-9}
"""The words of a chunk that has none; no term has the number 0."""

Known = Callable[[Numbers], Vectors]
"""Returns the vectors that an earlier generation has of chunks, shape (numbers, dimension)."""
Found = TypeVar("Found")


class MilvusEngine:
    """Searches the collection of one generation."""

    def __init__(self, address: str, alias: str, collection: str) -> None:
        """Load the collection; raises VectorStoreUnavailable, or IndexDamaged if it isn't there."""
        self._address = address
        self._collection = collection
        self._client = _client(address)
        with _told(address):
            if not self._client.has_collection(collection):
                self._client.close()
                raise _gone(address, collection)
            self._client.load_collection(collection, timeout=_SECONDS)
            self.count = _count(self._client, collection)
            self.dimension = _dimension(self._client, collection)

    def numbers(self) -> Numbers:
        """Return the numbers of all chunks that have a vector, ascending."""
        return self._asked(self._all_numbers)

    def search_vectors(self, vector: Vectors, k: int, among: Numbers | None = None) -> list[tuple[int, float]]:
        """Return (number, inner product) of the ``k`` nearest chunks, best first."""
        return self._search(_VECTOR, np.asarray(vector, dtype=np.float32), k, among)

    def search_words(self, query: Sequence[str], k: int, among: Numbers | None = None) -> list[tuple[int, float]]:
        """Return (number, BM25 score) of the ``k`` chunks that best match any of the terms, best first."""
        terms = {_term(term): float(times) for term, times in Counter(query).items()}
        return self._search(_WORDS, terms, k, among) if terms else []

    def vectors(self, numbers: Sequence[int] | Numbers) -> Vectors:
        """Return the vectors of chunks, shape (len(numbers), dimension)."""
        wanted = [int(number) for number in numbers]
        found: dict[int, Any] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            found |= self._asked(partial(self._held, wanted[start : start + _AT_ONCE]))
        if missing := [number for number in wanted if number not in found]:
            raise _gone(self._address, f"{self._collection} with chunk {missing[0]}")
        return np.array([found[number] for number in wanted], dtype=np.float32)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _all_numbers(self) -> Numbers:
        rows = self._client.query_iterator(
            self._collection, batch_size=_AT_ONCE, output_fields=[_NUMBER], timeout=_SECONDS
        )
        try:
            found = [row[_NUMBER] for part in iter(rows.next, []) for row in part]
        finally:
            rows.close()
        return np.sort(np.array(found, dtype=np.int64))

    def _held(self, numbers: list[int]) -> dict[int, Any]:
        fields = [_NUMBER, _VECTOR]
        rows = self._client.get(self._collection, ids=numbers, output_fields=fields, timeout=_SECONDS)
        return {row[_NUMBER]: row[_VECTOR] for row in rows}

    def _search(self, field: str, wanted: object, k: int, among: Numbers | None) -> list[tuple[int, float]]:
        most = min(k, self.count if among is None else len(among))
        if not most:
            return []
        hits = self._asked(
            lambda: self._client.search(
                self._collection,
                [wanted],
                anns_field=field,
                limit=most,
                filter="" if among is None else _filter(among),
                search_params={"metric_type": "IP"},
                timeout=_SECONDS,
            )
        )[0]
        found = [(int(hit[_NUMBER]), float(hit["distance"])) for hit in hits]
        return sorted(found, key=lambda one: (-one[1], one[0]))

    def _asked(self, question: Callable[[], Found]) -> Found:
        """Return the answer; a server that was started anew may have to load the collection first."""
        from pymilvus import MilvusException

        with _told(self._address):
            try:
                return question()
            except MilvusException as error:
                if error.code == _UNREACHABLE:
                    raise
                if not self._client.has_collection(self._collection):
                    raise _gone(self._address, self._collection) from error
                self._client.load_collection(self._collection, timeout=_SECONDS)
                return question()


class MilvusWriter:
    """Fills the collection of a new generation, and points the alias at it."""

    def __init__(self, address: str, alias: str, dimension: int, known: Known | None) -> None:
        """Write to ``address`` for the index with that alias, an empty one makes a new; raises as ``_client`` does.

        ``known`` gives the vectors of the generation before.
        """
        self._address = address
        self._alias = alias or f"assistant_{uuid4().hex[:12]}"
        self._dimension = dimension
        self._known = known
        self._added: dict[int, NDArray[np.float32]] = {}
        self._collection = ""
        _client(address).close()

    def add(self, numbers: Numbers, vectors: Vectors) -> None:
        """Add the vectors of new chunks, shape (len(numbers), dimension)."""
        self._added |= dict(zip(numbers.tolist(), vectors, strict=True))

    def remove(self, numbers: Numbers) -> None:
        """Take the vectors of chunks away; the base's are taken over only for chunks that are left."""
        for number in numbers.tolist():
            self._added.pop(number, None)

    def finish(self, folder: Path, generation: int, numbers: Numbers, words: WordIndex) -> dict[str, Any]:
        """Fill a collection, load it, and return where it is; raises VectorStoreUnavailable or IndexDamaged."""
        self._collection = f"{self._alias}_{generation:08d}_{file_sha256(folder / RECORDS)[:12]}"
        with _connected(self._address) as client:
            self._create(client, len(numbers))
            scores = _scores(numbers, words)
            for block in blocks(numbers, _AT_ONCE):
                rows = zip(block.tolist(), self._vectors(block), scores, strict=False)
                client.insert(
                    self._collection,
                    [{_NUMBER: n, _VECTOR: vector, _WORDS: own} for n, vector, own in rows],
                    timeout=_SECONDS,
                )
            client.flush(self._collection, timeout=_SECONDS)
            client.load_collection(self._collection, timeout=_SECONDS)
            stored = _count(client, self._collection)
        if stored != len(numbers):
            raise IndexDamaged(f"Milvus holds {stored} vectors for {len(numbers)} chunks; build again.")
        return {"milvus": {"address": self._address, "alias": self._alias, "collection": self._collection}}

    def publish(self) -> bool:
        """Point the alias at the new collection, which is what readers follow; raises VectorStoreUnavailable."""
        with _connected(self._address) as client:
            if _target(client, self._alias):
                client.alter_alias(self._collection, self._alias, timeout=_SECONDS)
            else:
                client.create_alias(self._collection, self._alias, timeout=_SECONDS)
        return True

    def clean(self, kept: set[int]) -> None:
        """Drop the collections of generations that are gone, and those that a crash left unfinished."""
        with _connected(self._address) as client:
            for name in client.list_collections():
                own = name.startswith(f"{self._alias}_") and name != self._collection
                if own and generation_of(name) not in kept:
                    client.drop_collection(name, timeout=_SECONDS)

    def _create(self, client: Any, count: int) -> None:  # noqa: ANN401 - pymilvus is optional
        from pymilvus import DataType

        if client.has_collection(self._collection):
            client.drop_collection(self._collection)
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(_NUMBER, DataType.INT64, is_primary=True)
        schema.add_field(_VECTOR, DataType.FLOAT_VECTOR, dim=self._dimension)
        schema.add_field(_WORDS, DataType.SPARSE_FLOAT_VECTOR)
        indexes = client.prepare_index_params()
        exact = count <= FLAT_UP_TO
        indexes.add_index(_VECTOR, index_type="FLAT" if exact else "AUTOINDEX", metric_type="IP")
        indexes.add_index(_WORDS, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        client.create_collection(self._collection, schema=schema, index_params=indexes, timeout=_SECONDS)

    def _vectors(self, numbers: Numbers) -> Vectors:
        """Return the vectors of chunks, those of the base where they were not added."""
        vectors = np.zeros((len(numbers), self._dimension), dtype=np.float32)
        old = np.array([number not in self._added for number in numbers.tolist()], dtype=bool)
        if self._known and old.any():
            vectors[old] = self._known(numbers[old])
        for place in np.flatnonzero(~old):
            vectors[place] = self._added[int(numbers[place])]
        return vectors


def current_collection(address: str, alias: str) -> str:
    """Return the name of the collection that readers follow, empty if there is none; raises VectorStoreUnavailable."""
    with _connected(address) as client:
        return _target(client, alias)


def generation_of(collection: str) -> int:
    """Return the number of the generation that a collection belongs to."""
    return int(collection.split("_")[-2])


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Give a connection for a while; raises as ``_client`` does, and VectorStoreUnavailable if it breaks."""
    client = _client(address)
    try:
        with _told(address):
            yield client
    finally:
        client.close()


def _client(address: str) -> Any:  # noqa: ANN401 - as above
    """Return a connection; raises SettingsError without pymilvus, VectorStoreUnavailable if nothing answers."""
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise SettingsError("For a vector store on Milvus, run: pip install 'assistant[milvus]'") from error
    with _told(address):
        return MilvusClient(address.removeprefix("milvus:"), timeout=_SECONDS, grpc_options=_GRPC)


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Say what Milvus refuses in words for a person."""
    from grpc import RpcError
    from pymilvus import MilvusException

    try:
        yield
    except (MilvusException, RpcError) as error:
        reason = str(getattr(error, "message", "") or error).splitlines()[0]
        raise VectorStoreUnavailable(
            f"The vector store “{address}” doesn't answer ({reason}); start it, or see whether another program has it "
            "open, and try again: nothing is lost."
        ) from error


def _target(client: Any, alias: str) -> str:  # noqa: ANN401 - as above
    from pymilvus import MilvusException

    try:
        return str(client.describe_alias(alias, timeout=_SECONDS)["collection_name"])
    except MilvusException as error:
        if error.code == _UNREACHABLE:
            raise
        return ""


def _count(client: Any, collection: str) -> int:  # noqa: ANN401 - as above
    rows = client.query(collection, filter="", output_fields=["count(*)"], consistency_level="Strong", timeout=_SECONDS)
    return int(rows[0]["count(*)"])


def _dimension(client: Any, collection: str) -> int:  # noqa: ANN401 - as above
    fields = client.describe_collection(collection, timeout=_SECONDS)["fields"]
    return int(next(field["params"]["dim"] for field in fields if field["name"] == _VECTOR))


def _gone(address: str, collection: str) -> IndexDamaged:
    return IndexDamaged(f"The vector store “{address}” has no {collection}; run: assistant build --rebuild")


def _term(term: str) -> int:
    """Return a term's number, 1 to 2³² − 2; that two terms share one is as likely as one in four billion."""
    return zlib.crc32(term.encode()) % (2**32 - 2) + 1


def _filter(among: Numbers) -> str:
    """Return a condition on the chunks' numbers: ranges of what stands next to each other, which a document's do."""
    ends = np.flatnonzero(np.diff(among) != 1)
    first, last = among[np.r_[0, ends + 1]], among[np.r_[ends, len(among) - 1]]
    return " or ".join(f"({_NUMBER} >= {a} and {_NUMBER} <= {b})" for a, b in zip(first, last, strict=True))


def _scores(numbers: Numbers, words: WordIndex) -> Iterator[dict[int, float]]:
    """Yield for each chunk the BM25 score of each of its terms, by the term's number; takes 12 bytes a pair."""
    terms, chunks, scores = [], [], []
    for term, (found, own) in words.postings():
        terms.append(np.full(len(found), _term(term), dtype=np.uint32))
        chunks.append(found)
        scores.append(own.astype(np.float32))
    if not terms:
        yield from (_NOTHING for _ in numbers)
        return
    all_terms, all_chunks, all_scores = np.concatenate(terms), np.concatenate(chunks), np.concatenate(scores)
    order = np.argsort(all_chunks, kind="stable")
    starts = np.searchsorted(all_chunks, numbers, sorter=order)
    ends = np.searchsorted(all_chunks, numbers, side="right", sorter=order)
    for start, end in zip(starts, ends, strict=True):
        rows = order[start:end]
        yield dict(zip(all_terms[rows].tolist(), all_scores[rows].tolist(), strict=True)) or _NOTHING
