"""What a language model makes of the corpus: sentences verified and dropped, answers that fall back, as they are.

    python tests/benchmarks/model.py [--url URL --name NAME] [--questions N]

Without an address it starts ``tests/llama_server.py``, a model of half a billion parameters. Every third question of
``tests/quality/questions.jsonl`` that has no history and that the documents answer is asked.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from assistant import Answer, Assistant, Settings, build_index
from assistant.evaluation import contains, folded

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import llama_server  # noqa: E402


def questions(number: int) -> list[dict[str, object]]:
    rows = [json.loads(line) for line in (ROOT / "tests/quality/questions.jsonl").read_text("utf-8").splitlines()]
    return [row for row in rows if row["kind"] == "answerable" and not row.get("history")][::3][:number]


def measure(assistant: Assistant, number: int) -> None:
    reasons: Counter[str] = Counter()
    right = {"prose": 0, "verbatim": 0}
    verified = dropped = prose = fallbacks = refused = 0
    seconds = []
    for row in questions(number):
        started = time.perf_counter()
        answer = assistant.ask(str(row["question"]))
        seconds.append(time.perf_counter() - started)
        if answer.verdict == "not_covered":
            refused += 1
            continue
        written = answer.engine != "extractive"
        prose += written
        fallbacks += not written
        verified += len(answer.sentences) if written else 0
        dropped += len(answer.dropped)
        reasons.update(re.sub(r"[\d.,]+|“.*”", "…", item.reason) for item in answer.dropped)
        reasons.update([f"FALL-BACK {re.sub(r'[0-9]+', '…', answer.notice[-60:])}"] if not written else [])
        plain = assistant.verbatim(str(row["question"]))
        right["prose"] += written and accepted(answer, row)
        right["verbatim"] += written and accepted(plain, row)
        print(f"- {row['question']}\n  {answer.engine} {len(answer.sentences)} shown: {answer.text[:300]!r}")
        for item in answer.dropped:
            print(f"  dropped ({item.reason}): {item.text[:200]}", flush=True)
    print(
        f"\n{len(seconds)} questions: {refused} refused before the model was asked, {prose} in prose, {fallbacks} not"
    )
    print(f"sentences of the answers in prose: {verified} verified and shown; dropped in all answers: {dropped}")
    print(f"accepted answer in the prose {right['prose']} of {prose}, in their verbatim answers {right['verbatim']}")
    print(f"seconds a question: median {sorted(seconds)[len(seconds) // 2]:.1f}, longest {max(seconds):.1f}")
    for reason, count in reasons.most_common():
        print(f"  {count:3} {reason}")


def accepted(answer: Answer, row: dict[str, object]) -> bool:
    text = folded(answer.text)
    return any(contains(text, folded(str(accepted))) for accepted in row.get("answers", []))  # type: ignore[attr-defined]


def run(url: str, name: str, number: int, wait: int) -> None:
    settings = Settings(model_url=url, model_name=name, model_wait=wait, model_seconds=wait, model_tokens=160)
    with tempfile.TemporaryDirectory() as folder:
        build_index(ROOT / "corpus", Path(folder) / "index")
        with Assistant.open(Path(folder) / "index", settings=settings) as assistant:
            measure(assistant, number)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--name", default="model")
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--wait", type=int, default=600, help="seconds for a reply")
    options = parser.parse_args()
    if options.url:
        run(options.url, options.name, options.questions, options.wait)
    else:
        with llama_server.running() as url:
            run(url, llama_server.NAME, options.questions, options.wait)
