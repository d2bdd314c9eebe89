"""The nouns of this package, frozen: what goes in and out of it, and the JSON of each.

Offsets count characters (Unicode code points) of ``Document.text``, which is NFC; ``end`` is exclusive.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from assistant.errors import QuestionError

Verdict = Literal["answered", "partial", "not_covered"]
Message = Mapping[str, str]
"""One turn of a conversation: ``{"role": "user" | "assistant", "content": "…"}``."""
Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""
_DATE = re.compile(r"\d{4}(-\d\d){0,2}")


@dataclass(frozen=True, slots=True)
class _Record:
    """A dataclass that turns itself into plain JSON values."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain dictionaries, lists, strings and numbers."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Scope(_Record):
    """Which documents may answer: those named (none: all), of this language, dated from ``since`` to ``until``.

    Dates are ISO years, months or days, both included; a document without a date is in no span of dates.
    Raises QuestionError for another form of date.
    """

    documents: Sequence[str] = ()
    language: str = ""
    since: str = ""
    until: str = ""

    def __post_init__(self) -> None:
        """Check the dates."""
        for date in (self.since, self.until):
            if date and not _DATE.fullmatch(date):
                raise QuestionError(f"“{date}” is no date; write it as 2024, 2024-07 or 2024-07-15.")


@dataclass(frozen=True, slots=True)
class Page(_Record):
    """A physical page: ``number`` is 1-based, ``label`` the number printed on it if it has one of its own."""

    number: int
    start: int
    end: int
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Section(_Record):
    """A heading (``level`` 1 is the outermost) and the span from it to the next of its level or above."""

    heading: str
    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document(_Record):
    """A file of the corpus, read.

    ``id`` is its path below the corpus folder with ``/``; ``text`` the whole extracted text, NFC;
    ``sha256`` that of the file; ``language`` an ISO 639-1 code, or ``und``.
    """

    id: str
    title: str
    text: str
    media_type: str
    sha256: str
    language: str
    pages: list[Page] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Document":
        """Return the document that ``to_dict`` gave these values of."""
        pages = [Page(**page) for page in values["pages"]]
        sections = [Section(**section) for section in values["sections"]]
        return cls(**{**values, "pages": pages, "sections": sections})

    def page_at(self, offset: int) -> int | None:
        """Return the number of the page on which the character at ``offset`` stands, if there are pages."""
        number = None
        for page in self.pages:
            if page.start > offset:
                break
            number = page.number
        return number

    def headings_at(self, offset: int) -> list[str]:
        """Return the headings over the character at ``offset``, from the outermost."""
        return [section.heading for section in self.sections if section.start <= offset < section.end]


@dataclass(frozen=True, slots=True)
class Chunk(_Record):
    """A slice of a document that is embedded and found as one: ``document.text[start:end] == text``."""

    id: str
    document: str
    text: str
    start: int
    end: int
    page: int | None
    section: list[str]


@dataclass(frozen=True, slots=True)
class SearchResult(_Record):
    """A passage found for a question; ``rank`` counts from 1 and higher ``score`` is better."""

    chunk_id: str
    document: str
    title: str
    text: str
    start: int
    end: int
    page: int | None
    section: list[str]
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Citation(_Record):
    """The place that a sentence of an answer rests on: ``document.text[start:end] == quote``."""

    marker: int
    document: str
    title: str
    page: int | None
    section: list[str]
    start: int
    end: int
    quote: str
    chunk_id: str


@dataclass(frozen=True, slots=True)
class AnswerSentence(_Record):
    """A sentence of an answer and the markers of the citations that it rests on."""

    text: str
    citations: list[int]


@dataclass(frozen=True, slots=True)
class DirectAnswer(_Record):
    """What is asked for in so many words, lifted from the document of citation ``marker`` at ``start`` to ``end``."""

    text: str
    marker: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DroppedSentence(_Record):
    """A sentence of a language model that failed verification, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer(_Record):
    """What the reader gets, and what each sentence of it rests on.

    ``text`` is Markdown with markers like ``[1]``; ``missing`` says what the documents do not say;
    ``confidence`` is the calibrated probability (0 to 1) that the documents answer the question;
    ``engine`` is ``"extractive"`` or a language model's name; ``language`` that of the question;
    ``dropped`` a model's sentences that failed verification; ``notice`` why the documents' own words stand where a
    model was to write ("" elsewhere); ``direct`` what is asked for in so many words, where it can be lifted from the
    first sentence.
    """

    question: str
    standalone_question: str
    verdict: Verdict
    text: str
    sentences: list[AnswerSentence]
    citations: list[Citation]
    missing: str
    confidence: float
    engine: str
    language: str
    dropped: list[DroppedSentence] = field(default_factory=list)
    direct: DirectAnswer | None = None
    notice: str = ""


@dataclass(frozen=True, slots=True)
class ConsideredPassage(_Record):
    """A passage in which an answer was sought, with what each stage said of it.

    ``cosine`` and ``bm25`` are those of the two searches (0 where BM25 did not find it); ``fused`` their sum in
    standard deviations; ``read`` the probability that the reader gives it of answering (None where it was not read);
    ``score`` the order.
    """

    chunk_id: str
    document: str
    title: str
    start: int
    end: int
    page: int | None
    section: list[str]
    cosine: float
    bm25: float
    fused: float
    read: float | None
    score: float


@dataclass(frozen=True, slots=True)
class ConsideredSentence(_Record):
    """A sentence of those passages with the probability that it answers the question."""

    text: str
    document: str
    start: int
    end: int
    probability: float


@dataclass(frozen=True, slots=True)
class Explanation(_Record):
    """Why a question, or each part of one, is answered or refused.

    It is answered if ``confidence`` is at least ``threshold`` and no document says expressly that it is not known
    (then ``absent`` names that document). Passages and sentences are best first.
    """

    question: str
    answered: bool
    confidence: float
    threshold: float
    absent: str
    passages: list[ConsideredPassage]
    sentences: list[ConsideredSentence]


@dataclass(frozen=True, slots=True)
class BuildItem(_Record):
    """One file in a build's report.

    ``reason`` says in words what became of it: why it failed, of what it is a duplicate, or its pages, chunks and
    language (ISO 639-1) and all that its owner should know, which ``notes`` holds sentence by sentence.
    """

    document: str
    reason: str = ""
    pages: int = 0
    chunks: int = 0
    language: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BuildReport(_Record):
    """What a build did: files by outcome, totals, chunks embedded in this run, and the new generation.

    Near duplicates are searched like others: they stand among the files taken and in ``duplicates`` too.
    ``notice`` says why everything was built anew, or files were tried again, where they did not change.
    """

    added: list[BuildItem]
    updated: list[BuildItem]
    unchanged: list[BuildItem]
    removed: list[BuildItem]
    duplicates: list[BuildItem]
    failed: list[BuildItem]
    documents: int
    chunks: int
    embedded: int
    seconds: float
    generation: int
    notice: str = ""
