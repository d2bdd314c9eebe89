"""Engines are interchangeable: the same tests on FAISS, on Milvus embedded and on a Milvus server."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import LetterEmbedder

from assistant import Assistant, Scope, Settings, build_index
from assistant.cli import main
from assistant.embedder import Vectors
from assistant.errors import SettingsError, VectorStoreUnavailable
from assistant.index import Index, IndexWriter
from assistant.ingest import migrate
from assistant.milvus import MilvusWriter
from assistant.terms import query_terms
from assistant.vectors import Numbers

WORDS = "land village contract harvest road bridge tea school grain water county farm market loan river field".split()
QUERIES = ["land", "land contract", "contract land school", "grain absent", "absent", "tea tea road river market loan"]


class Server:
    """milvus-lite's server on this machine, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self.address = f"milvus:http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("milvus-lite")), "server", "--data-dir", str(self._folder)]
        place = ["--host", "127.0.0.1", "--port", str(self._port)]
        self._process = subprocess.Popen(command + place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 240
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.1)
        raise TimeoutError("milvus-lite did not start")

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    pytest.importorskip("milvus_lite", reason="the server needs: pip install milvus-lite")
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.kill()


@pytest.fixture(scope="module", params=["faiss", "milvus embedded", "milvus server"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "faiss":
        return "faiss"
    pytest.importorskip("pymilvus", reason="Milvus needs: pip install '.[milvus]'")
    pytest.importorskip("milvus_lite", reason="Milvus embedded needs: pip install milvus-lite")
    if request.param == "milvus server":
        return str(request.getfixturevalue("server").address)
    return f"milvus:{tmp_path_factory.mktemp('embedded') / 'vectors.db'}"


def write(corpus: Path, files: int = 40) -> None:
    corpus.mkdir()
    random = np.random.default_rng(3)
    often = 1 / np.arange(1, len(WORDS) + 1)
    for place in range(files):
        sentences = (
            " ".join(random.choice(WORDS, random.integers(5, 60), p=often / often.sum())).capitalize() + "."
            for _ in range(1 + place % 9)
        )
        language = "ur" if place % 4 == 0 else "en"
        head = f"---\ndate: 2024-07-{place % 28 + 1:02}\nlanguage: {language}\n---\n"
        (corpus / f"{place}.md").write_text(f"{head}# {WORDS[place % 9].title()}\n\n{' '.join(sentences)}\n")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    corpus = tmp_path_factory.mktemp("contract") / "corpus"
    write(corpus)
    return corpus


@pytest.fixture(scope="module")
def folder(corpus: Path, address: str) -> Path:
    folder = corpus.parent / f"index-{abs(hash(address))}"
    build_index(corpus, folder, embedder=LetterEmbedder(), settings=Settings(vector_store=address))
    return folder


@pytest.fixture
def opened(folder: Path) -> Iterator[Index]:
    found = Index.open(folder)
    yield found
    found.close()


def all_vectors(opened: Index) -> Vectors:
    chunks = opened.chunks(range(opened.count))
    assert sorted(chunks) == list(range(opened.count))
    return opened.vectors(range(opened.count))


def some(opened: Index) -> Numbers:
    numbers = np.array([n for n in range(opened.count) if n % 7 in (0, 1, 2, 5)], dtype=np.int64)
    assert 0 < len(numbers) < opened.count
    return numbers


def answers(index: Path) -> list[str]:
    """Return what is found for some questions, places and all; scores may differ in the seventh digit."""
    with Assistant.open(index, embedder=LetterEmbedder()) as assistant:
        found = [result.to_dict() for query in QUERIES for result in assistant.retrieve(query, 10)]
    return [json.dumps({**result, "score": round(result["score"], 4)}) for result in found]


class TestContract:
    """What every engine does, told by the numbers, texts and scores that come back."""

    def test_a_vector_comes_back_as_it_went_in(self, opened: Index) -> None:
        embedder = LetterEmbedder()
        numbers = [opened.count - 1, 0, 3]
        for number, vector in zip(numbers, opened.vectors(numbers), strict=True):
            chunk = opened.chunks([number])[number]
            heading = opened.title(chunk.document)
            assert vector @ embedder.embed([f"{heading}\n{chunk.text}"])[0] > 0.9
            assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
        assert opened.vectors([]).shape in {(0, 26), (0,)}

    @pytest.mark.parametrize("limited", [False, True])
    def test_the_nearest_vectors_are_found(self, opened: Index, limited: bool) -> None:
        vectors = all_vectors(opened)
        among = some(opened) if limited else None
        for asked in ("a village school", "tea", "zzz"):
            vector = LetterEmbedder().embed([asked])[0]
            products = vectors @ vector
            pool = among if among is not None else np.arange(opened.count)
            best = np.sort(products[pool])[::-1][:10]
            found = opened.search_vectors(vector, 10, among)
            assert np.allclose([score for _, score in found], best, atol=1e-5)
            assert np.allclose([products[number] for number, _ in found], best, atol=1e-5)
            assert {number for number, _ in found} <= set(pool.tolist())

    @pytest.mark.parametrize("limited", [False, True])
    @pytest.mark.parametrize("query", QUERIES)
    def test_words_are_scored_as_sqlite_scores_them(self, opened: Index, query: str, limited: bool) -> None:
        among = some(opened) if limited else None
        wanted = query_terms(query) + (["tea"] if query.startswith("tea tea") else [])
        for k in (5, 1000):
            expected, found = opened._words.search(wanted, k, among), opened.search_words(wanted, k, among)
            assert len(found) == len(expected)
            assert np.allclose([s for _, s in found], [s for _, s in expected], rtol=1e-5)
            if k == 1000:
                scores = dict(expected)
                assert {number for number, _ in found} == scores.keys()
                assert all(score == pytest.approx(scores[number], rel=1e-5) for number, score in found)

    def test_nothing_among_nothing(self, opened: Index) -> None:
        none = np.zeros(0, dtype=np.int64)
        assert opened.search_vectors(LetterEmbedder().embed(["land"])[0], 5, none) == []
        assert opened.search_words(["land"], 5, none) == []
        assert opened.search_words([], 5) == []

    def test_scopes_hold(self, folder: Path) -> None:
        with Assistant.open(folder, embedder=LetterEmbedder()) as assistant:
            for scope in (Scope(["3.md", "8.md"]), Scope(since="2024-07-20"), Scope(["12.md"], until="2024-07-30")):
                found = assistant.retrieve("land contract school", 20, scope)
                assert found
                for result in found:
                    document = assistant.document(result.document)
                    assert not scope.documents or document.id in scope.documents
                    assert document.metadata["date"] >= scope.since
                    assert document.text[result.start : result.end] == result.text

    def test_documents_come_change_and_go(self, tmp_path: Path, address: str) -> None:
        write(tmp_path / "corpus", 6)
        index, settings, embedder = tmp_path / "index", Settings(vector_store=address), LetterEmbedder()

        def built() -> set[str]:
            build_index(tmp_path / "corpus", index, embedder=embedder, settings=settings)
            with Assistant.open(index, embedder=LetterEmbedder()) as assistant:
                opened = assistant._snapshot.index
                assert opened.vectors(opened.numbers(Scope()).tolist()).shape == (opened.count, 26)
                found = opened.search_words(query_terms("quinoa land"), 1000)
                texts = [chunk.text for chunk in opened.chunks(number for number, _ in found).values()]
                assert len(texts) == len(found)
                return {word for text in texts for word in text.lower().replace(".", "").split()}

        assert "quinoa" not in built()
        before = len(embedder.embedded)
        (tmp_path / "corpus" / "2.md").write_text("# Grain\n\nNow quinoa is grown.\n")
        assert "quinoa" in built()
        assert len(embedder.embedded) == before + 1
        (tmp_path / "corpus" / "2.md").unlink()
        (tmp_path / "corpus" / "9.md").write_text("# Grain\n\nThe land of quinoa.\n")
        assert "quinoa" in built()
        (tmp_path / "corpus" / "9.md").unlink()
        assert "quinoa" not in built()
        assert main(["status", "--index", str(index), "--corpus", str(tmp_path / "corpus"), "--check"]) == 0

    def test_an_open_index_keeps_its_generation(self, tmp_path: Path, address: str) -> None:
        write(tmp_path / "corpus", 3)
        settings = Settings(vector_store=address)
        build_index(tmp_path / "corpus", tmp_path / "index", embedder=LetterEmbedder(), settings=settings)
        reader = Index.open(tmp_path / "index")
        before = reader.search_words(["land"], 100), reader.vectors([0, 1])
        for change in range(3):
            (tmp_path / "corpus" / "0.md").write_text(f"# Land\n\nLand number {change}.\n")
            build_index(tmp_path / "corpus", tmp_path / "index", embedder=LetterEmbedder(), settings=settings)
        assert reader.search_words(["land"], 100) == before[0]
        assert np.array_equal(reader.vectors([0, 1]), before[1])
        fresh = Index.open(tmp_path / "index")
        assert fresh.number == reader.number + 3
        reader.close()
        fresh.close()

    def test_an_open_assistant_takes_up_a_new_generation_though_it_asks_while_that_becomes_current(
        self, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(tmp_path / "corpus", 3)
        index, settings, publish = tmp_path / "index", Settings(vector_store=address), IndexWriter.publish
        build_index(tmp_path / "corpus", index, embedder=LetterEmbedder(), settings=settings)
        with Assistant.open(index, embedder=LetterEmbedder()) as assistant:

            def asked_before(writer: IndexWriter) -> bool:
                assert assistant.retrieve("quinoa", 5)
                return publish(writer)

            (tmp_path / "corpus" / "0.md").write_text("# Quinoa\n\nQuinoa is grown on this land.\n")
            with monkeypatch.context() as patched:
                patched.setattr(IndexWriter, "publish", asked_before)
                build_index(tmp_path / "corpus", index, embedder=LetterEmbedder(), settings=settings)
            assert assistant.retrieve("quinoa", 5)[0].document == "0.md"
            assert (assistant.generation, assistant.notice) == (2, "")

    def test_moving_embeds_nothing_and_changes_nothing(
        self, tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(tmp_path / "corpus", 8)
        index, embedder = tmp_path / "index", LetterEmbedder()
        build_index(tmp_path / "corpus", index, embedder=embedder)

        before, embedded = answers(index), len(embedder.embedded)
        assert main(["migrate", "--index", str(index), "--to", address]) == 0
        assert f"in {address} now (generation 2)" in capsys.readouterr().out
        assert answers(index) == before
        report = build_index(tmp_path / "corpus", index, embedder=embedder)
        assert (report.generation, report.embedded, len(embedder.embedded)) == (2, 0, embedded)
        migrate(index, "faiss")
        assert answers(index) == before


@pytest.mark.parametrize("address", ["milvus", "milvus:", "http://127.0.0.1:19530", "milvus:somewhere", "qdrant:x.db"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    write(tmp_path / "corpus", 1)
    with pytest.raises(SettingsError, match="give faiss"):
        build_index(
            tmp_path / "corpus",
            tmp_path / "index",
            embedder=LetterEmbedder(),
            settings=Settings(vector_store=address),
        )


def test_questions_fail_with_a_reason_while_the_server_is_away_and_are_answered_when_it_is_back(
    server: Server, tmp_path: Path
) -> None:
    write(tmp_path / "corpus", 5)
    settings = Settings(vector_store=server.address)
    build_index(tmp_path / "corpus", tmp_path / "index", embedder=LetterEmbedder(), settings=settings)
    with Assistant.open(tmp_path / "index", embedder=LetterEmbedder()) as assistant:
        before = [result.text for result in assistant.retrieve("land school", 5)]
        server.kill()
        try:
            for _ in range(3):
                with pytest.raises(VectorStoreUnavailable, match="127.0.0.1.* doesn't answer .* try again"):
                    assistant.retrieve("land school", 5)
            with pytest.raises(VectorStoreUnavailable):
                Index.open(tmp_path / "index")
        finally:
            server.start()
        assert [result.text for result in assistant.retrieve("land school", 5)] == before


@pytest.mark.parametrize(("moved", "fault"), [(0, "not of length 1"), (1, "vectors are of others")])
def test_a_collection_that_was_changed_is_found_by_the_check(
    server: Server, tmp_path: Path, moved: int, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "corpus", 3)
    index, settings = tmp_path / "index", Settings(vector_store=server.address)
    build_index(tmp_path / "corpus", index, embedder=LetterEmbedder(), settings=settings)
    opened = Index.open(index)
    collection, last = opened.generation.manifest["milvus"]["collection"], opened.count - 1
    opened.close()
    check = ["status", "--check", "--index", str(index), "--corpus", str(tmp_path / "corpus")]
    assert main(check) == 0
    client = pymilvus().MilvusClient(server.address.removeprefix("milvus:"))
    client.delete(collection, ids=[last])
    client.insert(collection, [{"number": last + moved, "vector": [0.5] + [0.0] * 25, "words": {1: 1.0}}])
    client.close()
    assert main(check) == 1
    assert fault in capsys.readouterr().err


@pytest.mark.parametrize("moment", ["reading", "storing", "filling", "following"])
def test_a_server_killed_during_a_build_loses_and_mixes_nothing(
    server: Server, tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, index, settings = tmp_path / "corpus", tmp_path / "index", Settings(vector_store=server.address)
    write(corpus, 5)
    build_index(corpus, index, embedder=LetterEmbedder(), settings=settings)
    before = answers(index)
    (corpus / "0.md").write_text("# Land\n\nNow quinoa is grown on this land.\n")
    killed: list[str] = []

    def kill_at(stage: str, *_: object) -> None:
        if stage == moment and not killed:
            server.kill()
            killed.append(stage)

    with monkeypatch.context() as patched:
        for name, stage in (("_vectors", "filling"), ("publish", "following")):
            patched.setattr(MilvusWriter, name, after(kill_at, stage, getattr(MilvusWriter, name)))
        try:
            with pytest.raises(VectorStoreUnavailable, match="doesn't answer"):
                build_index(corpus, index, embedder=LetterEmbedder(), settings=settings, progress=kill_at)
        finally:
            server.start()
    assert killed == [moment]
    assert answers(index) == before
    report = build_index(corpus, index, embedder=LetterEmbedder(), settings=settings)
    assert [item.document for item in report.updated] == ["0.md"]
    assert any("quinoa" in answer for answer in answers(index))
    opened = Index.open(index)
    place = opened.generation.manifest["milvus"]
    opened.close()
    client = pymilvus().MilvusClient(server.address.removeprefix("milvus:"))
    own = {name for name in client.list_collections() if name.startswith(place["alias"])}
    client.close()
    kept = {int(folder.name) for folder in (index / "generations").iterdir()}
    assert place["collection"] in own
    assert {int(name.split("_")[-2]) for name in own} <= kept


def after(kill_at: Callable[[str], None], stage: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method with the server's end before it."""

    def killing(*values: Any) -> Any:
        kill_at(stage)
        return method(*values)

    return killing


def pymilvus() -> Any:
    return pytest.importorskip("pymilvus")
