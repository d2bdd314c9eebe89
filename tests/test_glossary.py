"""Names that the documents' own tables give in several scripts."""

from pathlib import Path

import pytest

from assistant.glossary import Glossary
from assistant.loaders import load
from assistant.terms import terms

TABLE = """# Terms

| English | Chinese | Urdu | Seen |
|---|---|---|---|
| field visit | 实地考察 (考察) | مطالعاتی دورہ | – |
| CPEC | 中巴经济走廊 | پاک چین اقتصادی راہداری (سی پیک) | Chinese |
| a name that is far too long to be one | 长名 | – | – |
"""


@pytest.fixture(scope="module")
def glossary(tmp_path_factory: pytest.TempPathFactory) -> Glossary:
    file: Path = tmp_path_factory.mktemp("corpus") / "terms.md"
    file.write_text(TABLE, "utf-8")
    return Glossary(document.text for document in load(file, file.name))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("学员去哪里实地考察？", "field visit"),
        ("考察了几天？", "field visit"),
        ("مطالعاتي دوره کب ہوا؟", "field visit"),
        ("سی پیک کیا ہے؟", "CPEC"),
        ("中 巴 经济 走廊 有多长", "CPEC"),
        ("长名是什么？", ""),
        ("دورہ کب ہوا؟", ""),
        ("Where did they go?", ""),
    ],
)
def test_a_name_in_a_question_stands_for_what_the_row_calls_it(
    glossary: Glossary, question: str, expected: str
) -> None:
    assert glossary.terms(question) == terms(expected)
