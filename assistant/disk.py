"""The doors through which an index is written: each change of the disk is one call here.

So tests can log them, count them and let any of them fail. SQLite alone writes its own file; that comes through here
when it is synced. What an engine other than FAISS keeps, it keeps elsewhere.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def make_folder(path: Path) -> None:
    """Make one folder and have its name on the disk."""
    os.mkdir(path)
    sync(path.parent)


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """Write a new file inside the ``with``; it is on the disk when that ends."""
    with open(path, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Have a file's content, or the names in a folder, on the disk before this returns."""
    if path.is_dir() and sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rename(old: Path, new: Path) -> None:
    """Give a file or folder another name in one step; a file that had that name is replaced."""
    os.replace(old, new)


def remove(folder: Path) -> None:
    """Remove a folder and all in it."""
    shutil.rmtree(folder, ignore_errors=sys.platform == "win32")
