"""The words of files as tools say that share no code with the readers.

They are pdftotext and pypdf (PDF), python-pptx (slides: a picture of them would add the axes of charts and today's
date), LibreOffice (other office files), lynx (HTML, EPUB) and email. A text counts only if it declares its encoding
or is Unicode: what else it may be in, no tool knows.
"""

import email
import email.policy
import html
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pptx

_TEXT = "txt:Text (encoded):UTF8"
_SHEETS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
_SECONDS = 60
FEWEST = 10
"""A file counts as readable if its tool finds so many words (PDF: pdftotext; pypdf is a second reading)."""
_MARKS = re.compile(r"^\s*[*+o#@-]\s|\[(?:DEL|INS):|:(?:DEL|INS)\]", re.MULTILINE)
"""What lynx adds of its own: bullets, and words around what was deleted or inserted."""
_MARKUP = re.compile(r"</?[a-zA-Z][^>]*>|<[?!][a-zA-Z][^>]*>|<!--.*?-->|<!\[CDATA\[|\]\]>|\]\([^)]*\)", re.S)
_OFFICE = {"doc": _TEXT, "docx": _TEXT, "odt": _TEXT, "rtf": _TEXT, "xlsx": _SHEETS, "xls": _SHEETS, "ods": _SHEETS}
_DECKS = {"ppt", "odp"}


def reference(path: Path, store: Path) -> list[str]:
    """Return what independent tools make of a file: one text or more, each a fair reading; kept in ``store``."""
    kept = store / path.parent.name / f"{path.name}.txt"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("\f\f".join(_texts(path)), "utf-8", "replace")
    return [text for text in kept.read_text("utf-8").split("\f\f") if text.strip()]


def _texts(path: Path) -> list[str]:
    kind = path.suffix[1:].lower()
    try:
        if kind == "pdf":
            text = _run("pdftotext", "-enc", "UTF-8", str(path), "-")
            return [text, _pypdf(path)] if len(re.findall(r"\w+", text)) >= FEWEST else []
        if kind == "pptx":
            return [_slides(path)]
        if kind in _OFFICE or kind in _DECKS:
            text = _office(path, _OFFICE.get(kind, "pdf"))
            return [] if text.count("\\pard") > 3 else [text]
        if kind == "epub":
            return [_book(path)]
        if kind == "eml":
            return _mail(path)
        return _read(path, kind)
    except (subprocess.TimeoutExpired, zipfile.BadZipFile, LookupError, ValueError, OSError) as error:
        print(f"no reference for {path.name}: {error!r:.100}")
    return []


def _read(path: Path, kind: str) -> list[str]:
    if kind in ("html", "htm", "xhtml"):
        return [_lynx(_decoded(path.read_bytes(), declared=True))]
    if kind == "xml":
        text = _MARKUP.sub(" ", html.unescape(_MARKUP.sub(" ", _decoded(path.read_bytes(), declared=True))))
        return [html.unescape(text)]
    if kind in ("txt", "csv"):
        return [_decoded(path.read_bytes())]
    if kind == "md":
        return [html.unescape(_MARKUP.sub(" ", _decoded(path.read_bytes())))]
    return []


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False).stdout.decode("utf-8", "replace")


def _office(path: Path, target: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        _run("soffice", profile, "--headless", "--convert-to", target, "--outdir", folder, str(path))
        made = sorted(found for found in Path(folder).iterdir() if found.is_file())
        if target == "pdf":
            return "\n".join(_run("pdftotext", "-enc", "UTF-8", str(found), "-") for found in made)
        return "\n".join(found.read_text("utf-8", "replace") for found in made)


def _pypdf(path: Path) -> str:
    """Return what pypdf reads, in a process of its own: it fails in many ways."""
    code = "import pypdf, sys; [print(page.extract_text()) for page in pypdf.PdfReader(sys.argv[1]).pages]"
    return _run(sys.executable, "-X", "utf8", "-c", code, str(path))


def _slides(path: Path) -> str:
    found: list[str] = []
    for slide in pptx.Presentation(str(path)).slides:
        found += [node.text or "" for node in slide.element.iter() if node.tag.endswith("}t")]
        if slide.has_notes_slide:
            found.append(slide.notes_slide.notes_text_frame.text if slide.notes_slide.notes_text_frame else "")
    return "\n".join(found)


def _lynx(page: str) -> str:
    page = re.sub(r"(?i)<meta[^>]*charset[^>]*>|^\s*<\?xml[^>]*\?>", "", page)
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8", errors="replace") as file:
        file.write(page)
        file.flush()
        shown = _run(
            "lynx", "-dump", "-nolist", "-width=1000", "-assume_charset=utf-8", "-display_charset=utf-8", file.name
        )
    return _MARKS.sub(" ", shown)


def _book(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        names = [
            name
            for name in archive.namelist()
            if re.search(r"\.x?html?$", name) and "nav" not in name and "toc" not in name
        ]
        return "\n".join(_lynx(_decoded(archive.read(name))) for name in names)


def _mail(path: Path) -> list[str]:
    data = path.read_bytes()
    if b"\0" in data[:4]:
        marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        data = data.decode("utf-16" if marked else "utf-16-be" if data[0] == 0 else "utf-16-le").encode()
    message = email.message_from_bytes(data, policy=email.policy.default)
    plain = rich = str(message["subject"] or "") + "\n"
    for part in message.walk():
        if part.get_content_disposition() != "attachment" and part.get_content_type() == "text/plain":
            plain += part.get_content()
        elif part.get_content_disposition() != "attachment" and part.get_content_type() == "text/html":
            rich += _lynx(part.get_content())
    return [plain, rich]


def _decoded(data: bytes, declared: bool = False) -> str:
    found = re.search(rb"(?:charset|encoding)\s*=\s*[\"']?([-\w]+)", data[:2000]) if declared else None
    encodings = ["utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"]
    for encoding in encodings + ([found[1].decode()] if found else []):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ValueError("its encoding is not declared")
