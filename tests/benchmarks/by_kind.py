"""Measures answers by the kind of question, and seconds by its form.

    python tests/benchmarks/by_kind.py INDEX QUESTIONS.jsonl [--as MODEL] [--ascii]

Every question is asked as the chat asks it, refusals and all, with nothing else running. The kind is the field ``kind``
of the file, apart from which the measures are those of ``assistant evaluate``. The form is what decides the seconds: a
question by itself, several things asked in one, or a question with a history. ``--ascii`` leaves out questions that
are not written in ASCII, as those in Urdu and Chinese.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from assistant.assistant import Assistant
from assistant.evaluation import Item, _answer_scores, _Places, auroc, read_questions
from assistant.question import parts
from assistant.settings import Settings


def kinds(path: Path) -> list[str]:
    """Return the kind of each question of a file, in order."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [f"{row.get('kind', '')}{'' if row.get('answerable', True) else ' (no answer)'}" for row in rows]


def form(item: Item) -> str:
    """Return what decides how long a question takes."""
    return "with a history" if item.history else "several things" if len(parts(item.question)) > 1 else "single"


def mean(values: Iterable[float]) -> str:
    found = list(values)
    return f"{np.mean(found):.3f}" if found else "–"


def measure(assistant: Assistant, items: list[tuple[Item, str]]) -> None:
    places = _Places(assistant)
    for item, _ in items[:: max(1, len(items) // 5)]:
        assistant.ask(item.question, item.history)
    by_kind: dict[str, list[dict[str, float]]] = defaultdict(list)
    by_form: dict[str, list[float]] = defaultdict(list)
    confidences: dict[bool, list[float]] = {True: [], False: []}
    for item, kind in items:
        started = time.perf_counter()
        answer = assistant.ask(item.question, item.history)
        by_form[form(item)].append(time.perf_counter() - started)
        scores = _answer_scores(answer, item, places) if item.answerable else {}
        if item.answerable and item.gold:
            gold = {entry["document"] for entry in item.gold}
            scores["document"] = float(any(citation.document in gold for citation in answer.citations))
        by_kind[kind].append(scores | {"refused": float(answer.verdict == "not_covered")})
        confidences[item.answerable].append(answer.confidence)
    print("| kind | questions | refused | accepted string | gold sentence cited | gold document cited |")
    print("|---|---|---|---|---|---|")
    for kind, rows in sorted(by_kind.items()):
        keys = ("refused", "answer_in_text", "attribution", "document")
        print(
            f"| {kind} | {len(rows)} | "
            + " | ".join(mean(row[key] for row in rows if key in row) for key in keys)
            + " |"
        )
    print(f"AUROC {auroc(confidences[True], confidences[False])}\n")
    print("| form | questions | p50 s | p95 s |\n|---|---|---|---|")
    for name, seconds in [*sorted(by_form.items()), ("all", [s for found in by_form.values() for s in found])]:
        print(f"| {name} | {len(seconds)} | {np.median(seconds):.3f} | {np.quantile(seconds, 0.95):.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--as", dest="model", default="all-MiniLM-L6-v2")
    parser.add_argument("--ascii", action="store_true")
    options = parser.parse_args()
    items = list(zip(read_questions(options.questions), kinds(options.questions), strict=True))
    if options.ascii:
        items = [(item, kind) for item, kind in items if item.question.isascii()]
    with Assistant.open(options.index, settings=Settings(embedding_model=options.model)) as assistant:
        print(f"{assistant._snapshot.index.count} chunks, {len(items)} questions")
        measure(assistant, items)


if __name__ == "__main__":
    main()
