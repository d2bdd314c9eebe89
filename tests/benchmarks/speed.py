"""Compares the speed of building and asking with bare sentence-transformers, LlamaIndex and LangChain, in one run.

    python tests/benchmarks/speed.py CORPUS QUESTIONS.jsonl [--documents 400] [--rounds 3]

All embed the same documents with all-MiniLM-L6-v2 on this machine, in turn, ``rounds`` times; the table gives the
medians and the ratios to ours. "Bare" is ``SentenceTransformer.encode`` in fp32 on our own chunks sorted by length.
LlamaIndex and LangChain run their default pipelines (SentenceSplitter with 1,024 tokens;
RecursiveCharacterTextSplitter with 1,000 characters and an overlap of 200), each with its own FAISS-free default
store, if they are installed: llama-index-core, llama-index-embeddings-huggingface, langchain-huggingface, langchain-
text-splitters, langchain-core.
"""

import argparse
import importlib.util
import itertools
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.assistant import Assistant
from assistant.embedder import EXACT_MODEL, _package_folder, open_embedder
from assistant.evaluation import read_questions
from assistant.ingest import build_index
from assistant.settings import Settings
from assistant.splitter import embedding_text, split


def timed(work: Callable[[], Any]) -> float:
    """Return how many seconds a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def pipelines(corpus: Path, scratch: Path) -> dict[str, Callable[[], Any]]:
    """Return what is compared, by name; models are loaded before anything is timed."""
    number = itertools.count()
    embedder = open_embedder()
    embedder.embed(["warm"] * 100)
    exact: Any = open_embedder(EXACT_MODEL)
    exact.embed(["warm"])
    with Assistant.open(scratch / "first", embedder=embedder, settings=Settings(rerank=False)) as assistant:
        documents = [assistant.document(name) for name in assistant.documents()]
    chunks = [(d, c) for d in documents for c in split(d, embedder.token_spans, Settings().chunk_tokens)]
    texts = sorted((embedding_text(c, d.title, embedder.token_spans) for d, c in chunks), key=len, reverse=True)
    found: dict[str, Callable[[], Any]] = {
        "ours: build_index": lambda: build_index(corpus, scratch / f"index{next(number)}", embedder=embedder),
        "bare fp32 encode of our chunks": lambda: exact._model.encode(texts, batch_size=32, show_progress_bar=False),
    }
    plain = [document.text for document in documents]
    if importlib.util.find_spec("llama_index"):
        found["LlamaIndex, defaults"] = llama_index(plain)
    if importlib.util.find_spec("langchain_huggingface"):
        found["LangChain, defaults"] = langchain(plain)
    return found


def llama_index(texts: list[str]) -> Callable[[], Any]:
    """Return LlamaIndex's build of a VectorStoreIndex."""
    from llama_index.core import Document, Settings, VectorStoreIndex  # type: ignore[import-not-found]
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding  # type: ignore[import-not-found]

    Settings.embed_model = HuggingFaceEmbedding(model_name=str(_package_folder()), device="cpu")
    return lambda: VectorStoreIndex.from_documents([Document(text=text) for text in texts])


def langchain(texts: list[str]) -> Callable[[], Any]:
    """Return LangChain's build of an InMemoryVectorStore."""
    from langchain_core.vectorstores import InMemoryVectorStore  # type: ignore[import-not-found]
    from langchain_huggingface import HuggingFaceEmbeddings  # type: ignore[import-not-found]
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # type: ignore[import-not-found]

    embeddings = HuggingFaceEmbeddings(model_name=str(_package_folder()), model_kwargs={"device": "cpu"})
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    return lambda: InMemoryVectorStore.from_documents(splitter.create_documents(texts), embeddings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        corpus = scratch / "corpus"
        corpus.mkdir()
        for path in sorted(path for path in options.corpus.rglob("*") if path.is_file())[: options.documents]:
            shutil.copy(path, corpus / path.name)
        report = build_index(corpus, scratch / "first")
        compared = pipelines(corpus, scratch)
        seconds: dict[str, list[float]] = {name: [] for name in compared}
        for _ in range(options.rounds):
            for name, work in compared.items():
                seconds[name].append(timed(work))
        ours = statistics.median(seconds["ours: build_index"])
        print(f"{report.documents} documents, {report.chunks} chunks, {options.rounds} rounds\n")
        print("| build | seconds (median) | times ours |\n|---|---|---|")
        for name, values in seconds.items():
            middle = statistics.median(values)
            print(f"| {name} | {middle:.1f} ({', '.join(f'{value:.1f}' for value in values)}) | {middle / ours:.2f} |")
        ask(scratch / "first", options.questions, report.chunks)


def ask(index: Path, questions: Path, chunks: int) -> None:
    """Time ``retrieve`` with and without the reader beside the bare embedding of the question.

    They take turns, so that none finds the processor's caches warmer than another: in a loop of its own the embedding
    takes a third less.
    """
    embedder = open_embedder()
    items = [item.question for item in read_questions(questions)][:200]
    with (
        Assistant.open(index, embedder=embedder, settings=Settings(rerank=False)) as plain,
        Assistant.open(index, embedder=embedder) as reading,
    ):
        ways: dict[str, Callable[[str], Any]] = {
            "embedding of the question alone": lambda question: embedder.embed_questions([question]),
            "retrieve without the reader": lambda question: plain.retrieve(question, k=5),
            "retrieve": lambda question: reading.retrieve(question, k=5),
        }
        for _ in range(2):  # the first round warms
            times: dict[str, list[float]] = {name: [] for name in ways}
            for question in items:
                for name, way in ways.items():
                    times[name].append(timed(lambda q=question, way=way: way(q)))  # type: ignore[misc]
    print(f"\n| question, {chunks} chunks, warm | p50 (ms) | p95 (ms) |\n|---|---|---|")
    for name, values in times.items():
        cuts = statistics.quantiles(values, n=20)
        print(f"| {name} | {cuts[9] * 1000:.1f} | {cuts[18] * 1000:.1f} |")


if __name__ == "__main__":
    main()
