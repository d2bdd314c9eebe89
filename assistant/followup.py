"""Makes a question that leans on what was said before stand alone, by rule."""

import re
from collections.abc import Sequence

from assistant.errors import QuestionError
from assistant.schema import Message
from assistant.terms import STOPWORDS, query_terms, words

_PRONOUN = re.compile(
    r"\b(?:it|they|them|he|him|she|(?:its|their|his|her)(?= \w)|(?:this|that|these|those)(?=\W*$| (?:one|ones)\b))\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\bthere\b(?! (?:is|are|was|were|has|have|been|any|some|many|much|a|an|no)\b)", re.IGNORECASE)
_LEANS = re.compile(
    r"^(?:and|but|so|also|then|what about|how about|why)\b|\b(?:same|former|latter|ones?)\b", re.IGNORECASE
)
_OPENING = re.compile(r"^(?:and|but|so|also|then|ok(?:ay)?|what about|how about)\b[,\s]*", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:what|how) about\b", re.IGNORECASE)
_WORD = r"[^\W\d_][\w'’-]*"
_NAMED = re.compile(r"(?<!^)\b[A-Z][\w'’-]+(?: (?:of|the|and|for)(?= [A-Z])| [A-Z][\w'’-]+| \d+)*")
_NOUNS = re.compile(rf"\b(?:the|this|that|these|those|an?)\s+((?:{_WORD}\s+){{0,3}}{_WORD})", re.IGNORECASE)
_VERBS = frozenset(
    """is are was were be been do does did has have had can could will would may might must end ended start
    started begin began take took last lasted host hosted visit visited come came go went say said get got
    make made run ran cover covered hold held happen happened live lived call called build built pay paid use
    used""".split()
)
_AUXILIARY = re.compile(r"\b(?:do|does|did|can|could|will|would|should)\s+$", re.IGNORECASE)
_PERSON = re.compile(r"^(?:he|him|his|she|her)$", re.IGNORECASE)
_FULL_NAME = re.compile(r"\b[A-Z][\w-]+(?: [A-Z][\w-]+)+")
_DATE = re.compile(r"(?:January|February|March|April|May|June|July|August|September|October|November|December)\b")
_COUNTED = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1, "former": 0, "latter": -1}
_NTH = re.compile(r"\bthe (?:(first|second|third|fourth|fifth|last) ones?|(former|latter))\b", re.IGNORECASE)
_ITEM = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+(.+)$", re.MULTILINE)
_SERIES = re.compile(rf"{_WORD}(?: {_WORD})*(?:, {_WORD}(?: {_WORD})*)*,? (?:and|or) {_WORD}(?: {_WORD})*")
_BETWEEN = re.compile(r",? (?:and|or) |, ")
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_BARE_YEAR = re.compile(r"(?:in |for |during )?((?:1[5-9]|20)\d\d)\W*", re.IGNORECASE)
_ANOTHER_YEAR = re.compile(
    r"\b(?:in )?(?:(?:the|a|one) year (?:(?P<earlier>before|earlier)|after|later)"
    r"|the (?:(?P<previous>previous|preceding|prior)|following|next) year)\b(?: that\b)?",
    re.IGNORECASE,
)
_MARKS = re.compile(r"\[\d+\]|[*_\\]")
_ASIDE = re.compile(r"(.*\S)\s*\(([^()]+)\)[?؟？]?", re.DOTALL)
_FEW = 2
"""A question with so few terms of its own is taken to be about the topic of the one before."""
_SHORT = 5
"""… and with so few it is searched for with the words of the two questions before as well."""
_LONGEST = 50
"""A turn of more words is no question but a text that was passed on."""


def readings(question: str, history: Sequence[Message]) -> list[str]:
    """Return the ways in which a question can be meant, most of them one: a short one may lean or stand alone."""
    meant = standalone_question(question, history)
    return [meant] if _leans(question) or meant == question else [meant, question]


def standalone_question(question: str, history: Sequence[Message]) -> str:
    """Return the question with what its pronouns or its silence refer to; as it is where it stands alone.

    The topic is the last thing named in the latest turn that names one, the user's before the assistant's answer to it;
    “the second one” is counted out in the answer, “he” is the person named last. What else the two questions before
    were about stands behind it in brackets, as an aside. Raises QuestionError for a malformed history.
    """
    turns = [(_role(turn), turn["content"].strip()) for turn in history]
    said = [content for role, content in turns if role == "user" and content]
    asked = [content for content in said if len(content.split()) <= _LONGEST] or said
    if not asked or not (_leans(question) or len(query_terms(question)) <= _SHORT):
        return question
    answers = _answers(turns)
    question = _with_its_year(question, [asked[-1], answers[-1]])
    leans = _leans(question) or len(query_terms(question)) <= _FEW
    meant = _with_its_topic(question, asked, answers) if leans else question
    main, aside = split_aside(meant)
    context = "; ".join(filter(None, [aside, _asides(meant, asked[-2:])]))
    return f"{main.rstrip('?؟？ ')} ({context})?" if context else meant


def split_aside(question: str) -> tuple[str, str]:
    """Return a question without the brackets at its end, and what stands in them."""
    found = _ASIDE.fullmatch(question)
    return (found[1], found[2]) if found else (question, "")


def _leans(question: str) -> bool:
    return any(pattern.search(question) for pattern in (_PRONOUN, _PLACE, _LEANS))


def _answers(turns: Sequence[tuple[str, str]]) -> list[str]:
    """Return what the assistant answered to each of the user's questions, without markers and Markdown."""
    answers: list[str] = []
    for role, content in turns:
        if role == "user":
            answers.append("")
        elif answers:
            answers[-1] = _MARKS.sub("", content).strip()
    return answers


def _with_its_year(question: str, told: Sequence[str]) -> str:
    """Return a question with “the year before” and the like as a year, if the first text with one names one alone."""
    years = next((found for text in told if (found := _YEAR.findall(text))), [])
    if len(years) != 1 or not (another := _ANOTHER_YEAR.search(question)):
        return question
    year = int(years[0]) + (-1 if another["earlier"] or another["previous"] else 1)
    return f"{question[: another.start()]}in {year}{question[another.end() :]}"


def _with_its_topic(question: str, asked: Sequence[str], answers: Sequence[str]) -> str:
    """Return a question with what it leans on: the item counted, the person or the thing named last."""
    core = _OPENING.sub("", question)
    if year := _BARE_YEAR.fullmatch(core):
        before = asked[-1].rstrip("?؟？ ")
        if (years := len(_YEAR.findall(before))) < 2:
            return f"{_YEAR.sub(year[1], before) if years else f'{before} in {year[1]}'}?"
    if _ABOUT.search(question):
        return f"{asked[-1].rstrip('?؟？ ')}, {core}"
    if (nth := _NTH.search(core)) and (item := _item(answers[-1], _COUNTED[(nth[1] or nth[2]).lower()])):
        return _capital(core[: nth.start()] + item + core[nth.end() :])
    pronoun = _PRONOUN.search(core) or _PLACE.search(core)
    short = [answer if len(answer.split()) <= _LONGEST else "" for answer in answers[-len(asked) :]]
    told = [text for pair in zip(reversed(asked), reversed(short), strict=False) for text in pair if text]
    if not pronoun:
        told = [*reversed(asked), *filter(None, reversed(short))]
    topic = next((found for text in told if (found := topic_of(text))), "")
    if pronoun and _PERSON.match(pronoun[0]):
        people = [name for text in told for name in reversed(_FULL_NAME.findall(text)) if not _DATE.match(name)]
        topic = people[0] if people else topic
    if not topic:
        return with_topic(core, asked[-1].rstrip("?؟？ "))
    if not pronoun:
        return with_topic(core, topic)
    own = "'s" if pronoun[0].lower() in ("its", "their", "his", "her") else ""
    named = f"in {topic}" if pronoun[0].lower() == "there" else topic + own
    return _capital(core[: pronoun.start()] + named + core[pronoun.end() :])


def _item(answer: str, place: int) -> str:
    """Return the thing at a place of the list, or of the last “a, b and c”, in an answer; nothing if there is none."""
    items = [item.strip(" .;:") for item in _ITEM.findall(answer)]
    if len(items) < 2 and (series := _SERIES.findall(answer)):
        *others, last = _BETWEEN.split(series[-1])
        items = [*(_end_of(other, last[:1].isupper()) for other in others), _trimmed(last, verb_follows=False)]
        items = [item for item in items if item and item.lower() not in ("yes", "no")]
    return items[place] if -len(items) <= place < len(items) else ""


def _end_of(text: str, named: bool) -> str:
    """Return the name at the end of a text, or what follows its last verb, pronoun or other small word."""
    kept: list[str] = []
    for word in reversed(text.split()):
        plain = word.lower()
        if plain in STOPWORDS or plain in _VERBS or plain.endswith("ed") or (named and kept and not word[:1].isupper()):
            break
        kept.insert(0, word)
    return " ".join(kept)


def _asides(question: str, asked: Sequence[str]) -> str:
    """Return those of earlier questions that hold a content word which neither the question nor another has."""
    known = set(query_terms(question))
    found = []
    for text in asked:
        own = set(query_terms(text))
        if not all(term in known or term.isdigit() for term in own):
            known |= own
            found.append(text.rstrip("?؟？。. "))
    return "; ".join(found)


def with_topic(question: str, topic: str) -> str:
    """Return a question with a topic behind it, unless it names that already."""
    known = set(query_terms(question))
    if not topic or all(term in known for term in query_terms(topic)):
        return _capital(question)
    return _capital(f"{question.rstrip('?؟？ ')} ({topic})?")


def topic_of(text: str) -> str:
    """Return the thing that a question is about: the last name in it, else the last noun phrase with an article."""
    phrases = [
        (match.start(), _trimmed(match[1], verb_follows=bool(_AUXILIARY.search(text[: match.start()]))))
        for match in _NOUNS.finditer(text)
        if not _relative(text, match.start())
    ]
    names = [(match.start(), match[0]) for match in _NAMED.finditer(text) if not _no_topic(match[0])]
    found = [phrase for _, phrase in sorted(phrases + names) if phrase]
    if not found:
        return ""
    last = found[-1]
    return last if last[0].isupper() else f"the {last}"


def _no_topic(name: str) -> bool:
    """Tell whether words with a capital name nothing that a question could be about."""
    return name.lower() in STOPWORDS or bool(_DATE.match(name))


def _relative(text: str, start: int) -> bool:
    """Tell whether the word at a place is the “that” of “counties that left”: a noun stands before it."""
    before = words(text[:start])
    return text[start : start + 5].lower() == "that " and bool(before) and before[-1] not in STOPWORDS


def _trimmed(phrase: str, *, verb_follows: bool) -> str:
    """Return a noun phrase without what follows it; after “did” its last word is the verb, if no known verb is."""
    kept = []
    for word in phrase.split():
        if words(word) and (words(word)[0] in STOPWORDS or words(word)[0] in _VERBS):
            verb_follows = verb_follows and words(word)[0] not in _VERBS
            break
        kept.append(word)
    return " ".join(kept[:-1] if verb_follows and len(kept) > 1 else kept)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _role(turn: Message) -> str:
    try:
        role, content = turn["role"], turn["content"]
    except (KeyError, TypeError) as error:
        raise QuestionError("Each turn of the history needs “role” and “content”.") from error
    if role not in ("user", "assistant") or not isinstance(content, str):
        raise QuestionError("A turn's role is “user” or “assistant”, its content a text.")
    return role
