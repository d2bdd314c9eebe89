"""The commands as a person or a script types them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from assistant import BuildReport
from assistant.cli import main

ROOT = Path(__file__).parents[1]
Built = tuple[Path, BuildReport]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_ask_prints_one_json_object(built: Built, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "ask", "Who hosted the seminar?", "--index", str(built[0]), "--json")
    answer = json.loads(out)
    assert status == 0
    assert "Urban Development" in answer["text"]


def test_ask_for_a_person_shows_where_each_quote_stands(built: Built, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "ask", "Who hosted the seminar?", "--index", str(built[0]))
    assert status == 0
    assert "[1]" in out
    assert "assistant show" in out


def test_ask_takes_a_history_file(built: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = tmp_path / "history.json"
    history.write_text(json.dumps([{"role": "user", "content": "When did the seminar end?"}]))
    status, out, _ = run(capsys, "ask", "who hosted it", "--history", str(history), "--index", str(built[0]), "--json")
    assert status == 0
    assert "seminar" in json.loads(out)["standalone_question"]


def test_search_prints_a_json_array(built: Built, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "search", "seven themes", "-k", "3", "--index", str(built[0]), "--json")
    assert status == 0
    assert [result["rank"] for result in json.loads(out)] == [1, 2, 3]


def test_show_marks_a_span(built: Built, capsys: pytest.CaptureFixture[str]) -> None:
    index = str(built[0])
    _, text, _ = run(capsys, "show", "zunyi.md", "--index", index)
    start = text.index("Zunyi")
    status, out, _ = run(capsys, "show", "zunyi.md", "--start", str(start), "--end", str(start + 5), "--index", index)
    assert status == 0
    assert "»Zunyi«" in out


def test_status_and_check(built: Built, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(
        capsys, "status", "--check", "--json", "--index", str(built[0]), "--corpus", str(ROOT / "corpus")
    )
    state = json.loads(out)
    assert status == 0
    assert state["sound"]
    assert state["up_to_date"]
    assert state["documents"] == built[1].documents


def test_build_of_an_unchanged_corpus_reports_json(built: Built, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "build", "--json", "--index", str(built[0]), "--corpus", str(ROOT / "corpus"))
    report = json.loads(out)
    assert status == 0
    assert report["embedded"] == 0
    assert len(report["unchanged"]) == built[1].documents


def test_evaluate_prints_the_measures(built: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions = tmp_path / "questions.jsonl"
    rows = [
        {
            "question": "When did the seminar end?",
            "answers": ["24 July 2024"],
            "gold": [{"document": "programme-briefing.pdf"}],
        },
        {"question": "Which hotel did the participants stay in?", "answerable": False},
    ]
    questions.write_text("\n".join(json.dumps(row) for row in rows))
    status, out, _ = run(capsys, "evaluate", str(questions), "--index", str(built[0]), "--json")
    figures = json.loads(out)
    assert status == 0
    assert set(figures) >= {"retrieval", "answers", "refusal", "seconds"}
    assert set(figures["retrieval"]) >= {"recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10", "quotes"}
    assert figures["answers"]["quote_invariant"] == 1.0
    assert figures["refusal"]["recall"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ask", "Who?", "--index", "nowhere"], "assistant build"),
        (["ask", " ", "--index", "{index}"], "empty"),
        (["show", "nowhere.md", "--index", "{index}"], "nowhere.md"),
        (["show", "zunyi.md", "--start", "9", "--end", "3", "--index", "{index}"], "--start and --end"),
        (["evaluate", "nowhere.jsonl", "--index", "{index}"], "nowhere.jsonl"),
        (["build", "--corpus", "nowhere"], "--corpus"),
    ],
)
def test_an_error_is_one_line_with_the_remedy(
    built: Built, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    status, out, err = run(capsys, *(argument.format(index=built[0]) for argument in arguments))
    assert status == 1
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


def test_wrong_usage_exits_with_2() -> None:
    with pytest.raises(SystemExit) as stop:
        main(["ask"])
    assert stop.value.code == 2


@pytest.mark.parametrize(
    "code", ["import assistant", "from assistant.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass"]
)
def test_importing_and_help_load_no_torch(code: str) -> None:
    heavy = "{'torch', 'faiss', 'gradio', 'transformers', 'numpy'}"
    check = f"{code}\nimport sys; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, check=False).returncode == 0


def test_the_module_runs_as_a_command() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "assistant", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.startswith("assistant ")
