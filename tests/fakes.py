"""Stand-ins whose results a reader can work out."""

from collections.abc import Callable, Sequence

import numpy as np

from assistant.embedder import Vectors


class LetterEmbedder:
    """A text's vector counts its letters a to z, brought to length 1; a token is a word."""

    name = "letters"
    sha256 = "0" * 64
    dimension = 26
    max_tokens = 256

    def __init__(self) -> None:
        """Count what is embedded."""
        self.embedded: list[str] = []

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return the words' places."""
        spans, position = [], 0
        for word in text.split():
            start = text.index(word, position)
            position = start + len(word)
            spans.append((start, position))
        return spans

    def embed(self, texts: Sequence[str], done: Callable[[int], None] | None = None) -> Vectors:
        """Return the letter counts at length 1."""
        self.embedded += texts
        counts = np.array([[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], dtype=np.float32)
        lengths = np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)
        vectors: Vectors = (counts / lengths).astype(np.float32)
        return vectors

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return the letter counts at length 1."""
        return self.embed(texts)
