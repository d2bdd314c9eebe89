"""Send wrong requests of every shape to every endpoint of the chat's server, and count the statuses.

    python tests/benchmarks/fuzz_http.py CORPUS INDEX [--requests 10000]

The first server error, or the first stack trace that is shown, ends it with the smallest request that brings it about.
"""

import argparse
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.fuzz import fuzz

from assistant import Assistant, Settings
from assistant.app import running


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus")
    parser.add_argument("index")
    parser.add_argument("--requests", type=int, default=10_000)
    options = parser.parse_args()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    settings = Settings(corpus=options.corpus, index=options.index, port=port)
    started = time.monotonic()
    with running(settings, lambda _: Assistant.open(options.index, settings=settings)) as address:
        statuses = fuzz(address, options.requests)
    counts = ", ".join(f"{count:,} × {status}" for status, count in sorted(statuses.items()))
    print(f"{statuses.total():,} requests in {time.monotonic() - started:.0f} s, no server error: {counts}")


if __name__ == "__main__":
    main()
