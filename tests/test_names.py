"""Names in questions: what is asked about, and who is said to have told it."""

import pytest

from assistant.names import spoken, subjects, unsaid


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What do the articles from Bloomberg and The Verge say about Gary Burrell's gift?", ["gary burrell"]),
        ("Which team, as reported by ESPN, did Kanika Ahuja join?", ["kanika ahuja"]),
        ("Does The Nation report that Li Wei met Zia Ahmed?", ["li wei", "zia ahmed"]),
        ("According to China Daily, who visited Huawu?", ["huawu"]),
        ("Did 'The Independent - Life and Style' article name Jada Smith?", ["jada smith"]),
        ("Considering a Reuters report on TomTom, where is its seat?", ["tomtom"]),
        ("Where is Bijie?", ["bijie"]),
        ("Bijie has how many people?", []),
        ("how many people live in bijie", []),
        ("What happened in July 2024 in the Bank of China?", ["bank of china"]),
        ("毕节在哪里？", []),
    ],
)
def test_names_of_publications_are_told_from_those_asked_about(question: str, names: list[str]) -> None:
    assert subjects(question) == names


def test_names_are_sought_as_they_are_spoken() -> None:
    assert spoken("Burrell’s U.S. firm (Garmin)") == "burrell u s firm garmin"
    texts = ["Garmin was founded by Gary Burrell.", "Min Kao led Garmin."]
    assert unsaid(["gary burrell", "min kao"], texts) == (0.0, 0.5)
    assert unsaid(["gary burrell", "forerunner"], texts) == (0.5, 0.5)
    assert unsaid(["gar"], texts) == (1.0, 1.0)
    assert unsaid([], texts) == unsaid(["garmin"], []) == (0.0, 0.0)
