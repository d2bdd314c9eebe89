"""Words of documents and models in the Markdown of an answer, shown as they are."""

import re

_MARKUP = re.compile(r"([\\`*_\[\]<>#|~$!])")
_ITEM = re.compile(r"^(\s*)([-+])(\s)")
_NUMBERED = re.compile(r"^(\s*)(\d+)([.)])(\s)")


def escaped(text: str) -> str:
    """Return a text with every sign escaped that Markdown would take for its own."""
    return _NUMBERED.sub(r"\1\2\\\3\4", _ITEM.sub(r"\1\\\2\3", _MARKUP.sub(r"\\\1", text)))
