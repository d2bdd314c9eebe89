"""Compare texts in many encodings with their gold text.

    python tests/benchmarks/gold_encodings.py FOLDER

FOLDER holds ``encodings_gold.jsonl`` (file, encoding, gold). A text is exact if, with white space folded and in NFC,
the gold text stands in it. A gold text that its encoding can't hold stands in the file with question marks: such a
file is counted a second time against what it can hold.
"""

import json
import re
import sys
import unicodedata
from pathlib import Path

from assistant.errors import LoadError
from assistant.loaders import load


def main() -> None:
    folder = Path(sys.argv[1])
    rows = [json.loads(line) for line in (folder / "encodings_gold.jsonl").read_text("utf-8").splitlines()]
    exact = held = 0
    for row in rows:
        try:
            text = _normal(" ".join(document.text for document in load(folder / row["file"], row["file"])))
        except LoadError as error:
            text = str(error)
        gold = _normal(row["gold"])
        holdable = _normal(row["gold"].encode(row["encoding"], "replace").decode(row["encoding"]))
        exact += gold in text
        held += gold in text or holdable in text
        if gold not in text:
            marks = holdable.count("?") - gold.count("?")
            print(f"{row['file']}: exact but for {marks} replaced" if holdable in text else f"{row['file']}: differs")
    print(f"{exact} of {len(rows)} exact ({exact / len(rows):.1%})")
    print(f"{held} of {len(rows)} ({held / len(rows):.1%}) hold all that their encoding can hold")


def _normal(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


if __name__ == "__main__":
    main()
