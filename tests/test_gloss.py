"""Questions in Chinese and in Urdu, word for word in English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chinese import ChineseWords
from assistant.gloss import ChineseGloss, UrduGloss
from assistant.glossary import Glossary
from assistant.terms import terms
from assistant.transliteration import Transliterator

TEXT = "Farmers of Huawu relocated to Qianxi. Dibao is an allowance. The lights shine. Beidou has satellites."
ROWS = "English: targeted poverty alleviation; Chinese: 精准扶贫; Urdu: ہدفی غربت کا خاتمہ"


def check_kept(question: str, put: str) -> None:
    kept = [char for char in question if char in "ab1()"]
    rest = iter(put)
    assert all(char in rest for char in kept)


@pytest.fixture(scope="module")
def gloss() -> ChineseGloss:
    known = set(terms(TEXT))
    return ChineseGloss(ChineseWords(lambda stem: 0.01 * (stem in known)), Glossary([ROWS]))


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("毕节在哪里？", "Bijie city and prefecture in where?"),
        ("化屋村有多少人？", "Huawu village has how many people?"),
        ("精准扶贫是什么时候开始的？", "targeted poverty alleviation is when begin?"),
        ("北斗是什么？", "Beidou is what?"),
        ("谁主办了研讨会，多久？", "who organize discussion forum, how long?"),
        ("巴基斯坦的农业", "Pakistan agriculture"),
        ("《中国日报》2020年的报道", '" China Daily "2020 year report'),
        ("BISP是哪一年成立的？", "BISP is which year establish?"),
    ],
)
def test_words_stand_in_the_order_of_the_question(gloss: ChineseGloss, question: str, english: str) -> None:
    assert gloss.english(question) == english


def test_particles_are_no_part_of_a_name(gloss: ChineseGloss) -> None:
    """的报 reads as “dibao” and 是哪 as “shine”: words of the documents, but none of the question."""
    assert "ibao" not in gloss.english("新闻的报道")
    assert "hine" not in gloss.english("作者是哪位")


@given(st.text(alphabet="毕节化屋是的哪年？，《》“”ab1 ()", max_size=30))
def test_what_is_not_chinese_is_kept(gloss: ChineseGloss, question: str) -> None:
    put = gloss.english(question)
    assert not any("\u3400" <= char <= "\u9fff" for char in put)
    check_kept(question, put)


@pytest.fixture(scope="module")
def urdu() -> UrduGloss:
    return UrduGloss(Transliterator([TEXT]), Glossary([ROWS]))


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("سیمینار کب ختم ہوا؟", "seminar when end happened?"),
        ("ہدفی غربت کا خاتمہ کب شروع ہوا؟", "targeted poverty alleviation when start happened?"),
        ("ریلوکیٹڈ فارمرز کون ہیں؟", "Relocated Farmers who are?"),
        ("BISP کا سربراہ کون ہے؟", "BISP head who is?"),
        ("۲۰۲۱ میں کتنے لوگ آئے؟", "2021 in how many people came?"),
        ("انہوں نے کیا کیا؟", "they did what?"),
        ("یہ کام کس نے کیا؟", "this work who did?"),
    ],
)
def test_urdu_words_stand_in_the_order_of_the_question(urdu: UrduGloss, question: str, english: str) -> None:
    assert urdu.english(question) == english


@given(st.text(alphabet="کیاگوئیژو ہے؟،۔“”ab1 ()", max_size=30))
def test_what_is_not_urdu_is_kept(urdu: UrduGloss, question: str) -> None:
    put = urdu.english(question)
    assert not any("\u0620" <= char <= "\u06d3" for char in put)
    check_kept(question, put)
