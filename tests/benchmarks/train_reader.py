"""Trains a reader: a model that reads question and passage together and marks where the answer stands.

    python tests/benchmarks/train_reader.py EXAMPLES.jsonl FOLDER [--minutes 60] [--from MODEL.safetensors]
        [--model all-mpnet-base-v2]

EXAMPLES.jsonl comes from ``reader_data.py``, which names the sources and their licences. FOLDER gets
``model.safetensors`` and ``figures.json``; ``quantise_reader.py`` turns them into the int8 file that the package ships.

The model gives one logit a token. A softmax over all tokens of the pair, [CLS] standing for "the answer is not here",
is trained so that the probability falls on the tokens of the answer (summed; Clark and Gardner, "Simple and Effective
Multi-Paragraph Reading Comprehension", ACL 2018, with the no-answer option). A question is also seen where its answer
is not: with another passage that is near in words; with its own passage, the answer's sentence taken out; and, altered,
with its own passage (a number, a name or a word turned into another one that the passage has too, or into its
opposite). With ``--follow-ups`` some are put as they come from a conversation. Word embeddings and the lowest layers
stay as they are, and numbers have 16 bits (bfloat16), for speed; with ``--minutes`` the plan is cut to what fits.
"""

import argparse
import json
import math
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from reader_data import Example, read_examples
from reader_models import BASES, Base, Marker, given
from safetensors.torch import load_file, save_file
from sklearn.feature_extraction.text import TfidfVectorizer

from assistant.followup import topic_of
from assistant.sentences import sentence_spans

SEED = 11
MAX_TOKENS = 208
QUESTION_TOKENS = 64
BATCH_TOKENS = 3200
RATE = 7e-5
NEAR, TAKEN_OUT, ALTERED = 0.4, 0.35, 0.35
"""How often an answered question is seen without its answer, in each of three ways; "index" brings near ones itself."""
OPPOSITES = [
    tuple(pair.split("/"))
    for pair in """first/last most/least before/after highest/lowest largest/smallest increase/decrease more/fewer
    earliest/latest north/south east/west northern/southern eastern/western won/lost best/worst rural/urban above/below
    public/private male/female old/new rich/poor beginning/end started/ended minimum/maximum oldest/youngest
    import/export buy/sell higher/lower greater/smaller longest/shortest always/never does/doesn't did/didn't
    is/isn't was/wasn't were/weren't can/can't born/died internal/external strong/weak approved/rejected""".split()
]
_OPPOSITE = {a: b for pair in OPPOSITES for a, b in (pair, pair[::-1])}
_CONTENT = re.compile(r"[^\W\d_]{4,}|\d[\d,.]*\d|\d")

Row = tuple[list[int], list[int], list[bool]]


def without_answer(examples: list[Example], rng: random.Random, share: float) -> list[Example]:
    """Return answered questions with passages that do not answer them, and altered questions, a share of the usual."""

    def chosen(often: float) -> bool:
        return rng.random() < share * often

    made = []
    for pool in sorted({example.pool for example in examples} - {"foreign"}):
        own = [example for example in examples if example.pool == pool]
        passages = sorted({(example.title, example.text) for example in own})
        vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
        table = vectorizer.fit_transform([f"{title} {text}" for title, text in passages])
        rare = dict(zip(vectorizer.get_feature_names_out(), vectorizer.idf_, strict=True))
        for begin in range(0, len(own), 512):
            batch = own[begin : begin + 512]
            near = (vectorizer.transform([example.question for example in batch]) @ table.T).toarray()
            for example, row in zip(batch, near, strict=True):
                if not example.spans:
                    continue
                if pool != "index" and chosen(NEAR) and (other := near_passage(example, row, passages, rng)):
                    made.append(Example(example.question, *other, (), pool))
                if chosen(TAKEN_OUT) and (rest := taken_out(example)):
                    made.append(Example(example.question, example.title, rest, (), pool))
                if chosen(ALTERED) and (question := altered(example, rare, rng)):
                    made.append(Example(question, example.title, example.text, (), pool))
    return made


def as_follow_ups(examples: list[Example], rng: random.Random, share: float) -> list[Example]:
    """Return the examples, a share of the questions put as a conversation leaves them.

    Behind such a question stands, in brackets, another one that was put to a passage of the same title; in half of them
    what the question is about is "it", and stands in the brackets as well.
    """
    if not share:
        return examples
    asked = defaultdict(list)
    for example in examples:
        asked[example.pool, example.title].append(example.question.rstrip("? "))
    made = []
    for example in examples:
        others = asked[example.pool, example.title]
        question = example.question
        if example.title and rng.random() < share and (before := rng.choice(others)) != question.rstrip("? "):
            topic = topic_of(question)
            leans = topic and question.count(topic) == 1 and not question.startswith(topic) and rng.random() < 0.5
            main = question.replace(topic, "it") if leans else question
            context = f"{topic}; {before}" if leans else before
            question = f"{main.rstrip('? ')} ({context})?"
        made.append(replace(example, question=question))
    return made


def near_passage(
    example: Example, row: np.ndarray, passages: list[tuple[str, str]], rng: random.Random
) -> tuple[str, str] | None:
    """Return one of the passages nearest in words to the question that lack its answer."""
    answers = {example.text[s:e].lower() for s, e in example.spans}
    others = [passages[at] for at in np.argsort(-row)[:12] if not any(a in passages[at][1].lower() for a in answers)]
    return rng.choice(others[:3]) if others else None


def taken_out(example: Example) -> str:
    """Return the passage without the sentences that hold the answer; nothing if too little is left."""
    answers = [example.text[s:e] for s, e in example.spans]
    if max(map(len, answers)) > 300:
        return ""
    kept = [
        example.text[start:end]
        for start, end in sentence_spans(example.text)
        if not any(start < e and s < end for s, e in example.spans)
    ]
    rest = " ".join(kept)
    return "" if len(rest) < 80 or any(answer in rest for answer in answers) else rest


def altered(example: Example, rare: dict[str, float], rng: random.Random) -> str:
    """Return the question with one word turned into another, so that the passage no longer answers it."""
    words = [found for found in _CONTENT.finditer(example.question) if found[0].lower() in example.text.lower()]
    opposites = [found for found in re.finditer(r"[\w']+", example.question) if found[0].lower() in _OPPOSITE]
    if opposites and rng.random() < 0.5:
        chosen = rng.choice(opposites)
        other = _OPPOSITE[chosen[0].lower()]
    elif words:
        chosen = max(words, key=lambda found: rare.get(found[0].lower(), 0) + 3 * found[0][0].isdigit() + rng.random())
        digits = chosen[0][0].isdigit()
        answers = " ".join(example.text[s:e] for s, e in example.spans).lower()
        choices = sorted(
            {
                found[0]
                for found in _CONTENT.finditer(example.text)
                if found[0][0].isdigit() == digits
                and found[0].lower() not in example.question.lower()
                and (digits or (found[0].lower() not in answers and rare.get(found[0].lower(), 0) > 5))
            }
        )
        if digits and (not choices or rng.random() < 0.5):
            choices = [str(max(1, int(re.sub(r"\D", "", chosen[0])[:9]) + rng.choice([-7, -2, -1, 1, 2, 5, 10])))]
        if not choices:
            return ""
        other = rng.choice(choices)
    else:
        return ""
    return example.question[: chosen.start()] + other + example.question[chosen.end() :]


def encoded(example: Example, base: Base, rng: random.Random) -> Row | None:
    """Return token ids, segments and which tokens are the answer (the first if there is none)."""
    asked = base.encode(example.question)[0][:QUESTION_TOKENS]
    prefix = f"{example.title}\n" if example.title and rng.random() < 0.8 else ""
    ids, places = base.encode(prefix + example.text)
    room = MAX_TOKENS - len(asked) - 3
    marked = [
        any(s < stop - len(prefix) and begin - len(prefix) < e for s, e in example.spans) and begin >= len(prefix)
        for begin, stop in places[:room]
    ]
    if example.spans and not any(marked):
        return None
    row = [base.first, *asked, base.between, *ids[:room], base.between]
    first = len(asked) + 2
    return (
        row,
        [0] * first + [1] * (len(row) - first),
        [not any(marked)] + [False] * (first - 1) + marked + [False],
    )


def loss_of(logits: torch.Tensor, segments: torch.Tensor, mask: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the mean negative log probability of the answer's tokens."""
    open_to = (segments == 1) & (mask == 1)
    open_to[:, 0] = True
    everything = logits.masked_fill(~open_to, -1e4).logsumexp(1)
    answer = logits.masked_fill(~target, -1e4).logsumexp(1)
    return (everything - answer).mean()


def batches(rows: list[Row], rng: random.Random) -> Iterator[list[int]]:
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


def tensors(rows: list[Row]) -> tuple[torch.Tensor, ...]:
    """Pad rows to one length: ids, segments, attention mask, target."""
    width = max(len(ids) for ids, _, _ in rows)
    ids = torch.tensor([row[0] + [0] * (width - len(row[0])) for row in rows])
    segments = torch.tensor([row[1] + [0] * (width - len(row[1])) for row in rows])
    mask = torch.tensor([[1] * len(row[0]) + [0] * (width - len(row[0])) for row in rows])
    target = torch.tensor([row[2] + [False] * (width - len(row[2])) for row in rows])
    return ids, segments, mask, target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("examples", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--model", choices=BASES, default="all-MiniLM-L6-v2")
    parser.add_argument("--contrasts", type=float, default=1.0, help="of the usual share of made up near misses")
    parser.add_argument("--follow-ups", type=float, default=0.0, help="share of the questions put as in a conversation")
    parser.add_argument("--from", dest="start", type=Path, help="a model.safetensors of this command to go on from")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    base = BASES[options.model]()
    examples = read_examples(options.examples)
    examples += without_answer(examples, rng, options.contrasts)
    examples = as_follow_ups(examples, rng, options.follow_ups)
    rng.shuffle(examples)
    rows = [row for example in examples if (row := encoded(example, base, rng))]
    print("rows", len(rows), "of them not answered", sum(row[2][0] for row in rows), flush=True)
    model = Marker(base)
    if options.start:
        model.load_state_dict(load_file(options.start))
    for part in (model.encoder.embeddings, *model.encoder.encoder.layer[: base.frozen_layers]):
        for parameter in part.parameters():
            parameter.requires_grad = False
    figures = train(model, base, rows, options, rng)
    (options.folder / "figures.json").write_text(json.dumps(figures) + "\n", "utf-8")


def train(
    model: Marker, base: Base, rows: list[Row], options: argparse.Namespace, rng: random.Random
) -> dict[str, float]:
    """Go once through the rows, or as far as the time allows, the rate falling to nothing by then."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=options.rate, weight_decay=0.01)
    plan = list(batches(rows, rng))
    model.train()
    started, running, step = time.time(), math.nan, 0
    for step, batch in enumerate(plan, start=1):
        done = max(step / len(plan), (time.time() - started) / (60 * options.minutes))
        if done > 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = options.rate * min(1.0, done / 0.05) * max(0.02, 1 - done)
        ids, segments, mask, target = tensors([rows[i] for i in batch])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(*given(base, ids, mask, segments))
        loss = loss_of(logits.float(), segments, mask, target)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        running = loss.item() if math.isnan(running) else 0.98 * running + 0.02 * loss.item()
        if step % 20 == 0:
            print(f"{step}/{len(plan)} loss {running:.3f} {time.time() - started:.0f} s", flush=True)
        if step % 200 == 0:
            save_file({k: v.contiguous() for k, v in model.state_dict().items()}, options.folder / "model.safetensors")
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, options.folder / "model.safetensors")
    return {"seed": SEED, "rows": len(rows), "steps": step, "planned": len(plan), "loss": round(running, 4)}


if __name__ == "__main__":
    main()
