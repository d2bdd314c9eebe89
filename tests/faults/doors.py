"""What stands in for the system's calls in ``assistant.disk``: it logs each, or lets one fail."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from unittest.mock import patch

Before = Callable[[str, Path], None]
"""Called with the name of an operation and its place before it is done; may raise."""
After = Callable[..., None]
"""Called with the name of an operation, its place, and for a rename the new place, once it is done."""


def _nothing(*_: object) -> None:
    return None


class Doors:
    """Stands in for ``os``, ``shutil`` and ``open`` of one module."""

    O_RDONLY = os.O_RDONLY

    def __init__(self, before: Before = _nothing, after: After = _nothing) -> None:
        self._before, self._after = before, after

    def mkdir(self, path: Path) -> None:
        self._before("mkdir", path)
        os.mkdir(path)
        self._after("mkdir", path)

    def replace(self, old: Path, new: Path) -> None:
        self._before("rename", old)
        os.replace(old, new)
        self._after("rename", old, new)

    def rmtree(self, path: Path, **options: Any) -> None:
        self._before("remove", path)
        shutil.rmtree(path, **options)
        self._after("remove", path)

    def open(self, path: Path, flags: int) -> int:
        return os.open(path, flags)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def fsync(self, descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        self._before("fsync", path)
        self._after("fsync", path)

    def open_file(self, path: Path, mode: str) -> "_File":
        self._before("create", path)
        file = open(path, mode)
        self._after("create", path)
        return _File(file, path, self._before, self._after)


class _File:
    def __init__(self, file: IO[Any], path: Path, before: Before, after: After) -> None:
        self._file, self._path, self._before, self._after = file, path, before, after

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, content: bytes) -> int:
        self._before("write", self._path)
        return self._file.write(content)

    def flush(self) -> None:
        self._file.flush()
        self._after("write", self._path)

    def fileno(self) -> int:
        return self._file.fileno()


@contextmanager
def through(doors: Doors) -> Iterator[None]:
    """Have the index written through these doors."""
    with (
        patch("assistant.disk.os", doors),
        patch("assistant.disk.shutil", doors),
        patch("assistant.disk.open", doors.open_file, create=True),
    ):
        yield
