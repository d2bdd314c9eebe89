"""Where sentences end, in the three languages of the users."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.sentences import sentence_spans, sentences_about


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Mr. Smith paid US$1.90 on 24 Feb. 2021. It rose 3.2% (cf. Fig. 3).",
            ["Mr. Smith paid US$1.90 on 24 Feb. 2021.", "It rose 3.2% (cf. Fig. 3)."],
        ),
        ("The mark is 400 kg. China's grain rose.", ["The mark is 400 kg.", "China's grain rose."]),
        ("第一句。第二句！“好吗？”他说。", ["第一句。", "第二句！", "“好吗？”", "他说。"]),
        ("یہ پہلا جملہ ہے۔ کیا یہ دوسرا ہے؟ ہاں", ["یہ پہلا جملہ ہے۔", "کیا یہ دوسرا ہے؟", "ہاں"]),
        ("1. Who helps?", ["1. Who helps?"]),
        ("Area: Punjab; Population: 127.68\nArea: Sindh", ["Area: Punjab; Population: 127.68", "Area: Sindh"]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab AB.!?。؟۔1)\n“”\"'"), max_size=120))
def test_every_character_but_white_space_lies_in_one_sentence(text: str) -> None:
    spans = sentence_spans(text)
    inside = [i for start, end in spans for i in range(start, end)]
    assert len(inside) == len(set(inside))
    assert all(text[i].isspace() for i in set(range(len(text))) - set(inside))


FIVE = "One is here. Two is there. Three is near. Four is far. Five is gone."


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (5, "Three is near."),
        (29, "Two is there. Three is near."),
        (41, "Two is there. Three is near. Four is far."),
        (60, "One is here. Two is there. Three is near. Four is far."),
        (68, FIVE),
    ],
)
def test_what_stands_about_a_sentence_is_whole_sentences(most: int, expected: str) -> None:
    start = FIVE.index("Three")
    first, last = sentences_about(FIVE, start, start + len("Three is near."), most)
    assert FIVE[first:last] == expected


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab AB.!?\n"), max_size=120), st.integers(1, 130), st.integers(0, 40))
def test_what_stands_about_a_sentence_holds_it_and_is_no_longer_than_told(text: str, most: int, which: int) -> None:
    spans = sentence_spans(text)
    if not spans:
        return
    start, end = spans[which % len(spans)]
    first, last = sentences_about(text, start, end, most)
    assert first <= start and end <= last
    assert last - first <= max(most, end - start)
    assert (first, last) == (0, len(text)) or {first, last} <= {place for span in spans for place in span}
