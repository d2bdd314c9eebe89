"""Old Word, PowerPoint and Excel files: LibreOffice, where it is installed, turns them into today's formats."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from assistant.errors import LoadError
from assistant.loaders.builder import Contents, TextBuilder

_SECONDS = 90
_PLACES = ("soffice", "libreoffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice")


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


def _converted(data: bytes, old: str, new: str) -> bytes:
    program = next((found for found in map(shutil.which, _PLACES) if found), None)
    if program is None:
        raise LoadError(
            f"old Office files ({old.upper()}) need LibreOffice: install it, or save the file as {new.upper()}"
        )
    with tempfile.TemporaryDirectory(prefix="assistant-") as folder:
        source = Path(folder, f"document.{old}")
        source.write_bytes(data)
        command = [
            program, f"-env:UserInstallation={Path(folder, 'profile').as_uri()}", "--headless", "--norestore",
            "--nolockcheck", "--convert-to", new, "--outdir", folder, str(source),
        ]  # fmt: skip
        try:
            subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired as error:
            raise LoadError(
                f"LibreOffice took more than {_SECONDS} seconds over it: save it as {new.upper()}"
            ) from error
        target = Path(folder, f"document.{new}")
        if not target.exists():
            raise LoadError(f"LibreOffice can't open it (protected or damaged): save it as {new.upper()}")
        return target.read_bytes()
