"""Which programs outside this package its readers can call upon."""

from typing import Any

from assistant import __version__
from assistant.loaders.legacy import office_program
from assistant.loaders.tesseract import installed_languages


def tools() -> dict[str, Any]:
    """Return what decides, beside a file's content, how much of it can be read: JSON values."""
    return {
        "version": __version__,
        "tesseract": list(installed_languages()),
        "libreoffice": office_program() is not None,
    }
