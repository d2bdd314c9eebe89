"""The files that documents were read from, and whether they are still what was read."""

import hashlib
import threading
from pathlib import Path
from typing import Literal

from assistant.errors import DocumentMissing
from assistant.schema import Document
from assistant.store import file_sha256

FileState = Literal["current", "changed", "gone", "inside"]
_Stamp = tuple[int, int]


class Originals:
    """The corpus folder as it is now; a file is summed again only when its time or size has changed."""

    def __init__(self, corpus: str) -> None:
        """Look into the folder ``corpus``."""
        self._corpus = Path(corpus)
        self._lock = threading.Lock()
        self._sums: dict[Path, tuple[_Stamp, str]] = {}

    def state(self, document: Document) -> FileState:
        """Return whether the document's file is the one that was read, another, no more there, or inside another."""
        path = self._corpus / document.id
        if path.is_file():
            return "current" if self._sum(path) == document.sha256 else "changed"
        above = [parent for parent in path.parents if parent != self._corpus and parent.is_relative_to(self._corpus)]
        return "inside" if any(parent.is_file() for parent in above) else "gone"

    def read(self, document: Document) -> bytes:
        """Return the file's bytes; raises DocumentMissing unless it is the very file that was read."""
        path = self._corpus / document.id
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DocumentMissing(
                f"The file of “{document.id}” can't be read; put it back into {self._corpus}."
            ) from error
        if hashlib.sha256(data).hexdigest() != document.sha256:
            raise DocumentMissing(f"The file of “{document.id}” has changed since it was indexed; run: assistant build")
        return data

    def _sum(self, path: Path) -> str:
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            with self._lock:
                known = self._sums.get(path)
            if known and known[0] == stamp:
                return known[1]
            found = file_sha256(path)
        except OSError:
            return ""
        with self._lock:
            self._sums[path] = (stamp, found)
        return found
