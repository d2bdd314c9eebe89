"""Imports point downwards, each heavy library has one owner, and the public names are those promised."""

import ast
import re
from importlib.metadata import version
from pathlib import Path

import pytest

import assistant

PACKAGE = Path(assistant.__file__).parent
LAYERS = [
    {"errors"},
    {"schema", "logistic", "phrases", "language", "markdown", "disk"},
    {"settings", "sentences", "terms", "absence", "measures", "loaders", "store", "sandbox", "duplicates", "versions"},
    {"onnx_model"},
    {"encoder", "e5_file", "followup", "calibration", "smalltalk", "generator", "prompts", "agreement"},
    {"embedder"},
    {
        "reader",
        "splitter",
        "question",
        "names",
        "worker",
        "parsing",
        "spelling",
        "transliteration",
        "chinese",
        "glossary",
        "vectors",
        "verification",
    },
    {"lexical", "cluster", "gloss"},
    {"milvus"},
    {"engine"},
    {"index", "direct", "writer"},
    {"plan", "soundness", "translation"},
    {"report"},
    {"retriever", "ingest", "watching"},
    {"evidence", "status"},
    {"disagreement", "quotes"},
    {"answerer"},
    {"explanation"},
    {"assistant"},
    {"evaluation", "web"},
    {"app"},
    {"cli"},
    {"__init__", "__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
OWNERS = {
    "faiss": {"vectors"},
    "sentence_transformers": {"embedder"},
    "onnxruntime": {"onnx_model"},
    "gradio": {"app"},
    "pypdf": {"loaders"},
    "openai": {"generator"},
    "pymilvus": {"milvus"},
    "distributed": {"cluster"},
}
SAFE = {
    "gradio": (6, 7, 0),  # CVE-2026-28414, CVE-2026-28416 and those before them
    "pypdf": (7, 0, 0),  # the endless loops of CVE-2025-55197 to CVE-2026-84311
    "torch": (2, 6, 0),  # CVE-2025-32434
    "lxml": (6, 1, 0),  # entities that grow
    "filelock": (3, 20, 1),  # CVE-2025-68146
    "starlette": (0, 49, 1),  # CVE-2025-62727
}
"""The least version of a library that the advisories known on 25 November 2026 leave safe."""
MODULES = sorted(PACKAGE.rglob("*.py"))


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path: Path) -> None:
    own = place(path)
    others = {name.split(".")[1] for name in imported(path) if name.startswith("assistant.")} & LEVEL.keys()
    assert own in LEVEL, f"give {own} a layer"
    assert not {name for name in others - {own} if LEVEL[name] >= LEVEL[own]}


@pytest.mark.parametrize("library", OWNERS)
def test_a_heavy_library_has_one_owner(library: str) -> None:
    users = {place(path) for path in MODULES if any(name.split(".")[0] == library for name in imported(path))}
    assert users <= OWNERS[library]


def test_nothing_is_read_by_pickle() -> None:
    for path in MODULES:
        assert not imported(path) & {"pickle", "cPickle", "joblib", "dill", "shelve", "marshal"}, path
        assert "allow_pickle" not in path.read_text("utf-8")


def test_nothing_loads_code_with_data_or_starts_a_shell() -> None:
    for path in MODULES:
        source = path.read_text("utf-8")
        for word in ("trust_remote_code", "weights_only=False", "shell=True", "gradio.load", "eval(", " exec("):
            assert word not in source, (path, word)


@pytest.mark.parametrize(("name", "least"), SAFE.items())
def test_dependencies_are_newer_than_their_advisories(name: str, least: tuple[int, ...]) -> None:
    found = tuple(int(part) for part in re.findall(r"\d+", version(name))[:3])
    assert found >= least


def test_public_names_are_those_promised() -> None:
    assert {"Assistant", "build_index", "retrieve", "AssistantError", "Document", "SearchResult", "Answer", "Citation",
            "BuildReport"} <= set(assistant.__all__)  # fmt: skip
    for name in assistant.__all__:
        assert getattr(assistant, name) is not None
