"""Talks to an OpenAI-compatible server: a conversation goes out, words stream back, within limits of time and size."""

import os
import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistant.errors import ServerError
from assistant.settings import KEY_VARIABLE, Settings

if TYPE_CHECKING:
    import httpx2

MOST_BYTES = 2_000_000
"""What a server may send for one reply, all told."""
_CHARACTERS_A_TOKEN = 12
_IDLE_SECONDS = 5.0
"""A reader thread whose reply nobody waits for any more notices so within this time."""


class Generator:
    """Streams a model's reply; each call has a connection of its own, so it is safe to use from several threads."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] | None = None) -> None:
        """Take the server's address, model and limits, and its key from the environment alone.

        Raises ServerError if the client library is not installed.
        """
        try:
            import openai  # noqa: F401 - whether it is there is told now, not with the first question
        except ImportError as error:
            raise ServerError(
                "The language model's client is not installed; run pip install '.[model]', or remove model_url."
            ) from error
        self.name = settings.model_name
        self._url = settings.model_url
        self._wait = settings.model_wait
        self._seconds = settings.model_seconds
        self._tokens = settings.model_tokens
        self._key = (os.environ if environment is None else environment).get(KEY_VARIABLE) or "none"

    def stream(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]:
        """Yield the reply's pieces; raises ServerError when the server fails or a limit is passed.

        The words of a server's error are not repeated: they may hold the key.
        """
        started = time.monotonic()
        pieces: queue.Queue[str | ServerError | None] = queue.Queue()
        stop = threading.Event()
        worker = threading.Thread(target=self._read, args=(messages, pieces, stop), daemon=True)
        worker.start()
        length = 0
        try:
            while True:
                limit = self._seconds if length else min(self._wait, self._seconds)
                try:
                    piece = pieces.get(timeout=max(0.0, started + limit - time.monotonic()))
                except queue.Empty:
                    raise ServerError(f"its server did not answer in {limit} seconds") from None
                if piece is None:
                    return
                if isinstance(piece, ServerError):
                    raise piece
                length += len(piece)
                if length > self._tokens * _CHARACTERS_A_TOKEN:
                    raise ServerError("its server sends without end")
                yield piece
        finally:
            stop.set()

    def _read(
        self,
        messages: Sequence[Mapping[str, str]],
        pieces: "queue.Queue[str | ServerError | None]",
        stop: threading.Event,
    ) -> None:
        import httpx2
        import openai

        limits = httpx2.Timeout(min(_IDLE_SECONDS, self._wait), read=float(self._wait))
        try:
            with (
                httpx2.Client(transport=_limited(stop), timeout=limits, follow_redirects=False) as transport,
                openai.OpenAI(base_url=self._url, api_key=self._key, max_retries=0, http_client=transport) as client,
            ):
                reply: Any = client.chat.completions.create(
                    model=self.name,
                    messages=list(messages),  # type: ignore[arg-type]
                    stream=True,
                    temperature=0,
                    max_tokens=self._tokens,
                )
                for event in reply:
                    for choice in event.choices or []:
                        if text := getattr(choice.delta, "content", None):
                            pieces.put(str(text))
            pieces.put(None)
        except openai.APIStatusError as error:
            pieces.put(ServerError(f"its server answered with the error {error.status_code}"))
        except openai.APITimeoutError:
            pieces.put(ServerError("its server is too slow"))
        except (openai.APIConnectionError, httpx2.HTTPError):
            pieces.put(ServerError("its server can't be reached, or broke off"))
        except (openai.OpenAIError, ValueError, AttributeError, TypeError):
            pieces.put(ServerError("its server does not answer as an OpenAI-compatible server does"))


def _limited(stop: threading.Event) -> "httpx2.BaseTransport":
    """Return a transport that breaks off when nobody waits any more or too many bytes have come."""
    import httpx2

    class Limited(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            response = super().handle_request(request)
            response.stream = Counted(response.stream)  # type: ignore[arg-type]
            return response

    class Counted(httpx2.SyncByteStream):
        def __init__(self, stream: httpx2.SyncByteStream) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for part in self._stream:
                size += len(part)
                if stop.is_set() or size > MOST_BYTES:
                    raise httpx2.ReadError("more than is taken")
                yield part

        def close(self) -> None:
            self._stream.close()

    return Limited()
