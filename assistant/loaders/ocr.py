"""Reads pictures of pages: PNG, JPEG, and TIFF with one or more pages."""

import io
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.pdf import write_pages
from assistant.loaders.pdf_pages import PdfPage, recognised_page
from assistant.loaders.pdf_structure import Structure
from assistant.loaders.tesseract import DPI, NOT_INSTALLED, Recogniser, installed_languages

if TYPE_CHECKING:
    from PIL.Image import Image

_MAX_SIDE, _MIN_SIDE = 4_000, 1_000
_MAX_FRAMES = 200


def read_image(data: bytes, builder: TextBuilder) -> Contents:
    """Add the text of a picture file (PNG, JPEG, TIFF with one or more pages) to ``builder``.

    Raises:
        LoadError: The file is damaged or too large, Tesseract is missing, or no text was recognised.
    """
    if not installed_languages():
        raise LoadError(f"is a picture, and {NOT_INSTALLED}")
    recogniser = Recogniser()
    pages = []
    for number, picture in enumerate(_frames(data), start=1):
        lines = recogniser.read(picture)
        pages.append(recognised_page(number, picture.size, lines, DPI / 72) if lines else PdfPage(number))
    if not write_pages(pages, Structure(), builder):
        raise LoadError("is a picture in which no text was recognised; add a text version if it holds text")
    by_ocr = [page.number for page in pages if page.recognised]
    empty = [page.number for page in pages if not page.recognised]
    return Contents(metadata={"pages_by_ocr": by_ocr} | ({"pages_without_text": empty} if empty else {}))


def _frames(data: bytes) -> Iterator["Image"]:
    """Yield the pages of a picture file, upright, in grey and in a size that suits recognition."""
    from PIL import Image, ImageOps, ImageSequence

    try:
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF")) as file:
            for number, frame in enumerate(ImageSequence.Iterator(file)):
                if number >= _MAX_FRAMES:
                    return
                yield _sized(ImageOps.exif_transpose(frame).convert("RGBA"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
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
