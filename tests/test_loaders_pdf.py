"""PDF is read as a person reads it: in order, with its headings, tables and pages, and without page furniture."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.constants import PageLabelStyle
from pypdf.generic import NameObject, StreamObject
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from assistant.errors import LoadError
from assistant.loaders import ocr, tesseract
from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.pdf import read_pdf
from assistant.schema import Document

WIDTH, HEIGHT = A4
STYLES = getSampleStyleSheet()
Draw = Callable[[Canvas], None]


def drawn(*pages: Draw, **options: Any) -> bytes:
    """Return a PDF whose pages are drawn by functions."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, **options)
    for page in pages:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def lines(texts: list[str], left: float = 70, top: float = 100, size: float = 11, font: str = "Helvetica") -> Draw:
    """Return a function that writes lines under each other."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        for row, text in enumerate(texts):
            canvas.drawString(left, HEIGHT - top - row * size * 1.25, text)

    return draw


def together(*parts: Draw) -> Draw:
    """Return a function that draws all parts on one page."""

    def draw(canvas: Canvas) -> None:
        for part in parts:
            part(canvas)

    return draw


def laid_out(*flowables: Any, **options: Any) -> bytes:
    """Return a PDF that reportlab lays out."""
    target = io.BytesIO()
    SimpleDocTemplate(target, pagesize=A4).build(list(flowables), **options)
    return target.getvalue()


def read(data: bytes) -> tuple[Document, Contents]:
    """Read a PDF into a document."""
    builder = TextBuilder()
    contents = read_pdf(data, builder)
    return builder.build(id="a.pdf", title=contents.title, media_type="application/pdf", sha256=""), contents


def blocks(data: bytes) -> list[str]:
    """Return the lines of a PDF's text that hold something."""
    return [line for line in read(data)[0].text.split("\n") if line]


def test_lines_are_joined_and_cut_words_mended() -> None:
    text = ["The programme lasted two weeks and was about rural develop-", "ment in the south-", "west of the country."]
    known = ["Land in the south-west is steep."]
    found = blocks(drawn(together(lines(text), lines(known, top=200))))
    assert found == [
        "The programme lasted two weeks and was about rural development in the south-west of the country.",
        "Land in the south-west is steep.",
    ]


def test_columns_are_read_one_after_the_other() -> None:
    left = [f"left line number {row} of the first column goes" for row in range(8)] + ["on to the end of it and is"]
    right = ["finished here at the top of the second one."] + [
        f"Right line {row} ends with a full stop here." for row in range(6)
    ]
    title = lines(["A title that runs over both of the columns of this page"], top=70, size=20)
    found = blocks(drawn(together(title, lines(left, left=60, size=9), lines(right, left=320, top=103, size=9))))
    assert found[0].startswith("A title")
    assert found[1].startswith("left line number 0 of the first column goes left line number 1")
    assert "on to the end of it and is finished here at the top" in found[1]


def test_headings_come_from_the_outline_with_its_levels() -> None:
    def page(canvas: Canvas) -> None:
        for level, (title, top) in enumerate([("Figures of the year", 100), ("Roads and bridges", 160)]):
            lines([title], top=top, size=12, font="Helvetica-Bold")(canvas)
            canvas.bookmarkPage(title)
            canvas.addOutlineEntry(title, title, level)
        lines(["Text of the first section."], top=125)(canvas)
        lines(["Text of the second section."], top=185)(canvas)

    document, _ = read(drawn(page))
    assert [(section.heading, section.level) for section in document.sections] == [
        ("Figures of the year", 1),
        ("Roads and bridges", 2),
    ]
    inner = document.sections[1]
    assert document.text[inner.start : inner.end] == "Roads and bridges\n\nText of the second section."


def test_headings_without_outline_come_from_the_size_of_letters() -> None:
    page = together(
        lines(["A report on the training of officials", "in the year 2024"], top=80, size=22),
        lines(["Who took part"], top=160, size=15),
        lines(["Nineteen people took part in the seminar, and all came", "from four provinces."], top=190),
    )
    document, _ = read(drawn(page))
    assert [(section.heading, section.level) for section in document.sections] == [
        ("A report on the training of officials in the year 2024", 1),
        ("Who took part", 2),
    ]


def test_running_headers_and_page_numbers_are_left_out_and_labels_kept() -> None:
    def page(number: int) -> Draw:
        return together(
            lines(["Annual report 2024"], top=40, size=8),
            lines([f"Page {number} of 3"], top=HEIGHT - 40, size=8),
            lines(
                [f"Sentence {word} stands on a page of its own." for word in ("one", "two", "three")[:number]], top=150
            ),
        )

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(drawn(page(1), page(2), page(3)))))
    writer.set_page_label(0, 0, style=PageLabelStyle.LOWERCASE_ROMAN)
    writer.set_page_label(1, 2, style=PageLabelStyle.DECIMAL, start=1)
    target = io.BytesIO()
    writer.write(target)
    document, _ = read(target.getvalue())
    assert "Annual report" not in document.text and "Page" not in document.text
    assert [(page.number, page.label) for page in document.pages] == [(1, "i"), (2, "1"), (3, "2")]


def row_of(texts: list[str], left: float, step: float, top: float) -> Draw:
    """Return a function that writes short texts side by side, far apart."""
    return together(*(lines([text], left=left + step * place, top=top) for place, text in enumerate(texts)))


def test_a_page_number_is_left_out_but_not_a_year_or_a_row_of_figures() -> None:
    body = lines(["What the page says in a sentence that is longer than all that stands below it."], top=300)
    foot = HEIGHT - 40
    axis = row_of(["0", "2", "4", "6", "8"], left=80, step=90, top=foot)
    cells = row_of(["12", "31"], left=80, step=200, top=foot)
    spread = row_of(["12", "13"], left=80, step=400, top=foot)
    found = [
        blocks(drawn(together(body, edge)))[1:]
        for edge in (axis, cells, lines(["2024"], top=foot), lines(["7"], top=foot), spread)
    ]
    assert found == [["0 2 4 6 8"], ["12 31"], ["2024"], [], []]


def test_a_sentence_that_runs_over_a_page_stands_whole_on_the_page_where_it_ends() -> None:
    first = lines(["The first sentence ends here. The second one goes on over the end of"], top=700)
    second = lines(["the page and ends there. A third one follows."], top=80)
    document, _ = read(drawn(first, second))
    one, two = document.pages
    assert document.text[one.start : one.end].strip() == "The first sentence ends here."
    whole = "The second one goes on over the end of the page and ends there. A third one follows."
    assert document.text[two.start : two.end].strip() == whole


def test_a_paragraph_that_ends_with_its_page_is_not_joined() -> None:
    document, _ = read(drawn(lines(["A sentence ends here."]), lines(["Another begins here."])))
    assert document.text == "A sentence ends here.\n\nAnother begins here."
    assert document.page_at(document.text.index("Another")) == 2


def test_items_of_lists_stand_on_lines_of_their_own() -> None:
    texts = [
        "The lectures had themes:",
        "• land system;",
        "• food security and what it means for the many",
        "   farmers of the province.",
        "1. numbered item",
    ]
    assert blocks(drawn(lines(texts))) == [
        "The lectures had themes:",
        "land system;",
        "food security and what it means for the many farmers of the province.",
        "1. numbered item",
    ]


def test_a_ruled_table_goes_on_over_a_page_with_its_header() -> None:
    cell = STYLES["BodyText"]
    rows: list[list[Any]] = [["Year", "Step or total", "People"]]
    rows += [
        [
            str(1950 + row),
            Paragraph("a step that is described in so many words that they take two lines", cell),
            f"{row},000",
        ]
        for row in range(30)
    ]
    table = Table(rows, colWidths=[60, 220, 80], repeatRows=1)
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)]))
    document, _ = read(
        laid_out(Paragraph("Before the table.", cell), Spacer(1, 20), table, Paragraph("After it.", cell))
    )
    found = [line for line in document.text.split("\n") if line]
    assert len(document.pages) == 2
    assert found[0] == "Before the table." and found[-1] == "After it."
    step = "a step that is described in so many words that they take two lines"
    assert found[1:-1] == [f"Year: {1950 + row}; Step or total: {step}; People: {row},000" for row in range(30)]


def test_merged_cells_of_a_ruled_table_count_for_all_that_they_cover() -> None:
    rows = [["Place", "People", ""], ["", "2012", "2020"], ["Bijie", "10", "20"], ["Zunyi", "30", "40"]]
    table = Table(rows, colWidths=80)
    spans = [("SPAN", (0, 0), (0, 1)), ("SPAN", (1, 0), (2, 0)), ("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
    table.setStyle(TableStyle(spans))
    assert blocks(laid_out(table)) == [
        "Place: Bijie; People 2012: 10; People 2020: 20",
        "Place: Zunyi; People 2012: 30; People 2020: 40",
    ]


def test_the_name_of_a_column_without_cells_is_not_lost() -> None:
    table = Table([["Village", "Households", "Remarks"], ["Huawu", "1,207", ""], ["Haique", "168", ""]])
    bold = ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black), bold]))
    assert blocks(laid_out(table)) == [
        "Village; Households; Remarks",
        "Village: Huawu; Households: 1,207",
        "Village: Haique; Households: 168",
    ]


def test_aligned_columns_without_lines_are_a_table() -> None:
    columns = [
        ["Indicator", "Area", "Population", "Roads"],
        ["Unit", "km2", "million", "km"],
        ["Figure", "176,167", "38.56", "185,000"],
    ]
    parts = [lines(column, left=70 + 130 * place, top=150) for place, column in enumerate(columns)]
    intro = lines(["The table shows three figures on the province and its people and roads."], top=100)
    assert blocks(drawn(together(intro, *parts)))[1:] == [
        "Indicator: Area; Unit: km2; Figure: 176,167",
        "Indicator: Population; Unit: million; Figure: 38.56",
        "Indicator: Roads; Unit: km; Figure: 185,000",
    ]


def test_a_part_of_a_word_that_is_printed_once_more_is_left_out() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(100, 600, "Code:300218")
        canvas.drawString(100.4 + canvas.stringWidth("Code"), 600, ":300218")
        canvas.drawString(100, 500, "300218")

    assert blocks(drawn(page)) == ["Code:300218", "300218"]


def test_indices_and_exponents_do_not_cut_words() -> None:
    text = "Water is H<sub>2</sub>O, and CO<sub>2</sub> in 5 m<super>2</super> is gas."
    assert blocks(laid_out(Paragraph(text, STYLES["BodyText"]))) == ["Water is H2O, and CO2 in 5 m2 is gas."]


def shown_as(data: bytes, characters: dict[str, str]) -> bytes:
    """Return a PDF in which the font's letters stand for other characters."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    pairs = "\n".join(f"<{ord(code):02x}> <{ord(shown):04x}>" for code, shown in characters.items())
    stream = StreamObject()
    stream.set_data(
        f"begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(characters)} beginbfchar\n{pairs}\nendbfchar endcmap".encode()
    )
    reference = writer._add_object(stream)
    resources: Any = writer.pages[0]["/Resources"]
    for font in resources["/Font"].values():
        font.get_object()[NameObject("/ToUnicode")] = reference
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def test_a_single_arabic_sign_does_not_turn_a_line_of_another_script() -> None:
    plain = drawn(lines(["abc cba abd x"]))
    assert blocks(shown_as(plain, dict(zip("abcdx", "कखगघ۔", strict=True)))) == ["कखग गखक कखघ ۔"]


def test_latin_words_and_numbers_inside_arabic_script_keep_their_direction() -> None:
    signs = {"x": "،", "y": "ہ", "a": "ک", "1": "۱", "2": "۲"} | {sign: sign for sign in "CPE3.5 "}
    assert blocks(shown_as(drawn(lines(["xCPEC 3.5ya", "aya 12yaa"])), signs)) == ["کہ3.5 CPEC، ککہ۱۲ کہک"]


def test_links_that_the_page_does_not_show_are_named_at_its_end() -> None:
    def page(canvas: Canvas) -> None:
        lines(["See the report, or www.example.org/shown for more."])(canvas)
        for address in ("https://example.org/hidden", "https://www.example.org/shown", "javascript:alert(1)"):
            canvas.linkURL(address, (70, HEIGHT - 110, 200, HEIGHT - 90))

    assert blocks(drawn(page))[1:] == ["Links: https://example.org/hidden"]


def test_form_fields_are_rows() -> None:
    def page(canvas: Canvas) -> None:
        lines(["Please fill in."])(canvas)
        canvas.acroForm.textfield(name="province", tooltip="Home province", value="Punjab", x=70, y=600, width=200)

    assert blocks(drawn(page))[-1] == "Home province: Punjab"


def test_files_inside_the_file_are_handed_on() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(drawn(lines(["See the attached list."])))))
    writer.add_attachment("list.txt", b"one, two")
    target = io.BytesIO()
    writer.write(target)
    assert read(target.getvalue())[1].attachments == [("list.txt", b"one, two")]


def protected(password: str) -> bytes:
    """Return a PDF that only its owner may change; opening it wants the password, if there is one."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(drawn(lines(["A secret sentence."])))))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def test_protection_without_a_user_password_is_no_hindrance() -> None:
    assert blocks(protected("")) == ["A secret sentence."]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(protected("open sesame"), "protected by a password", id="password"),
        pytest.param(b"%PDF-1.7\nnothing of use", "damaged", id="damaged"),
        pytest.param(b"", "damaged", id="empty"),
        pytest.param(drawn(lambda canvas: None), "holds no text", id="blank"),
    ],
)
def test_what_can_not_be_read_is_said_with_a_remedy(data: bytes, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        read(data)


def picture_page(text: str) -> Draw:
    """Return a function that draws a page as a scanner delivers it: a picture of text."""
    from reportlab.lib.utils import ImageReader

    picture = scan(text)
    return lambda canvas: canvas.drawImage(ImageReader(picture), 0, HEIGHT - 300, WIDTH, 300) and None


def scan(text: str) -> Any:
    """Return a picture of some lines of text."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (1650, 830), 255)
    ImageDraw.Draw(picture).multiline_text((150, 150), text, fill=0, font=ImageFont.load_default(size=44), spacing=20)
    return picture


@pytest.fixture
def no_tesseract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Hide the programs of this machine."""
    tesseract.installed_languages.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    yield
    tesseract.installed_languages.cache_clear()


needs_tesseract = pytest.mark.skipif(not tesseract.installed_languages(), reason="Tesseract is not installed")
SCANNED = "The seminar lasted two weeks and ended on\n24 July 2024 with nineteen participants."


@needs_tesseract
def test_a_scanned_page_is_recognised_and_said_to_be() -> None:
    document, contents = read(drawn(lines(["A page of text comes first, as usual."]), picture_page(SCANNED)))
    assert document.text.endswith(SCANNED.replace("\n", " "))
    assert contents.metadata["pages_by_ocr"] == [2]


@needs_tesseract
def test_a_picture_file_is_recognised() -> None:
    target = io.BytesIO()
    scan(SCANNED).save(target, "png")
    builder = TextBuilder()
    assert ocr.read_image(target.getvalue(), builder).metadata == {"pages_by_ocr": [1]}
    assert builder.build(id="a", title="", media_type="", sha256="").text == SCANNED.replace("\n", " ")


@pytest.mark.usefixtures("no_tesseract")
def test_without_tesseract_pages_of_pictures_are_named() -> None:
    _, contents = read(drawn(lines(["A page of text comes first, as usual."]), picture_page(SCANNED)))
    assert contents.metadata["pages_without_text"] == [2]
    with pytest.raises(LoadError, match="Tesseract is not installed"):
        read(drawn(picture_page(SCANNED)))


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(LoadError, match=r"damaged picture|Tesseract"):
        ocr.read_image(b"\x89PNG\r\n\x1a\nnothing", TextBuilder())
