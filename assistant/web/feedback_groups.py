"""Questions grouped by likeness: agglomerative clustering with average linkage on the cosine of their embeddings."""

from collections.abc import Mapping

import numpy as np

from assistant.embedder import Embedder

_DISTANCE = 0.5
"""The mean cosine distance up to which groups are joined; chosen on 39 questions (LOG.md)."""
_MOST = 500
_AT_ONCE = 50
"""So few are embedded without the import of sentence-transformers, which would stay in the server's memory."""


def grouped(questions: Mapping[str, int], embedder: Embedder) -> list[list[tuple[str, int]]]:
    """Return groups of (question, number of times), the most frequent first, of the 500 most frequent questions.

    The linkage is Sokal and Michener's (1958), by SciPy.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    asked = sorted(questions.items(), key=lambda item: (-item[1], item[0]))[:_MOST]
    if len(asked) < 2:
        return [[item] for item in asked]
    texts = [question for question, _ in asked]
    parts = [embedder.embed_questions(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)]
    tree = linkage(np.concatenate(parts), "average", metric="cosine")
    groups: dict[int, list[tuple[str, int]]] = {}
    for item, group in zip(asked, fcluster(tree, _DISTANCE, criterion="distance").tolist(), strict=True):
        groups.setdefault(group, []).append(item)
    return sorted(groups.values(), key=lambda group: -sum(number for _, number in group))
