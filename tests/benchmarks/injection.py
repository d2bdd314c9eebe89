"""Show strings of mischief, as documents and as questions, in every view of the page in Debian's chromium.

    python tests/benchmarks/injection.py [--every N]

What must be seen: nothing executed, nothing asked for outside.
"""

import argparse
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults import injections

from assistant import Assistant, Settings, build_index
from assistant.app import running


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="take each N-th string only")
    options = parser.parse_args()
    hits: list[str] = []
    with (
        tempfile.TemporaryDirectory() as scratch,
        injections.listener(hits) as outside,
        sync_playwright() as playwright,
    ):
        mischief = injections.strings(outside)[:: options.every]
        corpus, index = Path(scratch, "corpus"), Path(scratch, "index")
        injections.write(corpus, mischief)
        report = build_index(corpus, index)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = int(probe.getsockname()[1])
        settings = Settings(corpus=str(corpus), index=str(index), port=port)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with running(settings, lambda _: Assistant.open(index, settings=settings)) as address:
            found = injections.shown_everywhere(browser, address, mischief)
        browser.close()
    print(
        f"{len(mischief)} strings in {report.documents} documents, {found.shown} asked, {found.views} views: "
        f"{len(found.executed)} executed, {len(found.outside) + len(hits)} outside requests"
    )
    print(*found.executed, *found.outside, *hits, sep="\n")


if __name__ == "__main__":
    main()
