"""A verbatim answer and its passages → prose by a language model, each sentence verified before it is shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from assistant.agreement import Source
from assistant.errors import ServerError
from assistant.markdown import escaped
from assistant.phrases import phrase
from assistant.prompts import Draft, drafts, messages, orders
from assistant.schema import Answer, AnswerSentence, Citation, Document, DroppedSentence, SearchResult
from assistant.sentences import sentence_spans
from assistant.terms import terms
from assistant.verification import Embeds, Verifier

MOST_SOURCES = 30
MOST_CHARACTERS = 5000
"""So much of the passages goes into the prompt: a small model reads some seventy tokens a second on a laptop."""
MOST_DRAFTS = 12
_LEAST_VERIFIED = 0.5
_SHORTEST = 3
_SAME = 0.9


class Generates(Protocol):
    """What streams a model's reply to a conversation."""

    @property
    def name(self) -> str:
        """What the model is called."""
        ...

    def stream(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]:
        """Yield the reply's pieces; raises ServerError."""
        ...


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A sentence of a document that the model may cite."""

    document: Document
    start: int
    end: int
    chunk_id: str

    @property
    def source(self) -> Source:
        return Source(
            self.document.text[self.start : self.end],
            ". ".join([self.document.title, *self.document.headings_at(self.start)]),
        )


class Writer:
    """Writes answers with a language model; what it can't prove, it leaves to the documents' own words."""

    def __init__(self, generator: Generates, embedder: Embeds, document: Callable[[str], Document]) -> None:
        """Write with a generator, verify with an embedder; ``document`` gives a document by its id."""
        self._generator = generator
        self._embedder = embedder
        self._document = document

    def stream(self, verbatim: Answer, passages: Sequence[SearchResult]) -> Iterator[Answer]:
        """Yield answers that grow by verified sentences; the last is the verbatim one where too little is verified."""
        numbered = self._numbered(verbatim, passages)
        verifier = Verifier(self._embedder, [item.source for item in numbered])
        page = _Page(verbatim, self._generator.name, numbered, verifier)
        prompt = messages(verbatim.standalone_question, [item.source.text for item in numbered])
        rest = ""
        try:
            for piece in self._generator.stream(prompt):
                found, rest = drafts(rest + piece, whole=False)
                for draft in found:
                    if page.take(draft):
                        yield page.answer()
            for draft in drafts(rest, whole=True)[0]:
                page.take(draft)
        except ServerError as error:
            yield page.verbatim(str(error))
            return
        yield page.final()

    def _numbered(self, verbatim: Answer, passages: Sequence[SearchResult]) -> list[_Numbered]:
        """Return the sentences of what the verbatim answer cites, then those of the passages, within the limits."""
        places = [(c.document, c.start, c.end, c.chunk_id) for c in verbatim.citations]
        places += [(p.document, p.start, p.end, p.chunk_id) for p in passages]
        found: dict[tuple[str, int], _Numbered] = {}
        size = 0
        for name, first, last, chunk_id in places:
            document = self._document(name)
            headings = {section.start for section in document.sections}
            for start, end in sentence_spans(document.text[first:last]):
                item = _Numbered(document, first + start, first + end, chunk_id)
                if (name, item.start) in found or item.start in headings or end - start < _SHORTEST:
                    continue
                if orders(document.text[item.start : item.end]):
                    continue
                size += end - start
                if found and (len(found) == MOST_SOURCES or size > MOST_CHARACTERS):
                    return list(found.values())
                found[name, item.start] = item
        return list(found.values())


class _Page:
    """What has been written so far."""

    def __init__(self, verbatim: Answer, engine: str, numbered: Sequence[_Numbered], verifier: Verifier) -> None:
        self._verbatim = verbatim
        self._engine = engine
        self._numbered = numbered
        self._verifier = verifier
        self._markers: dict[int, int] = {}
        self._sentences: list[AnswerSentence] = []
        self._items: list[bool] = []
        self._dropped: list[DroppedSentence] = []

    def take(self, draft: Draft) -> bool:
        """Verify a sentence and tell whether it is shown; raises ServerError if there is no end to them."""
        if len(self._sentences) + len(self._dropped) == MOST_DRAFTS:
            raise ServerError("its reply is too long")
        reason = "" if draft.bare else "it holds a link, a picture or a tag"
        cited: tuple[int, ...] = ()
        if not reason:
            check = self._verifier.check(draft.text, [number - 1 for number in draft.cited])
            cited, reason = check.cited, check.reason or self._repeated(draft.text)
        if reason:
            self._dropped.append(DroppedSentence(draft.text, reason))
            return False
        markers = [self._markers.setdefault(place, len(self._markers) + 1) for place in cited]
        self._sentences.append(AnswerSentence(draft.text, sorted(markers)))
        self._items.append(draft.item)
        return True

    def answer(self) -> Answer:
        """Return the answer as far as it is verified."""
        return replace(
            self._verbatim,
            text=self._text(),
            sentences=list(self._sentences),
            citations=[
                _citation(marker, self._numbered[place])
                for place, marker in sorted(self._markers.items(), key=lambda pair: pair[1])
            ],
            engine=self._engine,
            dropped=list(self._dropped),
        )

    def final(self) -> Answer:
        """Return the answer, or the verbatim one if most of what was written failed."""
        written = len(self._sentences) + len(self._dropped)
        if not written:
            return self.verbatim("its reply is empty")
        if len(self._sentences) < _LEAST_VERIFIED * written or not self._sentences:
            return self.verbatim(f"{len(self._sentences)} of its {written} sentences could be verified")
        return self.answer()

    def verbatim(self, reason: str) -> Answer:
        """Return the verbatim answer, with the reason why it stands here."""
        notice = phrase("verbatim_instead", self._verbatim.language, reason=reason)
        return replace(self._verbatim, dropped=list(self._dropped), notice=notice)

    def _repeated(self, text: str) -> str:
        own = set(terms(text))
        said = (set(terms(sentence.text)) for sentence in self._sentences)
        return "it is said already" if any(len(own & other) >= _SAME * len(own | other) for other in said) else ""

    def _text(self) -> str:
        blocks: list[str] = []
        was_item = None
        for sentence, item in zip(self._sentences, self._items, strict=True):
            line = escaped(sentence.text) + " " + "".join(f"[{marker}]" for marker in sentence.citations)
            if item == was_item:
                blocks[-1] += f"\n- {line}" if item else f" {line}"
            else:
                blocks.append(f"- {line}" if item else line)
            was_item = item
        return "\n\n".join([*blocks, *([escaped(self._verbatim.missing)] if self._verbatim.missing else [])])


def _citation(marker: int, item: _Numbered) -> Citation:
    return Citation(
        marker=marker,
        document=item.document.id,
        title=item.document.title,
        page=item.document.page_at(item.start),
        section=item.document.headings_at(item.start),
        start=item.start,
        end=item.end,
        quote=item.document.text[item.start : item.end],
        chunk_id=item.chunk_id,
    )
