"""Why an answer is as it is: what was found for each part of the question, stage by stage."""

from collections.abc import Callable

from assistant.answerer import Finding
from assistant.logistic import probability
from assistant.retriever import Hit
from assistant.schema import ConsideredPassage, ConsideredSentence, Explanation

_SENTENCES = 5


def explained(finding: Finding, title: Callable[[str], str]) -> Explanation:
    """Return the account of one part of a question; ``title`` gives a document's title by its id."""
    hits = {sentence.hit.number: sentence.hit for sentence, _ in finding.ranked}
    return Explanation(
        question=finding.question.text,
        answered=finding.covered,
        confidence=round(finding.confidence, 4),
        threshold=round(finding.threshold, 4),
        absent=finding.absent,
        passages=[_passage(hit, title) for hit in sorted(hits.values(), key=lambda hit: (-hit.score, hit.number))],
        sentences=[
            ConsideredSentence(
                sentence.text, sentence.hit.chunk.document, sentence.start, sentence.end, round(likely, 4)
            )
            for sentence, likely in finding.ranked[:_SENTENCES]
        ],
    )


def _passage(hit: Hit, title: Callable[[str], str]) -> ConsideredPassage:
    chunk = hit.chunk
    return ConsideredPassage(
        chunk_id=chunk.id,
        document=chunk.document,
        title=title(chunk.document),
        start=chunk.start,
        end=chunk.end,
        page=chunk.page,
        section=chunk.section,
        cosine=round(hit.cosine, 4),
        bm25=round(hit.bm25, 4),
        fused=round(hit.fused, 4),
        read=round(probability(hit.closest.passage), 4) if hit.closest else None,
        score=round(hit.score, 4),
    )
