"""Inject faults into an index and tell what became of each.

    python tests/faults [--only NAME …]

The names are those of the parts below; all take about ten minutes. Mounting file systems and taking rights away need
root on Linux.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults import damage, full, kills, operations, power, surroundings
from faults.crowd import timed
from faults.table import Fault, table

PARTS: dict[str, Callable[[Path], list[Fault]]] = {
    "kills": lambda folder: [kills.killed(folder, 200), kills.killed(folder, 40, workers=True)],
    "power": lambda folder: [power.power_cuts(folder, 12)],
    "operations": operations.failing,
    "full": lambda _: [full.full_disk()],
    "damage": lambda folder: [
        damage.damaged(folder, 100), damage.healed(folder, 12), damage.foreign(folder), damage.forged(folder, 300)
    ],
    "surroundings": lambda folder: [
        surroundings.read_only(), surroundings.no_rights(), surroundings.clock(folder),
        surroundings.two_builds(folder, 5), surroundings.readers_of_documents(folder), surroundings.models(folder),
    ],
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="+", choices=[*PARTS, "teeth", "crowd"], default=[*PARTS, "teeth", "crowd"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        faults = [fault for name, part in PARTS.items() if name in options.only for fault in part(folder)]
        if faults:
            print(table(faults))
        if "teeth" in options.only:
            for kind in ("file", "folder"):
                missed = power.power_cuts(folder, 12, leave_out=kind)
                print(f"\nTeeth: with no {kind} synced, {len(missed.wrong)} of {missed.times} power cuts do harm.")
        if "crowd" in options.only:
            seen, seconds = timed(folder / "crowd", 200, 360)
            print(f"\nA crowd, {seconds:.0f} s: {seen}", *seen.wrong, sep="\n")


if __name__ == "__main__":
    main()
