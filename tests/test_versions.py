"""Which document is a newer version of which."""

import pytest

from assistant import Document
from assistant.versions import supersedes


def document(id: str, title: str, date: str = "", near: str = "") -> Document:
    metadata = ({"date": date} if date else {}) | ({"near_duplicate_of": near} if near else {})
    return Document(id, title, "x", "text/markdown", "", "en", [], [], metadata)


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ("Programme", "Programme (draft)"),
        ("Programme v2", "Programme v1.3"),
        ("Programme, revised edition", "Programme"),
        ("培训日程（修订版）", "培训日程"),
    ],
)
def test_a_later_document_of_the_same_title_supersedes(newer: str, older: str) -> None:
    late, early = document("b.md", newer, "2024-07-02"), document("a.md", older, "2024-07-01")
    assert supersedes(late, early) and not supersedes(early, late)


@pytest.mark.parametrize(
    ("title", "date", "other", "before"),
    [
        ("Report 2024", "2024-07-02", "Report 2023", "2023-07-02"),
        ("Bulletin", "2024-07-02", "Bulletin", "2024-07-01"),
        ("Programme v2", "", "Programme v1", "2024-07-01"),
        ("Programme v2", "2024-07-01", "Programme v1", "2024-07-01"),
        ("Draft", "2024-07-02", "v2", "2024-07-01"),
    ],
)
def test_last_years_report_and_what_has_no_date_are_not_superseded(
    title: str, date: str, other: str, before: str
) -> None:
    assert not supersedes(document("b.md", title, date), document("a.md", other, before))


def test_a_later_document_that_says_nearly_the_same_supersedes() -> None:
    late, early = document("b.md", "Plan", "2024-07-02", near="a.md"), document("a.md", "Schedule", "2024-07-01")
    assert supersedes(late, early) and not supersedes(early, late)
