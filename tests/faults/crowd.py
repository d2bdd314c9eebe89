"""Two builders and ten readers at once: nobody reads half a generation, and nothing is left over at the end."""

import json
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults.world import World, version_of

_HERE = Path(__file__).parent
_BUILDERS, _READERS = ("a", "b"), 10


@dataclass
class Seen:
    """What ten readers saw, and what was left over."""

    generations: int
    reads: int
    taken_up: int
    wrong: list[str]
    handles: int
    bytes: tuple[int, int]
    folders: int

    def __str__(self) -> str:
        """Tell it in a line."""
        return (
            f"{self.generations} generations by 2 builders; {_READERS} readers made {self.reads:,} reads and saw up to "
            f"{self.taken_up} generations each; {len(self.wrong)} wrong or mixed; {self.handles} file handles more at "
            f"the end; index {self.bytes[0]:,} bytes before, {self.bytes[1]:,} after, {self.folders} generations kept"
        )


def crowd(folder: Path, generations: int, seconds: float) -> Seen:
    """Let two processes build so many generations over about so many seconds, and ten read them meanwhile."""
    worlds = [World(folder / name) for name in _BUILDERS]
    index = worlds[0].index
    for version in ("0", "00", "000"):
        worlds[0].build(version)
    before = _size(index)
    each, pause = generations // len(worlds), seconds * len(worlds) / generations
    wrong: list[str] = []
    told: list[dict[str, Any]] = []
    with ExitStack() as running:
        readers = [_started(running, "reader.py", str(index), *(["--anew"] if n % 2 else [])) for n in range(_READERS)]
        builders = [
            _started(running, "builder.py", str(world.folder), "1", "--index", str(index), "--prefix", name,
                     "--until", str(each + 1), "--pause", str(pause * 0.85))
            for name, world in zip(_BUILDERS, worlds, strict=True)
        ]  # fmt: skip
        for builder in builders:
            _, error = builder.communicate()
            wrong += [f"a builder: {error[-300:]}"] if builder.returncode else []
        for reader in readers:
            out, error = reader.communicate()
            told.append(json.loads(out.splitlines()[-1]) if out.strip() else {"errors": [error[-300:]]})
    wrong += [error for one in told for error in one["errors"]]
    for version in ("0000", "00000"):
        worlds[0].build(version)
    wrong += [] if version_of(index) == "00000" else ["the last build is not the current one"]
    seen = Seen(
        generations=2 * each,
        reads=sum(one.get("reads", 0) for one in told),
        taken_up=max(one.get("generations", 0) for one in told),
        wrong=wrong,
        handles=sum(one.get("handles", 0) for one in told),
        bytes=(before, _size(index)),
        folders=len(list((index / "generations").iterdir())),
    )
    shutil.rmtree(folder)
    return seen


def _started(running: ExitStack, script: str, *arguments: str) -> "subprocess.Popen[str]":
    process = running.enter_context(
        subprocess.Popen(
            [sys.executable, str(_HERE / script), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
    )  # fmt: skip
    running.callback(process.kill)
    assert process.stdout
    process.stdout.readline()
    return process


def _size(index: Path) -> int:
    return sum(path.stat().st_size for path in index.rglob("*") if path.is_file())


def timed(folder: Path, generations: int, seconds: float) -> tuple[Seen, float]:
    """Return what ``crowd`` saw, and how long it took in seconds."""
    started = time.monotonic()
    return crowd(folder, generations, seconds), time.monotonic() - started
