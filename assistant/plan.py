"""What a build has to do: which files came, changed, moved, repeat or went, and what the readers made of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant.errors import BuildError, LoadError
from assistant.index import Index
from assistant.loaders.builder import title_of_name
from assistant.parsing import Read
from assistant.schema import Document, Progress
from assistant.store import file_sha256

_UNREADABLE = ""


@dataclass(slots=True)
class Plan:
    """What a build has to do, by path of file; ``moved`` tells where a file was before."""

    sums: dict[str, str] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    duplicates: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    documents: dict[str, list[Document]] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether the index differs from what it must be."""
        return bool(self.added or self.updated or self.removed)

    def state(self, name: str) -> str:
        """Return the state of a file that was added or updated."""
        return "duplicate" if name in self.duplicates else "failed" if name in self.failed else "taken"


def corpus_files(corpus: Path) -> Iterator[Path]:
    """Yield the files of a corpus folder in stable order; hidden ones and links out of the folder are passed over."""
    root = corpus.resolve()
    for path in sorted(corpus.rglob("*")):
        hidden = any(part.startswith((".", "~$")) for part in path.relative_to(corpus).parts)
        # rglob enters no folder that is a link: only a file can lead out
        if not hidden and path.is_file() and (not path.is_symlink() or path.resolve().is_relative_to(root)):
            yield path


def corpus_sums(corpus: Path) -> dict[str, tuple[Path, str]]:
    """Return (path, SHA-256) of each file by its name; the sum of one that can't be opened is empty."""
    found = {}
    for path in corpus_files(corpus):
        name = path.relative_to(corpus).as_posix().encode("utf-8", "backslashreplace").decode()
        try:
            found[name] = (path, file_sha256(path))
        except OSError:
            found[name] = (path, _UNREADABLE)
    return found


def make_plan(corpus: Path, base: Index | None, again: Iterable[str], read: Read, report: Progress) -> Plan:
    """Compare the corpus with the base, and ``read`` what must be read; the files ``again`` even if unchanged.

    Raises BuildError where there is nothing that could be indexed.
    """
    known = base.files() if base else {}
    files = corpus_sums(corpus)
    plan = Plan(sums={name: sha256 for name, (_, sha256) in files.items()})
    plan.removed = sorted(known.keys() - files.keys())
    taken = {sha256: name for name, (sha256, state, _) in reversed(known.items()) if state == "taken"}
    retried = set(again)
    wanted = []
    for name in _compared(plan, known, taken):
        before = known.get(name)
        if before and before[0] == plan.sums[name] and before[1] in ("taken", "failed") and name not in retried:
            plan.unchanged.append(name)
            if before[1] == "failed":
                plan.failed[name] = before[2]
            continue
        (plan.updated if before else plan.added).append(name)
        source = taken.get(plan.sums[name])
        if base and source and source != name and _suffix(source) == _suffix(name):
            plan.moved[name] = source
            plan.documents[name] = [_moved(document, source, name) for document in base.documents_of(source)]
        else:
            wanted.append(name)
    _take(plan, [(files[name][0], name) for name in wanted], read, report)
    _check(plan, corpus, known)
    return plan


def _compared(plan: Plan, known: Mapping[str, tuple[str, str, str]], taken: Mapping[str, str]) -> list[str]:
    """Put the exact duplicates into the plan, and return the other files; what is indexed already stays so."""
    first: dict[str, str] = {}
    for name, sha256 in plan.sums.items():
        if sha256 != _UNREADABLE:
            first.setdefault(sha256, name)
    first |= {sha256: name for sha256, name in taken.items() if plan.sums.get(name) == sha256}
    others = []
    for name, sha256 in plan.sums.items():
        original = first.get(sha256, name)
        if original == name:
            others.append(name)
            continue
        plan.duplicates[name] = f"has the same content as {original}"
        before = known.get(name)
        if before == (sha256, "duplicate", plan.duplicates[name]):
            plan.unchanged.append(name)
        else:
            (plan.updated if before else plan.added).append(name)
    return others


def _take(plan: Plan, files: list[tuple[Path, str]], read: Read, report: Progress) -> None:
    for done, ((_, name), result) in enumerate(zip(files, read(files), strict=True)):
        report("reading", done, len(files))
        if isinstance(result, LoadError):
            plan.failed[name] = str(result)
        else:
            plan.documents[name] = result
    report("reading", len(files), len(files))


def _check(plan: Plan, corpus: Path, known: Mapping[str, object]) -> None:
    if not plan.sums and not known:
        raise BuildError(f"The corpus folder “{corpus}” is empty; put documents into it and build again.")
    if plan.sums and len(plan.failed) + len(plan.duplicates) == len(plan.sums):
        raise BuildError(
            f"None of the {len(plan.sums)} files in “{corpus}” could be read. "
            f"The first: {next(iter(plan.failed.values()))}"
        )


def _moved(document: Document, old: str, new: str) -> Document:
    """Return a document as it reads under the new name of its file."""
    id = new + document.id.removeprefix(old)
    title = title_of_name(id) if document.title == title_of_name(document.id) else document.title
    metadata = {key: value for key, value in document.metadata.items() if key != "near_duplicate_of"}
    return replace(document, id=id, title=title, metadata=metadata)


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()
