"""Lexical search adds up what SQLite says of each term, and keeps no more of it than it may."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import LetterEmbedder

from assistant import build_index, lexical
from assistant.index import Index
from assistant.store import RECORDS
from assistant.terms import terms

WORDS = "land village contract harvest road bridge tea school grain water county farm market loan river field".split()
QUERIES = ["land", "land contract", "contract land school", "grain absent", "absent", "tea tea road river market loan"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    corpus = tmp_path_factory.mktemp("words") / "corpus"
    corpus.mkdir()
    random = np.random.default_rng(3)
    often = 1 / np.arange(1, len(WORDS) + 1)
    for place in range(120):
        sentence = " ".join(random.choice(WORDS, random.integers(5, 60), p=often / often.sum()))
        (corpus / f"{place}.md").write_text(f"# {WORDS[place % 9].title()}\n\n{sentence}.\n")
    build_index(corpus, corpus.parent / "index", embedder=LetterEmbedder())
    return corpus.parent / "index"


@pytest.fixture
def opened(folder: Path) -> Iterator[Index]:
    found = Index.open(folder)
    yield found
    found.close()


def ranked(opened: Index, query: list[str], k: int, among: list[int] | None = None) -> list[tuple[int, float]]:
    """Return what FTS5 itself makes of the whole query."""
    match = " OR ".join(f'"{term}"' for term in query)
    with sqlite3.connect(opened.generation.folder / RECORDS) as records:
        rows = records.execute(
            "SELECT rowid, -bm25(words, 0.6, 0.8, 1.0) AS score FROM words WHERE words MATCH ? "
            "ORDER BY score DESC, rowid",
            (match,),
        ).fetchall()
    records.close()
    return [row for row in rows if among is None or row[0] in among][:k]


@pytest.mark.parametrize("kept", [0, 100, 10_000])
@pytest.mark.parametrize("query", QUERIES)
def test_the_scores_are_those_of_sqlite(opened: Index, query: str, kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "_KEPT", kept)
    some = list(range(0, opened.count + 9, 3))
    for _ in range(2):
        for k in (1, 10, 1000):
            wanted = terms(query)
            assert opened.search_words(wanted, k) == ranked(opened, wanted, k)
            among = np.array(some, dtype=np.int64)
            assert opened.search_words(wanted, k, among) == ranked(opened, wanted, k, some)
            assert sum(len(numbers) for numbers, _ in opened._words._kept.values()) <= kept


def test_without_terms_nothing_is_found(opened: Index) -> None:
    assert opened.search_words([], 10) == []
