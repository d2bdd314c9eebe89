"""Brings an index up to date with its corpus: load → split → embed → store."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from assistant import duplicates, store
from assistant.embedder import Embedder, Vectors, open_embedder
from assistant.engine import address_of
from assistant.errors import BuildError, IndexDamaged, IndexMissing
from assistant.index import Index, IndexWriter
from assistant.loaders import READERS
from assistant.loaders.tools import tools
from assistant.parsing import Read, parse
from assistant.plan import Plan, make_plan
from assistant.report import build_report
from assistant.sandbox import Limits
from assistant.schema import BuildReport, Chunk, Document, Progress
from assistant.settings import Settings
from assistant.splitter import VERSION, embedding_text, split

Filled = TypeVar("Filled")

_STORED_AT_ONCE = 2048
_OF_ONE_GENERATION = ("format", "generation", "files", "milvus")
"""What a manifest says of its own generation alone."""
_ORIGIN = {
    "embedding_model": "the embedding model",
    "embedding_sha256": "the embedding model's weights",
    "chunk_tokens": "the setting chunk_tokens",
    "splitter": "the way documents are split",
    "readers": "the way documents are read",
}


def build_index(
    corpus: str | Path = "corpus",
    index: str | Path = "index",
    *,
    rebuild: bool = False,
    progress: Progress | None = None,
    settings: Settings | None = None,
    embedder: Embedder | None = None,
    limits: Limits | None = None,
) -> BuildReport:
    """Bring the index up to date with the corpus folder and report what was done, file by file.

    ``progress`` is called with (stage, done, total); ``limits`` are those of the reading of one file. Raises
    BuildError when nothing could be done at all; a file that can't be read stands in ``failed`` and the rest is built.
    """
    started = time.monotonic()
    corpus, index = Path(corpus), Path(index)
    settings = settings or Settings()
    model = embedder or open_embedder(settings.embedding_model, settings.threads)
    report = progress or (lambda stage, done, total: None)
    if not corpus.is_dir():
        raise BuildError(
            f"There is no corpus folder “{corpus}”; make it and put documents into it, or name another with --corpus."
        )
    with store.writing(index), _workers(settings, limits or Limits(), model) as (read, model):
        base, notice = (None, "") if rebuild else _base(index, _origin(model, settings))
        try:
            again, reason = _again(base)
            plan = make_plan(corpus, base, again, read, report)
            address = settings.vector_store or address_of(store.current_manifest(index))
            if base and not plan.changed and address == address_of(base.generation.manifest):
                return build_report(plan, base, 0, _since(started), "")
            made = {**_origin(model, settings), "tools": tools(), "dimension": model.dimension}
            embedded = _publish(index, base, address, made, lambda to: _fill(to, plan, base, model, settings, report))
        finally:
            if base:
                base.close()
        new = Index.open(index)
        try:
            return build_report(plan, new, embedded, _since(started), notice or reason)
        finally:
            new.close()


def migrate(index: str | Path, address: str) -> int:
    """Move an index's vectors to another vector store without embedding anew; return the new generation's number.

    ``address`` is ``faiss`` or ``milvus:…``. Raises SettingsError for another, BuildError, IndexMissing, IndexDamaged
    or VectorStoreUnavailable; the generation in use stays in use until all is moved.
    """
    index = Path(index)
    with store.writing(index):
        base = Index.open(index)
        try:
            manifest = base.generation.manifest
            made = {key: value for key, value in manifest.items() if key not in _OF_ONE_GENERATION}
            _publish(index, base, address, made, lambda to: None)
        finally:
            base.close()
        return store.latest_number(index)


@contextmanager
def _workers(settings: Settings, limits: Limits, embedder: Embedder) -> Iterator[tuple[Read, Embedder]]:
    """Give what reads files and what embeds: processes of this machine, or a Dask cluster."""
    if not settings.workers:
        yield partial(parse, limits=limits), embedder
        return
    from assistant.cluster import Cluster

    with Cluster(settings.workers, settings.embedding_model, embedder, limits) as cluster:
        yield cluster.read, cluster


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def _base(index: Path, origin: dict[str, object]) -> tuple[Index | None, str]:
    """Return the index to continue, if it can be continued, and else why it can't."""
    try:
        base = Index.open(index)
    except IndexMissing:
        return None, ""
    except IndexDamaged:
        return None, "The index was damaged or of another version of this program; everything was built anew."
    before = {"readers": READERS, **base.generation.manifest}
    for key, value in origin.items():
        if before.get(key) != value:
            base.close()
            change = f" (from {before.get(key)} to {value})" if key in ("embedding_model", "chunk_tokens") else ""
            return None, f"Since the last build, {_ORIGIN[key]} changed{change}; everything was built anew."
    return base, ""


def _origin(embedder: Embedder, settings: Settings) -> dict[str, object]:
    """Return what an index must have been made with to be continued."""
    return {
        "embedding_model": embedder.name,
        "embedding_sha256": embedder.sha256,
        "chunk_tokens": settings.chunk_tokens,
        "splitter": VERSION,
        "readers": READERS,
    }


def _again(base: Index | None) -> tuple[list[str], str]:
    """Return the files to read again though they did not change, and why: other programs can read them now."""
    if not base or base.generation.manifest.get("tools") == tools():
        return [], ""
    names = [name for name, (_, state, _) in base.files().items() if state == "failed"]
    names += [record.file for record in base.records() if record.metadata.get("pages_without_text")]
    reason = "This program, Tesseract or LibreOffice changed since the last build; files without text were tried again."
    return names, reason if names else ""


def _publish(
    index: Path, base: Index | None, address: str, made: dict[str, Any], fill: Callable[[IndexWriter], Filled]
) -> Filled:
    """Write a generation that goes on from the base, have ``fill`` bring it up to date, check it, make it current.

    ``made`` is what the manifest says of how it was made. Returns what ``fill`` does.
    """
    before = store.current_manifest(index)
    number = store.latest_number(index) + 1
    with store.told(index):
        folder = store.working_folder(index, number)
        writer = IndexWriter(folder, made["dimension"], base, address, before)
        try:
            filled = fill(writer)
            manifest = made | writer.finish(number)
        finally:
            writer.abandon()
        sealed = store.seal(number, folder, manifest)
        Index(sealed).close()
        store.publish(index, sealed)
        if writer.publish():
            store.announce(index)
        store.clean(index, number)
    writer.clean(store.numbers(index))
    return filled


def _fill(
    writer: IndexWriter, plan: Plan, base: Index | None, embedder: Embedder, settings: Settings, report: Progress
) -> int:
    """Carry out a plan, and return how many chunks were embedded."""
    chunks: list[Chunk] = []
    texts: list[str] = []
    titles: list[str] = []
    documents = [document for found in plan.documents.values() for document in found]
    for done, document in enumerate(documents):
        report("splitting", done, len(documents))
        for chunk in split(document, embedder.token_spans, settings.chunk_tokens):
            chunks.append(chunk)
            titles.append(document.title)
            texts.append(embedding_text(chunk, document.title, embedder.token_spans))
    keys = _keys(plan, base, chunks, texts)
    vectors, embedded = _vectors(texts, keys, base, embedder, report)
    for name in plan.removed + plan.updated:
        writer.remove_file(name)
    for name in sorted(plan.added + plan.updated):
        writer.add_file(
            name, plan.sums[name], plan.state(name), plan.duplicates.get(name) or plan.failed.get(name) or ""
        )
        for document in plan.documents.get(name, []):
            writer.add_document(name, document)
    for start in range(0, len(chunks), _STORED_AT_ONCE):
        part = slice(start, start + _STORED_AT_ONCE)
        report("storing", start, len(chunks))
        writer.add_chunks(chunks[part], titles[part], keys[part], vectors[part])
    _mark_near_duplicates(writer, plan, base, documents)
    return embedded


def _keys(plan: Plan, base: Index | None, chunks: list[Chunk], texts: list[str]) -> list[str]:
    """Return the key of each text to embed; a moved file's chunks keep theirs, even if its title was its old name."""
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    if not base or not plan.moved:
        return keys
    sources = {
        document.id: plan.moved[name] + document.id.removeprefix(name)
        for name in plan.moved
        for document in plan.documents[name]
    }
    places = {id: base.places(source) for id, source in sources.items()}
    for position, chunk in enumerate(chunks):
        old = places.get(chunk.document, {}).get((chunk.start, chunk.end))
        keys[position] = old[1] if old else keys[position]
    return keys


def _vectors(
    texts: list[str], keys: list[str], base: Index | None, embedder: Embedder, report: Progress
) -> tuple[Vectors, int]:
    """Return the vectors of all texts, those of unchanged ones taken from the base, and how many were embedded."""
    vectors = np.zeros((len(texts), embedder.dimension), dtype=np.float32)
    known = base.embedded(list(dict.fromkeys(keys))) if base else {}
    old = [i for i, key in enumerate(keys) if key in known]
    if base and old:
        vectors[old] = base.vectors([known[keys[i]] for i in old])
    new = [i for i, key in enumerate(keys) if key not in known]
    if new:
        report("embedding", 0, len(new))
        vectors[new] = embedder.embed([texts[i] for i in new], lambda done: report("embedding", done, len(new)))
    return vectors, len(new)


def _mark_near_duplicates(writer: IndexWriter, plan: Plan, base: Index | None, documents: list[Document]) -> None:
    """Compare all documents, new and old, and bring the notes of near duplicates up to date."""
    gone = {*plan.removed, *plan.updated}
    kept = {record.document: record for record in base.records() if record.file not in gone} if base else {}
    sketches = {name: np.frombuffer(own, np.uint32) for name, own in (base.sketches() if base else {}).items()}
    sketches = {name: own for name, own in sketches.items() if name in kept}
    fresh = {document.id: duplicates.sketch(document.text) for document in documents}
    if base:
        fresh |= {name: duplicates.sketch(base.document(name).text) for name in kept.keys() - sketches.keys()}
    for name, own in fresh.items():
        writer.add_sketch(name, own.tobytes())
    alike = duplicates.near_duplicates(sketches | fresh)
    for name in sketches | fresh:
        before = kept[name].metadata.get("near_duplicate_of") if name in kept else None
        if alike.get(name) != before:
            writer.mark_near_duplicate(name, alike.get(name))
