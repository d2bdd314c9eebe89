"""Generations on disk: a new one is made beside the old, synced, checked, and made current in one step.

    index/LOCK                            held by the one writer
    index/CURRENT                         which generation is current, and its manifest's SHA-256
    index/generations/00000042/           never changed once published
        manifest.json                     what made it, and the size and SHA-256 of each of its files
    index/generations/working-…/          a build in progress, or what a crash left of one (swept)

The pattern is that of LevelDB's CURRENT and Lucene's commit points. Files must lie on a local disk.

A generation that can't be trusted is refused, though an older one may be whole: that may hold a document which was
taken out since, and a build makes a new one from the documents. Who has an older one open goes on with it.
"""

import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from assistant import disk
from assistant.errors import BuildError, IndexDamaged, IndexMissing

if sys.platform != "win32":
    import fcntl

FORMAT = 1
RECORDS = "documents.sqlite"
"""The file of a generation with documents, chunks and their words."""
_KEEP = 2
_ATTEMPTS = 20
_REBUILD = "run: assistant build --rebuild"


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation: its number, folder and manifest; ``hold`` keeps it from being cleaned away."""

    number: int
    folder: Path
    manifest: dict[str, Any]
    hold: IO[bytes]


@contextmanager
def writing(index: Path) -> Iterator[None]:
    """Hold the index's writer lock, and sweep what earlier builds left unfinished.

    Raises BuildError if another build holds it or the folder can't be written.
    """
    try:
        _make_folders(index)
        lock = FileLock(index / "LOCK", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise BuildError(f"Another build of “{index}” is running; wait until it has ended.") from error
    except OSError as error:
        raise BuildError(
            f"The index folder “{index}” can't be written ({error.strerror}); choose another with --index."
        ) from error
    try:
        with told(index):
            _sweep(index)
        yield
    finally:
        lock.release()


@contextmanager
def told(index: Path) -> Iterator[None]:
    """Raise a BuildError that says so when the disk fails inside the ``with``."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BuildError(
            f"The index “{index}” could not be written ({reason}); see to its disk, then run: assistant build"
        ) from error


def working_folder(index: Path, number: int) -> Path:
    """Make and return an empty folder for the files of generation ``number``."""
    folder = index / "generations" / f"working-{number:08d}"
    _make_folders(folder.parent)
    disk.make_folder(folder)
    return folder


def seal(number: int, folder: Path, manifest: dict[str, Any]) -> Generation:
    """Sync the files in ``folder`` and list their checksums: generation ``number``, not yet current, to be checked."""
    files = {}
    for path in sorted(folder.iterdir()):
        disk.sync(path)
        files[path.name] = {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
    whole = {"format": FORMAT, "generation": number, "files": files, **manifest}
    path = folder / "manifest.json"
    with disk.writing(path) as file:
        file.write(json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True).encode())
    disk.sync(folder)
    return Generation(number, folder, whole, open(path, "rb"))


def publish(index: Path, sealed: Generation) -> None:
    """Make a sealed generation the current one: give it its name, then switch."""
    target = index / "generations" / f"{sealed.number:08d}"
    disk.rename(sealed.folder, target)
    disk.sync(target.parent)
    current = {"generation": sealed.number, "manifest_sha256": file_sha256(target / "manifest.json")}
    replace_file(index / "CURRENT", json.dumps(current).encode())


def announce(index: Path) -> None:
    """Have readers look again what is current, by a new ``signature``; CURRENT says what it said."""
    replace_file(index / "CURRENT", (index / "CURRENT").read_bytes())


def open_current(index: Path) -> Generation:
    """Return the current generation, its manifest checked and held against cleaning.

    Raises IndexMissing where there is none and IndexDamaged where it can't be trusted.
    """
    for _ in range(_ATTEMPTS):
        pointer = read_pointer(index)
        folder = index / "generations" / f"{pointer['generation']:08d}"
        try:
            return _held(index, pointer["generation"], folder, pointer["manifest_sha256"])
        except FileNotFoundError:
            if read_pointer(index) == pointer:
                raise IndexDamaged(f"The index “{index}” lacks its manifest; {_REBUILD}") from None
    raise IndexDamaged(f"The index “{index}” changes faster than it can be opened; try again.")


def open_other(index: Path, number: int) -> Generation | None:
    """Return another generation than the current one, held against cleaning; None if it isn't there.

    Raises IndexDamaged where it can't be trusted.
    """
    folder = index / "generations" / f"{number:08d}"
    try:
        return _held(index, number, folder)
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


def _held(index: Path, number: int, folder: Path, sha256: str = "") -> Generation:
    """Return a generation, held against cleaning, its manifest checked, and its SHA-256 if one is given.

    Raises FileNotFoundError where there is none or it was removed meanwhile, IndexDamaged where it can't be trusted.
    """
    with ExitStack() as stack, _reading(index):
        hold = stack.enter_context(open(folder / "manifest.json", "rb"))
        _share(hold)
        if not os.path.samestat(os.fstat(hold.fileno()), os.stat(hold.name)):
            raise FileNotFoundError(hold.name)
        manifest = _manifest(index, hold.read(), sha256)
        stack.pop_all()
        return Generation(number, folder, manifest, hold)


def read_pointer(index: Path) -> dict[str, Any]:
    """Return what CURRENT says; raises IndexMissing or IndexDamaged."""
    try:
        with _reading(index):
            pointer = json.loads((index / "CURRENT").read_bytes())
        return {"generation": int(pointer["generation"]), "manifest_sha256": str(pointer["manifest_sha256"])}
    except (FileNotFoundError, NotADirectoryError):
        raise IndexMissing(f"There is no index in “{index}” yet; run: assistant build --index {index}") from None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise IndexDamaged(f"The file CURRENT of the index “{index}” is damaged; {_REBUILD}") from error


def signature(index: Path) -> tuple[int, ...] | None:
    """Return what differs whenever another generation has become current: microseconds, without reading a file."""
    try:
        status = os.stat(index / "CURRENT")
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size


def verify(generation: Generation) -> None:
    """Check size and SHA-256 of every file of a generation; raises IndexDamaged."""
    for name, expected in generation.manifest["files"].items():
        path = generation.folder / name
        if not path.is_file():
            raise IndexDamaged(f"The index file “{path}” is missing; {_REBUILD}")
        with _reading(path):
            sound = path.stat().st_size == expected["bytes"] and file_sha256(path) == expected["sha256"]
        if not sound:
            raise IndexDamaged(f"The index file “{path}” was altered or cut; {_REBUILD}")


def latest_number(index: Path) -> int:
    """Return the highest number that any generation has or had, 0 if there was none."""
    try:
        current = int(read_pointer(index)["generation"])
    except (IndexMissing, IndexDamaged):
        current = 0
    return max([current, *(int(folder.name) for folder in _generations(index))])


def numbers(index: Path) -> set[int]:
    """Return the numbers of all published generations that are still there."""
    return {int(folder.name) for folder in _generations(index)}


def clean(index: Path, current: int) -> None:
    """Remove generations older than the last two, except those that a reader holds."""
    for folder in _generations(index)[:-_KEEP]:
        if int(folder.name) != current:
            _remove_unheld(folder)


def _sweep(index: Path) -> None:
    """Remove what builds that failed have left: working folders, and generations that never became current."""
    for orphan in (index / "generations").glob("working-*"):
        disk.remove(orphan)
    try:
        current = int(read_pointer(index)["generation"])
    except (IndexMissing, IndexDamaged):
        return
    for folder in _generations(index):
        if int(folder.name) > current:
            _remove_unheld(folder)


def _remove_unheld(folder: Path) -> None:
    """Remove a generation unless a reader holds it; none can take hold of it meanwhile, or find a part of it."""
    with ExitStack() as stack:
        if sys.platform != "win32":
            try:
                file = stack.enter_context(open(folder / "manifest.json", "rb"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except FileNotFoundError:
                pass
            except BlockingIOError:
                return
        gone = folder.with_name(f"working-removed-{folder.name}")
        disk.rename(folder, gone)
        disk.remove(gone)


def _make_folders(path: Path) -> None:
    if not path.is_dir():
        _make_folders(path.parent)
        try:
            disk.make_folder(path)
        except FileExistsError:
            if not path.is_dir():
                raise


@contextmanager
def _reading(place: Path) -> Iterator[None]:
    """Raise an IndexDamaged that says so when the disk or a want of rights keeps a file from being read."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise IndexDamaged(
            f"The index “{place}” can't be read ({error.strerror}); see to its disk and your rights, then run: "
            "assistant build"
        ) from error


def _manifest(index: Path, content: bytes, sha256: str) -> dict[str, Any]:
    """Return a manifest once it is found to be whole and of this format; raises IndexDamaged."""
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise IndexDamaged(f"The manifest of the index “{index}” was altered; {_REBUILD}")
    try:
        manifest: dict[str, Any] = json.loads(content)
        found = manifest["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise IndexDamaged(f"The index “{index}” was not made by this program; {_REBUILD}") from error
    if found != FORMAT:
        raise IndexDamaged(f"The index “{index}” has format {found}, this program reads {FORMAT}; {_REBUILD}")
    if not _complete(manifest):
        raise IndexDamaged(f"The manifest of the index “{index}” is incomplete; {_REBUILD}")
    return manifest


def _complete(manifest: dict[str, Any]) -> bool:
    """Tell whether a manifest says all that readers rely on."""
    files = manifest.get("files")
    return (
        all(isinstance(manifest.get(key), int) for key in ("documents", "chunks", "dimension"))
        and all(isinstance(manifest.get(key), str) for key in ("embedding_model", "embedding_sha256"))
        and isinstance(files, dict)
        and all(
            isinstance(item, dict) and isinstance(item.get("bytes"), int) and isinstance(item.get("sha256"), str)
            for item in files.values()
        )
        and _complete_place(manifest.get("milvus"))
    )


def _complete_place(place: object) -> bool:
    """Tell whether what a manifest says of a vector store, if anything, is enough to find it."""
    return place is None or (
        isinstance(place, dict)
        and place.keys() == {"address", "alias", "collection"}
        and all(isinstance(value, str) for value in place.values())
    )


def _generations(index: Path) -> list[Path]:
    """Return the folders of all published generations, the oldest first."""
    return sorted(folder for folder in (index / "generations").glob("[0-9]*") if folder.name.isdigit())


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def model_sha256(path: Path) -> str:
    """Return the SHA-256 of a model's file, reckoned once for each of its states: it is large, and asked for often."""
    state = path.stat()
    return _sha256(path, state.st_size, state.st_mtime_ns)


@cache
def _sha256(path: Path, _size: int, _changed: int) -> str:
    return file_sha256(path)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file in one step: whoever opens it finds what was there before or all of the new content."""
    new = path.with_name(f"{path.name}.new")
    with disk.writing(new) as file:
        file.write(content)
    disk.rename(new, path)
    disk.sync(path.parent)


def _share(file: IO[bytes]) -> None:
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_SH)
