"""What lies in a generation: documents, chunks and their words in SQLite, vectors in an engine (FAISS, or Milvus).

A chunk's number is its row in SQLite and its id in the engine.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from assistant.embedder import Vectors
from assistant.engine import LOCAL, Engine, files_of, open_engine, open_writer
from assistant.errors import AssistantError, DocumentMissing, IndexDamaged
from assistant.lexical import WordIndex
from assistant.schema import Chunk, Document, Page, Scope, Section
from assistant.store import RECORDS, Generation, open_current, open_other, verify
from assistant.terms import terms
from assistant.vectors import Numbers

_SCHEMA = """
CREATE TABLE files (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, file TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, media_type TEXT NOT NULL,
    sha256 TEXT NOT NULL, language TEXT NOT NULL, pages TEXT NOT NULL, sections TEXT NOT NULL, metadata TEXT NOT NULL
) STRICT;
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document TEXT NOT NULL, text TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, page INTEGER, section TEXT NOT NULL, embedded TEXT NOT NULL
) STRICT;
CREATE INDEX documents_of_file ON documents (file);
CREATE INDEX chunks_of_document ON chunks (document, start);
CREATE INDEX chunks_embedded ON chunks (embedded);
CREATE VIRTUAL TABLE words USING fts5 (
    title, section, body, detail = 'full', tokenize = "unicode61 remove_diacritics 0 tokenchars '.-_'''"
);
"""
_LATER = """
CREATE INDEX IF NOT EXISTS documents_of_file ON documents (file);
CREATE TABLE IF NOT EXISTS sketches (document TEXT PRIMARY KEY, sketch BLOB NOT NULL) STRICT;
"""
"""What the format gained without becoming another: an index that lacks it is still read."""

_KEPT = 10_000
"""So many chunks are kept in memory before it begins anew: a question looks at some seventy."""


@dataclass(frozen=True, slots=True)
class Record:
    """A document without its text: its file, language, numbers of pages and chunks, and metadata."""

    document: str
    file: str
    language: str
    pages: int
    chunks: int
    metadata: dict[str, Any]


class IndexWriter:
    """Fills the files of a new generation in ``folder``, starting from those of ``base`` if one is given."""

    def __init__(
        self,
        folder: Path,
        dimension: int,
        base: "Index | None" = None,
        address: str = LOCAL,
        before: dict[str, Any] | None = None,
    ) -> None:
        """Open the working copy; with a base, everything in it is taken over.

        The vectors go to the engine at ``address``; ``before`` is the manifest of the generation before, if any.
        """
        self._folder = folder
        self._records = sqlite3.connect(folder / RECORDS, isolation_level=None)
        self._records.execute("PRAGMA journal_mode = OFF")
        self._records.execute("PRAGMA synchronous = OFF")
        if base:
            base.copy_records(self._records)
        else:
            self._records.executescript(_SCHEMA)
        kept = self._numbers() if base else np.zeros(0, dtype=np.int64)
        self._vectors = open_writer(address, before or {}, dimension, base.engine if base else None, kept)
        self._records.executescript(_LATER)
        self._records.execute("BEGIN")

    def remove_file(self, path: str) -> None:
        """Forget a file, its documents, their chunks and vectors."""
        self._remove_chunks("document IN (SELECT id FROM documents WHERE file = ?)", path)
        self._records.execute(
            "DELETE FROM sketches WHERE document IN (SELECT id FROM documents WHERE file = ?)", (path,)
        )
        self._records.execute("DELETE FROM documents WHERE file = ?", (path,))
        self._records.execute("DELETE FROM files WHERE path = ?", (path,))

    def add_file(self, path: str, sha256: str, state: str, reason: str = "") -> None:
        """Remember a file; ``state`` is ``taken``, ``duplicate`` or ``failed``."""
        self._records.execute("INSERT INTO files VALUES (?, ?, ?, ?)", (path, sha256, state, reason))

    def add_document(self, file: str, document: Document) -> None:
        """Add a document that was read from ``file``."""
        self._records.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document.id,
                file,
                document.title,
                document.text,
                document.media_type,
                document.sha256,
                document.language,
                _json([asdict(page) for page in document.pages]),
                _json([asdict(section) for section in document.sections]),
                _json(document.metadata),
            ),
        )

    def add_sketch(self, document: str, sketch: bytes) -> None:
        """Add what a document is compared with others by."""
        self._records.execute("INSERT OR REPLACE INTO sketches VALUES (?, ?)", (document, sketch))

    def mark_near_duplicate(self, document: str, other: str | None) -> None:
        """Note in a document's metadata which other says nearly the same; None takes the note away."""
        change = "json_set(metadata, '$.near_duplicate_of', ?1)" if other else "json_remove(metadata, ?1)"
        self._records.execute(
            f"UPDATE documents SET metadata = {change} WHERE id = ?2", (other or "$.near_duplicate_of", document)
        )

    def add_chunks(self, chunks: Sequence[Chunk], titles: Sequence[str], keys: Sequence[str], vectors: Vectors) -> None:
        """Add chunks with their documents' titles, the keys of what was embedded, and the vectors, in step."""
        if not chunks:
            return
        (first,) = self._records.execute("SELECT coalesce(max(number), -1) + 1 FROM chunks").fetchone()
        numbers = np.arange(first, first + len(chunks), dtype=np.int64)
        rows = zip(numbers.tolist(), chunks, keys, strict=True)
        self._records.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(n, c.id, c.document, c.text, c.start, c.end, c.page, _json(c.section), key) for n, c, key in rows],
        )
        self._records.executemany(
            "INSERT INTO words (rowid, title, section, body) VALUES (?, ?, ?, ?)",
            [
                (n, lexical_words(title), lexical_words(" ".join(c.section)), lexical_words(c.text))
                for n, c, title in zip(numbers.tolist(), chunks, titles, strict=True)
            ],
        )
        self._vectors.add(numbers, vectors)

    def finish(self, generation: int = 1) -> dict[str, Any]:
        """Write everything to disk and to the engine; return counts for the manifest, and how to find the engine."""
        self._records.execute("COMMIT")
        self._records.execute("INSERT INTO words (words) VALUES ('optimize')")
        self._records.execute("VACUUM")
        counts = {
            table: int(self._records.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
            for table in ("documents", "chunks")
        }
        words = WordIndex(lambda statement, values: self._records.execute(statement, values).fetchall())
        place = self._vectors.finish(self._folder, generation, self._numbers(), words)
        self._records.close()
        return counts | place

    def publish(self) -> bool:
        """Have readers follow the engine's part, once the folder is published; whether they must look again."""
        return self._vectors.publish()

    def clean(self, kept: set[int]) -> None:
        """Have the engine drop what it holds of all generations but those ``kept``."""
        self._vectors.clean(kept)

    def abandon(self) -> None:
        """Close the working copy without finishing it."""
        self._records.close()

    def _numbers(self) -> Numbers:
        rows = self._records.execute("SELECT number FROM chunks ORDER BY number").fetchall()
        return np.array([row[0] for row in rows], dtype=np.int64)

    def _remove_chunks(self, condition: str, *values: str) -> None:
        rows = self._records.execute(f"SELECT number FROM chunks WHERE {condition}", values).fetchall()
        numbers = np.array([row[0] for row in rows], dtype=np.int64)
        self._records.executemany("DELETE FROM words WHERE rowid = ?", rows)
        self._records.executemany("DELETE FROM chunks WHERE number = ?", rows)
        self._vectors.remove(numbers)


class Index:
    """A generation opened for reading; safe to use from several threads."""

    def __init__(self, generation: Generation) -> None:
        """Check the files and load the vectors; raises IndexDamaged."""
        with ExitStack() as stack:
            stack.callback(generation.hold.close)
            if missing := {RECORDS, *files_of(generation.manifest)} - generation.manifest["files"].keys():
                raise IndexDamaged(f"“{generation.folder}” lacks {min(missing)}; run: assistant build --rebuild")
            verify(generation)
            self.generation = generation
            self.number = generation.number
            self._lock = threading.Lock()
            address = f"{(generation.folder / RECORDS).resolve().as_uri()}?mode=ro&immutable=1"
            self._records = sqlite3.connect(address, uri=True, check_same_thread=False)
            stack.callback(self._records.close)
            self._words = WordIndex(self._all)
            self._kept: dict[int, Chunk] = {}
            self.engine: Engine = open_engine(generation.folder, generation.manifest, self._words)
            stack.callback(self.engine.close)
            self.count = self.engine.count
            found = {"chunks": self.count, "dimension": self.engine.dimension}
            if any(generation.manifest[key] != value for key, value in found.items()):
                raise IndexDamaged(f"“{generation.folder}” does not fit together; run: assistant build --rebuild")
            self._open = stack.pop_all()

    @classmethod
    def open(cls, folder: Path) -> "Index":
        """Open the current generation of an index folder.

        Raises IndexMissing, IndexDamaged or VectorStoreUnavailable.
        """
        generation = open_current(folder)
        try:
            return cls(_followed(folder, generation))
        except AssistantError:
            generation.hold.close()
            raise

    @cached_property
    def _titles(self) -> dict[str, str]:
        return dict(self._all("SELECT id, title FROM documents ORDER BY id"))

    @cached_property
    def near_duplicates(self) -> dict[str, str]:
        """The document that each near duplicate says nearly the same as, by its id."""
        return dict(
            self._all(
                "SELECT id, json_extract(metadata, '$.near_duplicate_of') AS other FROM documents "
                "WHERE other IS NOT NULL"
            )
        )

    def title(self, document: str) -> str:
        """Return the title of a document."""
        return self._titles[document]

    def close(self) -> None:
        """Let go of the generation."""
        self._open.close()

    def numbers(self, scope: Scope) -> Numbers:
        """Return the numbers of all chunks of the documents in a scope, ascending; raises DocumentMissing."""
        unknown = [name for name in scope.documents if name not in self._titles]
        if unknown:
            raise _no_document(unknown[0])
        rows = self._all(
            "SELECT number FROM chunks WHERE document IN (SELECT id FROM documents WHERE "
            "(?1 = '[]' OR id IN (SELECT value FROM json_each(?1))) AND (?2 = '' OR language = ?2) AND "
            "(?3 = '' OR json_extract(metadata, '$.date') >= ?3) AND "
            "(?4 = '' OR substr(json_extract(metadata, '$.date'), 1, length(?4)) <= ?4)) ORDER BY number",
            (_json(list(scope.documents)), scope.language, scope.since, scope.until),
        )
        return np.array([row[0] for row in rows], dtype=np.int64)

    def search_vectors(self, vector: Vectors, k: int, among: Numbers | None = None) -> list[tuple[int, float]]:
        """Return (chunk number, cosine) of the ``k`` nearest chunks to a vector of shape (dimension,), best first."""
        return self.engine.search_vectors(vector, k, among)

    def search_words(self, query: Sequence[str], k: int, among: Numbers | None = None) -> list[tuple[int, float]]:
        """Return (chunk number, BM25 score) of the ``k`` chunks that best match any of the terms, best first."""
        return self.engine.search_words(query, k, among)

    def document_frequency(self, term: str) -> int:
        """Return in how many chunks a term occurs."""
        return self._words.document_frequency(term)

    def vector_numbers(self) -> Numbers:
        """Return the numbers of all chunks that have a vector, ascending."""
        return self.engine.numbers()

    def vectors(self, numbers: Sequence[int]) -> Vectors:
        """Return the vectors of chunks, shape (len(numbers), dimension)."""
        return self.engine.vectors(numbers)

    def chunks(self, numbers: Iterable[int]) -> dict[int, Chunk]:
        """Return the chunks of these numbers; those that were asked for lately are still in memory."""
        wanted = list(numbers)
        if len(self._kept) > _KEPT:
            self._kept = {}
        kept = self._kept
        if missing := [number for number in wanted if number not in kept]:
            rows = self._all(
                "SELECT number, id, document, text, start, end, page, section FROM chunks "
                f"WHERE number IN ({_marks(missing)})",
                tuple(missing),
            )
            kept |= {row[0]: _chunk(row[1:]) for row in rows}
        return {number: kept[number] for number in wanted if number in kept}

    def span(self, document: str, start: int, end: int) -> str:
        """Return a slice of a document's text."""
        rows = self._all("SELECT substr(text, ? + 1, ? - ?) FROM documents WHERE id = ?", (start, end, start, document))
        return str(rows[0][0])

    def chunks_of(self, document: str) -> list[Chunk]:
        """Return a document's chunks in order."""
        rows = self._all(
            "SELECT id, document, text, start, end, page, section FROM chunks WHERE document = ? ORDER BY start",
            (document,),
        )
        return [_chunk(row) for row in rows]

    def document(self, name: str) -> Document:
        """Return a document by its id; raises DocumentMissing."""
        rows = self._all(
            "SELECT id, title, text, media_type, sha256, language, pages, sections, metadata "
            "FROM documents WHERE id = ?",
            (name,),
        )
        if not rows:
            raise _no_document(name)
        id, title, text, media_type, sha256, language, pages, sections, metadata = rows[0]
        return Document(
            id=id,
            title=title,
            text=text,
            media_type=media_type,
            sha256=sha256,
            language=language,
            pages=[Page(**page) for page in json.loads(pages)],
            sections=[Section(**section) for section in json.loads(sections)],
            metadata=json.loads(metadata),
        )

    def texts(self, limit: int) -> list[str]:
        """Return the texts of the first ``limit`` chunks."""
        return [row[0] for row in self._all("SELECT text FROM chunks ORDER BY number LIMIT ?", (limit,))]

    def titles(self) -> dict[str, str]:
        """Return the title of each document by its id, in order of ids."""
        return dict(self._titles)

    def files(self) -> dict[str, tuple[str, str, str]]:
        """Return (SHA-256, state, reason) of each file of the corpus by its path."""
        return {row[0]: (row[1], row[2], row[3]) for row in self._all("SELECT * FROM files ORDER BY path")}

    def records(self) -> list[Record]:
        """Return what is known of each document beside its text."""
        rows = self._all(
            "SELECT d.id, d.file, d.language, json_array_length(d.pages), coalesce(c.number, 0), d.metadata "
            "FROM documents d LEFT JOIN (SELECT document, count(*) AS number FROM chunks GROUP BY document) c "
            "ON c.document = d.id ORDER BY d.rowid"
        )
        return [
            Record(id, file, language, pages, chunks, json.loads(rest))
            for id, file, language, pages, chunks, rest in rows
        ]

    def documents_of(self, file: str) -> list[Document]:
        """Return the documents that were read from a file, in their order."""
        return [
            self.document(row[0])
            for row in self._all("SELECT id FROM documents WHERE file = ? ORDER BY rowid", (file,))
        ]

    def places(self, document: str) -> dict[tuple[int, int], tuple[int, str]]:
        """Return the number of each chunk of a document and the key of what was embedded, by (start, end)."""
        rows = self._all("SELECT start, end, number, embedded FROM chunks WHERE document = ?", (document,))
        return {(row[0], row[1]): (row[2], row[3]) for row in rows}

    def sketches(self) -> dict[str, bytes]:
        """Return what documents are compared by, of those that have it."""
        if not self._all("SELECT 1 FROM sqlite_master WHERE name = 'sketches'"):
            return {}
        return dict(self._all("SELECT document, sketch FROM sketches"))

    def embedded(self, keys: Sequence[str]) -> dict[str, int]:
        """Return the number of a chunk for each key of embedded text that the index has a vector of."""
        found: dict[str, int] = {}
        for start in range(0, len(keys), 500):
            part = tuple(keys[start : start + 500])
            found |= dict(self._all(f"SELECT embedded, number FROM chunks WHERE embedded IN ({_marks(part)})", part))
        return found

    def copy_records(self, target: sqlite3.Connection) -> None:
        """Copy all records into another database."""
        with self._lock:
            self._records.backup(target)

    def _all(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with self._lock:
            try:
                return self._records.execute(statement, values).fetchall()
            except sqlite3.DatabaseError as error:
                raise IndexDamaged(f"The index can't be read ({error}); run: assistant build --rebuild") from error


def _followed(folder: Path, generation: Generation) -> Generation:
    """Return the generation that the engine's alias points at, if it has one and the folder holds that generation."""
    place = generation.manifest.get("milvus")
    if not place:
        return generation
    from assistant.milvus import current_collection, generation_of

    collection = current_collection(place["address"], place["alias"])
    if collection in ("", place["collection"]):
        return generation
    other = open_other(folder, generation_of(collection))
    if other and other.manifest.get("milvus", {}).get("collection") == collection:
        generation.hold.close()
        return other
    if other:
        other.hold.close()
    return generation


def _chunk(row: Sequence[Any]) -> Chunk:
    id, document, text, start, end, page, section = row
    return Chunk(id=id, document=document, text=text, start=start, end=end, page=page, section=json.loads(section))


def _no_document(name: str) -> DocumentMissing:
    return DocumentMissing(f"The index holds no document “{name}”; assistant status lists those it holds.")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def lexical_words(text: str) -> str:
    """Return a text as it is searched for words: its terms, set apart by spaces."""
    return " ".join(term for term in terms(text) if '"' not in term)
