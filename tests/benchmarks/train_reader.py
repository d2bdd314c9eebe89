"""Trains the reader: all-MiniLM-L6-v2 reads question and passage together and marks where the answer stands.

    python tests/benchmarks/train_reader.py FOLDER SOURCE …

A SOURCE is a file in SQuAD's JSON form (``.json``), a pair of files with a sentence and its question on equal lines
(``SENTENCES:QUESTIONS``), or a folder with ``corpus.jsonl`` and ``questions.jsonl``. FOLDER gets ``model.safetensors``
and ``figures.json``; ``quantise_reader.py`` turns them into the int8 file that the package ships.

The model gives one logit a token. A softmax over all tokens of the pair, [CLS] standing for "the answer is not here",
is trained so that the probability falls on the tokens of the answer (summed; Clark and Gardner, "Simple and Effective
Multi-Paragraph Reading Comprehension", ACL 2018, with the no-answer option). Every question is seen with its passage
and with another that is close to it in words and does not hold the answer. Word embeddings and the two lowest layers
stay as they are, for speed.

Half of the groups of each folder's questions are left out of training (``held_out``), and are what figures are made on.
"""

import hashlib
import json
import math
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.feature_extraction.text import TfidfVectorizer
from transformers import AutoModel, AutoTokenizer

from assistant.embedder import _package_folder
from assistant.sentences import sentence_spans

SEED = 11
MAX_TOKENS = 208
QUESTION_TOKENS = 64
BATCH_TOKENS = 3200
RATE = 6e-5
FROZEN_LAYERS = 2
NEGATIVES = 0.8
"""How many passages without the answer a question is seen with, on average."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and the passage that answers it at ``spans`` (none: it does not)."""

    question: str
    title: str
    text: str
    spans: tuple[tuple[int, int], ...]
    pool: str


class Marker(torch.nn.Module):
    """The encoder with one logit a token, shape (batch, tokens)."""

    def __init__(self, attention: str = "sdpa") -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(
            _package_folder(), local_files_only=True, attn_implementation=attention
        )
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, 1)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        logits: torch.Tensor = self.head(hidden).squeeze(-1)
        return logits


def held_out(group: str) -> bool:
    """Tell whether a group of questions is kept for figures; by its name, so that it is the same everywhere."""
    return hashlib.sha256(group.encode()).digest()[0] % 2 == 0


def squad(path: Path) -> Iterator[Example]:
    """Read a file in SQuAD's form, or a list of its paragraphs."""
    data = json.loads(path.read_text("utf-8"))
    articles = data["data"] if isinstance(data, dict) else [{"title": "", "paragraphs": data}]
    for article in articles:
        title = (article.get("title") or "").replace("_", " ")
        for paragraph in article["paragraphs"]:
            for item in paragraph["qas"]:
                spans = tuple(
                    (answer["answer_start"], answer["answer_start"] + len(answer["text"])) for answer in item["answers"]
                )
                if item.get("is_impossible"):
                    yield Example(item["question"], title, paragraph["context"], (), path.name)
                elif spans:
                    yield from _windowed(item["question"], title, paragraph["context"], spans, path.name)


def _windowed(question: str, title: str, text: str, spans: tuple[tuple[int, int], ...], pool: str) -> Iterator[Example]:
    """Cut a long text down to whole sentences around the answer."""
    if len(text) < 1200:
        yield Example(question, title, text, spans, pool)
        return
    start = min(s for s, _ in spans)
    before = (len(question) * 37) % 600
    sentences = [(s, e) for s, e in sentence_spans(text) if e > start - before and s < start - before + 900]
    if sentences:
        low, high = sentences[0][0], sentences[-1][1]
        inside = tuple((s - low, e - low) for s, e in spans if low <= s and e <= high)
        if inside:
            yield Example(question, title, text[low:high], inside, pool)


def pairs(sentences: Path, questions: Path) -> Iterator[Example]:
    """Read sentences and questions on equal lines; a passage is the sentence among its neighbours."""
    rng = random.Random(SEED)
    asked = questions.read_text("utf-8").split("\n")
    said = sentences.read_text("utf-8").split("\n")
    distinct: list[str] = []
    place = []
    for sentence in said:
        sentence = sentence.strip()
        if not distinct or distinct[-1] != sentence:
            distinct.append(sentence)
        place.append(len(distinct) - 1)
    for question, at in zip(asked, place, strict=True):
        if not question.strip() or not distinct[at]:
            continue
        first = max(0, at - rng.randrange(4))
        last = min(len(distinct), at + 1 + rng.randrange(4))
        text = " ".join(distinct[first:last])
        start = sum(len(distinct[i]) + 1 for i in range(first, at))
        yield Example(question, "", text, ((start, start + len(distinct[at])),), sentences.name)


def folder(path: Path) -> Iterator[Example]:
    """Read questions over a corpus: passages around the gold quotes, or the whole gold document if there are none.

    A question that nothing answers is seen with the document that is nearest in words.
    """
    documents = {}
    for line in (path / "corpus.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        documents[entry["id"]] = entry
    names = sorted(documents)
    stems = {name.rsplit("-", 1)[0] for name in names}
    by_stem = 1 < len(stems) < len(names)
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    table = vectorizer.fit_transform([documents[name]["text"] for name in names])
    for line in (path / "questions.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        question = item.get("rewrite") or item["question"]
        gold = item.get("gold", [])
        nearest = names[int(np.argmax((vectorizer.transform([question]) @ table.T).toarray()))]
        group = min([entry["document"] for entry in gold] or [nearest]).rsplit("-", 1)[0] if by_stem else item["id"]
        if held_out(group):
            continue
        if not item.get("answerable", True):
            document = documents[nearest]
            yield Example(question, document["title"].replace("_", " "), document["text"], (), path.name)
            continue
        for entry in gold:
            document = documents[entry["document"]]
            quote = entry.get("quote")
            title = document["title"].replace("_", " ")
            if quote and (start := document["text"].find(quote)) >= 0:
                spans = ((start, start + len(quote)),)
                yield from _windowed(question, title, document["text"], spans, path.name)
            elif not quote:
                yield Example(question, title, document["text"], ((0, len(document["text"])),), path.name)


def read(source: str) -> list[Example]:
    """Read one source by its form."""
    if ":" in source:
        first, second = source.split(":")
        return list(pairs(Path(first), Path(second)))
    path = Path(source)
    return list(folder(path) if path.is_dir() else squad(path))


def with_negatives(examples: list[Example], rng: random.Random) -> list[Example]:
    """Add to each answered question a passage of the same pool that is near in words and lacks the answer."""
    made = list(examples)
    for pool in sorted({example.pool for example in examples}):
        own = [example for example in examples if example.pool == pool]
        passages = sorted({(example.title, example.text) for example in own})
        vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
        table = vectorizer.fit_transform([f"{title} {text}" for title, text in passages])
        for begin in range(0, len(own), 512):
            batch = own[begin : begin + 512]
            near = (vectorizer.transform([example.question for example in batch]) @ table.T).toarray()
            for example, row in zip(batch, near, strict=True):
                if not example.spans or rng.random() > NEGATIVES:
                    continue
                answers = {example.text[s:e].lower() for s, e in example.spans}
                others = []
                for at in np.argsort(-row)[:12]:
                    title, text = passages[at]
                    if not any(answer in text.lower() for answer in answers):
                        others.append((title, text))
                if others:
                    title, text = rng.choice(others[:3])
                    made.append(Example(example.question, title, text, (), pool))
    rng.shuffle(made)
    return made


def encoded(example: Example, tokenizer: object, rng: random.Random) -> tuple[list[int], list[int], list[bool]] | None:
    """Return token ids, segments and which tokens are the answer ([CLS] if there is none)."""
    question = tokenizer(example.question, add_special_tokens=False, truncation=True, max_length=QUESTION_TOKENS)  # type: ignore[operator]
    prefix = f"{example.title}\n" if example.title and rng.random() < 0.8 else ""
    text = tokenizer(  # type: ignore[operator]
        prefix + example.text,
        add_special_tokens=False,
        return_offsets_mapping=True,
        truncation=True,
        max_length=MAX_TOKENS - len(question["input_ids"]) - 3,
    )
    marked = [
        any(s < stop - len(prefix) and begin - len(prefix) < e for s, e in example.spans) and begin >= len(prefix)
        for begin, stop in text["offset_mapping"]
    ]
    if example.spans and not any(marked):
        return None
    cls, sep = tokenizer.cls_token_id, tokenizer.sep_token_id  # type: ignore[attr-defined]
    ids = [cls, *question["input_ids"], sep, *text["input_ids"], sep]
    first = len(question["input_ids"]) + 2
    return (
        ids,
        [0] * first + [1] * (len(ids) - first),
        [not any(marked)] + [False] * (first - 1) + marked + [False],
    )


def loss_of(logits: torch.Tensor, segments: torch.Tensor, mask: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the mean negative log probability of the answer's tokens."""
    open_to = (segments == 1) & (mask == 1)
    open_to[:, 0] = True
    everything = logits.masked_fill(~open_to, -1e4).logsumexp(1)
    answer = logits.masked_fill(~target, -1e4).logsumexp(1)
    return (everything - answer).mean()


def batches(rows: list[tuple[list[int], list[int], list[bool]]], rng: random.Random) -> Iterator[list[int]]:
    """Yield batches of rows of like length, in random order."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]) + rng.random() * 8)
    made: list[list[int]] = []
    batch: list[int] = []
    for i in order:
        if batch and (len(batch) + 1) * len(rows[i][0]) > BATCH_TOKENS:
            made.append(batch)
            batch = []
        batch.append(i)
    made.append(batch)
    rng.shuffle(made)
    yield from made


def tensors(rows: list[tuple[list[int], list[int], list[bool]]]) -> tuple[torch.Tensor, ...]:
    """Pad rows to one length: ids, segments, attention mask, target."""
    width = max(len(ids) for ids, _, _ in rows)
    ids = torch.tensor([row[0] + [0] * (width - len(row[0])) for row in rows])
    segments = torch.tensor([row[1] + [0] * (width - len(row[1])) for row in rows])
    mask = torch.tensor([[1] * len(row[0]) + [0] * (width - len(row[0])) for row in rows])
    target = torch.tensor([row[2] + [False] * (width - len(row[2])) for row in rows])
    return ids, segments, mask, target


def main() -> None:
    into = Path(sys.argv[1])
    into.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    tokenizer = AutoTokenizer.from_pretrained(_package_folder(), local_files_only=True)
    examples = []
    seen = set()
    for source in sys.argv[2:]:
        read_from = [e for e in read(source) if (e.question.lower(), e.text[:60].lower()) not in seen]
        seen |= {(e.question.lower(), e.text[:60].lower()) for e in read_from}
        print(source.rsplit("/", 1)[-1], len(read_from), sum(not e.spans for e in read_from), flush=True)
        examples += read_from
    rows = [row for e in with_negatives(examples, rng) if (row := encoded(e, tokenizer, rng))]
    print("rows", len(rows), "tokens", sum(len(row[0]) for row in rows), flush=True)
    model = Marker()
    for part in (model.encoder.embeddings, *model.encoder.encoder.layer[:FROZEN_LAYERS]):
        for parameter in part.parameters():
            parameter.requires_grad = False
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
    plan = list(batches(rows, rng))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / (0.06 * len(plan))) * max(0.02, 1 - step / len(plan))
    )
    model.train()
    started, running = time.time(), math.nan
    for step, batch in enumerate(plan, start=1):
        ids, segments, mask, target = tensors([rows[i] for i in batch])
        loss = loss_of(model(ids, mask, segments), segments, mask, target)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        running = loss.item() if math.isnan(running) else 0.98 * running + 0.02 * loss.item()
        if step % 20 == 0 or step == len(plan):
            print(f"{step}/{len(plan)} loss {running:.3f} {time.time() - started:.0f} s", flush=True)
        if step % 200 == 0 or step == len(plan):
            save_file({k: v.contiguous() for k, v in model.state_dict().items()}, into / "model.safetensors")
    figures = {"seed": SEED, "rows": len(rows), "steps": len(plan), "loss": round(running, 4)}
    (into / "figures.json").write_text(json.dumps(figures) + "\n", "utf-8")


if __name__ == "__main__":
    main()
