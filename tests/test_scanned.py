"""A scanned page answers a question, cited by its page: in English, in Urdu and in Chinese."""

import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont, features

from assistant import Assistant, build_index
from assistant.embedder import Embedder
from assistant.loaders.tools import tools

COVER = "Report of the seminar, with all its annexes"
PAGES = {
    "en": (
        ["The old bridge over the river was built in 1931.", "It was repaired after the flood of 1954."],
        "When was the old bridge over the river built?",
        "1931",
        "eng",
        "DejaVu Sans",
    ),
    "ur": (
        ["یہ پرانا پل دریا پر 1931 میں بنایا گیا تھا۔", "سیلاب کے بعد اس کی مرمت کی گئی۔"],
        "پرانا پل دریا پر کب بنایا گیا؟",
        "1931",
        "urd",
        "Noto Naskh Arabic",
    ),
    "zh": (
        ["这座旧桥于1931年在河上建成。", "洪水过后桥梁得到了修复。"],
        "旧桥是哪一年建成的？",
        "1931",
        "chi_sim",
        "Noto Sans CJK SC",
    ),
}


def scan(path: Path, pages: list[list[str]], fonts: list[str], right_to_left: bool) -> None:
    """Write a PDF that is nothing but pictures of pages."""
    pictures = []
    for number, (lines, family) in enumerate(zip(pages, fonts, strict=True)):
        picture = Image.new("L", (1654, 2339), 255)
        font = ImageFont.truetype(found_font(family), 48)
        for place, line in enumerate(lines):
            height = 300 + 140 * place
            if right_to_left and number:
                ImageDraw.Draw(picture).text(
                    (1500, height), line, font=font, fill=0, anchor="ra", direction="rtl", language="ur"
                )
            else:
                ImageDraw.Draw(picture).text((150, height), line, font=font, fill=0)
        pictures.append(picture)
    pictures[0].save(path, "PDF", resolution=200, save_all=True, append_images=pictures[1:])


def found_font(family: str) -> str:
    """Return the file of a font, if this machine has it."""
    if shutil.which("fc-match") is None:
        pytest.skip("fontconfig is not installed")
    place, name = subprocess.run(
        ["fc-match", "-f", "%{file}\n%{family}", family], capture_output=True, text=True, check=True
    ).stdout.split("\n")
    if family not in name:
        pytest.skip(f"the font {family} is not installed")
    return place


@pytest.mark.parametrize("language", PAGES)
def test_a_scanned_page_answers_and_is_cited(tmp_path: Path, embedder: Embedder, language: str) -> None:
    lines, question, answer, model, family = PAGES[language]
    if model not in tools()["tesseract"]:
        pytest.skip(f"Tesseract with {model} is not installed")
    if language == "ur" and not features.check("raqm"):
        pytest.skip("Pillow can't shape Urdu here")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    scan(corpus / "scan.pdf", [[COVER], lines], ["DejaVu Sans", family], language == "ur")
    (corpus / "other.md").write_text("# Farming\n\nThe harvest of wheat was a record in that year.\n")
    report = build_index(corpus, tmp_path / "index", embedder=embedder)
    item = next(item for item in report.added if item.document == "scan.pdf")
    assert "read by text recognition" in item.reason
    with Assistant.open(tmp_path / "index", embedder=embedder) as bot:
        found = bot.ask(question)
        assert answer in found.text, (found, bot.document("scan.pdf").text)
        assert ("scan.pdf", 2) in [(citation.document, citation.page) for citation in found.citations]
