"""Lexical search: BM25 over the words of chunks, as SQLite's FTS5 counts it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.vectors import Numbers

_WEIGHTS = (0.6, 0.8, 1.0)
"""How much a word counts in the title, in the headings, in the text; chosen on the development sets (LOG.md)."""
_KEPT = 20_000_000
"""So many matches of terms that were asked for lately are kept, at 12 bytes each."""

Rows = Callable[[str, tuple[Any, ...]], list[Any]]
"""Runs a statement with its values and returns the rows."""
Matches = tuple[NDArray[np.int32], NDArray[np.float64]]
"""The numbers of the chunks that a term is in, ascending, and its BM25 score in each."""


class WordIndex:
    """Searches the table ``words``, whose rows bear the chunks' numbers; safe to use from several threads."""

    def __init__(self, rows: Rows) -> None:
        """Search with ``rows``, which must be safe to call from several threads."""
        self._rows = rows
        self._lock = threading.Lock()
        self._kept: dict[str, Matches] = {}

    def search(self, query: Sequence[str], k: int, among: Numbers | None = None) -> list[tuple[int, float]]:
        """Return (chunk number, BM25 score) of the ``k`` chunks that best match any of the terms, best first."""
        matches = [self._matches(term) for term in query]
        scores = np.zeros(1 + max((int(numbers[-1]) for numbers, _ in matches if len(numbers)), default=-1))
        for numbers, own in matches:
            scores[numbers] += own
        found = np.flatnonzero(scores) if among is None else among[among < len(scores)]
        found = found[scores[found] > 0]
        if len(found) > k:
            found = found[scores[found] >= np.partition(scores[found], -k)[-k]]
        best = found[np.lexsort((found, -scores[found]))][:k]
        return [(int(number), float(scores[number])) for number in best]

    def document_frequency(self, term: str) -> int:
        """Return in how many chunks a term occurs."""
        return int(self._rows("SELECT count(*) FROM words WHERE words MATCH ?", (f'"{term}"',))[0][0])

    def postings(self) -> Iterator[tuple[str, Matches]]:
        """Yield every term with its matches, for an engine that searches elsewhere."""
        self._rows("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, words, row)", ())
        for (term,) in self._rows("SELECT term FROM temp.vocabulary ORDER BY term", ()):
            yield term, self._scored(term)

    def _matches(self, term: str) -> Matches:
        """Return a term's matches. The score of several terms is the sum of theirs.

        SQLite takes a microsecond for each, so they are kept.
        """
        with self._lock:
            if term in self._kept:
                self._kept[term] = matches = self._kept.pop(term)
                return matches
        matches = self._scored(term)
        with self._lock:
            self._kept[term] = matches
            while sum(len(numbers) for numbers, _ in self._kept.values()) > _KEPT:
                del self._kept[next(iter(self._kept))]
        return matches

    def _scored(self, term: str) -> Matches:
        rows = self._rows(
            "SELECT rowid, -bm25(words, ?, ?, ?) FROM words WHERE words MATCH ? ORDER BY rowid",
            (*_WEIGHTS, f'"{term}"'),
        )
        both = np.array(rows, dtype=[("number", np.int32), ("score", np.float64)])
        return both["number"].copy(), both["score"].copy()
