"""Zip packages (Office, OpenDocument, EPUB) and their XML parts, opened within limits."""

import base64
import io
import posixpath
import zipfile
import zlib
from urllib.parse import unquote

from lxml import etree

from assistant.errors import LoadError
from assistant.loaders.nodes import DAMAGED, Node, attribute, parse_xml

MAX_ENTRIES = 5_000
MAX_BYTES = 200_000_000
MAX_RATIO = 200
_LARGE_MEMBER = 10_000_000


def _zipped(data: bytes) -> bytes:
    """Return a zip file of the parts of a flat package: Office's single XML file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parse_xml(data):
            content = next(iter(part), None)
            if content is None:
                continue
            root = next(iter(content), None)
            inside = base64.b64decode(content.text or "") if root is None else etree.tostring(root)
            archive.writestr((attribute(part, "name") or "").lstrip("/"), inside)
    return target.getvalue()


class Package:
    """The members of a zip file, by name."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(b"PK"):
            data = _zipped(data)
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise LoadError(DAMAGED) from error
        members = self._archive.infolist()
        if len(members) > MAX_ENTRIES:
            raise LoadError(f"the file has more than {MAX_ENTRIES:,} parts: split it")
        if sum(member.file_size for member in members) > MAX_BYTES:
            raise LoadError(f"the file unpacks to more than {MAX_BYTES // 1_000_000} MB: split it")
        for member in members:
            if member.file_size > _LARGE_MEMBER and member.file_size > MAX_RATIO * max(1, member.compress_size):
                raise LoadError("a part of the file unpacks to a suspicious size: save it anew")
        self._members = {member.filename.replace("\\", "/").lstrip("/").lower(): member for member in members}
        self.names = [member.filename.replace("\\", "/").lstrip("/") for member in members]

    def __contains__(self, name: str) -> bool:
        return name.lstrip("/").lower() in self._members

    def read(self, name: str) -> bytes:
        """Return the content of a member."""
        member = self._members.get(name.lstrip("/").lower())
        if member is None:
            raise LoadError(f"the file lacks its part {name}: save it anew in the program that made it")
        if member.flag_bits & 1:
            raise LoadError("the file is protected by a password: save it without one")
        try:
            with self._archive.open(member) as stream:
                return stream.read(member.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as error:
            raise LoadError(DAMAGED) from error

    def xml(self, name: str) -> Node:
        """Return the root element of an XML member."""
        return parse_xml(self.read(name))

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """Return the relations of an Office part: id to (last word of its type, name of the target part)."""
        folder, base = posixpath.split(name.lstrip("/"))
        path = posixpath.join(folder, "_rels", f"{base}.rels")
        if path not in self:
            return {}
        found = {}
        for relation in self.xml(path):
            target = unquote(relation.get("Target", ""))
            if relation.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = relation.get("Type", "").rsplit("/", 1)[-1]
            found[relation.get("Id", "")] = (kind, target)
        return found

    def related(self, name: str, kind: str) -> list[str]:
        """Return the parts of a kind (``notesSlide``, ``styles`` …) that a part refers to and that are there."""
        return [target for type_, target in self.relations(name).values() if type_ == kind and target in self]
