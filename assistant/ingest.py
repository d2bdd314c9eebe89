"""Brings an index up to date with its corpus: load → split → embed → store."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant import store
from assistant.embedder import Embedder, SentenceTransformerEmbedder, Vectors, file_sha256
from assistant.errors import BuildError, IndexDamaged, IndexMissing, LoadError
from assistant.index import Index, IndexWriter
from assistant.loaders import load
from assistant.schema import BuildItem, BuildReport, Chunk, Document, Progress
from assistant.settings import Settings
from assistant.splitter import VERSION, embedding_text, split

_STORED_AT_ONCE = 2048


def build_index(
    corpus: str | Path = "corpus",
    index: str | Path = "index",
    *,
    rebuild: bool = False,
    progress: Progress | None = None,
    settings: Settings | None = None,
    embedder: Embedder | None = None,
) -> BuildReport:
    """Bring the index up to date with the corpus folder and report what was done, file by file.

    ``progress`` is called with (stage, done, total). Raises BuildError when nothing could be done at all;
    a file that can't be read stands in ``failed`` and the rest is built.
    """
    started = time.monotonic()
    corpus, index = Path(corpus), Path(index)
    settings = settings or Settings()
    model: Embedder = embedder or SentenceTransformerEmbedder(settings.embedding_model, settings.threads)
    report = progress or (lambda stage, done, total: None)
    if not corpus.is_dir():
        raise BuildError(
            f"There is no corpus folder “{corpus}”; make it and put documents into it, or name another with --corpus."
        )
    with store.writing(index):
        base = None if rebuild else _base(index, model, settings)
        try:
            plan = _plan(corpus, base, report)
            if base and not plan.changed:
                return _report(plan, base, 0, started)
            number = store.latest_number(index) + 1
            folder = store.working_folder(index, number)
            embedded, manifest = _write(folder, plan, base, model, settings, report)
            store.publish(index, number, folder, manifest)
        finally:
            if base:
                base.close()
        store.clean(index, number)
        new = Index.open(index)
        try:
            return _report(plan, new, embedded, started)
        finally:
            new.close()


@dataclass(slots=True)
class _Plan:
    """What a build has to do, by path of file."""

    sums: dict[str, str] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    duplicates: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    documents: dict[str, list[Document]] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return bool(self.added or self.updated or self.removed)


def corpus_files(corpus: Path) -> Iterator[Path]:
    """Yield the files of a corpus folder in stable order; hidden ones and links out of the folder are passed over."""
    root = corpus.resolve()
    for path in sorted(corpus.rglob("*")):
        hidden = any(part.startswith((".", "~$")) for part in path.relative_to(corpus).parts)
        if not hidden and path.is_file() and path.resolve().is_relative_to(root):
            yield path


def _base(index: Path, embedder: Embedder, settings: Settings) -> Index | None:
    try:
        base = Index.open(index)
    except (IndexMissing, IndexDamaged):
        return None
    if any(base.generation.manifest.get(key) != value for key, value in _origin(embedder, settings).items()):
        base.close()
        return None
    return base


def _origin(embedder: Embedder, settings: Settings) -> dict[str, object]:
    """Return what an index must have been made with to be continued."""
    return {
        "embedding_model": embedder.name,
        "embedding_sha256": embedder.sha256,
        "chunk_tokens": settings.chunk_tokens,
        "splitter": VERSION,
    }


def _plan(corpus: Path, base: Index | None, report: Progress) -> _Plan:
    known = base.files() if base else {}
    plan = _Plan()
    paths = list(corpus_files(corpus))
    seen: dict[str, str] = {}
    for done, path in enumerate(paths):
        report("reading", done, len(paths))
        name = path.relative_to(corpus).as_posix()
        sha256 = plan.sums[name] = file_sha256(path)
        before = known.get(name)
        first = seen.setdefault(sha256, name)
        state = "duplicate" if first != name else "taken"
        if before and before[0] == sha256 and before[1] in (state, "failed"):
            plan.unchanged.append(name)
            if before[1] == "failed":
                plan.failed[name] = before[2]
            elif state == "duplicate":
                plan.duplicates[name] = before[2]
            continue
        (plan.updated if before else plan.added).append(name)
        if state == "duplicate":
            plan.duplicates[name] = f"has the same content as {first}"
            continue
        try:
            plan.documents[name] = load(path, name)
        except LoadError as error:
            plan.failed[name] = str(error)
    report("reading", len(paths), len(paths))
    plan.removed = sorted(known.keys() - plan.sums.keys())
    if paths and len(plan.failed) == len(paths):
        raise BuildError(
            f"None of the {len(paths)} files in “{corpus}” could be read. The first: {next(iter(plan.failed.values()))}"
        )
    if not paths and not known:
        raise BuildError(f"The corpus folder “{corpus}” is empty; put documents into it and build again.")
    return plan


def _write(
    folder: Path, plan: _Plan, base: Index | None, embedder: Embedder, settings: Settings, report: Progress
) -> tuple[int, dict[str, object]]:
    """Fill a generation's folder; return how many chunks were embedded, and the manifest's own part."""
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
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    vectors, embedded = _vectors(texts, keys, base, embedder, report)
    writer = IndexWriter(folder, embedder.dimension, base)
    try:
        for name in plan.removed + plan.updated:
            writer.remove_file(name)
        for name in sorted(plan.added + plan.updated):
            state = "duplicate" if name in plan.duplicates else "failed" if name in plan.failed else "taken"
            writer.add_file(name, plan.sums[name], state, plan.duplicates.get(name) or plan.failed.get(name) or "")
            for document in plan.documents.get(name, []):
                writer.add_document(name, document)
        for start in range(0, len(chunks), _STORED_AT_ONCE):
            part = slice(start, start + _STORED_AT_ONCE)
            report("storing", start, len(chunks))
            writer.add_chunks(chunks[part], titles[part], keys[part], vectors[part])
        counts = writer.finish()
    finally:
        writer.abandon()
    manifest = {**_origin(embedder, settings), "dimension": embedder.dimension, **counts}
    return embedded, manifest


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


def _report(plan: _Plan, index: Index, embedded: int, started: float) -> BuildReport:
    items = index.items()

    def listed(names: list[str]) -> list[BuildItem]:
        skipped = plan.duplicates.keys() | plan.failed.keys()
        return [items.get(name, BuildItem(name)) for name in names if name not in skipped]

    return BuildReport(
        added=listed(plan.added),
        updated=listed(plan.updated),
        unchanged=listed(plan.unchanged),
        removed=[BuildItem(name) for name in plan.removed],
        duplicates=[BuildItem(name, reason) for name, reason in plan.duplicates.items()],
        failed=[BuildItem(name, reason) for name, reason in plan.failed.items()],
        documents=int(index.generation.manifest["documents"]),
        chunks=index.count,
        embedded=embedded,
        seconds=round(time.monotonic() - started, 3),
        generation=index.number,
    )
