"""An hour's worth of use, squeezed: thousands of questions, dozens of rebuilds; does memory stay where it was?

    python tests/benchmarks/soak.py CORPUS [--questions 5000] [--rebuilds 50] [--documents N]

Questions are made of the documents' own sentences, no two alike; after each hundred a document is changed and the
index built again in the same process, as the organiser's side does.
"""

import argparse
import os
import random
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from assistant import Assistant, build_index

_SETTLED = 200
"""Questions after which memory is first read."""
_OPENINGS = ("What is known of", "When was", "Who spoke of", "How many people know", "Why is there", "Where is")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--questions", type=int, default=5000)
    parser.add_argument("--rebuilds", type=int, default=50)
    parser.add_argument("--documents", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        first, last, peak, seconds = soak(
            options.corpus, Path(scratch), options.questions, options.rebuilds, options.documents
        )
    print(
        f"{options.questions} questions, {options.rebuilds} rebuilds in {seconds:.0f} s: memory after the "
        f"first {_SETTLED} questions {first:.0f} MB, at the end {last:.0f} MB ({last / first:.2f}), "
        f"at most {peak:.0f} MB"
    )


def soak(
    source: Path, scratch: Path, questions: int, rebuilds: int, documents: int = 1000
) -> tuple[float, float, float, float]:
    """Return the megabytes after the first questions, at the end, and at most, and the seconds it took."""
    corpus, index = scratch / "corpus", scratch / "index"
    corpus.mkdir()
    for path in sorted(source.glob("*.md"))[:documents]:
        shutil.copy(path, corpus)
    build_index(corpus, index)
    started, seen = time.monotonic(), []
    with Assistant.open(index) as bot:
        for number, question in zip(range(1, questions + 1), _questions(corpus), strict=False):
            bot.ask(question)
            if number % 50 == 0:
                seen.append((number, _resident()))
                print(f"{number} questions, generation {bot.generation}: {seen[-1][1]:.0f} MB", flush=True)
            if number % (questions // rebuilds) == 0:
                changed = random.Random(number).choice(sorted(corpus.iterdir()))
                changed.write_text(
                    changed.read_text("utf-8") + f"\n\nIn week {number} the bridge was mended.\n", "utf-8"
                )
                build_index(corpus, index)
    after = next(resident for number, resident in seen if number >= min(_SETTLED, questions // 4))
    return after, seen[-1][1], max(resident for _, resident in seen), time.monotonic() - started


def _questions(corpus: Path) -> Iterator[str]:
    sentences = [
        sentence
        for path in sorted(corpus.iterdir())
        for sentence in re.findall(r"[A-Z][^.\n|#]{30,150}\.", path.read_text("utf-8"))
    ]
    chance, number = random.Random(5), 0
    while True:
        number += 1
        words = chance.choice(sentences).split()
        start = chance.randrange(max(1, len(words) - 6))
        yield f"{chance.choice(_OPENINGS)} {' '.join(words[start : start + 6])} in week {number}?"


def _resident() -> float:
    """Return this process's resident memory in megabytes (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
