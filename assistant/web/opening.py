"""An assistant that is being opened while the page is already up, and takes up each newer index."""

import logging
import threading
from collections.abc import Callable

from assistant.assistant import Assistant
from assistant.errors import AssistantError
from assistant.schema import Progress
from assistant.web.suggestions import Suggester

Ready = Callable[[Progress], Assistant]
"""Opens the assistant, and tells (stage, done, total) of what that takes."""
_LOOK = 1.0
_log = logging.getLogger(__name__)


class Opening:
    """Opens an assistant in a thread; those who need it wait for it."""

    def __init__(self, ready: Ready) -> None:
        """Use ``ready`` to open the assistant, once ``start`` is called."""
        self._ready = ready
        self._done = threading.Event()
        self._closed = threading.Event()
        self._assistant: Assistant | None = None
        self._suggester: Suggester | None = None
        self._error = AssistantError("The documents could not be opened; the reason stands in the server's log.")
        self._stage = ("opening", 0, 0)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to open, and return at once."""
        self._thread = threading.Thread(target=self._open, name="opening", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether it is open, or has failed."""
        return self._done.is_set()

    @property
    def error(self) -> str:
        """Why it could not be opened, in words; empty if it could."""
        return str(self._error) if self.done and not self._assistant else ""

    @property
    def stage(self) -> tuple[str, int, int]:
        """What is being done to open it: (stage, done, total), of which total may be 0."""
        return self._stage

    @property
    def generation(self) -> int:
        """The index's generation that answers; 0 as long as none does."""
        return self._assistant.generation if self._assistant else 0

    @property
    def documents(self) -> int:
        """How many documents answer; 0 as long as none does."""
        return len(self._assistant.documents()) if self._assistant else 0

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
            self._done.clear()
            self.start()
        self.assistant().reload()

    def close(self) -> None:
        """Let go of the assistant, if it was opened."""
        self._closed.set()
        if self._assistant and self._thread:
            self._thread.join()
            self._assistant.close()

    def _open(self) -> None:
        try:
            assistant = self._ready(self._tell)
            assistant.warm_up()
            self._assistant = assistant
            self._suggester = Suggester(assistant)
        except AssistantError as error:
            self._error = error
            _log.error("%s", error)
            return
        finally:
            self._done.set()
        self._suggester.examples()
        self._keep_up(assistant)

    def _tell(self, stage: str, done: int, total: int) -> None:
        self._stage = (stage, done, total)

    def _keep_up(self, assistant: Assistant) -> None:
        """Take up each newer generation; one that can't be opened leaves the old one answering."""
        told = ""
        while not self._closed.wait(_LOOK):
            try:
                if assistant.is_outdated():
                    assistant.reload()
                told = ""
            except AssistantError as error:
                if str(error) != told:
                    _log.error("The index in use stays in use: %s", error)
                told = str(error)
