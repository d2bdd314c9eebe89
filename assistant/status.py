"""What an index holds, whether it is sound, and whether it is up to date with its corpus."""

from pathlib import Path
from typing import Any

from assistant.index import Index
from assistant.plan import corpus_sums
from assistant.soundness import check_sound


def describe(corpus: Path, index: Path, *, check: bool = False) -> dict[str, Any]:
    """Return the state of an index as JSON values; opening it verifies every file's checksum.

    ``check`` also compares every chunk with its document's text, its words and its vector.
    Raises IndexMissing or IndexDamaged.
    """
    opened = Index.open(index)
    try:
        if check:
            check_sound(opened)
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
