"""Reads what the reader is trained on: public sets of questions and passages, each in the form its authors give it.

    python tests/benchmarks/reader_data.py OUT.jsonl KIND=PATH …

Kinds, what they are, and their licences:

- ``pairs``: a folder with ``src-*.txt`` and ``tgt-*.txt``, sentences and their questions on equal lines: the test part
  of Du et al., "Learning to Ask" (ACL 2017), articles of SQuAD 1.1's training set (CC BY-SA 4.0)
- ``squad``: a JSON file of SQuAD 2.0's form: ten articles of its training set (CC BY-SA 4.0)
- ``selqa``: SelQA's ``ass`` folder, JSON with candidate sentences of a section (Jurczyk et al. 2016, Apache-2.0)
- ``clapnq``: CLAPNQ's ``annotated_data`` folder, its dev part (Rosenthal et al. 2024, Apache-2.0, Wikipedia CC BY-SA)
- ``fairytale``: FairytaleQA's checkout (Xu et al. 2022, Apache-2.0)
- ``qamr``: QAMR's ``data`` folder (Michael et al. 2018, MIT; sentences of Wikipedia and Wikinews)
- ``index``: ``FOLDER:QUESTIONS.jsonl``, an index of the project and questions on its documents, such as this project's
  ``tests/quality/training.jsonl`` (MIT); passages are its chunks; a quarter of the questions is left out by their ids
- ``passages``: ``EXAMPLES.jsonl:QUESTIONS.jsonl``, an OUT of this command from the other sources, and questions on
  passages of it, named by the start of their SHA-256, such as this project's ``tests/quality/passages.jsonl`` (MIT)
- ``foreign``: a folder as for ``corpus``, whose questions are in another language than its documents
- ``glossed``: ``EXAMPLES.jsonl:FOLDER``, an OUT of this command and an index: the questions in Chinese and
  Urdu among the examples, put into English word for word as the index's documents name things
- ``corpus``: a folder with ``corpus.jsonl`` and ``questions.jsonl``; the half of the groups that ``held_out`` names is
  left out and is what figures are made on

A line of OUT is ``{"question", "title", "text", "spans", "pool"}``: the answer stands at ``spans`` (start, end) of the
text; no spans: it is not there.
"""

import csv
import hashlib
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from assistant.embedder import MultilingualEmbedder
from assistant.index import Index
from assistant.retriever import Retriever
from assistant.sentences import sentence_spans

SEED = 11
LONGEST = 900
QAMR_QUESTIONS, FAIRYTALE_QUESTIONS = 5000, 3000

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A question and the passage that answers it at ``spans`` (none: it does not)."""

    question: str
    title: str
    text: str
    spans: Spans
    pool: str


def held_out(group: str, parts: int = 2) -> bool:
    """Tell whether a group of questions is kept for figures, one of so many; by its name, so the same everywhere."""
    return hashlib.sha256(group.encode()).digest()[0] % parts == 0


OWN_PARTS = 4
"""Of our own questions one group in so many is held out: what is asked of one fact, in all its languages."""


def group_of(document: str) -> str:
    """Return what a document's name shares with others of its article: the part before the last hyphen."""
    return document.rsplit("-", 1)[0]


def windowed(question: str, title: str, text: str, spans: Spans, pool: str) -> Iterator[Example]:
    """Cut a long text down to whole sentences around the answer."""
    if len(text) < 1.3 * LONGEST:
        yield Example(question, title, text, spans, pool)
        return
    start = min(s for s, _ in spans)
    before = (len(question) * 37) % 600
    sentences = [(s, e) for s, e in sentence_spans(text) if e > start - before and s < start - before + LONGEST]
    if sentences:
        low, high = sentences[0][0], sentences[-1][1]
        inside = tuple((s - low, e - low) for s, e in spans if low <= s and e <= high)
        if inside:
            yield Example(question, title, text[low:high], inside, pool)


def joined(question: str, title: str, sentences: Sequence[str], gold: Sequence[int], pool: str) -> Iterator[Example]:
    """Make a passage of sentences of which some answer."""
    starts = [0, *np.cumsum([len(sentence) + 1 for sentence in sentences]).tolist()]
    spans = tuple((starts[i], starts[i] + len(sentences[i])) for i in gold)
    text = " ".join(sentences)
    yield from (
        windowed(question, title, text, spans, pool) if spans else [Example(question, title, text[:LONGEST], (), pool)]
    )


def plain(text: str) -> str:
    """Undo the tokenisation of the Penn Treebank as far as it matters."""
    text = re.sub(r"-L[RSC]B-\s?", "(", text.strip(), flags=re.IGNORECASE)
    text = re.sub(r"\s?-R[RSC]B-", ")", text, flags=re.IGNORECASE)
    text = re.sub(r"``\s?|\s?''", '"', text)
    text = re.sub(r"(\S) - (\S)", r"\1-\2", text)
    return re.sub(r"\s+([.,;:!?%])|\s+(?='(?:s|t|re|ve|ll|d|m)\b)", r"\1", text).replace("$ ", "$")


def pairs(path: Path) -> Iterator[Example]:
    """Sentences and questions on equal lines; a passage is the sentence among its neighbours."""
    rng = random.Random(SEED)
    (source,) = sorted(path.glob("src-*.txt"))
    asked = source.with_name(source.name.replace("src", "tgt")).read_text("utf-8").splitlines()
    distinct: list[str] = []
    place = []
    for sentence in source.read_text("utf-8").splitlines():
        if not distinct or distinct[-1] != plain(sentence):
            distinct.append(plain(sentence))
        place.append(len(distinct) - 1)
    for question, at in zip(asked, place, strict=True):
        first, last = max(0, at - rng.randrange(4)), min(len(distinct), at + 1 + rng.randrange(4))
        yield from joined(plain(question), "", distinct[first:last], [at - first], "pairs")


def squad(path: Path) -> Iterator[Example]:
    """Paragraphs with questions, some of which they do not answer."""
    for article in json.loads(path.read_text("utf-8"))["data"]:
        title = article["title"].replace("_", " ")
        for paragraph in article["paragraphs"]:
            for item in paragraph["qas"]:
                places = {(one["answer_start"], one["answer_start"] + len(one["text"])) for one in item["answers"]}
                yield Example(item["question"].strip(), title, paragraph["context"], tuple(sorted(places)), "squad")


def selqa(path: Path) -> Iterator[Example]:
    """Sections whose sentences are the candidates."""
    for file in sorted(path.glob("*.json")):
        for item in json.loads(file.read_text("utf-8")):
            title = f"{item['article']}, {item['section']}"
            yield from joined(item["question"], title, item["candidates"], item["answers"], "selqa")


def clapnq(path: Path) -> Iterator[Example]:
    """Passages of Natural Questions with the sentences of a long answer, and passages that do not answer."""
    for file in sorted(path.glob("dev/*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            item = json.loads(line)
            passage = item["passages"][0]
            sentences = [plain(sentence) for sentence in passage["sentences"]]
            chosen = {
                plain(sentence) for answer in item["output"] for sentence in answer.get("selected_sentences") or []
            }
            gold = [place for place, sentence in enumerate(sentences) if sentence in chosen]
            if gold or "unanswerable" in file.name:
                yield from joined(item["input"], passage["title"], sentences, gold, "clapnq")


def fairytale(path: Path) -> Iterator[Example]:
    """Sections of tales; questions whose answer stands in so many words."""
    found: list[Example] = []
    for file in sorted(path.glob("data-by-origin/questions/*/*.csv")):
        story = file.name.replace("-questions", "-story")
        told = path / "data-by-origin" / "section-stories" / file.parent.name / story
        with told.open(encoding="utf-8", newline="") as rows:
            sections = {row["section"]: row["text"] for row in csv.DictReader(rows)}
        with file.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                text = sections.get(row["cor_section"], "")
                start = text.lower().find(row["answer1"].lower().strip(" ."))
                if row["ex-or-im1"] == "explicit" and len(row["answer1"]) > 2 and start >= 0:
                    spans = ((start, start + len(row["answer1"])),)
                    found += windowed(row["question"], "", text, spans, "fairytale")
    yield from random.Random(SEED).sample(found, min(len(found), FAIRYTALE_QUESTIONS))


def qamr(path: Path) -> Iterator[Example]:
    """Sentences with questions about each of their parts; a passage is the sentence among two others of its text."""
    rng = random.Random(SEED)
    lines = (path / "wiki-sentences.tsv").read_text("utf-8").splitlines()
    sentences = {name: plain(text) for name, _, text in (line.partition("\t") for line in lines)}
    near: defaultdict[str, list[str]] = defaultdict(list)
    for name, text in sentences.items():
        near[":".join(name.split(":")[:2])].append(text)
    asked: list[tuple[str, str]] = []
    for part in ("dev", "test"):
        for line in (path / "filtered" / f"{part}.tsv").read_text("utf-8").splitlines():
            fields = line.split("\t")
            if len(fields[5].split()) > 4:
                asked.append((fields[0], fields[5]))
    for name, question in rng.sample(asked, min(len(asked), QAMR_QUESTIONS)):
        others = rng.sample(near[":".join(name.split(":")[:2])], 3)
        around = [text for text in others if text != sentences[name]][:2]
        at = rng.randrange(len(around) + 1)
        yield from joined(question, "", [*around[:at], sentences[name], *around[at:]], [at], "qamr")


def documents_of(path: Path) -> dict[str, dict[str, str]]:
    """Return the documents of a set by their ids, each with its id, title and text."""
    entries = map(json.loads, (path / "corpus.jsonl").read_text("utf-8").splitlines())
    return {entry["id"]: entry for entry in entries}


def corpus(path: Path) -> Iterator[Example]:
    """Questions over a corpus: passages around the gold quotes, or the whole gold document if there are none.

    A question that nothing answers is seen with the document that is nearest in words.
    """
    documents = documents_of(path)
    names = sorted(documents)
    by_stem = 1 < len({group_of(name) for name in names}) < len(names)
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    table = vectorizer.fit_transform([documents[name]["text"] for name in names])
    for line in (path / "questions.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        question = item.get("rewrite") or item["question"]
        gold = item.get("gold", [])
        nearest = names[int(np.argmax((vectorizer.transform([question]) @ table.T).toarray()))]
        if held_out(group_of(min([entry["document"] for entry in gold] or [nearest])) if by_stem else item["id"]):
            continue
        if not item.get("answerable", True):
            document = documents[nearest]
            yield Example(question, document["title"].replace("_", " "), document["text"][:LONGEST], (), path.name)
            continue
        for entry in gold:
            document = documents[entry["document"]]
            quote = entry.get("quote")
            title = document["title"].replace("_", " ")
            if quote and (start := document["text"].find(quote)) >= 0:
                yield from windowed(question, title, document["text"], ((start, start + len(quote)),), path.name)
            elif not quote:
                yield Example(question, title, document["text"], ((0, len(document["text"])),), path.name)


def index(argument: Path) -> Iterator[Example]:
    """Questions over an index: the chunks that answer, and for each question the two nearest that do not.

    Nearest to the question in words, or to what answers it if the question is in other letters.
    """
    folder, _, questions = str(argument).partition(":")
    opened = Index.open(Path(folder))
    titles = opened.titles()
    chunks = [chunk for name in titles for chunk in opened.chunks_of(name)]
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    table = vectorizer.fit_transform([f"{titles[chunk.document]} {chunk.text}" for chunk in chunks])
    for line in Path(questions).read_text("utf-8").splitlines():
        item = json.loads(line)
        if held_out(group_of(item["id"]), OWN_PARTS) or item.get("history"):
            continue
        told = item.get("gold", []) + item.get("near", [])
        pool = "index" if item["question"].isascii() or not told else "foreign"
        near = [quote["quote"] for quote in item.get("near", [])[:1]]
        asked = " ".join([item["question"], *near]) if pool == "index" else told[0]["quote"]
        without = []
        for at in np.argsort(-(vectorizer.transform([asked]) @ table.T).toarray()[0])[:12]:
            chunk = chunks[at]
            if not any(gold["quote"] in chunk.text for gold in item.get("gold", [])) and not any(
                answer.lower() in chunk.text.lower() for answer in item.get("answers", [])
            ):
                without.append(chunk)
        for chunk in without[:2]:
            yield Example(item["question"], titles[chunk.document], chunk.text, (), pool)
        for chunk in chunks:
            quotes = [gold["quote"] for gold in item.get("gold", []) if gold["document"] == chunk.document]
            starts = [(chunk.text.find(quote), len(quote)) for quote in quotes]
            if spans := tuple((start, start + length) for start, length in starts if start >= 0):
                yield Example(item["question"], titles[chunk.document], chunk.text, spans, pool)


def passages(argument: Path) -> Iterator[Example]:
    """Questions on passages of other sources: the sentences that answer, or none of them does."""
    examples, _, questions = str(argument).partition(":")
    texts = {passage_id(example.text): example for example in read_examples(Path(examples))}
    for line in Path(questions).read_text("utf-8").splitlines():
        item = json.loads(line)
        passage = texts[item["passage"]]
        found = sentence_spans(passage.text)
        spans = tuple(found[at] for at in item.get("sentences", []))
        pool = "passages" if item["language"] == "en" else "foreign"
        yield Example(item["question"], passage.title, passage.text, spans, pool)


def glossed(argument: Path) -> Iterator[Example]:
    """Questions in Chinese and Urdu, word for word in English."""
    examples, _, folder = str(argument).partition(":")
    retriever = Retriever(Index.open(Path(folder)), MultilingualEmbedder())
    for example in read_examples(Path(examples)):
        if example.pool == "foreign" and (put := retriever.in_english(example.question)):
            yield replace(example, question=put)


def passage_id(text: str) -> str:
    """Return what a passage is named by: the start of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def foreign(path: Path) -> Iterator[Example]:
    """Questions in another language: the document that answers, and the two nearest to it that do not."""
    documents = documents_of(path)
    names = sorted(documents)
    table = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(
        [documents[name]["text"] for name in names]
    )
    for line in (path / "questions.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        if held_out(item["id"]) or not item.get("answerable", True):
            continue
        gold = item["gold"][0]
        document = documents[gold["document"]]
        start = document["text"].find(gold["quote"])
        title = document["title"].replace("_", " ")
        spans = ((start, start + len(gold["quote"])),)
        yield from windowed(item["question"], title, document["text"], spans, "foreign")
        likeness = (table[names.index(gold["document"])] @ table.T).toarray()[0]
        others = [documents[names[at]] for at in np.argsort(-likeness)[1:8]]
        lacking = [one for one in others if not any(a.lower() in one["text"].lower() for a in item["answers"])]
        for one in lacking[:2]:
            yield Example(item["question"], one["title"].replace("_", " "), one["text"][:LONGEST], (), "foreign")


KINDS: dict[str, Callable[[Path], Iterator[Example]]] = {
    "pairs": pairs,
    "squad": squad,
    "selqa": selqa,
    "clapnq": clapnq,
    "fairytale": fairytale,
    "qamr": qamr,
    "corpus": corpus,
    "index": index,
    "passages": passages,
    "foreign": foreign,
    "glossed": glossed,
}


def read_examples(path: Path) -> list[Example]:
    """Read a file that this command wrote."""
    return [
        Example(**{**values, "spans": tuple((s, e) for s, e in values["spans"])})
        for values in map(json.loads, path.read_text("utf-8").splitlines())
    ]


def main() -> None:
    """Write the examples of all sources named on the command line, each question and passage once."""
    seen = set()
    with open(sys.argv[1], "w", encoding="utf-8") as target:
        for argument in sys.argv[2:]:
            kind, _, path = argument.partition("=")
            counts = [0, 0]
            for example in KINDS[kind](Path(path)):
                key = (example.question.lower(), example.text[:60].lower())
                if key not in seen:
                    seen.add(key)
                    counts[not example.spans] += 1
                    target.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")
            print(f"{kind} {path.rsplit('/', 1)[-1]}: {counts[0]} answered, {counts[1]} not")


if __name__ == "__main__":
    main()
