"""E-mails (EML) and web archives (MHTML): the headers a reader sees, the body, and the attachments."""

import email
import email.policy
import re
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.encoding import declared_encoding, decode, known_encoding
from assistant.loaders.html import add_page
from assistant.loaders.plain import add_plain

_HEADERS = ("From", "To", "Cc", "Subject", "Date")
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def read_mail(data: bytes, builder: TextBuilder) -> Contents:
    """Read a message in Internet format."""
    if data.startswith(_WIDE) or b"\0" in data[:200]:
        data = decode(data).encode("utf-8", "replace")
    message = email.message_from_bytes(data.lstrip(), policy=email.policy.default.clone(utf8=True))
    headers = {name: _header(message, name) for name in _HEADERS}
    for name, value in headers.items():
        builder.row([value], [name])
    attachments: list[tuple[str, bytes]] = []
    _body(message, builder, attachments)
    found = {"date": _date(headers["Date"]), "author": headers["From"]}
    metadata = {name: value for name, value in found.items() if value}
    return Contents(title=headers["Subject"], metadata=metadata, attachments=attachments)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name) or "")
    except (ValueError, IndexError, LookupError, AttributeError, TypeError):
        raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
        return re.sub(r"\s+", " ", str(raw))


def _date(text: str) -> str:
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return re.sub(r"\s+", " ", text)


def _body(part: EmailMessage, builder: TextBuilder, attachments: list[tuple[str, bytes]]) -> None:
    kind = part.get_content_type()
    parts = [below for below in part.get_payload() if isinstance(below, EmailMessage)] if part.is_multipart() else []
    if kind == "message/rfc822" or (kind.startswith("message/") and parts):
        for inner in parts:
            name = _header(inner, "Subject") or "message"
            attachments.append((f"{name}.eml", inner.as_bytes(policy=email.policy.compat32)))
    elif kind == "multipart/alternative" and parts:
        _body(_alternative(parts), builder, attachments)
    elif parts:
        for inner in parts:
            _body(inner, builder, attachments)
    else:
        _leaf(part, kind, builder, attachments)


def _alternative(parts: list[EmailMessage]) -> EmailMessage:
    """Return the version to read: HTML (it keeps tables) or what holds it, unless the plain one says more."""
    sizes = {id(part): _size(part) for part in parts}
    plain = next((part for part in parts if part.get_content_type() == "text/plain"), None)
    rich = max((part for part in parts if part is not plain), key=lambda part: sizes[id(part)], default=None)
    if rich is None or (plain is not None and sizes[id(plain)] > sizes[id(rich)]):
        return plain or parts[-1]
    return rich


def _size(part: EmailMessage) -> int:
    texts = [leaf for leaf in part.walk() if leaf.get_content_maintype() == "text"]
    return sum(
        len(re.findall(r"\w+", re.sub(r"<style.*?</style>|<[^>]*>", " ", _text(leaf), flags=re.S))) for leaf in texts
    )


def _leaf(part: EmailMessage, kind: str, builder: TextBuilder, attachments: list[tuple[str, bytes]]) -> None:
    name = part.get_filename() or ""
    if part.get_content_disposition() == "attachment" or (name and not kind.startswith("text/")):
        if not (kind.startswith("image/") and part.get("Content-ID")):
            attachments.append((name or kind.replace("/", "."), _content(part)))
    elif kind == "text/html":
        add_page(builder, _text(part))
    elif kind.startswith("text/") and kind not in ("text/css", "text/javascript", "text/calendar"):
        add_plain(builder, _text(part))


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _text(part: EmailMessage) -> str:
    content = _content(part)
    declared = known_encoding(str(part.get_content_charset() or ""))
    if declared is None and part.get_content_type() == "text/html":
        declared = declared_encoding(content)
    return decode(content, declared)
