"""Answers questions about a training programme from its documents, and proves every sentence."""

from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError
from assistant.schema import (
    Answer,
    AnswerSentence,
    BuildItem,
    BuildReport,
    Chunk,
    Citation,
    ConsideredPassage,
    ConsideredSentence,
    DirectAnswer,
    Document,
    Explanation,
    Page,
    Scope,
    SearchResult,
    Section,
)
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.assistant import Assistant, retrieve
    from assistant.ingest import build_index

__all__ = [
    "Answer",
    "AnswerSentence",
    "Assistant",
    "AssistantError",
    "BuildItem",
    "BuildReport",
    "Chunk",
    "Citation",
    "ConsideredPassage",
    "ConsideredSentence",
    "DirectAnswer",
    "Document",
    "Explanation",
    "Page",
    "Scope",
    "SearchResult",
    "Section",
    "Settings",
    "build_index",
    "retrieve",
]
__version__ = "0.1.0"

_LAZY = {"Assistant": "assistant.assistant", "retrieve": "assistant.assistant", "build_index": "assistant.ingest"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute
    """Import what needs FAISS only when it is asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'assistant' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)
