"""Outlook messages (MSG): the headers a reader sees, the body, the attachments, messages within after it."""

import io
import re
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder
from assistant.loaders.encoding import declared_encoding, decode, known_encoding
from assistant.loaders.html import add_page
from assistant.loaders.plain import add_plain

_SUBJECT, _BODY, _HTML = 0x0037, 0x1000, 0x1013
_SENDER, _ADDRESS, _TO, _CC = 0x0C1A, 0x5D01, 0x0E04, 0x0E03
_SENT, _RECEIVED, _CODE_PAGE = 0x0039, 0x0E06, 0x3FFD
_CONTENT, _NAMES = 0x3701, (0x3707, 0x3704, 0x3001)
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_MAX_DEPTH = 5


def read_outlook(data: bytes, builder: TextBuilder) -> Contents:
    """Read a message of Outlook."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            return _Message(container, "", 32).add(builder)
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise LoadError("the message is damaged: open it in Outlook and save it anew") from error


class _Message:
    """A storage of the container that holds a message: the whole file, or one within another."""

    def __init__(self, container: Any, folder: str, head: int) -> None:  # noqa: ANN401 - the library is untyped
        self.container, self.folder, self.head = container, folder, head
        self.fixed = self._fixed()
        self.encoding = known_encoding(f"cp{self.fixed.get(_CODE_PAGE, 0)}") or None

    def add(self, builder: TextBuilder, depth: int = 0) -> Contents:
        """Add the message's text and return what else it holds."""
        sender, address = self.text(_SENDER), self.text(_ADDRESS)
        date = self._date()
        rows = {
            "From": f"{sender} <{address}>" if address and address != sender else sender,
            "To": self.text(_TO),
            "Cc": self.text(_CC),
            "Subject": self.text(_SUBJECT),
            "Date": date.strftime("%Y-%m-%d %H:%M UTC") if date else "",
        }
        for name, value in rows.items():
            builder.row([value], [name])
        self._body(builder)
        metadata = {"date": date.date().isoformat() if date else "", "author": sender}
        contents = Contents(rows["Subject"], {name: value for name, value in metadata.items() if value})
        self._attachments(builder, contents, depth)
        return contents

    def text(self, property_: int, folder: str = "") -> str:
        """Return a property's text, '' if the message lacks it."""
        wide = self._stream(f"{folder}__substg1.0_{property_:04X}001F")
        if wide is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self._stream(f"{folder}__substg1.0_{property_:04X}001E")
        return decode(narrow.rstrip(b"\0"), self.encoding) if narrow is not None else ""

    def _body(self, builder: TextBuilder) -> None:
        plain = self.text(_BODY)
        page = self._stream(f"__substg1.0_{_HTML:04X}0102")
        source = decode(page, declared_encoding(page)) if page else self.text(_HTML)
        if source and len(re.findall(r"\w+", re.sub(r"<[^>]*>", " ", source))) >= len(re.findall(r"\w+", plain)):
            add_page(builder, source)
        else:
            add_plain(builder, plain)

    def _attachments(self, builder: TextBuilder, contents: Contents, depth: int) -> None:
        prefix = f"{self.folder}__attach_version1.0_"
        paths = ("/".join(entry) for entry in self.container.listdir(streams=False, storages=True))
        for folder in sorted(path for path in paths if path.startswith(prefix) and "/" not in path[len(prefix) :]):
            inside = folder[len(self.folder) :] + "/"
            name = next((text for text in (self.text(number, inside) for number in _NAMES) if text), "attachment")
            content = self._stream(f"{inside}__substg1.0_{_CONTENT:04X}0102")
            embedded = f"{folder}/__substg1.0_{_CONTENT:04X}000D"
            if content:
                contents.attachments.append((name, content))
            elif self.container.exists(f"{embedded}/__properties_version1.0") and depth < _MAX_DEPTH:
                builder.heading(name, 1)
                inner = _Message(self.container, f"{embedded}/", 24).add(builder, depth + 1)
                contents.attachments.extend(inner.attachments)

    def _date(self) -> datetime | None:
        ticks = self.fixed.get(_SENT) or self.fixed.get(_RECEIVED)
        try:
            return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
        except OverflowError:
            return None

    def _fixed(self) -> dict[int, int]:
        """Return the properties of fixed size: numbers and times."""
        data = self._stream("__properties_version1.0") or b""
        found = {}
        for start in range(self.head, len(data) - 15, 16):
            tag, _, value = struct.unpack_from("<IIQ", data, start)
            found[tag >> 16] = value if tag & 0xFFFF == 0x40 else value & 0xFFFFFFFF
        return found

    def _stream(self, name: str) -> bytes | None:
        path = self.folder + name
        if not self.container.exists(path):
            return None
        with self.container.openstream(path) as stream:
            return bytes(stream.read())
