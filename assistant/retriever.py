"""Question to passages: dense and lexical search, their scores brought to one scale and added."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.embedder import Embedder, Vectors
from assistant.index import Index
from assistant.schema import Chunk, SearchResult
from assistant.terms import query_terms

CANDIDATES = 100
"""How many chunks each of the two searches gives to be fused."""
_DENSE_SHARE = 0.5

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk with what each search said of it: cosine, BM25 (0 if it did not find it) and the fused score."""

    number: int
    chunk: Chunk
    cosine: float
    bm25: float
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found for a question, best first, with the question's terms and vector."""

    terms: list[str]
    vector: Vectors
    hits: list[Hit]


class Retriever:
    """Searches one opened index with one embedder."""

    def __init__(self, index: Index, embedder: Embedder) -> None:
        """Bind the two; the embedder must be the one that the index was built with."""
        self._index = index
        self._embedder = embedder

    def find(self, question: str, limit: int, documents: Sequence[str] | None = None) -> Found:
        """Return the ``limit`` best chunks for a question, of all documents or of those named."""
        query = query_terms(question)
        vector = self._embedder.embed([question])[0]
        dense = dict(self._index.search_vectors(vector, CANDIDATES))
        lexical = dict(self._index.search_words(query, CANDIDATES))
        chunks = self._index.chunks(dense.keys() | lexical.keys())
        allowed = set(documents) if documents is not None else None
        numbers = sorted(n for n, chunk in chunks.items() if allowed is None or chunk.document in allowed)
        missing = [number for number in numbers if number not in dense]
        if missing:
            dense |= dict(zip(missing, (self._index.vectors(missing) @ vector).tolist(), strict=True))
        cosines = np.array([dense[number] for number in numbers])
        scores = np.array([lexical.get(number, 0.0) for number in numbers])
        fused = _DENSE_SHARE * _scaled(cosines) + (1 - _DENSE_SHARE) * _scaled(scores)
        order = np.lexsort((np.array(numbers), -fused))[:limit]
        hits = [
            Hit(numbers[i], chunks[numbers[i]], float(cosines[i]), float(scores[i]), float(fused[i])) for i in order
        ]
        return Found(query, vector, hits)

    def search(self, question: str, k: int, documents: Sequence[str] | None = None) -> list[SearchResult]:
        """Return the ``k`` best passages for a question, best first."""
        return [
            SearchResult(
                chunk_id=hit.chunk.id,
                document=hit.chunk.document,
                title=self._index.title(hit.chunk.document),
                text=hit.chunk.text,
                start=hit.chunk.start,
                end=hit.chunk.end,
                page=hit.chunk.page,
                section=hit.chunk.section,
                score=round(hit.score, 6),
                rank=rank,
            )
            for rank, hit in enumerate(self.find(question, k, documents).hits, start=1)
        ]


def _scaled(values: Scores) -> Scores:
    """Bring scores to 0…1 within one question."""
    if not len(values) or values.max() <= values.min():
        return np.zeros_like(values)
    scaled: Scores = (values - values.min()) / (values.max() - values.min())
    return scaled
