"""Sentences of the passages found, each with what speaks for its answering the question."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from assistant.embedder import Embedder, Vectors
from assistant.followup import split_aside
from assistant.index import Index
from assistant.logistic import Logistic, load_logistic
from assistant.measures import asked_measures, measures_missing
from assistant.names import subjects, unsaid
from assistant.question import Question, is_long
from assistant.reader import Reading, in_latin_letters
from assistant.retriever import Found, Hit, is_careful, put_to_readers
from assistant.schema import Document
from assistant.sentences import block_at, sentence_spans
from assistant.terms import terms

_REMEMBERED = 20_000
_REFERENCE = re.compile(
    r"^\W*(?:\d+\W*)?(?:sources?|references?|bibliography|works cited|further reading"
    r"|(?:table of )?contents|footnotes|notes"
    r"|来源|参考文献|资料来源|目录|حوالہ جات|ماخذ|فہرست)\W*$",
    re.IGNORECASE,
)
"""Headings over text that points elsewhere rather than says something."""
_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")
_NAMES = re.compile(r"(?<=\w )[A-Z][\w’'-]+|(?<=\w, )[A-Z][\w’'-]+|\b[A-Z]{2,}\b")
"""Names: words with a capital that do not begin the question, and acronyms."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage: its place in the document's text and its features for the regression."""

    hit: Hit
    start: int
    end: int
    text: str
    features: dict[str, float]
    matched: frozenset[str]

    @property
    def place(self) -> tuple[int, int]:
        """Its span in the passage."""
        return self.start - self.hit.chunk.start, self.end - self.hit.chunk.start

    @property
    def reading(self) -> Reading | None:
        """The reading to go by at its place, if the passage was read."""
        return self.hit.closest_at(*self.place)


class EvidenceFinder:
    """Turns what the retriever found into sentences with features.

    With care, and where no reader has read a passage, its sentences are also compared with the question by their
    vectors, which are remembered: for English questions the readers do nearly as well alone, and that is faster.
    """

    def __init__(self, index: Index, embedder: Embedder) -> None:
        """Bind an opened index and its embedder."""
        self._index = index
        self._embedder = embedder
        self.careful = is_careful(embedder)
        self._vectors: dict[tuple[str, int], Vectors] = {}
        self.document = lru_cache(maxsize=256)(index.document)
        self._frequency = lru_cache(maxsize=4096)(index.document_frequency)

    def regression(self, name: str, question: Question, found: Found) -> Logistic:
        """Return a regression for what was found: its cosines are an embedding model's own.

        Its passages were read or not, and then by one reader or by two. Questions in other letters than the documents'
        share few words with them; long ones say more than one sentence.
        """
        level = "_close" if any(hit.close for hit in found.hits) else "_read" if found.hits[0].reading else ""
        latin = in_latin_letters(put_to_readers(question.search))
        if self.careful:
            kind = "_multilingual" if latin else "_foreign"
        else:
            kind = "_long" if name == "coverage" and latin and is_long(question.words) else ""
        return load_logistic(name + level + kind)

    def idf(self, term: str) -> float:
        """Return the inverse document frequency of a term over the index's chunks."""
        count = self._frequency(term)
        return math.log(1 + (self._index.count - count + 0.5) / (count + 0.5))

    def sentences(self, question: Question, found: Found) -> list[Sentence]:
        """Return every sentence of the passages looked at with its features, headings left out."""
        spans = [
            (rank, hit, start, end)
            for rank, hit in enumerate(found.looked_at, start=1)
            for start, end in self._spans(hit, self.document(hit.chunk.document))
        ]
        compared = [span for span in spans if self.careful or not span[1].reading]
        vectors = self._embed({(hit.chunk.id, start): hit.chunk.text[start:end] for _, hit, start, end in compared})
        weights = {term: self.idf(term) for term in found.terms}
        stems = {
            key: frozenset(terms(hit.chunk.text[start:end]))
            for _, hit, start, end in spans
            for key in [(hit.number, start)]
        }
        rarity = {term: math.log(1 + len(stems) / (1 + sum(term in own for own in stems.values()))) for term in weights}
        everything = sum(rarity.values()) or 1.0
        total = sum(weights.values()) or 1.0
        passage_coverage = {
            hit.number: _share(frozenset(terms(hit.chunk.text)) & weights.keys(), weights, total)
            for hit in found.looked_at
        }
        figures = _FIGURES.findall(question.words)
        measures = asked_measures(split_aside(question.words)[0])
        names = terms(" ".join(_NAMES.findall(question.words)))
        sentences = []
        for rank, hit, start, end in spans:
            text = hit.chunk.text[start:end]
            own = stems[hit.number, start] & weights.keys()
            nearby = self._around(hit, start)
            near = frozenset(terms(nearby))
            around = near & weights.keys()
            features = {
                "coverage": _share(own, weights, total),
                "rarity": _share(own, rarity, everything),
                "rarity_context": _share(own | around, rarity, everything),
                "missing": max((rarity[term] for term in rarity.keys() - own - around), default=0.0),
                "reference": float(any(_REFERENCE.match(heading) for heading in hit.chunk.section)),
                "context": _share(own | around, weights, total),
                "passage": hit.score,
                "passage_cosine": hit.cosine,
                "passage_coverage": passage_coverage[hit.number],
                "reciprocal_rank": 1 / rank,
                "expected": float(question.expects(text)),
                "measures_missing": measures_missing(measures, text),
                "length": math.log(1 + len(text.split())),
                "fragment": float(len(text.split()) < 4),
                "figures_missing": _missing(figures, _FIGURES.findall(f"{nearby} {text}")),
                "names_missing": _missing(names, near | stems[hit.number, start]),
            }
            if hit.reading:
                features["reader"] = hit.reading.span(start, _announced_end(hit.chunk.text, start, end))
                features["reader_passage"] = hit.reading.passage
                features |= _read_closest(hit, start, end)
            if (hit.chunk.id, start) in vectors:
                features["cosine"] = float(vectors[hit.chunk.id, start] @ found.vector)
            sentences.append(Sentence(hit, hit.chunk.start + start, hit.chunk.start + end, text, features, own))
        return sentences

    def reread(self, sentences: Sequence[Sentence], found: Found) -> list[Sentence]:
        """Return the sentences of what was found with what was read in their passages since."""
        since = {hit.number: hit for hit in found.hits if hit.close}
        again = []
        for one in sentences:
            if hit := since.get(one.hit.number):
                read = _read_closest(hit, *one.place)
                again.append(replace(one, hit=hit, features=one.features | read))
            else:
                again.append(one)
        return again

    def subjects(self, question: Question, found: Found) -> dict[str, float]:
        """Return the features of whether what was found speaks of those whom the question names."""
        names = subjects(split_aside(question.words)[0])
        texts = [
            " ".join([self._index.title(hit.chunk.document), *hit.chunk.section, hit.chunk.text])
            for hit in (found.hits if names else ())
        ]
        missing, apart = unsaid(names, texts[: found.passages])
        unknown = unsaid(names, texts)[0] if missing else 0.0
        return {"subjects_missing": missing, "subjects_apart": apart, "subjects_unknown": unknown}

    def _spans(self, hit: Hit, document: Document) -> Iterable[tuple[int, int]]:
        headings = {section.start for section in document.sections}
        return [
            (start, end) for start, end in sentence_spans(hit.chunk.text) if hit.chunk.start + start not in headings
        ]

    def _around(self, hit: Hit, start: int) -> str:
        """Return the title, the headings and the sentences just before."""
        before = hit.chunk.text[max(0, start - 300) : start]
        return " ".join([self.document(hit.chunk.document).title, *hit.chunk.section, before])

    def _embed(self, texts: Mapping[tuple[str, int], str]) -> dict[tuple[str, int], Vectors]:
        """Return a vector a sentence; a chunk's sentences are embedded together, so that company changes nothing."""
        remembered = self._vectors
        found = {key: remembered[key] for key in texts if key in remembered}
        new: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for key in texts.keys() - found.keys():
            new[key[0]].append(key)
        for keys in map(sorted, new.values()):
            found |= dict(zip(keys, self._embedder.embed([texts[key] for key in keys]), strict=True))
        if new:
            self._vectors = {**(remembered if len(remembered) < _REMEMBERED else {}), **found}
        return found


def _announced_end(text: str, start: int, end: int) -> int:
    """Return where a sentence ends, with the list that it announces by a colon: together they are what answers."""
    if not text[start:end].rstrip().endswith(":"):
        return end
    following = text[end:].lstrip()
    return block_at(text, len(text) - len(following))[1]


def _read_closest(hit: Hit, start: int, end: int) -> dict[str, float]:
    """Return the features of a passage's sentence from the last reading of the passage; none if it was not read."""
    read = hit.closest_at(start, end)
    if not read or not hit.closest:
        return {}
    return {
        "close": read.span(start, _announced_end(hit.chunk.text, start, end)),
        "close_passage": hit.closest.passage,
        "close_unread": float(read is not hit.close),
    }


def _missing(asked: Sequence[str], said: Iterable[str]) -> float:
    """Return the share of what is asked about that is not said."""
    there = set(said)
    return sum(item not in there for item in asked) / len(asked) if asked else 0.0


def _share(found: frozenset[str], weights: Mapping[str, float], total: float) -> float:
    return sum(weights[term] for term in found) / total


def coverage_features(
    found: Found,
    sentences: list[Sentence],
    scores: list[float],
    idf: Mapping[str, float],
    subjects: Mapping[str, float],
) -> dict[str, float]:
    """Return the features of whether the documents answer the question at all; needs at least one sentence."""
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    best = sentences[order[0]].features
    total = sum(idf.values()) or 1.0
    reading: dict[str, float] = {}
    if "reader" in best:
        readings = sorted((s.features["reader"] for s in sentences), reverse=True)
        closest = [s.features for s in sentences if s.hit.close] or [s.features for s in sentences]
        reading = {
            "reader_sentence": best["reader"],
            "reader_best": readings[0],
            "reader_passage": max(s.features["reader_passage"] for s in sentences),
            "reader_own_passage": best["reader_passage"],
            "reader_agrees": float(best["reader"] == readings[0]),
            "close_sentence": best["close"],
            "close_best": max(features["close"] for features in closest),
            "close_passage": max(features["close_passage"] for features in closest),
            "close_own_passage": best["close_passage"],
            "close_unread": best["close_unread"],
        }
    compared: dict[str, float] = {}
    if "cosine" in best:
        compared = {
            "best_cosine": max(s.features["cosine"] for s in sentences),
            "sentence_cosine": best["cosine"],
        }
    unknown = [term for term in found.terms if idf[term] > 0 and not any(term in s.matched for s in sentences)]
    return {
        **reading,
        **compared,
        "best": scores[order[0]],
        "sentence_coverage": best["coverage"],
        "sentence_context": best["context"],
        "sentence_expected": best["expected"],
        "sentence_rarity": best["rarity"],
        "sentence_rarity_context": best["rarity_context"],
        "sentence_missing": best["missing"],
        "measures_missing": best["measures_missing"],
        "figures_missing": best["figures_missing"],
        "names_missing": best["names_missing"],
        "passage_coverage": max((s.features["passage_coverage"] for s in sentences), default=0.0),
        "top_cosine": max((hit.cosine for hit in found.hits), default=0.0),
        "unknown": sum(idf[term] for term in unknown) / total,
        "terms": math.log(1 + len(found.terms)),
        **subjects,
    }
