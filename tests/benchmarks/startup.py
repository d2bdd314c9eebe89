"""Compares the CPU seconds of two versions of this program, in turn in one run: its import, and asking by default.

    python tests/benchmarks/startup.py FOLDER_BEFORE FOLDER_NOW INDEX [--rounds 5]

The folders hold an `assistant/` each (`git archive COMMIT | tar -x -C FOLDER`). Every measurement is a process of its
own; CPU seconds, user and system, are less noisy than the clock's.
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

IMPORT = "import assistant; assistant.Assistant"
ASK = """
import sys
from assistant import Assistant
with Assistant.open(sys.argv[1]) as bot:
    for question in ("Who hosted the seminar?", "When did it end?", "What is land reform?"):
        bot.retrieve(question)
names = sorted(sys.modules)
assert not {"pymilvus", "grpc", "distributed", "dask"} & set(names), names
"""


def cpu_seconds(folder: Path, code: str, index: Path) -> float:
    """Return the CPU seconds of a process that runs ``code`` with the program in ``folder``."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    process = subprocess.Popen([sys.executable, "-c", code, str(index)], env=environment, cwd=folder)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{folder}: exit status {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("now", type=Path)
    parser.add_argument("index", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    folders = (options.before.resolve(), options.now.resolve())
    for name, code in (("import", IMPORT), ("open and retrieve", ASK)):
        seconds: tuple[list[float], list[float]] = ([], [])
        for _ in range(options.rounds):
            for folder, own in zip(folders, seconds, strict=True):
                own.append(cpu_seconds(folder, code, options.index.resolve()))
        before, now = (statistics.median(own) for own in seconds)
        print(f"{name}: {before:.2f} s before, {now:.2f} s now, ratio {now / before:.2f}", flush=True)


if __name__ == "__main__":
    main()
