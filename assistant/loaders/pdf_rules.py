"""The lines that are drawn on a PDF page, as PDFium sees them."""

from collections.abc import Iterator
from ctypes import byref, c_float
from itertools import islice
from typing import Any

from assistant.loaders.pdf_box import Box

_MAX_OBJECTS = 20_000
_MAX_PATHS = 4_000
_MAX_FORM_DEPTH = 3
_THIN = 3.0


def drawings(page: Any) -> tuple[list[Box], int, int]:  # noqa: ANN401 - pypdfium2 is untyped
    """Return the level and upright strokes and edges on the page, and how many pictures and paths it has."""
    import pypdfium2.raw as pdfium

    rules: list[Box] = []
    pictures = paths = 0
    for thing in islice(page.get_objects(max_depth=_MAX_FORM_DEPTH), _MAX_OBJECTS):
        if thing.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            pictures += 1
        elif thing.type == pdfium.FPDF_PAGEOBJ_PATH and paths < _MAX_PATHS:
            paths += 1
            rules += _edges(thing)
    return (rules if paths < _MAX_PATHS else []), pictures, paths


def _edges(path: Any) -> Iterator[Box]:  # noqa: ANN401 - pypdfium2 is untyped
    import pypdfium2.raw as pdfium

    matrix = path.get_matrix()
    count = pdfium.FPDFPath_CountSegments(path.raw)
    if count > 400:
        return
    x, y = c_float(), c_float()
    begin = last = (0.0, 0.0)
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path.raw, index)
        pdfium.FPDFPathSegment_GetPoint(segment, byref(x), byref(y))
        point = matrix.on_point(x.value, y.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            begin = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield from _edge(last, point)
        last = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield from _edge(last, begin)
            last = begin


def _edge(one: tuple[float, float], other: tuple[float, float]) -> Iterator[Box]:
    box = Box(min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))
    width, height = box.right - box.left, box.bottom - box.top
    if min(width, height) < 1 and max(width, height) > _THIN:
        yield box
