"""One sentence of a language model against the sentences it rests on: verified with its sources, or why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.agreement import Source, coverage, disagreement, unsupported
from assistant.embedder import Vectors
from assistant.terms import query_terms

COSINE = 0.55
"""Least cosine of a sentence with its sources read together (``tests/benchmarks/support.py``)."""
MOST_CITED = 2
_FEWEST_WORDS = 2
_NAMED = 3
_GAIN = 0.15
"""A second source is cited if it holds so much more of the sentence."""


class Embeds(Protocol):
    """What turns texts into vectors of length 1, one row each."""

    def embed(self, texts: Sequence[str], /) -> Vectors:
        """Return the vectors of texts."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """Outcome for one sentence: places of its sources, and the reason why it failed ("" if it is verified)."""

    cited: tuple[int, ...]
    reason: str = ""


class Verifier:
    """Checks sentences against the numbered sources of one question."""

    def __init__(self, embedder: Embeds, sources: Sequence[Source]) -> None:
        """Embed the sources, at least one, once for all sentences."""
        self._embedder = embedder
        self._sources = sources
        self._vectors: Vectors = embedder.embed([source.text for source in sources])

    def check(self, sentence: str, cited: Sequence[int] = ()) -> Check:
        """Verify a sentence by the sources that it cites (places from 0), else by those that fit it best.

        Places that do not exist count as not cited. A sentence that says nothing of its own fails.
        """
        if len(query_terms(sentence)) < _FEWEST_WORDS:
            return Check((), "it says too little to be checked")
        vector = self._embedder.embed([sentence])[0]
        given = tuple(dict.fromkeys(place for place in cited if 0 <= place < len(self._sources)))[:MOST_CITED]
        fitting = self._fitting(sentence, vector)
        reasons = []
        for places in dict.fromkeys(choice for choice in (given, fitting[:1], fitting) if choice):
            reason = self._reason(sentence, vector, places)
            if not reason:
                return Check(places)
            reasons.append(reason)
        return Check((), reasons[-1])

    def support(self, sentence: str, places: Sequence[int]) -> tuple[float, float]:
        """Return how far sources support a sentence: share of its content words, cosine with them joined."""
        return self._support(sentence, self._embedder.embed([sentence])[0], places)

    def fitting(self, sentence: str) -> tuple[int, ...]:
        """Return the places of the one or two sources that fit a sentence best."""
        return self._fitting(sentence, self._embedder.embed([sentence])[0])

    def _reason(self, sentence: str, vector: Vectors, places: Sequence[int]) -> str:
        sources = [self._sources[place] for place in places]
        if reason := disagreement(sentence, sources):
            return reason
        if words := unsupported(sentence, sources):
            return f"the cited sentences do not say “{'”, “'.join(words[:_NAMED])}”"
        _, cosine = self._support(sentence, vector, places)
        return "" if cosine >= COSINE else "the cited sentences do not say it"

    def _support(self, sentence: str, vector: Vectors, places: Sequence[int]) -> tuple[float, float]:
        sources = [self._sources[place] for place in places]
        joined = self._vectors[places[0]]
        if len(places) > 1:
            joined = self._embedder.embed([" ".join(source.text for source in sources)])[0]
        return coverage(sentence, sources), max(
            float(joined @ vector), *(float(self._vectors[p] @ vector) for p in places)
        )

    def _fitting(self, sentence: str, vector: Vectors) -> tuple[int, ...]:
        cosines = self._vectors @ vector
        covered = [coverage(sentence, [source]) for source in self._sources]
        order = sorted(range(len(covered)), key=lambda place: (-covered[place] - float(cosines[place]), place))
        best = order[0]
        gains = [
            (coverage(sentence, [self._sources[best], self._sources[place]]) - covered[best], -rank, place)
            for rank, place in enumerate(order[1:])
        ]
        gain, _, second = max(gains, default=(0.0, 0, 0))
        return (best, second) if gain >= _GAIN else (best,)
