"""search → answer: one opened index and its models, asked from any thread."""

import logging
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from statistics import fmean
from types import TracebackType
from typing import TYPE_CHECKING

from assistant.answerer import Answerer, Finding
from assistant.calibration import Calibration
from assistant.calibration import load as calibration_of
from assistant.embedder import Embedder, open_embedder
from assistant.errors import AssistantError, IndexDamaged, QuestionError
from assistant.evidence import EvidenceFinder
from assistant.explanation import explained
from assistant.followup import readings
from assistant.index import Index
from assistant.language import detect_language
from assistant.question import Question, checked, checked_history, parts
from assistant.reader import Reader, reader_for
from assistant.retriever import Retriever
from assistant.schema import Answer, Document, Explanation, Message, Scope, SearchResult
from assistant.settings import Settings
from assistant.smalltalk import small_talk, talk_answer
from assistant.spelling import Speller
from assistant.store import read_pointer, signature

if TYPE_CHECKING:
    from assistant.writer import Generates

_CONSIDERED = 50
_SPELLED = 20_000
_SURE = 0.7
"""A question that is so surely answered as it leans on those before is not also asked alone."""
MOST_PASSAGES = 1_000
"""So many passages can be asked for."""
_LOG = logging.getLogger(__name__)


class _Snapshot:
    """One generation with all that works on it: a question keeps the snapshot it began with."""

    def __init__(
        self,
        index: Index,
        embedder: Embedder,
        reader: Reader | None,
        passages: int,
        calibration: Calibration | None,
    ) -> None:
        self.index = index
        self.retriever = Retriever(index, embedder, reader, passages)
        self.evidence = EvidenceFinder(index, embedder)
        self.answerer = Answerer(self.evidence, calibration)
        self._embedder = embedder
        self.users = 0

    def findings(self, question: str, scope: Scope | None) -> list[Finding]:
        """Return what is found for each part of a question."""
        asked = parts(question)
        if len(asked) == 1:
            return [self._finding(asked[0], scope)]
        with ThreadPoolExecutor(len(asked)) as together:  # one part's readings leave a core idle now and then
            return list(together.map(partial(self._finding, scope=scope), asked))

    def _finding(self, part: Question, scope: Scope | None) -> Finding:
        part = self.retriever.understood(part)
        found = self.retriever.find(part.search, _CONSIDERED, scope, together=part.together)
        return self.answerer.examine(part, found, partial(self.retriever.read_closely, part.search, found))

    def understood(self, question: str, history: Sequence[Message], scope: Scope | None) -> tuple[str, list[Finding]]:
        """Return the question as it was understood, and what is found for each part of it."""
        tried = []
        for reading in readings(question, history):
            meant = self.speller.corrected(reading)
            found = self.findings(meant, scope)
            tried.append((fmean(finding.confidence for finding in found), meant, found))
            if tried[-1][0] >= _SURE:
                break
        _, meant, found = max(tried, key=lambda one: one[0])
        return meant, found

    def verbatim(self, question: str, history: Sequence[Message], scope: Scope | None) -> Answer:
        """Return the answer in the documents' own words."""
        meant, findings = self.understood(question, history, scope)
        return self.answerer.answer(question, meant, detect_language(question, "en"), findings)

    @cached_property
    def speller(self) -> Speller:
        """What knows the documents' words; a word that the model has as one token is taken to be spelt right."""
        embedder = self._embedder  # a function that held this snapshot would keep it, and its vectors, in memory
        return Speller(self.index.texts(_SPELLED), lambda word: len(embedder.token_spans(word)) == 1)


class Assistant:
    """Answers questions from an index; made by ``open``, closed by ``close`` or ``with``.

    A generation that becomes current later is taken up by the next call; calls under way end with the one they began
    with. One that can't be opened is not taken up: the assistant goes on with what it has, and ``notice`` says so.
    """

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        settings: Settings,
        generator: "Generates | None" = None,
        calibrated: bool = True,
    ) -> None:
        """Open the current generation; raises IndexMissing or IndexDamaged."""
        self._folder = folder
        self._calibrated = calibrated
        self._embedder = embedder
        self._settings = settings
        self._reader = reader_for(embedder, settings.threads) if settings.rerank else None
        self._generator = generator
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._closed = False
        self._notice = ""
        self._seen = signature(folder)
        self._snapshot = self._opened()

    @classmethod
    def open(
        cls,
        index: str | Path = "index",
        *,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
        calibrated: bool = True,
    ) -> "Assistant":
        """Load the index and its models once; raises IndexMissing, IndexDamaged, ModelError or ServerError.

        ``calibrated`` False leaves the index's calibration aside.
        """
        settings = settings or Settings()
        generator = _generator(settings) if settings.model_url else None
        model = embedder or open_embedder(settings.embedding_model, settings.threads)
        return cls(Path(index), model, settings, generator, calibrated)

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

    @property
    def notice(self) -> str:
        """Why the newest generation is not the one that answers; empty if it is."""
        return self._notice

    def close(self) -> None:
        """Let go of the index as soon as the calls under way have ended."""
        with self._lock:
            self._closed = True
            self._let_go(self._snapshot)

    def is_outdated(self) -> bool:
        """Whether a newer generation has become current; raises IndexMissing or IndexDamaged."""
        return int(read_pointer(self._folder)["generation"]) != self.generation

    def reload(self) -> bool:
        """Take up a newer generation now, and tell whether there was one; raises IndexMissing or IndexDamaged."""
        with self._opening:
            self._seen = signature(self._folder)
            fresh = self._opened()
            self._notice = ""
            with self._lock:
                old, newer = self._snapshot, fresh.index.number != self._snapshot.index.number and not self._closed
                if newer:
                    self._snapshot = fresh
                    self._let_go(old)
            if not newer:
                fresh.index.close()
            return newer

    def warm_up(self) -> None:
        """Load the model now rather than with the first question."""
        self.verbatim("warm")

    def retrieve(self, question: str, k: int = 5, scope: Scope | None = None) -> list[SearchResult]:
        """Return the ``k`` best passages of the documents in scope, best first.

        Raises QuestionError for an empty or overlong question, DocumentMissing for a scope beyond the index.
        """
        if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MOST_PASSAGES:
            raise QuestionError(f"k is {k!r}; ask for 1 to {MOST_PASSAGES} passages.")
        question = checked(question)
        with self._using() as snapshot:
            return snapshot.retriever.search(question, k, scope)

    def ask(self, question: str, history: Sequence[Message] = (), scope: Scope | None = None) -> Answer:
        """Return the answer to a question in its conversation; raises QuestionError."""
        return deque(self.stream(question, history, scope), maxlen=1).pop()

    def stream(self, question: str, history: Sequence[Message] = (), scope: Scope | None = None) -> Iterator[Answer]:
        """Yield growing answers; the last equals ``ask``.

        Without a language model there is one. With it each sentence appears once it is verified; a question that
        the documents do not answer is refused before the model is asked.
        """
        question, history = checked(question), checked_history(history)
        with self._using() as snapshot:
            if talk := small_talk(question):
                yield talk_answer(question, talk, detect_language(question, "en"), snapshot.index.titles().values())
                return
            answer = snapshot.verbatim(question, history, scope)
            if self._generator is None or answer.verdict == "not_covered":
                yield answer
                return
            from assistant.writer import Writer  # not imported where there is no language model

            passages = snapshot.retriever.search(answer.standalone_question, self._settings.passages, scope)
            writer = Writer(self._generator, self._embedder, snapshot.index.document)
            yield from writer.stream(answer, passages)

    def verbatim(self, question: str, history: Sequence[Message] = (), scope: Scope | None = None) -> Answer:
        """Return the answer in the documents' own words, whether there is a language model or not."""
        with self._using() as snapshot:
            return snapshot.verbatim(checked(question), checked_history(history), scope)

    def explain(self, question: str, history: Sequence[Message] = (), scope: Scope | None = None) -> list[Explanation]:
        """Return why a question is answered or refused: for each part of it what was found, stage by stage.

        A greeting or a question about the assistant itself has no parts. Raises QuestionError and DocumentMissing.
        """
        question, history = checked(question), checked_history(history)
        if small_talk(question):
            return []
        with self._using() as snapshot:
            _, findings = snapshot.understood(question, history, scope)
            return [explained(finding, snapshot.index.title) for finding in findings]

    def document(self, name: str) -> Document:
        """Return a document by its id; raises DocumentMissing."""
        with self._using() as snapshot:
            return snapshot.index.document(name)

    def documents(self) -> dict[str, str]:
        """Return the titles of all documents by their ids."""
        with self._using() as snapshot:
            return snapshot.index.titles()

    @contextmanager
    def _using(self) -> Iterator[_Snapshot]:
        """Hold the newest generation that can be had while it is read."""
        self._take_up()
        with self._lock:
            if self._closed:
                raise AssistantError("This assistant was closed; open it again.")
            snapshot = self._snapshot
            snapshot.users += 1
        try:
            yield snapshot
        finally:
            with self._lock:
                snapshot.users -= 1
                self._let_go(snapshot)

    def _let_go(self, snapshot: _Snapshot) -> None:
        """Close a snapshot if nobody uses it or will; the lock must be held."""
        if not snapshot.users and (self._closed or snapshot is not self._snapshot):
            snapshot.index.close()

    def _take_up(self) -> None:
        """Take up what has become current since; while one thread opens it, the others go on with what there is."""
        if signature(self._folder) == self._seen or self._opening.locked():
            return
        try:
            self.reload()
        except AssistantError as error:
            self._notice = f"Still answering from an older index (generation {self.generation}). {error}"
            _LOG.warning(self._notice)

    def _opened(self) -> _Snapshot:
        index = Index.open(self._folder)
        try:
            self._check_model(index)
            calibration = calibration_of(self._folder, self.made_with) if self._calibrated else None
        except AssistantError:
            index.close()
            raise
        return _Snapshot(index, self._embedder, self._reader, self._settings.passages, calibration)

    def _check_model(self, index: Index) -> None:
        made_with = index.generation.manifest["embedding_sha256"]
        if made_with != self._embedder.sha256:
            raise IndexDamaged(
                f"The index “{self._folder}” was built with the model {index.generation.manifest['embedding_model']} "
                f"(weights {made_with[:12]}), not with {self._embedder.name} ({self._embedder.sha256[:12]}); "
                "run: assistant build"
            )

    @property
    def made_with(self) -> str:
        """What a calibration holds for: the weights of the embedding model and of the reader."""
        return f"{self._embedder.sha256[:16]} {self._reader.sha256 if self._reader else 'no reader'}"


def _generator(settings: Settings) -> "Generates":
    from assistant.generator import Generator

    return Generator(settings)


def retrieve(question: str, k: int = 5, index: str | Path = "index", scope: Scope | None = None) -> list[SearchResult]:
    """Return the ``k`` best passages of an index for a question; opens the index for this one call."""
    with Assistant.open(index) as assistant:
        return assistant.retrieve(question, k, scope)
