"""Questions that lean on what was said before, made to stand alone; no model is needed for it."""

import pytest

from assistant.errors import QuestionError
from assistant.followup import standalone_question


def history(*turns: str) -> list[dict[str, str]]:
    """Return turns, the user's first."""
    return [{"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(turns)]


@pytest.mark.parametrize(
    ("turns", "question", "meant"),
    [
        (["Where was the workshop held?"], "When did it end?", "When did the workshop end?"),
        (["What is CIDCA?"], "Since when does it exist?", "Since when does CIDCA exist?"),
        (["What did they praise?", "They praised the change in Huawu."], "Where is that?", "Where is Huawu"),
        (["Did they travel?", "Yes, there was a field trip."], "Where to?", "Where to (the field trip"),
        (["What is the agency?", "It is led by Luo Zhaohui."], "When was he in Pakistan?", "When was Luo Zhaohui in"),
        (["Who spoke?", "On 3 May 2024 it was Ali Khan's turn."], "Where does he work?", "Where does Ali Khan work"),
    ],
)
def test_a_pronoun_is_what_was_named_last(turns: list[str], question: str, meant: str) -> None:
    assert standalone_question(question, history(*turns)).startswith(meant.rstrip("?"))


@pytest.mark.parametrize(
    ("answer", "question", "meant"),
    [
        ("They tried Miao batik and embroidery.", "How is the first one made?", "How is Miao batik made"),
        ("They tried Miao batik and embroidery.", "How old is the latter?", "How old is embroidery"),
        ("Yes, for example AIBO and IPRCC.", "when was the second one founded?", "When was IPRCC founded"),
        ("They were in Zunyi, Bijie and Guiyang for a week.", "And the last one?", "Guiyang"),
        (
            "The themes:\n\n- land system [1]\n- urbanisation [1]\n- crafts [1]",
            "What is the second one?",
            "What is urbani",
        ),
        ("- tea [1]\n- rice [2]", "What about the fifth one?", "What do they grow, the fifth one"),
    ],
)
def test_what_was_listed_can_be_counted(answer: str, question: str, meant: str) -> None:
    assert meant in standalone_question(question, history("What do they grow?", answer))


@pytest.mark.parametrize(
    ("turns", "question", "meant"),
    [
        (["How big was the harvest in 2023?"], "What about the year before?", "How big was the harvest in 2022?"),
        (["How big was the harvest in 2023?"], "And in the following year?", "How big was the harvest in 2024?"),
        (["How big was the harvest in 2023?"], "And in 2019?", "How big was the harvest in 2019?"),
        (["How big was the harvest?", "695 Mt in 2023."], "And a year earlier?", "How big was the harvest in 2022?"),
        (
            ["Did it grow from 2019 to 2023?"],
            "And the year after?",
            "The year after (Did it grow from 2019 to 2023)?",
        ),
    ],
)
def test_another_year_is_counted_from_the_one_named(turns: list[str], question: str, meant: str) -> None:
    assert standalone_question(question, history(*turns)) == meant


def test_what_earlier_questions_were_about_stands_behind_in_whole_words() -> None:
    asked = history("How many people took part in the seminar?", "19.")
    assert standalone_question("And who hosted it?", asked) == (
        "Who hosted the seminar (How many people took part in the seminar)?"
    )


def test_a_question_that_stands_alone_is_left_alone() -> None:
    question = "Which counties of Guizhou were the last nine to leave the list of poor counties in November 2020?"
    assert standalone_question(question, history("Who hosted the seminar?", "A centre in Beijing.")) == question
    assert standalone_question("When did it end?", []) == "When did it end?"


def test_a_clause_with_that_is_no_topic() -> None:
    asked = history("Were there counties that left late?", "Some did.")
    assert "left late in" not in standalone_question("Which province were they in?", asked)


def test_a_malformed_history_is_told() -> None:
    with pytest.raises(QuestionError, match="role"):
        standalone_question("And then?", [{"content": "x"}])
