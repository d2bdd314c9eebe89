"""What a build did, told file by file in words for a person."""

from collections import defaultdict
from collections.abc import Iterable

from assistant.index import Index, Record
from assistant.plan import Plan
from assistant.schema import BuildItem, BuildReport


def build_report(plan: Plan, index: Index, embedded: int, seconds: float, notice: str) -> BuildReport:
    """Return the report of a build that carried out ``plan`` and left ``index``."""
    records: defaultdict[str, list[Record]] = defaultdict(list)
    for record in index.records():
        records[record.file].append(record)
    moved_to = {old: new for new, old in plan.moved.items()}
    items = {name: _item(name, found, plan.moved.get(name)) for name, found in records.items()}

    def listed(names: list[str]) -> list[BuildItem]:
        return [items[name] for name in names if name in items]

    near = [
        BuildItem(name, f"says nearly the same as {other}", items[name].pages, items[name].chunks, items[name].language)
        for name, found in records.items()
        for other in _values(found, "near_duplicate_of")
    ]
    return BuildReport(
        added=listed(plan.added),
        updated=listed(plan.updated),
        unchanged=listed(plan.unchanged),
        removed=[BuildItem(name, f"moved to {moved_to[name]}" if name in moved_to else "") for name in plan.removed],
        duplicates=[BuildItem(name, reason) for name, reason in sorted(plan.duplicates.items())] + near,
        failed=[BuildItem(name, reason) for name, reason in sorted(plan.failed.items())],
        documents=int(index.generation.manifest["documents"]),
        chunks=index.count,
        embedded=embedded,
        seconds=seconds,
        generation=index.number,
        notice=notice,
    )


def _item(name: str, records: list[Record], moved_from: str | None) -> BuildItem:
    notes = [f"moved from {moved_from}"] if moved_from else []
    if len(records) > 1:
        notes.append(f"{_count(len(records) - 1, 'attachment')} read")
    by_ocr = _values(records, "pages_by_ocr")
    if by_ocr:
        notes.append(f"{_pages(by_ocr)} read by text recognition")
    empty = _values(records, "pages_without_text")
    if empty:
        notes.append(f"{_pages(empty)} gave no text")
    notes += [str(note).rstrip(".") for note in _values(records, "notes")]
    notes += [f"says nearly the same as {other}" for other in _values(records, "near_duplicate_of")]
    pages, chunks = sum(record.pages for record in records), sum(record.chunks for record in records)
    language = records[0].language
    size = [_count(pages, "page")] if pages else []
    size += [_count(chunks, "chunk"), *([language] if language != "und" else [])]
    return BuildItem(name, "; ".join([", ".join(size), *notes]), pages, chunks, language, notes)


def _values(records: Iterable[Record], key: str) -> list[object]:
    """Return the values under a key of the metadata of all records, lists as their members."""
    found: list[object] = []
    for record in records:
        value = record.metadata.get(key)
        found += value if isinstance(value, list) else [value] if value else []
    return found


def _pages(numbers: list[object]) -> str:
    """Return page numbers in words, neighbours as a range."""
    ordered = sorted({number for number in numbers if isinstance(number, int)})
    ranges: list[list[int]] = []
    for number in ordered:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    words = [str(first) if first == last else f"{first}–{last}" for first, last in ranges]
    return f"{'pages' if len(ordered) > 1 else 'page'} {', '.join(words)}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
