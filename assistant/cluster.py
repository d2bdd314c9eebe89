"""Reading and embedding on a Dask cluster. The only module that imports distributed.

The files' contents are sent, so workers need no folder in common. One writer, the caller, takes the results in their
order; batches are those of a build on one machine, so the index is the same, byte for byte, on like processors. Dask
gives the task of a worker that died to another; one that killed several is done on the caller's machine.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np

from assistant.embedder import BATCH, FEW, Embedder, Vectors, by_length, open_embedder
from assistant.errors import BuildError, LoadError, SettingsError
from assistant.loaders import READERS
from assistant.loaders.tools import tools
from assistant.parsing import read_content, read_file
from assistant.sandbox import Limits
from assistant.schema import Document

_AHEAD = 32
"""So many tasks are under way at once: results wait in memory until it is their turn."""
_GROUP = 4 * BATCH
"""Texts a task."""
_SECONDS = 30.0
_PATIENCE = 10
"""So many times ``_SECONDS`` a cluster may be without any worker: those that died are being started anew."""

_MOST_SENT = 100_000_000
"""Bytes of a file; a larger one is refused by the readers here."""

Task = TypeVar("Task")
Result = TypeVar("Result")


class Cluster:
    """The workers of one scheduler; it is an Embedder too. Connects when there is something to do."""

    def __init__(self, address: str, model: str, embedder: Embedder, limits: Limits) -> None:
        """Read within ``limits``, embed as ``embedder`` does, which workers open by the setting ``model``."""
        self._address = address
        self._setting = model
        self._embedder = embedder
        self._limits = limits

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the cluster, if it was joined."""
        if "_client" in self.__dict__:
            self._client.close()

    @property
    def name(self) -> str:
        """What the model is called."""
        return self._embedder.name

    @property
    def sha256(self) -> str:
        """SHA-256 of its weights."""
        return self._embedder.sha256

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._embedder.dimension

    @property
    def max_tokens(self) -> int:
        """How many tokens a text may have."""
        return self._embedder.max_tokens

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return the (start, end) of each token in ``text``."""
        return self._embedder.token_spans(text)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a question, embedded here."""
        return self._embedder.embed_questions(texts)

    def read(self, files: Sequence[tuple[Path, str]]) -> Iterator[list[Document] | LoadError]:
        """Yield, in the order of ``files`` (path, id), the documents of each, or why it can't be read.

        Raises BuildError if the scheduler doesn't answer, has no workers, or they would read otherwise than this
        machine.
        """
        for answer in self._in_order(files, self._send_file, self._read_here):
            if "reason" in answer:
                yield LoadError(answer["reason"])
            else:
                yield [Document.from_dict(values) for values in answer["documents"]]

    def embed(self, texts: Sequence[str], done: Callable[[int], None] | None = None) -> Vectors:
        """Return one unit vector a text; ``done`` is called with the number of texts embedded so far."""
        if len(texts) <= FEW:
            return self._embedder.embed(texts, done)
        order = by_length(texts)
        groups = [order[start : start + _GROUP] for start in range(0, len(order), _GROUP)]
        if len(groups[-1]) <= FEW:
            groups[-2:] = [[*groups[-2], *groups[-1]]] if len(groups) > 1 else groups
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        parts = [[texts[position] for position in group] for group in groups]
        ready = 0
        for group, found in zip(groups, self._in_order(parts, self._send_texts, self._embedder.embed), strict=True):
            vectors[group] = found
            ready += len(group)
            if done:
                done(ready)
        return vectors

    def _send_file(self, file: tuple[Path, str]) -> Future[dict[str, Any]] | None:
        path, id = file
        try:
            if path.stat().st_size <= _MOST_SENT:
                return self._executor.submit(read_content, id, path.read_bytes(), self._limits)
        except OSError:
            pass
        return None

    def _read_here(self, file: tuple[Path, str]) -> dict[str, Any]:
        return read_file(*file, self._limits)

    def _send_texts(self, texts: list[str]) -> Future[Vectors]:
        return self._executor.submit(_embed, self._setting, texts)

    def _in_order(
        self,
        tasks: Sequence[Task],
        send: Callable[[Task], Future[Result] | None],
        here: Callable[[Task], Result],
    ) -> Iterator[Result]:
        """Yield the results of tasks in their order; what can't be sent, or kills workers, is done ``here``."""
        under_way: deque[tuple[Task, Future[Result] | None]] = deque()
        for task in tasks:
            under_way.append((task, send(task)))
            if len(under_way) == _AHEAD:
                yield self._result(*under_way.popleft(), here)
        while under_way:
            yield self._result(*under_way.popleft(), here)

    def _result(self, task: Task, sent: Future[Result] | None, here: Callable[[Task], Result]) -> Result:
        from distributed import KilledWorker

        alone = 0
        while sent:
            try:
                return sent.result(_SECONDS)
            except TimeoutError as error:
                alone = 0 if self._client.scheduler_info(n_workers=-1)["workers"] else alone + 1
                if alone == _PATIENCE:
                    raise self._unavailable() from error
            except KilledWorker:
                break
            except (CancelledError, OSError) as error:
                raise self._unavailable() from error
        return here(task)

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - distributed is optional
        try:
            from distributed import Client
        except ImportError as error:
            raise SettingsError("For workers on a Dask cluster, run: pip install 'assistant[dask]'") from error
        try:
            return Client(self._address, timeout=_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise self._unavailable() from error

    @cached_property
    def _executor(self) -> Executor:
        """The cluster's executor, once its workers are known to work as this machine does."""
        try:
            self._client.wait_for_workers(1, timeout=_SECONDS)
        except TimeoutError as error:
            raise self._unavailable() from error
        own = made_with(self._setting) | {"embedding model": self._embedder.sha256}
        for worker, theirs in self._client.run(made_with, self._setting).items():
            if theirs != own:
                differing = ", ".join(key for key in own if own[key] != theirs.get(key))
                raise BuildError(
                    f"The Dask worker {worker} differs from this machine in: {differing}; install the same there."
                )
        executor: Executor = self._client.get_executor(pure=False)
        return executor

    def _unavailable(self) -> BuildError:
        return BuildError(
            f"The Dask scheduler “{self._address}” doesn't answer or has no workers; start them and build again, "
            "or leave the setting workers empty. The index in use stays as it was."
        )


def made_with(model: str) -> dict[str, Any]:
    """Return what decides how this machine reads and embeds."""
    return {"embedding model": _opened(model).sha256, "readers": READERS, "programs": tools()}


@cache
def _opened(model: str) -> Embedder:
    return open_embedder(model)


def _embed(model: str, texts: list[str]) -> Vectors:
    return _opened(model).embed(texts)
