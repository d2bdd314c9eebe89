"""Generations on disk: a new one is made beside the old, synced, checked, and made current in one step.

    index/LOCK                            held by the one writer
    index/CURRENT                         which generation is current, and its manifest's SHA-256
    index/generations/00000042/           never changed once published
        manifest.json                     what made it, and the size and SHA-256 of each of its files
    index/generations/working-…/          a build in progress, or what a crash left of one (swept)

The pattern is that of LevelDB's CURRENT and Lucene's commit points. Files must lie on a local disk.
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from assistant.errors import BuildError, IndexDamaged, IndexMissing

if sys.platform != "win32":
    import fcntl

FORMAT = 1
RECORDS = "documents.sqlite"
"""The file of a generation with documents, chunks and their words."""
_KEEP = 2
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Generation:
    """A published generation: its number, folder and manifest; ``hold`` keeps it from being cleaned away."""

    number: int
    folder: Path
    manifest: dict[str, Any]
    hold: IO[bytes]


@contextmanager
def writing(index: Path) -> Iterator[None]:
    """Hold the index's writer lock; raises BuildError if another build holds it or the folder can't be written."""
    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / "LOCK", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise BuildError(f"Another build of “{index}” is running; wait until it has ended.") from error
    except OSError as error:
        raise BuildError(
            f"The index folder “{index}” can't be written ({error.strerror}); choose another with --index."
        ) from error
    try:
        for orphan in (index / "generations").glob("working-*"):
            shutil.rmtree(orphan)
        yield
    finally:
        lock.release()


def working_folder(index: Path, number: int) -> Path:
    """Make and return an empty folder for the files of generation ``number``."""
    folder = index / "generations" / f"working-{number:08d}"
    folder.mkdir(parents=True)
    return folder


def publish(index: Path, number: int, folder: Path, manifest: dict[str, Any]) -> None:
    """Make the files in ``folder`` the current generation: sync, list their checksums, rename, switch."""
    files = {}
    for path in sorted(folder.iterdir()):
        _sync(path)
        files[path.name] = {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
    content = json.dumps(
        {"format": FORMAT, "generation": number, "files": files, **manifest},
        ensure_ascii=False,
        indent=1,
        sort_keys=True,
    ).encode()
    _write(folder / "manifest.json", content)
    _sync(folder)
    target = index / "generations" / f"{number:08d}"
    os.rename(folder, target)
    _sync(target.parent)
    current = json.dumps({"generation": number, "manifest_sha256": hashlib.sha256(content).hexdigest()}).encode()
    _write(index / "CURRENT.new", current)
    os.replace(index / "CURRENT.new", index / "CURRENT")
    _sync(index)


def open_current(index: Path) -> Generation:
    """Return the current generation, its manifest checked and held against cleaning.

    Raises IndexMissing where there is none and IndexDamaged where it can't be trusted.
    """
    for _ in range(_ATTEMPTS):
        pointer = read_pointer(index)
        folder = index / "generations" / f"{pointer['generation']:08d}"
        try:
            hold = open(folder / "manifest.json", "rb")
        except FileNotFoundError:
            if read_pointer(index) == pointer:
                raise IndexDamaged(f"The index “{index}” lacks its manifest; run: assistant build --rebuild") from None
            continue
        return _opened(index, folder, hold, pointer["manifest_sha256"])
    raise IndexDamaged(f"The index “{index}” changes faster than it can be opened; try again.")


def open_other(index: Path, number: int) -> Generation | None:
    """Return another generation than the current one, held against cleaning; None if it isn't there.

    Raises IndexDamaged if it is of another format.
    """
    folder = index / "generations" / f"{number:08d}"
    try:
        return _opened(index, folder, open(folder / "manifest.json", "rb"))
    except FileNotFoundError:
        return None


def current_manifest(index: Path) -> dict[str, Any]:
    """Return the current generation's manifest, empty where there is none that can be read."""
    try:
        generation = open_current(index)
    except (IndexMissing, IndexDamaged):
        return {}
    generation.hold.close()
    return generation.manifest


def _opened(index: Path, folder: Path, hold: IO[bytes], sha256: str = "") -> Generation:
    """Return the generation whose manifest is open in ``hold``, and has that SHA-256 if one is given."""
    _share(hold)
    content = hold.read()
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        hold.close()
        raise IndexDamaged(f"The manifest of the index “{index}” was altered; run: assistant build --rebuild")
    manifest = json.loads(content)
    if manifest["format"] != FORMAT:
        hold.close()
        raise IndexDamaged(
            f"The index “{index}” has format {manifest['format']}, this program reads {FORMAT}; "
            "run: assistant build --rebuild"
        )
    return Generation(int(folder.name), folder, manifest, hold)


def read_pointer(index: Path) -> dict[str, Any]:
    """Return what CURRENT says; raises IndexMissing or IndexDamaged."""
    try:
        pointer = json.loads((index / "CURRENT").read_bytes())
        return {"generation": int(pointer["generation"]), "manifest_sha256": str(pointer["manifest_sha256"])}
    except (FileNotFoundError, NotADirectoryError):
        raise IndexMissing(f"There is no index in “{index}” yet; run: assistant build --index {index}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise IndexDamaged(
            f"The file CURRENT of the index “{index}” is damaged; run: assistant build --rebuild"
        ) from error


def verify(generation: Generation) -> None:
    """Check size and SHA-256 of every file of a generation; raises IndexDamaged."""
    for name, expected in generation.manifest["files"].items():
        path = generation.folder / name
        if not path.is_file():
            raise IndexDamaged(f"The index file “{path}” is missing; run: assistant build --rebuild")
        if path.stat().st_size != expected["bytes"] or file_sha256(path) != expected["sha256"]:
            raise IndexDamaged(f"The index file “{path}” was altered or cut; run: assistant build --rebuild")


def latest_number(index: Path) -> int:
    """Return the highest number that any generation in the folder bears, 0 if there is none."""
    return max(numbers(index), default=0)


def numbers(index: Path) -> set[int]:
    """Return the numbers of all published generations that are still there."""
    return {int(folder.name) for folder in _generations(index)}


def clean(index: Path, current: int) -> None:
    """Remove generations older than the last two, except those that a reader holds."""
    for folder in _generations(index)[:-_KEEP]:
        if int(folder.name) != current and not _held(folder / "manifest.json"):
            shutil.rmtree(folder, ignore_errors=sys.platform == "win32")


def _generations(index: Path) -> list[Path]:
    """Return the folders of all published generations, the oldest first."""
    return sorted(folder for folder in (index / "generations").glob("[0-9]*") if folder.name.isdigit())


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    if path.is_dir() and sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _share(file: IO[bytes]) -> None:
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_SH)


def _held(manifest: Path) -> bool:
    if sys.platform == "win32" or not manifest.exists():
        return False
    with open(manifest, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
