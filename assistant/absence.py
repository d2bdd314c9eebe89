"""Sentences that say expressly that something is not said, and questions that ask for just that."""

import re
from collections.abc import Sequence

_SOURCES = (
    r"(?:article|report|source|document|documentation|page|text|press|newspaper|stud(?:y|ies)|account|publication)"
)
_SAYS = r"(?:states?|names?|mentions?|gives?|lists?)"
_ABSENT = re.compile(
    r"\b(?:do|does|did) not (?:say|state|name|report|mention|give|list|tell|describe|record|specify|reveal|identify)\b"
    r"|\b(?:is|are|was|were) not (?:stated|reported|named|known|given|mentioned|recorded|specified|said|listed)\b"
    r"|\bno (?:source|report|article|document|publication)s? (?:\w+ )?(?:state|name|say|report|mention|give|tell)s?\b"
    r"|\bnot (?:publicly )?(?:stated|disclosed|known) (?:in|by) (?:any|the)\b"
    rf"|\b{_SOURCES}s?\b[^.;:]{{0,60}}\b{_SAYS} (?:no|neither|nothing|none)\b",
    re.IGNORECASE,
)
_ABSENT_HEADING = re.compile(
    r"\b(?:not|never|nowhere) (?:known|reported|stated|said|told|named|disclosed)\b|\bunknown\b|\bunreported\b",
    re.IGNORECASE,
)
_ENDS = (".", "!", "?", "。", "۔", "؟", "？", "！")
_CLOSING = "\"'”’)]」』》）"
_ASKS_ABSENCE = re.compile(
    r"\b(?:not|no|never|missing|unknown|unstated|gaps?|unanswered|omit\w*|leaves? out)\b|n['’]t\b|没有|不|نہیں",
    re.IGNORECASE,
)


def says_absent(text: str, section: Sequence[str] = ()) -> bool:
    """Tell whether a sentence says that something is not known; so does an item of a list under such a heading."""
    listed = bool(section) and not text.rstrip().rstrip(_CLOSING).endswith(_ENDS)
    return bool(_ABSENT.search(text)) or (listed and bool(_ABSENT_HEADING.search(section[-1])))


def asks_absence(question: str) -> bool:
    """Tell whether a question asks for what is missing, or denies something."""
    return bool(_ASKS_ABSENCE.search(question))
