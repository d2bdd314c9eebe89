"""Whether a sentence says the same as the sentences it cites, read from its words: numbers, names, order, negation.

The rules are strict on purpose: a true sentence in other words may fail, which costs a paraphrase; a false one that
passes would cost trust. What they can't see, a relation told wrongly in the source's own words, is measured in
``tests/benchmarks/support.py``.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from assistant.terms import STOPWORDS, terms

_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)*|[\u3400-\u9fff\uf900-\ufaff]|[^\W\d_]+(?:['’][^\W\d_]+)*|[%$€£¥₨]|[.,;:!?()\[\]–—、，。；：！？؟۔،]"
)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b")
_NOT_ONLY = re.compile(r"\bnot only\b", re.IGNORECASE)
_COUNT_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
_NUMBER_WORDS = {word: Decimal(value) for value, word in enumerate(_COUNT_WORDS) if value != 1} | {
    "thirty": Decimal(30), "forty": Decimal(40), "fifty": Decimal(50), "sixty": Decimal(60), "seventy": Decimal(70),
    "eighty": Decimal(80), "ninety": Decimal(90), "dozen": Decimal(12), "hundred": Decimal(100), "half": Decimal("0.5"),
    "third": Decimal(3), "fourth": Decimal(4), "fifth": Decimal(5), "sixth": Decimal(6), "seventh": Decimal(7),
}  # fmt: skip
_SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12, "lakh": 5, "crore": 7, "万": 4, "亿": 8}
_UNITS = {"%": "%", "percent": "%", "percentage": "%", "$": "$", "€": "€", "£": "£", "¥": "¥", "yuan": "¥", "rmb": "¥"}
_BREAKS = frozenset(", ; : . ! ? ( ) [ ] – — 、 ， 。 ； ： ！ ？ ؟ ۔ ،".split())
_CONJUNCTIONS = frozenset("and but while although though whereas which who because yet however or than".split())
_NEGATIVE = frozenset(
    """not no never none neither nor without cannot lack lacks lacked lacking fail fails failed unable nobody nothing
    hardly refuse refuses refused deny denies denied except exclude excludes excluded excluding
    不 没 无 未 非 莫 نہیں نہ بغیر مت""".split()
)
_HEDGES = frozenset(
    """may might could would should plan plans planned planning propose proposes proposed proposal expect expects
    expected aim aims aimed intend intends intended target targets hope hopes hoped allege alleges alleged allegedly
    reportedly argue argues argued claim claims claimed critics suggest suggests suggested likely possibly perhaps
    estimate estimates estimated if unless""".split()
)
_BOUNDS = {
    "over": ("more than", "over", "above", "at least", "exceeding", "exceeded", "upwards of"),
    "under": ("less than", "fewer than", "under", "below", "at most", "up to", "almost", "nearly"),
}
_BOUND = {
    side: re.compile(rf"\b(?:{'|'.join(phrases)})\s+(?:[$€£¥]\s*)?(?=\d|{'|'.join(_NUMBER_WORDS)})", re.IGNORECASE)
    for side, phrases in _BOUNDS.items()
}
_OPPOSITES = tuple(
    pair.split("/")
    for pair in """increase/decrease rise/fall rose/fell grow/shrink grew/shrank more/less more/fewer higher/lower
    high/low before/after first/last begin/end began/ended start/end started/ended opened/closed open/closed
    opening/closing arrived/left north/south east/west northern/southern eastern/western import/export imports/exports
    imported/exported gain/loss gained/lost win/lose won/lost male/female men/women rural/urban public/private
    largest/smallest biggest/smallest highest/lowest richest/poorest best/worst major/minor maximum/minimum
    up/down above/below improve/worsen improved/worsened success/failure accept/reject accepted/rejected
    include/exclude buy/sell bought/sold lend/borrow lent/borrowed upper/lower inside/outside internal/external
    domestic/foreign earlier/later early/late cause/effect all/some always/sometimes voluntary/compulsory
    mandatory/optional allowed/forbidden legal/illegal""".split()
)
_CONNECTIVES = frozenset(
    """additionally however overall also moreover furthermore finally therefore thus meanwhile specifically similarly
    according based besides together here yes no one another both each these such while although since because when
    after before as for in at on by with from once then regarding concerning alternatively actually
    essentially""".split()
)
_LIGHT = frozenset(
    """total number named called known include includes included including consist consists consisted comprise comprises
    comprised following namely document documents state states stated mention mentions mentioned report reports reported
    respectively located took taken take takes place held happen happened became well""".split()
)
"""Words that a paraphrase adds without saying more."""


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence that may be cited, and the words over it (title, headings) in whose light it is read."""

    text: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    stem: str
    clause: int
    negative: bool
    named: bool
    number: Decimal | None
    unit: str

    @property
    def content(self) -> bool:
        """Whether it bears meaning of its own: no stop word, mark or number."""
        return self.number is None and bool(self.stem) and self.word not in STOPWORDS


_IS = frozenset({"is", "was", "are", "were"})


def disagreement(sentence: str, sources: Sequence[Source]) -> str:
    """Return why a sentence does not agree with the sources that it cites, "" if nothing speaks against it."""
    claim = _tokens(sentence)
    if any(_words(sentence) == _words(source.text) for source in sources):
        return ""
    cited = [_tokens(source.text) for source in sources]
    context = [_tokens(source.context) for source in sources]
    return next(
        (
            reason
            for reason in (
                _number_reason(claim, cited),
                _name_reason(claim, cited, context),
                _pairing_reason(claim, cited, context),
                _order_reason(claim, cited),
                _agent_reason(claim, cited),
                _negation_reason(claim, cited),
                _opposite_reason(claim, cited),
                _bound_reason(sentence, [source.text for source in sources]),
                _hedge_reason(claim, cited),
            )
            if reason
        ),
        "",
    )


def unsupported(sentence: str, sources: Sequence[Source]) -> list[str]:
    """Return the content words of a sentence that neither the sources nor their headings hold, light verbs left out."""
    there = _stems(sources)
    return [
        token.word
        for token in _tokens(sentence)
        if token.content and token.word not in _LIGHT | _CONNECTIVES and not _known(token.stem, there)
    ]


def coverage(sentence: str, sources: Sequence[Source]) -> float:
    """Return the share of a sentence's content words that stand in the sources or their headings, 0 to 1."""
    own = {token.stem for token in _tokens(sentence) if token.content}
    there = _stems(sources)
    return sum(_known(stem, there) for stem in own) / len(own) if own else 0.0


def _stems(sources: Sequence[Source]) -> set[str]:
    return {token.stem for source in sources for text in (source.text, source.context) for token in _tokens(text)}


def _number_reason(claim: Sequence[_Token], cited: Sequence[Sequence[_Token]]) -> str:
    for place, token in enumerate(claim):
        if token.number is None:
            continue
        if not any(_same_number(token, other, source) for source in cited for other in source):
            return f"the number {token.word} is not in the cited sentences"
        unit = _counted(claim[place + 1 : place + 4])
        if unit and not any(_belongs(token, unit, source) for source in cited):
            return f"the number {token.word} belongs to something else in the cited sentences"
    return ""


def _counted(following: Sequence[_Token]) -> str:
    """Return the word that a number counts: the next content word before a mark or another number, if any."""
    for token in following:
        if token.number is not None or token.word in _BREAKS:
            return ""
        if token.content:
            return token.stem
    return ""


def _same_number(token: _Token, other: _Token, source: Sequence[_Token]) -> bool:
    if token.number != other.number:
        return False
    return token.unit == other.unit or (not other.unit and any(token.unit == beside.unit for beside in source))


def _belongs(token: _Token, unit: str, source: Sequence[_Token]) -> bool:
    """Tell whether the number nearest to a word of a source is this one; also if the source lacks the word."""
    places = [i for i, other in enumerate(source) if other.stem == unit]
    numbers = [i for i, other in enumerate(source) if other.number is not None]
    if not any(_same_number(token, source[i], source) for i in numbers):
        return False
    if not places:
        return True
    for place in places:
        nearest = min(abs(i - place) for i in numbers)
        if any(abs(i - place) == nearest and _same_number(token, source[i], source) for i in numbers):
            return True
    return False


def _name_reason(
    claim: Sequence[_Token], cited: Sequence[Sequence[_Token]], context: Sequence[Sequence[_Token]]
) -> str:
    there = {token.stem for source in (*cited, *context) for token in source}
    names = {token.stem for source in (*cited, *context) for token in source if token.named}
    for token in _names(claim, first=True):
        if not _known(token.stem, there if token is claim[0] else names):
            return f"“{token.word}” is not named in the cited sentences"
    together = {pair for source in (*cited, *context) for pair in _name_pairs(source)}
    if any(pair not in together for pair in _name_pairs(claim) if all(stem in names for stem in pair)):
        return "a name of several words stands otherwise in the cited sentences"
    return ""


def _name_pairs(tokens: Sequence[_Token]) -> list[tuple[str, str]]:
    """Return the pairs of capitalised words that stand next to each other, or with “of” between them."""
    pairs = [*zip(tokens, tokens[1:], strict=False)]
    pairs += [(a, c) for a, b, c in zip(tokens, tokens[1:], tokens[2:], strict=False) if b.word == "of"]
    return [(a.stem, b.stem) for a, b in pairs if a.named and b.named and a.content and b.content]


def _names(tokens: Sequence[_Token], *, first: bool = False) -> list[_Token]:
    """Return the tokens that name something; the first word counts if asked for and no common opening."""
    found = [token for place, token in enumerate(tokens) if token.named and token.content and place]
    opening = tokens[0] if tokens else None
    common = opening and (opening.word in _CONNECTIVES or opening.word.endswith("ly"))
    if first and opening and opening.content and opening.named and not common:
        found.insert(0, opening)
    return found


def _pairing_reason(
    claim: Sequence[_Token], cited: Sequence[Sequence[_Token]], context: Sequence[Sequence[_Token]]
) -> str:
    """Each number must stand with the names of its own clause in one cited sentence."""
    names = _names(claim, first=True)
    for token in claim:
        if token.number is None:
            continue
        beside = {name.stem for name in names if name.clause == token.clause}
        if not any(_stands_with(token, beside, source, around) for source, around in zip(cited, context, strict=True)):
            return f"the number {token.word} is said of another name in the cited sentences"
    return ""


def _stands_with(token: _Token, names: Iterable[str], source: Sequence[_Token], context: Sequence[_Token]) -> bool:
    there = {other.stem for other in (*source, *context)}
    clauses = {other.clause for other in source if _same_number(token, other, source)}
    if not clauses or not all(_known(name, there) for name in names):
        return False
    taken = {other.clause for other in source if other.number is not None} - clauses
    elsewhere = {other.stem for other in source if other.named and other.clause in taken}
    near = {other.stem for other in source if other.clause in clauses}
    return not any(name in elsewhere and name not in near for name in names)


def _order_reason(claim: Sequence[_Token], cited: Sequence[Sequence[_Token]]) -> str:
    """Nothing may change places around a word: what A did to B is not what B did to A."""
    for source in cited:
        for place, pivot in enumerate(claim):
            if not pivot.content or pivot.named:
                continue
            there = [i for i, token in enumerate(source) if token.word == pivot.word]
            if len(there) != 1 or sum(token.word == pivot.word for token in claim) != 1:
                continue
            before, after = _sides(claim, place)
            first, last = _sides(source, there[0])
            if _followed_by(claim, place, "by") != _followed_by(source, there[0], "by"):
                first, last = last, first
            if before & (last - first) and after & (first - last):
                return f"what stands before and after “{pivot.word}” has changed places"
    return ""


def _agent_reason(claim: Sequence[_Token], cited: Sequence[Sequence[_Token]]) -> str:
    """Nothing may change places between “A was hosted by B” and “the host of A was B”."""
    for place, pivot in enumerate(claim):
        if not pivot.content or not _followed_by(claim, place, "by"):
            continue
        before, after = _sides(claim, place)
        for source in cited:
            for at, token in enumerate(source):
                if token.stem != pivot.stem or not _followed_by(source, at, "of"):
                    continue
                is_at = next((i for i in range(at + 2, len(source)) if source[i].word in _IS), len(source))
                deed = {t.stem for t in source[at + 2 : is_at] if t.content}
                doer = {t.stem for t in (*source[:at], *source[is_at:]) if t.content}
                if before & (doer - deed) and after & (deed - doer):
                    return f"what stands before and after “{pivot.word} by” has changed places"
    return ""


def _sides(tokens: Sequence[_Token], place: int) -> tuple[set[str], set[str]]:
    return ({t.stem for t in tokens[:place] if t.content}, {t.stem for t in tokens[place + 1 :] if t.content})


def _followed_by(tokens: Sequence[_Token], place: int, word: str) -> bool:
    return place + 1 < len(tokens) and tokens[place + 1].word == word


def _negation_reason(claim: Sequence[_Token], cited: Sequence[Sequence[_Token]]) -> str:
    """Each content word must be denied where the source denies it, and affirmed where it affirms."""
    there: dict[str, set[bool]] = {}
    for source in cited:
        for token in source:
            there.setdefault(token.stem, set()).add(token.negative)
    for token in claim:
        sides = there.get(token.stem)
        if token.content and sides and token.negative not in sides:
            return "the cited sentences deny what it affirms" if not token.negative else "they affirm what it denies"
    if _negations(claim) > sum(map(_negations, cited)):
        return "they affirm what it denies"
    return ""


def _negations(tokens: Sequence[_Token]) -> int:
    return sum(_denies(token.word) for token in tokens)


def _denies(word: str) -> bool:
    return word in _NEGATIVE or word.endswith(("n't", "n’t"))


def _opposite_reason(claim: Sequence[_Token], cited: Sequence[Sequence[_Token]]) -> str:
    own = {token.word for token in claim}
    there = {token.word for source in cited for token in source}
    for pair in _OPPOSITES:
        for said, opposite in (pair, pair[::-1]):
            if said in own and said not in there and opposite in there:
                return f"it says “{said}” where the cited sentences say “{opposite}”"
    return ""


def _bound_reason(sentence: str, cited: Sequence[str]) -> str:
    text = " ".join(cited)
    for side, pattern in _BOUND.items():
        if pattern.search(sentence) and not pattern.search(text):
            return f"it bounds a number ({side}) that the cited sentences do not"
    return ""


def _hedge_reason(claim: Sequence[_Token], cited: Sequence[Sequence[_Token]]) -> str:
    """What all cited sentences say with reserve must not be said without."""
    reserved = [any(token.word in _HEDGES for token in source) for source in cited]
    if reserved and all(reserved) and not any(token.word in _HEDGES for token in claim):
        return "the cited sentences say it with reserve"
    return ""


def _known(stem: str, there: set[str]) -> bool:
    return stem in there or any(_akin(stem, other) for other in there if other[:3] == stem[:3])


def _words(text: str) -> list[str]:
    return [token.word for token in _tokens(text) if token.word not in _BREAKS]


def _akin(one: str, other: str) -> bool:
    """Tell whether one word is the other with the ending of a people or a language: China, Chinese."""
    short, long = sorted((one, other), key=len)
    if len(short) < 4:
        return False
    bare = short.rstrip("aeo")
    return long in {short + end for end in ("n", "i", "an", "ian", "s")} | {
        bare + end for end in ("es", "ese", "ian", "an", "ish")
    }


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[_Token, ...]:
    text = "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in text)
    pieces = _TOKEN.findall(_ORDINAL.sub("", _NOT_ONLY.sub("only", text)))
    clauses, denied = _clauses([piece.lower() for piece in pieces])
    return tuple(
        _Token(
            piece.lower(),
            _stem(piece),
            clauses[place],
            clauses[place] in denied,
            piece[0].isupper(),
            _number(pieces, place),
            _unit(pieces, place),
        )
        for place, piece in enumerate(pieces)
    )


def _clauses(pieces: Sequence[str]) -> tuple[list[int], set[int]]:
    """Return the clause of each piece, and which clauses hold a negation."""
    numbers, denied = [], set()
    clause = 0
    for piece in pieces:
        if piece in _BREAKS or piece in _CONJUNCTIONS:
            clause += 1
        numbers.append(clause)
        if _denies(piece):
            denied.add(clause)
    return numbers, denied


def _stem(piece: str) -> str:
    return next(iter(terms(piece)), "") if piece[0].isalpha() else ""


def _number(pieces: Sequence[str], place: int) -> Decimal | None:
    piece = pieces[place].lower()
    value = Decimal(piece.replace(",", "")) if _plain_number(piece) else _NUMBER_WORDS.get(piece)
    if value is None:
        return None
    after = pieces[place + 1].lower() if place + 1 < len(pieces) else ""
    return value.scaleb(_SCALES.get(after, 0)).normalize()


def _plain_number(piece: str) -> bool:
    return re.fullmatch(r"\d[\d,]*(?:\.\d+)?", piece) is not None


def _unit(pieces: Sequence[str], place: int) -> str:
    around = [piece.lower() for piece in (*pieces[place + 1 : place + 3], *pieces[max(0, place - 1) : place])]
    if around[:2] == ["per", "cent"]:
        return "%"
    near = [piece for piece in around if piece not in _SCALES]
    return next((_UNITS[piece] for piece in near if piece in _UNITS), "")
