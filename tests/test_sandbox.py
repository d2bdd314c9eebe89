"""What a process that reads documents can't do, once it is confined: tried from Python and from native code."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import assistant

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part is Linux's")
TRIES = """
import ctypes, json, os, socket, subprocess, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from assistant import sandbox
scratch, outside, port = Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
native = ctypes.CDLL(None, use_errno=True)
landlock = native.syscall(444, None, 0, 1) > 0
sandbox.confine(scratch, sandbox.Limits(memory=2_000_000_000), lambda: None)

def tried(action):
    try:
        action()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "done"

def natively(call):
    def action():
        if call() < 0:
            raise OSError(ctypes.get_errno(), "native")
    return action

def raw_connection():
    address = b"\\x02\\x00" + port.to_bytes(2, "big") + b"\\x7f\\x00\\x00\\x01" + bytes(8)
    descriptor = native.socket(2, 1, 0)
    return native.connect(descriptor, address, 16)

print(json.dumps({
    "landlock": landlock,
    "scratch": tried(lambda: (scratch / "own.txt").write_text("x")),
    "outside": tried(lambda: (outside / "new.txt").write_text("x")),
    "document": tried(lambda: (outside / "document.txt").write_text("x")),
    "removal": tried(lambda: (outside / "document.txt").unlink()),
    "link": tried(lambda: os.symlink(outside, outside / "link")),
    "program": tried(lambda: subprocess.run(["/bin/true"])),
    "shell": tried(lambda: os.system("true")),
    "socket": tried(lambda: socket.create_connection(("127.0.0.1", port))),
    "name": tried(lambda: socket.getaddrinfo("example.org", 80)),
    "native write": tried(natively(lambda: native.open(bytes(outside / "native.txt"), 0o101, 0o600))),
    "native connection": tried(natively(raw_connection)),
    "memory": tried(lambda: bytearray(4_000_000_000)),
}), flush=True)
os._exit(0)
"""


def test_a_confined_process_reaches_nothing_outside_its_scratch_folder(tmp_path: Path) -> None:
    scratch, outside = tmp_path / "scratch", tmp_path / "outside"
    scratch.mkdir()
    outside.mkdir()
    (outside / "document.txt").write_text("kept")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        place = str(Path(assistant.__file__).parents[1])
        command = [sys.executable, "-I", "-c", TRIES, place, str(scratch), str(outside), str(listener.getsockname()[1])]
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    landlock = told.pop("landlock")
    native = told.pop("native write")
    assert native == "PermissionError" or not landlock
    assert told.pop("scratch") == "done"
    assert told.pop("memory") == "MemoryError"
    assert "done" not in told.values(), told
    assert (outside / "document.txt").read_text() == "kept"
    assert {path.name for path in outside.iterdir()} <= {"document.txt", *([] if landlock else ["native.txt"])}
