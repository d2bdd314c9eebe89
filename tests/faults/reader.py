"""A process that reads an index until its input ends, and tells what it saw as JSON.

    python tests/faults/reader.py INDEX [--anew]

It asks one assistant, in two threads, which takes up each new generation; or opens the index anew each time.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes import LetterEmbedder

from assistant import Assistant, Settings
from assistant.errors import AssistantError
from assistant.index import Index
from faults.world import Mixed, tags, whole

_PAUSE = 0.02


class Reader:
    """Counts what is read, and what was wrong with it."""

    def __init__(self, index: Path) -> None:
        self._index = index
        self._over = threading.Event()
        self.reads, self.errors, self.generations = 0, list[str](), set[int]()

    def until_the_input_ends(self) -> None:
        """Have the threads stop when there is nothing more on standard input."""
        sys.stdin.read()
        self._over.set()

    def ask(self, bot: Assistant) -> None:
        """Ask the assistant; all passages of a result are of one version, and generations never go back."""
        last = 0
        while not self._over.wait(_PAUSE):
            try:
                found = tags([hit.text for hit in bot.retrieve("Where is the bridge of the village?", k=20)])
                titles = tags(list(bot.documents().values()))
            except AssistantError as error:
                self.errors.append(str(error))
                continue
            self._note(bot.generation, last, len(found) == len(titles) == 1, f"{found} {titles} {bot.notice}")
            last = bot.generation

    def open_anew(self) -> None:
        """Open the index and read all of it, over and over."""
        last = 0
        while not self._over.wait(_PAUSE):
            try:
                opened = Index.open(self._index)
                try:
                    whole(opened)
                    self._note(opened.number, last, True, "")
                    last = opened.number
                finally:
                    opened.close()
            except (AssistantError, Mixed) as error:
                self.errors.append(str(error))

    def _note(self, generation: int, last: int, whole: bool, what: str) -> None:
        self.reads += 1
        self.generations.add(generation)
        if not whole or generation < last:
            self.errors.append(f"generation {generation} after {last}: {what}")


def main() -> None:
    index, anew = Path(sys.argv[1]), "--anew" in sys.argv
    reader = Reader(index)
    before = len(os.listdir("/proc/self/fd"))
    bot = None if anew else Assistant.open(index, embedder=LetterEmbedder(), settings=Settings(rerank=False))
    targets = [lambda: reader.ask(bot)] * 2 if bot else [reader.open_anew]
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    reader.until_the_input_ends()
    for thread in threads:
        thread.join()
    if bot:
        bot.close()
    time.sleep(0.1)
    handles = len(os.listdir("/proc/self/fd")) - before
    told = {"reads": reader.reads, "errors": reader.errors[:5], "wrong": len(reader.errors),
            "generations": len(reader.generations), "handles": handles}  # fmt: skip
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
