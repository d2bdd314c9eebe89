"""What readers say of answers, and what was refused: kept in one SQLite file beside the generations of the index."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock

from assistant.errors import QuestionError
from assistant.schema import Answer

FILE = "feedback.sqlite"
LOCK = "feedback.lock"
"""Held while the file is open: where two make it or turn it to write-ahead logging, SQLite fails instead of waiting."""
RATINGS = ("good", "wrong", "incomplete", "citation", "refuse")
"""The answer was good, wrong or incomplete, its citation wrong, or it should have been refused."""
_LONGEST_COMMENT = 2_000
_MOST = 10_000
"""So many rows a table keeps, the latest."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    key TEXT PRIMARY KEY, time TEXT NOT NULL, rating TEXT NOT NULL, comment TEXT NOT NULL, question TEXT NOT NULL,
    standalone_question TEXT NOT NULL, language TEXT NOT NULL, verdict TEXT NOT NULL, answer TEXT NOT NULL,
    citations TEXT NOT NULL, confidence REAL NOT NULL, engine TEXT NOT NULL, generation INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS refused (
    question TEXT NOT NULL, day TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (question, day)
) STRICT;
"""
_LONGEST_WAIT = 10.0
"""Seconds until another's work must have ended."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What one reader said of one answer; ``time`` is ISO 8601 in UTC, ``generation`` that of the index, if known."""

    key: str
    time: str
    rating: str
    comment: str
    question: str
    standalone_question: str
    language: str
    verdict: str
    answer: str
    citations: list[dict[str, Any]]
    confidence: float
    engine: str
    generation: int | None


@dataclass(frozen=True, slots=True)
class Day:
    """How many answers of a day were called good and not good, and how many questions kept as refused."""

    date: date
    good: int
    bad: int
    refused: int


class FeedbackStore:
    """Feedback in an index folder; the first that is kept makes the file. Safe from several threads and processes."""

    def __init__(self, index: Path) -> None:
        """Keep it in this folder."""
        self._path = index / FILE
        self._lock = index / LOCK

    def keep(self, key: str, rating: str, comment: str, answer: Answer, generation: int | None) -> None:
        """Keep what is said of an answer; the same ``key`` again replaces it. Raises QuestionError."""
        if rating not in RATINGS or len(comment) > _LONGEST_COMMENT or not (key.isalnum() and len(key) <= 64):
            raise QuestionError(
                f"Feedback needs a rating ({', '.join(RATINGS)}), a comment of up to {_LONGEST_COMMENT:,} characters, "
                "and a key of up to 64 letters and digits."
            )
        citations = json.dumps([citation.to_dict() for citation in answer.citations], ensure_ascii=False)
        values = (
            key, _now(), rating, comment.strip(), answer.question, answer.standalone_question, answer.language,
            answer.verdict, answer.text, citations, answer.confidence, answer.engine, generation,
        )  # fmt: skip
        with self._writing() as database:
            database.execute("INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            _shorten(database, "feedback", "time")

    def keep_refused(self, question: str) -> None:
        """Count a question that was refused today."""
        with self._writing() as database:
            database.execute(
                "INSERT INTO refused VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET number = number + 1",
                (question, _now()[:10]),
            )
            _shorten(database, "refused", "day")

    def all(self) -> list[Feedback]:
        """Return all feedback, the latest first."""
        rows = self._rows("SELECT * FROM feedback ORDER BY time DESC, key")
        return [Feedback(*_with_citations(row)) for row in rows]

    def counts(self) -> dict[str, int]:
        """Return how often each rating was given."""
        found = dict(self._rows("SELECT rating, count(*) FROM feedback GROUP BY rating"))
        return {rating: found.get(rating, 0) for rating in RATINGS}

    def unanswered(self) -> dict[str, int]:
        """Return the questions that were not answered and how often each: those kept, else those with feedback."""
        found = dict(
            self._rows("SELECT standalone_question, count(*) FROM feedback WHERE verdict = 'not_covered' GROUP BY 1")
        )
        kept = dict(self._rows("SELECT question, sum(number) FROM refused GROUP BY question"))
        return {question: max(found.get(question, 0), kept.get(question, 0)) for question in found | kept}

    def days(self, number: int) -> list[Day]:
        """Return the last days up to today (UTC), the earliest first."""
        rated = self._rows(
            "SELECT substr(time, 1, 10), sum(rating = 'good'), sum(rating <> 'good') FROM feedback GROUP BY 1"
        )
        good, bad = {row[0]: row[1] for row in rated}, {row[0]: row[2] for row in rated}
        refused = dict(self._rows("SELECT day, sum(number) FROM refused GROUP BY day"))
        today = datetime.now(UTC).date()
        days = [today - timedelta(days=back) for back in reversed(range(number))]
        return [Day(day, *(of.get(day.isoformat(), 0) for of in (good, bad, refused))) for day in days]

    def _rows(self, statement: str) -> list[Any]:
        if not self._path.exists():
            return []
        with self._opened() as database:
            return database.execute(statement).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._opened() as database, database:
            yield database

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one piece of work; raises QuestionError if it can't be used."""
        try:
            with (
                FileLock(self._lock, timeout=_LONGEST_WAIT, poll_interval=0.01),
                closing(sqlite3.connect(self._path, timeout=_LONGEST_WAIT)) as database,
            ):
                database.execute("PRAGMA journal_mode = WAL")
                database.executescript(_SCHEMA)
                yield database
        except (OSError, sqlite3.Error) as error:
            raise QuestionError(
                f"The feedback in “{self._path}” can't be kept or read ({error}); see to its folder, or move it away."
            ) from error


def _with_citations(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return *row[:9], json.loads(row[9]), *row[10:]


def _shorten(database: sqlite3.Connection, table: str, order: str) -> None:
    database.execute(
        f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} ORDER BY {order} DESC LIMIT -1 OFFSET {_MOST})"
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
