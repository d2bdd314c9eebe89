"""Questions to the real corpus with the real model."""

from pathlib import Path

import pytest

from assistant import Answer, Assistant, Scope, build_index, retrieve
from assistant.embedder import Embedder
from assistant.errors import DocumentMissing, IndexDamaged, IndexMissing, QuestionError
from assistant.retriever import Found, Retriever


def check_citations(bot: Assistant, answer: Answer) -> None:
    for marker, citation in enumerate(answer.citations, start=1):
        document = bot.document(citation.document)
        assert citation.marker == marker
        assert document.text[citation.start : citation.end] == citation.quote
        assert citation.title == document.title
        assert f"[{marker}]" in answer.text
    for sentence in answer.sentences:
        assert sentence.citations
        assert all(1 <= marker <= len(answer.citations) for marker in sentence.citations)


def test_two_questions_in_one_are_both_answered_and_cited(bot: Assistant) -> None:
    answer = bot.ask("Who hosted the seminar and how many people took part?")
    assert answer.verdict == "answered"
    check_citations(bot, answer)
    quotes = " ".join(citation.quote for citation in answer.citations)
    assert "China Center for Urban Development" in quotes
    assert "19" in quotes


@pytest.mark.parametrize(
    "question",
    [
        "Which hotel did the participants stay in?",
        "Who won the cricket world cup in 1992?",
        "What did the flights cost?",
    ],
)
def test_what_the_documents_do_not_say_is_refused_without_a_fact(bot: Assistant, question: str) -> None:
    answer = bot.ask(question)
    assert answer.verdict == "not_covered"
    assert (answer.citations, answer.sentences) == ([], [])
    assert answer.missing
    assert answer.confidence < 0.5


def test_a_list_is_answered_as_a_list(bot: Assistant) -> None:
    answer = bot.ask("Which seven themes did the lectures have?")
    check_citations(bot, answer)
    for theme in (
        "land system",
        "urbanisation",
        "relocation",
        "industrial",
        "food security",
        "smart agriculture",
        "services",
    ):
        assert theme in answer.text


def test_a_table_row_is_answered_with_its_header(bot: Assistant) -> None:
    answer = bot.ask("What was the population of Khyber Pakhtunkhwa in the 2023 census?")
    check_citations(bot, answer)
    assert "40.85" in answer.text


def test_a_follow_up_takes_the_last_question_along(bot: Assistant) -> None:
    history = [
        {"role": "user", "content": "When did the seminar end?"},
        {"role": "assistant", "content": "The seminar ended on 24 July 2024."},
    ]
    answer = bot.ask("And who hosted it?", history)
    assert answer.standalone_question != answer.question
    assert "seminar" in answer.standalone_question
    assert "Urban Development" in answer.text


def test_passages_are_slices_with_ranks(bot: Assistant) -> None:
    results = bot.retrieve("Who hosted the seminar?", k=7)
    assert [result.rank for result in results] == [1, 2, 3, 4, 5, 6, 7]
    assert [result.score for result in results] == sorted((result.score for result in results), reverse=True)
    for result in results:
        assert bot.document(result.document).text[result.start : result.end] == result.text


def test_passages_of_chosen_documents_only(bot: Assistant) -> None:
    results = bot.retrieve("How many people live there?", k=5, scope=Scope(["zunyi.md", "bijie.md"]))
    assert {result.document for result in results} <= {"zunyi.md", "bijie.md"}


def test_the_last_answer_of_a_stream_equals_ask(bot: Assistant) -> None:
    question = "When did the seminar end?"
    assert list(bot.stream(question))[-1] == bot.ask(question)


def test_results_are_frozen_and_become_json(bot: Assistant) -> None:
    answer = bot.ask("When did the seminar end?").to_dict()
    assert set(answer) >= {
        "question", "standalone_question", "verdict", "text", "sentences", "citations", "missing", "confidence",
        "engine", "language", "dropped",
    }  # fmt: skip
    assert set(answer["citations"][0]) >= {
        "marker", "document", "title", "page", "section", "start", "end", "quote", "chunk_id",
    }  # fmt: skip
    assert set(bot.retrieve("x", k=1)[0].to_dict()) >= {
        "chunk_id", "document", "title", "text", "start", "end", "page", "section", "score", "rank",
    }  # fmt: skip
    assert set(bot.document("zunyi.md").to_dict()) >= {
        "id", "title", "text", "media_type", "sha256", "language", "pages", "sections", "metadata",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("question", "language"), [("کب ختم ہوا؟", "ur"), ("研讨会什么时候结束？", "zh"), ("When?", "en")]
)
def test_the_language_of_the_question_is_told(bot: Assistant, question: str, language: str) -> None:
    assert bot.ask(question).language == language


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("سیمینار میں کتنے لوگ شریک ہوئے؟", "19"),
        ("بیجیے کا اوسط درجہ حرارت کتنا ہے؟", "13 °C"),
        ("研讨会有多少学员？", "19"),
        ("毕节的平均气温是多少？", "13 °C"),
    ],
)
def test_urdu_and_chinese_find_english_sentences_without_the_multilingual_model(
    bot: Assistant, question: str, answer: str
) -> None:
    given = bot.ask(question)
    check_citations(bot, given)
    assert given.verdict == "answered"
    assert given.standalone_question == question
    assert answer in given.citations[0].quote


@pytest.mark.parametrize("question", ["لندن کا میئر کون ہے؟", "伦敦市长是谁？"])
def test_urdu_and_chinese_questions_without_an_answer_are_refused(bot: Assistant, question: str) -> None:
    assert bot.ask(question).verdict == "not_covered"


def test_documents_in_chinese_answer_chinese_questions_as_they_stand(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "village.md").write_text("# 化屋村\n\n化屋村有三千人。村里种茶，也做蜡染。\n", "utf-8")
    (corpus / "city.md").write_text("# 安顺市\n\n安顺市有大瀑布。人们在夏天来看瀑布。\n", "utf-8")
    build_index(corpus, tmp_path / "index")
    assert "化屋村有三千人" in retrieve("化屋村有多少人？", 1, tmp_path / "index")[0].text


@pytest.mark.parametrize("question", ["", "   ", "why " * 1100])
def test_an_empty_or_endless_question_is_refused_with_the_remedy(bot: Assistant, question: str) -> None:
    with pytest.raises(QuestionError):
        bot.ask(question)


@pytest.mark.parametrize("history", [[{"role": "user"}], [{"role": "robot", "content": "x"}], ["x"]])
def test_a_malformed_history_is_refused(bot: Assistant, history: list) -> None:  # type: ignore[type-arg]
    with pytest.raises(QuestionError):
        bot.ask("And then?", history)


def test_an_unknown_document_is_named(bot: Assistant) -> None:
    with pytest.raises(DocumentMissing, match=r"nowhere\.md"):
        bot.document("nowhere.md")


def test_a_missing_index_names_the_command(tmp_path: Path, embedder: Embedder) -> None:
    with pytest.raises(IndexMissing, match="assistant build"):
        Assistant.open(tmp_path, embedder=embedder)


def test_an_index_of_another_model_is_refused(built: tuple[Path, object]) -> None:
    from fakes import LetterEmbedder

    with pytest.raises(IndexDamaged, match="letters"):
        Assistant.open(built[0], embedder=LetterEmbedder())


def test_the_plain_function_gives_the_same_passages(built: tuple[Path, object], bot: Assistant) -> None:
    assert retrieve("Who hosted the seminar?", k=3, index=built[0]) == bot.retrieve("Who hosted the seminar?", k=3)


def test_why_tells_each_stage_and_the_threshold(bot: Assistant) -> None:
    question = "Who hosted the seminar, and what is the capital of Peru?"
    answer, parts = bot.ask(question), bot.explain(question)
    assert [part.answered for part in parts] == [True, False] and answer.verdict == "partial"
    for part in parts:
        assert part.answered == (part.confidence >= part.threshold)
        assert [p.score for p in part.passages] == sorted((p.score for p in part.passages), reverse=True)
        assert all(p.read is not None and p.score >= p.fused for p in part.passages)
        assert all(bot.document(s.document).text[s.start : s.end] == s.text for s in part.sentences)
    assert {c.chunk_id for c in answer.citations} <= {p.chunk_id for p in parts[0].passages}
    assert bot.explain("Hello!") == []


def test_of_two_things_asked_together_each_is_read_for_in_fewer_passages(bot: Assistant) -> None:
    alone = bot.explain("Where did the seminar take place?")
    together = bot.explain("When did the seminar begin, and where did it take place?")
    read = [[passage.read is not None for passage in part.passages].count(True) for part in [*alone, *together]]
    assert read == [8, 3, 3]


@pytest.mark.parametrize(
    ("before", "question", "alone"),
    [("What is Huawu?", "How many households?", False), ("Who hosted the seminar?", "Which days?", True)],
)
def test_a_short_question_is_also_asked_alone_unless_it_is_surely_answered(
    bot: Assistant, monkeypatch: pytest.MonkeyPatch, before: str, question: str, alone: bool
) -> None:
    asked = []

    def find(self: Retriever, text: str, limit: int, scope: Scope | None = None, **options: bool) -> Found:
        asked.append(text)
        return found(self, text, limit, scope, **options)

    found = Retriever.find
    monkeypatch.setattr(Retriever, "find", find)
    answer = bot.ask(question, [{"role": "user", "content": before}])
    assert answer.standalone_question in asked
    assert asked[0] != question
    assert asked[1:] == ([question] if alone else [])


PLAN = "---\ntitle: {title}\ndate: {date}\n---\n\nThe tour of Guizhou takes {days} days, with a night in Bijie.\n"


@pytest.mark.parametrize(
    ("other", "note"),
    [
        ("Visit plan, draft", "The newer version says “6 days” (Visit plan, 2024-07-01); it replaces “4 days”"),
        ("Diary of a guest", "The documents differ: "),
    ],
)
def test_a_newer_version_of_a_document_supersedes_and_another_document_differs(
    tmp_path: Path, embedder: Embedder, other: str, note: str
) -> None:
    (tmp_path / "corpus").mkdir()
    plans = {"a.md": (other, "2024-06-01", 4), "b.md": ("Visit plan", "2024-07-01", 6)}
    for name, (title, date, days) in plans.items():
        (tmp_path / "corpus" / name).write_text(PLAN.format(title=title, date=date, days=days))
    build_index(tmp_path / "corpus", tmp_path / "index", embedder=embedder)
    with Assistant.open(tmp_path / "index", embedder=embedder) as bot:
        answer = bot.ask("How many days does the tour of Guizhou take?")
    assert answer.sentences[-1].text.startswith(note)
    assert {answer.citations[marker - 1].document for marker in answer.sentences[-1].citations} == set(plans)
