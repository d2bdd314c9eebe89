"""Makes the confidence a probability, and sets the threshold of refusal, from questions whose answerability is known.

The confidence of the regression is turned by Platt scaling (J. Platt, "Probabilistic outputs for support vector
machines", 1999): σ(slope · logit + shift). Stored as ``calibration.json`` in the index folder; builds leave it alone.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.errors import IndexDamaged, QuestionError
from assistant.logistic import probability
from assistant.store import replace_file

FILE = "calibration.json"
_STEPS = 50
_BINS = 10
_LEAST = 20
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was learnt from a question file; ``made_with`` names the models that it holds for."""

    slope: float
    shift: float
    threshold: float
    questions: int
    made_with: str

    def probability(self, confidence: float) -> float:
        """Return the calibrated probability for a confidence of the regression."""
        return probability(self.slope * _logit(confidence) + self.shift)


def fitted(confidences: Sequence[float], answerable: Sequence[bool], made_with: str) -> Calibration:
    """Fit scaling and threshold; the threshold is where refusing has the best F1.

    Raises QuestionError for too few questions, and where the confidence does not tell them apart.
    """
    labels = np.array(answerable, dtype=float)
    if min(labels.sum(), len(labels) - labels.sum()) < _LEAST:
        raise QuestionError(
            f"To calibrate, the question file needs at least {_LEAST} questions that the documents answer "
            f"and {_LEAST} that they don't (“answerable”: false)."
        )
    logits = np.array([_logit(value) for value in confidences])
    slope, shift = _scaling(logits, labels)
    if slope <= 0:
        raise QuestionError(
            "On these questions the confidence does not tell those that the documents answer from the others, so there "
            "is nothing to calibrate by; check which are marked “answerable”: false."
        )
    found = Calibration(slope, shift, 0.0, len(labels), made_with)
    scaled = [found.probability(value) for value in confidences]
    return replace(found, threshold=_best_threshold(scaled, answerable))


def expected_calibration_error(probabilities: Sequence[float], happened: Sequence[bool]) -> float:
    """Return the mean distance of probability and share over ten equal bins, weighted by their size (Naeini 2015)."""
    return sum(count * abs(mean - share) for _, count, mean, share in reliability(probabilities, happened)) / max(
        1, len(probabilities)
    )


def reliability(probabilities: Sequence[float], happened: Sequence[bool]) -> list[tuple[float, int, float, float]]:
    """Return (lower edge, questions, mean probability, share answerable) of each of ten bins that is not empty."""
    values, labels = np.array(probabilities), np.array(happened, dtype=float)
    places = np.minimum((values * _BINS).astype(int), _BINS - 1)
    return [
        (place / _BINS, int(own.sum()), float(values[own].mean()), float(labels[own].mean()))
        for place in range(_BINS)
        if (own := places == place).any()
    ]


def load(index: Path, made_with: str) -> Calibration | None:
    """Return the calibration of an index folder if there is one for these models; raises IndexDamaged."""
    path = index / FILE
    if not path.is_file():
        return None
    try:
        found = Calibration(**json.loads(path.read_bytes()))
    except (ValueError, TypeError) as error:
        raise IndexDamaged(f"The file “{path}” is damaged; delete it, or run: assistant calibrate") from error
    return found if found.made_with == made_with else None


def store(index: Path, calibration: Calibration) -> None:
    """Write a calibration into an index folder in one step."""
    replace_file(index / FILE, json.dumps(asdict(calibration), indent=1).encode())


def _scaling(logits: NDArray[np.float64], labels: NDArray[np.float64]) -> tuple[float, float]:
    """Return slope and shift of greatest likelihood, by Newton's method, with Platt's softened labels."""
    positive = labels.sum()
    negative = len(labels) - positive
    targets = np.where(labels > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    table = np.column_stack([logits, np.ones_like(logits)])
    found = np.array([0.0, math.log(positive / negative)])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(table @ found, -40, 40)))
        slopes = table.T @ (p - targets)
        curves = table.T @ (table * (p * (1 - p))[:, None]) + _EDGE * np.eye(2)
        found = found - np.linalg.solve(curves, slopes)
    return float(found[0]), float(found[1])


def _best_threshold(probabilities: Sequence[float], answerable: Sequence[bool]) -> float:
    """Return the threshold below which refusing has the best F1, halfway between two questions."""
    order = sorted(zip(probabilities, answerable, strict=True))
    unanswerable = sum(not label for _, label in order)
    best, threshold, right = -1.0, 0.0, 0
    for place, (value, label) in enumerate(order, start=1):
        right += not label
        following = order[place][0] if place < len(order) else 1.0
        score = 2 * right / (place + unanswerable)
        if score > best and following > value:
            best, threshold = score, (value + following) / 2
    return threshold


def _logit(probability: float) -> float:
    kept = min(max(probability, _EDGE), 1 - _EDGE)
    return math.log(kept / (1 - kept))
