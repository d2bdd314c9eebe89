"""Each part of each file of an index is flipped, zeroed, cut off or swapped: it is refused, or was of no importance."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from faults.table import Fault
from faults.world import World, seen, tried

Change = tuple[str, Callable[[bytes], bytes | None]]
"""What is done to a file's content, in words and as a function; None removes the file."""


def changes(size: int, ranges: int) -> Iterator[Change]:
    """Yield changes of so many ranges of a file of that size, and of the whole."""
    bounds = sorted({size * n // ranges for n in range(ranges)})
    for low, high in zip(bounds, [*bounds[1:], size], strict=True):
        middle = (low + high) // 2

        def flipped(content: bytes, middle: int = middle) -> bytes:
            return content[:middle] + bytes([content[middle] ^ (1 << middle % 8)]) + content[middle + 1 :]

        def zeroed(content: bytes, low: int = low, high: int = high) -> bytes:
            return content[:low] + bytes(high - low) + content[high:]

        yield f"a bit flipped at {middle}", flipped
        yield f"zeros from {low}", zeroed
        yield f"cut at {low}", lambda content, low=low: content[:low]  # type: ignore[misc]
    yield "a byte more", lambda content: content + b"\0"
    yield "gone", lambda _: None
    yield "garbage", lambda content: os.urandom(len(content))


def damaged(folder: Path, ranges: int) -> Fault:
    """Damage every file of the current generation, its manifest and CURRENT; then take older files for newer ones."""
    fault = Fault("a file altered, cut or gone")
    world = World(folder / "damage")
    for version in ("0", "1"):
        world.build(version)
    generations = sorted((world.index / "generations").iterdir())
    for path in [world.index / "CURRENT", *sorted(generations[-1].iterdir())]:
        content = path.read_bytes()
        for what, change in changes(len(content), min(ranges, len(content))):
            _one(fault, world, path, content, change(content), what)
        if path.name != "CURRENT":
            older = (generations[0] / path.name).read_bytes()
            _one(fault, world, path, content, older, "the older generation's")
    shutil.rmtree(world.folder)
    return fault


def _one(fault: Fault, world: World, path: Path, content: bytes, new: bytes | None, what: str) -> None:
    if new == content:
        return
    path.unlink()
    if new is not None:
        path.write_bytes(new)
    allowed = ("missing",) if path.name == "CURRENT" and new is None else ("refused",)
    same = path.name == "CURRENT" and new is not None and _says_the_same(new, content)
    fault.note(seen(world.index), ("version 1",) if same else allowed, f"{path.name}: {what}")
    path.write_bytes(content)


def _says_the_same(new: bytes, content: bytes) -> bool:
    try:
        return bool(json.loads(new) == json.loads(content))
    except ValueError:
        return False


def healed(folder: Path, ranges: int) -> Fault:
    """Damage a file, then build: the index is whole again."""
    fault = Fault("a build over a damaged index")
    world = World(folder / "healed")
    world.build("1")
    current = sorted((world.index / "generations").iterdir())[-1]
    for name in ["CURRENT", *(f"generations/{current.name}/{path.name}" for path in sorted(current.iterdir()))]:
        content = (world.index / name).read_bytes()
        for what, change in changes(len(content), min(ranges, len(content))):
            copy = World(folder / "copy")
            shutil.copytree(world.folder, copy.folder)
            new = change(content)
            (copy.index / name).unlink()
            if new is not None:
                (copy.index / name).write_bytes(new)
            outcome = tried(partial(copy.build, "2"))
            fault.note(f"{outcome}, {seen(copy.index)}", ("done, version 2",), f"{name}: {what}")
            shutil.rmtree(copy.folder)
    return fault


FOREIGN: dict[str, object] = {
    "format of a newer program": {"format": 2},
    "no format": {"format": None},
    "another program's": {"format": "chroma", "files": []},
    "files not listed": {"files": {}},
    "files no list": {"files": 3},
    "a file's sum no text": {"files": {"vectors.faiss": {"bytes": 1, "sha256": 1}}},
    "a file outside": {"files": {"../../../corpus/land.md": {"bytes": 1, "sha256": "0"}}},
    "no counts": {"chunks": None},
    "other counts": {"chunks": 3},
    "another dimension": {"dimension": 384},
    "no model": {"embedding_sha256": None},
}


def foreign(folder: Path) -> Fault:
    """Give the index manifests of others, with the right sums."""
    fault = Fault("a foreign, newer or forged manifest")
    world = World(folder / "foreign")
    world.build("1")
    path = sorted((world.index / "generations").iterdir())[-1] / "manifest.json"
    manifest = json.loads(path.read_bytes())
    for what, change in FOREIGN.items():
        assert isinstance(change, dict)
        forge(world, path, json.dumps({**manifest, **change}).encode())
        fault.note(seen(world.index), ("refused",), what)
    for content in (b"", b"[]", b"null", b"\xff", b'"x"', b"[" * 100_000, b"\x80\x04cos\nsystem\n"):
        forge(world, path, content)
        fault.note(seen(world.index), ("refused",), repr(content[:20]))
    for content in (b"", b"[]", b"null", b"3", b"\xff\xfe", b'{"generation": -1}', b'{"generation": "../../x"}',
                    b'{"generation": 1e999, "manifest_sha256": 3}', b"[" * 100_000):  # fmt: skip
        (world.index / "CURRENT").write_bytes(content)
        fault.note(seen(world.index), ("refused",), repr(content[:20]))
    shutil.rmtree(world.folder)
    return fault


def forge(world: World, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    number = int(path.parent.name)
    pointer = {"generation": number, "manifest_sha256": hashlib.sha256(content).hexdigest()}
    (world.index / "CURRENT").write_text(json.dumps(pointer))


def forged(folder: Path, times: int) -> Fault:
    """Flip bits of the data files and put the sums right: the reader may see nonsense, but must not crash or swell."""
    fault = Fault("data forged, its sums put right")
    world = World(folder / "forged")
    world.build("1")
    command = [sys.executable, str(Path(__file__).with_name("forger.py")), str(world.index), str(times)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in run.stdout.splitlines():
        fault.note(line, ("opened", "told"), "a forged file")
    if run.returncode or fault.times != times:
        fault.note(f"WRONG: the reader ended with {run.returncode}: {run.stderr[-500:]}", (), "a forged file")
    shutil.rmtree(world.folder)
    return fault
