"""Names in a question: of what it asks about, apart from those of whom it says have told it."""

import re
from collections.abc import Sequence

from assistant.terms import STOPWORDS

_NAME = r"(?<!\w)[A-Z][\w’'&.-]{0,40}(?:\s(?:of\s|of\sthe\s|the\s|for\s|[&|–-]\s)?[A-Z][\w’'&.-]{0,40}){0,7}"
_TOLD = (
    r"(?:articles?|reports?|pieces?|stor(?:y|ies)|coverage|columns?|posts?|features?|stud(?:y|ies)|reviews?|papers?"
    r"|analys[ie]s|profiles?|interviews?|editorials?|reporting|publications?|newspapers?|outlets?|sources?|bulletins?)"
)
_TELLS = (
    r"(?:report(?:s|ed|ing)?|stat(?:es?|ed)|claim(?:s|ed)?|suggest(?:s|ed)?|mention(?:s|ed)?|describ(?:es?|ed)"
    r"|discuss(?:es|ed)?|cover(?:s|ed)?|not(?:es?|ed)|highlight(?:s|ed)?|featured?|publish(?:es|ed)?|quot(?:es?|ed)"
    r"|detail(?:s|ed)?|indicat(?:es?|ed)|written|writes?|wrote)"
)
_QUOTED = rf"(?:['‘\"“][^'’\"”]{{2,60}}['’\"”]|{_NAME})"
_SEVERAL = rf"{_QUOTED}(?:(?:,\s(?:and\s)?|\s(?:and|or)\s)(?:the\s|an?\s|another\s)?{_QUOTED}){{0,9}}"
_TELLERS = [
    rf"(?:\b(?:[Tt]he|[Bb]oth|[Aa]n?|[Oo]ne)\s)?{_SEVERAL}(?:[’']s)?(?=\s(?:[a-z]+\s)?{_TOLD}\b)",
    rf"\b((?:{_TOLD}|another|ones?)\s(?:[a-z]+\s)?(?:from|by|in)\s(?:both\s|the\s)?){_SEVERAL}",
    rf"\b({_TELLS}\s(?:[a-z]+\s)?(?:by|in|from)\s(?:both\s|the\s)?){_SEVERAL}",
    rf"\b((?:[Aa]ccording\sto|per)\s(?:both\s|the\s)?){_SEVERAL}",
    rf"{_QUOTED}(?=\s{_TELLS}\b)",
]
"""Not compiled when this is imported, which took 5 ms; ``re`` keeps what it has compiled."""
_TIMES = frozenset(
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday am pm".split()
)


def subjects(question: str) -> list[str]:
    """Return the names in a question as ``spoken`` texts, but for those of publications and of whoever reports.

    “Did The Nation report that Zia Ahmed met Xi?” asks about Zia Ahmed and Xi. A question without capitals has none.
    """
    rest = question
    for pattern in _TELLERS:
        rest = re.sub(pattern, lambda found: f"{found[1] if found.re.groups else ''} … ", rest)
    names = []
    for found in re.finditer(_NAME, rest):
        words = [word for word in spoken(found[0]).split() if len(word) > 1]
        begins = not question[: found.start()].strip("\"'“‘ ")
        if words and (words[0] in STOPWORDS or (begins and len(words) == 1)):
            del words[0]
        if words and not _TIMES.issuperset(words):
            names.append(" ".join(words))
    return list(dict.fromkeys(names))


def spoken(text: str) -> str:
    """Return a text's words as they are spoken: lower case, no punctuation, no possessive, one space between."""
    return " ".join(re.findall(r"\w+", re.sub(r"[’']s\b", "", text).lower()))


def unsaid(names: Sequence[str], texts: Sequence[str]) -> tuple[float, float]:
    """Return the share of names that none of some texts says, and the least share that a single one of them lacks."""
    if not names or not texts:
        return 0.0, 0.0
    lacking = [[f" {name} " not in f" {spoken(text)} " for name in names] for text in texts]
    return sum(map(all, zip(*lacking, strict=True))) / len(names), min(map(sum, lacking)) / len(names)
