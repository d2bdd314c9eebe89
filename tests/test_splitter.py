"""Chunks are exact slices that lose nothing and fit the model."""

import hashlib
from pathlib import Path

import pytest
from fakes import LetterEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.embedder import Embedder
from assistant.loaders import load
from assistant.loaders.builder import TextBuilder
from assistant.schema import Document
from assistant.splitter import embedding_text, split

CORPUS = Path(__file__).parents[1] / "corpus"
WORDS = LetterEmbedder().token_spans
BLOCKS = st.lists(
    st.tuples(st.sampled_from(["heading", "paragraph", "item", "row", "page"]), st.text(max_size=300)), max_size=30
)


def document_of(blocks: list[tuple[str, str]]) -> Document:
    builder = TextBuilder()
    for number, (kind, text) in enumerate(blocks, start=1):
        match kind:
            case "heading":
                builder.heading(text, 1 + number % 3)
            case "row":
                builder.row(text.split(","), ["first", "second"])
            case "page":
                builder.page(number)
            case _:
                getattr(builder, kind)(text)
    return builder.build(id="d.md", title="", media_type="text/markdown", sha256=hashlib.sha256(b"").hexdigest())


@settings(max_examples=200, deadline=None)
@given(BLOCKS, st.integers(5, 60))
def test_chunks_of_any_document_are_slices_and_lose_no_character(blocks: list[tuple[str, str]], limit: int) -> None:
    document = document_of(blocks)
    chunks = split(document, WORDS, limit)
    covered = set[int]()
    for chunk in chunks:
        assert document.text[chunk.start : chunk.end] == chunk.text
        assert len(WORDS(chunk.text)) <= limit
        covered |= set(range(chunk.start, chunk.end))
    assert all(char.isspace() for i, char in enumerate(document.text) if i not in covered)
    assert [chunk.start for chunk in chunks] == sorted(chunk.start for chunk in chunks)


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_chunks_of_the_corpus_fit_the_model_with_their_headings(path: Path, embedder: Embedder) -> None:
    for document in load(path, path.name):
        for chunk in split(document, embedder.token_spans, 180):
            text = embedding_text(chunk, document.title, embedder.token_spans)
            assert len(embedder.token_spans(text)) + 2 <= embedder.max_tokens
            assert document.text[chunk.start : chunk.end] == chunk.text


def test_a_chunk_ends_with_its_section_and_knows_its_page_and_headings() -> None:
    builder = TextBuilder()
    builder.page(1)
    builder.heading("Land", 1)
    builder.paragraph("Land is owned by villages.")
    builder.page(2, "ii")
    builder.heading("Contracts", 2)
    builder.paragraph("A contract runs for thirty years.")
    document = builder.build(id="d.pdf", title="", media_type="application/pdf", sha256="")
    first, second = split(document, WORDS, 100)
    assert (first.page, first.section) == (1, ["Land"])
    assert (second.page, second.section) == (2, ["Land", "Contracts"])
    assert second.text == "Contracts\n\nA contract runs for thirty years."
    assert document.pages[1].label == "ii"


def test_a_sentence_over_the_limit_is_cut_between_words() -> None:
    document = document_of([("paragraph", "word " * 50)])
    assert [len(chunk.text.split()) for chunk in split(document, WORDS, 20)] == [20, 20, 10]
