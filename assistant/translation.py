"""A question in Chinese or Urdu put into English, word for word, by the words of one index's documents."""

from functools import cached_property, partial

from assistant.chinese import ChineseWords
from assistant.embedder import DEFAULT_MODEL, MULTILINGUAL_MODEL, Embedder
from assistant.gloss import ChineseGloss, UrduGloss
from assistant.glossary import Glossary
from assistant.index import Index
from assistant.language import detect_language
from assistant.reader import in_latin_letters
from assistant.sentences import sentence_spans
from assistant.terms import query_terms
from assistant.transliteration import Transliterator

_HALF = 0.5
"""The share of a sentence's letters that must be Latin ones for it to count as in English."""
_HEARD = 20_000
"""So many chunks' words are known by their sound."""


class QueryTranslator:
    """Puts questions into English for one opened index and one embedder."""

    def __init__(self, index: Index, embedder: Embedder) -> None:
        """Bind them; only for the models that the package knows are Chinese words told apart and questions put."""
        self._index = index
        self._embedder = embedder
        self.english_alone = embedder.name == DEFAULT_MODEL
        """Whether English is all that the embedding model understands."""
        known = embedder.name in (DEFAULT_MODEL, MULTILINGUAL_MODEL)
        self._chinese = ChineseWords(partial(_share, index)) if known else None

    def english(self, question: str) -> str:
        """Return a question in English, one in Chinese or Urdu word for word.

        Nothing if it is in another language, or if its own words find a passage in its letters: it is asked as it is.
        """
        if in_latin_letters(question):
            return question
        language = detect_language(question)
        if not self._chinese or language not in ("zh", "ur") or self._finds_its_letters(question):
            return ""
        heard, glossary = self._foreign
        if language == "zh":
            return ChineseGloss(self._chinese, glossary).english(question)
        return UrduGloss(heard, glossary).english(question)

    def terms(self, text: str) -> list[str]:
        """Return the documents' words that foreign ones of a text sound like or mean."""
        meant = [] if text.isascii() else [stem for known in self._foreign for stem in known.terms(text)]
        return meant + self._chinese.terms(text) if self._chinese else meant

    @cached_property
    def _foreign(self) -> tuple[Transliterator, Glossary]:
        texts = self._index.texts(_HEARD)
        return Transliterator(texts), Glossary(texts)

    def _finds_its_letters(self, question: str) -> bool:
        """Tell whether what fits a question's own words best has a sentence in other letters than English.

        A model of English knows no more of these than that they are others: it tells that too.
        """
        best = [number for number, _ in self._index.search_words(query_terms(question), 1)]
        if self.english_alone:
            vector = self._embedder.embed_questions([question])[0]
            best += [number for number, _ in self._index.search_vectors(vector, 1)]
        texts = [chunk.text for chunk in self._index.chunks(best).values()]
        return not all(in_latin_letters(text[s:e], _HALF) for text in texts for s, e in sentence_spans(text))


def _share(index: Index, stem: str) -> float:
    """Return the share of an index's chunks that a stem occurs in."""
    return index.document_frequency(stem) / max(1, index.count)
