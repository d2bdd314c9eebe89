"""The corpus folder as organisers see it: what lies there, what the index made of it, and how files come and go."""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anyio import to_thread

from assistant.errors import IndexDamaged, IndexMissing, LoadError
from assistant.loaders.kinds import kind_of, named_kind
from assistant.plan import corpus_files
from assistant.status import describe
from assistant.store import read_pointer
from assistant.web.organiser_names import safe_name

_ROOM = 500_000_000
"""So many bytes stay free on the disk: a build needs them."""
_AT_ONCE = 4
_SCRATCH = ".upload-"
_LEFT = 3600.0
"""Seconds after which an upload's scratch file is what a crash has left."""


class Refused(Exception):
    """An upload or a deletion that is not done: the key of the words that say why, and what fills their places."""

    def __init__(self, status: int, key: str, **values: object) -> None:
        """Remember the HTTP status, the key and the values."""
        super().__init__(key)
        self.status, self.key, self.values = status, key, values


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the corpus or of the index: ``state`` is taken, new, changed, gone, duplicate or failed."""

    name: str
    state: str
    reason: str = ""

    @property
    def is_pending(self) -> bool:
        """Whether a build would change something about it."""
        return self.state in ("new", "changed", "gone")


@dataclass(slots=True)
class Shelf:
    """The files of a corpus folder and their state in an index; safe to use from several threads.

    ``most_bytes`` is the largest size of a file, ``most_files`` how many may be uploaded between two builds.
    """

    corpus: Path
    index: Path
    most_bytes: int
    most_files: int
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: tuple[object, list[Entry]] | None = None
    _coming: int = 0
    _uploaded: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Sweep what uploads that a crash broke off have left."""
        for path in self.corpus.glob(f"{_SCRATCH}*"):
            if time.time() - path.stat().st_mtime > _LEFT:
                path.unlink(missing_ok=True)

    def entries(self) -> list[Entry]:
        """Return all files by name; what they say is kept until the folder or the index changes."""
        key = self._signature()
        with self._lock:
            if self._known and self._known[0] == key:
                return self._known[1]
        found = self._found()
        with self._lock:
            self._known = key, found
        return found

    def built(self, names: set[str]) -> None:
        """Let these uploads count no longer: a build has looked at them."""
        with self._lock:
            self._uploaded -= names

    def uploaded(self) -> set[str]:
        """Return the names of the uploads that no build has looked at yet."""
        with self._lock:
            return set(self._uploaded)

    async def store(self, name: str, content: AsyncIterator[bytes], replaced: str = "") -> str:
        """Store an upload and return the name it was given: that of ``replaced``, if that is named.

        It is written beside the others under a hidden name, synced, checked by its content and only then renamed.
        Raises Refused; whatever ends it before the renaming leaves nothing behind.
        """
        target = self._target(name, replaced)
        self._enter(target.name)
        try:
            handle, scratch = tempfile.mkstemp(prefix=_SCRATCH, dir=self.corpus)
            try:
                with os.fdopen(handle, "wb") as file:
                    size = 0
                    async for part in content:
                        size += len(part)
                        if size > self.most_bytes:
                            raise Refused(413, "upload_too_large", size=self.most_bytes // 1_000_000)
                        file.write(part)
                    await to_thread.run_sync(_synced, file)
                await to_thread.run_sync(self._finish, Path(scratch), target, bool(replaced))
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(scratch)
        finally:
            with self._lock:
                self._coming -= 1
        return replaced or target.name

    def delete(self, name: str) -> None:
        """Delete a file of the corpus; raises Refused if there is none of this name."""
        path = self._path(name)
        if path is None:
            raise Refused(404, "delete_gone")
        with self._lock:
            path.unlink(missing_ok=True)
            _sync_folder(path.parent)
            self._uploaded.discard(name)

    def _target(self, name: str, replaced: str) -> Path:
        plain = safe_name(name)
        if not plain:
            raise Refused(422, "upload_no_name")
        kind = named_kind(plain)
        if kind is None:
            raise Refused(415, "upload_unknown", kind=plain.rpartition(".")[2] if "." in plain else plain)
        if not replaced:
            return self.corpus / plain
        path = self._path(replaced)
        if path is None:
            raise Refused(404, "delete_gone")
        if named_kind(replaced) != kind:
            raise Refused(415, "upload_other_kind", named=named_kind(replaced), found=kind)
        return path

    def _enter(self, name: str) -> None:
        """Count an upload in; raises Refused if there are too many of them, or no room."""
        if shutil.disk_usage(self.corpus).free < self.most_bytes + _ROOM:
            raise Refused(507, "upload_no_room")
        with self._lock:
            if self._coming >= _AT_ONCE:
                raise Refused(429, "upload_busy")
            if len(self._uploaded | {name}) + self._coming > self.most_files:
                raise Refused(429, "upload_too_many", count=self.most_files)
            self._coming += 1

    def _finish(self, scratch: Path, target: Path, replacing: bool) -> None:
        _check_kind(scratch.read_bytes(), target.name)
        with self._lock:
            taken = {path.name.casefold() for path in target.parent.iterdir()}
            if not replacing and target.name.casefold() in taken:
                raise Refused(409, "upload_taken")
            scratch.chmod(0o644)
            os.replace(scratch, target)
            _sync_folder(target.parent)
            self._uploaded.add(target.relative_to(self.corpus).as_posix())

    def _path(self, name: str) -> Path | None:
        """Return the file of a name that the folder's own listing has: a name is never made a path."""
        return next((path for path in corpus_files(self.corpus) if self._name(path) == name), None)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.corpus).as_posix().encode("utf-8", "backslashreplace").decode()

    def _signature(self) -> object:
        stats = ((self._name(path), path.stat()) for path in corpus_files(self.corpus))
        files = tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
        try:
            return files, read_pointer(self.index)["manifest_sha256"]
        except (IndexMissing, IndexDamaged) as error:
            return files, str(error)

    def _found(self) -> list[Entry]:
        present = {self._name(path) for path in corpus_files(self.corpus)}
        try:
            state = describe(self.corpus, self.index)
        except (IndexMissing, IndexDamaged):
            return [Entry(name, "new") for name in sorted(present)]
        return [_entry(name, state) for name in sorted(present | set(state["gone"]))]


def _entry(name: str, state: dict[str, Any]) -> Entry:
    """Return a file with its state by ``describe``."""
    for key in ("new", "changed", "gone"):
        if name in state[key]:
            return Entry(name, key)
    for key, word in (("failed", "failed"), ("duplicates", "duplicate")):
        if name in state[key]:
            return Entry(name, word, state[key][name])
    return Entry(name, "taken")


def _check_kind(data: bytes, name: str) -> None:
    named = named_kind(name)
    if not data.strip():
        raise Refused(415, "upload_unread", reason="the file is empty")
    try:
        found = kind_of(data, name)
    except LoadError as error:
        raise Refused(415, "upload_unread", reason=str(error)) from error
    if found != named:
        raise Refused(415, "upload_other_kind", named=named, found=found)


def _synced(file: Any) -> None:  # noqa: ANN401 - any binary file
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
