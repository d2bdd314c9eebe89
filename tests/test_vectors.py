"""Every kind of vector index gives the right neighbours, forgets what is removed, and gives way to the next kind."""

import threading
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from assistant import vectors
from assistant.embedder import Vectors
from assistant.errors import IndexDamaged
from assistant.vectors import Kind, Numbers, VectorIndex

D = 32
SIZES = {Kind.FLAT: 150, Kind.HALF: 350, Kind.LISTS: 1600}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "FLAT_UP_TO", 200)
    monkeypatch.setattr(vectors, "HALF_UP_TO", 400)
    monkeypatch.setattr(vectors, "_BLOCK", 100)


def clustered(count: int, seed: int = 0) -> Vectors:
    """Return unit vectors in clusters of sixteen, shape (count, D)."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((-(-count // 16), D))
    return unit(centres[np.arange(count) // 16] + 0.3 * random.standard_normal((count, D)))


def scattered(count: int) -> Vectors:
    """Return unit vectors without any order, shape (count, D)."""
    return unit(np.random.default_rng(1).standard_normal((count, D)))


def unit(values: NDArray[np.float64]) -> Vectors:
    shortened: Vectors = (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)
    return shortened


def numbered(count: int) -> Numbers:
    return np.arange(count, dtype=np.int64) * 3 + 5


def made(values: Vectors) -> VectorIndex:
    index = VectorIndex(D)
    for start in range(0, len(values), 130):
        index.add(numbered(len(values))[start : start + 130], values[start : start + 130])
    index.settle()
    return index


def found(index: VectorIndex, vector: Vectors, k: int, among: Numbers | None = None) -> list[int]:
    return [number for number, _ in index.search(vector, k, among)]


def recall(index: VectorIndex, values: Vectors, asked: int = 60) -> float:
    """Return which share of the ten nearest of the first vectors is found."""
    numbers = numbered(len(values))
    shares = []
    for vector in values[:asked]:
        best = numbers[np.argsort(-(values @ vector), kind="stable")[:10]]
        shares.append(len({*best.tolist()} & {*found(index, vector, 10)}) / 10)
    return float(np.mean(shares))


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_finds_the_nearest_with_their_cosines_best_first(kind: Kind) -> None:
    values = clustered(SIZES[kind])
    index = made(values)
    assert index.kind is kind
    hits = index.search(values[7], 10)
    assert hits[0][0] == numbered(8)[7]
    assert hits[0][1] == pytest.approx(1, abs=0.02)
    assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)
    assert recall(index, values) >= {Kind.FLAT: 1, Kind.HALF: 0.995, Kind.LISTS: 0.95}[kind]


@pytest.mark.parametrize("kind", Kind)
def test_vectors_come_back_by_number(kind: Kind) -> None:
    values = clustered(SIZES[kind])
    index = made(values)
    numbers = numbered(len(values))
    assert index.count == len(values)
    assert index.numbers.tolist() == numbers.tolist()
    wanted = [3, 0, 99, 3]
    exact = {Kind.FLAT: 0, Kind.HALF: 5e-4, Kind.LISTS: 0.03}[kind]
    assert np.abs(index.vectors(numbers[wanted].tolist()) - values[wanted]).max() <= exact
    assert index.vectors([]).shape == (0, D)


@pytest.mark.parametrize("kind", Kind)
def test_what_is_removed_is_gone_at_once_and_what_is_added_is_there(kind: Kind) -> None:
    values = clustered(SIZES[kind])
    index = made(values)
    gone = numbered(len(values))[:40]
    index.remove(gone)
    assert index.kind is kind
    assert index.count == len(values) - 40 == len(index.numbers)
    for vector in values[:40]:
        assert not {*found(index, vector, 50)} & {*gone.tolist()}
    with pytest.raises(RuntimeError):
        index.vectors(gone[:1])
    index.add(gone[:1], values[:1])
    assert found(index, values[0], 1) == [5]
    index.remove(np.zeros(0, dtype=np.int64))
    assert index.count == len(values) - 39


@pytest.mark.parametrize("kind", Kind)
def test_a_copy_and_a_file_hold_the_same_and_a_copy_changes_alone(kind: Kind, tmp_path: Path) -> None:
    values = clustered(SIZES[kind])
    index = made(values)
    index.write(tmp_path / "v")
    others = [index.copy(), VectorIndex.read(tmp_path / "v")]
    for other in others:
        assert (other.kind, other.numbers.tolist()) == (kind, index.numbers.tolist())
        assert all(other.search(vector, 10) == index.search(vector, 10) for vector in values[:20])
        other.remove(numbered(1))
        other.add(np.array([2], dtype=np.int64), values[:1])
        assert found(other, values[0], 1) == [2]
    assert found(index, values[0], 1) == [5]
    assert others[0].search(values[3], 5) == others[1].search(values[3], 5)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("scope", [1, 7, 33])
def test_a_search_among_some_finds_the_nearest_of_those(kind: Kind, scope: int) -> None:
    values = clustered(SIZES[kind])
    index = made(values)
    among = numbered(len(values))[np.arange(len(values)) // 16 % 4 == 1][:scope]  # of some clusters only
    kept = index.vectors(among)
    for vector in values[:30]:
        hits = index.search(vector, 10, among)
        best = np.sort(kept @ vector)[::-1][:10]
        assert [score for _, score in hits] == pytest.approx(best.tolist(), abs=1e-5)
        assert {number for number, _ in hits} <= {*among.tolist()}
    assert index.search(values[0], 10, among[:0]) == []


def test_a_growing_index_takes_on_the_next_kind_and_goes_back_late() -> None:
    values = clustered(1600)
    numbers = numbered(1600)
    index = VectorIndex(D)
    seen = []
    for start, end in [(0, 200), (200, 201), (201, 400), (400, 401)]:
        index.add(numbers[start:end], values[start:end])
        index.settle()
        seen.append(index.kind)
    assert seen == [Kind.FLAT, Kind.HALF, Kind.HALF, Kind.LISTS]
    seen = []
    for start, end in [(321, 401), (320, 321), (161, 320), (160, 161)]:
        index.remove(numbers[start:end])
        index.settle()
        seen.append(index.kind)
        assert index.numbers.tolist() == numbers[:start].tolist()
    assert seen == [Kind.LISTS, Kind.HALF, Kind.HALF, Kind.FLAT]
    assert recall(index, values[:160]) >= 0.9


def test_lists_search_just_as_many_as_give_the_neighbours() -> None:
    values = clustered(1600)
    index = made(values)
    searched, lists = index.probes
    assert lists == 160
    assert 8 <= searched <= lists // 4
    assert recall(index, values, 200) >= 0.95


def test_where_lists_do_not_give_the_neighbours_all_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    values = scattered(1000)
    index = made(values)
    assert index.kind is Kind.HALF
    assert recall(index, values) >= 0.99
    tried = []

    def in_lists(self: VectorIndex) -> Any:
        tried.append(self.count)
        return self._index

    monkeypatch.setattr(VectorIndex, "_in_lists", in_lists)
    monkeypatch.setattr(VectorIndex, "_calibrate", lambda self, lists: False)
    for count in (50, 600):
        index.add(numbered(4000)[index.count :][:count], scattered(4000)[index.count :][:count])
        index.settle()
    assert tried == [1650]
    assert index.kind is Kind.HALF


def test_lists_that_no_longer_fit_are_made_anew_or_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    index = made(clustered(600))
    before = index._index
    index.settle()
    assert index._index is before
    verdicts = iter([False, True])
    monkeypatch.setattr(VectorIndex, "_calibrate", lambda self, lists: next(verdicts))
    index.settle()
    assert index.kind is Kind.LISTS
    assert index._index is not before
    monkeypatch.setattr(VectorIndex, "_calibrate", lambda self, lists: False)
    index.settle()
    assert (index.kind, index.count) == (Kind.HALF, 600)


def test_lists_are_made_anew_when_the_vectors_have_doubled() -> None:
    values = clustered(1300)
    index = made(values[:500])
    lists = index.probes[1]
    index.add(numbered(700)[500:], values[500:700])
    index.settle()
    assert index.probes[1] == lists
    index.add(numbered(1300)[700:], values[700:])
    index.settle()
    assert index.probes[1] > lists


def test_many_equal_vectors_do_not_spoil_the_calibration() -> None:
    assert made(np.repeat(clustered(60), 30, axis=0)).kind is Kind.LISTS


def test_a_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    values = clustered(300)
    old = faiss.IndexIDMap2(faiss.IndexFlatIP(D))
    old.add_with_ids(values, numbered(300))
    faiss.write_index(old, str(tmp_path / "v"))
    index = VectorIndex.read(tmp_path / "v")
    assert (index.kind, index.count) == (Kind.FLAT, 300)
    scores, numbers = old.search(values[:1], 10)
    assert index.search(values[0], 10) == list(zip(numbers[0].tolist(), scores[0].tolist(), strict=True))


@pytest.mark.parametrize("kind", Kind)
def test_a_damaged_file_is_refused(kind: Kind, tmp_path: Path) -> None:
    index = made(clustered(SIZES[kind]))
    index.write(tmp_path / "v")
    content = (tmp_path / "v").read_bytes()
    for damaged in (b"", content[:30], content[:-1], b"nothing of the kind"):
        (tmp_path / "v").write_bytes(damaged)
        with pytest.raises(IndexDamaged, match="build --rebuild"):
            VectorIndex.read(tmp_path / "v")
    with pytest.raises(IndexDamaged):
        VectorIndex.read(tmp_path / "missing")


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    faiss.write_index(faiss.IndexHNSWFlat(D, 8), str(tmp_path / "v"))
    with pytest.raises(IndexDamaged):
        VectorIndex.read(tmp_path / "v")


def test_an_empty_index_finds_nothing_and_is_kept(tmp_path: Path) -> None:
    index = made(clustered(0))
    index.write(tmp_path / "v")
    index = VectorIndex.read(tmp_path / "v")
    assert (index.count, index.search(clustered(1)[0], 5), index.numbers.tolist()) == (0, [], [])


@pytest.mark.parametrize("kind", Kind)
def test_every_thread_searches_with_one_thread(kind: Kind) -> None:
    values = clustered(SIZES[kind])
    index = made(values)
    threads = []

    def search() -> None:
        index.search(values[0], 5)
        threads.append(faiss.omp_get_max_threads())

    other = threading.Thread(target=search)
    other.start()
    other.join()
    search()
    assert threads == [1, 1]
