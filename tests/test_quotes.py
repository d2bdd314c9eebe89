"""What is quoted for a sentence: as much of its document as it takes to understand it, and nothing twice."""

import pytest

from assistant.evidence import Sentence
from assistant.question import Question, is_long
from assistant.quotes import Quote, quote_of, repeats
from assistant.retriever import Hit
from assistant.schema import Chunk, Document

TEXT = """Experts named two weak points of smart farming. The first was a low level of use. \
The second was foreign sensors. \
Farms are small.

The plan has three aims. It was written in 2014. The first aim is simple.

Crop: Soya; Harvest (million tonnes): 20.84
Crop: Maize; Harvest (million tonnes): 288.84

China's soya harvest was 20.84 million tonnes."""


def quoted(words: str, kind: str = "other") -> Quote:
    start = TEXT.index(words)
    document = Document("d.md", "Farming", TEXT, "text/markdown", "sum", "en")
    hit = Hit(0, Chunk("c", "d.md", TEXT, 0, len(TEXT), None, []), 0.0, 0.0, 0.0, 0.0)
    sentence = Sentence(hit, start, start + len(words), words, {}, frozenset())
    return quote_of(document, sentence, Question("?", kind, "?"))  # type: ignore[arg-type]


def said(quote: Quote) -> str:
    assert TEXT[quote.start : quote.end]
    return TEXT[quote.start : quote.end]


def test_what_a_sentence_announces_is_quoted_with_it() -> None:
    quote = quoted("Experts named two weak points of smart farming.")
    assert said(quote).endswith("The second was foreign sensors.")
    assert quote.sentences == 3


def test_a_point_is_quoted_with_what_announces_it_and_the_points_after() -> None:
    assert said(quoted("The first was a low level of use.")).startswith("Experts named two weak points")
    assert said(quoted("The first was a low level of use.")).endswith("The second was foreign sensors.")


@pytest.mark.parametrize("words", ["Farms are small.", "The plan has three aims."])
def test_nothing_is_added_where_nothing_follows_from_it(words: str) -> None:
    assert said(quoted(words)) == words
    assert quoted(words).sentences == 1


def test_a_row_says_again_what_a_sentence_said() -> None:
    told = quoted("China's soya harvest was 20.84 million tonnes.")
    assert repeats(quoted("Crop: Soya; Harvest (million tonnes): 20.84"), [told])
    assert not repeats(quoted("Crop: Maize; Harvest (million tonnes): 288.84"), [told])
    assert repeats(told, [told])


def test_questions_that_tell_much_themselves_are_long() -> None:
    assert not is_long("How long did the seminar of July 2024 run, and who took part in it?")
    assert is_long(
        "Which company, reported by both newspapers, has spent billions to be the default search provider, faces "
        "scrutiny for app distribution and is accused of harming news publishers by unfair practices?"
    )
    assert not is_long(
        "What came of it (Which company, reported by both newspapers, has spent billions to be the default search "
        "provider, faces scrutiny for app distribution and is accused of harming news publishers)?"
    )
