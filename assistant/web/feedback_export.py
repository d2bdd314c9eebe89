"""Feedback to take away: as CSV that no spreadsheet takes for formulas, and as a question file for ``evaluate``."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from assistant.web.feedback import Feedback

_FORMULA = tuple("=+-@\t\r\n|%＝＋－＠")
_BOM = "\ufeff"
"""By it spreadsheets know UTF-8."""


def feedback_csv(items: Sequence[Feedback]) -> str:
    """Return a table with a row for each item; a cell that a spreadsheet would calculate begins with an apostrophe.

    The guard is OWASP's against CSV injection.
    """
    target = io.StringIO(newline="")
    writer = csv.writer(target, quoting=csv.QUOTE_ALL)
    names = [item.name for item in fields(Feedback)]
    writer.writerow(names)
    for item in items:
        writer.writerow([_cell(getattr(item, name)) for name in names])
    return _BOM + target.getvalue()


def feedback_questions(items: Sequence[Feedback]) -> str:
    """Return a question file, each question once, by the latest that was said of it.

    A good answer's citations are gold; a good refusal, and an answer that should have been one, make a question that
    is not answerable; of one that was wrong or incomplete only the question is known, and that it has an answer.
    """
    lines: dict[str, str] = {}
    for item in items:
        if item.standalone_question not in lines:
            lines[item.standalone_question] = json.dumps(_question(item), ensure_ascii=False)
    return "".join(f"{line}\n" for line in lines.values())


def _question(item: Feedback) -> dict[str, Any]:
    refusal = item.rating == "refuse" or (item.rating == "good" and item.verdict == "not_covered")
    gold = [{"document": citation["document"], "quote": citation["quote"]} for citation in item.citations]
    return {
        "id": f"feedback-{item.key}",
        "kind": item.rating,
        "question": item.standalone_question,
        "answers": [],
        "gold": gold if item.rating == "good" else [],
        "answerable": not refusal,
        "comment": item.comment,
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
