"""An assistant that is being opened while the page is already up."""

import threading
from collections.abc import Callable

from assistant.assistant import Assistant
from assistant.errors import AssistantError
from assistant.web.suggestions import Suggester


class Opening:
    """Opens an assistant in a thread; those who need it wait for it."""

    def __init__(self, ready: Callable[[], Assistant]) -> None:
        """Use ``ready`` to open the assistant, once ``start`` is called."""
        self._ready = ready
        self._done = threading.Event()
        self._assistant: Assistant | None = None
        self._suggester: Suggester | None = None
        self._error = AssistantError("The documents could not be opened; the reason stands in the server's log.")

    def start(self) -> None:
        """Begin to open, and return at once."""
        threading.Thread(target=self._open, name="opening", daemon=True).start()

    @property
    def done(self) -> bool:
        """Whether it is open, or has failed."""
        return self._done.is_set()

    @property
    def error(self) -> str:
        """Why it could not be opened, in words; empty if it could."""
        return str(self._error) if self.done and not self._assistant else ""

    def assistant(self) -> Assistant:
        """Return the assistant as soon as it is open; raises the AssistantError that prevented it."""
        self._done.wait()
        if not self._assistant:
            raise self._error
        return self._assistant

    def suggester(self) -> Suggester:
        """Return the suggester of the open assistant; raises as ``assistant`` does."""
        assistant = self.assistant()
        if self._suggester is None:
            self._suggester = Suggester(assistant)
        return self._suggester

    def refresh(self) -> None:
        """Take up what a build has made, the first index too; raises the AssistantError that prevents it."""
        if self._done.is_set() and not self._assistant:
            self._open()
        self.assistant().reload()

    def close(self) -> None:
        """Let go of the assistant, if it was opened."""
        if self._assistant:
            self._assistant.close()

    def _open(self) -> None:
        try:
            assistant = self._ready()
            assistant.warm_up()
            self._assistant = assistant
            self._suggester = Suggester(assistant)
        except AssistantError as error:
            self._error = error
        finally:
            self._done.set()
