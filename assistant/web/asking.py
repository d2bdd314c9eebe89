"""Questions by whichever way they come in: answered by the assistant as soon as it is open, and counted."""

from collections.abc import Iterator, Sequence

from assistant.schema import Answer, Message, Scope
from assistant.web.metrics import Metrics
from assistant.web.opening import Opening


class Asking:
    """Puts questions to an assistant that may still be opening."""

    def __init__(self, opening: Opening, metrics: Metrics) -> None:
        """Ask what ``opening`` opens, and count in ``metrics``."""
        self._opening = opening
        self._metrics = metrics

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

    def ask(self, way: str, question: str, history: Sequence[Message] = (), documents: Sequence[str] = ()) -> Answer:
        """Return the whole answer; raises as ``stream`` does."""
        *_, answer = self.stream(way, question, history, documents)
        return answer
