"""Words of a question in Arabic script that are English words or names, found among the documents' own words.

Both are brought down to the consonants that are heard: “ایمیزون” and “Amazon” are both a-m-s-n. Vowels, doubled letters
and h are left out, z counts as s and, within a word, v as a vowel; what begins with a vowel begins with a.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from assistant.terms import terms, words

_URDU = str.maketrans(
    dict(zip("بپتٹطثسصجچدڈذزضظرڑژشغفقکگلمنںح", "bpttTsssjCddssssrrSSgfkkglmnnh".replace("T", "t"), strict=True))
)
ARABIC_WORD = re.compile(r"[\u0620-\u06d3\u06ee-\u06ff\u0750-\u077f\u200c]+")
_SPELLINGS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"(?:ss?|t|c)i(?:on|ou?s|al)\b", "Sn"),
        (r"tch|ch", "C"),
        (r"sh|sch", "S"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"ck|q", "k"),
        (r"dge?|g(?=[eiy])|j", "j"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"x", "ks"),
        (r"z", "s"),
    )
]
_COMMON = frozenset(
    """کتنے کتنا کتنی کون کونسا کونسی کونسے کہاں کیسے کیوں کب کیا کس جس اس ان وہ یہ جو تو ہی بھی نہیں
    ہے ہیں تھا تھے تھی تھیں ہوا ہوئی ہوئے ہوتا ہوتی ہوتے ہونا ہونے گا گی گے کر کرتا کرتی کرتے کرنا
    کرنے گیا گئی گئے جاتا جاتی جاتے جانا سکتا سکتی سکتے رہا رہی رہے والا والی والے ساتھ بعد پہلے
    لئے لیے طرح عام قسم زیادہ سب کچھ بہت ایک دو تین درمیان دوران مطابق ذریعے طور نام ضرورت برابر
    حاصل شروع استعمال سال ملک شہر لوگ لوگوں وقت وجہ بڑا بڑی بڑے جنوبی شمالی مشرقی مغربی بارے مختلف
    اہم دنیا حکومت تعداد کام حصہ اصل جنگ صدی زبان شامل قائم پیدا مدد طرف اندر باہر خلاف علاوہ تحت
    متعلق موجود ممکن صرف دیگر دوسرے دوسری پہلی پہلا آخری نئے نیا نئی بنانے بنایا دیا دیے لیا آیا
    آئی آئے جب تب اگر لیکن بلکہ چیز چیزوں جگہ لفظ اصطلاح""".split()
)
"""Words so common in Urdu that what they sound like in English is chance."""
_SHORTEST = 3
_FUZZY = 6
_MOST = 2


class Transliterator:
    """Knows the documents' words by their consonants."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Take the words of four letters and more."""
        counts = Counter(word for text in texts for word in words(text) if len(word) > 3 and word.isascii())
        self._counts = {word: count for word, count in counts.items() if word.isalpha()}
        self._by_sound: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._counts:
            self._by_sound[_english(word)].append(word)
        self._sounds = [sound for sound in self._by_sound if len(sound) >= _FUZZY]

    def terms(self, question: str) -> list[str]:
        """Return the stems of the documents' words that words of the question sound like."""
        found: dict[str, None] = {}
        for word in [word for word in ARABIC_WORD.findall(question) if word not in _COMMON]:
            found |= dict.fromkeys(list(dict.fromkeys(terms(" ".join(self.heard(word)))))[:_MOST])
        return list(found)

    def heard(self, word: str) -> list[str]:
        """Return the documents' words that a word sounds like, the most frequent first; none if they are many."""
        heard = sorted(self._heard(_arabic(word)), key=lambda known: -self._counts[known])
        return heard if len(set(terms(" ".join(heard)))) <= 2 * _MOST else []

    def _heard(self, sound: str) -> list[str]:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        if len(sound) < _SHORTEST:
            return []
        if sound in self._by_sound or len(sound) < _FUZZY:
            return self._by_sound.get(sound, [])
        near = process.extract(sound, self._sounds, scorer=OSA.distance, score_cutoff=1, limit=_MOST)
        return [word for match in near for word in self._by_sound[match[0]]]


def _arabic(word: str) -> str:
    first = "a" if word[0] in "اآعإأای" else "v" if word[0] == "و" else ""
    sounds = re.sub(r"[^a-zCS]", "", word.translate(_URDU)).replace("h", "")
    return first + re.sub(r"(.)\1+", r"\1", sounds)


def _english(word: str) -> str:
    first = "a" if word[0] in "aeiou" else "v" if word[0] in "vw" else ""
    for pattern, sound in _SPELLINGS:
        word = pattern.sub(sound, word)
    sounds = re.sub(r"[aeiouvwyh]", "", word)
    return first + re.sub(r"(.)\1+", r"\1", sounds)
