"""Asks the questions of a file on FAISS and on Milvus, and counts how many get the same citations.

    python tests/benchmarks/engines.py corpus tests/quality/questions.jsonl [--to milvus:http://127.0.0.1:19530]

The index is built on FAISS and copied; the copy is moved (`assistant migrate`) to a new embedded milvus-lite, or to the
address given. Only questions that the file says are answerable are asked. The times are those of `ask`, in turn.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from assistant import Assistant, build_index
from assistant.embedder import open_embedder
from assistant.evaluation import read_questions
from assistant.ingest import migrate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--to", help="where to move the copy; default: an embedded file")
    options = parser.parse_args()
    embedder = open_embedder()
    with tempfile.TemporaryDirectory() as folder:
        faiss, milvus = Path(folder) / "faiss", Path(folder) / "milvus"
        report = build_index(options.corpus, faiss, embedder=embedder)
        shutil.copytree(faiss, milvus)
        started = time.perf_counter()
        migrate(milvus, options.to or f"milvus:{folder}/vectors.db")
        moved = time.perf_counter() - started
        items = [item for item in read_questions(options.questions) if item.answerable]
        same, texts = 0, 0
        seconds: tuple[list[float], list[float]] = ([], [])
        with Assistant.open(faiss, embedder=embedder) as first, Assistant.open(milvus, embedder=embedder) as second:
            for item in items:
                answers = []
                for assistant, own in zip((first, second), seconds, strict=True):
                    started = time.perf_counter()
                    answers.append(assistant.ask(item.question, item.history))
                    own.append(time.perf_counter() - started)
                same += answers[0].citations == answers[1].citations
                texts += answers[0].text == answers[1].text
    print(f"{report.chunks} chunks moved in {moved:.1f} s; {len(items)} answerable questions")
    print(f"the same citations: {same} ({same / len(items):.1%}); the same text: {texts} ({texts / len(items):.1%})")
    medians = [statistics.median(own) for own in seconds]
    print(
        f"seconds a question, median: FAISS {medians[0]:.3f}, Milvus {medians[1]:.3f} ({medians[1] / medians[0]:.2f}×)"
    )


if __name__ == "__main__":
    main()
