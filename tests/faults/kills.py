"""kill -9 at random moments of a build, and then another: an acknowledged version is there, or the one after it."""

import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults.table import Fault
from faults.world import World, seen

_BUILDER = Path(__file__).with_name("builder.py")


def killed(folder: Path, times: int, *, workers: bool = False, seed: int = 1) -> Fault:
    """Kill so many builders, each after a random time in its second build or a later one."""
    fault = Fault("kill -9 of a build" + (" with its readers" if workers else ""))
    with ThreadPoolExecutor(2) as pool:
        halves = [range(place, times, 2) for place in range(2)]
        work = [
            pool.submit(_chain, folder / f"{workers}{place}", half, workers, seed) for place, half in enumerate(halves)
        ]
        for outcomes in work:
            for outcome, expected, where in outcomes.result():
                fault.note("whole" if outcome in expected else outcome, ("whole",), where)
    return fault


def _chain(folder: Path, rounds: range, workers: bool, seed: int) -> list[tuple[str, list[str], str]]:
    """Kill builder after builder of one index; each goes on where the last was stopped."""
    world = World(folder)
    world.build("0")
    found, last = [], 0
    for number in rounds:
        acknowledged, version = _killed_once(world, last + 1, workers, random.Random(f"{seed} {number} {workers}"))
        last = acknowledged or last
        outcome = seen(world.index)
        found.append((outcome, [f"version {last}", f"version {max(version, last + 1)}"], f"round {number}"))
        if outcome.startswith("version"):
            last = int(outcome.removeprefix("version "))
    world.build(str(last + 1))
    left = sorted(path.name for path in (world.index / "generations").iterdir())
    found.append((f"left over: {left}" if len(left) > 2 else "tidy", ["tidy"], "after all"))
    return found


def _killed_once(world: World, first: int, workers: bool, chance: random.Random) -> tuple[int, int]:
    """Return the last version acknowledged (0: none) and the one under way."""
    command = [sys.executable, str(_BUILDER), str(world.folder), str(first), *(["--workers"] if workers else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(chance.uniform(0, 1.2 if workers else 0.12))
        process.kill()
        acknowledged = [int(line.split()[0]) for line in process.stdout if line.endswith("\n")]
    return (acknowledged[-1], acknowledged[-1] + 1) if acknowledged else (0, first)
