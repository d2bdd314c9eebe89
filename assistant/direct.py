"""The direct answer inside a sentence, lifted exactly: a date, a number or a name that the reader points at."""

import re
from collections.abc import Iterator, Mapping

import numpy as np

from assistant.question import Kind
from assistant.reader import Reading
from assistant.terms import STOPWORDS, query_terms, terms, words

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan\.?|Feb\.?|Mar\.?|Apr\.?|Jun\.?|Jul\.?|Aug\.?|Sept?\.?|Oct\.?|Nov\.?|Dec\.?)"
)
_YEAR = r"(?:1[0-9]|20)\d\d"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = (
    rf"(?:{_DAY}(?: (?:to|and) |[–-]))?{_DAY} {_MONTH}(?:,? {_YEAR})?|{_MONTH} {_DAY}(?:[–-]{_DAY})?,? {_YEAR}"
    rf"|{_MONTH} {_YEAR}|{_YEAR}(?:[–-]\d{{2,4}}|s)?"
)
_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    "|eighteen|nineteen|twenty|thirty|forty|fifty|hundred"
)
_NUMBER = (
    rf"(?:(?:US|RMB|CNY|PKR|Rs\.?) ?|[$£€¥])?\d+(?:[,.]\d+)*"
    rf"(?: ?(?:%|percent\b|per cent\b|hundred\b|thousand\b|million\b|billion\b|trillion\b))*"
    rf"(?: ?(?:km²|km|m²|m|ha|kg|mu|hectares?|kilometres?|metres?|tonnes?|yuan|dollars?|rupees?|years?|days?|weeks?"
    rf"|months?|hours?|°C)(?!\w))?|\b(?:{_WORDS})\b"
)
_NAME = r"[A-Z][\w’'.-]*(?: (?:(?:of|the|and|de|for|al|bin) )?[A-Z][\w’'-]*)*"
_PATTERNS: Mapping[Kind, re.Pattern[str]] = {
    "date": re.compile(_DATE),
    "number": re.compile(_NUMBER, re.IGNORECASE),
    "person": re.compile(_NAME),
}
_SURE = 0.7
"""Share of the reader's belief in all candidates of the sentence that must lie on what is lifted.

Places are not lifted: four of ten were right (LOG.md).
"""


def direct_answer(question: str, kind: Kind, sentence: str, start: int, reading: Reading) -> tuple[int, int] | None:
    """Return the span within ``sentence`` of what is asked for, or None where it can't be told.

    ``start`` is the place of the sentence in the passage that was read.
    """
    inside = (reading.places >= start) & (reading.places < start + len(sentence))
    if kind not in _PATTERNS or not inside.any():
        return None
    places, logits = reading.places[inside] - start, reading.logits[inside]
    belief = np.exp(logits - logits.max())
    belief /= belief.sum()
    shares = [
        (float(belief[(places >= first) & (places < last)].sum()), -first, last)
        for first, last in _candidates(question, kind, sentence)
    ]
    share, first, last = max(shares, default=(0.0, 0, 0))
    return (-first, last) if share and share >= _SURE * sum(other for other, _, _ in shares) else None


def _candidates(question: str, kind: Kind, sentence: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of a kind that are not words of the question."""
    known = set(query_terms(question))
    for found in _PATTERNS[kind].finditer(sentence):
        if not known.issuperset(terms(found[0])) and not STOPWORDS.issuperset(words(found[0])):
            yield found.start(), found.end()
