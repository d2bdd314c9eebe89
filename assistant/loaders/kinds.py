"""What kind of file some bytes are: their content decides, the name's suffix where content can't tell."""

import re
from dataclasses import dataclass

from assistant.errors import LoadError
from assistant.loaders.encoding import decode
from assistant.loaders.package import Package


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its registered media type and the reader, as module and function of this package."""

    media_type: str
    module: str
    reader: str


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
KINDS = {
    "md": Kind("text/markdown", "markdown", "read_markdown"),
    "txt": Kind("text/plain", "plain", "read_plain"),
    "html": Kind("text/html", "html", "read_html"),
    "xml": Kind("application/xml", "xmltext", "read_xml"),
    "csv": Kind("text/csv", "delimited", "read_delimited"),
    "tsv": Kind("text/tab-separated-values", "delimited", "read_delimited"),
    "pdf": Kind("application/pdf", "pdf", "read_pdf"),
    "docx": Kind(f"{_OFFICE}wordprocessingml.document", "word", "read_word"),
    "pptx": Kind(f"{_OFFICE}presentationml.presentation", "slides", "read_slides"),
    "xlsx": Kind(f"{_OFFICE}spreadsheetml.sheet", "sheets", "read_sheets"),
    "odt": Kind(f"{_OPEN}text", "opendocument", "read_opendocument"),
    "odp": Kind(f"{_OPEN}presentation", "opendocument", "read_opendocument"),
    "ods": Kind(f"{_OPEN}spreadsheet", "opendocument", "read_opendocument"),
    "epub": Kind("application/epub+zip", "epub", "read_epub"),
    "rtf": Kind("application/rtf", "rtf", "read_rtf"),
    "eml": Kind("message/rfc822", "mail", "read_mail"),
    "mhtml": Kind("multipart/related", "mail", "read_mail"),
    "msg": Kind("application/vnd.ms-outlook", "outlook", "read_outlook"),
    "doc": Kind("application/msword", "legacy", "read_doc"),
    "ppt": Kind("application/vnd.ms-powerpoint", "legacy", "read_ppt"),
    "xls": Kind("application/vnd.ms-excel", "legacy", "read_xls"),
    "png": Kind("image/png", "ocr", "read_image"),
    "jpg": Kind("image/jpeg", "ocr", "read_image"),
    "tiff": Kind("image/tiff", "ocr", "read_image"),
}
_OTHER_NAMES = {
    "markdown": "md", "text": "txt", "log": "txt", "htm": "html", "xhtml": "html", "mht": "mhtml", "tab": "tsv",
    "jpeg": "jpg", "tif": "tiff", "docm": "docx", "dotx": "docx", "pptm": "pptx", "ppsx": "pptx", "potx": "pptx",
    "xlsm": "xlsx", "xltx": "xlsx", "ott": "odt", "otp": "odp", "ots": "ods", "dot": "doc", "pps": "ppt", "xlt": "xls",
    "rss": "xml", "atom": "xml", "srt": "txt",
}  # fmt: skip
SUPPORTED = frozenset(f".{suffix}" for suffix in [*KINDS, *_OTHER_NAMES])

_MAGIC = [
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
]
_UNREAD = [
    (b"\x1f\x8b", "a gzip archive: unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it"),
    (b"Rar!", "a RAR archive: unpack it"),
    (b"BZh", "a bzip2 archive: unpack it"),
    (b"\xfd7zXZ\0", "an xz archive: unpack it"),
    (b"GIF8", "a GIF picture: save it as PNG"),
    (b"RIFF", "a picture, sound or film (RIFF): only its text as a document can be read"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"ID3", "a sound file: only its transcript as a document can be read"),
    (b"OggS", "a sound or film file: only its transcript as a document can be read"),
    (b"SQLite format 3\0", "a database: export its tables as CSV"),
    (b"\xffWPC", "a WordPerfect document: save it as DOCX"),
    (b"%!PS", "a PostScript file: convert it to PDF"),
]
_HTML = re.compile(rb"(?:<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>])", re.IGNORECASE)
_XML = re.compile(rb"<\?xml\s|<(?:rss|feed|rdf:RDF)[\s>]")
_MAIL = re.compile(
    rb"(?:from|to|subject|date|received|return-path|message-id|mime-version|delivered-to):\s", re.IGNORECASE
)
_MAIL_ONLY = re.compile(rb"(?im)^(?:received|return-path|message-id|mime-version|delivered-to):\s")
_SAMPLE = 20_000
_FLAT = re.compile(rb"http://schemas\.microsoft\.com/office/2006/xmlPackage")
_FOLDERS = {"word": "docx", "ppt": "pptx", "xl": "xlsx"}
_CONTENT_TYPES = {"wordprocessingml": "docx", "presentationml": "pptx", "spreadsheetml": "xlsx"}


def named_kind(name: str) -> str | None:
    """Return the key of ``KINDS`` that a file's name claims by its suffix, if it is one of them."""
    suffix = _suffix(name)
    return suffix if suffix in KINDS else None


def _suffix(name: str) -> str:
    suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    return _OTHER_NAMES.get(suffix, suffix)


def kind_of(data: bytes, name: str) -> str:
    """Return the key of ``KINDS`` for a file; raise LoadError, with the reason, for what is none of them."""
    suffix = _suffix(name)
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _zip_kind(data)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole_kind(data)
    kind = next((kind for magic, kind in _MAGIC if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(magic)), None)
    if kind:
        return kind
    for magic, reason in _UNREAD:
        if data.startswith(magic) and not _is_text(data):
            raise LoadError(f"it is {reason}")
    return _text_kind(data, suffix)


def _zip_kind(data: bytes) -> str:
    package = Package(data)
    kind = _declared_kind(package) or _office_kind(package)
    if kind:
        return kind
    if "EncryptedPackage" in package:
        raise LoadError("it is protected by a password: save it without one")
    raise LoadError("it is a zip archive of another kind: unpack it and add the documents in it")


def _declared_kind(package: Package) -> str | None:
    """Return the kind that an OpenDocument file or a book names in its first member."""
    if "mimetype" in package:
        declared = package.read("mimetype").decode("ascii", "replace").strip().removesuffix("-template")
        for key in ("odt", "odp", "ods", "epub"):
            if declared == KINDS[key].media_type:
                return key
    return "epub" if "META-INF/container.xml" in package else None


def _office_kind(package: Package) -> str | None:
    """Return the kind of an Office file by its main part's type, or by its folders where none is named."""
    if "[Content_Types].xml" not in package:
        return None
    types = package.read("[Content_Types].xml").decode("utf-8", "replace")
    for main in re.findall(r'ContentType="([^"]*main\+xml)"', types):
        for word, key in _CONTENT_TYPES.items():
            if word in main.lower():
                return key
    folders = {name.lower().partition("/")[0] for name in package.names}
    return next((key for folder, key in _FOLDERS.items() if folder in folders), None)


def _ole_kind(data: bytes) -> str:
    import io

    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            names = {"/".join(entry).lower() for entry in container.listdir()}
    except (OSError, ValueError, IndexError, TypeError) as error:
        raise LoadError("the file is damaged: open it in the program that made it and save it anew") from error
    if "encryptedpackage" in names:
        raise LoadError("it is protected by a password: save it without one")
    if "__properties_version1.0" in names:
        return "msg"
    for stream, key in (("worddocument", "doc"), ("powerpoint document", "ppt"), ("workbook", "xls"), ("book", "xls")):
        if stream in names:
            return key
    raise LoadError("it is an old Office container of a kind that can't be read: save it as DOCX, PPTX, XLSX or PDF")


def _text_kind(data: bytes, suffix: str) -> str:
    if not _is_text(data):
        if suffix in ("docx", "pptx", "xlsx", "odt", "odp", "ods", "epub", "doc", "ppt", "xls", "msg", "pdf"):
            raise LoadError(
                f"it is damaged or no {suffix.upper()} file at all: open it in its program and save it anew"
            )
        raise LoadError("its content is neither text nor a document of a known kind: save it as PDF, DOCX or text")
    if suffix in ("md", "csv", "tsv", "mhtml"):
        return suffix
    head = data[:2000].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")
    if _FLAT.search(head):
        return _zip_kind(data)
    if suffix == "rtf" and data.startswith(b"{\\"):
        return "rtf"
    if suffix == "eml" or (suffix != "txt" and _MAIL.match(head) and _MAIL_ONLY.search(data[:4000])):
        return "eml"
    if _XML.match(head) and not _HTML.search(head):
        return "xml"
    if suffix == "txt":
        return "txt"
    if suffix == "html" or _HTML.search(head):
        return "html"
    return "txt"


def _is_text(data: bytes) -> bool:
    """Return whether the bytes read as text: few control characters once decoded."""
    text = decode(data[:_SAMPLE])
    odd = sum(character < "\t" or "\r" < character < " " and character != "\x1b" for character in text)
    return odd <= 0.01 * len(text)
