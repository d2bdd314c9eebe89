"""Index 1,000 documents, change one, build again in the same process; then delete it, and search for it.

    python tests/benchmarks/incremental.py CORPUS [DOCUMENTS]

The documents are made of paragraphs of the Markdown files in CORPUS, dealt out anew, five sections each.
"""

import random
import sys
import tempfile
import time
from pathlib import Path

from assistant import Assistant, BuildReport, build_index


def main() -> None:
    source, number = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with tempfile.TemporaryDirectory() as scratch:
        corpus, index = Path(scratch, "corpus"), Path(scratch, "index")
        corpus.mkdir()
        _write(source, corpus, number)
        full, _ = _timed(corpus, index, "all")
        _timed(corpus, index, "none")
        changed = corpus / "document-7.md"
        changed.write_text(changed.read_text("utf-8") + "\n## New\n\nThe bridge of Zyxwv was built in 1931.\n", "utf-8")
        one, report = _timed(corpus, index, "one changed")
        print(f"embedded {report.embedded}; {one / full:.2%} of the full build")
        changed.unlink()
        _timed(corpus, index, "one deleted")
        _search(index, changed.name)


def _write(source: Path, corpus: Path, number: int) -> None:
    paragraphs = [
        paragraph
        for path in sorted(source.glob("*.md"))
        for paragraph in path.read_text("utf-8").split("\n\n")
        if len(paragraph) > 100 and not paragraph.startswith(("#", "|", "-"))
    ]
    dealer = random.Random(1)
    for place in range(number):
        sections = (f"## Part {part}\n\n{dealer.choice(paragraphs)} ({dealer.randrange(10**6)})\n" for part in range(5))
        (corpus / f"document-{place}.md").write_text(f"# Document {place}\n\n" + "\n".join(sections), "utf-8")


def _timed(corpus: Path, index: Path, what: str) -> tuple[float, BuildReport]:
    started = time.monotonic()
    report = build_index(corpus, index)
    seconds = time.monotonic() - started
    print(f"{what}: {seconds:.2f} s, {report.documents} documents, {report.chunks} chunks, {report.embedded} embedded")
    return seconds, report


def _search(index: Path, name: str) -> None:
    with Assistant.open(index) as bot:
        questions = [
            "When was the bridge of Zyxwv built?",
            "Document 7",
            "Zyxwv",
            *(f"Part {part}" for part in range(5)),
        ]
        found = [hit.document for question in questions for hit in bot.retrieve(question, k=50)]
    print(f"{found.count(name)} of {len(found)} results name the deleted document")


if __name__ == "__main__":
    main()
