"""Build an index over a folder of files that break parsers, and tell what became of each kind.

    python tests/benchmarks/hostile.py FOLDER [--references DIR] [--index DIR] [--without-model]

Sub-folders of FOLDER are kinds. A file counts as readable if an independent tool finds ten words in it;
its share is how many of those words (as a multiset, without case) the index holds. The folder ``encodings`` is for
``gold_encodings.py``.
"""

import argparse
import re
import resource
import sys
import tempfile
import time
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes import LetterEmbedder
from references import FEWEST, reference

from assistant import BuildReport, build_index
from assistant.index import Index

_ENOUGH = 0.9


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--references", type=Path, help="folder to keep the independent tools' texts in")
    parser.add_argument("--without-model", action="store_true", help="embed with a stand-in: reading alone is measured")
    parser.add_argument("--index", type=Path, help="folder to keep the index in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        index = options.index or Path(scratch, "index")
        embedder = LetterEmbedder() if options.without_model else None
        started = time.monotonic()
        report = build_index(options.folder, index, embedder=embedder, progress=_progress)
        wall = time.monotonic() - started
        peaks = [resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        texts = _texts(index)
    _tell(options.folder, options.references or Path(tempfile.mkdtemp()), report, texts)
    print(f"\n{report.documents} documents, {report.chunks} chunks in {wall:.0f} s")
    print(f"peak memory: this process {peaks[0]} MB, the largest worker or helper program {peaks[1]} MB")


def _progress(stage: str, done: int, total: int) -> None:
    print(f"\r{stage} {done}/{total}   ", end="", file=sys.stderr, flush=True)


def _texts(folder: Path) -> dict[str, str]:
    index = Index.open(folder)
    try:
        found: defaultdict[str, str] = defaultdict(str)
        for record in index.records():
            found[record.file] += index.document(record.document).text + "\n"
        return found
    finally:
        index.close()


def _tell(folder: Path, store: Path, report: BuildReport, texts: dict[str, str]) -> None:
    copies = {
        item.document: item.reason.removeprefix("has the same content as ")
        for item in report.duplicates
        if item.reason.startswith("has the same")
    }
    failed = {item.document: item.reason for item in report.failed}
    tally: defaultdict[str, Counter[str]] = defaultdict(Counter)
    poor, reasons = [], Counter[str]()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        count = tally[path.parent.relative_to(folder).as_posix()]
        count["files"] += 1
        count["failed" if name in failed else "copies" if name in copies else "taken"] += 1
        if name in failed:
            reasons[re.sub(r"^.*?: ", "", failed[name])] += 1
        sizes = [_words(text) for text in reference(path, store)] if path.parent.name != "encodings" else []
        sizes = [words for words in sizes if words.total() >= FEWEST]
        if not sizes:
            continue
        own = _words(texts.get(copies.get(name, name), ""))
        share = max((own & words).total() / words.total() for words in sizes)
        count["readable"] += 1
        count["good"] += share >= _ENOUGH
        if share < _ENOUGH:
            poor.append(f"  {share:4.0%} {name} {failed.get(name, '')[:150]}")
    _table(tally)
    print("\nnot taken, by reason:", *(f"  {number} × {reason}" for reason, number in reasons.most_common()), sep="\n")
    print(f"\nreadable, but less than {_ENOUGH:.0%} of the words:", *poor, sep="\n")


def _words(text: str) -> Counter[str]:
    """Count the words of a text; one broken at the end of a line counts whole, a Chinese sign counts as a word."""
    text = re.sub(r"(?<=[^\W\d_])[-\u00ad]\n\s*(?=[^\W\d_])", "", unicodedata.normalize("NFKC", text).casefold())
    return Counter(re.findall(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+", text))


def _table(tally: dict[str, Counter[str]]) -> None:
    columns = ("files", "taken", "copies", "failed", "readable", "good")
    print("\n" + "| kind | " + " | ".join(columns) + " | share |\n|---|" + "--:|" * (len(columns) + 1))
    total: Counter[str] = Counter()
    for kind, count in [*sorted(tally.items()), ("all", total)]:
        share = f"{count['good'] / count['readable']:.1%}" if count["readable"] else "–"
        print(f"| {kind} | " + " | ".join(str(count[column]) for column in columns) + f" | {share} |")
        total += count


if __name__ == "__main__":
    main()
