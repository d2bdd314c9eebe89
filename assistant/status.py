"""What an index holds, whether it is sound, and whether it is up to date with its corpus."""

from pathlib import Path
from typing import Any

from assistant.errors import IndexDamaged
from assistant.index import Index
from assistant.plan import corpus_sums


def describe(corpus: Path, index: Path, *, check: bool = False) -> dict[str, Any]:
    """Return the state of an index as JSON values; opening it verifies every file's checksum.

    ``check`` also compares every chunk with its document's text and counts words and vectors.
    Raises IndexMissing or IndexDamaged.
    """
    opened = Index.open(index)
    try:
        if check:
            _check(opened)
        manifest = opened.generation.manifest
        files = opened.files()
        now = {name: sha256 for name, (_, sha256) in corpus_sums(corpus).items()} if corpus.is_dir() else {}
        new = sorted(now.keys() - files.keys())
        gone = sorted(files.keys() - now.keys())
        changed = sorted(name for name in now.keys() & files.keys() if now[name] != files[name][0])
        return {
            "generation": opened.number,
            "documents": manifest["documents"],
            "chunks": manifest["chunks"],
            "embedding_model": manifest["embedding_model"],
            "embedding_sha256": manifest["embedding_sha256"],
            "dimension": manifest["dimension"],
            "bytes": sum(item["bytes"] for item in manifest["files"].values()),
            "sound": True,
            "checked": check,
            "up_to_date": not (new or changed or gone),
            "new": new,
            "changed": changed,
            "gone": gone,
            "failed": {name: reason for name, (_, state, reason) in files.items() if state == "failed"},
            "duplicates": {name: reason for name, (_, state, reason) in files.items() if state == "duplicate"},
        }
    finally:
        opened.close()


def _check(index: Index) -> None:
    total = 0
    for name in index.titles():
        text = index.document(name).text
        for chunk in index.chunks_of(name):
            total += 1
            if text[chunk.start : chunk.end] != chunk.text:
                raise IndexDamaged(f"A chunk of “{name}” is not where the index says; run: assistant build --rebuild")
    if total != index.count:
        raise IndexDamaged(f"The index has {total} chunks but {index.count} vectors; run: assistant build --rebuild")
