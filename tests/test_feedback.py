"""Readers' feedback: given in the page, kept in SQLite, grouped, drawn, and taken away without doing harm."""

import csv
import io
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect
from test_app import UNANSWERED, ask, browser, free_port, opened, violations  # noqa: F401 - a fixture among them  # noqa: F401 - a fixture among them

from assistant import Assistant, BuildReport, Settings
from assistant.app import running
from assistant.embedder import Embedder
from assistant.errors import QuestionError
from assistant.evaluation import evaluate, read_questions
from assistant.phrases import LANGUAGES
from assistant.web.feedback import FILE, LOCK, RATINGS, FeedbackStore
from assistant.web.feedback_export import feedback_csv, feedback_questions
from assistant.web.feedback_groups import grouped
from assistant.web.feedback_view import feedback_html
from assistant.web.words import words_for

pytestmark = [  # Gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting'"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
CORPUS = Path(__file__).parents[1] / "corpus"
ANSWERED = "How many people took part in the seminar?"
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "|calc", "%0A", "＝1", '=cmd|"/c calc"!A1']


@pytest.fixture(scope="module")
def settings(built: tuple[Path, BuildReport]) -> Settings:
    return Settings(corpus=str(CORPUS), index=str(built[0]), port=free_port(), keep_questions=True)


@pytest.fixture(scope="module")
def address(settings: Settings, embedder: Embedder) -> Iterator[str]:
    with running(settings, lambda *_: Assistant.open(settings.index, embedder=embedder)) as url:
        yield url
    for path in Path(settings.index).glob(f"{FILE}*"):
        path.unlink()


@pytest.fixture
def store(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(tmp_path)


class TestGiving:
    def test_by_keyboard_alone(
        self,
        browser: Browser,
        address: str,
        settings: Settings,
        bot: Assistant,
    ) -> None:
        with opened(browser, address) as page:
            ask(page, ANSWERED)
            expect(page.locator(".feedback")).to_be_visible()
            for _ in range(40):
                page.keyboard.press("Shift+Tab")
                if page.evaluate("document.activeElement.matches('.thumb:last-child')"):
                    break
            page.keyboard.press("Enter")
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            expect(page.locator(".feedback [role=status]")).to_have_text("Choose what is wrong first.")
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Tab")
            page.keyboard.type("It leaves out <b>the cooks</b>.")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            expect(page.locator(".feedback [role=status]")).to_contain_text("Thank you")
            assert page.evaluate("document.activeElement.matches('.thumb')")
        kept = FeedbackStore(Path(settings.index)).all()[0]
        expected = bot.ask(ANSWERED)
        assert (kept.rating, kept.comment) == ("incomplete", "It leaves out <b>the cooks</b>.")
        assert (kept.question, kept.answer, kept.verdict) == (ANSWERED, expected.text, expected.verdict)
        assert kept.citations == [citation.to_dict() for citation in expected.citations]
        assert kept.generation == bot.generation

    def test_good_at_one_press_and_another_opinion_replaces_it(
        self,
        browser: Browser,
        address: str,
        settings: Settings,
    ) -> None:
        store = FeedbackStore(Path(settings.index))
        before = len(store.all())
        with opened(browser, address) as page:
            ask(page, ANSWERED)
            page.get_by_role("button", name="Good", exact=True).click()
            expect(page.locator(".feedback [role=status]")).to_contain_text("Thank you")
            assert store.all()[0].rating == "good"
            page.get_by_role("button", name="Not good").click()
            page.get_by_label("citation wrong").check()
            page.get_by_role("button", name="Send").click()
            expect(page.locator(".feedback form")).to_be_hidden()
        assert len(store.all()) == before + 1 and store.all()[0].rating == "citation"

    def test_the_organiser_sees_it_in_every_language_and_axe_finds_nothing(
        self,
        browser: Browser,
        address: str,
    ) -> None:
        give(address, rating="wrong", comment='<img src=x onerror="window.pwned=1">')
        for language in LANGUAGES:
            with opened(browser, address, path=f"organiser?lang={language}", color_scheme="dark") as page:
                expect(page.locator("#feedback svg[role=img]")).to_be_visible(timeout=60_000)
                expect(page.locator("#feedback")).to_contain_text("<img src=x")
                page.locator("#feedback summary").click()
                expect(page.locator(".figures")).to_be_visible()
                assert violations(page) == [] and page.evaluate("window.pwned") is None

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_axe_finds_nothing_under_an_answer(self, browser: Browser, address: str, language: str) -> None:
        with opened(browser, address, path=f"?lang={language}") as page:
            ask(page, ANSWERED)
            page.locator(".thumb").last.click()
            assert violations(page) == []

    @pytest.mark.parametrize(
        "change",
        [{"rating": "best"}, {"rating": None}, {"comment": "x" * 2001}, {"key": "a/b"}, {"key": "1" * 65},
         {"answer": {"text": "<b>"}}, {"answer": "said"}, {"generation": "x"}],
    )  # fmt: skip
    def test_what_is_malformed_is_refused_in_words(self, address: str, change: dict[str, Any]) -> None:
        assert give(address, **change).status_code == 422

    def test_what_is_too_much_is_refused(self, address: str) -> None:
        assert give(address, comment="x" * 200_000).status_code == 413


class TestRefusedQuestions:
    def test_they_are_counted_if_that_is_wished(self, address: str, settings: Settings) -> None:
        from gradio_client import Client

        client = Client(address, verbose=False)
        store = FeedbackStore(Path(settings.index))
        for question in (UNANSWERED, UNANSWERED, ANSWERED):
            client.predict(question, api_name="/ask")
        assert store.unanswered()[UNANSWERED] >= 2 and ANSWERED not in store.unanswered()

    def test_they_are_not_kept_by_default(self, settings: Settings, tmp_path: Path, embedder: Embedder) -> None:
        from gradio_client import Client

        assert Settings().keep_questions is False
        own = replace(settings, keep_questions=False, port=free_port())
        before = FeedbackStore(Path(settings.index)).unanswered()
        with running(own, lambda *_: Assistant.open(settings.index, embedder=embedder)) as url:
            answer = Client(url, verbose=False).predict("Which hotel was booked for the cooks?", api_name="/ask")
        assert answer["verdict"] == "not_covered"
        assert FeedbackStore(Path(settings.index)).unanswered() == before


def give(address: str, **change: Any) -> httpx.Response:
    values = {"key": "k1", "rating": "good", "comment": "", "answer": plain_answer(), "generation": 1} | change
    return httpx.post(f"{address}web/feedback", json=values)


def plain_answer() -> dict[str, Any]:
    return {
        "question": "Who?", "standalone_question": "Who came?", "verdict": "answered", "text": "They came\\. [1]",
        "sentences": [], "citations": [], "missing": "", "confidence": 0.5, "engine": "extractive", "language": "en",
    }  # fmt: skip


class TestStore:
    def test_it_is_kept_in_the_index_folder_outside_generations(
        self, store: FeedbackStore, bot: Assistant, tmp_path: Path
    ) -> None:
        assert store.all() == [] and not (tmp_path / FILE).exists()
        store.keep("1", "good", " fine ", bot.ask(ANSWERED), 3)
        assert {path.name for path in tmp_path.iterdir()} - {f"{FILE}-wal", f"{FILE}-shm"} == {FILE, LOCK}
        with sqlite3.connect(tmp_path / FILE) as database:
            assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        database.close()
        (kept,) = store.all()
        assert (kept.comment, kept.generation) == ("fine", 3)
        assert store.counts() == dict.fromkeys(RATINGS, 0) | {"good": 1}

    def test_many_write_at_once(self, store: FeedbackStore, tmp_path: Path, bot: Assistant) -> None:
        answer = bot.ask(ANSWERED)
        stores = [store, FeedbackStore(tmp_path)]

        def write(number: int) -> None:
            for turn in range(20):
                stores[number % 2].keep(f"{number}x{turn}", "good", "", answer, 1)
                stores[number % 2].keep_refused("Why?")

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.counts()["good"] == 80 and store.unanswered() == {"Why?": 80}
        assert store.days(30)[-1].good == 80 and len(store.days(30)) == 30

    def test_many_begin_the_file_at_once(self, tmp_path: Path, bot: Assistant) -> None:
        answer = bot.ask(ANSWERED)
        start = threading.Barrier(4)

        def write(folder: Path, key: str) -> None:
            start.wait()
            FeedbackStore(folder).keep(key, "good", "", answer, 1)

        for turn in range(50):
            folder = tmp_path / str(turn)
            folder.mkdir()
            threads = [threading.Thread(target=write, args=(folder, str(number))) for number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert FeedbackStore(folder).counts()["good"] == 4

    def test_a_file_that_is_none_is_told_in_words(self, store: FeedbackStore, tmp_path: Path, bot: Assistant) -> None:
        (tmp_path / FILE).write_bytes(b"no database" * 100)
        with pytest.raises(QuestionError, match="move it away"):
            store.keep("1", "good", "", bot.ask(ANSWERED), 1)


class TestTakingAway:
    @pytest.mark.parametrize("text", HOSTILE)
    def test_no_cell_is_a_formula(self, store: FeedbackStore, bot: Assistant, text: str) -> None:
        answer = replace(bot.ask(ANSWERED), question=text, standalone_question=text, text=text)
        store.keep("1", "wrong", f"{text} ", answer, None)
        (row,) = csv.DictReader(io.StringIO(feedback_csv(store.all()).removeprefix("\ufeff"), newline=""))
        assert row["question"] == f"'{text}"
        for value in row.values():
            assert not value.lstrip(" ").startswith(tuple("=+-@\t\r\n|%＝＋－＠"))

    def test_plain_words_of_all_languages_stay_as_they_are(self, store: FeedbackStore, bot: Assistant) -> None:
        answer = replace(bot.ask(ANSWERED), question='سیمینار "کب" ہوا؟\n谁来了？')
        store.keep("1", "good", "a, b; c", answer, 2)
        (row,) = csv.DictReader(io.StringIO(feedback_csv(store.all()).removeprefix("\ufeff"), newline=""))
        assert (row["question"], row["comment"], row["generation"]) == (answer.question, "a, b; c", "2")

    def test_over_http_it_is_a_file_to_save(self, address: str) -> None:
        give(address)
        answer = httpx.get(f"{address}organiser/feedback.csv")
        assert answer.text.startswith("\ufeff") and "attachment" in answer.headers["content-disposition"]
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"

    def test_the_question_file_is_one_that_evaluate_takes(
        self, store: FeedbackStore, bot: Assistant, tmp_path: Path
    ) -> None:
        good, refusal = bot.ask(ANSWERED), bot.ask(UNANSWERED)
        wrong = bot.ask("What is Gwadar Pro?")
        store.keep("1", "good", "", good, 1)
        store.keep("2", "good", "", refusal, 1)
        store.keep("3", "wrong", "", wrong, 1)
        store.keep("4", "refuse", "", replace(wrong, standalone_question="What is Gwadar Pro Max?"), 1)
        (tmp_path / "questions.jsonl").write_text(feedback_questions(store.all()), "utf-8")
        items = {item.question: item for item in read_questions(tmp_path / "questions.jsonl")}
        assert {question: item.answerable for question, item in items.items()} == {
            ANSWERED: True, UNANSWERED: False, "What is Gwadar Pro?": True, "What is Gwadar Pro Max?": False
        }  # fmt: skip
        assert items[ANSWERED].gold == [{"document": c.document, "quote": c.quote} for c in good.citations]
        figures = evaluate(bot, list(items.values()))
        assert figures["questions"] == 4 and figures["answers"]["attribution"] >= 0.5


class TestGroups:
    def test_like_questions_stand_together_the_most_frequent_first(self, embedder: Embedder) -> None:
        questions = {
            "When is the next seminar?": 1,
            "What is the date of the next seminar?": 2,
            "Who is the author of the Iliad?": 1,
            "Which hotel did the participants stay in?": 3,
            "What was the hotel of the participants called?": 2,
        }
        groups = [{question for question, _ in group} for group in grouped(questions, embedder)]
        assert groups == [set(list(questions)[3:]), set(list(questions)[:2]), {list(questions)[2]}]

    def test_one_or_none(self, embedder: Embedder) -> None:
        assert grouped({}, embedder) == [] and grouped({"Who?": 1}, embedder) == [[("Who?", 1)]]


def test_the_plot_says_in_words_what_it_draws(store: FeedbackStore, bot: Assistant) -> None:
    for number in range(3):
        store.keep(f"{number}", "good" if number else "wrong", "", bot.ask(ANSWERED), 1)
    shown = feedback_html(store.counts(), store.days(30), [], store.all(), words_for("en"), False)
    assert "2 good and 1 not good" in shown and shown.count('<rect class="good"') == 2  # a bar and its key
    assert "style=" not in shown and "keep_questions" in shown
