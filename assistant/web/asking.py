"""Questions by whichever way they come in: answered by the assistant as soon as it is open, and counted."""

import logging
from collections.abc import Callable, Iterator, Sequence

from assistant.errors import AssistantError
from assistant.schema import Answer, Message, Scope
from assistant.web.metrics import Metrics
from assistant.web.opening import Opening

_log = logging.getLogger(__name__)


class Asking:
    """Puts questions to an assistant that may still be opening."""

    def __init__(self, opening: Opening, metrics: Metrics, keep_refused: Callable[[str], None] | None = None) -> None:
        """Ask what ``opening`` opens, count in ``metrics``, and give ``keep_refused`` each question that is refused."""
        self._opening = opening
        self._metrics = metrics
        self._keep_refused = keep_refused

    def stream(
        self, way: str, question: str, history: Sequence[Message] = (), documents: Sequence[str] = ()
    ) -> Iterator[Answer]:
        """Yield the growing answer, sought in ``documents`` alone if any are named; ``way`` names who asks.

        Raises QuestionError, DocumentMissing, or what kept the assistant from being opened.
        """
        with self._metrics.question(way) as verdicts:
            for answer in self._opening.assistant().stream(question, history, Scope(documents)):
                verdicts[:] = [answer.verdict]
                yield answer
            if answer.verdict == "not_covered":
                self._keep(answer.standalone_question)

    def ask(self, way: str, question: str, history: Sequence[Message] = (), documents: Sequence[str] = ()) -> Answer:
        """Return the whole answer; raises as ``stream`` does."""
        *_, answer = self.stream(way, question, history, documents)
        return answer

    def _keep(self, question: str) -> None:
        """Keep a question that was refused, if that is wished; an answer is not lost over it."""
        if self._keep_refused:
            try:
                self._keep_refused(question)
            except AssistantError as error:
                _log.warning("a refused question was not kept: %s", error)
