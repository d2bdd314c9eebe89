"""A process that builds version after version until it is killed, and tells each that is done.

python tests/faults/builder.py FOLDER FIRST [--prefix LETTER] [--until N] [--pause SECONDS] [--workers]
"""

import argparse
import random
import sys
import time
from contextlib import nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes import LetterEmbedder

from assistant import build_index
from assistant.errors import BuildError
from faults.world import World, reading_here


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("first", type=int)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--prefix", default="")
    parser.add_argument("--until", type=int, default=10_000)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--workers", action="store_true", help="read documents in processes of their own, as ever")
    options = parser.parse_args()
    world = World(options.folder)
    version = options.first
    print("ready", flush=True)
    while version < options.until:
        world.write(f"{options.prefix}{version}")
        try:
            with nullcontext() if options.workers else reading_here():
                report = build_index(world.corpus, options.index or world.index, embedder=LetterEmbedder())
        except BuildError as error:
            if "Another build" not in str(error):
                raise
            time.sleep(random.uniform(0, 0.05))
            continue
        print(version, report.generation, flush=True)
        version += 1
        time.sleep(random.uniform(0, 2 * options.pause))


if __name__ == "__main__":
    main()
