"""The organiser's side, served for real: documents come, are built, asked about, and go; uploads that mean no good."""

import shutil
import socket
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from test_app import browser, free_port, opened, violations  # noqa: F401 - a fixture among them

from assistant import Assistant, BuildReport, Settings
from assistant.app import running
from assistant.embedder import Embedder
from assistant.phrases import LANGUAGES
from assistant.web.organiser_names import safe_name
from assistant.web.organiser_shelf import Refused, Shelf

CORPUS = Path(__file__).parents[1] / "corpus"
pytestmark = [  # Gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting'"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
QUESTION = "Who keeps the lighthouse of Ormara?"
ANSWER = "The lighthouse of Ormara is kept by Zubeida Marri."
TEXT = f"# The lighthouse of Ormara\n\n{ANSWER} She has kept it since 1998.\n"
WAIT = 240_000


@pytest.fixture
def settings(tmp_path: Path, built: tuple[Path, BuildReport]) -> Settings:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    shutil.copytree(CORPUS, corpus)
    shutil.copytree(built[0], index)
    return Settings(corpus=str(corpus), index=str(index), port=free_port(), upload_mb=1, upload_files=3)


@pytest.fixture
def address(settings: Settings, embedder: Embedder) -> Iterator[str]:
    with running(settings, lambda *_: Assistant.open(settings.index, embedder=embedder)) as url:
        yield url


class organising(opened):
    """The organiser's page, its list of documents there."""

    def __enter__(self) -> Page:
        self._path = f"organiser{self._path}"
        return super().__enter__()

    def __exit__(self, *raised: object) -> None:
        """Let pass what a browser says of an upload that was refused."""
        self._trouble = [said for said in self._trouble if "responded with a status of 415" not in said]
        super().__exit__(*raised)


def upload(address: str, name: str, content: bytes, **more: str) -> httpx.Response:
    return httpx.post(f"{address}organiser/upload", params={"name": name, **more}, content=content, timeout=60)


def build(address: str) -> dict[str, Any]:
    assert httpx.post(f"{address}organiser/build", json={}, timeout=60).status_code == 202
    deadline = time.monotonic() + WAIT / 1000
    while time.monotonic() < deadline:
        state: dict[str, Any] = httpx.get(f"{address}organiser/state", timeout=60).json()
        if not state["running"]:
            return state
        time.sleep(0.3)
    raise AssertionError("the build did not end")


def asked(address: str, question: str) -> dict[str, Any]:
    from gradio_client import Client

    answer: dict[str, Any] = Client(address, verbose=False).predict(question, api_name="/ask")
    return answer


class TestInTheBrowser:
    def test_upload_build_ask_replace_delete(
        self,
        browser: Browser,
        address: str,
        settings: Settings,
        tmp_path: Path,
    ) -> None:
        paper = tmp_path / "ormara.md"
        paper.write_text(TEXT)
        (tmp_path / "broken.pdf").write_bytes(b"\x00\x01 no PDF at all \x02" * 9)
        with organising(browser, address) as page:
            page.set_default_timeout(WAIT)
            expect.set_options(timeout=WAIT)
            page.locator("#files").set_input_files([paper, tmp_path / "broken.pdf"])
            expect(page.locator("#uploads li").first).to_contain_text("stored as ormara.md")
            expect(page.locator("#uploads li").last).to_contain_text("not stored: it is damaged or no PDF file")
            expect(page.locator("#pending")).to_have_text("Changes not in the index yet: 1.")
            assert ANSWER not in asked(address, QUESTION)["text"].replace("\\", "")
            self._build(page)
            expect(page.locator("#report")).to_contain_text("Added")
            expect(page.locator("#report")).to_contain_text("ormara.md")
            entry = page.locator(".files li", has_text="ormara.md")
            expect(entry).to_contain_text("The lighthouse of Ormara")
            expect(entry).to_contain_text("in the index")
            answer = asked(address, QUESTION)
            assert "Zubeida Marri" in answer["text"] and answer["citations"][0]["document"] == "ormara.md"

            paper.write_text(TEXT.replace("Zubeida Marri", "Dost Baloch"))
            with page.expect_file_chooser() as choosing:
                entry.get_by_role("button", name="Replace").click()
            choosing.value.set_files(paper)
            expect(entry).to_contain_text("changed, not built yet")
            self._build(page)
            assert "Dost Baloch" in asked(address, QUESTION)["text"]

            page.on("dialog", lambda dialog: dialog.accept())
            entry.get_by_role("button", name="Delete").click()
            expect(entry).to_contain_text("deleted, but searched until the next build")
            assert not (Path(settings.corpus) / "ormara.md").exists()
            self._build(page)
            expect(entry).to_have_count(0)
            assert "Baloch" not in asked(address, QUESTION)["text"]
            expect.set_options(timeout=5_000)

    def _build(self, page: Page) -> None:
        page.get_by_role("button", name="Build now").click()
        expect(page.locator("#building")).to_be_visible()
        expect(page.get_by_role("button", name="Build now")).to_be_disabled()
        expect(page.locator("#building")).to_be_hidden()
        expect(page.locator("#pending")).to_have_text("The index is up to date.")

    def test_a_click_before_the_script_listens_is_kept(
        self, browser: Browser, address: str, settings: Settings
    ) -> None:
        late: list[Route] = []
        with organising(browser, address) as page:
            page.route("**/organiser.js", lambda route: late.append(route))
            page.reload(wait_until="commit")
            with page.expect_file_chooser():
                page.locator("#choose").click()
                assert len(late) == 1
                late[0].continue_()

    def test_files_are_dropped(self, browser: Browser, address: str) -> None:
        with organising(browser, address) as page:
            data = page.evaluate_handle(
                "text => { const data = new DataTransfer(); data.items.add(new File([text], 'dropped.md'));"
                " return data; }",
                TEXT,
            )
            page.dispatch_event("#drop", "drop", {"dataTransfer": data})
            expect(page.locator("#uploads")).to_contain_text("stored as dropped.md", timeout=WAIT)

    def test_by_keyboard_alone(self, browser: Browser, address: str, tmp_path: Path) -> None:
        (tmp_path / "typed.md").write_text(TEXT)
        with organising(browser, address) as page:
            with page.expect_file_chooser() as choosing:  # awaited before the key is near: arming it takes a moment
                self._tab_to(page, "#choose")
                page.keyboard.press("Enter")
            choosing.value.set_files(tmp_path / "typed.md")
            expect(page.locator("#uploads")).to_contain_text("stored as typed.md", timeout=WAIT)
            self._tab_to(page, "#build")
            page.keyboard.press("Enter")
            expect(page.locator("#announcer")).to_contain_text("30 documents", timeout=WAIT)

    def _tab_to(self, page: Page, selector: str) -> None:
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches('{selector}')"):
                return
        raise AssertionError(f"{selector} is not reached by Tab")

    @pytest.mark.timeout(1500)
    def test_axe_finds_nothing_and_nothing_scrolls_sideways(
        self,
        browser: Browser,
        address: str,
        settings: Settings,
    ) -> None:
        (Path(settings.corpus) / "note.exe").write_bytes(b"MZ\x00\x01" * 50)
        build(address)
        for language in LANGUAGES:
            for theme, width in (("light", 1400), ("dark", 390), ("dark", 320), ("light", 2560)):
                look: dict[str, Any] = {"color_scheme": theme, "viewport": {"width": width, "height": 900}}
                with organising(browser, address, path=f"?lang={language}", **look) as page:
                    expect(page.locator("#feedback")).not_to_be_empty(timeout=WAIT)
                    assert violations(page) == []
                    parts = "[document.documentElement, ...document.querySelectorAll('.scroll')]"
                    assert max(page.evaluate(f"{parts}.map(part => part.scrollWidth - part.clientWidth)")) <= 0

    def test_hostile_names_and_titles_are_shown_as_they_are(
        self,
        browser: Browser,
        address: str,
        settings: Settings,
    ) -> None:
        name = '<img src=x onerror="window.pwned=1">.md'
        (Path(settings.corpus) / name).write_text(f"# {name}\n\nA text.\n")
        build(address)
        with organising(browser, address) as page:
            expect(page.locator(".files")).to_contain_text(name)
            assert page.evaluate("window.pwned") is None and page.locator(".files img").count() == 0


class TestBuilds:
    def test_others_go_on_asking_and_a_second_build_waits(self, address: str, settings: Settings) -> None:
        (Path(settings.corpus) / "ormara.md").write_text(TEXT)
        assert httpx.post(f"{address}organiser/build", json={}, timeout=60).status_code == 202
        assert httpx.post(f"{address}organiser/build", json={}, timeout=60).status_code == 409
        questions = 0
        with ThreadPoolExecutor(2) as pool:
            while httpx.get(f"{address}organiser/state", timeout=60).json()["running"]:
                verdicts = list(pool.map(lambda _: asked(address, "Who hosted the seminar?")["verdict"], range(2)))
                assert verdicts == ["answered"] * 2
                questions += 2
        assert questions and "Zubeida" in asked(address, QUESTION)["text"]

    def test_an_index_is_made_where_there_was_none(self, tmp_path: Path, embedder: Embedder) -> None:
        (tmp_path / "papers").mkdir()
        settings = Settings(corpus=str(tmp_path / "papers"), index=str(tmp_path / "index"), port=free_port())
        with running(settings, lambda *_: Assistant.open(settings.index, embedder=embedder)) as url:
            build(url)
            assert "put documents into it" in httpx.get(f"{url}organiser/report").text
            assert upload(url, "ormara.md", TEXT.encode()).status_code == 200
            build(url)
            assert "Zubeida" in asked(url, QUESTION)["text"]

    def test_a_file_that_cant_be_read_is_told_with_its_reason(self, address: str, settings: Settings) -> None:
        (Path(settings.corpus) / "note.exe").write_bytes(b"MZ\x00\x01" * 50)
        build(address)
        for path in ("report", "documents"):
            assert "it is a program" in httpx.get(f"{address}organiser/{path}", timeout=60).text


HOSTILE = {
    "../../x.md": "x.md",
    "..\\..\\x.md": "x.md",
    "/etc/passwd.txt": "passwd.txt",
    "C:\\Windows\\win.txt": "win.txt",
    "CON.md": "_CON.md",
    "com1.tar.md": "_com1.tar.md",
    "a\x00b\x1f\x7f.md": "ab.md",
    "invoice\u202efdp.md": "invoicefdp.md",
    "two  words\n.md": "two words.md",
    "a<b>|?*:.md": "a_b_____.md",
    ".hidden.md": "hidden.md",
    "~$lock.md": "lock.md",
    "report.md. . ": "report.md",
    "e\u0301t\u00e9.md": "\u00e9t\u00e9.md",
    "می\u200cخواهم.md": "می\u200cخواهم.md",
    "文件.md": "文件.md",
    "\ud800x.md": "x.md",
    "..": "",
    "": "",
    "___.md": "",
    "\u202e\u202d": "",
}


class TestNames:
    @pytest.mark.parametrize(("name", "kept"), HOSTILE.items(), ids=ascii)
    def test_a_name_becomes_one_that_any_system_can_keep(self, name: str, kept: str) -> None:
        assert safe_name(name) == kept

    def test_a_long_name_keeps_its_suffix(self) -> None:
        for letter in ("a", "م", "文"):
            kept = safe_name(letter * 5000 + ".docx")
            assert kept.endswith(f"{letter}.docx") and 190 <= len(kept.encode()) <= 200
        assert safe_name("a." + "b" * 5000) == ""


class TestUploads:
    @pytest.mark.parametrize(("name", "kept"), [pair for pair in HOSTILE.items() if "\ud800" not in pair[0]], ids=ascii)
    def test_nothing_is_written_outside_the_folder(self, folder: Path, name: str, kept: str) -> None:
        before = {path for path in folder.parent.rglob("*")}
        if kept:
            assert stored(shelf(folder), name, TEXT.encode()) == kept
        else:
            assert refused(shelf(folder), name, TEXT.encode()) == "upload_no_name"
        after = {path for path in folder.parent.rglob("*")} - before
        assert after == ({folder / kept} if kept else set())

    def test_what_is_no_document_or_another_kind_is_refused(self, folder: Path) -> None:
        pdf = (CORPUS / "programme-briefing.pdf").read_bytes()
        zipped = folder.parent / "a.zip"
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr("x.txt", "x")
        found = {
            "a.exe": refused(shelf(folder), "a.exe", b"MZ\x00"),
            "a": refused(shelf(folder), "a", TEXT.encode()),
            "a.pdf": refused(shelf(folder), "a.pdf", TEXT.encode()),
            "a.md": refused(shelf(folder), "a.md", pdf),
            "a.docx": refused(shelf(folder), "a.docx", zipped.read_bytes()),
            "b.docx": refused(shelf(folder), "b.docx", (CORPUS / "miao-crafts.pptx").read_bytes()),
            "a.txt": refused(shelf(folder), "a.txt", b"\x00\x01\x02" * 100),
            "empty.md": refused(shelf(folder), "empty.md", b""),
        }
        assert found == {
            "a.exe": "upload_unknown",
            "a": "upload_unknown",
            "a.pdf": "upload_other_kind",
            "a.md": "upload_other_kind",
            "a.docx": "upload_unread",
            "b.docx": "upload_other_kind",
            "a.txt": "upload_unread",
            "empty.md": "upload_unread",
        }
        assert list(folder.iterdir()) == []

    def test_every_document_of_the_corpus_is_taken(self, folder: Path) -> None:
        taken = shelf(folder, most_files=100)
        for path in CORPUS.iterdir():
            assert stored(taken, path.name, path.read_bytes()) == path.name

    def test_too_big_too_many_and_a_name_that_is_taken(self, folder: Path) -> None:
        tight = shelf(folder, most_files=2)
        assert refused(tight, "big.txt", b"a" * 1_000_001) == "upload_too_large"
        assert stored(tight, "fits.txt", b"a" * 1_000_000) == "fits.txt"
        assert refused(tight, "FITS.txt", b"b") == "upload_taken"
        assert stored(tight, "two.txt", b"two") == "two.txt"
        assert refused(tight, "three.txt", b"three") == "upload_too_many"
        assert stored(tight, "other.txt", b"new", replaced="two.txt") == "two.txt"
        assert refused(tight, "other.md", b"new", replaced="two.txt") == "upload_other_kind"
        assert refused(tight, "other.txt", b"new", replaced="../index/CURRENT") == "delete_gone"
        tight.built({"fits.txt", "two.txt"})
        assert stored(tight, "three.txt", b"three") == "three.txt"
        assert {path.name: path.read_bytes()[:3] for path in folder.iterdir()} == {
            "fits.txt": b"aaa", "two.txt": b"new", "three.txt": b"thr"
        }  # fmt: skip

    @pytest.mark.parametrize(
        "name", ["../index/CURRENT", "/etc/passwd", ".", "", "x/../a.md", "nowhere.md", ".upload-x"]
    )
    def test_only_what_is_listed_can_be_deleted(self, folder: Path, name: str) -> None:
        (folder / "a.md").write_text(TEXT)
        (folder / ".upload-x").write_text("x")
        with pytest.raises(Refused):
            shelf(folder).delete(name)
        assert len(list(folder.iterdir())) == 2

    def test_a_link_out_of_the_folder_is_no_document(self, folder: Path) -> None:
        outside = folder.parent / "outside.md"
        outside.write_text(TEXT)
        (folder / "inside.md").symlink_to(outside)
        assert shelf(folder).entries() == []
        with pytest.raises(Refused):
            shelf(folder).delete("inside.md")
        assert refused(shelf(folder), "inside.md", b"new") == "upload_taken"
        assert outside.read_text() == TEXT

    def test_over_http_the_reason_comes_in_words(self, address: str, settings: Settings) -> None:
        answers = [
            upload(address, "a.exe", b"MZ\x00"),
            upload(address, "..", b"x"),
            upload(address, "big.txt", b"a" * 1_000_001),
            upload(address, "bijie.md", b"x"),
            upload(address, "a.pdf", b"text", lang="ur"),
        ]
        assert [answer.status_code for answer in answers] == [415, 422, 413, 409, 415]
        assert "can’t be read" in answers[0].text and "larger than 1 MB" in answers[2].text
        for number in range(3):
            assert upload(address, f"{number}.txt", b"x").status_code == 200
        assert upload(address, "4.txt", b"x").status_code == 429
        assert httpx.post(f"{address}organiser/delete", json={"name": "../x"}).status_code == 404
        assert httpx.post(f"{address}organiser/delete", json={"name": 3}).status_code == 422

    def test_an_upload_that_breaks_off_leaves_nothing(self, address: str, settings: Settings) -> None:
        corpus = Path(settings.corpus)
        before = sorted(corpus.iterdir())
        host, port = address.removeprefix("http://").rstrip("/").split(":")
        with socket.create_connection((host, int(port))) as connection:
            head = (
                f"POST /organiser/upload?name=half.txt HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 1000\r\n\r\n"
            )
            connection.sendall(head.encode() + b"half of it")
            deadline = time.monotonic() + 60
            while sorted(corpus.iterdir()) == before and time.monotonic() < deadline:
                time.sleep(0.05)
            assert [path.name[:8] for path in corpus.iterdir() if path.name.startswith(".")] == [".upload-"]
        deadline = time.monotonic() + 60
        while sorted(corpus.iterdir()) != before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert sorted(corpus.iterdir()) == before
        assert upload(address, "half.txt", b"whole").status_code == 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "here" / "corpus"
    path.mkdir(parents=True)
    return path


def shelf(folder: Path, most_files: int = 10) -> Shelf:
    return Shelf(folder, folder.parent / "index", 1_000_000, most_files)


def stored(shelf: Shelf, name: str, content: bytes, replaced: str = "") -> str:
    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 100_000):
            yield content[start : start + 100_000]

    with ThreadPoolExecutor(1) as apart:  # the browser's tests leave a loop running in this thread
        return apart.submit(lambda: anyio.run(shelf.store, name, parts(), replaced)).result()


def refused(shelf: Shelf, name: str, content: bytes, replaced: str = "") -> str:
    with pytest.raises(Refused) as caught:
        stored(shelf, name, content, replaced)
    return caught.value.key
