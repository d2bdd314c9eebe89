"""What the server counts, in the text format of Prometheus."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from assistant.web.opening import Opening

_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counts questions by the way they came in and their verdict, and times them; holds no question's words."""

    def __init__(self, opening: Opening) -> None:
        """Count for one server; index and documents are looked up when somebody asks for the figures."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._questions = Counter(
            "assistant_questions", "Questions answered.", ["way", "verdict"], registry=self._registry
        )
        self._failures = Counter("assistant_failures", "Questions not answered.", ["way"], registry=self._registry)
        self._seconds = Histogram(
            "assistant_answer_seconds",
            "Seconds from a question to its whole answer.",
            ["way"],
            registry=self._registry,
            buckets=_BOUNDS,
        )
        self._asking = Gauge("assistant_questions_in_progress", "Questions being answered.", registry=self._registry)
        for name, text, value in (
            ("assistant_ready", "Whether the documents are open.", lambda: opening.done and not opening.error),
            ("assistant_index_generation", "The index's generation in use.", lambda: opening.generation),
            ("assistant_documents", "Documents in the index.", lambda: opening.documents),
        ):
            Gauge(name, text, registry=self._registry).set_function(value)

    @contextmanager
    def question(self, way: str) -> Iterator[list[str]]:
        """Count and time what happens inside the ``with``; its value takes the verdicts of the growing answer."""
        verdicts: list[str] = []
        started = time.perf_counter()
        with self._asking.track_inprogress():
            try:
                yield verdicts
            finally:
                self._seconds.labels(way).observe(time.perf_counter() - started)
                if verdicts:
                    self._questions.labels(way, verdicts[-1]).inc()
                else:
                    self._failures.labels(way).inc()

    def text(self) -> bytes:
        """Return all figures."""
        return generate_latest(self._registry)
