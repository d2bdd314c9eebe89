"""The command line: every command prints for a person, or one JSON value with ``--json``."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import __version__
from assistant.errors import AssistantError, BuildError, QuestionError
from assistant.schema import Answer, BuildReport, Explanation, Progress, Scope
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.assistant import Assistant

_CONTEXT = 300


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 an error, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.load(
            flags={name: getattr(options, name, None) for name in ("corpus", "index", "host", "port")}
        )
        status: int = options.run(options, settings)
        return status
    except AssistantError as error:
        print(f"assistant: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        print("assistant: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="assistant", description="Answers questions from documents, and proves every sentence."
    )
    parser.add_argument("--version", action="version", version=f"assistant {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace, Settings], int], text: str, *options: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        sub.set_defaults(run=run)
        if "corpus" in options:
            sub.add_argument("--corpus", metavar="DIR", help="folder with the documents (default: corpus)")
        sub.add_argument("--index", metavar="DIR", help="folder of the index (default: index)")
        if "json" in options:
            sub.add_argument("--json", action="store_true", help="print one JSON value and nothing else")
        return sub

    chat = command("chat", _chat, "bring the index up to date and open the web chat", "corpus")
    chat.add_argument("--host", metavar="H", help="address to listen on (default: 127.0.0.1)")
    chat.add_argument("--port", metavar="P", type=int, help="port to listen on (default: 7860)")
    chat.add_argument("--no-build", action="store_true", help="serve the index as it is: one of several servers")
    build = command("build", _build, "bring the index up to date with the documents", "corpus", "json")
    build.add_argument("--rebuild", action="store_true", help="build everything anew")
    build.add_argument("--watch", action="store_true", help="then build again whenever a document changes")
    ask = command("ask", _ask, "answer a question, each sentence cited", "json")
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument("--history", metavar="FILE.json", help="the conversation so far: a list of {role, content}")
    ask.add_argument("--why", action="store_true", help="say too what was considered, stage by stage")
    _add_scope(ask)
    search = command("search", _search, "list the passages found for a question", "json")
    search.add_argument("question", metavar="QUESTION")
    search.add_argument("-k", type=int, default=5, metavar="N", help="how many passages (default: 5)")
    _add_scope(search)
    show = command("show", _show, "show a document's text, or a span of it in its surroundings")
    show.add_argument("document", metavar="DOCUMENT")
    show.add_argument("--start", type=int, metavar="N", help="first character of the span")
    show.add_argument("--end", type=int, metavar="N", help="the character after the span")
    status = command(
        "status", _status, "say what the index holds and whether it is sound and up to date", "corpus", "json"
    )
    status.add_argument("--check", action="store_true", help="verify every file, chunk and vector of the index")
    evaluate = command("evaluate", _evaluate, "measure retrieval, answers and refusal on a question file", "json")
    evaluate.add_argument("questions", metavar="QUESTIONS.jsonl")
    calibrate = command("calibrate", _calibrate, "fit confidence and refusal to a question file", "json")
    calibrate.add_argument("questions", metavar="QUESTIONS.jsonl")
    migrate = command("migrate", _migrate, "move the vectors to another vector store without embedding anew")
    migrate.add_argument("--to", metavar="ADDRESS", required=True, help="faiss, milvus:http://HOST:19530, milvus:X.db")
    return parser


def _add_scope(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--document", metavar="ID", action="append", default=[], help="only from this document (may be repeated)"
    )
    command.add_argument("--language", metavar="CODE", default="", help="only from documents of this language, as ur")
    command.add_argument("--since", metavar="DATE", default="", help="only from documents dated 2024-07-15 or later")
    command.add_argument("--until", metavar="DATE", default="", help="… dated so or earlier; a year or month will do")


def _scope(options: argparse.Namespace) -> Scope:
    return Scope(options.document, options.language, options.since, options.until)


def _open(settings: Settings) -> "Assistant":
    from assistant.assistant import Assistant

    return Assistant.open(settings.index, settings=settings)


def _chat(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.app import serve

    with _ProgressBar() as bar:

        def ready(progress: Progress) -> "Assistant":
            return _open(settings) if options.no_build else _brought_up_to_date(settings, bar, progress)

        serve(settings, ready, sys.stdout.isatty())
    return 0


def _brought_up_to_date(settings: Settings, *told: Progress) -> "Assistant":
    """Return the assistant over an index that is up to date with its corpus."""
    from assistant.assistant import Assistant
    from assistant.embedder import open_embedder
    from assistant.ingest import build_index

    def progress(stage: str, done: int, total: int) -> None:
        for tell in told:
            tell(stage, done, total)

    embedder = open_embedder(settings.embedding_model, settings.threads)
    report = build_index(settings.corpus, settings.index, settings=settings, embedder=embedder, progress=progress)
    _say_report(report)
    return Assistant.open(settings.index, settings=settings, embedder=embedder)


def _build(options: argparse.Namespace, settings: Settings) -> int:
    _build_once(options, settings, options.rebuild)
    if not options.watch:
        return 0
    from assistant.watching import changes

    print(f"Watching {settings.corpus}; Ctrl-C ends it.", file=sys.stderr)
    try:
        for _ in changes(Path(settings.corpus)):
            try:
                _build_once(options, settings, rebuild=False)
            except BuildError as error:
                print(f"assistant: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nNo longer watching.", file=sys.stderr)
    return 0


def _build_once(options: argparse.Namespace, settings: Settings, rebuild: bool) -> None:
    from assistant.ingest import build_index

    with _ProgressBar() as progress:
        report = build_index(settings.corpus, settings.index, rebuild=rebuild, settings=settings, progress=progress)
    if options.json and options.watch:
        print(json.dumps(report.to_dict(), ensure_ascii=False), flush=True)
    elif options.json:
        _print_json(report.to_dict())
    else:
        _say_report(report)


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    history = _history(Path(options.history)) if options.history else []
    with _open(settings) as assistant:
        answer = assistant.ask(options.question, history, _scope(options))
        why = assistant.explain(options.question, history, _scope(options)) if options.why else []
    if options.json:
        _print_json(answer.to_dict() | ({"why": [part.to_dict() for part in why]} if options.why else {}))
    else:
        _say_answer(answer)
        for part in why:
            _say_why(part)
    return 0


def _search(options: argparse.Namespace, settings: Settings) -> int:
    with _open(settings) as assistant:
        results = assistant.retrieve(options.question, options.k, _scope(options))
    if options.json:
        _print_json([result.to_dict() for result in results])
        return 0
    for result in results:
        place = _place(result.title, result.page, result.section)
        print(f"{result.rank}. {place}  ({result.document}, {result.score:.2f})\n   {result.text}\n")
    return 0


def _show(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.index import Index

    index = Index.open(Path(settings.index))
    try:
        document = index.document(options.document)
    finally:
        index.close()
    if options.start is None and options.end is None:
        print(document.text)
        return 0
    start, end = options.start or 0, len(document.text) if options.end is None else options.end
    if not 0 <= start < end <= len(document.text):
        raise QuestionError(f"“{document.id}” has {len(document.text)} characters; give --start and --end within them.")
    before, after = document.text[max(0, start - _CONTEXT) : start], document.text[end : end + _CONTEXT]
    print(_place(document.title, document.page_at(start), document.headings_at(start)), end="\n\n")
    first, last = "…" if start > _CONTEXT else "", "…" if end + _CONTEXT < len(document.text) else ""
    print(f"{first}{before}»{document.text[start:end]}«{after}{last}")
    return 0


def _status(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.status import describe

    state = describe(Path(settings.corpus), Path(settings.index), check=options.check)
    if options.json:
        _print_json(state)
        return 0
    print(f"{state['documents']} documents, {state['chunks']} chunks, generation {state['generation']}, model ", end="")
    print(state["embedding_model"])
    print("The index is sound." if options.check else "Files verified by their checksums.")
    for key in ("new", "changed", "gone"):
        for name in state[key]:
            print(f"  {key}: {name}")
    for name, reason in state["failed"].items():
        print(f"  not taken: {name} ({reason})")
    print("It is up to date." if state["up_to_date"] else "It is not up to date; run: assistant build")
    return 0


def _evaluate(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.evaluation import evaluate, read_questions

    items = read_questions(Path(options.questions))
    with _open(settings) as assistant, _ProgressBar() as progress:
        figures = evaluate(assistant, items, lambda done, total: progress("asking", done, total))
    if options.json:
        _print_json(figures)
        return 0
    for group, values in figures.items():
        flat = values if isinstance(values, dict) else {"": values}
        print(
            f"{group}: "
            + ", ".join(f"{key} {value}".strip() for key, value in flat.items() if not isinstance(value, dict))
        )
        for name, inner in flat.items():
            if isinstance(inner, dict):
                print(f"  {name}: " + ", ".join(f"{key} {value}" for key, value in inner.items()))
    return 0


def _calibrate(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.assistant import Assistant
    from assistant.calibration import store
    from assistant.evaluation import calibrate, read_questions

    items = read_questions(Path(options.questions))
    with Assistant.open(settings.index, settings=settings, calibrated=False) as assistant, _ProgressBar() as progress:
        found, figures = calibrate(assistant, items, lambda done, total: progress("asking", done, total))
    store(Path(settings.index), found)
    if options.json:
        _print_json(figures)
    else:
        print(", ".join(f"{key.replace('_', ' ')} {value}" for key, value in figures.items()))
    return 0


def _migrate(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.ingest import migrate

    number = migrate(settings.index, options.to)
    print(f"The vectors are in {options.to} now (generation {number}).")
    return 0


class _ProgressBar:
    """A bar a stage on a terminal, nothing elsewhere."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._stage = ""

    def __enter__(self) -> Progress:
        return self._report

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.close()

    def _report(self, stage: str, done: int, total: int) -> None:
        from tqdm import tqdm

        if stage != self._stage:
            if self._bar:
                self._bar.close()
            self._stage = stage
            self._bar = tqdm(total=total, desc=stage, disable=None, file=sys.stderr, leave=False)
        self._bar.total = total
        self._bar.update(done - self._bar.n)


def _say_report(report: BuildReport) -> None:
    if report.notice:
        print(report.notice, file=sys.stderr)
    print(
        f"{report.documents} documents, {report.chunks} chunks; {report.embedded} chunks embedded "
        f"in {report.seconds:.1f} s (generation {report.generation}).",
        file=sys.stderr,
    )
    for word, items in (("added", report.added), ("updated", report.updated), ("removed", report.removed)):
        for item in items:
            print(f"  {word}: {item.document}{f' ({item.reason})' if item.reason else ''}", file=sys.stderr)
    if report.unchanged:
        print(f"  unchanged: {len(report.unchanged)}", file=sys.stderr)
    for item in report.duplicates:
        print(f"  {'near ' if item.chunks else ''}duplicate: {item.document} {item.reason}", file=sys.stderr)
    for item in report.failed:
        print(f"  not taken: {item.reason}", file=sys.stderr)


def _say_answer(answer: Answer) -> None:
    if answer.standalone_question != answer.question:
        print(f"Understood as: {answer.standalone_question}\n")
    print(answer.text)
    if answer.citations:
        print()
    for citation in answer.citations:
        print(f"[{citation.marker}] {_place(citation.title, citation.page, citation.section)}")
        print(f"    assistant show {citation.document} --start {citation.start} --end {citation.end}")
    if answer.notice:
        print(f"\n{answer.notice}")
    for dropped in answer.dropped:
        print(f"\nNot shown: {dropped.text}\n    ({dropped.reason})")
    written = len(answer.sentences) + len(answer.dropped)
    proved = "" if answer.engine == "extractive" else f", {len(answer.sentences)} of {written} sentences verified"
    print(f"\n{answer.verdict.replace('_', ' ')}, confidence {answer.confidence:.0%}{proved}")


def _say_why(part: Explanation) -> None:
    print(f"\nWhy: {part.question}\n  confidence {part.confidence:.2f}, answered from {part.threshold:.2f} on")
    if part.absent:
        print(f"  {part.absent} says expressly that this is not known")
    for passage in part.passages:
        read = "" if passage.read is None else f", read {passage.read:.2f}"
        print(
            f"  {_place(passage.title, passage.page, passage.section)}: cosine {passage.cosine:.2f}, "
            f"BM25 {passage.bm25:.1f}, fused {passage.fused:.2f}{read}"
        )
    for sentence in part.sentences:
        print(f"  {sentence.probability:.2f}  {' '.join(sentence.text.split())}")


def _place(title: str, page: int | None, section: Sequence[str]) -> str:
    parts = [title, *([f"page {page}"] if page else []), *[heading for heading in section[-1:] if heading != title]]
    return ", ".join(parts)


def _history(path: Path) -> list[dict[str, str]]:
    try:
        turns = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise QuestionError(f"The history file “{path}” can't be read ({error}).") from error
    if not isinstance(turns, list):
        raise QuestionError(f"The history file “{path}” must hold a list of turns with role and content.")
    return turns


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
