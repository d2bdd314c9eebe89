"""How well does verification tell what sentences support from what they do not?

    python tests/benchmarks/support.py ../shared/eval/mtrag_un

True: sentences of mtrag_un's written references with the sentences of their gold passages, and the gold quotes of our
own question file with themselves. False: the same sentences against the most similar other passage; with a number or
a name exchanged for another of the same passage; with a negation put in or taken out; with two numbers or names
swapped.
"""

import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from assistant.agreement import Source, disagreement
from assistant.embedder import Vectors, open_embedder
from assistant.evaluation import auroc
from assistant.reader import Reader
from assistant.sentences import sentence_spans
from assistant.verification import Verifier

MOST = 120
"""Sentences of each group: enough for a table, and read in minutes on a busy machine."""
OWN = Path(__file__).parents[1] / "quality" / "questions.jsonl"
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b")
_VERB = re.compile(r"\b(is|are|was|were|has|have|had|can|will|does|did)\b(?! not)")
_NOT = re.compile(r"\b(is|are|was|were|has|have|had|can|will|does|did) not\b")


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text) if len(text[start:end].split()) >= 5]


class Remembering:
    """An embedder that embeds each text once: the kinds of one group share their passages."""

    def __init__(self) -> None:
        self._embedder = open_embedder()
        self._known: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        if new:
            self._known |= dict(zip(new, self._embedder.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def references(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each sentence of a reference with its gold passages."""
    corpus = {row["id"]: row["text"] for row in map(json.loads, (folder / "corpus.jsonl").open(encoding="utf-8"))}
    for row in map(json.loads, (folder / "questions.jsonl").open(encoding="utf-8")):
        if row["kind"] != "ANSWERABLE":
            continue
        written = row["reference"] if isinstance(row["reference"], str) else " ".join(row["reference"])
        for reference in sentences(written):
            yield reference, [corpus[gold["document"]] for gold in row["gold"]]


def quotes() -> Iterator[tuple[str, list[str]]]:
    rows = [json.loads(line) for line in OWN.read_text("utf-8").splitlines()]
    found = {gold["quote"] for row in rows for gold in row.get("gold", []) if gold.get("quote")}
    for quote in sorted(found):
        if len(quote.split()) >= 5 and quote.isascii():
            yield quote, [quote, *random.sample(sorted(found), 15)]


def other_passages(pairs: list[tuple[str, list[str]]], embedder: Remembering) -> list[list[str]]:
    """Return for each sentence the passage of another question that is most like it."""
    passages = sorted({passage for _, own in pairs for passage in own})
    among = embedder.embed(passages)
    asked = embedder.embed([sentence for sentence, _ in pairs])
    found = []
    for row, (_, own) in zip(asked @ among.T, pairs, strict=True):
        mine = set(own)
        found.append([next(passages[i] for i in np.argsort(-row) if passages[i] not in mine)])
    return found


def exchanged(pattern: re.Pattern[str], sentence: str, passages: list[str]) -> str | None:
    """Return the sentence with one match of a pattern exchanged for another one of its passages."""
    own = pattern.findall(sentence)
    others = [text for passage in passages for text in pattern.findall(passage) if text not in own]
    return sentence.replace(own[-1], random.choice(others)) if own and others else None


def swapped(pattern: re.Pattern[str], sentence: str) -> str | None:
    """Return the sentence with its first and last match of a pattern exchanged for each other."""
    found = list(pattern.finditer(sentence))
    if len(found) < 2 or found[0][0] == found[-1][0]:
        return None
    a, b = found[0], found[-1]
    return sentence[: a.start()] + b[0] + sentence[a.end() : b.start()] + a[0] + sentence[b.end() :]


def negated(sentence: str) -> str | None:
    if _NOT.search(sentence):
        return _NOT.sub(r"\1", sentence, count=1)
    return _VERB.sub(r"\1 not", sentence, count=1) if _VERB.search(sentence) else None


def main(folder: Path) -> None:
    random.seed(1)
    embedder = Remembering()
    reader = Reader()
    for title, pairs in (("mtrag_un references", list(references(folder))), ("own quotes", list(quotes()))):
        pairs = random.sample(pairs, min(MOST, len(pairs)))
        kinds = {"true": [(sentence, passages) for sentence, passages in pairs]}
        kinds["other passage"] = [
            (sentence, other) for (sentence, _), other in zip(pairs, other_passages(pairs, embedder), strict=True)
        ]
        for name, changed in (
            ("number of the passage", lambda s, p: exchanged(_NUMBER, s, p)),
            ("name of the passage", lambda s, p: exchanged(_NAME, s, p)),
            ("numbers swapped", lambda s, p: swapped(_NUMBER, s)),
            ("names swapped", lambda s, p: swapped(_NAME, s)),
            ("negation", lambda s, p: negated(s)),
        ):
            kinds[name] = [(new, passages) for sentence, passages in pairs if (new := changed(sentence, passages))]
        signals: dict[str, list[tuple[float, float, float, bool, str]]] = {name: [] for name in kinds}
        for name, rows in kinds.items():
            for sentence, passages in rows:
                sources = [Source(text) for passage in passages for text in sentences(passage)] or [Source(passages[0])]
                verifier = Verifier(embedder, sources)
                places = verifier.fitting(sentence)
                covered, cosine = verifier.support(sentence, places)
                reading = reader.read(sentence, [("", " ".join(sources[p].text for p in places))])[0].passage
                why = disagreement(sentence, [sources[p] for p in places])
                signals[name].append((covered, cosine, reading, not verifier.check(sentence).reason, why))
        report(title, kinds, signals)


def report(title: str, kinds: dict, signals: dict) -> None:  # type: ignore[type-arg]
    print(f"\n{title}: {len(kinds['true'])} true sentences")
    true = signals["true"]
    for name, rows in signals.items():
        if not rows:
            continue
        shares = [float(np.mean([row[0] >= t for row in rows])) for t in (0.6, 0.7, 0.8, 0.9)]
        close = [float(np.mean([row[1] >= t for row in rows])) for t in (0.5, 0.6, 0.7, 0.8)]
        agree = np.mean([not row[4] for row in rows])
        passed = np.mean([row[3] for row in rows])
        aurocs = [auroc([r[k] for r in true], [r[k] for r in rows]) or 0.0 for k in range(3)]
        print(
            f"  {name:22} {len(rows):4}  AUROC cover {aurocs[0]:.3f} cosine {aurocs[1]:.3f} reader {aurocs[2]:.3f}  "
            f"cover≥.6/.7/.8/.9 {' '.join(f'{s:.2f}' for s in shares)}  cosine≥.5/.6/.7/.8 "
            f"{' '.join(f'{s:.2f}' for s in close)}  words agree {agree:.3f}  PASS {passed:.3f}"
        )
    if "-v" in sys.argv:
        for name, rows in signals.items():
            for (sentence, _), row in zip(kinds[name], rows, strict=True):
                if row[3] != (name == "true"):
                    print(f"   [{name}] {row[0]:.2f} {row[1]:.2f} {row[4]!r}: {sentence[:260]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
