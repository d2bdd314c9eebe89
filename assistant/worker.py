"""What runs in a worker process: it reads the files that it is told to, one after the other, within limits.

Requests and answers are lines of JSON on standard input and output; the end of the input ends the process
and every program that it has started.
"""

import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any

from assistant import sandbox
from assistant.errors import LoadError
from assistant.loaders import read

_FILES = 500
"""A worker is replaced after so many files, or once it has held a quarter of the memory that it may."""


def main(order: dict[str, Any]) -> None:
    """Serve requests until the input ends; ``order`` holds the scratch folder and the limits."""
    limits = sandbox.Limits(**order["limits"])
    scratch = Path(order["scratch"])
    say = _answers()
    sys.excepthook = _fail

    def started() -> None:
        sandbox.allow_seconds(limits.seconds)
        say({"alive": True})

    sandbox.confine(scratch, limits, started)
    requests: SimpleQueue[dict[str, str]] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    for done in range(1, _FILES + 1):
        request = requests.get()
        sandbox.allow_seconds(limits.seconds)
        answer = _answer(request, limits)
        answer["last"] = done == _FILES or sandbox.peak_memory() > limits.memory // 4
        say(answer)
        _empty(scratch)
    os._exit(0)


def _fail(kind: type[BaseException], error: BaseException, place: TracebackType | None) -> None:
    """Write down what went wrong and end at once: the thread that listens would hold up an orderly end."""
    sys.__excepthook__(kind, error, place)
    sys.stderr.flush()
    os._exit(1)


def _answer(request: dict[str, str], limits: sandbox.Limits) -> dict[str, Any]:
    try:
        return {"documents": [document.to_dict() for document in read(Path(request["path"]), request["id"])]}
    except LoadError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {
            "reason": f"{request['id']}: reading it takes more than {limits.memory // 1_000_000} MB of memory: split it"
        }


def _answers() -> Callable[[dict[str, Any]], None]:
    """Keep standard output for answers alone: what a library prints goes nowhere."""
    target = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)

    def say(answer: dict[str, Any]) -> None:
        target.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        target.flush()

    return say


def _listen(requests: "SimpleQueue[dict[str, str]]") -> None:
    for line in sys.stdin.buffer:
        requests.put(json.loads(line))
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != "errors.txt":
            path.unlink()
