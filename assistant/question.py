"""What a question asks for, read from its words alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.errors import QuestionError
from assistant.followup import split_aside, topic_of, with_topic
from assistant.schema import Message
from assistant.terms import query_terms

Kind = Literal["date", "number", "person", "place", "reason", "list", "other"]
MAX_LENGTH = 4000
MAX_TURNS = 400
MAX_HISTORY = 400_000
"""Characters of all turns of a conversation."""

_COUNT = "two|three|four|five|six|seven|eight|nine|ten"
_PATTERNS: tuple[tuple[Kind, str], ...] = (
    (
        "list",
        rf"\b(?:list|name (?:all|the|some)|what (?:are|were)(?: all)? the|which (?:\w+ )?(?:{_COUNT})\b"
        rf"|what (?:{_COUNT})\b|which (?:topics|themes|areas|provinces|cities|counties|places|steps)"
        r"|what (?:topics|themes|areas|steps|kinds|types))\b|哪些|کون کون",
    ),
    (
        "number",
        r"\bhow (?:many|much|large|big|long|far|high|old|tall|often|wide)\b|\bhow\b.*\bcost\b|多少|几|کتن[ےیا]"
        r"|\bwhat (?:is the )?(?:number|share|percentage|percent|rate|size|population|cost|price|income|budget|amount"
        r"|proportion|length|area)\b",
    ),
    (
        "date",
        r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|decade|century|time)\b|\bsince when\b|\bhow recently\b"
        r"|什么时候|何时|哪一?年|کب|کس (?:سال|تاریخ)",
    ),
    ("person", r"\b(?:who|whom|whose)\b|谁|کس نے|کون"),
    (
        "place",
        r"\bwhere\b|哪里|何处|کہاں"
        r"|\b(?:what|which) (?:city|province|country|county|village|place|town|state|region)\b",
    ),
    ("reason", r"\b(?:why|how come|what caused|for what reason)\b|为什么|کیوں"),
)
_KINDS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS]
_ASKS = r"(?:who|whom|whose|what|when|where|which|why|how)\b"
_JOINT = re.compile(
    rf"\?\s+(?=\S)|[,;]?\s+(?:and|but)\s+(?=(?:also\s+)?(?:(?:in|on|at|by|for|from|to|of)\s+)?{_ASKS})|[？]\s*(?=\S)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,;:]\s+(?:(?:and|but|while|or|which|who|whose|with)\s+)?|\s+(?:and|while|but|despite|whereas)\s+|[，；：、]"
)
_CLAUSE_TERMS = 3
_MOST_CLAUSES = 8
_LONG = 12
"""Content words; of people's questions on one passage one in a hundred has more than eleven."""
MAX_PARTS = 12
"""So many things can be asked at once; each is sought on its own."""
_ASKING = re.compile(
    rf"\b{_ASKS}|\b(?:is|are|was|were|do|does|did|can|could|has|have|list|name|tell|give)\b"
    r"|[吗哪谁何几]|什么|多少|怎|کی|کون|کب|کہاں|کت",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|century|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b"
    r"|\b(?:1[0-9]|20)\d\d(?:s|[–-]\d\d(?:\d\d)?)?\b|\d+\s*[年月日]"
)
_NUMBER = re.compile(
    rf"\d|\b(?:one|{_COUNT}|eleven|twelve|dozen|hundred|thousand|million|billion|half|third|quarter|twice|once)s?\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<!^)(?<![.!?] )\b[A-Z][\w’'-]+")
_REASON = re.compile(
    r"\b(?:because|since|due to|so that|in order|caused?|reasons?|therefore|led to|result(?:ed|s)?|owing|as a result"
    r"|to \w+)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked."""

    text: str
    kind: Kind
    search: str
    """What to search for: the text, with the topic of the part before where it names none itself."""
    english: str = ""
    """The text in English, if it is in another language and can be put so; to be compared, not shown."""
    together: int = 1
    """How many things are asked together, this one among them."""

    @property
    def words(self) -> str:
        """What is compared with the words of the documents."""
        return self.english or self.text

    def expects(self, sentence: str) -> bool:
        """Tell whether a sentence holds the kind of thing that is asked for."""
        pattern = {"date": _DATE, "number": _NUMBER, "person": _NAME, "place": _NAME, "reason": _REASON}.get(self.kind)
        return pattern is None or bool(pattern.search(sentence))


def checked(text: str) -> str:
    """Return the question without the white space around it; raises QuestionError if it is empty or too long."""
    if not isinstance(text, str):
        raise QuestionError("The question must be a text.")
    text = " ".join(text.split())
    if not text:
        raise QuestionError("The question is empty; type one.")
    if len(text) > MAX_LENGTH:
        raise QuestionError(f"The question has {len(text)} characters; shorten it to {MAX_LENGTH}.")
    return text


def checked_history(history: Sequence[Message]) -> Sequence[Message]:
    """Return the conversation so far; raises QuestionError if it is malformed or too long."""
    if not isinstance(history, Sequence) or isinstance(history, str):
        raise QuestionError("The history must be a list of turns, each with “role” and “content”.")
    if len(history) > MAX_TURNS or sum(len(str(turn)) for turn in history) > MAX_HISTORY:
        raise QuestionError(
            f"The conversation is longer than {MAX_TURNS} turns or {MAX_HISTORY:,} characters; begin a new one."
        )
    return history


def parts(text: str) -> list[Question]:
    """Return the things that are asked, one or more: “Who hosted it and when?” asks two.

    Raises QuestionError if they are too many.
    """
    pieces = [piece.strip(" ,;") for piece in _JOINT.split(text) if piece and piece.strip(" ,;?")]
    if len(pieces) > 1 and not all(_ASKING.search(piece) for piece in pieces):
        pieces = [text]
    if len(pieces) > MAX_PARTS:
        raise QuestionError(f"This asks {len(pieces)} things at once; ask at most {MAX_PARTS}.")
    found: list[Question] = []
    topic = ""
    for piece in pieces or [text]:
        own = topic_of(piece)
        search = with_topic(piece, topic) if topic and not own else piece
        topic = own or topic
        found.append(Question(piece, kind_of(piece), search, together=max(1, len(pieces))))
    return found


def is_long(text: str) -> bool:
    """Tell whether a question, its aside left out, tells so much itself that it is judged apart from the short ones."""
    return len(query_terms(split_aside(text)[0])) > _LONG


def clauses(text: str) -> list[str]:
    """Return the clauses of a long question, each with content words enough to be searched for; none if it has one."""
    found: list[str] = []
    rest = ""
    for piece in _CLAUSE.split(text):
        rest = f"{rest} {piece.strip(' ?.')}".strip()
        if len(query_terms(rest)) >= _CLAUSE_TERMS:
            found.append(rest)
            rest = ""
    if rest and found:
        found[-1] = f"{found[-1]} {rest}"
    return found[:_MOST_CLAUSES] if len(found) > 1 else []


def kind_of(text: str) -> Kind:
    """Return what kind of thing a question asks for."""
    return next((kind for kind, pattern in _KINDS if pattern.search(text)), "other")
