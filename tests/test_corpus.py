"""The corpus carries the verified facts with their figures, and says where they come from."""

import json
import re
from functools import cache
from pathlib import Path

import pytest

from assistant.loaders import load

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "corpus"
FACTS = [json.loads(line) for line in (ROOT / "tests/quality/facts.jsonl").read_text("utf-8").splitlines()]
TABLE = ROOT.parent / "shared" / "facts.md"


@cache
def text_of(name: str) -> str:
    return folded(load(CORPUS / name, name)[0].text)


def folded(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


@pytest.mark.parametrize("name", sorted({fact["document"] for fact in FACTS}))
def test_every_figure_stands_in_its_document(name: str) -> None:
    wrong = [
        (f["fact"], figure)
        for f in FACTS
        if f["document"] == name
        for figure in f["figures"]
        if folded(figure) not in text_of(name)
    ]
    assert not wrong


@pytest.mark.skipif(not TABLE.exists(), reason="the table of facts is not beside this checkout")
def test_every_figure_agrees_with_the_table_of_facts() -> None:
    rows = {
        match[1]: folded(match[0])
        for match in re.finditer(r"^\| ([A-Z]{1,2}\d+) \|.*$", TABLE.read_text("utf-8"), re.MULTILINE)
    }
    wrong = [
        (f["fact"], figure) for f in FACTS for figure in f["figures"] if folded(figure) not in rows.get(f["fact"], "")
    ]
    assert not wrong
    facts = {f["fact"] for f in FACTS}
    undisputed = {fact for fact, row in rows.items() if "!" not in row and not fact.startswith(("X", "GL"))}
    assert not undisputed - facts


def test_formats_are_mixed_and_every_document_names_its_sources() -> None:
    names = [path.name for path in CORPUS.iterdir()]
    count = {
        suffix: sum(name.endswith(suffix) for name in names) for suffix in (".pdf", ".docx", ".pptx", ".html", ".xlsx")
    }
    assert 20 <= len(names) <= 30
    assert count[".pdf"] >= 4
    assert count[".docx"] >= 2
    assert min(count.values()) >= 1
    assert [name for name in names if "Sources" not in text_of(name)] == []


def test_printed_page_numbers_are_kept_beside_the_physical_ones() -> None:
    pages = load(CORPUS / "china-aid-training.pdf", "china-aid-training.pdf")[0].pages
    assert [(page.number, page.label) for page in pages][:3] == [(1, "i"), (2, "ii"), (3, "1")]
