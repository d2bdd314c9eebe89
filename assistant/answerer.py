"""Passages to an answer without a language model: verbatim sentences, each cited, or an honest refusal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.absence import asks_absence, says_absent
from assistant.calibration import Calibration
from assistant.direct import direct_answer
from assistant.disagreement import differing
from assistant.evidence import EvidenceFinder, Sentence, coverage_features
from assistant.markdown import escaped
from assistant.phrases import phrase
from assistant.question import Question, is_long
from assistant.quotes import Quote, citation, quote_of, repeats
from assistant.retriever import Found
from assistant.schema import Answer, AnswerSentence, DirectAnswer, Document, Verdict
from assistant.versions import supersedes

MOST_SENTENCES = 3
_CLOSELY, _IN_PART, _PUT_IN_ENGLISH = 2, 1, 3
"""So many passages are read closely; where speed counts, for each of several things asked together, as all are waited
for; and with care, for a question put into English word for word: it is less clear which."""
_WORTH = 0.3
"""A further sentence is quoted if its probability is at least this share of the best one's …"""
_DOUBTED, _WORTH_IN_DOUBT = 0.1, 0.1
"""… and even at this one, while it is more probable than the first number that none so far answers."""
_LEAD_FROM = 6
"""A sentence of fewer words is its own direct answer."""
_LEAD_SURE = 0.6
"""How probable a sentence must be for its direct answer to be lifted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for one part of a question: sentences with probabilities, best first, and the confidence."""

    question: Question
    ranked: list[tuple[Sentence, float]]
    confidence: float
    threshold: float
    absent: str = ""

    @property
    def covered(self) -> bool:
        """Whether the documents answer this part."""
        return not self.absent and self.confidence >= self.threshold


def likeliest(
    sentences: Sequence[Sentence], scores: Sequence[float], question: Question, careful: bool
) -> dict[int, tuple[int, int]]:
    """Return the numbers of the chunks to be read closely, each with the span of its likeliest sentence there."""
    if careful:
        most = _PUT_IN_ENGLISH if question.english else _CLOSELY
    else:
        most = _IN_PART if question.together > 1 else _CLOSELY
    chosen: dict[int, tuple[int, int]] = {}
    for place in sorted(range(len(scores)), key=lambda place: -scores[place]):
        sentence = sentences[place]
        if len(chosen) == most:
            break
        chosen.setdefault(sentence.hit.number, sentence.place)
    return chosen


class Answerer:
    """Chooses sentences and says what is missing; needs no language model."""

    def __init__(self, evidence: EvidenceFinder, calibration: Calibration | None = None) -> None:
        """Bind them; the probability and threshold of a calibration take the place of the regression's own."""
        self._evidence = evidence
        self._calibration = calibration

    def examine(
        self, question: Question, found: Found, closely: Callable[[dict[int, tuple[int, int]]], Found]
    ) -> Finding:
        """Rank the sentences of what was found and judge whether they answer the question.

        ``closely`` reads the places that it is given (``likeliest``) once more and returns what was found with that,
        or the same if it cannot.
        """
        sentences = self._evidence.sentences(question, found)
        if not sentences:
            return Finding(question, [], 0.0, 1.0)
        scores = self._scores(question, found, sentences)
        again = closely(likeliest(sentences, scores, question, self._evidence.careful))
        if again is not found:
            found, sentences = again, self._evidence.reread(sentences, again)
            scores = self._scores(question, found, sentences)
        idf = {term: self._evidence.idf(term) for term in found.terms}
        named = self._evidence.subjects(question, found)
        features = coverage_features(found, sentences, scores, idf, named)
        ranked = self._newest_first(
            sorted(zip(sentences, scores, strict=True), key=lambda pair: (-pair[1], pair[0].hit.number, pair[0].start))
        )
        coverage = self._evidence.regression("coverage", question, found)
        confidence, threshold = coverage.probability(features), coverage.threshold
        if self._calibration:
            confidence, threshold = self._calibration.probability(confidence), self._calibration.threshold
        absent = ""
        if _absent(ranked[0][0]) and not asks_absence(question.words):
            absent = ranked[0][0].hit.chunk.document
            confidence = min(confidence, 1 - confidence)
        return Finding(question, ranked, confidence, threshold, absent)

    def _scores(self, question: Question, found: Found, sentences: Sequence[Sentence]) -> list[float]:
        """Return the probability of each sentence that it answers."""
        ranking = self._evidence.regression("sentence", question, found)
        return [ranking.probability(sentence.features) for sentence in sentences]

    def _newest_first(self, ranked: list[tuple[Sentence, float]]) -> list[tuple[Sentence, float]]:
        """Return the sentences with those of a superseded document after its newer version's, where both may answer."""
        worth = [pair for pair in ranked if pair[1] >= _WORTH * ranked[0][1]]
        documents = {name: self._evidence.document(name) for name in {s.hit.chunk.document for s, _ in worth}}
        old = {
            name
            for name, document in documents.items()
            if any(supersedes(other, document) for other in documents.values())
        }
        return sorted(ranked, key=lambda pair: pair[0].hit.chunk.document in old) if old else ranked

    def answer(
        self, question: str, standalone: str, language: str, findings: Sequence[Finding], *, refuse: bool = True
    ) -> Answer:
        """Return the answer made of the findings' sentences; parts without evidence are named as missing.

        ``refuse`` False answers whatever the confidence, if any sentence was found.
        """
        covered = [finding for finding in findings if finding.covered or (finding.ranked and not refuse)]
        confidence = round(sum(finding.confidence for finding in findings) / len(findings), 4)
        if not covered:
            missing = self._missing(findings, language)
            text = " ".join([phrase("not_covered", language), missing]).strip()
            return Answer(
                question, standalone, "not_covered", escaped(text), [], [], missing, confidence, "extractive", language
            )
        quotes = self._quotes(covered)
        lead, other = self._lead(covered, quotes)
        citations = [citation(marker, quote) for marker, quote in enumerate(quotes, start=1)]
        sentences = [
            AnswerSentence(f"{heading}: {line}" if heading else line, [marker])
            for marker, quote in enumerate(quotes, start=1)
            for heading, line in quote.lines
        ]
        paragraphs = [f"**{escaped(lead.text)}** [{lead.marker}]"] if lead else []
        paragraphs += [_paragraph(marker, quote) for marker, quote in enumerate(quotes, start=1)]
        if lead and other:
            said = [
                phrase("said_by", language, value=one.text, source=_source(quotes[one.marker - 1].document))
                for one in (lead, other)
            ]
            newer = supersedes(*(quotes[one.marker - 1].document for one in (lead, other)))
            note = phrase("superseded" if newer else "differ", language, first=said[0], second=said[1])
            sentences.append(AnswerSentence(note, [lead.marker, other.marker]))
            paragraphs.append(f"{escaped(note)} [{lead.marker}] [{other.marker}]")
        missing = ""
        if len(covered) < len(findings):
            left = "; ".join(finding.question.text for finding in findings if not finding.covered)
            missing = phrase("missing", language, questions=left)
            paragraphs.append(escaped(missing))
        verdict: Verdict = "partial" if missing else "answered"
        return Answer(
            question,
            standalone,
            verdict,
            "\n\n".join(paragraphs),
            sentences,
            citations,
            missing,
            confidence,
            "extractive",
            language,
            direct=lead,
        )

    def _lead(self, covered: Sequence[Finding], quotes: list[Quote]) -> tuple[DirectAnswer | None, DirectAnswer | None]:
        """Return the direct answer where it can be lifted, and another document's that differs, which is quoted too."""
        finding = covered[0]
        first, probability = finding.ranked[0]
        read = first.reading
        if len(covered) > 1 or not read or len(quotes[0].lines) > 1 or probability < _LEAD_SURE:
            return None, None
        if first.features["measures_missing"]:
            return None, None
        span = direct_answer(finding.question.words, finding.question.kind, first.text, first.place[0], read)
        if not span or len(first.text.split()) < _LEAD_FROM:
            return None, None
        lead = _lifted(first, span, 1)
        found = differing(finding.question, finding.ranked, first, span)
        if not found:
            return lead, None
        quote = self._quote(found[0], finding.question)
        there = next(
            (
                n
                for n, own in enumerate(quotes, start=1)
                if own.document.id == quote.document.id and own.start <= quote.start < own.end
            ),
            0,
        )
        if not there:
            quotes.insert(1, quote)
            there = 2
        return lead, _lifted(found[0], found[1], there)

    def _missing(self, findings: Sequence[Finding], language: str) -> str:
        said = [finding.absent for finding in findings if finding.absent]
        if said:
            return phrase("said_missing", language, title=self._evidence.document(said[0]).title)
        subjects = [
            " › ".join(dict.fromkeys([self._evidence.document(s.hit.chunk.document).title, *s.hit.chunk.section[-1:]]))
            for finding in findings
            for s, _ in finding.ranked[:2]
        ]
        return phrase("nearest", language, subjects="; ".join(dict.fromkeys(subjects))) if subjects else ""

    def _quotes(self, findings: Sequence[Finding]) -> list[Quote]:
        """Choose what to quote: the best of each part, then more while it adds something, lists as a whole."""
        quotes: list[Quote] = []
        allowed = max(1, MOST_SENTENCES // len(findings))
        for finding in findings:
            best = finding.ranked[0][1]
            taken, doubt = 0, 1.0
            for sentence, score in _spread(finding):
                if taken >= allowed:
                    break
                worth = (_WORTH_IN_DOUBT if doubt > _DOUBTED else _WORTH) * best
                if score < worth or (taken and _absent(sentence)):
                    continue
                quote = self._quote(sentence, finding.question)
                if not repeats(quote, quotes):
                    quotes.append(quote)
                    taken += quote.sentences
                    doubt *= 1 - score
                    if len(quote.lines) > 1 and finding.question.kind == "list" and doubt <= _DOUBTED:
                        break
        return quotes

    def _quote(self, sentence: Sentence, question: Question) -> Quote:
        return quote_of(self._evidence.document(sentence.hit.chunk.document), sentence, question)


def _absent(sentence: Sentence) -> bool:
    return says_absent(sentence.text, sentence.hit.chunk.section)


def _spread(finding: Finding) -> list[tuple[Sentence, float]]:
    """Return the sentences best first; for a long question, which several documents answer, the best of each first."""
    if not is_long(finding.question.words):
        return finding.ranked
    firsts: dict[str, tuple[Sentence, float]] = {}
    further = []
    for pair in finding.ranked:
        if firsts.setdefault(pair[0].hit.chunk.document, pair) is not pair:
            further.append(pair)
    return [*firsts.values(), *further]


def _lifted(sentence: Sentence, span: tuple[int, int], marker: int) -> DirectAnswer:
    start, end = span
    return DirectAnswer(sentence.text[start:end], marker, sentence.start + start, sentence.start + end)


def _source(document: Document) -> str:
    """Return a document's title with its date, if it has one."""
    return f"{document.title}, {date}" if (date := document.metadata.get("date")) else document.title


def _paragraph(marker: int, quote: Quote) -> str:
    if len(quote.lines) == 1:
        heading, line = quote.lines[0]
        return f"**{escaped(heading)}:** {escaped(line)} [{marker}]" if heading else f"{escaped(line)} [{marker}]"
    lines = [escaped(line) for _, line in quote.lines]
    intro = [f"{lines[0]} [{marker}]"] if lines[0].endswith(":") else []
    items = lines[1:] if intro else lines
    return "\n".join([*intro, *([""] if intro else []), *(f"- {line} [{marker}]" for line in items)])
