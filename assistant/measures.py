"""The measure that a question asks for (a duration, a price, a share, a day …), and whether a text gives such a one."""

import re
from itertools import islice

Pattern = re.Pattern[str]


def _any(lines: str) -> str:
    """Return a pattern for any of those that stand one a line."""
    return "|".join(line.strip() for line in lines.strip().split("\n"))


_DURATION = _any(r"""
    \b(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|decades?|centur(?:y|ies)|fortnight|overnight|half-day)\b
    \b\w+-(?:year|month|week|day|hour|minute)\b
    \b(?:long-term|short-term|perman\w+|until)\b
    \b\d{1,4} ?(?:[–-]|to|until) ?\d{1,4}\b
    \b(?:until|to) \d{1,2} (?-i:[A-Z])
    天|年|月|小时|周|دن|سال|ماہ|مہین|ہفت|گھنٹ
""")
_EXTENT = _any(r"""
    \d ?(?:km|m|cm|mm|ft|ha|kg|t|g|l)\b
    \b(?:kilomet\w+|met(?:re|er)s?|miles?|feet|foot|inch\w*|hectares?|acres?|mu|tonn?es?|tons?|kilograms?|pounds?)\b
    \b(?:grams?|lit(?:re|er)s?|km|square|sq|cubic|degrees?|light[- ]years?)\b
    [²³°]|公里|平方|米|亩|公顷|吨|کلومیٹر|میٹر|میل|ہیکٹر|ایکڑ|ٹن
""")
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\b"
)


def _measure(asked: str, given: str) -> tuple[str, str]:
    return _any(asked), _any(given)


_MEASURES: tuple[tuple[str, str], ...] = (
    _measure(r"\bhow long (?:is|was|are|were|will|can|may|must)\b", f"{_DURATION}|{_EXTENT}"),
    _measure(r"\bhow long (?:has|have|had)\b", rf"{_DURATION}|\bsince\b|\b(?:1[0-9]|20)\d\d\b"),
    _measure(
        r"""\bhow long\b
        \bhow many (?:years|months|weeks|days|hours|minutes)\b
        \bhow much time\b|\bduration\b
        多久|多长时间|(?<!哪)几(?:天|个月|周|小时)|多少(?:天|年|个月|周|小时)
        کتن[ےیا] (?:دن|سال|ماہ|مہین|ہفت|گھنٹ|دیر|عرص)""",
        _DURATION,
    ),
    _measure(
        r"""\bhow much\b.*\bcosts?\b|\bwhat (?:do|does|did|will|would|might) .*\bcost\b
        \bhow much (?!of\b).*\b(?:money|paid|pays?|earns?|charged?|spen[dt]|invest\w*|worth)\b
        \bwhat (?:is|was|are|were) (?:the |an? |its |their )?(?:[\w-]+ ){0,3}(?:costs?|prices?|salar(?:y|ies)|wages?)\b
        \bwhat (?:is|was|are|were) (?:the |an? |its |their )?(?:[\w-]+ ){0,3}(?:fees?|budget|rent|turnover|revenues?)\b
        \bwhat (?:[\w-]+ )?(?:price|salary|salaries|wages?|fees?|budget|rent|turnover)\b
        多少钱|(?:价格|工资|费用|成本)(?:是|为|有)?多
        (?:قیمت|تنخواہ|لاگت) (?:کیا|کتنی)|کتن[ےی] (?:پیس|رقم|روپ)""",
        r"""[$£€¥]|元|روپ|ڈالر|یوآن
        (?-i:\bUS\b)|\b(?:RMB|CNY|PKR|Rs|USD)(?=\b|\d)|\b(?:yuan|dollars?|rupees?|euros?|pounds?|cents?|francs?|rubles?|yen|crowns?|marks?)\b
        \b(?:free|million|billion|trillion)\b""",
    ),
    _measure(
        r"""\b(?:what|which) (?:share|percentage|percent|per ?cent|proportion|fraction)\b
        \bhow many per ?cent\b
        \bwhat (?:is|was) (?:the |\w+'s )(?:[\w-]+ ){0,3}(?:(?:un)?employment|literacy|drop-?out|poverty) rate\b
        \bwhat (?:is|was) (?:the |\w+'s )(?:[\w-]+ ){0,3}(?:inflation|mortality|birth|death|success|growth) rate\b
        百分之(?:多|几)|(?:比例|比率|率)(?:是|为|有)?多|کتن[ےا] فیصد|شرح کیا|شرح کتنی""",
        r"""%|\bper ?cent\w*\b
        \b(?:half|thirds?|quarters?|fifths?|tenths?|share|majority|one in|out of|all|none|doubled)\b""",
    ),
    _measure(
        r"""\b(?:at|by|from) what (?:time|hour)\b
        (?<!during )\bwhat time (?:of day|did|does|do|was|is|were|are)\b
        (?<!哪)几点|کتنے بجے""",
        r"""\b\d{1,2}[:.]\d\d\b|\b\d{1,2} ?[ap]\.?m\b|点|بجے
        \b(?:noon|midnight|o[’']clock|morning|evening|afternoon|night|dawn|dusk|sunrise|sunset)\b""",
    ),
    _measure(
        r"""\bhow (?:tall|wide|deep|heavy|far (?:is|are|was|were|away|apart|from))\b
        \bhow high (?:is|was|are|were)\b(?!.*\b(?:rate|share|proportion|percentage|income|line|number|price|costs?)\b)
        \bwhat (?:is|was) the (?:total )?(?:area|height|length|depth|width|distance|weight|altitude|elevation)\b
        (?<!率有)(?<!率)多高|多远|多宽|(?:面积|距离|长度|高度)(?:有|是)?多""",
        rf"""{_EXTENT}|%
        \b(?:hours?|minutes?) (?:by|from|away)\b""",
    ),
    _measure(
        r"\b(?:what|which) (?:exact |very )?(?:day|date)\b|哪一?天|几月几号|کس (?:دن|تاریخ)",
        rf"""\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}|\b{_MONTH}\.? \d{{1,2}}\b|\b\d{{4}}-\d\d-\d\d\b|日
        \b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:day|equinox|solstice|Eve|Easter)\b""",
    ),
    _measure(
        r"\b(?:what|which) year\b|哪一?年|کس سال",
        r"\b(?:1[0-9]|20)\d\d\b|\b\d{1,4} ?(?:BCE?|AD|CE)\b|\bcentury\b|年",
    ),
    _measure(
        r"\bhow old\b|\bwhat age\b|多大年纪|几岁|کتنی عمر",
        r"\b(?:aged?|ages|old|ago|born|since)\b|\d{4}|\d-year|岁|عمر",
    ),
    _measure(r"\b(?:tele)?phone number\b|\bnumber .*\b(?:call|ring)\b|电话|فون نمبر", r"\+?\d[\d ()–-]{5,}\d"),
    _measure(r"\be-?mail address\b|邮箱|ای میل", r"\S@\S"),
)
"""How a measure is asked for, and what gives one; compiled when the first question comes."""
_UNITS = "|".join(
    """hectare mu acre km person head capita household family visitor participant student
    hour day week month quarter year""".split()
)
_EACH = re.compile(
    rf"\b(?:how (?:many|much)\b.* (?:an?|per|each|every)|what (?:is|was|are|were)\b.* (?:per|each|every)) ({_UNITS})\b",
    re.IGNORECASE,
)
_PEOPLE = ("person", "head", "capita")
_YES_OR_NO = re.compile(
    r"\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would)\b(?!.*\b(?:how|what|which)\b)|.*吗|\W*کیا\b",
    re.IGNORECASE,
)


def asked_measures(question: str) -> list[Pattern]:
    """Return what a text has to give for each measure that a question asks for; most questions ask for none."""
    if _YES_OR_NO.match(question):
        return []
    kinds = (given for asked, given in _MEASURES if re.search(asked, question, re.IGNORECASE))
    found = [re.compile(given, re.IGNORECASE) for given in islice(kinds, 1)]
    if each := _EACH.search(question):
        unit = each[1].lower()
        units = "|".join(["people", *_PEOPLE]) if unit in _PEOPLE else "famil(?:y|ie)" if unit == "family" else unit
        found.append(re.compile(rf"\b(?:{units})s?\b|\b{unit}ly\b|\bannual|\bdaily\b", re.IGNORECASE))
    return found


def measures_missing(asked: list[Pattern], text: str) -> float:
    """Return the share of the measures asked for that a text does not give."""
    return sum(not given.search(text) for given in asked) / len(asked) if asked else 0.0
