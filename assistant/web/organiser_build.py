"""Builds of the index at an organiser's wish: one at a time, in a process of its own, while the server goes on."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from assistant.errors import AssistantError
from assistant.schema import Progress
from assistant.settings import PREFIX, Secret, Settings

_START = "import json, sys; sys.path[:] = json.loads(sys.stdin.readline()); from {module} import main; main()"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BuildState:
    """Where a build is: ``stage`` with ``done`` of ``total``, and of the last one that ended its report or error."""

    running: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    report: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    number: int = 0


class Builder:
    """Runs builds; ``taken_up`` is called when one has made a new index, and opens it."""

    def __init__(self, settings: Settings, taken_up: Callable[[], None]) -> None:
        """Build with these settings."""
        self._order = {item.name: getattr(settings, item.name) for item in fields(Settings) if item.type is not Secret}
        self._taken_up = taken_up
        self._lock = threading.Lock()
        self._state = BuildState()
        self._process: subprocess.Popen[str] | None = None
        self._closed = False

    @property
    def state(self) -> BuildState:
        """Where it is."""
        return self._state

    def start(self, rebuild: bool, ended: Callable[[], None]) -> bool:
        """Begin a build and return at once; False if one is running. ``ended`` is called when it has succeeded."""
        with self._lock:
            if self._state.running or self._closed:
                return False
            self._state = BuildState(running=True, stage="starting", number=self._state.number + 1)
        threading.Thread(target=self._run, args=(rebuild, ended), name="building", daemon=True).start()
        return True

    def close(self) -> None:
        """End a build that is running: the index stays as it was."""
        with self._lock:
            self._closed = True
            if self._process:
                self._process.kill()

    def _run(self, rebuild: bool, ended: Callable[[], None]) -> None:
        report: dict[str, Any] = {}
        error = ""
        try:
            report = self._built(rebuild)
            ended()
            self._update(stage="opening", done=0, total=0)
            self._taken_up()
        except (AssistantError, OSError) as reason:
            error = str(reason)
        finally:
            self._state = BuildState(report=report, error=error, number=self._state.number)

    def _built(self, rebuild: bool) -> dict[str, Any]:
        """Return the report of a build; raises AssistantError with the reason why there is none."""
        outcome: dict[str, Any] = {}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        with self._lock:
            if self._closed:
                raise AssistantError("The server is stopping.")
            self._process = process = subprocess.Popen(
                [sys.executable, "-c", _START.format(module=__name__)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                env=environment,
            )
        with process:
            if process.stdin and process.stdout:
                order = json.dumps({"settings": self._order, "rebuild": rebuild})
                process.stdin.write(f"{json.dumps(sys.path)}\n{order}\n")
                process.stdin.flush()
                for line in process.stdout:
                    outcome = json.loads(line)
                    if "stage" in outcome:
                        self._update(**outcome)
        self._process = None
        if "error" in outcome:
            raise AssistantError(outcome["error"])
        if "report" not in outcome:
            _LOG.error("the building process ended with status %s", process.returncode)
            raise AssistantError("The build was broken off; the index is as it was. Build again.")
        report: dict[str, Any] = outcome["report"]
        return report

    def _update(self, stage: str, done: int, total: int) -> None:
        self._state = replace(self._state, stage=stage, done=done, total=total)


def main() -> None:
    """Be the building process: read the order from standard input, write progress and outcome as lines of JSON.

    What a library prints goes to standard error, so that it does not come between them.
    """
    from assistant.ingest import build_index

    lines = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    order = json.loads(sys.stdin.readline())
    settings = Settings(**order["settings"])

    def say(value: dict[str, Any]) -> None:
        lines.write(json.dumps(value) + "\n")
        lines.flush()

    progress: Progress = lambda stage, done, total: say({"stage": stage, "done": done, "total": total})  # noqa: E731
    if hasattr(os, "nice"):
        os.nice(10)
    try:
        report = build_index(
            settings.corpus, settings.index, rebuild=order["rebuild"], settings=settings, progress=progress
        )
    except AssistantError as error:
        say({"error": str(error)})
        return
    say({"report": report.to_dict()})
