"""Waits for a folder to change: it is looked over once a second, which works on every system and network drive."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from assistant.plan import corpus_files

_SECOND = 1.0

State = dict[Path, tuple[int, int]]


def changes(corpus: Path, pause: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Yield whenever the folder's files have changed since the last time and then stayed the same for a second."""
    known = _state(corpus)
    while True:
        pause(_SECOND)
        now = _state(corpus)
        if now == known:
            continue
        while (later := _after(corpus, pause)) != now:
            now = later
        known = now
        yield


def _after(corpus: Path, pause: Callable[[float], None]) -> State:
    pause(_SECOND)
    return _state(corpus)


def _state(corpus: Path) -> State:
    """Return size and time of change of each file."""
    found = {}
    for path in corpus_files(corpus):
        try:
            status = path.stat()
        except OSError:
            continue
        found[path] = (status.st_size, status.st_mtime_ns)
    return found
