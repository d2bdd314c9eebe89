"""Whatever a document of any format says, its chunks are exact slices of it, leave nothing out, and fit the model."""

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from html import escape
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from assistant.embedder import Embedder
from assistant.errors import LoadError
from assistant.loaders import load
from assistant.splitter import embedding_text, split

Content = list[tuple[str, list[str]]]
"""Sections: a heading, and paragraphs."""

_OPEN = "urn:oasis:names:tc:opendocument:xmlns"
_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=12)
_KNOWN = st.sampled_from(
    ["村集体所有土地。", "زمین گاؤں کی ہے۔", "The bridge, built in 1931, stands.", "x" * 700, "é́", "🙂"]
)
_SENTENCE = st.lists(_WORDS | _KNOWN, min_size=1, max_size=40).map(" ".join)
CONTENT = st.lists(st.tuples(_SENTENCE, st.lists(_SENTENCE, min_size=1, max_size=4)), min_size=1, max_size=3)


def _zip(**members: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return target.getvalue()


def _saved(document: object) -> bytes:
    target = io.BytesIO()
    document.save(target)  # type: ignore[attr-defined]
    return target.getvalue()


def _plain(content: Content) -> bytes:
    return "\n\n".join(text for heading, texts in content for text in (heading, *texts)).encode()


def _markdown(content: Content) -> bytes:
    return "\n\n".join(text for heading, texts in content for text in (f"# {heading}", *texts)).encode()


def _html(content: Content) -> bytes:
    body = "".join(
        f"<h1>{escape(heading)}</h1>" + "".join(f"<p>{escape(text)}</p>" for text in texts)
        for heading, texts in content
    )
    return f"<!DOCTYPE html><html><head><meta charset=utf-8></head><body>{body}</body></html>".encode()


def _xml(content: Content) -> bytes:
    body = "".join(f"<p>{escape(text)}</p>" for _, texts in content for text in texts)
    return f'<?xml version="1.0" encoding="utf-8"?><doc>{body}</doc>'.encode()


def _csv(content: Content) -> bytes:
    target = io.StringIO()
    csv.writer(target).writerows([("name", "text"), *((heading, " ".join(texts)) for heading, texts in content)])
    return target.getvalue().encode()


def _word(content: Content) -> bytes:
    document = docx.Document()
    for heading, texts in content:
        document.add_heading(heading, 1)
        for text in texts:
            document.add_paragraph(text)
    return _saved(document)


def _slides(content: Content) -> bytes:
    deck = pptx.Presentation()
    for heading, texts in content:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = heading
        slide.placeholders[1].text = "\n".join(texts)
    return _saved(deck)


def _sheets(content: Content) -> bytes:
    book = openpyxl.Workbook()
    for heading, texts in content:
        book.active.append(["'" + heading, *("'" + text for text in texts)])
    return _saved(book)


def _opendocument(content: Content) -> bytes:
    body = "".join(
        f'<text:h text:outline-level="1">{escape(heading)}</text:h>'
        + "".join(f"<text:p>{escape(text)}</text:p>" for text in texts)
        for heading, texts in content
    )
    names = f'xmlns:office="{_OPEN}:office:1.0" xmlns:text="{_OPEN}:text:1.0"'
    return _zip(
        mimetype="application/vnd.oasis.opendocument.text",
        content_dot_xml=f"<office:document-content {names}><office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>",
    )


def _book(content: Content) -> bytes:
    return _zip(
        mimetype="application/epub+zip",
        **{
            "META-INF__container_dot_xml": "<container><rootfiles><rootfile full-path='b.opf'/></rootfiles>"
            "</container>",
            "b_dot_opf": "<package><manifest><item id='a' href='a.xhtml' media-type='application/xhtml+xml'/>"
            "</manifest><spine><itemref idref='a'/></spine></package>",
            "a_dot_xhtml": _html(content).decode(),
        },
    )


def _rich_text(content: Content) -> bytes:
    def coded(text: str) -> str:
        units = text.encode("utf-16-le")
        return "".join(
            f"\\u{int.from_bytes(units[i : i + 2], 'little', signed=True)}?" for i in range(0, len(units), 2)
        )

    return ("{\\rtf1\\ansi " + "".join(coded(text) + "\\par " for _, texts in content for text in texts) + "}").encode()


def _mail(content: Content) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@example.org", "Report"
    message.set_content(_plain(content).decode())
    message.add_attachment(_markdown(content), maintype="text", subtype="markdown", filename="notes.md")
    return message.as_bytes()


def _pdf(content: Content) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, A4)
    for heading, texts in content:
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(50, 800, heading.encode("ascii", "replace").decode())
        canvas.setFont("Helvetica", 10)
        for line, text in enumerate(texts):
            canvas.drawString(50, 770 - 14 * line, text.encode("ascii", "replace").decode())
        canvas.showPage()
    canvas.save()
    return target.getvalue()


FORMATS: dict[str, Callable[[Content], bytes]] = {
    "txt": _plain,
    "md": _markdown,
    "html": _html,
    "xml": _xml,
    "csv": _csv,
    "docx": _word,
    "pptx": _slides,
    "xlsx": _sheets,
    "odt": _opendocument,
    "epub": _book,
    "rtf": _rich_text,
    "eml": _mail,
    "pdf": _pdf,
}


@pytest.mark.parametrize("suffix", FORMATS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(content=CONTENT)
def test_chunks_are_slices_that_cover_the_text_and_fit_the_model(
    embedder: Embedder, suffix: str, content: Content
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"document.{suffix}")
        path.write_bytes(FORMATS[suffix](content))
        try:
            documents = load(path, path.name)
        except LoadError as error:
            assert "holds no text" in str(error), error
            return
    for document in documents:
        chunks = split(document, embedder.token_spans, 180)
        position = 0
        for chunk in chunks:
            assert document.text[chunk.start : chunk.end] == chunk.text
            assert not document.text[position : chunk.start].strip()
            position = chunk.end
            embedded = embedding_text(chunk, document.title, embedder.token_spans)
            assert len(embedder.token_spans(embedded)) + 2 <= embedder.max_tokens
        assert not document.text[position:].strip()
