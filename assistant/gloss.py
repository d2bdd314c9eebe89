"""A question in Chinese put word for word into English, for the reader that knows English alone.

A word is what the documents' own glossaries call it, or a word of the documents that its characters spell in pinyin, or
its first short translation in CC-CEDICT. The words stand in the order of the question: this is no translation, and is
read by a model that has learnt from such questions, never shown.
"""

import re
from functools import cache

from assistant.chinese import HAN, ChineseWords, cut, definitions_of
from assistant.glossary import Glossary

_PUT_AS = """是=is 在=in 有=has 和=and 与=and 及=and 以及=and 年=year 月=month 日=day 号=day 多少=how_many 几=how_many
多=many 多久=how_long 多长=how_long 多大=how_large 哪=which 哪个=which 哪些=which 哪里=where 哪儿=where 谁=who
什么=what 为什么=why 为何=why 怎么=how 怎样=how 如何=how 何时=when 什么时候=when 哪一年=which_year 哪年=which_year
是否=whether 从=from 来自=from 到=to 对=to 被=by 由=by 为=as 关于=about 用=use 会=will 能=can 要=must 不=not 没=not
没有=not 第=no. 次=times 每=each 都=all 也=also 还=also 最=most 大=large 小=small 上=on 下=under 中=in 里=in 前=before
后=after 人=people 其=its 他=he 她=she 它=it 他们=they 这=this 那=that 一=one 两=two 二=two 三=three 四=four 五=five
六=six 七=seven 八=eight 九=nine 十=ten 百=hundred 千=thousand 万=ten_thousand 亿=hundred_million 的= 了= 着= 过= 吗=
呢= 吧= 啊= 地= 得= 个= 之= 把= 将= 位= 名= 项= 家= 就="""
"""Small words, whose first translation would mislead; many say nothing in English."""
_FIXED = {chinese: english.replace("_", " ") for chinese, _, english in (p.partition("=") for p in _PUT_AS.split())}
_MARKS = str.maketrans(
    {"？": "?", "，": ", ", "、": ", ", "。": ". ", "；": "; ", "：": ": ", **dict.fromkeys("“”《》", '"')}
)
_MOST_WORDS = 4


class ChineseGloss:
    """Puts questions in Chinese into English words."""

    def __init__(self, words: ChineseWords, glossary: Glossary) -> None:
        """Take what knows the documents' words and their glossaries."""
        self._words = words
        self._glossary = glossary

    def english(self, question: str) -> str:
        """Return the question with English words for the Chinese ones; raises ModelError without the dictionary."""
        put = HAN.sub(lambda run: f" {' '.join(self._put(run[0]))} ", question.translate(_MARKS))
        return re.sub(r"\s+(?=[?,.;:])|(?<=\s)\s+", "", put).strip()

    def _put(self, run: str) -> list[str]:
        put = (self._glossary.latin(word) or _translated(word) or self._spelt(word) for word in cut(run, self._is_name))
        return list(filter(None, put))

    def _is_name(self, word: str) -> bool:
        return bool(self._glossary.latin(word) or self._words.spelt(word))

    def _spelt(self, word: str) -> str:
        return next(iter(self._words.spelt(word)), "").capitalize()


@cache
def _translated(word: str) -> str:
    """Return a word's first short translation, else the start of its first; nothing if it has none."""
    if word in _FIXED:
        return _FIXED[word]
    found = sorted(definitions_of(word), key=lambda one: one[0] and len(word) == 1)
    short = [re.sub(r"^(?:to|a|an|the) ", "", re.split("[;,]", plain)[0].strip()).split() for _, plain in found]
    fitting = (part for part in short if part and len(part) <= _MOST_WORDS and all(map(str.isascii, part)))
    return " ".join(next(fitting, short[0] if short else [])[:_MOST_WORDS])
