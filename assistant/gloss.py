"""A question in Chinese or Urdu put word for word into English, for the reader that knows English alone.

A word is what the documents' own glossaries call it, or a word of the documents that it spells (in pinyin) or sounds
like, or its first short translation in CC-CEDICT, or its English in our own list for Urdu. The words stand in the order
of the question: this is no translation, and is read by a model that has learnt from such questions, never shown.
"""

import re
from functools import cache
from pathlib import Path

from assistant.chinese import HAN, ChineseWords, cut, definitions_of
from assistant.glossary import Glossary
from assistant.terms import words
from assistant.transliteration import ARABIC_WORD, Transliterator

_PUT_AS = """是=is 在=in 有=has 和=and 与=and 及=and 以及=and 年=year 月=month 日=day 号=day 多少=how_many 几=how_many
多=many 多久=how_long 多长=how_long 多大=how_large 哪=which 哪个=which 哪些=which 哪里=where 哪儿=where 谁=who
什么=what 为什么=why 为何=why 怎么=how 怎样=how 如何=how 何时=when 什么时候=when 哪一年=which_year 哪年=which_year
是否=whether 从=from 来自=from 到=to 对=to 被=by 由=by 为=as 关于=about 用=use 会=will 能=can 要=must 不=not 没=not
没有=not 第=no. 次=times 每=each 都=all 也=also 还=also 最=most 大=large 小=small 上=on 下=under 中=in 里=in 前=before
后=after 人=people 其=its 他=he 她=she 它=it 他们=they 这=this 那=that 一=one 两=two 二=two 三=three 四=four 五=five
六=six 七=seven 八=eight 九=nine 十=ten 百=hundred 千=thousand 万=ten_thousand 亿=hundred_million 的= 了= 着= 过= 吗=
呢= 吧= 啊= 地= 得= 个= 之= 把= 将= 位= 名= 项= 家= 就= 几号=which_day 几月=which_month 天=days 天后=days_later 按=by
占=share 种=kind 们= 张= 篇= 份= 条= 分别="""
"""Small words, whose first translation would mislead; many say nothing in English."""
_FIXED = {chinese: english.replace("_", " ") for chinese, _, english in (p.partition("=") for p in _PUT_AS.split())}
_MARKS = str.maketrans(
    {
        **{"？": "?", "，": ", ", "、": ", ", "。": ". ", "；": "; ", "：": ": ", **dict.fromkeys("“”《》", '"')},
        **{"؟": "?", "،": ", ", "۔": ". ", "؛": "; ", **dict(zip("۰۱۲۳۴۵۶۷۸۹", "0123456789", strict=True))},
    }
)
_MOST_WORDS = 4
_URDU_WORDS = Path(__file__).parent / "weights" / "urdu_words.tsv"
_URDU_RUN = re.compile(rf"{ARABIC_WORD.pattern}(?:\s+{ARABIC_WORD.pattern})*")
_LONGEST_NAME = 6
_AT_THE_END = "؟"
"""Follows a word in the list that means something else as a question's last."""


class ChineseGloss:
    """Puts questions in Chinese into English words."""

    def __init__(self, words: ChineseWords, glossary: Glossary) -> None:
        """Take what knows the documents' words and their glossaries."""
        self._words = words
        self._glossary = glossary

    def english(self, question: str) -> str:
        """Return the question with English words for the Chinese ones; raises ModelError without the dictionary."""
        return _tidy(HAN.sub(lambda run: f" {' '.join(self._put(run[0]))} ", question.translate(_MARKS)))

    def _put(self, run: str) -> list[str]:
        return list(filter(None, map(self._english, cut(run, self._is_name))))

    def _english(self, word: str) -> str:
        """Return a word's first short translation that the documents use, else a name that it spells, else the first.

        What the documents' glossaries call it goes before all; nothing if it has no English.
        """
        if name := self._glossary.latin(word):
            return name
        if word in _FIXED:
            return _FIXED[word]
        translations = _translations(word)
        used = next(filter(self._words.used, translations), "")
        return used or self._spelt(word) or next(iter(translations), "")

    def _is_name(self, word: str) -> bool:
        return bool(self._glossary.latin(word) or self._words.spelt(word))

    def _spelt(self, word: str) -> str:
        return next(iter(self._words.spelt(word)), "").capitalize()


class UrduGloss:
    """Puts questions in Urdu into English words."""

    def __init__(self, heard: Transliterator, glossary: Glossary) -> None:
        """Take what knows the documents' words by their sound and their glossaries."""
        self._heard = heard
        self._glossary = glossary

    def english(self, question: str) -> str:
        """Return the question with English words for the Urdu ones."""
        marked = question.translate(_MARKS)
        put = _URDU_RUN.sub(lambda run: " ".join(self._put(run[0].split(), marked[run.end() :])), marked)
        return _tidy(put)

    def _put(self, run: list[str], rest: str) -> list[str]:
        """Return the English words of a run of Urdu words, before the rest of the question."""
        put, start = [], 0
        while start < len(run):
            for end in range(min(len(run), start + _LONGEST_NAME), start, -1):
                asked_last = end == len(run) and rest.strip() in ("", "?")
                english = self._english(run[start:end], asked_last)
                if english is not None:
                    break
            put.append(english or "")
            start = end
        return list(filter(None, put))

    def _english(self, name: list[str], asked_last: bool) -> str | None:
        """Return the English of words that are known as one, or of a lone word; None of several unknown ones."""
        spelt, known = " ".join(map(_folded, name)), _urdu_words()
        found = self._glossary.latin(" ".join(name))
        if not found and asked_last:
            found = known.get(spelt + _AT_THE_END, "")
        if found or spelt in known:
            return found or known[spelt]
        return next(iter(self._heard.heard(name[0])), "").capitalize() if len(name) == 1 else None


def _tidy(put: str) -> str:
    return re.sub(r"\s+(?=[?,.;:])|(?<=\s)\s+", "", put).strip()


@cache
def _urdu_words() -> dict[str, str]:
    """Return the English of Urdu words; nothing for those that say nothing in it."""
    lines = _URDU_WORDS.read_text("utf-8").splitlines()
    return {word: english for word, _, english in (line.partition("\t") for line in lines)}


def _folded(word: str) -> str:
    return "".join(words(word))


@cache
def _translations(word: str) -> list[str]:
    """Return a word's short translations, or the start of its first one."""
    found = sorted(definitions_of(word), key=lambda one: one[0] and len(word) == 1)
    short = [re.sub(r"^(?:to|a|an|the) ", "", re.split("[;,]", plain)[0].strip()).split() for _, plain in found]
    fitting = [part for part in short if part and len(part) <= _MOST_WORDS and all(map(str.isascii, part))]
    return [" ".join(part[:_MOST_WORDS]) for part in fitting or short[:1]]
