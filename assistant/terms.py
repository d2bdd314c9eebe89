"""Words for lexical search: folded, stemmed (English), numbers joined, Chinese as pairs of characters."""

import re
import unicodedata
from functools import cache
from typing import Any

_TOKEN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|\w+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_FOLD = str.maketrans(
    {"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ہ", "ه": "ہ", "أ": "ا", "إ": "ا", "آ": "ا", "ؤ": "و", "ئ": "ی"}
)

STOPWORDS = frozenset(
    """a an and are as at be been being but by can could did do does for from had has have he her his how i if in
    into is it its me my of on or our shall she should so such than that the their them then there these they
    this those to us was we were what when where which who whom whose why will with would you your about also
    any between during many much please tell give know say said just not no nor only other some too very more
    most
    کا کی کے کو نے میں سے پر ہے ہیں تھا تھی تھے اور یہ وہ کیا کون کب کہاں کیسے کتنے کتنی کس
    的 了 和 是 在 有 吗 什么 谁 哪 哪里 多少 怎么""".split()
)


@cache
def _stemmer() -> Any:  # noqa: ANN401 - the library is untyped
    import Stemmer

    return Stemmer.Stemmer("english")


def words(text: str) -> list[str]:
    """Return the words of a text in order, lower-cased, accents and Arabic letter forms folded, unstemmed."""
    folded = text.lower()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", folded)
        folded = "".join(char for char in folded if not unicodedata.combining(char)).translate(_FOLD)
    found: list[str] = []
    for token in _TOKEN.findall(folded):
        if _HAN.match(token):
            found += [token[i : i + 2] for i in range(len(token) - 1)] or [token]
        elif token[0].isdigit():
            found.append(token.replace(",", ""))
        else:
            found.append(token.replace("’", "'").removesuffix("'s"))
    return found


def terms(text: str) -> list[str]:
    """Return the stemmed words of a text in order, stop words included."""
    stems: list[str] = _stemmer().stemWords(words(text))
    return stems


def query_terms(text: str) -> list[str]:
    """Return the distinct stemmed content words of a question, in order; all its words if none has content."""
    content = [word for word in words(text) if word not in STOPWORDS] or words(text)
    return list(dict.fromkeys(_stemmer().stemWords(content)))
