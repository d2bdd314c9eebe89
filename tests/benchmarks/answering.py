"""Measures answers and refusal on question sets, and how well the confidence is calibrated.

    python tests/benchmarks/answering.py INDEXES SET=QUESTIONS.jsonl … [--most N] [--as MODEL] [--leave-out]

``INDEXES/SET`` is an index built from the set's documents. The threshold of refusal and the scaling of the confidence
are fitted on one half of a set's questions and measured on the other, both ways round, as ``assistant calibrate`` would
fit them: no question is measured by what was fitted on it. With ``--leave-out`` every answerable question is asked once
more of the index without the gold article (the documents whose names share its stem); the share of these that is
refused is given at the threshold that refuses 5 % of the questions as they are. A table of reliability closes each set.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from reader_data import group_of, held_out

from assistant.assistant import Assistant
from assistant.calibration import expected_calibration_error, fitted, reliability
from assistant.errors import QuestionError
from assistant.evaluation import Item, _answer_scores, _Places, auroc, read_questions
from assistant.schema import Scope
from assistant.settings import Settings


def crossed(
    confidences: Sequence[float], labels: Sequence[bool], halves: Sequence[bool]
) -> tuple[list[float], list[bool]]:
    """Return probabilities and refusals of each question by what was fitted on the other half."""
    probabilities, refused = [0.0] * len(labels), [False] * len(labels)
    for half in (False, True):
        own = [i for i, member in enumerate(halves) if member == half]
        rest = [i for i, member in enumerate(halves) if member != half]
        try:
            found = fitted([confidences[i] for i in rest], [labels[i] for i in rest], "")
        except QuestionError as error:
            print(f"  not calibrated: {error}")
            for i in own:
                probabilities[i] = confidences[i]
            continue
        for i in own:
            probabilities[i] = found.probability(confidences[i])
            refused[i] = probabilities[i] < found.threshold
    return probabilities, refused


def left_out(assistant: Assistant, item: Item, names: Sequence[str]) -> float:
    """Return the confidence with the article of the gold documents left out."""
    groups = {group_of(entry["document"]) for entry in item.gold}
    scope = Scope([name for name in names if group_of(name) not in groups])
    return assistant.ask(item.question, item.history, scope).confidence


def measure(assistant: Assistant, items: Sequence[Item], leave_out: bool) -> None:
    """Print the figures of one set."""
    places, names = _Places(assistant), list(assistant.documents())
    rows, without, seconds = [], [], []
    for item in items:
        started = time.perf_counter()
        snapshot = assistant._snapshot
        meant, findings = snapshot.understood(item.question, item.history, None)
        answer = snapshot.answerer.answer(item.question, meant, "en", findings, refuse=False)
        seconds.append(time.perf_counter() - started)
        own = _answer_scores(answer, item, places) if item.answerable else {}
        if item.answerable and item.gold:
            gold = {entry["document"] for entry in item.gold}
            own["gold_article"] = float(any(citation.document in gold for citation in answer.citations))
        rows.append((answer, own))
        if leave_out and item.answerable and item.gold:
            without.append(left_out(assistant, item, names))
    labels = [item.answerable for item in items]
    confidences = [answer.confidence for answer, _ in rows]
    probabilities, refused = crossed(confidences, labels, [held_out(item.id or item.question) for item in items])
    answered = [scores for (_, scores), label in zip(rows, labels, strict=True) if label]
    kept = [scores for (_, scores), label, no in zip(rows, labels, refused, strict=True) if label and not no]
    for name, scores in (("if none is refused", answered), ("of those not refused", kept)):
        keys = ("answer_in_text", "attribution", "gold_article", "sentences")
        found = {key: np.mean([s[key] for s in scores if key in s]) for key in keys}
        print(f"  answers, {name}: " + ", ".join(f"{key} {value:.3f}" for key, value in found.items()))
    right = sum(no and not label for no, label in zip(refused, labels, strict=True))
    precision, recall = right / max(1, sum(refused)), right / max(1, labels.count(False))
    area = auroc(
        [c for c, a in zip(confidences, labels, strict=True) if a],
        [c for c, a in zip(confidences, labels, strict=True) if not a],
    )
    print(
        f"  refusal: AUROC {area:.3f}, precision {precision:.3f}, recall {recall:.3f}, "
        f"F1 {2 * precision * recall / max(1e-9, precision + recall):.3f}, "
        f"answerable refused {(sum(refused) - right) / labels.count(True):.3f}"
    )
    at = {
        share: float(np.quantile([c for c, a in zip(confidences, labels, strict=True) if a], share))
        for share in (0.05, 0.1)
    }
    shares = {
        share: np.mean([c < bound for c, a in zip(confidences, labels, strict=True) if not a])
        for share, bound in at.items()
    }
    print(
        "  unanswerable refused at 5 %, 10 % false refusals: " + ", ".join(f"{value:.3f}" for value in shares.values())
    )
    if without:
        far = np.mean([c < at[0.05] for c in without])
        print(f"  article left out: refused at 5 % false refusals {far:.3f}, {len(without)} questions")
    print(f"  calibration error {expected_calibration_error(probabilities, labels):.3f}")
    print(f"  seconds p50 {np.median(seconds):.3f}, p95 {np.quantile(seconds, 0.95):.3f}")
    print("  | probability from | questions | mean probability | share answerable |\n  |---|---|---|---|")
    for edge, count, mean, share in reliability(probabilities, labels):
        print(f"  | {edge:.1f} | {count} | {mean:.2f} | {share:.2f} |")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("indexes", type=Path)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--most", type=int, default=10_000)
    parser.add_argument("--as", dest="model", default="all-MiniLM-L6-v2")
    parser.add_argument("--leave-out", action="store_true")
    options = parser.parse_args()
    for name, questions in (entry.split("=") for entry in options.sets):
        items = sorted(read_questions(Path(questions)), key=lambda item: hash_of(item.id or item.question))[
            : options.most
        ]
        print(f"{name}: {len(items)} questions, {sum(item.answerable for item in items)} answerable")
        with Assistant.open(
            options.indexes / name, settings=Settings(embedding_model=options.model), calibrated=False
        ) as assistant:
            measure(assistant, items, options.leave_out)


def hash_of(text: str) -> str:
    """Return what puts questions in an order that has nothing to do with what they ask."""
    return text[::-1]


if __name__ == "__main__":
    main()
