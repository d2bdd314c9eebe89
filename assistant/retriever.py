"""Question to passages: dense and lexical search, of the whole and of its clauses, fused by z-scores, then read."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from assistant.duplicates import repeats
from assistant.embedder import MULTILINGUAL_MODEL, Embedder, Vectors
from assistant.followup import split_aside
from assistant.index import Index
from assistant.logistic import probability
from assistant.question import Question, clauses, kind_of
from assistant.reader import Reader, Reading, in_latin_letters
from assistant.schema import Chunk, Scope, SearchResult
from assistant.sentences import sentences_about
from assistant.terms import query_terms
from assistant.translation import QueryTranslator

CANDIDATES = 100
"""How many chunks each search gives to be fused."""
_DENSE_SHARE = 0.45
_GLOSSED_DENSE_SHARE = 0.6
"""… of a question that was put into English word for word."""
_FOREIGN_DENSE_SHARE = 0.7
"""… of another one in another script, whose words can only be matched by their sound."""
_CLAUSE_WEIGHT = 0.6
_MAIN_WEIGHT = 0.7
"""What the question without the aside at its end weighs beside the whole: the aside weighs less than the question."""
_READER_WEIGHT, _READER_DOUBT = (0.8, 0.0), (0.5, 3.0)
"""What a passage that surely answers gains, in standard deviations of the fused scores, for a question with its mark.

The second pair: what else is searched for gains less, and only where the reader's log-odds are beyond so many.
"""
_MARKS = frozenset("?？؟")
_CLOSE = 0.9
"""Cosine above which two passages found are compared word by word."""
_SPARE = 12
"""So many more candidates are fetched than are wanted, in case some repeat others."""
_POOL = 60
"""Neighbours of a result are looked for among so many hits, however few results are wanted."""
_JOINED = 4
"""Most chunks that are shown as one result."""
_PASSAGE, _FEWEST, _READ_CLOSELY = 460, 3, 560
"""An answer waits for what is read. No more is read than the first number of characters times the number of passages,
shared by the things that are asked together, but so many passages; and of a passage the third number, about its
likeliest sentence, is read closely. The question, which is read with each, counts too."""
_WITH_OTHERS = 0.6
"""With care this share of the passages is read for each of several things asked together, and else all of them; and
whole passages are read closely."""
_REMEMBERED = 64
"""So many questions are remembered in English."""
_GAP = 3
"""Most characters between two chunks that stand next to each other."""

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk with what each stage said of it.

    They are the cosine, BM25 (0 if it did not find it), both fused, the score that gives the order, what was read, and
    what was read by the model that reads only a few.
    """

    number: int
    chunk: Chunk
    cosine: float
    bm25: float
    fused: float
    score: float
    reading: Reading | None = None
    close: Reading | None = None

    @property
    def closest(self) -> Reading | None:
        """The reading of the passage to go by, if there is one."""
        return self.close or self.reading

    def closest_at(self, start: int, end: int) -> Reading | None:
        """Return the reading to go by between two places of the passage: not all of it was read closely."""
        return self.close if self.close and self.close.reaches(start, end) else self.reading


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found for a question, best first, with the question's terms and vector."""

    terms: list[str]
    vector: Vectors
    hits: list[Hit]
    passages: int
    """So many of the hits, the first, are read and looked at for sentences."""

    @property
    def looked_at(self) -> list[Hit]:
        """The hits that are looked at for sentences."""
        return self.hits[: self.passages]


def is_careful(embedder: Embedder) -> bool:
    """Tell whether care comes before speed: with the multilingual model, which takes longer anyway."""
    return embedder.name == MULTILINGUAL_MODEL


class Retriever:
    """Searches one opened index with one embedder."""

    def __init__(self, index: Index, embedder: Embedder, reader: Reader | None = None, passages: int = 8) -> None:
        """Bind them; the embedder must be the one that the index was built with.

        With a reader the best ``passages`` passages are read and put in order anew.
        """
        self._index = index
        self._embedder = embedder
        self._reader = reader
        self._passages = passages
        self._translator = QueryTranslator(index, embedder)
        self.in_english = lru_cache(_REMEMBERED)(self._translator.english)
        """What a question is in English, as the translator puts it, remembered: several stages ask for it."""
        self._careful = is_careful(embedder)

    def find(
        self, question: str, limit: int, scope: Scope | None = None, *, rerank: bool = True, together: int = 0
    ) -> Found:
        """Return the ``limit`` best chunks for a question, of all documents or of those in a scope.

        ``rerank`` False leaves out the reader. ``together`` tells that an answer is sought to so many things at once:
        where they are long, or asked with others, fewer passages are read.
        Raises DocumentMissing if the scope names a document that the index does not hold.
        """
        question = self._searched(question)
        main, aside = split_aside(question)
        asked = [question, *([main] if aside else []), *clauses(main)]
        english = [self.in_english(text) for text in asked]
        embedded = self._embedded(asked, english)
        among = self._index.numbers(scope) if scope and scope != Scope() else None
        queries = [self._terms(text, put) for text, put in zip(asked, english, strict=True)]
        lexical = [dict(self._index.search_words(query, CANDIDATES, among)) for query in queries]
        dense = [number for v in embedded for number, _ in self._index.search_vectors(v, CANDIDATES, among)]
        numbers = sorted(set(dense).union(*lexical))
        if not numbers:
            return Found(queries[0], embedded[0], [], 0)
        vectors = self._index.vectors(numbers)
        cosines = _products(vectors, embedded).astype(np.float64)
        words = np.array([[found.get(number, 0.0) for found in lexical] for number in numbers])
        scores = _fused(cosines, words, bool(aside), _dense_share(question, english[0]))
        order = np.lexsort((np.array(numbers), -scores))
        kept = self._distinct([numbers[i] for i in order], vectors[order], max(limit, self._passages))
        hits = [
            Hit(numbers[i], chunk, float(cosines[i, 0]), float(words[i, 0]), float(scores[i]), float(scores[i]))
            for place, chunk in kept
            for i in [order[place]]
        ]
        put = put_to_readers(question)
        passages = self._affordable(put, hits[: self._passages], together)
        if rerank and self._reader and self._reader.understands(put):
            hits = self._reread(self._reader, put, hits, passages)
        return Found(queries[0], embedded[0], hits[:limit], passages)

    def read_closely(self, question: str, found: Found, places: Mapping[int, tuple[int, int]]) -> Found:
        """Return what was found for a question, some of it read once more by the larger model.

        ``places`` are the numbers of chunks and the span of each's likeliest sentence: what is about it is read.
        Nothing changes if the question is in a language that the model cannot be asked in. One in Chinese or Urdu is
        put to it in English words, for chunks in Latin letters.
        """
        put = put_to_readers(question)
        closer = self._reader.closer if self._reader else None
        if not closer or not (english := self.in_english(put)):
            return found
        chosen = [hit for hit in found.hits if hit.number in places]
        if english != put:
            chosen = [hit for hit in chosen if in_latin_letters(hit.chunk.text)]
        if not chosen:
            return found
        whole = self._careful or english != put
        most = _READ_CLOSELY - len(put)
        spans = [
            (0, len(hit.chunk.text)) if whole else sentences_about(hit.chunk.text, *places[hit.number], most)
            for hit in chosen
        ]
        texts = [hit.chunk.text[start:end] for hit, (start, end) in zip(chosen, spans, strict=True)]
        readings = self._read(closer, english, chosen, texts)
        read = {hit.number: one.moved(start) for hit, one, (start, _) in zip(chosen, readings, spans, strict=True)}
        hits = [replace(hit, close=read[hit.number]) if hit.number in read else hit for hit in found.hits]
        return replace(found, hits=hits)

    def understood(self, question: Question) -> Question:
        """Return a question with what it is in English, if it is in another language and can be put so."""
        english = self.in_english(question.text)
        if english in ("", question.text):
            return question
        return replace(question, english=english, kind=kind_of(english) if question.kind == "other" else question.kind)

    def _searched(self, question: str) -> str:
        """Return a question as the embedding model understands it."""
        return (self.in_english(question) if self._translator.english_alone else "") or question

    def _embedded(self, asked: Sequence[str], english: Sequence[str]) -> Vectors:
        """Return a vector a text; of one put into English word for word the mean of both, of length 1."""
        own = self._embedder.embed_questions(asked)
        put = [meant or text for text, meant in zip(asked, english, strict=True)]
        if put == asked:
            return own
        both: Vectors = own + self._embedder.embed_questions(put)
        both /= np.linalg.norm(both, axis=1, keepdims=True)
        return both

    def _terms(self, text: str, english: str) -> list[str]:
        """Return the terms searched for, and the documents' words that foreign ones sound like or mean.

        Numbers and words in Latin letters, which are certain, then count twice.
        """
        own = query_terms(text)
        meant = self._translator.terms(text)
        if english not in ("", text):
            meant += [stem for stem in query_terms(english) if stem not in own and stem not in meant]
        return [*own, *filter(str.isascii, own), *meant] if meant else own

    def _affordable(self, question: str, hits: Sequence[Hit], together: int) -> int:
        """Return how many of the hits, the first, are read."""
        if not together:
            return len(hits)
        if self._careful:
            return math.ceil(len(hits) * _WITH_OTHERS) if together > 1 else len(hits)
        most = self._passages * _PASSAGE / together
        lengths = accumulate(len(question) + len(hit.chunk.text) for hit in hits)
        return max(_FEWEST, sum(length <= most for length in lengths))

    def _reread(self, reader: Reader, question: str, hits: list[Hit], passages: int) -> list[Hit]:
        """Return the hits in order anew, the first of them read: what answers the question rises."""
        first = hits[:passages]
        readings = self._read(reader, question, first, [hit.chunk.text for hit in first])
        weight, doubt = _READER_WEIGHT if _MARKS & set(question) else _READER_DOUBT
        read = [
            replace(hit, score=hit.score + weight * probability(reading.passage - doubt), reading=reading)
            for hit, reading in zip(first, readings, strict=True)
        ]
        return sorted([*read, *hits[passages:]], key=lambda hit: (-hit.score, hit.number))

    def _read(self, reader: Reader, question: str, hits: Sequence[Hit], texts: Sequence[str]) -> list[Reading]:
        titles = [self._index.title(hit.chunk.document) for hit in hits]
        return reader.read(question, list(zip(titles, texts, strict=True)))

    def _distinct(self, numbers: Sequence[int], vectors: Vectors, limit: int) -> list[tuple[int, Chunk]]:
        """Return the places and chunks of the first ``limit`` of the numbers that do not repeat a better one.

        ``vectors`` are theirs, row by row. Chunks are fetched some at a time: most candidates are never looked at.
        """
        kept: list[int] = []
        chunks: dict[int, Chunk] = {}
        for start in range(0, len(numbers), limit + _SPARE):
            end = start + limit + _SPARE
            chunks |= self._index.chunks(numbers[start:end])
            close = _products(vectors[start:end], vectors[:end]) > _CLOSE
            for place, row in enumerate(close, start=start):
                others = [other for other in kept if row[other]] if row[:place].any() else []
                if not any(self._repeats(chunks[numbers[place]], chunks[numbers[other]]) for other in others):
                    kept.append(place)
                if len(kept) == limit:
                    return [(place, chunks[numbers[place]]) for place in kept]
        return [(place, chunks[numbers[place]]) for place in kept]

    def _repeats(self, chunk: Chunk, other: Chunk) -> bool:
        near = self._index.near_duplicates
        first, second = (near.get(name, name) for name in (chunk.document, other.document))
        return repeats(chunk.text, other.text, alike=first == second and chunk.document != other.document)

    def search(self, question: str, k: int, scope: Scope | None = None) -> list[SearchResult]:
        """Return the ``k`` best passages for a question, best first; chunks that read on are joined into one."""
        hits = self.find(question, max(_POOL, k * _JOINED), scope).hits
        return [self._result(group, rank) for rank, group in enumerate(_joined(hits, k), start=1)]

    def _result(self, group: list[Hit], rank: int) -> SearchResult:
        best = group[0].chunk
        start, end = min(hit.chunk.start for hit in group), max(hit.chunk.end for hit in group)
        first = min(group, key=lambda hit: hit.chunk.start).chunk
        return SearchResult(
            chunk_id=best.id,
            document=best.document,
            title=self._index.title(best.document),
            text=best.text if len(group) == 1 else self._index.span(best.document, start, end),
            start=start,
            end=end,
            page=first.page,
            section=best.section,
            score=round(probability(group[0].score), 6),
            rank=rank,
        )


def _dense_share(question: str, english: str) -> float:
    """Return what the dense search weighs, by the question and what ``in_english`` made of it."""
    if english == question:
        return _DENSE_SHARE
    return _GLOSSED_DENSE_SHARE if english else _FOREIGN_DENSE_SHARE


def put_to_readers(question: str) -> str:
    """Return a question without its aside: what else was asked before would draw a reader to what answers that."""
    main, aside = split_aside(question)
    return f"{main}?" if aside else question


def _fused(cosines: Scores, words: Scores, has_aside: bool, share: float) -> Scores:
    """Return one score a chunk of the z-scores of both searches; columns are the question, then its parts.

    The first part is the question without its aside, if it has one. To these scores comes that of the clause that the
    chunk fits best: a question about several things finds passages on each.
    """
    each = share * _standardised(cosines) + (1 - share) * _standardised(words)
    whole: Scores = each[:, 0] + _MAIN_WEIGHT * each[:, 1] if has_aside else each[:, 0]
    clause = each[:, 1 + has_aside :]
    return whole + _CLAUSE_WEIGHT * clause.max(axis=1) if clause.shape[1] else whole


def _products(rows: Vectors, others: Vectors) -> Vectors:
    """Return the inner product of each row with each of the others, shape (rows, others).

    Not by BLAS: its threads wait busily for more to do, and take the cores from the readers that come next.
    """
    products: Vectors = np.einsum("nd,kd->nk", rows, others)
    return products


def _standardised(values: Scores) -> Scores:
    scaled: Scores = (values - values.mean(axis=0)) / (values.std(axis=0) + 1e-6)
    return scaled


def _joined(hits: Sequence[Hit], k: int) -> list[list[Hit]]:
    """Group hits, best first, with others of the pool that stand next to them in the same section: ``k`` groups."""
    groups: list[list[Hit]] = []
    taken: set[int] = set()
    for hit in hits:
        if hit.number in taken or len(groups) == k:
            continue
        group = [hit]
        for other in hits[:_POOL]:
            if len(group) < _JOINED and other.number not in taken and _reads_on(group, other):
                group.append(other)
        taken |= {member.number for member in group}
        groups.append(group)
    return groups


def _reads_on(group: Sequence[Hit], other: Hit) -> bool:
    chunk, first = other.chunk, group[0].chunk
    if chunk.document != first.document or chunk.section != first.section:
        return False
    start, end = min(hit.chunk.start for hit in group), max(hit.chunk.end for hit in group)
    return 0 <= chunk.start - end <= _GAP or 0 <= start - chunk.end <= _GAP
