"""CSV and TSV: the delimiter found by trying, each row readable with its header."""

import csv
import io

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.encoding import decode
from assistant.loaders.tables import add_table

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 100
_MAX_CELLS = 2_000_000


def read_delimited(data: bytes, builder: TextBuilder) -> Contents:
    """Read a table in a text file."""
    text = decode(data).replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    rows: list[list[str]] = []
    total = 0
    try:
        for row in csv.reader(io.StringIO(text), delimiter=find_delimiter(text)):
            rows.append(row)
            total += len(row)
            if total > _MAX_CELLS:
                raise LoadError(f"the table has more than {_MAX_CELLS:,} cells: split it")
    except csv.Error as error:
        raise LoadError("a field of the table is too long, probably a quotation mark is missing: mend it") from error
    add_table(builder, rows)
    return Contents()


def find_delimiter(text: str) -> str:
    """Return the delimiter that splits the most lines into the same number of fields."""
    lines = "\n".join(text.split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES])
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(lines), delimiter=delimiter) if row]
        except csv.Error:
            continue
        common = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        score = (common > 1) * widths.count(common) / max(len(widths), 1) + min(common, 50) / 1000
        if score > best_score:
            best, best_score = delimiter, score
    return best
