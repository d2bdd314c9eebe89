"""Numbers of spreadsheets as a person reads them: by the number format of their cell."""

import re
from datetime import datetime, timedelta

BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 14: "yyyy-mm-dd",
    15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss",
    47: "mm:ss", 48: "0.0E+0", 49: "@",
    **dict.fromkeys([*range(27, 32), 36, *range(50, 55), 57, 58], "yyyy-mm-dd"),
    **dict.fromkeys([32, 33, 34, 35, 55, 56], "h:mm:ss"),
}  # fmt: skip
_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|_.|\*.|\[([^\]]*)\]|([0#?][0#?,.]*(?:E[+-]?[0#]+)?)|(General)|(.)', re.DOTALL | re.IGNORECASE
)
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)


def format_number(value: float, pattern: str, *, from_1904: bool = False) -> str:
    """Return a cell's number as its format shows it, dates in ISO 8601."""
    sections = pattern.split(";")
    bare = _LITERAL.sub("", sections[0]).lower()
    if re.search(r"[ymdhs]", bare) and not re.search(r"general|[0#]", re.sub(r"s\.0+", "s", bare)):
        return _date(value, bare, from_1904)
    chosen = sections[0]
    if value < 0 and len(sections) > 1:
        chosen, value = sections[1], (value if not sections[1].strip() else -value)
        negative = "-" if not re.search(r"[-(]", _LITERAL.sub("", chosen)) else ""
        return negative + _number(value, chosen)
    if value == 0 and len(sections) > 2 and sections[2].strip():
        chosen = sections[2]
    return _number(value, chosen)


def plain_number(value: float) -> str:
    """Return a number without needless digits."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.15g}" if 1e-5 <= abs(value) < 1e15 else f"{value:.10g}"


def _date(value: float, bare: str, from_1904: bool) -> str:
    if "[" in bare:
        seconds = round(value * 86400)
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    start = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30 if value >= 60 else 31)
    try:
        moment = start + timedelta(seconds=round(value * 86400))
    except OverflowError:
        return plain_number(value)
    clock = moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
    if not re.search(r"[yd]|mmm", bare):
        return clock
    if "d" not in bare:
        return moment.strftime("%Y-%m" if "m" in bare else "%Y")
    timed = re.search(r"[hs]", bare) and (moment.hour or moment.minute or moment.second)
    return f"{moment:%Y-%m-%d} {clock}" if timed else f"{moment:%Y-%m-%d}"


def _number(value: float, section: str) -> str:
    tokens = list(_TOKEN.finditer(section))
    if "%" in _LITERAL.sub("", section):
        value *= 100
    parts, written = [], False
    for token in tokens:
        quoted, escaped, bracket, digits, general, other = token.groups()
        if digits and not written:
            parts.append(_digits(value, digits))
            written = True
        elif general and not written:
            parts.append(plain_number(value))
            written = True
        elif digits and "/" in section:
            return plain_number(value)
        elif bracket and bracket.startswith("$"):
            parts.append(bracket[1:].split("-")[0])
        else:
            parts.append(quoted or escaped or (other if other and other != "@" else "") or "")
    text = "".join(parts).strip()
    return text if written else (text or plain_number(value))


def _digits(value: float, pattern: str) -> str:
    mantissa, _, exponent = pattern.upper().partition("E")
    whole, _, fraction = mantissa.partition(".")
    places = min(len(re.findall(r"[0#?]", fraction)), 15)
    needed = min(fraction.count("0"), places)
    if exponent:
        return f"{value:.{places}E}"
    while whole.endswith(","):
        whole, value = whole[:-1], value / 1000
    text = f"{value:,.{places}f}" if "," in whole else f"{value:.{places}f}"
    while places > needed and text.endswith("0"):
        text, places = text[:-1], places - 1
    return text.rstrip(".") if places == 0 else text
