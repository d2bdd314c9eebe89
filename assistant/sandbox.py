"""Takes from this process what a reader of documents has no need of: endless memory, the network, others' files.

Python's own doors (sockets, files opened for writing, programs) are shut on every system by an audit hook;
limits of memory, CPU time and file size hold on Linux and macOS; on Linux the kernel also keeps native code
and helper programs away from the network (a namespace of its own) and from writing elsewhere (Landlock).
"""

import ctypes
import os
import re
import signal
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import resource

PROGRAMS = frozenset({"tesseract", "soffice", "libreoffice", "osl_soffice"})
"""Helper programs that a reader may run."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
_CHANGES = {
    "os.rename": 2,
    "os.link": 2,
    "os.symlink": 2,
    "os.remove": 1,
    "os.rmdir": 1,
    "os.mkdir": 1,
    "os.truncate": 1,
}
_REFUSED = {"os.system", "os.exec", "os.fork", "os.forkpty", "os.spawn", "os.chmod", "os.chown", "os.kill"}
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_PARENT_DEATH, _NO_NEW_PRIVILEGES = 1, 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_WRITES = {1: 0x1FF2, 2: 0x3FF2, 3: 0x7FF2}
_WRITE_FILE = 0x2
_SOCKETS = (Path("/tmp"), 0x20 | 0x200)  # noqa: S108
"""LibreOffice insists on a socket there, made and removed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reading of one file may take.

    ``seconds`` is CPU time, and a third of the time that may pass without a sign of life; each run of a
    helper program (the recognition of a page, say) grants it anew, up to ``longest`` seconds in all.
    ``memory`` and ``written`` are bytes: address space of a process, and size of any file it writes.
    """

    seconds: int = 120
    longest: int = 3_600
    memory: int = 3_000_000_000
    written: int = 500_000_000


def confine(scratch: Path, limits: Limits, started: Callable[[], None]) -> None:
    """Confine this process to ``scratch``; ``started`` is called whenever it starts a helper program."""
    _limit(limits)
    if sys.platform == "linux":
        _die_with_parent()
        _leave_network()
        _lock_files(scratch)
    _shut_doors(scratch.resolve(), started)


def allow_seconds(seconds: int) -> None:
    """Let this process use so many seconds of CPU time from now on, then be ended by SIGXCPU."""
    if sys.platform != "win32":
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


def peak_memory() -> int:
    """Return the most bytes of memory that this process has held so far, 0 where the system does not tell.

    On Linux ``ru_maxrss`` is no less than what the parent held when it started this process, so it is not asked.
    """
    if sys.platform == "win32":
        return 0
    if sys.platform == "linux":
        held = re.search(rb"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_bytes())
        return int(held[1]) * 1024 if held else 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _limit(limits: Limits) -> None:
    if sys.platform == "win32":
        return
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.written),
        (resource.RLIMIT_AS, limits.memory),
    ):
        with suppress(ValueError, OSError):  # macOS refuses some; a lower hard limit is kept
            resource.setrlimit(kind, (value, value))


def _shut_doors(scratch: Path, started: Callable[[], None]) -> None:
    def guard(event: str, values: tuple[object, ...]) -> None:
        if event == "open" and len(values) > 2 and isinstance(values[2], int) and values[2] & _WRITING:
            _refuse(event, () if _within(scratch, values[0]) else values)
        elif event in _CHANGES:
            _refuse(event, [place for place in values[: _CHANGES[event]] if not _within(scratch, place)])
        elif event in ("subprocess.Popen", "os.posix_spawn"):
            _refuse(event, () if os.path.basename(os.fsdecode(str(values[0]))) in PROGRAMS else values)
            started()
        elif event in _REFUSED or event.startswith(("socket.", "winreg.", "webbrowser.")):
            _refuse(event, [event])

    sys.addaudithook(guard)


def _within(scratch: Path, place: object) -> bool:
    if isinstance(place, int):
        return True
    path = Path(os.path.realpath(os.fsdecode(place))) if isinstance(place, (str, bytes, os.PathLike)) else None
    return path is not None and (path.is_relative_to(scratch) or path == Path(os.devnull))


def _refuse(event: str, values: Sequence[object]) -> None:
    if values:
        raise PermissionError(f"a reader may not do this: {event} {values[0]!r}")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL, 0, 0, 0)


def _leave_network() -> None:
    """Enter a network of nothing; where only a namespace of users allows that, the user stays the same in it."""
    system = ctypes.CDLL(None, use_errno=True)
    if system.unshare(_NEW_NETWORK) == 0:
        return
    user, group = os.geteuid(), os.getegid()
    if system.unshare(_NEW_USER | _NEW_NETWORK) == 0:
        for name, content in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with suppress(OSError):
                Path("/proc/self", name).write_text(content)


def _lock_files(scratch: Path) -> None:
    """Have the kernel refuse writing outside ``scratch``, where it knows how to (Landlock, Linux 5.13)."""
    system = ctypes.CDLL(None, use_errno=True)
    version = system.syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return
    writes = _WRITES[min(version, 3)]
    ruleset = system.syscall(_CREATE_RULESET, struct.pack("Q", writes), 8, 0)
    if ruleset < 0:
        return
    for place, rights in ((scratch, writes), (Path(os.devnull), _WRITE_FILE), _SOCKETS):
        if not place.exists():
            continue
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
        system.syscall(_ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, descriptor), 0)
        os.close(descriptor)
    system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    system.syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
