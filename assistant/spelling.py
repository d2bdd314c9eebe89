"""Misspelt words of a question, mended from the words that the documents themselves use."""

import re
from collections import Counter
from collections.abc import Callable, Iterable

from assistant.terms import words

_SHORTEST = 4
_LONG = 8
_WORD = re.compile(r"[^\W\d_]+")


class Speller:
    """Knows the documents' words by how often each occurs."""

    def __init__(self, texts: Iterable[str], is_word: Callable[[str], bool]) -> None:
        """Count the plain words of the documents; ``is_word`` tells of a word that it is spelt right in any case."""
        self._counts = Counter(word for text in texts for word in words(text) if word.isalpha())
        self._is_word = is_word
        self._by_length: dict[int, list[str]] = {}
        for word in self._counts:
            self._by_length.setdefault(len(word), []).append(word)

    def corrected(self, question: str) -> str:
        """Return the question with each unknown word replaced by the nearest known one, if one is near enough.

        Near is an edit distance (with neighbouring letters swapped as one edit) of 1, or 2 for words of eight letters
        and more, with the same first letter; of several the most frequent is taken.
        """
        return _WORD.sub(lambda match: self._nearest(match[0]), question)

    def _nearest(self, written: str) -> str:
        from rapidfuzz.distance import OSA

        known = words(written)
        word = known[0] if len(known) == 1 else ""
        if len(word) < _SHORTEST or not word.isascii() or word in self._counts or self._is_word(word):
            return written
        allowed = 2 if len(word) >= _LONG else 1
        best: tuple[int, int, str] | None = None
        for length in range(len(word) - allowed, len(word) + allowed + 1):
            for candidate in self._by_length.get(length, ()):
                if candidate[0] == word[0]:
                    distance = OSA.distance(word, candidate, score_cutoff=allowed)
                    if distance <= allowed:
                        best = min(best or (9, 0, ""), (distance, -self._counts[candidate], candidate))
        return best[2] if best else written
