"""HTML elements whose attributes and words are always escaped."""

from html import escape

Attribute = str | int | bool | None


def text(words: str) -> str:
    """Return words as HTML that shows them as they are."""
    return escape(words)


def element(name: str, inner: str = "", /, **attributes: Attribute) -> str:
    """Return an element around ``inner``, which is HTML already.

    ``class_`` stands for ``class`` and ``_`` for ``-`` in an attribute's name; False and None leave it out, True
    writes it bare.
    """
    written = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    return f"<{name}{written}>{inner}</{name}>"


def button(inner: str, /, **attributes: Attribute) -> str:
    """Return a button that submits no form."""
    return element("button", inner, type="button", **attributes)


def isolated(words: str, language: str | None = None) -> str:
    """Return words that keep their own direction among others."""
    return element("bdi", text(words), lang=language)


def foreign(language: str, page: str = "") -> str | None:
    """Return the value for ``lang``, if the language is known and not the page's."""
    return None if language in ("", "und", page) else language


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
