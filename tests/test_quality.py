"""Floors for every third question of the question file, so that a change that costs quality fails."""

from pathlib import Path

import pytest

from assistant import Assistant
from assistant.evaluation import _Places, evaluate, read_questions

QUESTIONS = Path(__file__).parent / "quality" / "questions.jsonl"


@pytest.fixture(scope="module")
def figures(bot: Assistant) -> dict:  # type: ignore[type-arg]
    return evaluate(bot, read_questions(QUESTIONS)[::3])


def test_every_gold_quote_stands_in_its_document(bot: Assistant) -> None:
    places = _Places(bot)
    lost = [
        (item.id, gold)
        for item in read_questions(QUESTIONS)
        for gold in item.gold
        if gold.get("quote") and not places.find(gold["document"], gold["quote"])
    ]
    assert lost == []


def test_every_citation_is_exact(figures: dict) -> None:  # type: ignore[type-arg]
    assert figures["answers"]["quote_invariant"] == 1.0


@pytest.mark.parametrize(
    ("group", "name", "floor"),
    [
        ("retrieval", "recall@10", 0.88),
        ("retrieval", "mrr@10", 0.88),
        ("answers", "answer_in_text", 0.85),
        ("answers", "attribution", 0.85),
        ("refusal", "f1", 0.75),
        ("refusal", "auroc", 0.90),
    ],
)
def test_a_measure_holds_its_floor(figures: dict, group: str, name: str, floor: float) -> None:  # type: ignore[type-arg]
    assert figures[group][name] >= floor
