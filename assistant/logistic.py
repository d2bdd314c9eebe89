"""Logistic regression over named features, its weights read from a JSON file of this package."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Logistic:
    """``probability`` = σ(bias + Σ weight · (feature − mean) / scale); ``threshold`` is where the answer flips."""

    weights: dict[str, float]
    means: dict[str, float]
    scales: dict[str, float]
    bias: float
    threshold: float

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the probability, from 0 to 1, for features that hold at least the names of the weights."""
        total = self.bias
        for name, weight in self.weights.items():
            total += weight * (features[name] - self.means[name]) / self.scales[name]
        return probability(total)


def probability(log_odds: float) -> float:
    """Return the probability, from 0 to 1, that log-odds stand for."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, log_odds))))


@cache
def load_logistic(name: str) -> Logistic:
    """Return the regression stored as ``assistant/weights/<name>.json``."""
    values = json.loads((files("assistant") / "weights" / f"{name}.json").read_text("utf-8"))
    return Logistic(**{key: values[key] for key in Logistic.__slots__})
