"""The web chat served for real: its page in Debian's chromium, its endpoints through Gradio's client and plain HTTP."""

import asyncio
import html
import json
import re
import shutil
import socket
import subprocess
import threading
import time
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from conftest import reached
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assistant import Answer, Assistant, BuildReport, Settings, build_index
from assistant.app import running
from assistant.embedder import Embedder
from assistant.errors import IndexMissing, SettingsError
from assistant.evaluation import read_questions
from assistant.phrases import LANGUAGES
from assistant.schema import Progress
from assistant.web.page import static_files
from assistant.web.prose import plain_words
from assistant.web.words import words_for

CORPUS = Path(__file__).parents[1] / "corpus"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = [  # Gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting'"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
QUESTIONS = read_questions(Path(__file__).parent / "quality" / "questions.jsonl")
NOT_CACHED = ("page.html", "worker.js", "login.html", "organiser.css", "organiser.html", "organiser.js")
UNANSWERED = "Which hotel did the participants stay in?"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def settings(built: tuple[Path, BuildReport]) -> Settings:
    return Settings(corpus=str(CORPUS), index=str(built[0]), port=free_port())


@pytest.fixture(scope="module")
def address(settings: Settings, embedder: Embedder) -> Iterator[str]:
    with running(settings, lambda _: Assistant.open(settings.index, embedder=embedder)) as url:
        yield url
    assert not reached


@pytest.fixture(scope="module")
def examples(address: str) -> list[str]:
    """Questions that the documents answer."""
    found: list[str] = json.loads(fetched(f"{address}web/examples"))
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with opened(browser, address) as tab:
        yield tab


class opened:
    """A page whose requests all go to the chat and whose console stays silent."""

    def __init__(self, browser: Browser, address: str, *, path: str = "", **context: Any) -> None:
        self._browser, self._address, self._path, self._context = browser, address, path, context
        self._trouble: list[str] = []

    def __enter__(self) -> Page:
        self._kept = self._browser.new_context(**({"viewport": {"width": 1400, "height": 900}} | self._context))
        page = self._kept.new_page()
        page.on("console", lambda message: self._trouble.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._trouble.append(str(error)))
        page.on("request", self._check)
        page.goto(self._address + self._path)
        page.locator(".shelf, #evidence mark").first.wait_for(state="attached")
        return page

    def __exit__(self, *_: object) -> None:
        self._kept.close()
        assert not self._trouble

    def _check(self, request: Any) -> None:
        if not request.url.startswith((self._address, "blob:", "data:")):
            self._trouble.append(f"a request to {request.url}")


def fetched(url: str, **headers: str) -> str:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as response:
        return str(response.read().decode())


def status_of(url: str, data: bytes | None = None, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=headers)) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def ask(page: Page, question: str) -> None:
    page.get_by_label(words_for(page.locator("html").get_attribute("lang") or "en")("question_label")).fill(question)
    page.keyboard.press("Enter")
    page.locator(".turn").last.locator(".verdict").wait_for()


def like(answer: Answer) -> dict[str, Any]:
    """Return the answer's dictionary; its confidence may differ in the last digits, as sums in another order do."""
    return answer.to_dict() | {"confidence": pytest.approx(answer.confidence, abs=0.01)}


def squeezed(text: str) -> str:
    return "".join(text.split())


class TestReading:
    def test_ask_click_a_marker_and_see_the_quoted_sentence(
        self, page: Page, examples: list[str], bot: Assistant
    ) -> None:
        ask(page, examples[0])
        answer = bot.ask(examples[0])
        assert squeezed(page.locator(".prose").inner_text()) == squeezed(plain_words(answer.text))
        for citation in answer.citations:
            page.locator(f'.prose .marker[data-marker="{citation.marker}"]').first.click()
            expect(page.locator("#evidence-title")).to_be_focused()
            expect(page.locator("#evidence-title")).to_have_text(citation.title)
            expect(page.locator("#evidence mark").first).to_be_in_viewport()
            assert squeezed("".join(page.locator("#evidence mark").all_inner_texts())) == squeezed(citation.quote)

    @pytest.mark.timeout(900)
    def test_of_fifty_questions_the_text_is_the_answers_and_each_marker_opens_its_quote(
        self, page: Page, bot: Assistant
    ) -> None:
        for item in QUESTIONS[:: len(QUESTIONS) // 50][:50]:
            ask(page, item.question)
            answer = bot.ask(item.question)
            said = re.sub(r"^- ", "", plain_words(answer.text), flags=re.MULTILINE)
            assert squeezed(page.locator(".prose").inner_text()) == squeezed(said), item.question
            assert page.locator(".prose .marker").count() == len(re.findall(r"\[\d+\]", answer.text))
            for citation in answer.citations:
                page.locator(f'.prose .marker[data-marker="{citation.marker}"]').first.click()
                expect(page.locator(f'.prose .marker[data-marker="{citation.marker}"]').first).to_have_attribute(
                    "data-current", ""
                )
                marked = "".join(page.locator("#evidence mark").all_inner_texts())
                assert squeezed(marked) == squeezed(citation.quote), (item.question, citation)
            page.get_by_role("button", name="New chat").click()

    def test_a_quote_that_moved_is_found_and_one_that_is_gone_is_told(self, address: str, bot: Assistant) -> None:
        name = "programme-briefing.pdf"
        quote = "The seminar of July 2024 had 19 participants from Pakistan."
        start = bot.document(name).text.index(quote)
        query = urlencode({"document": name, "start": start + 40, "end": start + 90, "quote": quote})
        with urllib.request.urlopen(f"{address}web/evidence?{query}") as response:
            assert int(response.headers["X-Start"]) == start
            assert re.findall("<mark>(.*?)</mark>", response.read().decode()) == [quote]
        gone = urlencode({"document": name, "start": start, "end": start + 9, "quote": "Nobody took part."})
        assert status_of(f"{address}web/evidence?{gone}") == 404

    def test_every_citation_of_every_example_opens_at_its_quote(
        self, address: str, examples: list[str], bot: Assistant
    ) -> None:
        for question in examples:
            for citation in bot.ask(question).citations:
                query = f"document={citation.document}&start={citation.start}&end={citation.end}"
                marked = re.findall("<mark>(.*?)</mark>", fetched(f"{address}web/evidence?{query}"), re.DOTALL)
                assert squeezed("".join(marked)) == squeezed(html.escape(citation.quote))

    def test_pointing_at_a_marker_shows_quote_and_place(self, page: Page, examples: list[str], bot: Assistant) -> None:
        ask(page, examples[0])
        citation = bot.ask(examples[0]).citations[0]
        page.locator(".prose .marker").first.hover()
        expect(page.get_by_role("tooltip")).to_contain_text(citation.title)
        assert squeezed(citation.quote) in squeezed(page.get_by_role("tooltip").inner_text())
        page.keyboard.press("Escape")
        expect(page.get_by_role("tooltip")).to_be_hidden()

    def test_by_keyboard_alone(self, page: Page, examples: list[str]) -> None:
        expect(page.locator("#question")).to_be_focused()
        page.keyboard.type(examples[0])
        page.keyboard.press("Enter")
        page.locator(".marker").first.wait_for()
        for _ in range(40):
            page.keyboard.press("Shift+Tab")
            if page.evaluate("document.activeElement.matches('.prose .marker')"):
                break
        expect(page.get_by_role("tooltip")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.locator("#evidence-title")).to_be_focused()
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.matches('.prose .marker')")

    def test_a_pdf_page_is_shown_with_the_quote_boxed(self, address: str, bot: Assistant) -> None:
        document = bot.document("programme-briefing.pdf")
        quote = "The seminar of July 2024 had 19 participants from Pakistan."
        start = document.text.index(quote)
        query = f"document={document.id}&number={document.page_at(start)}&start={start}&end={start + len(quote)}"
        with urllib.request.urlopen(f"{address}web/page?{query}") as response:
            assert response.headers["Content-Type"] == "image/png" and int(response.headers["X-Boxes"]) >= 1
        assert status_of(f"{address}web/page?document=zunyi.md&number=1") == 404
        assert status_of(f"{address}web/page?document={document.id}&number=99") == 404

    def test_a_pdf_is_paged_through_in_the_pane(self, page: Page) -> None:
        page.locator('.shelf button[data-document="programme-briefing.pdf"]').click()
        page.get_by_role("button", name="Page as printed").click()
        picture = page.locator(".sheet img")
        expect(picture).to_have_attribute("alt", re.compile("^Page 1 of "))
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 400
        page.get_by_role("button", name="Next page").click()
        expect(picture).to_have_attribute("alt", re.compile("^Page 2 of "))

    def test_on_a_narrow_screen_the_evidence_is_a_drawer(
        self, browser: Browser, address: str, examples: list[str]
    ) -> None:
        with opened(browser, address, viewport={"width": 390, "height": 800}) as page:
            ask(page, examples[0])
            expect(page.locator("#evidence")).to_be_hidden()
            page.locator(".prose .marker").first.click()
            expect(page.get_by_role("dialog")).to_be_visible()
            expect(page.locator("#evidence mark").first).to_be_in_viewport()
            page.get_by_role("button", name="Close").click()
            expect(page.locator("#evidence")).to_be_hidden()
            assert page.evaluate("document.activeElement.matches('.prose .marker')")


class TestAsking:
    def test_what_the_documents_do_not_say_is_refused_in_words(self, page: Page) -> None:
        ask(page, UNANSWERED)
        expect(page.locator(".verdict")).to_contain_text("Not in the documents")
        expect(page.locator(".marker")).to_have_count(0)

    def test_an_example_asks_itself_and_next_questions_are_offered(self, page: Page, examples: list[str]) -> None:
        page.get_by_role("button", name=examples[0]).click()
        expect(page.locator(".turn h2").first).to_have_text(examples[0])
        expect(page.locator(".verdict")).to_contain_text("Answered")

    def test_edit_and_ask_again_replaces_what_came_after(self, page: Page, examples: list[str]) -> None:
        for question in examples[:2]:
            ask(page, question)
        page.locator(".turn").first.get_by_role("button", name="Edit").click()
        expect(page.locator("#question")).to_have_value(examples[0])
        ask(page, examples[2])
        expect(page.locator(".turn h2")).to_have_text([examples[2]])
        page.get_by_role("button", name="Ask again").click()
        expect(page.locator(".verdict")).to_be_visible()
        expect(page.locator(".turn h2")).to_have_text([examples[2]])

    def test_conversations_are_kept_opened_again_and_deleted(
        self, page: Page, address: str, examples: list[str]
    ) -> None:
        ask(page, examples[0])
        words = page.locator(".prose").inner_text()
        page.goto(f"{address}?lang=zh")
        expect(page.locator(".prose")).to_have_text(words, use_inner_text=True)
        expect(page.locator(".verdict")).to_contain_text("已回答")
        page.get_by_role("button", name="新对话").click()
        expect(page.locator(".turn")).to_have_count(0)
        ask(page, examples[1])
        page.goto(f"{address}?lang=en")
        expect(page.locator(".turn h2")).to_have_text([examples[1]])
        page.get_by_text("History").click()
        page.get_by_role("button", name=examples[0]).first.click()
        expect(page.locator(".turn h2")).to_have_text([examples[0]])
        expect(page.locator(".prose")).to_have_text(words, use_inner_text=True)
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_text("History").click()
        page.get_by_role("button", name=f"Delete “{examples[0]}”").click()
        expect(page.locator(".turn")).to_have_count(0)
        page.get_by_role("button", name="Delete all").click()
        expect(page.locator("#history")).to_be_hidden()
        page.reload()
        page.locator(".shelf").wait_for(state="attached")
        expect(page.locator(".turn")).to_have_count(0)
        assert page.evaluate("Object.keys(localStorage).filter(key => localStorage[key].length > 2)") == []

    def test_what_was_understood_is_told_and_corrected(self, page: Page) -> None:
        ask(page, "Who hosted the seminar?")
        ask(page, "And how many took part in it?")
        understood = page.locator(".turn").last.locator(".understood")
        expect(understood).to_contain_text("seminar")
        understood.get_by_role("button", name="Correct this").click()
        expect(page.locator("#question")).to_have_value(understood.locator("q").inner_text())

    def test_a_link_asks_its_question_of_its_documents(self, page: Page, browser: Browser, address: str) -> None:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator('[data-tick="gwadar-pro.md"]').check()
        ask(page, "What is Gwadar Pro?")
        words = page.locator(".prose").inner_text()
        page.get_by_role("button", name="Copy a link").click()
        expect(page.locator("#status")).to_have_text("Copied.")
        link = page.evaluate("navigator.clipboard.readText()")
        assert "in=gwadar-pro.md" in link
        with opened(browser, address, path=link.removeprefix(address)) as other:
            expect(other.locator(".prose")).to_have_text(words, use_inner_text=True)
            expect(other.locator("#notice")).to_have_text("")
        with opened(
            browser, address, path=re.sub(r"generation=\d+", "generation=999", link).removeprefix(address)
        ) as other:
            expect(other.locator("#notice")).to_contain_text("have changed since this link")

    def test_a_link_opens_a_place(self, browser: Browser, address: str, bot: Assistant) -> None:
        quote = bot.document("zunyi.md").text[20:60]
        with opened(browser, address, path="?read=zunyi.md&start=20&end=60") as page:
            expect(page.locator("#evidence mark").first).to_be_in_viewport()
            assert squeezed("".join(page.locator("#evidence mark").all_inner_texts())) == squeezed(quote)

    @pytest.mark.parametrize(("language", "verdict"), [("en", "Answered"), ("ur", "جواب موجود ہے"), ("zh", "已回答")])
    def test_on_paper_stand_the_quotations(
        self, browser: Browser, address: str, examples: list[str], bot: Assistant, tmp_path: Path, language: str,
        verdict: str,
    ) -> None:  # fmt: skip
        with opened(browser, address, path=f"?lang={language}", color_scheme="dark") as page:
            ask(page, examples[0])
            page.pdf(path=tmp_path / "chat.pdf", prefer_css_page_size=True)
        shown = subprocess.run(
            ["pdftotext", "-raw", tmp_path / "chat.pdf", "-"], capture_output=True, check=True, text=True
        ).stdout
        words = squeezed(unicodedata.normalize("NFKC", re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", shown)))
        assert all(word in words for word in verdict.split())  # pdftotext gives Urdu's words from the left
        for citation in bot.ask(examples[0]).citations:
            assert words.count(squeezed(unicodedata.normalize("NFKC", citation.quote))) >= 2

    def test_copying_saving_and_why(self, page: Page, examples: list[str], bot: Assistant) -> None:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        ask(page, examples[0])
        page.get_by_role("button", name="Copy with footnotes").click()
        expect(page.locator("#status")).to_have_text("Copied.")
        assert bot.ask(examples[0]).citations[0].document in page.evaluate("navigator.clipboard.readText()")
        page.get_by_role("button", name="Why this answer?").click()
        expect(page.locator(".why")).to_contain_text("quoted")
        page.get_by_text("Save chat").click()
        with page.expect_download() as saving:
            page.get_by_role("button", name="As Markdown", exact=True).click()
        assert f"## {examples[0]}" in saving.value.path().read_text("utf-8")

    def test_asking_in_ticked_documents_alone(self, page: Page) -> None:
        page.locator('[data-tick="gwadar-pro.md"]').check()
        expect(page.locator("#scope")).to_contain_text("Gwadar Pro")
        ask(page, "What is Gwadar Pro?")
        cited = page.locator(".sources [data-document]").evaluate_all("all => all.map(one => one.dataset.document)")
        assert set(cited) <= {"gwadar-pro.md"}

    def test_a_question_is_shown_as_it_was_typed(self, page: Page) -> None:
        hostile = '<img src="http://outside.example/x.png" onerror="window.pwned = 1"> **hotel**?'
        ask(page, hostile)
        expect(page.locator(".turn h2")).to_have_text(hostile)
        assert page.evaluate("window.pwned") is None


class TestOpening:
    def test_the_page_is_up_while_the_models_load_and_answers_when_they_are(
        self, browser: Browser, settings: Settings, embedder: Embedder, examples: list[str]
    ) -> None:
        gate = threading.Event()

        def ready(_: Progress) -> Assistant:
            gate.wait(60)
            return Assistant.open(settings.index, embedder=embedder)

        with running(Settings(corpus=str(CORPUS), index=settings.index, port=free_port()), ready) as url:
            page = browser.new_page()
            page.goto(url)
            expect(page.locator("#status")).to_contain_text("being opened")
            page.locator("#question").fill(examples[0])
            page.get_by_role("button", name="Ask", exact=True).click()
            expect(page.get_by_role("button", name="Stop")).to_be_visible()
            page.get_by_role("button", name="Stop").click()
            expect(page.locator(".turn")).to_contain_text("Stopped.")
            page.get_by_role("button", name="Ask again").click()
            gate.set()
            expect(page.locator(".verdict")).to_be_visible(timeout=30_000)
            page.close()

    def test_without_its_server_the_page_opens_and_keeps_no_answer_in_its_cache(
        self, browser: Browser, settings: Settings, embedder: Embedder, examples: list[str]
    ) -> None:
        page = browser.new_page()
        chosen = Settings(corpus=str(CORPUS), index=settings.index, port=free_port())
        with running(chosen, lambda _: Assistant.open(settings.index, embedder=embedder)) as url:
            manifest = json.loads(fetched(f"{url}manifest.webmanifest?lang=ur"))
            assert manifest["dir"] == "rtl" and {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
            assert all(status_of(url.rstrip("/") + icon["src"]) == 200 for icon in manifest["icons"])
            page.goto(url)
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            page.reload()
            page.locator(".shelf").wait_for(state="attached")
            ask(page, examples[0])
            kept = page.evaluate(
                "caches.open('page').then(cache => cache.keys()).then(all => all.map(one => new URL(one.url).pathname))"
            )
            static = {f"/web/static/{name}" for name in static_files()} - {f"/web/static/{n}" for n in NOT_CACHED}
            assert set(kept) == static | {"/", "/manifest.webmanifest"}
        page.reload()
        expect(page.locator(".turn h2")).to_have_text([examples[0]])
        expect(page.locator("#status")).to_contain_text("The server does not answer")
        page.close()

    def test_a_newer_index_is_taken_up_while_questions_go_on(self, tmp_path: Path, embedder: Embedder) -> None:
        corpus, index = tmp_path / "corpus", tmp_path / "index"
        corpus.mkdir()
        (corpus / "tea.md").write_text("# Tea\n\nThe tea garden of Meitan covers 40,000 hectares.\n", "utf-8")
        build_index(corpus, index, embedder=embedder)
        settings = Settings(corpus=str(corpus), index=str(index), port=free_port())
        with running(settings, lambda _: Assistant.open(index, embedder=embedder)) as url:
            assert json.loads(fetched(f"{url}web/state"))["generation"] in (0, 1)
            (corpus / "tea.md").write_text("# Tea\n\nThe tea garden of Meitan covers 41,000 hectares.\n", "utf-8")
            build_index(corpus, index, embedder=embedder)
            for _ in range(100):
                if json.loads(fetched(f"{url}web/state"))["generation"] == 2:
                    break
                time.sleep(0.2)
            assert "41,000" in fetched(f"{url}web/evidence?document=tea.md")

    def test_a_failure_is_told_in_words(self, browser: Browser) -> None:
        def ready(_: Progress) -> Assistant:
            raise IndexMissing("There is no index; run: assistant build")

        with running(Settings(port=free_port()), ready) as url:
            page = browser.new_page()
            page.goto(url)
            expect(page.locator("#status")).to_have_text("There is no index; run: assistant build")
            page.close()

    def test_a_port_in_use_is_told_in_words(self, settings: Settings, address: str) -> None:
        with pytest.raises(SettingsError, match="choose another --port"), running(settings, lambda _: Assistant.open()):
            pass


class TestForAll:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize("width", [1400, 390])
    def test_axe_finds_nothing(
        self, browser: Browser, address: str, examples: list[str], language: str, theme: str, width: int
    ) -> None:
        look: dict[str, Any] = {"color_scheme": theme, "viewport": {"width": width, "height": 900}}
        with opened(browser, address, path=f"?lang={language}", **look) as page:
            expect(page.locator("#examples")).to_be_visible()
            assert violations(page) == []
            ask(page, UNANSWERED)
            ask(page, examples[0])
            page.locator('[data-action="why"]').last.click()
            page.locator(".passages").first.wait_for()
            assert violations(page) == []
            for menu in ("#history", "#keep"):
                page.locator(f"{menu} summary").click()
                assert violations(page) == []
                page.keyboard.press("Escape")
            page.locator(".turn").last.locator(".prose .marker").first.click()
            expect(page.locator("#evidence mark").first).to_be_visible()
            page.wait_for_timeout(300)
            assert violations(page) == []
            page.keyboard.press("Escape")
            page.locator("#open-shelf").click()
            page.locator('.shelf [data-document="programme-briefing.pdf"]').click()
            page.locator("#as-page").click()
            page.locator(".sheet img").wait_for()
            page.wait_for_timeout(300)
            assert violations(page) == []

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(("width", "scale"), [(320, 1), (390, 1), (801, 1), (1280, 2), (2560, 1)])
    def test_no_scrolling_sideways(
        self, browser: Browser, address: str, examples: list[str], language: str, width: int, scale: int
    ) -> None:
        with opened(browser, address, path=f"?lang={language}", viewport={"width": width, "height": 800}) as page:
            page.evaluate(f"document.documentElement.style.fontSize = '{16 * scale}px'")
            ask(page, examples[0])
            page.locator(".prose .marker").first.click()
            page.locator("#evidence mark").first.wait_for()
            parts = "[document.documentElement, ...document.querySelectorAll('.scroll')]"
            wide = f"{parts}.map(part => part.scrollWidth - part.clientWidth)"
            assert max(page.evaluate(wide)) <= 0

    def test_the_switches_of_language_and_colours(self, page: Page) -> None:
        page.get_by_role("link", name="اردو").click()
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        expect(page.get_by_label("آپ کا سوال")).to_be_visible()
        page.locator(".shelf").wait_for(state="attached")  # the page's script listens from then on
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        for _ in range(2):
            page.locator("#theme").click()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    def test_the_answer_is_announced_politely(self, page: Page, examples: list[str]) -> None:
        ask(page, examples[0])
        expect(page.locator("#announcer")).to_have_attribute("role", "status")
        expect(page.locator("#announcer")).to_contain_text("Answered. ")


def violations(page: Page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{item['id']}: {node['html']}" for item in found for node in item["nodes"]]


class TestPrograms:
    def test_the_endpoints_are_those_promised(self, address: str) -> None:
        info = json.loads(fetched(f"{address}gradio_api/info"))
        assert set(info["named_endpoints"]) == {"/ask", "/search", "/documents"}
        assert not info["unnamed_endpoints"]

    def test_through_gradios_client(self, address: str, examples: list[str], bot: Assistant) -> None:
        from gradio_client import Client

        client = Client(address, verbose=False)
        asked = bot.ask(examples[0])
        assert client.predict(examples[0], api_name="/ask") == like(asked)
        history = [{"role": "user", "content": examples[0]}, {"role": "assistant", "content": asked.text}]
        followed = client.predict("Where is it?", history, api_name="/ask")
        assert followed == like(bot.ask("Where is it?", history))
        results = client.predict(examples[0], 3, api_name="/search")
        assert [result["chunk_id"] for result in results] == [r.chunk_id for r in bot.retrieve(examples[0], 3)]
        listed = client.predict(api_name="/documents")
        assert {item["id"]: item["title"] for item in listed} == bot.documents()

    @pytest.mark.parametrize("path", ["mcp", "gradio_api/mcp/"])
    def test_through_an_mcp_client(self, address: str, examples: list[str], bot: Assistant, path: str) -> None:
        from mcp.client.client import Client

        async def used() -> None:
            async with Client(address + path) as client:
                assert [tool.name for tool in (await client.list_tools()).tools] == ["ask", "search", "read_document"]
                asked = (await client.call_tool("ask", {"question": examples[0]})).structured_content
                assert asked == like(bot.ask(examples[0]))
                found = (await client.call_tool("search", {"question": examples[0], "k": 3})).structured_content
                assert [hit["chunk_id"] for hit in found["results"]] == [
                    hit.chunk_id for hit in bot.retrieve(examples[0], 3)
                ]
                for citation in asked["citations"]:
                    place = {name: citation[name] for name in ("document", "start", "end")}
                    read = (await client.call_tool("read_document", place)).structured_content
                    assert read["text"] == citation["quote"]
                failed = await client.call_tool("ask", {"question": " "})
                assert failed.is_error and "The question is empty" in str(failed.content)

        with ThreadPoolExecutor(1) as apart:  # this thread has the browser's loop
            apart.submit(lambda: asyncio.run(used())).result()

    def test_through_openais_client(self, address: str, examples: list[str], bot: Assistant) -> None:
        from openai import BadRequestError, OpenAI

        asked = bot.ask(examples[0])
        with OpenAI(base_url=f"{address}v1", api_key="none", max_retries=0) as client:
            model = client.models.list().data[0].id
            messages: Any = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": examples[0]}]
            message = client.chat.completions.create(model=model, messages=messages).choices[0].message
            assert message.content == asked.text
            extra: dict[str, Any] = message.model_extra or {}
            assert extra["citations"] == [citation.to_dict() for citation in asked.citations]
            assert extra["verdict"] == asked.verdict
            for note in message.annotations or []:
                place = note.url_citation
                assert re.fullmatch(r"\[\d+\]", asked.text[place.start_index : place.end_index])
                assert place.url.startswith(f"{address}?read=")
            chunks = list(client.chat.completions.create(model=model, messages=messages, stream=True))
            assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == asked.text
            assert (chunks[-1].choices[0].delta.model_extra or {})["citations"] == extra["citations"]
            assert chunks[-1].choices[0].finish_reason == "stop"
            with pytest.raises(BadRequestError, match="The question is empty"):
                client.chat.completions.create(model=model, messages=[{"role": "user", "content": " "}])

    def test_health_and_metrics(self, address: str, examples: list[str]) -> None:
        from gradio_client import Client

        def answered() -> float:
            found = re.search(
                r'assistant_questions_total{verdict="answered",way="ask"} (\S+)', fetched(f"{address}metrics")
            )
            return float(found[1]) if found else 0

        state = json.loads(fetched(f"{address}health"))
        assert state["status"] == "ok" and state["generation"] >= 1 and state["documents"] > 20
        before = answered()
        Client(address, verbose=False).predict(examples[0], api_name="/ask")
        assert answered() == before + 1
        assert examples[0] not in fetched(f"{address}metrics")

    def test_documents_can_be_named_to_search_in(self, address: str) -> None:
        from gradio_client import Client

        client = Client(address, verbose=False)
        found = client.predict("What is Gwadar Pro?", 5, ["zunyi.md"], api_name="/search")
        assert {hit["document"] for hit in found} == {"zunyi.md"}
        listed = {item["id"]: item for item in client.predict(api_name="/documents")}
        assert listed["programme-briefing.pdf"]["pages"] == 3
        assert listed["programme-briefing.pdf"]["media_type"] == "application/pdf"

    def test_an_empty_question_is_refused_in_words(self, address: str) -> None:
        from gradio_client import Client
        from gradio_client.exceptions import AppError

        with pytest.raises(AppError, match="The question is empty"):
            Client(address, verbose=False).predict("  ", api_name="/ask")

    def test_several_people_ask_at_once(self, address: str, examples: list[str], bot: Assistant) -> None:
        from gradio_client import Client

        def asked(question: str) -> Any:
            return Client(address, verbose=False).predict(question, api_name="/ask")

        questions = [examples[number % len(examples)] for number in range(8)]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(asked, questions))
        expected: dict[str, Answer] = {question: bot.ask(question) for question in examples}
        assert answers == [like(expected[question]) for question in questions]


class TestGuard:
    def test_every_page_forbids_outside_content(self, address: str) -> None:
        for path in ("", "web/static/style.css", "gradio_api/info", "config"):
            with urllib.request.urlopen(address + path) as response:
                policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:7860", "localhost.evil.example"])
    def test_a_strange_host_name_is_refused(self, address: str, host: str) -> None:
        assert status_of(address, Host=host) == 400

    def test_another_sites_request_is_refused(self, address: str) -> None:
        body = json.dumps({"data": ["Who?"]}).encode()
        strange = {"Origin": "http://evil.example", "Content-Type": "application/json"}
        assert status_of(f"{address}gradio_api/call/ask", body, **strange) == 403
        assert status_of(f"{address}gradio_api/call/ask", body, **strange | {"Origin": address.rstrip("/")}) == 200

    @pytest.mark.parametrize(
        "path",
        ["gradio_api/upload", "gradio_api/file=/etc/passwd", "file=/etc/passwd", "monitoring", "docs", "openapi.json",
         "web/static/page.html", "web/static/..%2Fwords.py", "web/evidence?document=..%2F..%2Fetc%2Fpasswd",
         "web/evidence?document=zunyi.md&start=5&end=99999999"],
    )  # fmt: skip
    def test_what_is_not_used_is_not_served(self, address: str, path: str) -> None:
        assert status_of(address + path) == 404

    def test_answers_sent_back_are_checked(self, address: str) -> None:
        body = json.dumps({"answers": [{"text": "<b>"}]}).encode()
        assert status_of(f"{address}web/render", body, **{"Content-Type": "application/json"}) == 422
