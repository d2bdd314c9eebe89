"""A small corpus whose every sentence bears the version it was written in, an index of it, and what a reader sees."""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from fakes import LetterEmbedder

from assistant import build_index
from assistant.errors import AssistantError, IndexDamaged, IndexMissing
from assistant.index import Index
from assistant.loaders import load
from assistant.schema import Document
from assistant.soundness import check_sound
from assistant.terms import terms

DOCUMENTS = 4
_TAG = re.compile(r"version([a-z]?\d+)")
SUBJECTS = ("land", "water", "bridge", "school")
REMEDY = re.compile(r"assistant build|try again|--index|wait until|pip install|install the assistant again")


class Mixed(AssertionError):
    """An index held parts of more than one version."""


class World:
    """A corpus and its index in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.corpus = folder / "corpus"
        self.index = folder / "index"

    def write(self, version: str) -> None:
        """Write the whole corpus anew."""
        self.corpus.mkdir(parents=True, exist_ok=True)
        for place, subject in enumerate(SUBJECTS):
            words = " ".join(f"The {subject} of village {n} is of version{version}." for n in range(3 + place))
            text = f"# The {subject} version{version}\n\n{words}\n\n## More of version{version}\n\n{words}\n"
            (self.corpus / f"{subject}.md").write_text(text)

    def build(self, version: str) -> None:
        """Write a version of the corpus and build its index, without processes of its own to read files."""
        self.write(version)
        with reading_here():
            build_index(self.corpus, self.index, embedder=LetterEmbedder())


def _read_here(files: Sequence[tuple[Path, str]], **_: object) -> Iterator[list[Document]]:
    for path, name in files:
        yield load(path, name)


@contextmanager
def reading_here() -> Iterator[None]:
    """Read documents in this process: a build then takes some hundredths of a second. Several threads may do so."""
    global _patched
    with _patching:
        if not _patched:
            _patch.start()
        _patched += 1
    try:
        yield
    finally:
        with _patching:
            _patched -= 1
            if not _patched:
                _patch.stop()


_patch = patch("assistant.ingest.parse", _read_here)
_patching = threading.Lock()
_patched = 0


def version_of(index: Path) -> str:
    """Return the version that every part of an index is of; raises Mixed, or what opening raises."""
    opened = Index.open(index)
    try:
        check_sound(opened)
        return whole(opened)
    finally:
        opened.close()


def whole(opened: Index) -> str:
    """Return the version that every document, chunk, word and vector is of; raises Mixed."""
    documents = [opened.document(name) for name in opened.titles()]
    chunks = [chunk for document in documents for chunk in opened.chunks_of(document.id)]
    texts = [text for document in documents for text in (document.title, document.text)]
    found = {tag for text in [*texts, *(chunk.text for chunk in chunks)] for tag in _TAG.findall(text)}
    if len(found) != 1 or len(documents) != DOCUMENTS or len(chunks) != opened.count:
        raise Mixed(f"versions {sorted(found)}, {len(documents)} documents, {len(chunks)} of {opened.count} chunks")
    tag: str = found.pop()
    if len(opened.search_words(terms(f"version{tag}"), 1000)) != opened.count:
        raise Mixed("the words are of another version")
    model = LetterEmbedder()
    for chunk in chunks[:2]:
        best = opened.search_vectors(model.embed([chunk.text])[0], 3)
        if not best or best[0][1] < 0.8:
            raise Mixed("the vectors are of another version")
    return tag


def tags(texts: Sequence[str]) -> set[str]:
    """Return the versions that texts are of."""
    return {tag for text in texts for tag in _TAG.findall(text)}


def seen(index: Path) -> str:
    """Return “version 1”, “missing”, “refused” (in a sentence with a remedy), or “WRONG: …” for all else."""
    try:
        return f"version {version_of(index)}"
    except IndexMissing:
        return "missing"
    except IndexDamaged as error:
        return "refused" if REMEDY.search(str(error)) else f"WRONG: no remedy in “{error}”"
    except (Mixed, OSError, ArithmeticError, LookupError, TypeError, ValueError, RuntimeError, MemoryError) as error:
        return f"WRONG: {type(error).__name__}: {error}"


def tried(action: Callable[[], object]) -> str:
    """Return “done”, “told” (an AssistantError with its remedy), or “WRONG: …” for any other error."""
    try:
        action()
    except AssistantError as error:
        return "told" if REMEDY.search(str(error)) else f"WRONG: no remedy in “{error}”"
    except (OSError, ArithmeticError, LookupError, TypeError, ValueError, RuntimeError) as error:
        return f"WRONG: {type(error).__name__}: {error}"
    return "done"
