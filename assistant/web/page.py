"""The page itself: one HTML template filled with the words of a language."""

import json
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from assistant.phrases import LANGUAGES
from assistant.web.words import NAMES, words_for


@cache
def page_html(language: str) -> str:
    """Return the page in an interface language."""
    words = words_for(language)
    values = {key: escape(text) for key, text in words.plain().items()}
    return _template().substitute(
        values,
        lang=words.language,
        direction=words.direction,
        languages="".join(_language_link(code, words.language) for code in LANGUAGES),
        words_json=json.dumps(words.plain(), ensure_ascii=False).replace("<", "\\u003c"),
    )


def _language_link(code: str, current: str) -> str:
    here = ' aria-current="true"' if code == current else ""
    return f'<li><a href="?lang={code}" lang="{code}" hreflang="{code}"{here}>{NAMES[code]}</a></li>'


@cache
def _template() -> Template:
    return Template(files("assistant.web").joinpath("static/page.html").read_text("utf-8"))
