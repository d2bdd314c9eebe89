"""Measures the web chat's start and its first words, each against `import gradio` in the same run.

    python tests/benchmarks/web_speed.py [--rounds 5] [--questions 40] [--index DIR]

A round takes, in turn: a Python that imports gradio and ends; `assistant chat` over an index that is up to date, from
its process's start to the first connection that it takes; and from then on until Chromium, already running, shows the
page with the question's field focused (the page's script does that last). Then, once the documents are open, questions
are asked one at a time as the page asks them; the first words are there when the first event with an answer is.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from served import Chat, chat

from assistant.evaluation import read_questions
from assistant.ingest import build_index

ROOT = Path(__file__).parents[2]


def import_seconds() -> float:
    """Return the seconds that a process takes which imports gradio alone."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio"], check=True, capture_output=True)
    return time.perf_counter() - started


def usable_seconds(page: Page, running: Chat) -> float:
    """Return the seconds from listening until the page takes a question."""
    page.goto(running.address, wait_until="commit")
    page.locator("#question:focus").wait_for(timeout=300_000)
    return time.perf_counter() - running.listening


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--index", type=Path, help="an index of corpus/ to use (default: one is built)")
    options = parser.parse_args()
    asked = [item.question for item in read_questions(ROOT / "tests/quality/questions.jsonl")][: options.questions]
    imports, listens, usables, firsts = [], [], [], []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        index = options.index or Path(folder) / "index"
        build_index(ROOT / "corpus", index)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for number in range(options.rounds):
            imports.append(import_seconds())
            with browser.new_context() as context, chat(ROOT / "corpus", index) as running:
                listens.append(running.listening - running.started)
                usables.append(usable_seconds(context.new_page(), running))
                running.wait()
                if number == options.rounds - 1:
                    running.call("reply", "warm", [], [], "en")
                    firsts = [running.call("reply", question, [], [], "en")[1] for question in asked]
        browser.close()
    ratio = statistics.median(one / other for one, other in zip(listens, imports, strict=True))
    print(f"import gradio: {statistics.median(imports):.2f} s")
    print(f"listening after: {statistics.median(listens):.2f} s, {ratio:.2f} times that (median of the rounds' ratios)")
    print(f"page usable after listening: {statistics.median(usables):.2f} s, at worst {max(usables):.2f} s")
    p95 = statistics.quantiles(firsts, n=20)[-1]
    print(f"first words, warm: p50 {statistics.median(firsts) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")


if __name__ == "__main__":
    main()
