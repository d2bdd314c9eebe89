"""Questions as people type them in a hurry: few words, small letters, slips of the finger."""

import random

_LEFT_OUT = frozenset(
    "a an the of is are was were do does did to for in on at by with what which who whom whose when where why how has "
    "have had be been there it its their and".split()
)
_BEGINNINGS = frozenset("who when where why how".split())
_FEWER, _NAME_FIRST, _MISSPELT, _SMALL, _KEPT = 0.75, 0.25, 0.65, 0.6, 0.6
"""The shares of questions in fewer words, of those with their names put first, with a slip, and in small letters; and
of first words that are kept."""
_LONG = 4
"""Slips are made in words of more letters."""


def hastily(question: str, chance: random.Random) -> str:
    """Return an English question as it might be typed in a hurry."""
    words = question.rstrip("? .").split()
    style = chance.random()
    if style < _FEWER:
        fewer = [word for place, word in enumerate(words) if _stays(words, place, chance)]
        words = fewer if len(fewer) > 1 else words
    if style < _NAME_FIRST:
        words = sorted(words, key=lambda word: not word[0].isupper())
    if chance.random() < _SMALL:
        words = [word.lower() for word in words]
    if style > 1 - _MISSPELT:
        long = [place for place, word in enumerate(words) if len(word) > _LONG and word.isalpha()]
        for place in chance.sample(long, min(len(long), chance.choice((1, 1, 2)))):
            words[place] = _misspelt(words[place], chance)
    mark = "?" if question.rstrip().endswith("?") and chance.random() < _KEPT else ""
    return " ".join(words) + mark


def _stays(words: list[str], place: int, chance: random.Random) -> bool:
    word, following = words[place].lower(), words[place + 1].lower() if place + 1 < len(words) else ""
    if word not in _LEFT_OUT or (word == "how" and following not in _LEFT_OUT):
        return True
    return word in _BEGINNINGS and not place and chance.random() < _KEPT


def _misspelt(word: str, chance: random.Random) -> str:
    """Return a word with a letter, not the first or the last, left out, typed twice or changed with the next."""
    at = chance.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    return chance.choice((before + after, before + letter + letter + after, before + after[0] + letter + after[1:]))
