"""Tells where two documents give different figures or dates for the same thing."""

import re
from collections.abc import Sequence
from itertools import product

from assistant.direct import direct_answer
from assistant.evidence import Sentence
from assistant.question import Question
from assistant.terms import query_terms, words

_WORTH = 0.35
"""How probable the other sentence must be beside the best."""
_SAME = 0.6
"""Share of the content words of the shorter sentence that stand in the other too."""
_ROUNDED = 0.02
"""Figures closer than this share of the larger are the same, rounded."""
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")

Span = tuple[int, int]


def differing(
    question: Question, ranked: Sequence[tuple[Sentence, float]], first: Sentence, span: Span
) -> tuple[Sentence, Span] | None:
    """Return a sentence of another document that says the same with another figure, and where that stands in it.

    ``ranked`` are the sentences found, the best of the newest documents first; ``span`` is the place of the figure in
    ``first``.
    """
    if question.kind not in ("number", "date"):
        return None
    for other, score in ranked:
        if score < _WORTH * ranked[0][1]:
            continue
        if other.hit.chunk.document == first.hit.chunk.document or not other.reading:
            continue
        found = direct_answer(question.words, question.kind, other.text, other.place[0], other.reading)
        if (
            found
            and _says_the_same(first.text, span, other.text, found)
            and not _agree(first.text, span, other.text, found)
        ):
            return other, found
    return None


def _says_the_same(text: str, span: Span, other: str, found: Span) -> bool:
    """Tell whether two sentences are the same statement but for the figure at their spans."""
    one, two = (query_terms(whole[:start] + whole[end:]) for whole, (start, end) in ((text, span), (other, found)))
    shared = set(one) & set(two)
    figures = [{term for term in terms if term[0].isdigit()} for terms in (one, two)]
    counted = [(words(whole[end:]) or [""])[0] for whole, end in ((text, span[1]), (other, found[1]))]
    return (
        len(shared) >= _SAME * min(len(one), len(two))
        and (figures[0] == figures[1] or not all(figures))
        and counted[0] == counted[1]
    )


def _agree(text: str, span: Span, other: str, found: Span) -> bool:
    """Tell whether one figure is the other, more or less exact."""
    one, two = (
        [item.replace(",", "") for item in _FIGURE.findall(t[s:e])] for t, (s, e) in ((text, span), (other, found))
    )
    if not one or not two or set(one) <= set(two) or set(two) <= set(one):
        return True
    pairs = [(float(a), float(b)) for a, b in product(one, two) if a.count(".") < 2 and b.count(".") < 2]
    return (
        any(abs(a - b) <= _ROUNDED * max(a, b) for a, b in pairs)
        and len(one) == len(two) == 1
        and not _is_year(one + two)
    )


def _is_year(figures: Sequence[str]) -> bool:
    return all(len(figure) == 4 and figure[:2] in ("19", "20") for figure in figures)
