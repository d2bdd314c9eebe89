"""Where sentences end, in the three languages of the users."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.sentences import sentence_spans


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
