"""Confidence made a probability: the fit, its threshold, and the command that stores it."""

import json
import math
import random
import shutil
from functools import partial
from pathlib import Path

import pytest

from assistant import Assistant, Settings
from assistant.calibration import Calibration, expected_calibration_error, fitted, reliability
from assistant.cli import main
from assistant.embedder import Embedder
from assistant.errors import IndexDamaged, QuestionError

TRAINING = Path(__file__).parent / "quality" / "training.jsonl"


def drawn(slope: float, shift: float, number: int = 4000) -> tuple[list[float], list[bool]]:
    """Return confidences, and labels drawn by the probability that scaling them so gives."""
    chance = random.Random(1)
    confidences = [chance.uniform(0.02, 0.98) for _ in range(number)]
    true = Calibration(slope, shift, 0.5, number, "")
    return confidences, [chance.random() < true.probability(value) for value in confidences]


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.5, 1.0), (2.5, -1.0)])
def test_the_scaling_that_made_the_labels_is_found_again(slope: float, shift: float) -> None:
    confidences, labels = drawn(slope, shift)
    found = fitted(confidences, labels, "x")
    assert math.isclose(found.slope, slope, abs_tol=0.15) and math.isclose(found.shift, shift, abs_tol=0.15)
    assert expected_calibration_error([found.probability(value) for value in confidences], labels) < 0.03


def test_no_other_threshold_refuses_better() -> None:
    confidences, labels = drawn(1.0, 0.5, 300)
    found = fitted(confidences, labels, "x")
    scaled = [found.probability(value) for value in confidences]

    def f1(threshold: float) -> float:
        refused = [value < threshold for value in scaled]
        right = sum(no and not label for no, label in zip(refused, labels, strict=True))
        return 2 * right / (sum(refused) + labels.count(False))

    assert f1(found.threshold) >= max(f1(value + 1e-9) for value in scaled)


@pytest.mark.parametrize("scale", [-1.0, -30.0])
def test_confidence_that_points_the_wrong_way_is_refused(scale: float) -> None:
    confidences, labels = drawn(scale, 0.0, 200)
    with pytest.raises(QuestionError, match="does not tell"):
        fitted(confidences, labels, "x")


def test_confidence_that_tells_them_apart_entirely_does_not_overflow() -> None:
    found = fitted([0.0] * 30 + [1.0] * 30, [False] * 30 + [True] * 30, "x")
    assert found.probability(0.0) < found.threshold < found.probability(1.0)


def test_too_few_questions_are_named() -> None:
    with pytest.raises(QuestionError, match="at least 20"):
        fitted([0.5] * 40, [True] * 39 + [False], "x")


def test_the_bins_hold_every_question_once() -> None:
    assert reliability([0.0, 0.05, 0.5, 1.0], [False, True, True, True]) == [
        (0.0, 2, 0.025, 0.5),
        (0.5, 1, 0.5, 1.0),
        (0.9, 1, 1.0, 1.0),
    ]


def test_the_command_stores_what_the_next_opening_uses(
    tmp_path: Path,
    built: tuple[Path, object],
    embedder: Embedder,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASSISTANT_RERANK", "false")
    opened = partial(Assistant.open, embedder=embedder, settings=Settings(rerank=False))
    index = tmp_path / "index"
    shutil.copytree(built[0], index)
    rows = [json.loads(line) for line in TRAINING.read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["question"].isascii()]
    some = [row for kind in (True, False) for row in [row for row in rows if row.get("answerable", True) is kind][:20]]
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, some)))
    question = some[0]["question"]
    with opened(index) as bot:
        before = bot.ask(question).confidence
    assert main(["calibrate", str(tmp_path / "questions.jsonl"), "--index", str(index)]) == 0
    assert "threshold" in capsys.readouterr().out.lower()
    stored = json.loads((index / "calibration.json").read_text())
    with opened(index) as bot:
        assert math.isclose(bot.ask(question).confidence, Calibration(**stored).probability(before), abs_tol=1e-3)
        assert bot.explain(question)[0].threshold == round(stored["threshold"], 4)
    (index / "calibration.json").write_text("{")
    with pytest.raises(IndexDamaged, match="assistant calibrate"):
        opened(index)
