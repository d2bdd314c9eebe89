"""Recognises the text of pictures of pages with Tesseract, where it is installed."""

import csv
import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, reduce
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from assistant.loaders.pdf_box import Box
from assistant.loaders.pdf_lines import BETWEEN_CJK

if TYPE_CHECKING:
    from PIL.Image import Image

DPI = 200
LANGUAGES = ("eng", "urd", "chi_sim")
NOT_INSTALLED = (
    "the text recognition program Tesseract is not installed; install it "
    "(Debian, Ubuntu: apt-get install tesseract-ocr tesseract-ocr-urd tesseract-ocr-chi-sim) and build again"
)

_SECONDS = 60
_WIDE = 1.2
_SURE = 88.0
_DOUBTFUL = 60.0
_USELESS = 40.0
_COMBINED_HANDICAP = 8.0
_SURE_OF_TURN = 6.0
_TURN = re.compile(r"Rotate: (\d+)\s+Orientation confidence: ([\d.]+)")


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line, or a part of one between wide gaps: its box in pixels, and the numbers of its block and paragraph."""

    text: str
    box: Box
    paragraph: tuple[int, int]


@dataclass(slots=True)
class _Reading:
    """What one run of Tesseract made of a picture; ``confidence`` goes from 0 to 100."""

    languages: str
    confidence: float
    lines: list[PrintedLine]


@dataclass(slots=True)
class Recogniser:
    """Reads pictures of pages one after the other, and tries the language of the last one first."""

    _languages: str = field(default="")

    def read(self, picture: "Image") -> list[PrintedLine]:
        """Return the lines of a picture in reading order; none if it shows no text that can be read."""
        candidates = installed_languages()
        if not candidates:
            return []
        first = self._languages if self._languages in candidates else candidates[0]
        best = _run(picture, first)
        if best.confidence < _DOUBTFUL and (turn := _turn(picture)):
            picture = picture.rotate(-turn, expand=True)
            best = _run(picture, first)
        for languages in candidates:
            if best.confidence >= _SURE:
                break
            if languages != first:
                reading = _run(picture, languages)
                handicap = _COMBINED_HANDICAP if "+" in languages else 0
                best = max(best, reading, key=lambda one: one.confidence - (handicap if one is reading else 0))
        if best.confidence < _USELESS:
            return []
        self._languages = best.languages
        return best.lines


@cache
def installed_languages() -> tuple[str, ...]:
    """Return the languages that Tesseract can be asked for: each alone, then all together; none without it."""
    if shutil.which("tesseract") is None:
        return ()
    listed = subprocess.run(
        ["tesseract", "--list-langs"], capture_output=True, text=True, timeout=_SECONDS, check=False
    ).stdout.split()
    found = tuple(language for language in LANGUAGES if language in listed)
    return (*found, "+".join(found)) if len(found) > 1 else found


def _tesseract(picture: "Image", *options: str) -> str:
    """Return what Tesseract writes about a picture; nothing if it fails or takes too long."""
    data = io.BytesIO()
    picture.save(data, "png", compress_level=1)
    try:
        done = subprocess.run(
            ["tesseract", "stdin", "stdout", "--dpi", str(DPI), *options],
            input=data.getvalue(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode("utf-8", "replace")


def _turn(picture: "Image") -> int:
    """Return by how many degrees the picture must be turned to the right, if that is clear."""
    found = _TURN.search(_tesseract(picture, "--psm", "0"))
    return int(found[1]) if found and float(found[2]) >= _SURE_OF_TURN else 0


def _run(picture: "Image", languages: str) -> _Reading:
    table = _tesseract(picture, "-l", languages, "--psm", "3", "tsv")
    lines: dict[tuple[int, int, int], list[tuple[str, Box]]] = {}
    total = weight = 0.0
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row.get("text") or "").strip()
        if row["level"] != "5" or not text:
            continue
        left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
        place = (int(row["block_num"]), int(row["par_num"]), int(row["line_num"]))
        lines.setdefault(place, []).append((text, Box(left, top, left + width, top + height)))
        total += float(row["conf"]) * len(text)
        weight += len(text)
    return _Reading(languages, total / weight if weight else 0.0, list(_printed(lines)))


def _printed(lines: dict[tuple[int, int, int], list[tuple[str, Box]]]) -> Iterator[PrintedLine]:
    for (block, paragraph, _), words in lines.items():
        for part in _parts(words):
            text = BETWEEN_CJK.sub("", " ".join(text for text, _ in part))
            if any(map(str.isalnum, text)):
                yield PrintedLine(text, reduce(Box.union, (box for _, box in part)), (block, paragraph))


def _parts(words: list[tuple[str, Box]]) -> list[list[tuple[str, Box]]]:
    """Split a line where a gap is as wide as between the cells of a table."""
    height = median(box.bottom - box.top for _, box in words)
    parts = [words[:1]]
    for (_, before), word in pairwise(words):
        if max(word[1].left - before.right, before.left - word[1].right) > _WIDE * height:
            parts.append([])
        parts[-1].append(word)
    return parts
