"""Measures retrieval and its parts: BM25 alone, dense alone, fused, reranked, and what ``retrieve`` gives (joined).

    python tests/benchmarks/retrieval.py INDEXES SET=QUESTIONS.jsonl …

``INDEXES/SET`` is an index built from the set's documents. A row is nDCG@10, recall@1, recall@5 over documents, the
share of questions with a gold document among the first four (hit@4), quote-recall@5 and @10, the share of gold quotes
that overlap one of the first results, and the share of questions with a gold document, and a gold quote, among the
first five (success@5). Parts rank chunks; ``retrieve`` may join chunks that read on (at most three).
``--as MODEL`` names the embedding model of the indexes.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.assistant import Assistant
from assistant.evaluation import _document_scores, _Places, _quote_scores, read_questions
from assistant.schema import Chunk, SearchResult
from assistant.settings import Settings
from assistant.terms import query_terms

MEASURES = ("ndcg@10", "recall@1", "recall@5", "hit@4", "success@5", "quote@5", "quote@10", "quote success@5")
RENAMED = {"recall@5": "quote@5", "recall@10": "quote@10", "success@5": "quote success@5"}


def ranked(assistant: Assistant, found: Sequence[tuple[int, float]]) -> list[SearchResult]:
    """Return a part's chunks as results."""
    chunks: dict[int, Chunk] = assistant._snapshot.index.chunks(number for number, _ in found)
    return [
        SearchResult(c.id, c.document, "", c.text, c.start, c.end, c.page, c.section, score, rank)
        for rank, (number, score) in enumerate(found, start=1)
        for c in [chunks[number]]
    ]


def ways(assistant: Assistant) -> dict[str, Callable[[str], list[SearchResult]]]:
    """Return the parts and the whole by name."""
    snapshot = assistant._snapshot
    index, retriever = snapshot.index, snapshot.retriever

    def dense(question: str) -> list[SearchResult]:
        return ranked(assistant, index.search_vectors(assistant._embedder.embed_questions([question])[0], 100))

    def hits(question: str, *, rerank: bool) -> list[SearchResult]:
        return ranked(assistant, [(h.number, h.score) for h in retriever.find(question, 100, rerank=rerank).hits])

    return {
        "BM25": lambda question: ranked(assistant, index.search_words(query_terms(question), 100)),
        "dense": dense,
        "fused": lambda question: hits(question, rerank=False),
        "reranked": lambda question: hits(question, rerank=True),
        "retrieve": lambda question: assistant.retrieve(question, k=30),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("indexes", type=Path)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--as", dest="model", default="all-MiniLM-L6-v2")
    options = parser.parse_args()
    print("| set | way |", " | ".join(MEASURES), "| ms p50 / p95 |\n|---|---|" + "---|" * (len(MEASURES) + 1))
    for name, questions in (entry.split("=") for entry in options.sets):
        settings = Settings(embedding_model=options.model)
        with Assistant.open(options.indexes / name, settings=settings) as assistant:
            items = [item for item in read_questions(Path(questions)) if item.answerable and item.gold]
            places = _Places(assistant)
            for way, search in ways(assistant).items():
                rows: list[dict[str, float]] = []
                seconds = []
                for item in items:
                    started = time.perf_counter()
                    results = search(item.question)
                    seconds.append(time.perf_counter() - started)
                    gold = {entry["document"] for entry in item.gold}
                    row = _document_scores(results, gold)
                    first = list(dict.fromkeys(result.document for result in results))[:4]
                    row["hit@4"] = float(bool(gold & set(first)))
                    quotes = [places.find(entry["document"], entry["quote"]) for entry in item.gold if "quote" in entry]
                    if found := [place for place in quotes if place]:
                        of_quotes = _quote_scores(results, found)
                        row |= {name: of_quotes[key] for key, name in RENAMED.items()}
                    rows.append(row)
                cells = []
                for measure in MEASURES:
                    values = [row[measure] for row in rows if measure in row]
                    cells.append(f"{statistics.mean(values):.3f}" if values else "–")
                cuts = statistics.quantiles(seconds, n=20)
                print(f"| {name} | {way} |", " | ".join(cells), f"| {cuts[9] * 1e3:.0f} / {cuts[18] * 1e3:.0f} |")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
