"""A process with little memory that opens forged index files and searches them; a crash here is the finding.

python tests/faults/forger.py INDEX TIMES
"""

import json
import random
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes import LetterEmbedder

from assistant.engine import VECTORS
from assistant.errors import AssistantError
from assistant.index import Index
from assistant.store import RECORDS, file_sha256
from faults.damage import forge
from faults.world import REMEDY, World


def main() -> None:
    index, times = Path(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (3_000_000_000, 3_000_000_000))
    folder = sorted((index / "generations").iterdir())[-1]
    good = {name: (folder / name).read_bytes() for name in (RECORDS, VECTORS)}
    manifest = json.loads((folder / "manifest.json").read_bytes())
    chance = random.Random(3)
    for number in range(times):
        name = VECTORS if number % 3 else RECORDS
        (folder / name).write_bytes(_altered(good[name], chance))
        entry = {"bytes": len(good[name]), "sha256": file_sha256(folder / name)}
        files = {**manifest["files"], name: entry}
        forge(World(index.parent), folder / "manifest.json", json.dumps({**manifest, "files": files}).encode())
        print(_opened(index), flush=True)
        (folder / name).write_bytes(good[name])


def _altered(content: bytes, chance: random.Random) -> bytes:
    altered = bytearray(content)
    for _ in range(chance.choice([1, 1, 4])):
        place = chance.randrange(chance.choice([len(altered), min(200, len(altered))]))
        altered[place] = chance.choice([altered[place] ^ 1 << chance.randrange(8), 0xFF, 0x7F, 0])
    return bytes(altered)


def _opened(index: Path) -> str:
    try:
        opened = Index.open(index)
        try:
            opened.search_vectors(LetterEmbedder().embed(["land"])[0], 5)
            opened.search_words(["land"], 5)
            list(opened.titles())
        finally:
            opened.close()
    except AssistantError as error:
        return "told" if REMEDY.search(str(error)) else f"WRONG: {error}"
    except Exception as error:  # noqa: BLE001 - any other error is the finding
        return f"WRONG: {type(error).__name__}: {error}"
    return "opened"


if __name__ == "__main__":
    main()
