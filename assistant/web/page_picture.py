"""A page of a PDF as a picture, the quoted words boxed: from the very file that was indexed, or not at all."""

import io
import threading
from dataclasses import dataclass
from typing import Any

from assistant.errors import DocumentMissing
from assistant.schema import Document
from assistant.web.originals import Originals

_SCALE = 2.0
_ROOM = 4
_MARKS = ".,;:!?)]}”’»\"'。！？；：）」』۔؟"
_LOCK = threading.Lock()
"""PDFium is not thread-safe: one page at a time."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, the number of boxes drawn on it, and how far down the first begins (0: at the top, 1: at the foot)."""

    png: bytes
    boxes: int
    top: float


def page_picture(document: Document, originals: Originals, number: int, start: int, end: int) -> Picture:
    """Return page ``number`` with the words of ``text[start:end]`` boxed where they stand on it.

    Raises DocumentMissing if the document is no PDF, has no such page, or its file has changed since it was indexed.
    """
    if document.media_type != "application/pdf" or not 1 <= number <= len(document.pages):
        raise DocumentMissing(f"“{document.id}” has no picture of page {number}; read its text instead.")
    data = originals.read(document)
    page = document.pages[number - 1]
    quote = document.text[max(start, page.start) : min(end, page.end)].strip() if start < end else ""
    with _LOCK:
        return _rendered(data, number, quote)


def _rendered(data: bytes, number: int, quote: str) -> Picture:
    import pypdfium2
    from PIL import ImageDraw

    with pypdfium2.PdfDocument(data) as pdf:
        page = pdf[number - 1]
        image = page.render(scale=_SCALE).to_pil().convert("RGB")
        boxes = _boxes(page, quote)
        draw = ImageDraw.Draw(image, "RGBA")
        height = page.get_height()
        for left, top, right, bottom in boxes:
            upper, lower = (height - top) * _SCALE, (height - bottom) * _SCALE
            spot = (left * _SCALE - _ROOM, upper - _ROOM, right * _SCALE + _ROOM, lower + _ROOM)
            draw.rectangle(spot, fill=(255, 214, 90, 70), outline=(160, 90, 0, 255), width=2)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=False)
    top = min((1 - box[1] / height for box in boxes), default=0.0)
    return Picture(buffer.getvalue(), len(boxes), max(0.0, top))


def _boxes(page: Any, quote: str) -> list[tuple[float, float, float, float]]:  # noqa: ANN401 - the library is untyped
    """Return the rectangles (left, top, right, bottom in points) of the lines that the quote fills on the page."""
    text = page.get_textpage()
    letters = [(place, char) for place, char in enumerate(text.get_text_range()) if char.isalnum()]
    wanted = "".join(char for char in quote if char.isalnum())
    found = "".join(char for _, char in letters).find(wanted) if wanted else -1
    if found < 0:
        return []
    low, high = letters[found][0], letters[found + len(wanted) - 1][0] + 1
    high += len(quote) - len(quote.rstrip(_MARKS))
    count = text.count_rects(low, high - low)
    rects = [text.get_rect(i) for i in range(count)]
    return [(left, top, right, bottom) for left, bottom, right, top in rects]
