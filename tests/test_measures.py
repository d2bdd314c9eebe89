"""A question's measure, and sentences that give one of its kind or another."""

import pytest

from assistant.measures import asked_measures, measures_missing


@pytest.mark.parametrize(
    ("question", "gives", "lacks"),
    [
        ("How long did the course take?", "It ran for two weeks.", "It ended on 24 July 2024."),
        ("How long is the railway?", "The line of 640 km opened in 2019.", "The line opened in 2019."),
        ("How much does a drone cost?", "A drone costs 20,000 yuan.", "China had nearly 200,000 drones."),
        ("What share of the people is rural?", "59.3% live in villages.", "127 million live in villages."),
        ("What is the unemployment rate in Bijie?", "About 4% are out of work.", "Work was found for 2.5 million."),
        ("At what time did the lectures start?", "They began at 9:30.", "They began on 10 July."),
        ("How tall is the tower?", "It is 88 m high.", "It has 88 steps."),
        ("On which day did they visit Zunyi?", "They came on 18 July.", "They came in July 2024."),
        ("In which year was it founded?", "It was founded in 1998.", "It was founded by Li Tie."),
        ("How many tonnes are harvested per hectare?", "Each hectare gives 6 tonnes.", "The harvest is 136 tonnes."),
        ("How many guests does it have a day?", "It has 4,000 guests a day.", "It had 4,000 guests in 2024."),
        ("What is the phone number of the office?", "Call 010 6850 1234.", "It lies at 38 Yuetan South Street."),
        ("研修班持续了多长时间？", "The seminar lasted two weeks.", "The seminar ended."),
        ("سیمینار کتنے دن چلا؟", "The seminar lasted 14 days.", "The seminar ended."),
    ],
)
def test_a_measure_is_given_or_not(question: str, gives: str, lacks: str) -> None:
    asked = asked_measures(question)
    assert measures_missing(asked, gives) == 0.0
    assert measures_missing(asked, lacks) == 1.0


@pytest.mark.parametrize(
    "question",
    [
        "Who hosted the seminar?",
        "Does the article give a poverty rate?",
        "How far had the plan got?",
        "为什么搬迁？",
    ],
)
def test_other_questions_ask_for_no_measure(question: str) -> None:
    assert asked_measures(question) == []
    assert measures_missing([], "Anything.") == 0.0
