"""The disk is full at every write: a small file system with ever more room left, in steps of a page."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faults.table import Fault
from faults.world import World, seen, tried

_PAGE = 4096
_SIZE = 4 * 1024 * 1024


@contextmanager
def mounted(options: str) -> Iterator[Path]:
    """Mount a small file system in memory (Linux, as root)."""
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "faults", scratch], check=True)
        try:
            yield Path(scratch)
        finally:
            subprocess.run(["umount", scratch], check=True)


def full_disk(step: int = 1) -> Fault:
    """Build with 0, 1, 2 … pages left, until a build succeeds twenty times."""
    fault = Fault("disk full")
    with mounted(f"size={_SIZE}") as disk:
        world = World(disk / "world")
        for version in ("0", "1"):
            world.build(version)
        kept = disk / "kept"
        shutil.copytree(world.folder, kept)
        succeeded, pages = 0, 0
        while succeeded < 20:
            outcome, state = _built_with(disk, world, pages)
            allowed = ("told, version 1", "told, version 2", "done, version 2")
            fault.note(f"{outcome}, {state}", allowed, f"{pages} pages left")
            succeeded += outcome == "done"
            again = tried(lambda: world.build("3"))
            if (again, seen(world.index)) != ("done", "version 3"):
                fault.note(f"WRONG: the next build: {again}, {seen(world.index)}", (), f"{pages} pages left")
            shutil.rmtree(world.folder)
            shutil.copytree(kept, world.folder)
            pages += step
    return fault


def _built_with(disk: Path, world: World, pages: int) -> tuple[str, str]:
    world.write("2")
    filler = disk / "filler"
    filler.write_bytes(bytes(max(0, shutil.disk_usage(disk).free - pages * _PAGE)))
    try:
        outcome = tried(lambda: world.build("2"))
        return outcome, seen(world.index)
    finally:
        filler.unlink()
