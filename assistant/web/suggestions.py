"""Questions worth asking, made from the documents' own headings and kept only if the documents answer them."""

import re
import threading
from collections.abc import Iterator, Sequence

from assistant.assistant import Assistant
from assistant.schema import Document

_COUNT = "two|three|four|five|six|seven|eight|nine|ten"
_NAME = r"[\w’'-]+(?: [\w’'-]+)?"
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?P<all>.+[?？؟])"), "{all}"),
    (re.compile(rf"[Tt]he (?P<what>(?:last )?(?:{_COUNT}) [\w’' -]+s)"), "What are the {what}?"),
    (re.compile(r"What (?P<what>[^,:]+?) is"), "What is {what}?"),
    (re.compile(r"What (?P<what>[^,:]+?) means"), "What does {what} mean?"),
    (
        re.compile(
            rf"(?P<how>How|Where|When|Why) (?P<what>(?:the )?{_NAME}) (?P<verb>is|are|was|were) (?P<rest>[^,:]+)"
        ),
        "{how} {verb} {what} {rest}?",
    ),
    (re.compile(r"(?P<all>Who [^,:]+)"), "{all}?"),
)
_LONGEST = 72
_TRIED = 60


def heading_question(heading: str) -> str | None:
    """Return the question that a heading answers, if it is of a kind that makes one."""
    for shape, form in _SHAPES:
        if match := shape.fullmatch(heading.strip()):
            question = form.format(**match.groupdict())
            return question if len(question) <= _LONGEST else None
    return None


def document_questions(document: Document) -> list[str]:
    """Return the questions that a document's headings make, in their order."""
    found = [heading_question(section.heading) for section in document.sections]
    return list(dict.fromkeys(question for question in found if question))


class Suggester:
    """Finds questions to offer; remembers which ones the documents answered, by generation of the index."""

    def __init__(self, assistant: Assistant) -> None:
        """Suggest what this assistant can answer."""
        self._assistant = assistant
        self._lock = threading.Lock()
        self._answered: dict[tuple[int, str], bool] = {}
        self._examples: dict[int, list[str]] = {}

    def examples(self, wanted: int = 5) -> list[str]:
        """Return questions to begin with, each from another document."""
        generation = self._assistant.generation
        with self._lock:
            if generation not in self._examples:
                self._examples = {generation: self._found(wanted)}
            return self._examples[generation]

    def followups(self, documents: Sequence[str], asked: Sequence[str], wanted: int = 3) -> list[str]:
        """Return answered questions of the cited documents that have not been asked yet."""
        known = {_key(question) for question in asked}
        found: list[str] = []
        for name in dict.fromkeys(documents):
            for question in document_questions(self._assistant.document(name)):
                if len(found) < wanted and _key(question) not in known and self._is_answered(question):
                    found.append(question)
        return found

    def _found(self, wanted: int) -> list[str]:
        found: list[str] = []
        for tried, questions in enumerate(self._rounds()):
            for question in questions:
                if self._is_answered(question):
                    found.append(question)
                if len(found) == wanted:
                    return found
            if tried > _TRIED:
                break
        return found

    def _rounds(self) -> Iterator[list[str]]:
        """Yield each document's first question, then each one's second, and so on."""
        questions = [document_questions(self._assistant.document(name)) for name in self._assistant.documents()]
        for turn in range(max(map(len, questions), default=0)):
            yield [own[turn] for own in questions if len(own) > turn]

    def _is_answered(self, question: str) -> bool:
        key = (self._assistant.generation, question)
        if key not in self._answered:
            self._answered[key] = self._assistant.verbatim(question).verdict == "answered"
        return self._answered[key]


def _key(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.lower()))
