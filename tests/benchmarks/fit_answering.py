"""Fits the two logistic regressions of the answerer and writes them to ``assistant/weights``.

    python tests/benchmarks/fit_answering.py WORK SET=QUESTIONS.jsonl[:MOST] … [--as multilingual-e5-small]

``WORK/SET`` is an index built from the set's documents; of a set at most so many questions are used. ``sentence``
learns which sentence of the passages found holds the gold quote; ``coverage`` learns whether the documents answer the
question: each answerable question is asked as it is, and again with its gold documents left out; unanswerable questions
as they are; two of five short English ones once more as people type them in a hurry. Both are cross-validated by groups
of gold documents (a group is the part of the name before the last hyphen), printed, then fitted on everything. Every
set weighs the same, and so do answerable and unanswerable cases of it; a question whose whole group was left out counts
for eight. The threshold of ``coverage`` is the one that refuses one in ten answerable questions of the set named last,
as they were asked, by the cross-validated predictions.

Long questions have a ``coverage`` of their own, named "long", fitted on these alone with the sentences of the others.
With the multilingual model those for questions in other scripts are fitted on these alone, and named "foreign". Three
levels: nothing read; read by the small reader ("read"); and the passages that were then the most likely read by the
larger one ("close").
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from hasty import hastily
from reader_data import OWN_PARTS, group_of, held_out
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from assistant.absence import says_absent
from assistant.answerer import likeliest
from assistant.assistant import _CONSIDERED, _SPELLED
from assistant.embedder import DEFAULT_MODEL, MULTILINGUAL_MODEL, Embedder, open_embedder
from assistant.evaluation import Item, read_questions
from assistant.evidence import EvidenceFinder, Sentence, coverage_features
from assistant.index import Index
from assistant.logistic import Logistic
from assistant.question import Question, is_long, kind_of
from assistant.reader import in_latin_letters, reader_for
from assistant.retriever import Found, Retriever
from assistant.schema import Scope
from assistant.spelling import Speller
from assistant.terms import query_terms

WEIGHTS = Path(__file__).parents[2] / "assistant" / "weights"
PASSAGES = 8
SEED = 7
FALSE_REFUSALS = 0.1
FEWEST = 50
"""Of a set with fewer cases of a kind nothing is learnt, since each set weighs the same."""
IN_HASTE, HASTE = 0.4, ", in haste"
"""The share of English questions that are also asked as they are typed in a hurry, and how their ids then end."""
ABSENT_GROUP = 8.0
"""What a question counts for whose whole group of documents was left out."""
AGAINST = frozenset(
    """close_unread sentence_missing measures_missing figures_missing names_missing unknown subjects_missing
    subjects_apart subjects_unknown""".split()
)
"""What speaks against an answer; all else that ``coverage`` is told of speaks for one, but for the number of terms."""
TRAINED_ON = ("squad2", "corpus", "multihop_news", "uqa_ur_en", "xquad_zh_en")
"""Of these sets the readers have seen a part: only the other part is used here."""


@dataclass
class Case:
    """A question as it was asked of one state of the index."""

    group: str
    answerable: bool
    setting: str
    kind: str
    asked: Question
    retriever: Retriever
    evidence: EvidenceFinder
    found: Found
    sentences: list[Sentence]
    gold: list[bool]
    idf: dict[str, float]
    subjects: dict[str, float]
    scores: list[float] = field(default_factory=list)


def cases(name: str, work: Path, items: list[Item], embedder: Embedder, *, read: bool) -> list[Case]:
    """Ask every question, as it is and with its gold documents, or all of their group, left out.

    The passages are ``read`` or not.
    """
    index = Index.open(work / name)
    retriever, evidence = Retriever(index, embedder, reader_for(embedder), PASSAGES), EvidenceFinder(index, embedder)
    speller = Speller(index.texts(_SPELLED), lambda word: len(embedder.token_spans(word)) == 1)
    names = list(index.titles())
    by_stem = 1 < len({group_of(name) for name in names}) < len(names)
    made = []
    for item in items:
        gold = {entry["document"] for entry in item.gold}
        own = item.id.removesuffix(HASTE) if name == "corpus" or not gold else min(gold)
        group = group_of(own) if by_stem or name == "corpus" else own
        settings: list[tuple[str, list[str]]] = [("in haste" if item.id.endswith(HASTE) else "whole", [])]
        if item.answerable and gold:
            settings.append(("without gold", [n for n in names if n not in gold]))
        if gold and name == "squad2":
            settings.append(("without group", [n for n in names if group_of(n) != group]))
        asked = speller.corrected(item.question)
        question = retriever.understood(Question(asked, kind_of(asked), asked))
        for setting, allowed in settings:
            found = retriever.find(question.search, _CONSIDERED, Scope(allowed), rerank=read, together=1)
            sentences = evidence.sentences(question, found)
            if not sentences:
                continue
            marks = [is_gold(sentence, item, index) for sentence in sentences]
            idf = {term: evidence.idf(term) for term in found.terms}
            here = item.answerable and setting in ("whole", "in haste")
            kind = regressions_of(item.question, embedder)
            named = evidence.subjects(question, found)
            told = (f"{name}:{group}", here, setting, kind, question, retriever, evidence, found)
            made.append(Case(*told, sentences, marks, idf, named))
    return made


def regressions_of(question: str, embedder: Embedder) -> str:
    """Return how the names of a question's regressions end."""
    if embedder.name == MULTILINGUAL_MODEL:
        return "_multilingual" if in_latin_letters(question) else "_foreign"
    return "_long" if is_long(question) else ""


def read_closely(case: Case) -> Case | None:
    """Return the case with its likeliest passages read once more; nothing if the larger reader cannot."""
    chosen = likeliest(case.sentences, case.scores, case.asked, case.evidence.careful)
    found = case.retriever.read_closely(case.asked.search, case.found, chosen)
    if not any(hit.close for hit in found.hits):
        return None
    return replace(case, found=found, sentences=case.evidence.reread(case.sentences, found), scores=[])


def is_gold(sentence: Sentence, item: Item, index: Index) -> bool:
    """Tell whether a sentence overlaps a gold quote of its document."""
    own = alnum(sentence.text)
    for entry in item.gold:
        if entry["document"] == sentence.hit.chunk.document and entry.get("quote"):
            quote = alnum(entry["quote"])
            if own and (own in quote or quote in own):
                return True
    return False


def alnum(text: str) -> str:
    """Return the letters and digits of a text."""
    return "".join(char for char in text if char.isalnum())


def fitted(rows: list[dict[str, float]], labels: list[bool], weights: list[float] | None, names: list[str]) -> Logistic:
    """Fit a regression on standardised features."""
    table = np.array([[row[name] for name in names] for row in rows])
    scaler = StandardScaler().fit(table)
    model = LogisticRegression(max_iter=2000, C=1.0).fit(scaler.transform(table), labels, sample_weight=weights)
    return Logistic(
        weights={name: round(float(w), 5) for name, w in zip(names, model.coef_[0], strict=True)},
        means={name: round(float(m), 5) for name, m in zip(names, scaler.mean_, strict=True)},
        scales={name: round(float(s), 5) for name, s in zip(names, scaler.scale_, strict=True)},
        bias=round(float(model.intercept_[0]), 5),
        threshold=0.5,
    )


def write(name: str, model: Logistic, fitted_on: dict[str, object]) -> None:
    """Write a regression and what it was fitted on."""
    values = {key: getattr(model, key) for key in Logistic.__slots__}
    (WEIGHTS / f"{name}.json").write_text(
        json.dumps({**values, "fitted_on": fitted_on}, indent=1, sort_keys=True) + "\n", "utf-8"
    )


def fitted_with_signs(
    rows: list[dict[str, float]], labels: list[bool], weights: list[float], names: list[str]
) -> Logistic:
    """Fit a regression in which each feature counts the way that it must; those that would not are left out.

    Features that say nearly the same otherwise take weights of opposite signs, which goes wrong on documents of
    another size or kind.
    """
    while True:
        model = fitted(rows, labels, weights, names)
        wrong = {
            name: abs(weight)
            for name, weight in model.weights.items()
            if name != "terms" and (weight > 0) == (name in AGAINST)
        }
        if not wrong:
            return model
        names = [name for name in names if name != max(wrong, key=lambda key: wrong[key])]


def at_level(names: Iterable[str], level: str) -> list[str]:
    """Return the features to fit on: those of the larger reader only if it has read."""
    return [name for name in names if level == "_close" or not name.startswith("close")]


def fit_sentences(all_cases: list[Case], level: str) -> Logistic:
    """Fit and report the sentence regression; its cross-validated scores are kept in the cases."""
    usable = [case for case in all_cases if any(case.gold)]
    names = at_level(usable[0].sentences[0].features, level)
    groups = [case.group for case in usable]
    first: dict[int, list[bool]] = {1: [], 2: [], 3: []}
    for case in all_cases:
        case.scores = []
    for train, test in GroupKFold(5).split(usable, groups=groups):
        model = sentence_model([usable[i] for i in train], names)
        held = {usable[i].group for i in test}
        for case in all_cases:
            if case.group in held:
                case.scores = scored(case, model)
        for case in (usable[i] for i in test):
            order = sorted(range(len(case.scores)), key=lambda i: -case.scores[i])
            for k in first:
                first[k].append(any(case.gold[i] for i in order[:k]))
    print(
        "gold sentence among the first k, where the passages hold it:",
        {k: round(float(np.mean(v)), 4) for k, v in first.items()},
    )
    model = sentence_model(usable, names)
    for case in all_cases:
        case.scores = case.scores or scored(case, model)
    return model


def scored(case: Case, model: Logistic) -> list[float]:
    """Return the probability of each sentence of a case."""
    return [model.probability(sentence.features) for sentence in case.sentences]


def sentence_model(usable: list[Case], names: list[str]) -> Logistic:
    """Fit on all sentences of some cases, each case weighing the same."""
    rows = [sentence.features for case in usable for sentence in case.sentences]
    labels = [mark for case in usable for mark in case.gold]
    sets = [set_of(case) for case in usable]
    weights = [
        1 / len(case.sentences) / sets.count(name)
        for case, name in zip(usable, sets, strict=True)
        for _ in case.sentences
    ]
    return fitted(rows, labels, [w * len(rows) / sum(weights) for w in weights], names)


def fit_coverage(all_cases: list[Case], level: str) -> Logistic:
    """Fit and report the regression of whether the documents answer the question."""
    all_cases = [case for case in all_cases if case.answerable or not is_said_absent(case)]
    rows = [coverage_features(case.found, case.sentences, case.scores, case.idf, case.subjects) for case in all_cases]
    labels = np.array([case.answerable for case in all_cases])
    names = at_level(rows[0], level)
    groups = [case.group for case in all_cases]
    sets = [set_of(case) for case in all_cases]
    kinds = [(name, bool(label)) for name, label in zip(sets, labels, strict=True)]
    absent = [ABSENT_GROUP if case.setting == "without group" else 1.0 for case in all_cases]
    weights = np.array([len(rows) / kinds.count(kind) * more for kind, more in zip(kinds, absent, strict=True)])
    predicted = np.zeros(len(rows))
    for train, test in GroupKFold(5).split(rows, groups=groups):
        own_labels = [bool(labels[i]) for i in train]
        model = fitted_with_signs([rows[i] for i in train], own_labels, weights[train].tolist(), names)
        predicted[test] = [model.probability(rows[i]) for i in test]
    settings = np.array([case.setting for case in all_cases])
    for name in dict.fromkeys(sets):
        own = np.array([member == name for member in sets])
        report(f"{name}, as asked", predicted, labels, own & (settings == "whole"))
        report(f"{name}, gold document left out", predicted, labels, own & (labels | (settings == "without gold")))
        report(f"{name}, whole group left out", predicted, labels, own & (labels | (settings == "without group")))
    decisive = own & (settings == "whole")
    best = np.quantile(predicted[decisive & labels], FALSE_REFUSALS)
    refused = predicted[decisive] < best
    print("threshold", round(float(best), 4), "refusal F1", round(f1(refused, ~labels[decisive]), 4))
    model = fitted_with_signs(rows, labels.tolist(), weights.tolist(), names)
    print("kept:", ", ".join(f"{name} {weight}" for name, weight in model.weights.items()))
    return Logistic(model.weights, model.means, model.scales, model.bias, round(float(best), 4))


def set_of(case: Case) -> str:
    """Return the set that a case comes from."""
    return case.group.partition(":")[0]


def is_said_absent(case: Case) -> bool:
    """Tell whether the best sentence says itself that something is not stated: the answerer refuses by that."""
    best = max(zip(case.scores, case.sentences, strict=True), key=lambda pair: pair[0])[1]
    return says_absent(best.text, best.hit.chunk.section)


def report(name: str, predicted: np.ndarray, labels: np.ndarray, keep: np.ndarray) -> None:
    """Print AUROC and the share of unanswerable questions refused at 5 % false refusals."""
    if len(set(labels[keep])) < 2:
        return
    threshold = np.quantile(predicted[keep & labels], 0.05)
    refused = float((predicted[keep & ~labels] < threshold).mean())
    area = roc_auc_score(labels[keep], predicted[keep])
    print(f"{name}: AUROC {area:.4f}, refused at 5 % false refusals {refused:.4f}, {int(keep.sum())} cases")


def f1(refused: np.ndarray, unanswerable: np.ndarray) -> float:
    """Return the F1 of refusing."""
    right = float((refused & unanswerable).sum())
    return 2 * right / (float(refused.sum()) + float(unanswerable.sum())) if right else 0.0


def unseen(items: list[Item], folder: Path) -> list[Item]:
    """Return the questions that the readers were not trained on; of squad2 without gold, by the nearest document."""
    if folder.name == "corpus":
        return [item for item in items if held_out(group_of(item.id), OWN_PARTS)]
    if folder.name != "squad2":
        return [item for item in items if held_out(item.id)]
    index = Index.open(folder)
    kept = []
    for item in items:
        names = [entry["document"] for entry in item.gold]
        if not names:
            numbers = [number for number, _ in index.search_words(query_terms(item.question), 1)]
            names = [chunk.document for chunk in index.chunks(numbers).values()]
        if held_out(group_of(min(names)) if names else item.id):
            kept.append(item)
    return kept


def in_haste(items: list[Item]) -> list[Item]:
    """Return some of the English questions, which are well formed, as people type them."""
    chance = random.Random(SEED)
    chosen = [item for item in items if item.question.isascii() and not is_long(item.question)]
    chosen = [item for item in chosen if chance.random() < IN_HASTE]
    return [replace(item, id=item.id + HASTE, question=hastily(item.question, chance)) for item in chosen]


def main() -> None:
    """Fit both regressions on the sets named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--as", dest="model", default=DEFAULT_MODEL)
    options = parser.parse_args()
    multilingual = options.model == MULTILINGUAL_MODEL
    embedder = open_embedder(options.model)
    unread: list[Case] = []
    made: list[Case] = []
    for argument in options.sets:
        name, _, place = argument.partition("=")
        path, _, most = place.partition(":")
        items = [item for item in read_questions(Path(path)) if not item.history]
        items = [item for item in items if multilingual or item.question.isascii()]
        if name in TRAINED_ON:
            items = unseen(items, options.work / name)
        random.Random(SEED).shuffle(items)
        items = items[: int(most) if most else None]
        items += in_haste(items)
        unread += cases(name, options.work, items, embedder, read=False)
        made += cases(name, options.work, items, embedder, read=True)
        print(name, len(items), "questions", flush=True)
    fit_ranking(unread, "")
    fit_judging(unread, "")
    read = [case for case in made if case.found.hits[0].reading]
    fit_ranking(read, "_read")
    fit_judging([case for case in read if case.kind == "_foreign"], "_read")
    close = [close for case in read if (close := read_closely(case))]
    fit_ranking(close, "_close")
    fit_judging(close, "_close")


def fit_ranking(all_cases: list[Case], level: str) -> None:
    """Fit and write the sentence regressions of one level; long questions are scored by that of the others."""
    by_kind = kinds(all_cases)
    for kind in sorted(by_kind.keys() - {"_long"}):
        own = by_kind[kind]
        print(f"sentence{level}{kind}:")
        model = fit_sentences(own, level)
        write(f"sentence{level}{kind}", model, note(own))
        for case in by_kind.get("_long", []):
            case.scores = scored(case, model)


def fit_judging(all_cases: list[Case], level: str) -> None:
    """Fit and write the coverage regressions of one level, whose sentences have been scored."""
    for kind, own in sorted(kinds(all_cases).items()):
        print(f"coverage{level}{kind}:")
        write(f"coverage{level}{kind}", fit_coverage(own, level), note(own))


def kinds(all_cases: list[Case]) -> dict[str, list[Case]]:
    """Return the cases of each kind, those of sets with enough of them."""
    members = Counter((case.kind, set_of(case)) for case in all_cases)
    found: dict[str, list[Case]] = {}
    for case in all_cases:
        if members[case.kind, set_of(case)] >= FEWEST:
            found.setdefault(case.kind, []).append(case)
    return found


def note(own: list[Case]) -> dict[str, object]:
    """Return what a regression was fitted on."""
    return {"sets": sorted({set_of(case) for case in own}), "cases": len(own), "seed": SEED}


if __name__ == "__main__":
    main()
