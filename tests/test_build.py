"""What a build does with files that come, change, go, repeat or can't be read."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from fakes import LetterEmbedder

from assistant import Assistant, BuildItem, BuildReport, Scope, Settings, build_index
from assistant.embedder import Vectors
from assistant.errors import BuildError, DocumentMissing, IndexDamaged, QuestionError
from assistant.index import Index
from assistant.status import describe
from assistant.watching import changes


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "land.md").write_text(
        "# Land\n\nVillages own the land.\n\n## Contracts\n\nA contract runs thirty years.\n"
    )
    (folder / "food.md").write_text("# Food\n\nThe harvest of 2023 was a record.\n")
    return folder


def build(corpus: Path, embedder: LetterEmbedder | None = None, rebuild: bool = False) -> BuildReport:
    return build_index(corpus, corpus.parent / "index", embedder=embedder or LetterEmbedder(), rebuild=rebuild)


def names(items: list[BuildItem]) -> list[str]:
    return [item.document for item in items]


def test_a_first_build_adds_all_and_a_second_nothing(corpus: Path) -> None:
    first = build(corpus)
    assert (names(first.added), first.documents, first.chunks, first.embedded) == (["food.md", "land.md"], 2, 3, 3)
    embedder = LetterEmbedder()
    second = build(corpus, embedder)
    assert (names(second.unchanged), second.embedded, second.generation) == (
        ["food.md", "land.md"],
        0,
        first.generation,
    )
    assert embedder.embedded == []


def test_only_the_changed_chunk_of_a_changed_file_is_embedded(corpus: Path) -> None:
    build(corpus)
    (corpus / "land.md").write_text(
        "# Land\n\nVillages own the land.\n\n## Contracts\n\nA contract runs fifty years.\n"
    )
    embedder = LetterEmbedder()
    report = build(corpus, embedder)
    assert (names(report.updated), report.embedded) == (["land.md"], 1)
    assert "fifty" in embedder.embedded[0]


def test_a_removed_file_is_found_no_more(corpus: Path) -> None:
    build(corpus)
    (corpus / "food.md").unlink()
    embedder = LetterEmbedder()
    report = build(corpus, embedder)
    assert (names(report.removed), report.embedded, report.chunks) == (["food.md"], 0, 2)
    with Assistant.open(corpus.parent / "index", embedder=embedder) as bot:
        assert {hit.document for hit in bot.retrieve("harvest of 2023", k=10)} == {"land.md"}
        assert list(bot.documents()) == ["land.md"]


def test_a_copy_is_reported_and_takes_over_when_the_original_goes(corpus: Path) -> None:
    (corpus / "meal.md").write_bytes((corpus / "food.md").read_bytes())
    report = build(corpus)
    assert [(item.document, item.reason) for item in report.duplicates] == [
        ("meal.md", "has the same content as food.md")
    ]
    assert report.documents == 2
    (corpus / "food.md").unlink()
    report = build(corpus)
    assert (names(report.removed), names(report.updated), report.documents) == (["food.md"], ["meal.md"], 2)


def test_a_file_that_cannot_be_read_costs_only_itself(corpus: Path) -> None:
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    report = build(corpus)
    assert names(report.failed) == ["broken.pdf"]
    assert "broken.pdf" in report.failed[0].reason
    assert names(report.added) == ["food.md", "land.md"]
    assert names(build(corpus).failed) == ["broken.pdf"]


def test_other_splitter_settings_build_everything_anew(corpus: Path) -> None:
    build(corpus)
    report = build_index(corpus, corpus.parent / "index", embedder=LetterEmbedder(), settings=Settings(chunk_tokens=40))
    assert report.embedded == 3


def test_a_damaged_index_is_refused_by_readers_and_healed_by_a_build(corpus: Path) -> None:
    generation = build(corpus).generation
    index = corpus.parent / "index"
    vectors = index / "generations" / f"{generation:08d}" / "vectors.faiss"
    content = bytearray(vectors.read_bytes())
    content[-1] ^= 1
    vectors.write_bytes(content)
    with pytest.raises(IndexDamaged, match="build --rebuild"):
        Index.open(index)
    assert build(corpus).embedded == 3
    assert describe(corpus, index, check=True)["up_to_date"]


def test_a_failing_build_leaves_the_old_index_in_place(corpus: Path) -> None:
    build(corpus)

    class Failing(LetterEmbedder):
        def embed(self, texts: Sequence[str], done: Callable[[int], None] | None = None) -> Vectors:
            raise MemoryError

    (corpus / "new.md").write_text("# New\n\nSomething new.\n")
    with pytest.raises(MemoryError):
        build(corpus, Failing())
    state = describe(corpus, corpus.parent / "index", check=True)
    assert (state["documents"], state["new"]) == (2, ["new.md"])
    assert names(build(corpus).added) == ["new.md"]


def test_status_names_what_is_new_changed_and_gone(corpus: Path) -> None:
    build(corpus)
    (corpus / "new.md").write_text("# New\n\nSomething.\n")
    (corpus / "land.md").write_text("# Land\n\nOther.\n")
    (corpus / "food.md").unlink()
    state = describe(corpus, corpus.parent / "index")
    assert (state["new"], state["changed"], state["gone"], state["up_to_date"]) == (
        ["new.md"],
        ["land.md"],
        ["food.md"],
        False,
    )


def test_links_out_of_the_corpus_are_not_followed(corpus: Path) -> None:
    secret = corpus.parent / "secret.md"
    secret.write_text("# Secret\n\nNot for the corpus.\n")
    (corpus / "link.md").symlink_to(secret)
    assert names(build(corpus).added) == ["food.md", "land.md"]


@pytest.mark.parametrize("content", [None, "empty"])
def test_a_build_of_nothing_says_what_to_do(tmp_path: Path, content: str | None) -> None:
    folder = tmp_path / "corpus"
    if content:
        folder.mkdir()
    with pytest.raises(BuildError, match="put documents into it"):
        build_index(folder, tmp_path / "index", embedder=LetterEmbedder())


def test_a_held_generation_outlives_later_builds(corpus: Path) -> None:
    build(corpus)
    reader = Index.open(corpus.parent / "index")
    for number in range(4):
        (corpus / "new.md").write_text(f"# New\n\nVersion {number}.\n")
        build(corpus)
    assert reader.generation.folder.exists()
    assert set(reader.titles()) == {"food.md", "land.md"}
    reader.close()
    (corpus / "new.md").write_text("# New\n\nLast version.\n")
    build(corpus)
    assert not reader.generation.folder.exists()


def test_a_moved_file_is_recognised_and_nothing_is_embedded(corpus: Path) -> None:
    (corpus / "note.txt").write_text("A text without a heading is called by its file's name.")
    build(corpus)
    (corpus / "old").mkdir()
    (corpus / "land.md").rename(corpus / "old" / "ground.md")
    (corpus / "note.txt").rename(corpus / "remark.txt")
    report = build(corpus)
    assert {item.document: item.notes for item in report.added} == {
        "old/ground.md": ["moved from land.md"],
        "remark.txt": ["moved from note.txt"],
    }
    assert {item.document: item.reason for item in report.removed} == {
        "land.md": "moved to old/ground.md",
        "note.txt": "moved to remark.txt",
    }
    assert (report.embedded, report.documents) == (0, 3)
    with Assistant.open(corpus.parent / "index", embedder=LetterEmbedder()) as bot:
        assert bot.document("remark.txt").title == "remark"
        found = {hit.document for query in ("land contract", "remark") for hit in bot.retrieve(query, k=10)}
        assert found <= {"food.md", "old/ground.md", "remark.txt"}


def test_a_near_duplicate_is_searched_but_reported(corpus: Path) -> None:
    (corpus / "land.txt").write_text("Land\nVillages own the land.\nContracts\nA contract runs thirty years.\n")
    report = build(corpus)
    assert [(item.document, item.reason) for item in report.duplicates] == [
        ("land.txt", "says nearly the same as land.md")
    ]
    assert "land.txt" in names(report.added)
    assert names(build(corpus).duplicates) == ["land.txt"]
    (corpus / "land.md").unlink()
    assert build(corpus).duplicates == []
    with Assistant.open(corpus.parent / "index", embedder=LetterEmbedder()) as bot:
        assert "near_duplicate_of" not in bot.document("land.txt").metadata


def test_near_duplicates_do_not_crowd_the_results(corpus: Path) -> None:
    body = " ".join(
        f"Village {chr(97 + place)}town keeps {chr(97 + place)}word of harvest {place}." for place in range(26)
    )
    for name, text in {
        "a": body,
        "b": body.replace("hword", "hterm"),
        "c": body.replace("harvest 7", "harvest 8"),
        "d": body.upper(),
    }.items():
        (corpus / f"{name}.txt").write_text(f"{text}\n")
    report = build(corpus)
    assert names(report.duplicates) == ["b.txt", "c.txt", "d.txt"]
    with Assistant.open(corpus.parent / "index", embedder=LetterEmbedder()) as bot:
        found = [hit.text.casefold() for hit in bot.retrieve("harvest 7 village hword hterm", k=20)]
        assert len(found) == len(set(found))
        assert sum("hword" in text or "hterm" in text for text in found) == 2, "one of a, b, d; and c"
        assert sum("gword of harvest 6" in text and "hword of harvest 8" in text for text in found) == 1
        only = [hit.document for hit in bot.retrieve("harvest village", k=20, scope=Scope(["d.txt"]))]
        assert set(only) == {"d.txt"}


def test_scopes_hold_by_document_language_and_date(corpus: Path) -> None:
    for name, date in {"old": "2019-05-01", "new": "2024-07-15"}.items():
        (corpus / f"{name}.md").write_text(f"---\ndate: {date}\n---\n# Rice {name}\n\nRice grew {name} here.\n")
    for number in range(150):
        (corpus / f"rice{number}.txt").write_text(f"Rice rice rice rice of field {number}.\n")
    (corpus / "urdu.txt").write_text("چاول کی فصل اس سال بہت اچھی ہوئی ہے اور کسان خوش ہیں۔\n")
    build(corpus)
    with Assistant.open(corpus.parent / "index", embedder=LetterEmbedder()) as bot:

        def found(scope: Scope) -> set[str]:
            return {hit.document for hit in bot.retrieve("rice rice", k=200, scope=scope)}

        assert found(Scope(["old.md"])) == {"old.md"}, "the filter is part of the search, not of its first results"
        assert found(Scope(since="2024")) == found(Scope(since="2024-07-15")) == {"new.md"}
        assert found(Scope(until="2019-05")) == {"old.md"}
        assert found(Scope(since="2019", until="2024-07")) == {"old.md", "new.md"}
        assert found(Scope(language="ur")) == {"urdu.txt"}
        assert found(Scope(["old.md"], since="2020")) == set()
        with pytest.raises(DocumentMissing, match="none.md"):
            found(Scope(["none.md"]))
    with pytest.raises(QuestionError, match="15 July"):
        Scope(since="15 July")


def test_a_copy_under_an_earlier_name_does_not_oust_what_is_indexed(corpus: Path) -> None:
    build(corpus)
    (corpus / "a.md").write_bytes((corpus / "food.md").read_bytes())
    report = build(corpus)
    assert (names(report.unchanged), names(report.duplicates)) == (["food.md", "land.md"], ["a.md"])


def test_files_without_text_are_tried_again_when_the_programs_change(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    first = build(corpus)
    assert build(corpus).generation == first.generation
    monkeypatch.setattr("assistant.ingest.tools", lambda: {"tesseract": ["new"]})
    report = build(corpus)
    assert (report.notice != "", report.generation, report.embedded) == (True, first.generation + 1, 0)
    assert names(report.unchanged) == ["food.md", "land.md"]
    assert (build(corpus).generation, build(corpus).notice) == (report.generation, "")


def test_new_settings_come_with_a_notice(corpus: Path) -> None:
    build(corpus)
    report = build_index(corpus, corpus.parent / "index", embedder=LetterEmbedder(), settings=Settings(chunk_tokens=40))
    assert "chunk_tokens changed (from 180 to 40)" in report.notice


def test_the_report_says_what_a_file_gave(corpus: Path) -> None:
    report = build(corpus)
    assert report.added[1].reason.startswith("2 chunks")


def test_a_name_that_is_no_text_is_taken(corpus: Path) -> None:
    try:
        Path(str(corpus), "caf\udce9.md").write_text("# Café\n\nIt opened in 1931.\n")
    except OSError:
        pytest.skip("this file system takes only names in Unicode")
    assert "caf\\udce9.md" in names(build(corpus).added)


def test_a_watched_folder_is_reported_once_it_is_quiet(corpus: Path) -> None:
    edits = iter(["# Land\n\nOne.\n", "# Land\n\nOne, two.\n", None, None])

    def pause(_: float) -> None:
        text = next(edits)
        if text:
            (corpus / "land.md").write_text(text)

    watched = changes(corpus, pause)
    next(watched)
    assert (corpus / "land.md").read_text() == "# Land\n\nOne, two.\n"
    with pytest.raises(RuntimeError):
        next(watched)
        next(watched)
