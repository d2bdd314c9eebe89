"""The words of files as tools say that share no code with the readers: pdftotext, LibreOffice, lynx, email."""

import email
import email.policy
import html
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path

_TEXT = "txt:Text (encoded):UTF8"
_SHEETS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
_SECONDS = 60
_MARKUP = re.compile(r"</?[a-zA-Z][^>]*>|<!--.*?-->|\]\([^)]*\)", re.S)
_OFFICE = {"doc": _TEXT, "docx": _TEXT, "odt": _TEXT, "rtf": _TEXT, "xlsx": _SHEETS, "xls": _SHEETS, "ods": _SHEETS}
_SLIDES = {"ppt", "pptx", "odp"}


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
            return [_run("pdftotext", "-enc", "UTF-8", str(path), "-")]
        if kind in _OFFICE or kind in _SLIDES:
            text = _office(path, _OFFICE.get(kind, "pdf"))
            return [] if text.count("\\pard") > 3 else [text]
        if kind in ("html", "htm", "xhtml"):
            return [_lynx(_decoded(path.read_bytes()))]
        if kind == "epub":
            return [_book(path)]
        if kind == "eml":
            return _mail(path)
        if kind in ("txt", "csv"):
            return [_decoded(path.read_bytes())]
        if kind == "md":
            return [html.unescape(_MARKUP.sub(" ", _decoded(path.read_bytes())))]
    except (subprocess.TimeoutExpired, zipfile.BadZipFile, LookupError, ValueError, OSError) as error:
        print(f"no reference for {path.name}: {error!r:.100}")
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


def _lynx(page: str) -> str:
    page = re.sub(r"(?i)<meta[^>]*charset[^>]*>|^\s*<\?xml[^>]*\?>", "", page)
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8", errors="replace") as file:
        file.write(page)
        file.flush()
        return _run(
            "lynx", "-dump", "-nolist", "-width=1000", "-assume_charset=utf-8", "-display_charset=utf-8", file.name
        )


def _book(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        names = [
            name
            for name in archive.namelist()
            if re.search(r"\.x?html?$", name) and "nav" not in name and "toc" not in name
        ]
        return "\n".join(_lynx(_decoded(archive.read(name))) for name in names)


def _mail(path: Path) -> list[str]:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    plain = rich = str(message["subject"] or "") + "\n"
    for part in message.walk():
        if part.get_content_disposition() != "attachment" and part.get_content_type() == "text/plain":
            plain += part.get_content()
        elif part.get_content_disposition() != "attachment" and part.get_content_type() == "text/html":
            rich += _lynx(part.get_content())
    return [plain, rich]


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "cp1252", "latin-1"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("no encoding fits")
