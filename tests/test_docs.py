"""The README tells the truth: files, settings and commands are those of the code."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from assistant.cli import main
from assistant.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_every_module_has_its_line_and_every_line_its_module() -> None:
    named = set(re.findall(r"`(assistant/[\w/]+(?:\.py|/))`", README))
    parts = {
        f"assistant/{path.name}" + ("/" if path.is_dir() else "")
        for path in (ROOT / "assistant").iterdir()
        if (path.is_dir() or path.suffix == ".py") and not path.name.startswith("__")
    }
    assert named == parts


def test_settings_are_listed_with_their_defaults() -> None:
    listed = dict(re.findall(r"^\| `(\w+)` \| (?:`([^`]*)`)? *\|", README, re.MULTILINE))
    assert listed == {
        item.name: str(item.default).lower() if isinstance(item.default, bool) else str(item.default)
        for item in fields(Settings)
    }


def test_commands_are_those_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    commands = re.findall(r"^\| `assistant (\w+)([^`]*)` \|", README, re.MULTILINE)
    assert [name for name, _ in commands] == [
        "chat",
        "build",
        "ask",
        "search",
        "show",
        "status",
        "evaluate",
        "calibrate",
        "migrate",
    ]
    for name, options in commands:
        with pytest.raises(SystemExit):
            main([name, "--help"])
        shown = capsys.readouterr().out
        for flag in re.findall(r"-{1,2}[a-z]+", options):
            assert flag in shown, f"{name} {flag}"
