"""Recognises the text of pictures of pages with Tesseract, where it is installed."""

import csv
import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.pdf_glyphs import Box
from assistant.loaders.pdf_lines import BETWEEN_CJK, Mender

if TYPE_CHECKING:
    from PIL.Image import Image

DPI = 200
LANGUAGES = ("eng", "urd", "chi_sim")
NOT_INSTALLED = (
    "the text recognition program Tesseract is not installed; install it "
    "(Debian, Ubuntu: apt-get install tesseract-ocr tesseract-ocr-urd tesseract-ocr-chi-sim) and build again"
)

_SECONDS = 60
_SURE = 88.0
_DOUBTFUL = 60.0
_USELESS = 40.0
_COMBINED_HANDICAP = 8.0
_SURE_OF_TURN = 6.0
_MAX_SIDE, _MIN_SIDE = 4_000, 1_000
_MAX_FRAMES = 200
_TURN = re.compile(r"Rotate: (\d+)\s+Orientation confidence: ([\d.]+)")


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line that was recognised: its box in pixels, and the number of its paragraph on the page."""

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
        candidates = _candidates()
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
def is_installed() -> bool:
    """Whether Tesseract is there with at least one language of ours."""
    return bool(_candidates())


@cache
def _candidates() -> tuple[str, ...]:
    """Return the languages to try: each alone, then all together."""
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
        text = BETWEEN_CJK.sub("", " ".join(text for text, _ in words))
        if any(map(str.isalnum, text)):
            box = words[0][1]
            for _, other in words[1:]:
                box = box.union(other)
            yield PrintedLine(text, box, (block, paragraph))


def paragraphs(lines: Sequence[PrintedLine]) -> list[str]:
    """Return the lines joined to paragraphs."""
    groups: dict[tuple[int, int], list[str]] = {}
    for line in lines:
        groups.setdefault(line.paragraph, []).append(line.text)
    mender = Mender(line.text for line in lines)
    return [mender.join(group) for group in groups.values()]


def read_image(data: bytes, builder: TextBuilder) -> Contents:
    """Add the text of a picture file (PNG, JPEG, TIFF with one or more pages) to ``builder``.

    Raises:
        LoadError: The file is damaged or too large, Tesseract is missing, or no text was recognised.
    """
    if not is_installed():
        raise LoadError(f"is a picture, and {NOT_INSTALLED}")
    recogniser = Recogniser()
    by_ocr: list[int] = []
    empty: list[int] = []
    for number, picture in enumerate(_frames(data), start=1):
        lines = recogniser.read(picture)
        builder.page(number)
        for paragraph in paragraphs(lines):
            builder.paragraph(paragraph)
        (by_ocr if lines else empty).append(number)
    if not by_ocr:
        raise LoadError("is a picture in which no text was recognised; add a text version if it holds text")
    return Contents(metadata={"pages_by_ocr": by_ocr} | ({"pages_without_text": empty} if empty else {}))


def _frames(data: bytes) -> Iterator["Image"]:
    """Yield the pages of a picture file, upright, in grey and in a size that suits recognition."""
    from PIL import Image, ImageOps, ImageSequence

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF")) as file:
            for number, frame in enumerate(ImageSequence.Iterator(file)):
                if number >= _MAX_FRAMES:
                    return
                yield _sized(ImageOps.exif_transpose(frame).convert("RGBA"))
    except Image.DecompressionBombError as error:
        raise LoadError("is a picture with too many pixels; save it smaller") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise LoadError("is a damaged picture; save it again from a program that shows it") from error


def _sized(picture: "Image") -> "Image":
    from PIL import Image

    white = Image.new("RGBA", picture.size, "white")
    picture = Image.alpha_composite(white, picture).convert("L")
    longest = max(picture.size)
    scale = min(2.0, _MAX_SIDE / longest) if longest > _MAX_SIDE or longest < _MIN_SIDE else 1.0
    if scale == 1.0:
        return picture
    return picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
