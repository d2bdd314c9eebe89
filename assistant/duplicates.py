"""Documents that say nearly the same: MinHash sketches of five-word shingles (Broder 1997), compared in bands.

And passages of which one is enough among the results.
"""

import re
import zlib
from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Sketch = NDArray[np.uint32]

ALIKE = 0.9
"""Share of common shingles from which on two documents count as nearly the same."""

_SIZE, _BANDS = 128, 16
_SHINGLE = 5
_MOST_WORDS = 100_000
_BLOCK = 1_000
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_]+")
_DECISIVE = re.compile(r"\d|^(?:no|not|non|never|none|nor|without|cannot|t|不|没|未|无|非|نہیں|نہ|بغیر)$")
"""Words that make a statement another one, however much else is equal: numbers and negations."""
_SEEDS = np.random.default_rng(1997).integers(1, 2**63, _SIZE, dtype=np.uint64)
_SHIFT = np.uint64(32)


def sketch(text: str) -> Sketch:
    """Return the sketch of a text's first 100,000 words: case, white space and punctuation do not matter."""
    words = _words(text[: 10 * _MOST_WORDS])[:_MOST_WORDS]
    sums = np.array([zlib.crc32(word.encode()) for word in words] or [0], dtype=np.uint64)
    shingles = np.zeros(max(1, len(sums) - _SHINGLE + 1), dtype=np.uint64)
    for place in range(min(_SHINGLE, len(sums))):
        shingles = _mixed(shingles + sums[place : place + len(shingles)] + np.uint64(1))
    blocks = (shingles[start : start + _BLOCK, None] for start in range(0, len(shingles), _BLOCK))
    least: NDArray[np.uint64] = np.min([_mixed(block ^ _SEEDS).min(axis=0) for block in blocks], axis=0)
    return (least >> _SHIFT).astype(np.uint32)


def near_duplicates(sketches: Mapping[str, Sketch]) -> dict[str, str]:
    """Return, for each document that says nearly the same as one before it in order, the first such one."""
    found: dict[str, str] = {}
    bands: defaultdict[bytes, list[str]] = defaultdict(list)
    for name in sorted(sketches):
        own = sketches[name]
        keys = [bytes([number]) + part.tobytes() for number, part in enumerate(own.reshape(_BANDS, -1))]
        candidates = sorted(set().union(*(bands[key] for key in keys)))
        alike = np.mean([sketches[other] == own for other in candidates], axis=1) >= ALIKE if candidates else []
        same = next((other for other, is_alike in zip(candidates, alike, strict=True) if is_alike), None)
        if same:
            found[name] = same
            continue
        for key in keys:
            bands[key].append(name)
    return found


def repeats(passage: str, other: str, *, alike: bool) -> bool:
    """Tell whether two passages have the same words in the same order.

    ``alike`` says that their documents are near duplicates: then some words may differ, but no number or negation.
    """
    own, seen = _words(passage), _words(other)
    if own == seen:
        return True
    if not alike:
        return False
    differing = set(own) ^ set(seen)
    share = 1 - len(differing) / len(set(own) | set(seen))
    return share >= ALIKE and not any(_DECISIVE.search(word) for word in differing)


def _words(text: str) -> list[str]:
    return [match[0].casefold() for match in _WORD.finditer(text)]


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the values with all their bits mixed: the finish of the splitmix64 generator."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
