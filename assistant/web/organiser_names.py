"""A name for an uploaded file that any system can keep, and that shows what it is."""

import re
import unicodedata

_LONGEST = 200
"""Bytes in UTF-8: common file systems take 255."""
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_JOINERS = "\u200c\u200d"
"""They belong to the spelling of Urdu and other languages; all other invisible characters go."""


def safe_name(name: str) -> str:
    """Return the last part of a path as a plain file name, or nothing if no name is left of it.

    Characters that are not seen (controls, overrides of direction, half surrogates) are dropped, those that some
    system forbids replaced, as are the names of devices; a name too long loses its middle, never its suffix.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(char for char in last if char in _JOINERS or unicodedata.category(char)[0] != "C")
    plain = " ".join(_FORBIDDEN.sub("_", seen).split()).lstrip(".~$ ").rstrip(". ")
    if _DEVICES.fullmatch(plain):
        plain = f"_{plain}"
    stem, dot, suffix = plain.rpartition(".")
    if not (stem if dot else suffix).strip(_JOINERS + "_ "):
        return ""
    return plain if len(plain.encode()) <= _LONGEST else _shortened(stem, dot + suffix)


def _shortened(stem: str, suffix: str) -> str:
    room = _LONGEST - len(suffix.encode())
    return f"{stem.encode()[:room].decode('utf-8', 'ignore').rstrip(' .')}{suffix}" if room > 0 else ""
