"""Measures over a question file: retrieval, answers, refusal, time (the definitions stand in the docstrings)."""

import json
import math
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assistant.assistant import Assistant
from assistant.calibration import Calibration, expected_calibration_error, fitted
from assistant.errors import DocumentMissing, QuestionError
from assistant.schema import Answer, Citation, Document, SearchResult

CUTS = (1, 5, 10)
_DEPTH = 40
"""So many passages are asked for, which gives ten different documents in nearly all cases."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a question file."""

    question: str
    id: str = ""
    history: list[dict[str, str]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    gold: list[dict[str, str]] = field(default_factory=list)
    answerable: bool = True


def read_questions(path: Path) -> list[Item]:
    """Read a question file; raises QuestionError that names the line."""
    items = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"The question file “{path}” can't be read ({error}).") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
            items.append(Item(**{key: values[key] for key in Item.__slots__ if key in values}))
        except (ValueError, TypeError) as error:
            raise QuestionError(
                f"Line {number} of “{path}” is not a question ({error}); it needs at least “question”."
            ) from error
    if not items:
        raise QuestionError(f"The question file “{path}” holds no question.")
    return items


def evaluate(
    assistant: Assistant, items: Sequence[Item], progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Ask every question and return the measures as a dictionary of figures (None where nothing could be measured)."""
    places = _Places(assistant)
    by_document: list[dict[str, float]] = []
    by_quote: list[dict[str, float]] = []
    answered: list[dict[str, float]] = []
    refused: list[tuple[bool, bool, float]] = []
    seconds: list[float] = []
    exact: list[bool] = []
    for done, item in enumerate(items):
        if progress:
            progress(done, len(items))
        started = time.perf_counter()
        answer = assistant.ask(item.question, history=item.history)
        seconds.append(time.perf_counter() - started)
        refused.append((item.answerable, answer.verdict == "not_covered", answer.confidence))
        exact += [places.holds(citation) for citation in answer.citations]
        if item.answerable:
            results = assistant.retrieve(answer.standalone_question, k=_DEPTH)
            if item.gold:
                by_document.append(_document_scores(results, {gold["document"] for gold in item.gold}))
            quotes = [
                place
                for gold in item.gold
                if gold.get("quote") and (place := places.find(gold["document"], gold["quote"]))
            ]
            if quotes:
                by_quote.append(_quote_scores(results, quotes))
            answered.append(_answer_scores(answer, item, places))
    return {
        "questions": len(items),
        "retrieval": {**_means(by_document), "quotes": _means(by_quote)},
        "answers": {
            **_means(answered, "answer_in_text", "attribution", "sentences"),
            "quote_invariant": _rounded(sum(exact) / len(exact) if exact else None),
        },
        "refusal": _refusal(refused),
        "seconds": {
            "p50": round(float(np.percentile(seconds, 50)), 4),
            "p95": round(float(np.percentile(seconds, 95)), 4),
        },
    }


def calibrate(
    assistant: Assistant, items: Sequence[Item], progress: Callable[[int, int], None] | None = None
) -> tuple[Calibration, dict[str, Any]]:
    """Ask every question and return what turns the confidence into a probability, with figures on these questions.

    The assistant must have been opened with ``calibrated=False``. Raises QuestionError for too few questions.
    """
    confidences = []
    for done, item in enumerate(items):
        if progress:
            progress(done, len(items))
        confidences.append(assistant.ask(item.question, item.history).confidence)
    labels = [item.answerable for item in items]
    found = fitted(confidences, labels, assistant.made_with)
    scaled = [found.probability(value) for value in confidences]
    refused = [(a, value < found.threshold, value) for a, value in zip(labels, scaled, strict=True)]
    errors = [_rounded(expected_calibration_error(values, labels)) for values in (confidences, scaled)]
    return found, {
        "questions": len(items),
        "threshold": round(found.threshold, 4),
        "calibration_error_before": errors[0],
        "calibration_error": errors[1],
        **_refusal(refused),
    }


class _Places:
    """Finds gold quotes in the documents' texts, whatever their white space and punctuation."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._texts: dict[str, tuple[str, list[int]]] = {}
        self.documents: dict[str, Document] = {}

    def document(self, name: str) -> Document | None:
        if name not in self.documents:
            try:
                self.documents[name] = self._assistant.document(name)
            except DocumentMissing:
                return None
        return self.documents[name]

    def holds(self, citation: Citation) -> bool:
        document = self.document(citation.document)
        return document is not None and document.text[citation.start : citation.end] == citation.quote

    def find(self, name: str, quote: str) -> tuple[str, int, int] | None:
        document = self.document(name)
        if document is None:
            return None
        if name not in self._texts:
            kept = [(char, i) for i, char in enumerate(document.text) if char.isalnum()]
            self._texts[name] = ("".join(char for char, _ in kept), [i for _, i in kept])
        text, offsets = self._texts[name]
        wanted = "".join(char for char in unicodedata.normalize("NFC", quote) if char.isalnum())
        start = text.find(wanted) if wanted else -1
        return (name, offsets[start], offsets[start + len(wanted) - 1] + 1) if start >= 0 else None


def _document_scores(results: Sequence[SearchResult], gold: set[str]) -> dict[str, float]:
    """Recall@k: share of the gold documents among the first k different documents; nDCG and MRR over the first 10.

    Success@k: whether at least one is among them, which is what counts where gold lists every place that says it.
    """
    ranked = list(dict.fromkeys(result.document for result in results))[:10]
    hits = [name in gold for name in ranked]
    return _rank_scores(hits, len(gold))


def _quote_scores(results: Sequence[SearchResult], quotes: list[tuple[str, int, int]]) -> dict[str, float]:
    """The same over quotes: a passage hits a quote that it overlaps, and each quote counts once."""
    hits = []
    open_quotes = set(quotes)
    for result in results[:10]:
        found = {q for q in open_quotes if q[0] == result.document and q[1] < result.end and result.start < q[2]}
        hits.append(len(found))
        open_quotes -= found
    return _rank_scores(hits, len(set(quotes)))


def _rank_scores(hits: Sequence[int], gold: int) -> dict[str, float]:
    scores = {f"recall@{k}": sum(hits[:k]) / gold for k in CUTS}
    scores |= {f"success@{k}": float(any(hits[:k])) for k in CUTS}
    first = next((rank for rank, hit in enumerate(hits, start=1) if hit), None)
    scores["mrr@10"] = 1 / first if first else 0.0
    gain = sum(bool(hit) / math.log2(rank + 1) for rank, hit in enumerate(hits, start=1))
    scores["ndcg@10"] = gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(gold, 10) + 1))
    return scores


def _answer_scores(answer: Answer, item: Item, places: _Places) -> dict[str, float]:
    scores = {"sentences": float(len(answer.sentences))}
    if item.answers:
        text = folded(answer.text)
        scores["answer_in_text"] = float(any(contains(text, folded(accepted)) for accepted in item.answers))
    if item.gold:
        scores["attribution"] = float(any(_attributed(answer, gold, places) for gold in item.gold))
    return scores


def _attributed(answer: Answer, gold: dict[str, str], places: _Places) -> bool:
    cited = [citation for citation in answer.citations if citation.document == gold["document"]]
    place = places.find(gold["document"], gold["quote"]) if gold.get("quote") else None
    if place is None:
        return bool(cited)
    return any(citation.start < place[2] and place[1] < citation.end for citation in cited)


def contains(text: str, accepted: str) -> bool:
    """Tell whether an accepted string stands in a text as whole words (Chinese: anywhere); both are folded."""
    return (
        accepted in text if any("\u3400" <= char <= "\u9fff" for char in accepted) else f" {accepted} " in f" {text} "
    )


def folded(text: str) -> str:
    """Return a text as answers are compared: letters and digits, lower case, one space between words."""
    text = unicodedata.normalize("NFKC", text.replace("\\", "")).casefold()
    return " ".join(
        "".join(char if char.isalnum() or char == "." else " " for char in text + " ").replace(". ", " ").split()
    )


def _refusal(rows: Sequence[tuple[bool, bool, float]]) -> dict[str, float | None]:
    """Refusing is the positive decision: precision and recall are over unanswerable questions."""
    unanswerable = sum(not answerable for answerable, _, _ in rows)
    answerable = len(rows) - unanswerable
    refused = sum(refusal for _, refusal, _ in rows)
    right = sum(refusal and not answerable for answerable, refusal, _ in rows)
    precision = right / refused if refused else None
    recall = right / unanswerable if unanswerable else None
    both = (precision or 0) + (recall or 0)
    return {
        "precision": _rounded(precision),
        "recall": _rounded(recall),
        "f1": _rounded(2 * (precision or 0) * (recall or 0) / both if both else None),
        "false_refusal_rate": _rounded((refused - right) / answerable if answerable else None),
        "auroc": _rounded(auroc([c for a, _, c in rows if a], [c for a, _, c in rows if not a])),
    }


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Return the chance that a positive scores above a negative (ties count half), None if either is empty."""
    if not positive or not negative:
        return None
    above = np.asarray(positive)[:, None] - np.asarray(negative)[None, :]
    return float((above > 0).mean() + 0.5 * (above == 0).mean())


def _means(rows: Sequence[dict[str, float]], *names: str) -> dict[str, float | None]:
    keys = names or tuple(f"{name}@{k}" for name in ("recall", "success") for k in CUTS) + ("mrr@10", "ndcg@10")
    values = {key: [row[key] for row in rows if key in row] for key in keys}
    return {key: _rounded(sum(found) / len(found) if found else None) for key, found in values.items()}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
