"""Whether an opened index fits together: databases whole, chunks slices of documents, words and vectors in step."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import numpy as np

from assistant.errors import IndexDamaged
from assistant.index import Index, lexical_words

_AT_ONCE = 10_000
_LENGTH = 0.05
"""How far a vector kept in 8 bits may be from length 1."""


def check_sound(index: Index) -> None:
    """Compare all parts of an index with each other; raises IndexDamaged for the first that is out of step."""
    for fault in _faults(index):
        raise IndexDamaged(f"The index is not sound ({fault}); run: assistant build --rebuild")


def _faults(index: Index) -> Iterator[str]:
    with closing(sqlite3.connect("")) as copy:  # a temporary file: FTS5 checks only what it may write to
        index.copy_records(copy)
        yield from _database_faults(copy)
        yield from _chunk_faults(index)
        yield from _word_faults(copy)
        yield from _vector_faults(index, copy)


def _database_faults(copy: sqlite3.Connection) -> Iterator[str]:
    yield from (str(row[0]) for row in copy.execute("PRAGMA integrity_check") if row[0] != "ok")
    try:
        copy.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        yield f"the index of words: {error}"
    orphans = copy.execute("SELECT id FROM chunks WHERE document NOT IN (SELECT id FROM documents)")
    yield from (f"chunk {row[0]} has no document" for row in orphans)


def _chunk_faults(index: Index) -> Iterator[str]:
    for name in index.titles():
        text = index.document(name).text
        for chunk in index.chunks_of(name):
            if text[chunk.start : chunk.end] != chunk.text:
                yield f"a chunk of “{name}” is not where the index says"


def _word_faults(copy: sqlite3.Connection) -> Iterator[str]:
    rows = copy.execute(
        "SELECT chunks.number, chunks.text, words.body FROM chunks LEFT JOIN words ON words.rowid = chunks.number"
    )
    yield from (f"the words of chunk {number} are not its text's" for number, text, body in rows
                if body != lexical_words(text))  # fmt: skip
    (extra,) = copy.execute("SELECT (SELECT count(*) FROM words) - (SELECT count(*) FROM chunks)").fetchone()
    if extra:
        yield f"{extra} more entries of words than chunks"


def _vector_faults(index: Index, copy: sqlite3.Connection) -> Iterator[str]:
    numbers = np.array([row[0] for row in copy.execute("SELECT number FROM chunks ORDER BY number")], dtype=np.int64)
    if not np.array_equal(numbers, index.vector_numbers()):
        yield f"{len(numbers)} chunks, but the vectors are of others"
        return
    for start in range(0, len(numbers), _AT_ONCE):
        lengths = np.linalg.norm(index.vectors(numbers[start : start + _AT_ONCE].tolist()), axis=1)
        if not np.all(np.abs(lengths - 1) < _LENGTH):
            yield "a vector is not of length 1"
