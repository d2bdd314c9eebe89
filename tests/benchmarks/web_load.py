"""Lets many people ask at once over HTTP while the index is rebuilt, then many questions more; looks at memory.

    python tests/benchmarks/web_load.py [--people 50] [--each 10] [--questions 2000]

The corpus is that of the project's Markdown files, to each of which a paragraph is added whose length depends on the
edition, so that every place in a text differs from one edition to the other. While the people ask, editions are
written and built in turn by `assistant build`. An answer is mixed if no single edition has all of its quotes where its
citations say. Then questions go on until there were as many as asked for, and the process's memory is looked at on the
way. Every answer is checked; errors are counted, not hidden.
"""

import argparse
import itertools
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from served import Chat, chat

from assistant.evaluation import read_questions
from assistant.index import Index

ROOT = Path(__file__).parents[2]
EDITIONS = ("The first edition.", "The second edition, which says a little more here than the first one did.")


def write(corpus: Path, edition: int) -> None:
    """Write the corpus in an edition, file by file."""
    corpus.mkdir(exist_ok=True)
    for source in sorted((ROOT / "corpus").glob("*.md")):
        title, rest = source.read_text("utf-8").split("\n\n", 1)
        (corpus / source.name).write_text(f"{title}\n\n{EDITIONS[edition]}\n\n{rest}", "utf-8")


def build(corpus: Path, index: Path) -> dict[str, str]:
    """Build as an organiser does, in a process of its own, and return the texts by document."""
    command = [sys.executable, "-m", "assistant", "build", "--corpus", str(corpus), "--index", str(index)]
    subprocess.run(command, check=True, capture_output=True)
    opened = Index.open(index)
    texts = {name: opened.document(name).text for name in opened.titles()}
    opened.close()
    return texts


class Tally:
    """What the people saw: seconds, editions, errors."""

    def __init__(self, chat: Chat, editions: list[dict[str, str]], questions: Iterator[str]) -> None:
        self._chat = chat
        self._editions = editions
        self._questions = questions
        self._lock = threading.Lock()
        self.seconds: list[float] = []
        self.seen: Counter[str] = Counter()
        self.errors: list[str] = []

    def ask(self, _: int = 0) -> None:
        """Ask one question and check its answer."""
        with self._lock:
            question = next(self._questions)
        started = time.perf_counter()
        try:
            answer = self._chat.call("ask", question, [])[0]
        except (OSError, RuntimeError) as error:
            with self._lock:
                self.errors.append(str(error))
            return
        taken = time.perf_counter() - started
        with self._lock:
            self.seconds.append(taken)
            self.seen[self._edition(answer)] += 1

    def _edition(self, answer: dict[str, Any]) -> str:
        places = [(one["document"], one["start"], one["end"], one["quote"]) for one in answer["citations"]]
        if not places:
            return "refused"
        fitting = [
            number
            for number, texts in enumerate(self._editions)
            if all(texts[name][start:end] == quote for name, start, end, quote in places)
        ]
        return f"edition {fitting[0] + 1}" if fitting else "mixed"


def main() -> None:
    """Print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--each", type=int, default=10)
    parser.add_argument("--questions", type=int, default=2000)
    options = parser.parse_args()
    asked = itertools.cycle(item.question for item in read_questions(ROOT / "tests/quality/questions.jsonl"))
    with tempfile.TemporaryDirectory() as folder:
        corpus, index = Path(folder) / "corpus", Path(folder) / "index"
        editions = []
        for edition in (1, 0):
            write(corpus, edition)
            editions.insert(0, build(corpus, index))
        with chat(corpus, index) as running, ThreadPoolExecutor(options.people) as people:
            running.wait()
            tally = Tally(running, editions, asked)
            tally.ask()
            tally.seconds.clear()
            work = [people.submit(tally.ask, number) for number in range(options.people * options.each)]
            builds = 0
            while not all(one.done() for one in work):
                builds += 1
                write(corpus, builds % 2)
                build(corpus, index)
            p50, p95 = statistics.median(tally.seconds), statistics.quantiles(tally.seconds, n=20)[-1]
            print(f"{options.people} people, {len(work)} questions, {builds} rebuilds meanwhile: ", end="")
            print(f"{len(tally.errors)} errors, p50 {p50:.2f} s, p95 {p95:.2f} s; {dict(tally.seen)}", flush=True)
            left = max(0, options.questions - len(work))
            for done in range(0, left, 250):
                list(people.map(tally.ask, range(min(250, left - done))))
                print(f"after {len(tally.seconds)} questions: {running.megabytes():.0f} MB", flush=True)
            print(f"{len(tally.errors)} errors, {tally.seen['mixed']} mixed")
            for error in sorted(set(tally.errors))[:5]:
                print(f"  {error}")


if __name__ == "__main__":
    main()
