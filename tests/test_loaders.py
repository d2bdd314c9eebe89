"""Files of every kind, made here by the libraries that usually make them, are read as a person reads them."""

import datetime
import io
import random
import shutil
import unicodedata
import zipfile
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx.util import Inches

from assistant.errors import LoadError
from assistant.loaders import SUPPORTED, load
from assistant.schema import Document


def read(folder: Path, name: str, content: bytes | str) -> list[Document]:
    """Write a file and load it."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load(path, name)


def zipped(**members: str) -> bytes:
    """Return a zip file; ``__`` in a name stands for a slash, the last ``_`` for a dot."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(".".join(name.replace("__", "/").rsplit("_", 1)), content)
    return target.getvalue()


def saved(document: object) -> bytes:
    """Return the bytes that a library saves for a document."""
    target = io.BytesIO()
    document.save(target)  # type: ignore[attr-defined]
    return target.getvalue()


def test_markdown_loses_its_markup_and_nothing_else(tmp_path: Path) -> None:
    source = """---
title: Land & water
date: 2026-03-02
language: en
---
# Land *system*

A [page](https://example.org/a) and <https://example.org/b>,
wrapped &amp; marked<br>here.

> Quoted **words**.

3. third
4. fourth
   - inside

| Year | Poor (million) |
|---|---|
| 2012 | `98.99` |

```
x = 1
y = 2
```
<div><p>As HTML</p><script>no()</script></div>
"""
    document = read(tmp_path, "land.md", source)[0]
    assert document.text.split("\n") == [
        "Land system",
        "",
        "A page (https://example.org/a) and https://example.org/b, wrapped & marked here.",
        "",
        "Quoted words.",
        "",
        "3. third",
        "4. fourth",
        "inside",
        "",
        "Year: 2012; Poor (million): 98.99",
        "",
        "x = 1",
        "y = 2",
        "",
        "As HTML",
    ]
    assert (document.title, document.media_type, document.language) == ("Land & water", "text/markdown", "en")
    assert document.metadata == {"date": "2026-03-02", "language": "en"}
    assert document.headings_at(document.text.index("Quoted")) == ["Land system"]


def test_plain_text_joins_lines_that_a_margin_broke(tmp_path: Path) -> None:
    wrapped = (
        "The seminar of 2024 lasted two weeks and ended on the\n24th of July, and 19 people took part, from\nfive."
    )
    chinese = "扶贫工作在二零二零年完成了全部任务并且得到了国家的确认和各个\n地方的支持"
    document = read(tmp_path, "a.txt", f"{wrapped}\n\nBread\nRice\n\n{chinese}")[0]
    joined = [wrapped.replace("\n", " "), "Bread\nRice", chinese.replace("\n", "")]
    assert document.text == "\n\n".join(joined)


def test_html_keeps_the_page_and_drops_its_frame(tmp_path: Path) -> None:
    source = """<!doctype html><html lang="en"><head><title>Fact sheet</title><meta name="date" content="2026-03-02">
    <style>p{}</style></head><body><div class="cookie-bar"><a href="#">Accept cookies</a></div><nav>Home</nav>
    <header>Banner</header><h1>Facts</h1><p>One<br>line, <b>bold</b>.</p><ol><li>first<ul><li>inner</li></ul></li>
    <li>second</li></ol><table><tr><th>Place</th><th>Visit</th></tr><tr><td rowspan=2>Bijie</td><td>May</td></tr>
    <tr><td>June</td></tr></table><table><tr><td><p>Laid out</p></td></tr></table>
    <footer>Imprint</footer><script>alert(1)</script></body></html>"""
    document = read(tmp_path, "facts.html", source)[0]
    assert document.text == (
        "Facts\n\nOne line, bold.\n\n1. first\ninner\n2. second\n\nPlace: Bijie; Visit: May\nPlace: Bijie; Visit: June"
        "\n\nLaid out"
    )
    assert (document.title, document.metadata) == ("Fact sheet", {"date": "2026-03-02", "language": "en"})


def test_a_page_that_is_all_menu_is_read_whole(tmp_path: Path) -> None:
    assert (
        read(tmp_path, "menu.html", "<html><body><nav><a href=/>Home page</a></nav></body></html>")[0].text
        == "Home page"
    )


def test_word(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "Ecology"
    document.add_heading("Forests", 1)
    document.add_paragraph("first step", style="List Number")
    document.add_paragraph("second step", style="List Number")
    table = document.add_table(rows=3, cols=3)
    for row, cells in enumerate([["Area", "Year", "Share"], ["North", "2019", "4%"], ["", "2020", "5%"]]):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    paragraph = document.add_paragraph("Kept ")
    for change in (
        "<w:ins><w:r><w:t>put in</w:t></w:r></w:ins>",
        "<w:del><w:r><w:delText>taken out</w:delText></w:r></w:del>",
    ):
        paragraph._p.append(parse_xml(change.replace(">", f" {nsdecls('w')}>", 1)))
    control = "<w:sdt {}><w:sdtContent><w:p><w:r><w:t>In a control</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    document.element.body.insert(-1, parse_xml(control.format(nsdecls("w"))))
    result = read(tmp_path, "forest.docx", saved(document))[0]
    assert result.text == (
        "Forests\n\n1. first step\n2. second step\n\nArea: North; Year: 2019; Share: 4%\n"
        "Area: North; Year: 2020; Share: 5%\n\nKept put in\n\nIn a control"
    )
    assert (result.title, [section.heading for section in result.sections]) == ("Ecology", ["Forests"])


def test_slides_are_pages_read_from_top_to_bottom(tmp_path: Path) -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Batik"
    slide.placeholders[1].text = "Wax\nIndigo"
    for top, text in ((6.5, "At the foot"), (0.1, "Above all")):
        slide.shapes.add_textbox(Inches(1), Inches(top), Inches(3), Inches(0.5)).text_frame.text = text
    slide.notes_slide.notes_text_frame.text = "Spoken words."
    presentation.slides.add_slide(presentation.slide_layouts[6])
    table = presentation.slides.add_slide(presentation.slide_layouts[5]).shapes.add_table(
        2, 2, Inches(1), Inches(2), Inches(4), Inches(1)
    )
    for column, (name, value) in enumerate([("Town", "Anshun"), ("Shops", "17")]):
        table.table.cell(0, column).text, table.table.cell(1, column).text = name, value
    document = read(tmp_path, "batik.pptx", saved(presentation))[0]
    assert document.text == (
        "Batik\n\nAbove all\n\nWax\nIndigo\n\nAt the foot\n\nNotes\n\nSpoken words.\n\nTown: Anshun; Shops: 17"
    )
    assert [page.number for page in document.pages] == [1, 2, 3]
    assert document.page_at(document.text.index("Anshun")) == 3


def test_sheets_show_numbers_as_a_person_reads_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Areas"
    sheet.append(["Census by area"])
    sheet.append(["Area", "People", "Share", "Counted on", "Cost", "Note"])
    sheet.append(["Punjab", 127688922, 0.593, datetime.date(2023, 5, 1), 0.1 + 0.2, "=1+1"])
    sheet.append(["Sindh", 55696147, 0.4627, datetime.datetime(2023, 5, 2, 14, 30), -1234.5])
    for row in (3, 4):
        for column, pattern in ((2, "#,##0"), (3, "0.0%"), (5, '"Rs" #,##0.00;("Rs" #,##0.00)')):
            sheet.cell(row, column).number_format = pattern
    sheet.merge_cells("A3:A4")
    far = book.create_sheet("Far")
    far["XFD1048576"] = "corner"
    far["A1"] = True
    document = read(tmp_path, "census.xlsx", saved(book))[0]
    assert document.text == (
        "Areas\n\nCensus by area\n\nArea; People; Share; Counted on; Cost; Note\n"
        "Area: Punjab; People: 127,688,922; Share: 59.3%; Counted on: 2023-05-01; Cost: Rs 0.30\n"
        "Area: Punjab; People: 55,696,147; Share: 46.3%; Counted on: 2023-05-02 14:30; Cost: (Rs 1,234.50)\n\n"
        "Far\n\nTRUE\ncorner"
    )
    assert [section.heading for section in document.sections] == ["Areas", "Far"]


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.csv", "|"), ("a.tsv", "\t")])
def test_delimited_tables(tmp_path: Path, name: str, delimiter: str) -> None:
    rows = [["Name", "City", "Years"], ["Li", '"Bijie, north; | old"', "3"], ["Wu", "Zunyi", "4"]]
    document = read(tmp_path, name, "\r\n".join(delimiter.join(row) for row in rows))[0]
    assert document.text == "Name: Li; City: Bijie, north; | old; Years: 3\nName: Wu; City: Zunyi; Years: 4"


def test_opendocument(tmp_path: Path) -> None:
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table")
    )
    body = """<office:text><text:tracked-changes><text:p>Gone</text:p></text:tracked-changes>
    <text:h text:outline-level="2">Roads</text:h>
    <text:p>A<text:s/>road<text:note><text:note-body><text:p>Noted.</text:p></text:note-body></text:note>.</text:p>
    <text:list><text:list-item><text:p>gravel</text:p></text:list-item></text:list>
    <table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Km</text:p></table:table-cell>
    <table:table-cell><text:p>Year</text:p></table:table-cell></table:table-row></table:table-header-rows><table:table-row>
    <table:table-cell><text:p>185</text:p></table:table-cell><table:table-cell><text:p>2023</text:p></table:table-cell>
    </table:table-row></table:table></office:text>"""
    content = f"<office:document-content{spaces}><office:body>{body}</office:body></office:document-content>"
    data = zipped(mimetype="application/vnd.oasis.opendocument.text", content_xml=content)
    assert read(tmp_path, "roads.odt", data)[0].text == "Roads\n\nA road.\n\nNoted.\n\ngravel\n\nKm: 185; Year: 2023"


def test_books_are_read_in_the_order_of_their_spine(tmp_path: Path) -> None:
    package = """<package><metadata><title>Tales</title><language>en</language></metadata><manifest>
    <item id="b" href="b.xhtml"/><item id="a" href="a.xhtml"/></manifest>
    <spine><itemref idref="b"/><itemref idref="a"/></spine></package>"""
    container = '<container><rootfiles><rootfile full-path="in/book.opf"/></rootfiles></container>'
    data = zipped(
        mimetype="application/epub+zip",
        **{"META-INF__container_xml": container},
        in__book_opf=package,
        in__a_xhtml="<html><body><h1>Later</h1><p>End.</p></body></html>",
        in__b_xhtml="<html><body><h1>First</h1><p>Begin.</p></body></html>",
    )
    document = read(tmp_path, "tales.epub", data)[0]
    assert (document.title, document.text) == ("Tales", "First\n\nBegin.\n\nLater\n\nEnd.")


RTF = r"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial;}}{\stylesheet{\s1 heading 1;}}
{\info{\title Letter}}
{\pard\s1 Caf\'e9\par}{\pard {\f1\'d3\'e2\'e0\'e6} \u1576?\u26085?{\v hidden}{\footnote A note.} text\par}
\trowd\pard\intbl Name\cell Age\cell\row\trowd\intbl Li\cell 30\cell\row\pard{\listtext 1.\tab}one\par}"""


def test_rtf_under_any_name(tmp_path: Path) -> None:
    for name in ("letter.rtf", "letter.doc"):
        document = read(tmp_path, name, RTF)[0]
        assert document.text == "Café\n\nУваж ب日 text\n\nA note.\n\nName: Li; Age: 30\n\n1. one"
        assert (document.title, document.media_type) == ("Letter", "application/rtf")


def test_mail_and_its_attachments(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Li <li@example.org>", "wu@example.org", "Visit to Zunyi, 日程"
    message["Date"] = "Wed, 24 Jul 2024 10:00:00 +0800"
    message.set_content("See the plan.")
    message.add_alternative("<p>See the <b>plan</b>.</p>", subtype="html")
    message.add_attachment("Day one", filename="plan.txt")
    message.add_attachment(b"\x7fELF\0\1\2\3", maintype="application", subtype="octet-stream", filename="tool.exe")
    mail, plan = read(tmp_path, "visit.eml", message.as_bytes())
    assert mail.text == (
        "From: Li <li@example.org>\nTo: wu@example.org\nSubject: Visit to Zunyi, 日程\n"
        "Date: Wed, 24 Jul 2024 10:00:00 +0800\n\nSee the plan."
    )
    assert (plan.id, plan.text, mail.metadata["date"]) == ("visit.eml/plan.txt", "Day one", "2024-07-24")
    assert "tool.exe: it is a program" in mail.metadata["notes"][0]


CHINESE = "贵州省的脱贫攻坚工作在二零二零年十一月完成，最后九个贫困县全部退出了贫困县名单。"
ARABIC = "يدرس المشاركون من باكستان تجربة الصين في الحد من الفقر، وقد زاروا عدة قرى في الجنوب."


@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        (CHINESE, "utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 gb18030 gbk"),
        ("梵語在社交中口頭使用，並且在早期古典梵語文學的發展中得到了廣泛的應用與保存。", "big5 utf-16-le"),
        (ARABIC, "cp1256 iso8859-6 utf-16-be"),
        ("Les élèves préfèrent le café à la crème, où qu’ils soient allés l’été dernier.", "cp1252 utf-16-le"),
    ],
)
def test_encodings_declared_wrongly_or_not_at_all(tmp_path: Path, text: str, encodings: str) -> None:
    for encoding in encodings.split():
        assert read(tmp_path, "a.txt", text.encode(encoding))[0].text == text, encoding
        page = f'<html><head><meta charset="iso-8859-1"></head><body><p>{text}</p></body></html>'
        assert read(tmp_path, "a.html", page.encode(encoding))[0].text == text, encoding


def test_content_counts_more_than_the_suffix(tmp_path: Path) -> None:
    presentation = pptx.Presentation()
    presentation.slides.add_slide(presentation.slide_layouts[0]).shapes.title.text = "Really slides"
    assert read(tmp_path, "talk.docx", saved(presentation))[0].media_type.endswith("presentation")
    assert read(tmp_path, "page.doc", "<html><body><p>Really a page</p></body></html>")[0].media_type == "text/html"
    assert {".md", ".pdf", ".docx", ".msg", ".png"} <= SUPPORTED


ENTITIES = '<!DOCTYPE d [<!ENTITY a "{}">]><d>&a;</d>'


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b" \n", "holds no text"),
        ("a.html", b"<html><body></body></html>", "holds no text"),
        ("a.bin", bytes(range(256)) * 9, "neither text nor a document"),
        ("a.gz", b"\x1f\x8b\x08" + bytes(99), "gzip"),
        ("a.docx", b"PK\x03\x04 broken", "damaged"),
        ("a.docx", zipped(word__document_xml="<d/>"), "zip archive of another kind"),
        ("a.docx", zipped(**{"[Content_Types]_xml": "<T/>"}, word__document_xml="\0" * 30_000_000), "suspicious size"),
        ("a.docx", zipped(**{"[Content_Types]_xml": "<T/>"}, word__document_xml=ENTITIES.format("aha")), "entities"),
        (
            "a.odt",
            zipped(mimetype="application/vnd.oasis.opendocument.text", content_xml=ENTITIES.format("x")),
            "entities",
        ),
        ("a.xlsx", zipped(**{f"xl__{number}": "" for number in range(5_001)}), "5,000 parts"),
        ("a.md", b"x" * 50_000_001, "50 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused_with_a_reason(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    with pytest.raises(LoadError, match=f"^{name}: .*{reason}"):
        read(tmp_path, name, data)


def test_old_office_files_name_the_program_they_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.loaders.builder import TextBuilder
    from assistant.loaders.legacy import read_doc

    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(LoadError, match="LibreOffice"):
        read_doc(b"\xd0\xcf\x11\xe0", TextBuilder())


def check(document: Document) -> None:
    """Assert what holds for every document: NFC text, and pages and sections that lie inside it."""
    assert document.text == unicodedata.normalize("NFC", document.text)
    document.text.encode()
    for section in document.sections:
        assert document.text[section.start : section.end].startswith(section.heading)
    assert all(0 <= page.start <= page.end <= len(document.text) for page in document.pages)


PIECES = st.sampled_from(
    ["# ", "- ", "1. ", "> ", "|a|b|\n|-|-|\n|c|d|\n", "\n\n", "```\n", "<p>", "[a](b)", "e\u0301", "---\n"]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.text(max_size=20) | PIECES, max_size=12).map("".join), st.sampled_from([".md", ".txt", ".html", ".csv"])
)
def test_any_text_loads_or_is_refused(tmp_path_factory: pytest.TempPathFactory, text: str, suffix: str) -> None:
    try:
        documents = read(tmp_path_factory.mktemp("any"), f"a{suffix}", text.encode("utf-8", "surrogatepass"))
    except LoadError as error:
        assert str(error).startswith(f"a{suffix}: ")
    else:
        check(documents[0])


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    generator = random.Random(7)
    document = docx.Document()
    document.add_heading("Title", 1)
    for data, name in ((saved(document), "a.docx"), (saved(openpyxl.Workbook()), "a.xlsx"), (RTF.encode(), "a.rtf")):
        for _ in range(40):
            damaged = bytearray(data)
            for _ in range(9):
                damaged[generator.randrange(len(damaged))] = generator.randrange(256)
            try:
                check(read(tmp_path, name, bytes(damaged[: generator.randrange(4, 2 * len(damaged))]))[0])
            except LoadError as error:
                assert str(error).startswith(name)
