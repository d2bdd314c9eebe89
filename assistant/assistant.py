"""search → answer: one opened index and its models, asked from any thread."""

import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from statistics import fmean
from types import TracebackType

from assistant.answerer import Answerer, Finding
from assistant.embedder import Embedder, open_embedder
from assistant.errors import IndexDamaged, QuestionError
from assistant.evidence import EvidenceFinder
from assistant.followup import readings
from assistant.index import Index
from assistant.language import detect_language
from assistant.question import checked, parts
from assistant.reader import Reader
from assistant.retriever import Retriever
from assistant.schema import Answer, Document, Message, Scope, SearchResult
from assistant.settings import Settings
from assistant.spelling import Speller
from assistant.store import read_pointer

_CONSIDERED = 50
_SPELLED = 20_000


class _Snapshot:
    """One generation with all that works on it: a question keeps the snapshot it began with."""

    def __init__(self, index: Index, embedder: Embedder, reader: Reader | None, passages: int) -> None:
        self.index = index
        self.retriever = Retriever(index, embedder, reader, passages)
        self.evidence = EvidenceFinder(index, embedder)
        self.answerer = Answerer(self.evidence, passages)
        self._embedder = embedder

    def findings(self, question: str, scope: Scope | None) -> list[Finding]:
        """Return what is found for each part of a question."""
        return [
            self.answerer.examine(part, self.retriever.find(part.search, _CONSIDERED, scope))
            for part in parts(question)
        ]

    @cached_property
    def speller(self) -> Speller:
        """What knows the documents' words; a word that the model has as one token is taken to be spelt right."""
        return Speller(self.index.texts(_SPELLED), lambda word: len(self._embedder.token_spans(word)) == 1)


class Assistant:
    """Answers questions from an index; made by ``open``, closed by ``close`` or ``with``."""

    def __init__(self, folder: Path, embedder: Embedder, settings: Settings) -> None:
        """Open the current generation; raises IndexMissing or IndexDamaged."""
        self._folder = folder
        self._embedder = embedder
        self._settings = settings
        self._reader = Reader(settings.threads) if settings.rerank else None
        self._lock = threading.Lock()
        self._snapshot = self._opened()

    @classmethod
    def open(
        cls, index: str | Path = "index", *, settings: Settings | None = None, embedder: Embedder | None = None
    ) -> "Assistant":
        """Load the index and its models once; raises IndexMissing, IndexDamaged or ModelError."""
        settings = settings or Settings()
        model = embedder or open_embedder(settings.embedding_model, settings.threads)
        return cls(Path(index), model, settings)

    def __enter__(self) -> "Assistant":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the index."""
        self.close()

    @property
    def generation(self) -> int:
        """Number of the generation that answers."""
        return self._snapshot.index.number

    def close(self) -> None:
        """Let go of the index."""
        self._snapshot.index.close()

    def is_outdated(self) -> bool:
        """Whether a newer generation has become current; raises IndexMissing or IndexDamaged."""
        return int(read_pointer(self._folder)["generation"]) != self.generation

    def reload(self) -> bool:
        """Take up a newer generation if there is one, and tell whether there was."""
        with self._lock:
            fresh = self._opened()
            if fresh.index.number == self._snapshot.index.number:
                fresh.index.close()
                return False
            self._snapshot = fresh
            return True

    def warm_up(self) -> None:
        """Load the model now rather than with the first question."""
        self.ask("warm")

    def retrieve(self, question: str, k: int = 5, scope: Scope | None = None) -> list[SearchResult]:
        """Return the ``k`` best passages of the documents in scope, best first.

        Raises QuestionError for an empty or overlong question, DocumentMissing for a scope beyond the index.
        """
        if k < 1:
            raise QuestionError(f"k is {k}; ask for at least one passage.")
        return self._snapshot.retriever.search(checked(question), k, scope)

    def ask(self, question: str, history: Sequence[Message] = (), scope: Scope | None = None) -> Answer:
        """Return the answer to a question in its conversation; raises QuestionError."""
        snapshot = self._snapshot
        question = checked(question)
        meant = [snapshot.speller.corrected(reading) for reading in readings(question, history)]
        found = [snapshot.findings(reading, scope) for reading in meant]
        best = max(range(len(meant)), key=lambda place: fmean(finding.confidence for finding in found[place]))
        return snapshot.answerer.answer(question, meant[best], detect_language(question, "en"), found[best])

    def stream(self, question: str, history: Sequence[Message] = (), scope: Scope | None = None) -> Iterator[Answer]:
        """Yield growing answers; the last equals ``ask``."""
        yield self.ask(question, history, scope)

    def document(self, name: str) -> Document:
        """Return a document by its id; raises DocumentMissing."""
        return self._snapshot.index.document(name)

    def documents(self) -> dict[str, str]:
        """Return the titles of all documents by their ids."""
        return self._snapshot.index.titles()

    def _opened(self) -> _Snapshot:
        index = Index.open(self._folder)
        made_with = index.generation.manifest["embedding_sha256"]
        if made_with != self._embedder.sha256:
            index.close()
            raise IndexDamaged(
                f"The index “{self._folder}” was built with the model {index.generation.manifest['embedding_model']} "
                f"(weights {made_with[:12]}), not with {self._embedder.name} ({self._embedder.sha256[:12]}); "
                "run: assistant build"
            )
        return _Snapshot(index, self._embedder, self._reader, self._settings.passages)


def retrieve(question: str, k: int = 5, index: str | Path = "index", scope: Scope | None = None) -> list[SearchResult]:
    """Return the ``k`` best passages of an index for a question; opens the index for this one call."""
    with Assistant.open(index) as assistant:
        return assistant.retrieve(question, k, scope)
