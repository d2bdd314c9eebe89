"""The Markdown of an answer as HTML or as bare words: paragraphs, lists, bold, escapes and markers, nothing else."""

import re
from collections.abc import Callable
from html import escape

_INLINE = re.compile(r"\\(?P<escaped>[^\w\s])|(?P<bold>\*\*)|\[(?P<marker>[1-9]\d{0,2})\]")
_ITEM = "- "
_TIED = 24


def prose_html(text: str, marker: Callable[[int], str | None]) -> str:
    """Return the text as paragraphs and lists; ``marker`` gives a marker's HTML, or None to leave it as text."""
    blocks = []
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line.strip()]
        if lines and all(line.startswith(_ITEM) for line in lines):
            items = "".join(f"<li>{_inline_html(line.removeprefix(_ITEM), marker)}</li>" for line in lines)
            blocks.append(f"<ul>{items}</ul>")
        elif lines:
            blocks.append(f"<p>{'<br>'.join(_inline_html(line, marker) for line in lines)}</p>")
    return "".join(blocks)


def plain_words(text: str) -> str:
    """Return the text without its Markdown: what a reader sees."""
    return _INLINE.sub(lambda match: match["escaped"] or ("" if match["bold"] else match[0]), text)


def _inline_html(line: str, marker: Callable[[int], str | None]) -> str:
    pieces: list[str] = []
    at, bold = 0, False
    for match in _INLINE.finditer(line):
        before = line[at : match.start()]
        at = match.end()
        if match["marker"]:
            pieces.append(_tied(before, marker(int(match["marker"])) or escape(match[0])))
            continue
        pieces.append(escape(before))
        if match["escaped"]:
            pieces.append(escape(match["escaped"]))
        else:
            pieces.append("</strong>" if bold else "<strong>")
            bold = not bold
    pieces.append(escape(line[at:]))
    return "".join(pieces) + ("</strong>" if bold else "")


def _tied(before: str, marker: str) -> str:
    """Return the text and its marker, the last word kept on the marker's line."""
    words, space, last = before.rstrip(" ").rpartition(" ")
    if not last or len(last) > _TIED:
        return escape(before) + marker
    gap = before[len(before.rstrip(" ")) :]
    return f'{escape(words + space)}<span class="tied">{escape(last + gap)}{marker}</span>'
