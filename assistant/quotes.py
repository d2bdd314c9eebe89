"""What is quoted for a sentence that answers: a span of its document, as long as it must be to be understood."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evidence import Sentence
from assistant.question import Question
from assistant.schema import Citation, Document
from assistant.sentences import block_at, sentence_spans
from assistant.terms import terms

_MOST_ITEMS = 15
_FRESH = 0.8
"""What has more than this share of its words in what is quoted already says it again."""
_LEANS = re.compile(
    r"^(?:[\"'“‘(]*)(?:it|its|this|these|those|that|they|their|them|he|his|she|her|such|there|here|both"
    r"|the (?:same|latter|former|first|second|other)|however|but|and|or|so|also|then|thus|therefore|another|others"
    r"|in (?:this|that|these) \w+)\b",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten|several|following)\b", re.IGNORECASE)
_ENUMERATES = re.compile(
    r"^(?:the )?(?:first|second|third|fourth|fifth|sixth|two|three|four|five|six|seven|eight|nine|ten|last|others?)\b"
    r"|^(?:one|another|these|those|they) (?:is|are|was|were|of)\b",
    re.IGNORECASE,
)
"""How a sentence begins that tells one of the things which the sentence before it announced by their number."""
_MOST_ENUMERATING = 6


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a document to be cited, and the sentences of the answer that it gives (heading, text)."""

    document: Document
    start: int
    end: int
    chunk_id: str
    lines: list[tuple[str, str]]
    sentences: int = 1
    """How many it counts for when an answer is kept short; a list counts for one."""


def quote_of(document: Document, sentence: Sentence, question: Question) -> Quote:
    """Return what is quoted of a document for a sentence of it.

    Its whole list if a list is asked for; with the sentence before if it leans on that, with those after that tell what
    it announces, and under its heading if it is none that can stand alone.
    """
    if question.kind == "list" and (block := _list_around(document.text, sentence.start, sentence.end)):
        start, end = block
        lines = [("", line.strip()) for line in document.text[start:end].split("\n") if line.strip()]
        return Quote(document, start, end, sentence.hit.chunk.id, lines)
    start = _leaning_start(document.text, sentence.start) if _LEANS.match(sentence.text) else sentence.start
    announces = _ANNOUNCES.search(document.text, start, sentence.end)
    told = _enumerated(document.text, sentence.end) if announces else []
    end = told[-1] if told else sentence.end
    text = document.text[start:end]
    headings = document.headings_at(start) if _is_fragment(document.text, start, text) else []
    heading = headings[-1] if headings else ""
    return Quote(document, start, end, sentence.hit.chunk.id, [(heading, text)], 1 + len(told))


def citation(marker: int, quote: Quote) -> Citation:
    """Return the quote as the answer's citation of that number."""
    document = quote.document
    return Citation(
        marker=marker,
        document=document.id,
        title=document.title,
        page=document.page_at(quote.start),
        section=document.headings_at(quote.start),
        start=quote.start,
        end=quote.end,
        quote=document.text[quote.start : quote.end],
        chunk_id=quote.chunk_id,
    )


def repeats(quote: Quote, quotes: Sequence[Quote]) -> bool:
    """Tell whether a quote overlaps others, or says hardly anything that they don't."""
    for other in quotes:
        if other.document.id == quote.document.id and other.start < quote.end and quote.start < other.end:
            return True
    own = {term for _, line in quote.lines for term in terms(line)}
    said = {term for other in quotes for _, line in other.lines for term in terms(line)}
    return bool(own) and len(own & said) > _FRESH * len(own)


def _list_around(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the span of the list that holds a sentence or follows it, with the paragraph that introduces it.

    Loaders write items and rows one a line, and an empty line between all else.
    """
    first, last = block_at(text, start)
    if "\n" in text[first:last]:
        intro = block_at(text, first - 3) if first > 2 else None
        if intro and "\n" not in text[intro[0] : intro[1]] and text[: intro[1]].endswith(":"):
            first = intro[0]
    else:
        following = block_at(text, last + 2) if last + 2 < len(text) else (last, last)
        if "\n" not in text[following[0] : following[1]] or end < last:
            return None
        first, last = start, following[1]
    return (first, last) if text[first:last].count("\n") <= _MOST_ITEMS else None


def _leaning_start(text: str, start: int) -> int:
    """Return where the sentence before begins, in the same paragraph, for one that leans on it."""
    line = text.rfind("\n", 0, start) + 1
    spans = sentence_spans(text[line:start])
    return line + spans[-1][0] if spans else start


def _enumerated(text: str, end: int) -> list[int]:
    """Return where the sentences end that follow in the same paragraph and tell, one by one, what was announced."""
    stop = text.find("\n", end)
    rest = text[end : stop if stop >= 0 else len(text)]
    ends: list[int] = []
    for first, last in sentence_spans(rest)[:_MOST_ENUMERATING]:
        if not _ENUMERATES.match(rest[first:last]):
            break
        ends.append(end + last)
    return ends


def _is_fragment(text: str, start: int, quote: str) -> bool:
    """Tell whether a quote is an item, a row or a scrap that needs its heading to be understood."""
    line = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", start)
    neighbours = text[line - 2 : line - 1] not in ("\n", "") or text[stop : stop + 2] not in ("\n\n", "\n", "")
    alone = line == start
    return alone and (neighbours or not re.search(r"[.!?。！？۔؟]['\"”’)]*$", quote))
