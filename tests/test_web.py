"""The web chat's plain functions: words, views, exports, suggestions, and what a browser may send back."""

import html
import re
import string
from dataclasses import replace

import pytest

from assistant import Answer, AnswerSentence, Assistant, Citation, Document, Page, Section
from assistant.errors import QuestionError
from assistant.phrases import LANGUAGES
from assistant.schema import DirectAnswer, DroppedSentence
from assistant.web.answer_view import answer_html
from assistant.web.evidence_view import AROUND, Span, evidence_html
from assistant.web.export import answer_footnotes, answer_markdown, conversation_html, conversation_markdown
from assistant.web.prose import plain_words, prose_html
from assistant.web.shown import shown
from assistant.web.stored import answer_from
from assistant.web.suggestions import Suggester, document_questions, heading_question
from assistant.web.why_view import why_html
from assistant.web.words import _WORDS, Words, preferred, words_for

EN = Words("en")
HOSTILE = '<img src=x onerror="alert(1)">&amp;![x](http://a.example/y.png)'
TEXT = f"Plan\n\nHosts\n\nThe centre hosted it. {HOSTILE} came too.\n\nArea: A; People: 3\nArea: B; People: 4\n\nEnd."
QUOTE = "The centre hosted it."


def document(text: str = TEXT) -> Document:
    return Document(
        id="plan.pdf",
        title=f"Plan {HOSTILE}",
        text=text,
        media_type="application/pdf",
        sha256="0" * 64,
        language="en",
        pages=[Page(1, 0, 6, "i"), Page(2, 6, len(text), "1")],
        sections=[Section("Plan", 1, 0, len(text)), Section("Hosts", 2, 6, len(text))],
    )


def citation(marker: int = 1) -> Citation:
    start = TEXT.index(QUOTE)
    return Citation(marker, "plan.pdf", f"Plan {HOSTILE}", 2, ["Plan", "Hosts"], start, start + len(QUOTE), QUOTE, "c1")


def answer(text: str = "**Hosts:** The centre hosted it\\. [1]", question: str = "Who hosted it?") -> Answer:
    sentences = [AnswerSentence(QUOTE, [1])]
    return Answer(question, question, "answered", text, sentences, [citation()], "", 0.93, "extractive", "en")


def visible(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def tags(markup: str) -> set[str]:
    return set(re.findall(r"<(\w+)", markup))


class TestWords:
    def test_every_string_is_there_in_every_language_with_the_same_places(self) -> None:
        for key, versions in _WORDS.items():
            assert len(versions) == len(LANGUAGES) and all(versions), key
            places = {frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name) for text in versions}
            assert len(places) == 1, key

    @pytest.mark.parametrize(
        ("chosen", "remembered", "accepted", "expected"),
        [
            ("ur", "zh", "en", "ur"),
            ("xx", "zh", "en", "zh"),
            (None, None, "fr, zh-CN;q=0.4, ur-PK;q=0.9", "ur"),
            (None, "<b>", "de", "en"),
            (None, None, "", "en"),
        ],
    )
    def test_language_is_the_chosen_the_remembered_or_the_browsers(
        self, chosen: str | None, remembered: str | None, accepted: str, expected: str
    ) -> None:
        assert preferred(chosen, remembered, accepted) == expected

    def test_urdu_runs_from_right_to_left(self) -> None:
        assert [words_for(code).direction for code in (*LANGUAGES, "fr")] == ["ltr", "rtl", "ltr", "ltr"]


class TestProse:
    def test_what_is_escaped_is_shown_as_it_is(self) -> None:
        text = r"\*not bold\* \[9\] \<b\> 1\. & **bold** [1]"
        shown = prose_html(text, lambda number: f"<i>[{number}]</i>")
        assert visible(shown) == plain_words(text) == "*not bold* [9] <b> 1. & bold [1]"
        assert tags(shown) == {"p", "strong", "i"}

    def test_a_marker_without_a_citation_stays_text(self) -> None:
        assert "<button" not in prose_html("Said [7] [0] [999]", lambda number: None)

    def test_lists_and_paragraphs(self) -> None:
        shown = prose_html("Themes: [1]\n\n- one [1]\n- two [1]", lambda number: f"[{number}]")
        assert re.sub("</?span.*?>", "", shown) == "<p>Themes: [1]</p><ul><li>one [1]</li><li>two [1]</li></ul>"


class TestAnswerView:
    def test_the_words_shown_are_those_of_the_text(self) -> None:
        shown = answer_html(answer(), EN)
        prose = re.search(r'<div class="prose".*?</div>', shown)
        assert prose and visible(prose[0]) == plain_words(answer().text)

    def test_a_marker_is_a_button_that_names_its_place(self) -> None:
        shown = answer_html(answer(), EN)
        marker = re.search(r'<button type="button" class="marker".*?>', shown)
        assert marker
        start = TEXT.index(QUOTE)
        for part in (
            f'data-start="{start}"',
            f'data-end="{start + len(QUOTE)}"',
            'aria-label="[1] Plan',
            "page 2, Hosts",
        ):
            assert part in marker[0]

    def test_nothing_of_a_document_or_user_becomes_markup(self) -> None:
        shown = answer_html(replace(answer(HOSTILE, HOSTILE), standalone_question=HOSTILE + "?"), EN)
        assert "<img" not in shown and tags(shown) <= {
            "p", "svg", "circle", "path", "strong", "span", "div", "button", "h3", "ul", "li", "q", "bdi",
            "blockquote",
        }  # fmt: skip

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_verdict_is_said_in_words_and_by_shape(self, language: str) -> None:
        words = words_for(language)
        shown = {v: answer_html(replace(answer(), verdict=v), words) for v in ("answered", "partial", "not_covered")}
        assert all(words(f"verdict_{verdict}") in markup for verdict, markup in shown.items())
        assert len({re.search("<svg.*?</svg>", markup)[0] for markup in shown.values()}) == 3  # type: ignore[index]
        assert "93%" in shown["answered"]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_how_much_of_a_models_answer_is_verified_is_said(self, language: str) -> None:
        written = replace(answer(), engine="qwen", dropped=[DroppedSentence("It rained.", "no document says so")])
        shown = visible(answer_html(written, words_for(language)))
        assert words_for(language)("verified", engine="qwen", verified=1, all=2) in shown
        assert "qwen" not in visible(answer_html(answer(), words_for(language)))

    def test_why_the_documents_own_words_stand_for_a_models_is_said(self) -> None:
        assert "The server is down." in visible(answer_html(replace(answer(), notice="The server is down."), EN))


class TestWhyView:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_stages_threshold_and_sentences_are_shown(self, bot: Assistant, language: str) -> None:
        (part,) = bot.explain("Who hosted the seminar?")
        words = words_for(language)
        shown = visible(why_html([part], [part.passages[0].chunk_id], words))
        assert (
            words("why_answered", confidence=round(100 * part.confidence), threshold=round(100 * part.threshold))
            in shown
        )
        assert words("why_meaning", value=f"{part.passages[0].cosine:.2f}") in shown
        assert words("why_quoted") in shown and part.sentences[0].text in shown

    def test_a_refusal_and_small_talk_say_so(self, bot: Assistant) -> None:
        assert "Refused: the confidence" in why_html(bot.explain("What is the capital of Peru?"), [], EN)
        assert "without the documents" in why_html([], [], EN)


class TestEvidenceView:
    def test_the_span_is_marked_exactly(self) -> None:
        shown = evidence_html(document(), Span(citation().start, citation().end), EN)
        assert re.findall("<mark>(.*?)</mark>", shown) == [QUOTE]
        assert "page 2 (printed 1)" in shown

    def test_a_span_over_blocks_and_rows_is_marked_in_parts(self) -> None:
        start, end = TEXT.index("came too"), TEXT.index("Area: B") + len("Area: B")
        marks = re.findall("<mark>(.*?)</mark>", evidence_html(document(), Span(start, end), EN))
        assert "".join("".join(map(html.unescape, marks)).split()) == "".join(TEXT[start:end].split())

    def test_every_word_of_the_document_is_shown(self) -> None:
        shown = evidence_html(document(), Span(0, 0), EN)
        body = re.sub(r'<p class="page-break".*?</p>', "", shown[shown.index('<div class="document"') :])
        assert "".join(visible(body).split()) == "".join(TEXT.split())
        assert "<img" not in shown and "<mark" not in shown

    def test_headings_do_not_skip_a_level(self) -> None:
        levels = [int(level) for level in re.findall(r"<h(\d)", evidence_html(document(), Span(0, 0), EN))]
        assert levels == [2, 3, 4]

    def test_a_long_document_is_shown_around_the_place(self) -> None:
        text = "\n\n".join(f"Sentence {number} of a long text." for number in range(20_000))
        start = text.index("Sentence 10000 ")
        shown = evidence_html(replace(document(text), pages=[], sections=[]), Span(start, start + 14), EN)
        assert "<mark>Sentence 10000</mark>" in shown and EN("shortened") in shown
        assert len(shown) < 8 * AROUND

    def test_real_documents_are_shown_whole(self, bot: Assistant) -> None:
        for name in bot.documents():
            shown = evidence_html(bot.document(name), Span(0, 0), EN)
            body = re.sub(r'<p class="page-break".*?</p>', "", shown[shown.index('<div class="document"') :])
            assert "".join(visible(body).split()) == "".join(bot.document(name).text.split()), name


class TestExport:
    def test_footnotes_name_place_and_quote(self) -> None:
        assert answer_footnotes(answer(), EN).splitlines() == [
            "Hosts: The centre hosted it. [1]",
            "",
            f"[1] Plan {HOSTILE}, page 2, Hosts (plan.pdf): “{QUOTE}”",
        ]

    def test_markdown_quotes_the_sources_without_making_markup_of_them(self) -> None:
        text = answer_markdown(answer(), EN)
        assert f"> {QUOTE}" in text and r"\!" not in text and r"!\[x\](http" in text and r"\<img" in text

    def test_a_conversation_carries_question_verdict_and_evidence(self) -> None:
        text = conversation_markdown([answer(), answer(question="And who came?")], EN)
        assert text.count("## ") == 2 and text.count(EN("verdict_answered")) == 2 and text.count(f"> {QUOTE}") == 2

    def test_a_conversation_as_a_page_needs_nothing_outside(self) -> None:
        page = conversation_html([answer(question=HOSTILE)], Words("ur"))
        assert 'dir="rtl"' in page and "<img" not in page and "<script" not in page and "<link" not in page


class TestStored:
    def test_an_answer_comes_back_as_it_went(self) -> None:
        whole = replace(answer(), direct=DirectAnswer("centre", 1, 4, 10), notice="The server is down.")
        assert answer_from(whole.to_dict()) == whole
        assert answer_from(answer().to_dict()) == answer()

    @pytest.mark.parametrize("change", [{"verdict": "sure"}, {"text": 3}, {"citations": [{}]}, {"sentences": None}])
    def test_anything_else_is_refused(self, change: dict[str, object]) -> None:
        with pytest.raises(QuestionError, match="ask the question again"):
            answer_from(answer().to_dict() | change)

    @pytest.mark.parametrize("value", [None, [], "answer", {}])
    def test_no_answer_at_all_is_refused(self, value: object) -> None:
        with pytest.raises(QuestionError):
            answer_from(value)


class TestSuggestions:
    @pytest.mark.parametrize(
        ("heading", "question"),
        [
            ("Who took part?", "Who took part?"),
            ("The five measures", "What are the five measures?"),
            ("What AIBO is", "What is AIBO?"),
            ("What smart agriculture means", "What does smart agriculture mean?"),
            ("How the seminar was reported", "How was the seminar reported?"),
            ("Where batik is kept up", "Where is batik kept up?"),
            ("Sources", None),
            ("The host: CCUD and NDRC", None),
        ],
    )
    def test_headings_make_questions(self, heading: str, question: str | None) -> None:
        assert heading_question(heading) == question

    def test_examples_are_answered_and_of_different_documents(self, bot: Assistant) -> None:
        examples = Suggester(bot).examples(4)
        assert len(examples) == len(set(examples)) == 4
        assert all(bot.ask(question).verdict == "answered" for question in examples)

    def test_followups_leave_out_what_was_asked(self, bot: Assistant) -> None:
        name = "journalist-fact-sheet.html"
        first = document_questions(bot.document(name))[0]
        assert first not in Suggester(bot).followups([name], [first.upper()])


class TestShown:
    def test_an_answer_is_shown_and_copied_in_one_language(self, bot: Assistant) -> None:
        asked = bot.ask("How many people took part in the seminar?")
        seen = shown(bot, asked, EN)
        assert seen.answer == asked and seen.footnotes == answer_footnotes(asked, EN)
        assert seen.html == answer_html(asked, EN, "en")
