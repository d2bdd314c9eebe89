"""Where settings come from, and which are refused."""

from pathlib import Path

import pytest

from assistant.errors import SettingsError
from assistant.settings import Settings


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "assistant.toml").write_text('corpus = "papers"\nport = 8000\nhost = "::1"\n')
    settings = Settings.load(tmp_path, {"ASSISTANT_PORT": "8001", "PATH": "/bin"}, {"host": "127.0.0.1", "index": None})
    assert (settings.corpus, settings.port, settings.host, settings.index) == ("papers", 8001, "127.0.0.1", "index")


@pytest.mark.parametrize(
    ("file", "variables"),
    [
        ('colour = "red"', {}),
        ("port = 'high'", {}),
        ("port = 70000", {}),
        ("port = ", {}),
        ("corpus = 3", {}),
        ("", {"ASSISTANT_COLOUR": "red"}),
        ("", {"ASSISTANT_CHUNK_TOKENS": "many"}),
        ("", {"ASSISTANT_CHUNK_TOKENS": "5000"}),
    ],
)
def test_an_unknown_key_or_a_wrong_value_is_an_error(tmp_path: Path, file: str, variables: dict[str, str]) -> None:
    (tmp_path / "assistant.toml").write_text(file)
    with pytest.raises(SettingsError):
        Settings.load(tmp_path, variables)
