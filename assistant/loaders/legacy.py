"""Old Word, PowerPoint and Excel files: LibreOffice, where it is installed, turns them into today's formats."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder

_SECONDS = 90
_PLACES = ("soffice", "libreoffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice")
_LOCKED = ("DisableMacrosExecution", "DisableActiveContent", "BlockUntrustedRefererLinks")
_SETTING = (
    '<item oor:path="/org.openoffice.Office.Common/Security/Scripting">'
    '<prop oor:name="{}" oor:op="fuse"><value>true</value></prop></item>'
)
_REGISTRY = '<oor:items xmlns:oor="http://openoffice.org/2001/registry">{}</oor:items>'


def read_doc(data: bytes, builder: TextBuilder) -> Contents:
    """Read an old Word document."""
    from assistant.loaders.word import read_word

    return read_word(_converted(data, "doc", "docx"), builder)


def read_ppt(data: bytes, builder: TextBuilder) -> Contents:
    """Read an old PowerPoint presentation."""
    from assistant.loaders.slides import read_slides

    return read_slides(_converted(data, "ppt", "pptx"), builder)


def read_xls(data: bytes, builder: TextBuilder) -> Contents:
    """Read an old Excel workbook."""
    from assistant.loaders.sheets import read_sheets

    return read_sheets(_converted(data, "xls", "xlsx"), builder)


def office_program() -> str | None:
    """Return the path of LibreOffice, if it is installed."""
    return next((found for found in map(shutil.which, _PLACES) if found), None)


def _converted(data: bytes, old: str, new: str) -> bytes:
    """Return the file in the new format; macros, active content and links to elsewhere are off.

    Raises TimeoutExpired, upon which a worker process ends, and with it all that LibreOffice has started.
    """
    program = office_program()
    if program is None:
        raise LoadError(f"old Office files ({old}) need LibreOffice: install it, or save the file as {new.upper()}")
    with tempfile.TemporaryDirectory(prefix="assistant-") as folder:
        source, target, profile = (Path(folder, name) for name in (f"document.{old}", f"document.{new}", "profile"))
        source.write_bytes(data)
        registry = profile / "user" / "registrymodifications.xcu"
        registry.parent.mkdir(parents=True)
        registry.write_text(_REGISTRY.format("".join(map(_SETTING.format, _LOCKED))), encoding="utf-8")
        options = ["--headless", "--norestore", "--nolockcheck", "--convert-to", new, "--outdir", folder]
        quiet = subprocess.DEVNULL
        subprocess.run(
            [program, f"-env:UserInstallation={profile.as_uri()}", *options, str(source)],
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            timeout=_SECONDS,
            check=False,
        )
        if not target.exists():
            raise LoadError(f"LibreOffice can't open it (protected or damaged): save it as {new.upper()}")
        return target.read_bytes()
