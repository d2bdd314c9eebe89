"""The power fails after every single operation: what was not synced may be there, be torn, be zeros, or be gone.

The model is that of SQLite's and ALICE's tests: a file's content is safe once the file is synced, a name once its
folder is; what is not may have reached the disk in any part and any order.
"""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.doors import Doors, through
from faults.table import Fault
from faults.world import World, seen

Event = tuple[str, Path, Path | bytes | None]
"""An operation, its place, and the new place or the content."""


@dataclass
class _File:
    content: bytes
    safe: bytes | None = None


@dataclass
class _Folder:
    names: dict[str, "_File | _Folder"] = field(default_factory=dict)
    safe: dict[str, "_File | _Folder"] = field(default_factory=dict)
    pending: list[dict[str, "_File | _Folder | None"]] = field(default_factory=list)

    def change(self, **names: "_File | _Folder | None") -> None:
        _apply(self.names, names)
        self.pending.append(names)


def _apply(names: dict[str, Any], change: dict[str, Any]) -> None:
    for name, item in change.items():
        if item is None:
            names.pop(name, None)
        else:
            names[name] = item


class Disk:
    """What the system holds in memory of a folder, and what of it is safe."""

    def __init__(self, root: Path) -> None:
        """Take what lies in the folder as safe."""
        self._root = root
        self._top = _taken(root)

    def happen(self, event: Event) -> None:
        """Let an operation take place."""
        kind, path, more = event
        if path == self._root:
            self._top.safe, self._top.pending = dict(self._top.names), []
            return
        parent, item = self._at(path.parent), self._at(path.parent).names.get(path.name)
        if kind == "mkdir":
            parent.change(**{path.name: _Folder()})
        elif kind == "write":
            assert isinstance(more, bytes)
            parent.change(**{path.name: _File(more)})
        elif kind == "rename":
            assert isinstance(more, Path) and more.parent == path.parent
            parent.change(**{path.name: None, more.name: item})
        elif kind == "remove":
            parent.change(**{path.name: None})
        elif isinstance(item, _Folder):
            item.safe, item.pending = dict(item.names), []
        elif isinstance(item, _File):
            item.safe = item.content

    def holds(self, path: Path) -> bool:
        """Tell whether a file is known here: SQLite makes its own without a word."""
        return path.name in self._at(path.parent).names

    def after_the_cut(self, place: Path, chance: random.Random, mode: str) -> None:
        """Write to ``place`` what may be found after the power has failed."""
        _restored(self._top, place, chance, mode)

    def _at(self, path: Path) -> _Folder:
        folder = self._top
        for name in path.relative_to(self._root).parts:
            found = folder.names[name]
            assert isinstance(found, _Folder)
            folder = found
        return folder


def _taken(path: Path) -> _Folder:
    folder = _Folder()
    for child in path.iterdir():
        folder.names[child.name] = _taken(child) if child.is_dir() else _File(child.read_bytes(), child.read_bytes())
    folder.safe = dict(folder.names)
    return folder


def _restored(folder: _Folder, place: Path, chance: random.Random, mode: str) -> None:
    place.mkdir()
    names = dict(folder.safe)
    for change in folder.pending:
        if mode == "all" or (mode == "some" and chance.random() < 0.5):
            _apply(names, change)
    for name, item in names.items():
        if isinstance(item, _Folder):
            _restored(item, place / name, chance, mode)
        else:
            (place / name).write_bytes(item.safe if item.safe is not None else _torn(item.content, chance))


def _torn(content: bytes, chance: random.Random) -> bytes:
    half = chance.randrange(len(content) + 1)
    return chance.choice(
        [content, b"", bytes(len(content)), content[:half], content[:half] + bytes(len(content) - half)]
    )


def logged(world: World, version: str) -> list[Event]:
    """Build a version and return what was done to the disk, SQLite's file at the time when it is synced."""
    events: list[Event] = []
    known = Disk(world.folder)

    def note(kind: str, path: Path, new: Path | None = None) -> None:
        if kind == "create":
            return
        if kind == "fsync" and path.is_file() and not known.holds(path):
            note("write", path)
        event = (kind, path, path.read_bytes() if kind == "write" else new)
        known.happen(event)
        events.append(event)

    with through(Doors(after=note)):
        world.build(version)
    return events


def power_cuts(folder: Path, variants: int, *, leave_out: str = "") -> Fault:
    """Cut the power after each operation of a first and of a later build, each in so many ways.

    ``leave_out`` “file” or “folder” forgets all syncs of those: the faults that must then be found show that this
    test finds any.
    """
    fault = Fault("power cut" + (f", {leave_out}s never synced" if leave_out else ""))
    for old, new in (("", "1"), ("1", "2"), ("3", "4")):
        world = World(folder / f"{leave_out or 'power'}{new}")
        world.write("0")
        for version in {"": (), "1": ("1",), "3": ("1", "2", "3")}[old]:
            world.build(version)
        before = Disk(world.folder)
        events = logged(world, new)
        for outcome, where in _cuts(world, before, events, variants, leave_out):
            last = where == len(events)
            allowed = (f"version {new}",) if last else (f"version {old}" if old else "missing", f"version {new}")
            fault.note("whole" if outcome in allowed else outcome, ("whole",), f"after {_told(events, where)}")
        shutil.rmtree(world.folder)
    return fault


def _cuts(world: World, disk: Disk, events: list[Event], variants: int, leave_out: str) -> Iterator[tuple[str, int]]:
    chance = random.Random(7)
    place = world.folder.with_name("cut")
    for done in range(1, len(events) + 1):
        kind, path, _ = events[done - 1]
        is_folder = path.suffix == "" and path.name not in ("CURRENT", "LOCK")
        if kind != "fsync" or leave_out != ("folder" if is_folder else "file"):
            disk.happen(events[done - 1])
        for variant in range(variants):
            disk.after_the_cut(place, chance, ("none", "all", "some")[variant % 3])
            yield seen(place / "index"), done
            shutil.rmtree(place)


def _told(events: list[Event], done: int) -> str:
    kind, path, _ = events[done - 1]
    return f"operation {done} of {len(events)}, {kind} {path.name}"
