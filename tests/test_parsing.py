"""Files made to break their reader: each costs itself alone, with a reason, and the rest is indexed."""

import io
import os
import signal
import threading
import time
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from fakes import LetterEmbedder

from assistant import BuildReport, build_index
from assistant.errors import LoadError
from assistant.parsing import parse
from assistant.sandbox import Limits
from assistant.schema import Document

QUICK = Limits(seconds=4, longest=60, memory=1_000_000_000)
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
MIMES = {"odt": "application/vnd.oasis.opendocument.text", "epub": "application/epub+zip"}
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"


def zipped(members: dict[str, bytes | str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def office(folder: str, part: str, kind: str, content: bytes | str) -> bytes:
    """Return an Office file whose main part is ``content``."""
    types = f"application/vnd.openxmlformats-officedocument.{kind}.main+xml"
    return zipped(
        {
            "[Content_Types].xml": f'<Types><Override PartName="/{folder}/{part}" ContentType="{types}"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r" Type="{RELATION}" Target="{folder}/{part}"/></Relationships>',
            f"{folder}/{part}": content,
        }
    )


def word(content: bytes | str) -> bytes:
    return office("word", "document.xml", "wordprocessingml.document", content)


def pdf(page: bytes, kids: int = 1) -> bytes:
    """Return a PDF with one page's content, shown ``kids`` times."""
    stream = zlib.compress(page, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[" + b"3 0 R " * kids + b"]/Count %d>>" % kids,
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n" % len(stream) + stream + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        out
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)
    )


def scattered(words: int) -> bytes:
    """Return page content that puts each word somewhere else: within every limit, and dear to lay out."""
    shown = (b"1 0 0 1 %d %d Tm (ab) Tj " % (k * 7919 % 590, k * 104729 % 790) for k in range(words))
    return b"BT /F 2 Tf " + b"".join(shown) + b"ET"


def laughs(suffix: str) -> bytes:
    text = BILLION_LAUGHS + "<{0}>&j;</{0}>"
    main = {"docx": "document", "xlsx": "workbook", "odt": "content", "epub": "package", "xml": "root", "html": "html"}
    content = text.format(main[suffix])
    if suffix == "docx":
        return word(content)
    if suffix == "xlsx":
        return office("xl", "workbook.xml", "spreadsheetml.sheet", content)
    if suffix == "odt":
        return zipped({"mimetype": MIMES["odt"], "content.xml": content})
    if suffix == "epub":
        container = '<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>'
        return zipped({"mimetype": MIMES["epub"], "META-INF/container.xml": container, "book.opf": content})
    return content.encode()


def built(folder: Path, name: str, content: bytes, limits: Limits = QUICK) -> BuildReport:
    """Return the report of a build of a good file and a bad one."""
    corpus = folder / "corpus"
    corpus.mkdir()
    (corpus / "good.md").write_text("# Good\n\nThe harvest was a record.\n")
    (corpus / name).write_bytes(content)
    started = time.monotonic()
    report = build_index(corpus, folder / "index", embedder=LetterEmbedder(), limits=limits)
    assert time.monotonic() - started < 60
    assert "good.md" in [item.document for item in report.added]
    return report


@pytest.mark.parametrize("suffix", ["docx", "xlsx", "odt", "epub", "xml", "html"])
def test_entities_that_grow_cost_their_file_alone(tmp_path: Path, suffix: str) -> None:
    report = built(tmp_path, f"bad.{suffix}", laughs(suffix))
    if report.failed:
        assert "bad." in report.failed[0].reason
    else:
        assert report.chunks < 20


@pytest.mark.parametrize("suffix", ["docx", "xlsx", "odt", "epub"])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, suffix: str) -> None:
    bomb = b"<a>" + b" " * 210_000_000 + b"</a>"
    content = {
        "docx": lambda: word(bomb),
        "xlsx": lambda: office("xl", "workbook.xml", "spreadsheetml.sheet", bomb),
        "odt": lambda: zipped({"mimetype": MIMES["odt"], "content.xml": bomb}),
        "epub": lambda: zipped({"mimetype": MIMES["epub"], "META-INF/container.xml": bomb}),
    }[suffix]()
    report = built(tmp_path, f"bad.{suffix}", content)
    assert "unpacks to" in report.failed[0].reason


def test_of_ten_thousand_pages_the_first_two_thousand_are_read(tmp_path: Path) -> None:
    content = pdf(b"BT /F 12 Tf 50 700 Td (The bridge was built in 1931.) Tj ET", kids=10_000)
    report = built(tmp_path, "bad.pdf", content, Limits(seconds=120))
    item = next(item for item in report.added if item.document == "bad.pdf")
    assert item.pages == 2_000
    assert "only the first 2,000 of 10,000 pages" in item.reason


def test_a_pdf_that_keeps_its_reader_busy_is_given_up(tmp_path: Path) -> None:
    report = built(tmp_path, "bad.pdf", pdf(scattered(300_000)), Limits(seconds=1))
    assert "more than 1 seconds" in report.failed[0].reason


def test_a_text_of_300_megabytes_is_refused(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    with open(corpus / "huge.txt", "wb") as file:
        file.write(b"words " * 100)
        file.truncate(300_000_000)
    (corpus / "good.md").write_text("# Good\n\nThe harvest was a record.\n")
    report = build_index(corpus, tmp_path / "index", embedder=LetterEmbedder(), limits=QUICK)
    assert "larger than 200 MB: split it" in report.failed[0].reason


def test_a_reader_that_wants_too_much_memory_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "wide.txt"
    path.write_bytes(b"word " * 9_000_000)
    (result,) = parse([(path, "wide.txt")], Limits(memory=300_000_000))
    assert isinstance(result, LoadError)
    assert "memory" in str(result)


@pytest.mark.skipif(os.name == "nt", reason="signals are those of Linux and macOS")
def test_a_worker_that_is_killed_costs_the_file_it_was_reading(tmp_path: Path) -> None:
    (tmp_path / "slow.pdf").write_bytes(pdf(scattered(300_000)))
    for number in range(3):
        (tmp_path / f"good{number}.md").write_text(f"# Good {number}\n\nThe harvest was a record.\n")
    files = [(path, path.name) for path in sorted(tmp_path.iterdir(), reverse=True)]
    before = set(_workers())

    def kill() -> None:
        for worker in set(_workers()) - before:
            os.kill(worker, signal.SIGKILL)

    timer = threading.Timer(2, kill)
    timer.start()
    results = list(parse(files, Limits(seconds=60), workers=1))
    timer.join()
    assert isinstance(results[0], LoadError)
    assert "ended its reader" in str(results[0])
    assert all(isinstance(result, list) for result in results[1:])


def _workers() -> list[int]:
    """Return the processes that this one has started, by the list that Linux keeps."""
    path = Path(f"/proc/{os.getpid()}/task")
    if not path.is_dir():
        pytest.skip("the list of children is Linux's")
    found: list[int] = []
    for task in path.iterdir():
        with suppress(OSError):  # a thread that has just ended
            found += map(int, (task / "children").read_text().split())
    return found


def test_no_worker_outlives_the_reading(tmp_path: Path) -> None:
    before = set(_workers())
    path = tmp_path / "good.md"
    path.write_text("# Good\n\nThe harvest was a record.\n")
    reading = parse([(path, f"{number}.md") for number in range(50)])
    assert isinstance(next(reading), list)
    reading.close()  # type: ignore[attr-defined]
    assert set(_workers()) == before


def test_a_worker_of_a_large_process_reads_more_than_one_file(tmp_path: Path) -> None:
    """It would start with what its parent holds counted as its own: 46 ms a file instead of 2."""
    path = tmp_path / "good.md"
    path.write_text("# Good\n\nThe harvest was a record.\n")
    held = b"x" * 400_000_000
    before, workers = set(_workers()), set[int]()
    for _ in parse([(path, f"{number}.md") for number in range(8)], Limits(memory=2 * len(held)), workers=1):
        workers |= set(_workers()) - before
    assert len(workers) == 1


def test_results_come_in_the_order_of_the_files_and_equal_those_of_one_process(tmp_path: Path) -> None:
    from assistant.loaders import load

    for number in range(6):
        (tmp_path / f"{number}.md").write_text(f"# Part {number}\n\nThe harvest of year {number} was a record.\n")
    files = [(path, path.name) for path in sorted(tmp_path.iterdir())]
    found: list[list[Document]] = [result for result in parse(files, workers=2) if isinstance(result, list)]
    assert found == [load(path, name) for path, name in files]
