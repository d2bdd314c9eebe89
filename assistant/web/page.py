"""The pages: HTML templates filled with the words of a language."""

import json
from functools import cache, lru_cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from assistant.phrases import LANGUAGES
from assistant.web.words import NAMES, Words, preferred, words_for

_COOKIE = "language"
_YEAR = 365 * 24 * 3600


def page_response(request: Request, template: str, status: int = 200, **own: str) -> HTMLResponse:
    """Answer with a page in the language that a browser chooses now (``?lang=``), chose before, or prefers.

    ``own`` fills the template's places that are no words, as HTML.
    """
    chosen = request.query_params.get("lang")
    language = preferred(chosen, request.cookies.get(_COOKIE), request.headers.get("accept-language", ""))
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    response = HTMLResponse(page_html(language, template, **own), status, headers)
    if chosen == language:
        response.set_cookie(_COOKIE, language, max_age=_YEAR, httponly=True, samesite="strict")
    return response


def language_of(request: Request) -> str:
    """Return the language that a browser chose before or prefers."""
    return preferred(None, request.cookies.get(_COOKIE), request.headers.get("accept-language", ""))


@lru_cache(64)
def page_html(language: str, template: str = "page.html", **own: str) -> str:
    """Return a page in an interface language."""
    words = words_for(language)
    values = {key: escape(text) for key, text in words.plain().items()}
    return _template(template).substitute(
        values,
        lang=words.language,
        direction=words.direction,
        languages="".join(_language_link(code, words.language) for code in LANGUAGES),
        words_json=json.dumps(words.plain(), ensure_ascii=False).replace("<", "\\u003c"),
        **own,
    )


def _language_link(code: str, current: str) -> str:
    here = ' aria-current="true"' if code == current else ""
    return f'<li><a href="?lang={code}" lang="{code}" hreflang="{code}"{here}>{NAMES[code]}</a></li>'


@cache
def static_files() -> dict[str, bytes]:
    """Return the contents of the page's own files by their names."""
    return {item.name: item.read_bytes() for item in files("assistant.web").joinpath("static").iterdir()}


def web_manifest(words: Words) -> dict[str, Any]:
    """Return the manifest by which a browser installs the page, in an interface language."""
    return {
        "id": "/",
        "name": words("title"),
        "short_name": words("short_title"),
        "description": words("tagline"),
        "lang": words.language,
        "dir": words.direction,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbfaf7",
        "theme_color": "#0c5a63",
        "icons": [
            {"src": "/web/static/icon.svg", "sizes": "any", "type": "image/svg+xml"},
            *(
                {"src": f"/web/static/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": use}
                for size in (192, 512)
                for use in ("any", "maskable")
            ),
        ],
    }


@cache
def _template(name: str) -> Template:
    return Template(static_files()[name].decode())
