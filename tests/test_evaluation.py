"""The measures, on examples small enough to reckon by hand."""

from pathlib import Path

import pytest

from assistant.errors import QuestionError
from assistant.evaluation import _rank_scores, auroc, contains, folded, read_questions


def test_rank_scores_of_the_second_of_two_gold_documents_at_rank_three() -> None:
    scores = _rank_scores([False, False, True], gold=2)
    assert (scores["recall@1"], scores["recall@5"]) == (0, 0.5)
    assert scores["mrr@10"] == pytest.approx(1 / 3)
    assert scores["ndcg@10"] == pytest.approx(0.5 / (1 + 1 / 1.5849625))


def test_auroc_counts_pairs() -> None:
    assert auroc([0.9, 0.4], [0.1, 0.4]) == pytest.approx((1 + 1 + 1 + 0.5) / 4)
    assert auroc([], [0.1]) is None


@pytest.mark.parametrize(
    ("text", "accepted", "found"),
    [
        ("It ended on 24 July 2024.", "24 July 2024", True),
        ("In 2019 there was none.", "19", False),
        ("The share was 39.5%.", "39.5", True),
        ("国家发展和改革委员会", "发展", True),
        ("US$1.90 a day", "1.90", True),
    ],
)
def test_an_accepted_string_stands_as_whole_words(text: str, accepted: str, found: bool) -> None:
    assert contains(folded(text), folded(accepted)) is found


@pytest.mark.parametrize("line", ["{", '{"id": "1"}', "[]"])
def test_a_malformed_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"question": "Why?"}\n' + line)
    with pytest.raises(QuestionError, match="Line 2"):
        read_questions(path)
