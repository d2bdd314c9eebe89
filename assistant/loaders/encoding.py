"""Bytes to text: byte order mark, UTF-16 and UTF-32 by their zeros, valid UTF-8, else the likeliest encoding."""

import codecs
import re

_MARKS = [
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
_WIDER = {
    "ascii": "cp1252", "latin-1": "cp1252", "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "gb2312": "gb18030",
    "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "ks_c_5601-1987": "cp949", "tis-620": "cp874",
    "iso8859-9": "cp1254", "big5": "big5hkscs",
}  # fmt: skip
"""Encodings that files name or use by a narrower one's name: browsers read them as the wider too."""
_RARE = (
    "cp864", "cp720", "hp-roman8", "cp037", "cp273", "cp424", "cp875", "cp1026", "cp1125", "cp1006", "iso8859-16",
    "iso8859-10", "iso8859-14", "kz1048", "ptcp154", "koi8-t", "cp858", "cp856", "cp737", "cp869", "cp863", "cp860",
    "cp861", "cp865",
)  # fmt: skip
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""")
_MARKUP = re.compile(rb"<[^<>]{0,2000}>|&#?\w{1,10};")
_CHINESE = re.compile(r"[\u2010-\u203f\u3000-\u30ff\u3400-\u9fff\uff00-\uffef\ue000-\ue00f]")
_CHINESE_SIGNS = re.compile(r"[\u3000-\u30ff\uff00-\uff65]")
_HEAD = 4096
_SAMPLE = 100_000
_BELIEVED = 0.5
_COMMON = 0.75


def declared_encoding(data: bytes) -> str | None:
    """Return the encoding that an HTML or XML file names near its beginning, if Python knows it."""
    found = _DECLARED.search(data[:_HEAD])
    return known_encoding(found.group(1).decode("ascii")) if found else None


def known_encoding(name: str) -> str | None:
    """Return Python's name of an encoding (the wider one where two share a name), None for an unknown one."""
    try:
        codec = codecs.lookup(name.strip()).name
        codec = codecs.lookup(_WIDER.get(codec, codec)).name
        b"".decode(codec)
    except (LookupError, ValueError):
        return None
    return codec


def decode(data: bytes, declared: str | None = None) -> str:
    """Return the text of bytes in an unknown encoding; ``declared`` is believed only if the bytes agree."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    wide = wide_encoding(data)
    if wide:
        return data.decode(wide, "replace")
    if data.isascii() and b"\x1b" not in data and b"~{" not in data:
        return data.decode("ascii")
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if sum(character > "\x7f" for character in text[:_SAMPLE]) > 20 * damaged:
        return text
    return data.decode(_chinese_wide(data) or _likeliest(data, declared), "replace")


def wide_encoding(data: bytes) -> str | None:
    """Return the UTF-16 or UTF-32 that the place of zero bytes speaks for, if any."""
    sample = data[:_HEAD]
    if len(sample) < 4 or b"\0" not in sample:
        return None
    zeros = [sample[position::4].count(0) / (len(sample) / 4) for position in range(4)]
    if min(zeros[:2]) > 0.9 and zeros[3] < 0.5:
        return "utf-32-be"
    if min(zeros[2:]) > 0.9 and zeros[0] < 0.5:
        return "utf-32-le"
    first, second = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if max(first, second) > 5 * min(first, second) and _mostly_letters(sample, "be" if first > second else "le"):
        return "utf-16-be" if first > second else "utf-16-le"
    return None


def _mostly_letters(sample: bytes, order: str) -> bool:
    text = sample[: len(sample) // 2 * 2].decode(f"utf-16-{order}", "replace")
    odd = sum(not (character.isprintable() or character.isspace()) for character in text)
    return odd <= 0.02 * len(text)


def _chinese_wide(data: bytes) -> str | None:
    """Return the UTF-16 of Chinese or Japanese text that holds no Latin character, and so no zero byte."""
    sample = data[:_HEAD]
    if len(sample) % 2:
        return None
    for name in ("utf-16-le", "utf-16-be"):
        text = sample.decode(name, "replace")
        if len(_CHINESE.findall(text)) >= 0.97 * len(text) and len(_CHINESE_SIGNS.findall(text)) >= 0.005 * len(text):
            return name
    return None


def _likeliest(data: bytes, declared: str | None) -> str:
    """Return the encoding that a detector finds likeliest, or the declared one if it is nearly as likely."""
    from chardet import detect_all

    sample = _MARKUP.sub(b" ", data[:_SAMPLE])
    found = detect_all(sample, prefer_superset=False, compat_names=False, exclude_encodings=_RARE)
    likely: dict[str, float] = {}
    for guess in found:
        name = known_encoding(str(guess["encoding"] or ""))
        if name:
            likely.setdefault(name, guess["confidence"])
    best = max(likely, key=lambda name: likely[name], default="cp1252")
    if declared and likely.get(declared, 0) >= _BELIEVED * likely[best]:
        return declared
    return "cp1252" if likely.get("cp1252", 0) >= _COMMON * likely.get(best, 0) else best
