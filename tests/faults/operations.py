"""Each operation of a build fails, once or from then on, with each error that a disk gives."""

import errno
import os
import shutil
from functools import partial
from itertools import count
from pathlib import Path

from faults.doors import Doors, through
from faults.table import Fault
from faults.world import World, seen, tried

ERRORS = (errno.EIO, errno.ENOSPC, errno.EINTR, errno.EDQUOT, errno.EROFS)


def failing(folder: Path, errors: tuple[int, ...] = ERRORS) -> list[Fault]:
    """Let the n-th operation of a build fail for every n."""
    base = World(folder / "base")
    for version in ("0", "1"):
        base.build(version)
    return [_failing(folder, base, error, lasting) for error in errors for lasting in (False, True)]


def _failing(folder: Path, base: World, error: int, lasting: bool) -> Fault:
    name = errno.errorcode[error]
    fault = Fault(f"{name} at the n-th operation" + (" and all after it" if lasting else ""))
    for place in count():
        world = World(folder / f"{name}{lasting}{place}")
        shutil.copytree(base.folder, world.folder)
        failure = _Failure(error, place, lasting)
        with through(Doors(before=failure.perhaps)):
            outcome = tried(partial(world.build, "2"))
        if failure.reached:
            _judge(fault, world, outcome, f"operation {place} ({failure.reached[0]})")
        shutil.rmtree(world.folder)
        if not failure.reached:
            return fault
    return fault


class _Failure:
    """Fails the operation of this number, and if it lasts all after it."""

    def __init__(self, error: int, place: int, lasting: bool) -> None:
        self._error, self._place, self._lasting = error, place, lasting
        self._done = 0
        self.reached: list[str] = []

    def perhaps(self, operation: str, path: Path) -> None:
        number, self._done = self._done, self._done + 1
        if number == self._place or (self._lasting and number > self._place):
            self.reached.append(operation)
            raise OSError(self._error, os.strerror(self._error), str(path))


def _judge(fault: Fault, world: World, outcome: str, where: str) -> None:
    """A failed build leaves the old or the new index and is told; the next one succeeds and leaves nothing over."""
    state = seen(world.index)
    if outcome.startswith("WRONG"):
        fault.note(outcome, (), where)
    elif outcome == "done":
        fault.note(f"done, {state}", ("done, version 2",), where)
    else:
        fault.note(f"told, {state}", ("told, version 1", "told, version 2"), where)
    again = tried(lambda: world.build("3"))
    left = sorted(path.name for path in (world.index / "generations").iterdir())
    if (again, seen(world.index)) != ("done", "version 3") or len(left) > 2:
        fault.note(f"WRONG: the next build: {again}, {seen(world.index)}, {left}", (), where)
