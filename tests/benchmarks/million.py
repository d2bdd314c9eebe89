"""Makes an index of a million chunks and measures building, opening and searching it.

    python tests/benchmarks/million.py FOLDER QUESTIONS.jsonl [--chunks 1000000] [--flat-up-to N] [--half-up-to N]

FOLDER gets the index and the index of the project's corpus/, which the statistics come from; an index that is there
already is only measured. The thresholds of assistant.vectors can be lowered to try a kind with few chunks.

Text: documents of 20 chunks, each as long as some chunk of corpus/. Half of the words are drawn from all words of
corpus/, half from those of one chunk of it, the document's subject: words repeat within a document as they do in real
ones. Two words of a hundred are names that only this document has. Real words thereby occur in about as large a share
of the chunks as in corpus/, which the table shows for the questions' terms.

Vectors: each document's centre is the embedding of a real sentence, from corpus/ or from the quotations of the
question file. A chunk's vector is the centre plus Gaussian noise, brought to length 1. The noise has the covariance of
what the chunks of corpus/ differ in from their document's mean, scaled so that two chunks of a document have on average
the cosine that those of corpus/ have.

Recall compares with an exact search of the vectors in fp32, made along the way. Building and measuring each run in a
process of their own, whose peak memory is that of the table; the making of texts and vectors is in the peak, not in the
time. Questions are asked one at a time, after a few to warm up.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant import store, vectors
from assistant.embedder import Embedder, Vectors, open_embedder
from assistant.engine import FaissEngine
from assistant.evaluation import read_questions
from assistant.index import Index, IndexWriter
from assistant.retriever import CANDIDATES, Retriever
from assistant.schema import Chunk, Document
from assistant.sentences import sentence_spans
from assistant.terms import query_terms

ROOT = Path(__file__).parents[2]
CHUNKS_A_DOCUMENT = 20
DOCUMENTS_AT_ONCE = 100
NAMES = 0.02
ASKED = 200
NEAREST = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--chunks", type=int, default=1_000_000)
    parser.add_argument("--flat-up-to", type=int, default=vectors.FLAT_UP_TO)
    parser.add_argument("--half-up-to", type=int, default=vectors.HALF_UP_TO)
    parser.add_argument("--stage", choices=["build", "measure"])
    options = parser.parse_args()
    vectors.FLAT_UP_TO, vectors.HALF_UP_TO = options.flat_up_to, options.half_up_to
    own = options.folder / "corpus"
    if options.stage == "build":
        build(options.folder / "index", own, options.questions, options.chunks)
    elif options.stage == "measure":
        measure(options.folder / "index", own, options.questions)
    else:
        options.folder.mkdir(parents=True, exist_ok=True)
        corpus = ["-m", "assistant", "build", "--corpus", str(ROOT / "corpus"), "--index", str(own)]
        again = [__file__, *sys.argv[1:], "--stage"]
        made = (options.folder / "index" / "CURRENT").exists()
        for command in [corpus] * (not own.exists()) + [[*again, "build"]] * (not made) + [[*again, "measure"]]:
            subprocess.run([sys.executable, *command], check=True, cwd=os.getcwd())


def build(folder: Path, own: Path, questions: Path, count: int) -> None:
    """Write and publish the index, and what an exact search finds; the times stand in the manifest."""
    embedder = open_embedder()
    real = Index.open(own)
    items = read_questions(questions)
    quotes = [gold["quote"] for item in items for gold in item.gold if "quote" in gold]
    nearest = Nearest(embed(embedder, [item.question for item in items[:ASKED]]))
    batches = made(real, embedder, quotes, count)
    with store.writing(folder):
        working = store.working_folder(folder, 1)
        writer = IndexWriter(working, embedder.dimension)
        seconds = 0.0
        for documents, chunks, found in batches:
            nearest.add(found)
            started = time.perf_counter()
            for document in documents:
                writer.add_file(document.id, document.sha256, "taken")
                writer.add_document(document.id, document)
            writer.add_chunks(chunks, [documents[0].title] * len(chunks), [chunk.id for chunk in chunks], found)
            seconds += time.perf_counter() - started
        started = time.perf_counter()
        counts = writer.finish()
        finished = time.perf_counter() - started
        started = time.perf_counter()
        model = {"embedding_model": embedder.name, "embedding_sha256": embedder.sha256}
        manifest = {**model, "dimension": embedder.dimension, **counts}
        times = {"adding": seconds, "finishing": finished, "memory": peak()}
        np.save(folder.parent / "truth.npy", nearest.numbers)
        sealed = store.seal(1, working, {**manifest, "benchmark": times})
        sealed.hold.close()
        store.publish(folder, sealed)
        (folder.parent / "published.json").write_text(json.dumps(time.perf_counter() - started))


class Nearest:
    """The chunks nearest to each question, among all that were added so far."""

    def __init__(self, questions: Vectors) -> None:
        self.questions = questions
        self.scores = np.full((len(questions), NEAREST), -np.inf, dtype=np.float32)
        self.numbers = np.zeros((len(questions), NEAREST), dtype=np.int64)
        self._added = 0

    def add(self, found: Vectors) -> None:
        scores = np.hstack([self.scores, self.questions @ found.T])
        numbers = np.hstack([self.numbers, np.tile(self._added + np.arange(len(found)), (len(self.questions), 1))])
        best = np.argsort(-scores, axis=1)[:, :NEAREST]
        self.scores = np.take_along_axis(scores, best, axis=1)
        self.numbers = np.take_along_axis(numbers, best, axis=1)
        self._added += len(found)


def made(
    real: Index, embedder: Embedder, quotes: Sequence[str], count: int
) -> Iterator[tuple[list[Document], list[Chunk], Vectors]]:
    """Make documents, their chunks and the chunks' vectors, some documents at a time."""
    random = np.random.default_rng(1)
    subjects = [np.array(text.split()) for text in real.texts(100_000)]
    everything = np.concatenate(subjects)
    lengths = np.array([len(words) for words in subjects])
    sentences = {text[start:end] for text in real.texts(100_000) for start, end in sentence_spans(text)}
    centres = embed(embedder, sorted({*sentences, *quotes}))
    noise = spread(real)
    for first in range(0, count, CHUNKS_A_DOCUMENT * DOCUMENTS_AT_ONCE):
        documents: list[Document] = []
        chunks: list[Chunk] = []
        for start in range(first, min(count, first + CHUNKS_A_DOCUMENT * DOCUMENTS_AT_ONCE), CHUNKS_A_DOCUMENT):
            name = f"document-{start // CHUNKS_A_DOCUMENT}.md"
            subject = subjects[random.integers(len(subjects))]
            texts = []
            for length in random.choice(lengths, CHUNKS_A_DOCUMENT):
                words = np.where(
                    random.random(length) < 0.5, random.choice(everything, length), random.choice(subject, length)
                ).astype(object)
                names = random.random(length) < NAMES
                words[names] = [f"Name{start}x{which}" for which in random.integers(5, size=names.sum())]
                texts.append(" ".join(words))
            ends = np.cumsum([len(text) + 1 for text in texts]).tolist()
            chunks += [
                Chunk(f"{name}#{place}", name, text, end - len(text) - 1, end - 1, None, [])
                for place, (text, end) in enumerate(zip(texts, ends, strict=True))
            ]
            title = " ".join(random.choice(subject, 4))
            documents.append(Document(name, title, "\n".join(texts), "text/markdown", "0" * 64, "en"))
        which = np.repeat(random.integers(len(centres), size=len(documents)), CHUNKS_A_DOCUMENT)
        found = centres[which] + random.standard_normal((len(chunks), len(noise)), dtype=np.float32) @ noise
        yield documents, chunks, found / np.linalg.norm(found, axis=1, keepdims=True)


def spread(real: Index) -> NDArray[np.float32]:
    """Return a matrix that turns standard normal rows into noise such as chunks of one document differ by."""
    differences, cosines = [], []
    for record in real.records():
        found = real.vectors([number for number, _ in real.places(record.document).values()])
        if len(found) > 1:
            differences.append(found - found.mean(axis=0))
            pairs = (found @ found.T)[np.triu_indices(len(found), 1)]
            cosines.append(float(pairs.mean()))
    covariance = np.cov(np.concatenate(differences).T)
    cosine = float(np.mean(cosines))
    print(f"two chunks of a document of corpus/ have a cosine of {cosine:.3f}", file=sys.stderr)
    values, directions = np.linalg.eigh(covariance / np.trace(covariance) * (1 / cosine - 1))
    noise: NDArray[np.float32] = (np.sqrt(np.maximum(values, 0))[:, None] * directions.T).astype(np.float32)
    return noise


def embed(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Embed a few at a time, which does without PyTorch and its memory."""
    return np.concatenate([embedder.embed(texts[start : start + 64]) for start in range(0, len(texts), 64)])


def measure(folder: Path, own: Path, questions: Path) -> None:
    """Open the index, ask it, and print the table."""
    started = time.perf_counter()
    index = Index.open(folder)
    opened = time.perf_counter() - started
    real, embedder = Index.open(own), open_embedder()
    asked = [item.question for item in read_questions(questions)[:ASKED]]
    common = [item.question for item in read_questions(ROOT / "tests/quality/questions.jsonl") if item.answerable]
    common = common[:ASKED]
    embedded = list(embed(embedder, asked))
    retriever = Retriever(index, embedder)
    true = np.load(folder.parent / "truth.npy")
    found = [{number for number, _ in index.search_vectors(vector, NEAREST)} for vector in embedded]
    recall = np.mean([len({*best.tolist()} & own) / NEAREST for best, own in zip(true, found, strict=True)])
    some, many = (np.arange(0, index.count, step, dtype=np.int64) for step in (max(1, index.count // 50_000), 2))
    rows: dict[str, tuple[Callable[[Any], Any], Sequence[Any]]] = {
        "dense search": (lambda vector: index.search_vectors(vector, CANDIDATES), embedded),
        f"dense, among {len(some):,}": (lambda v: index.search_vectors(v, CANDIDATES, some), embedded[:50]),
        f"dense, among {len(many):,}": (lambda v: index.search_vectors(v, CANDIDATES, many), embedded[:50]),
        "lexical search": (lambda text: index.search_words(query_terms(text), CANDIDATES), asked),
        "lexical, questions on corpus/": (lambda text: index.search_words(query_terms(text), CANDIDATES), common),
        "retrieval without the reader": (lambda text: retriever.find(text, 10), asked),
        "retrieval, questions on corpus/": (lambda text: retriever.find(text, 10), common),
    }
    times = {name: quantiles(work, values) for name, (work, values) in rows.items()}
    memory = peak()
    generation = index.generation
    made = generation.manifest["benchmark"]
    published = json.loads((folder.parent / "published.json").read_text())
    assert isinstance(index.engine, FaissEngine)
    kept = index.engine.copy()
    searched, lists = kept.probes
    print(f"{index.count:,} chunks, vectors kept as {kept.kind.name}, {searched} of {lists} lists searched\n")
    table: dict[str, str] = {
        "build: adding, finishing, publishing (s)": f"{made['adding']:.0f}, {made['finishing']:.0f}, {published:.0f}",
        "build: peak memory (MiB)": f"{made['memory']:,.0f}",
        **{f"{name} (MiB)": f"{file['bytes'] / 2**20:,.0f}" for name, file in generation.manifest["files"].items()},
        "opening (s)": f"{opened:.1f}",
        f"recall@{NEAREST} of the dense search, {len(asked)} real questions": f"{recall:.3f}",
        **{f"{name}: p50, p95 (ms)": f"{middle:.1f}, {late:.1f}" for name, (middle, late) in times.items()},
        "asking: peak memory (MiB)": f"{memory:,.0f}",
        "share of chunks that a term of the questions on corpus/ is in: there, here": shares(real, index, common),
    }
    print("| measure | value |\n|---|---|")
    for name, value in table.items():
        print(f"| {name} | {value} |")


def shares(real: Index, index: Index, questions: Sequence[str]) -> str:
    """Return in which share of the chunks the questions' commonest terms occur, in both indexes."""
    counts = Counter(term for question in questions for term in query_terms(question))
    found = [(i.document_frequency(t) / i.count for t, _ in counts.most_common(50)) for i in (real, index)]
    return ", ".join(f"{statistics.mean(values):.3f}" for values in found)


def quantiles(work: Callable[[Any], Any], values: Sequence[Any]) -> tuple[float, float]:
    """Return median and 95th percentile of the milliseconds that a call takes."""
    for value in values[:5]:
        work(value)
    taken = []
    for value in values:
        started = time.perf_counter()
        work(value)
        taken.append((time.perf_counter() - started) * 1000)
    cuts = statistics.quantiles(taken, n=20)
    return cuts[9], cuts[18]


def peak() -> float:
    """Return the most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
