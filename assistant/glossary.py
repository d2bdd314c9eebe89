"""The documents' own glossaries: rows of a table that name a thing in Latin letters and in another script.

Loaders write a row as “English: field visit; Chinese: 实地考察; Urdu: مطالعاتی دورہ”. A question in Chinese or Urdu
with such a name in it is about what the row calls it in Latin letters.
"""

import re
from collections.abc import Iterable

from assistant.terms import query_terms, words

_MOST_WORDS = 6
_NAMES = re.compile(r"[()（）,/、]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_OTHER = re.compile(r"[^\W\d_A-Za-z\u00c0-\u024f]")


class Glossary:
    """Knows what things are called in other scripts."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Take the rows of the texts' tables."""
        self._names: dict[str, str] = {}
        for text in texts:
            if not text.isascii():
                for line in text.split("\n"):
                    self._take([value for _, _, value in (cell.partition(": ") for cell in line.split("; "))])

    def _take(self, cells: list[str]) -> None:
        latin = next((cell for cell in cells if _LATIN.search(cell) and not _OTHER.search(cell)), "")
        if not latin or len(latin.split()) > _MOST_WORDS:
            return
        for cell in cells:
            if _OTHER.search(cell) and not _LATIN.search(cell) and len(cell.split()) <= _MOST_WORDS:
                for name in _NAMES.split(cell):
                    if len(spelt := _spelt(name).strip()) > 1:
                        self._names.setdefault(spelt, latin)

    def terms(self, question: str) -> list[str]:
        """Return the stems of what the names in a question are called in Latin letters, in order."""
        asked = f" {_spelt(question)} "
        found: dict[str, None] = {}
        for name, latin in self._names.items():
            if (name if _HAN.search(name) else f" {name} ") in asked:
                found |= dict.fromkeys(query_terms(latin))
        return list(found)

    def latin(self, name: str) -> str:
        """Return what a name is called in Latin letters; nothing if the glossaries do not have it."""
        return self._names.get(_spelt(name), "")


def _spelt(text: str) -> str:
    """Return a text with the forms of Arabic letters made one; Chinese, which has no spaces, as it is."""
    return "".join(text.split()) if _HAN.search(text) else " ".join(words(text))
