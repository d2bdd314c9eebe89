"""Files to Documents: ``load`` finds out what a file is and hands it to the reader for its kind."""

import hashlib
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from lxml import etree

from assistant.errors import LoadError
from assistant.language import detect_language
from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.kinds import KINDS, SUPPORTED, Kind, kind_of
from assistant.schema import Document

__all__ = ["MAX_FILE_BYTES", "MAX_TEXT_BYTES", "READERS", "SUPPORTED", "load", "read", "with_language"]

READERS = 2
"""Raised whenever the same file would be read differently: an index remembers it."""

MAX_FILE_BYTES = 200_000_000
MAX_TEXT_BYTES = 50_000_000
_TEXT_KINDS = ("md", "txt", "html", "xml", "csv", "tsv", "eml", "mhtml", "rtf")
_MAX_DEPTH = 3


def load(path: Path, id: str) -> list[Document]:
    """Return the document in a file, then the files attached to it, each as a document ``<id>/<name>``.

    Raises LoadError, which names the file, the reason and the remedy, for a file that can't be read.
    """
    return [with_language(document) for document in read(path, id)]


def read(path: Path, id: str) -> list[Document]:
    """Do what ``load`` does, but leave the languages open."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise LoadError(f"{id}: it is larger than {MAX_FILE_BYTES // 1_000_000} MB: split it")
        data = path.read_bytes()
    except OSError as error:
        raise LoadError(f"{id}: it can't be opened ({error.strerror}): check that it exists and may be read") from error
    return _documents(data, id, depth=0)


def _documents(data: bytes, id: str, depth: int) -> list[Document]:
    try:
        document, contents = _document(data, id)
    except LoadError as error:
        raise LoadError(f"{id}: {error}") from error
    found = []
    for name, content in _distinct(contents.attachments):
        if depth >= _MAX_DEPTH:
            _note(document, f"The attachment {name} is nested too deeply and was left out.")
            continue
        try:
            found += _documents(content, f"{id}/{name}", depth + 1)
        except LoadError as error:
            _note(document, f"An attachment was left out: {str(error).removeprefix(id + '/')}.")
    if not document.text and not found:
        raise LoadError(f"{id}: it holds no text: leave it out, or replace it with a version that has text")
    return [document, *found] if document.text else found


def _document(data: bytes, id: str) -> tuple[Document, Contents]:
    if not data.strip(b"\0\t\n\r\f "):
        raise LoadError("it holds no text: the file is empty")
    key = kind_of(data, id)
    if key in _TEXT_KINDS and len(data) > MAX_TEXT_BYTES:
        raise LoadError(f"it is a text of more than {MAX_TEXT_BYTES // 1_000_000} MB: split it")
    kind = KINDS[key]
    builder = TextBuilder()
    contents = _read(kind, data, builder)
    document = builder.build(
        id=id,
        title=contents.title,
        media_type=kind.media_type,
        sha256=hashlib.sha256(data).hexdigest(),
        metadata=contents.metadata,
    )
    return document, contents


def _read(kind: Kind, data: bytes, builder: TextBuilder) -> Contents:
    try:
        reader = getattr(import_module(f"assistant.loaders.{kind.module}"), kind.reader)
        contents: Contents = reader(data, builder)
    except ModuleNotFoundError as error:
        raise LoadError(f"{kind.media_type} can't be read without the package {error.name}: install it") from error
    except (RecursionError, ValueError, KeyError, IndexError, OverflowError, etree.LxmlError) as error:
        raise LoadError("the file is damaged: open it in the program that made it and save it anew") from error
    return contents


def with_language(document: Document) -> Document:
    """Return the document with the language that its text is in, or else that it declares."""
    declared = str(document.metadata.get("language") or "und").split("-")[0].split("_")[0].lower()
    default = declared if len(declared) == 2 and declared.isascii() and declared.isalpha() else "und"
    return replace(document, language=detect_language(document.text, default))


def _distinct(attachments: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Return the attachments under names that differ and that are no paths."""
    used: set[str] = set()
    found = []
    for position, (name, content) in enumerate(attachments, start=1):
        plain = name.replace("\\", "/").rsplit("/", 1)[-1].strip() or f"attachment-{position}"
        if plain in used:
            plain = f"{position}-{plain}"
        used.add(plain)
        found.append((plain, content))
    return found


def _note(document: Document, sentence: str) -> None:
    document.metadata.setdefault("notes", []).append(sentence)
