"""What documents say that they don't say."""

import pytest

from assistant.absence import asks_absence, says_absent


@pytest.mark.parametrize(
    ("sentence", "heading", "expected"),
    [
        ("The published reports do not name any lecturer.", "Names", True),
        ("The exact start date is not stated in any report.", "Dates", True),
        ("The newspaper article names no site inside Zunyi.", "The visit", True),
        ("The report gives neither a price nor a wage.", "Crafts", True),
        ("Names of the workshops and villages visited", "What is not known", True),
        ("Two villages were visited.", "What is not known", False),
        ("Names of the workshops and villages visited", "What is known", False),
        ("The study shows no decline in income.", "Results", False),
        ("The report says no household was left behind.", "Results", False),
        ("He said: “It is done.”", "What is not known", False),
        ("The province has no plains of its own.", "Land", False),
        ("A farming family does not own the land itself.", "Land", False),
    ],
)
def test_sentences_that_say_that_something_is_not_said(sentence: str, heading: str, expected: bool) -> None:
    assert says_absent(sentence, ["Briefing", heading]) is expected
    assert says_absent(sentence) is (expected and sentence.endswith("."))


def test_questions_for_what_is_missing() -> None:
    assert asks_absence("Which details are not known?")
    assert asks_absence("报道没有说什么？")
    assert asks_absence("What didn't the report say?")
    assert not asks_absence("Who taught?")
