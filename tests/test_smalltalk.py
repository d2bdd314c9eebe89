"""Greetings, thanks and questions about the assistant, in three languages; no real question is taken for one."""

import json
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.smalltalk import Talk, small_talk

OWN = Path(__file__).parent / "quality" / "questions.jsonl"
EVAL = Path(__file__).parents[2] / "shared" / "eval"


@pytest.mark.parametrize(
    ("message", "talk"),
    [
        ("Hello!", "greeting"),
        ("hi there 👋", "greeting"),
        ("Good morning", "greeting"),
        ("Assalam o alaikum", "greeting"),
        ("السلام علیکم", "greeting"),
        ("你好！", "greeting"),
        ("OK, thanks a lot!", "thanks"),
        ("Thank you very much for your help.", "thanks"),
        ("بہت بہت شکریہ", "thanks"),
        ("谢谢您的帮助", "thanks"),
        ("Bye", "farewell"),
        ("خدا حافظ", "farewell"),
        ("再见", "farewell"),
        ("What can you do?", "abilities"),
        ("Hello, what can you do for me?", "abilities"),
        ("Who are you?", "abilities"),
        ("آپ کیا کر سکتے ہیں؟", "abilities"),
        ("你能做什么？", "abilities"),
        ("Which documents do you have?", "documents"),
        ("Hi, list your documents please", "documents"),
        ("آپ کے پاس کون سی دستاویزات ہیں؟", "documents"),
        ("你有哪些文件？", "documents"),
    ],
)
def test_small_talk_is_known(message: str, talk: Talk) -> None:
    assert small_talk(message) == talk


@pytest.mark.parametrize(
    "message",
    [
        "Thanks, and who hosted it?",
        "Hello, when did the seminar end?",
        "What is this seminar?",
        "Who are you going to invite?",
        "Which documents mention Zunyi?",
        "What can you do about poverty?",
        "Why?",
        "And you",
        "great",
        "谢谢，谁主办的？",
        "你好，研讨会什么时候结束？",
        "شکریہ، یہ کب ختم ہوا؟",
        "?",
    ],
)
def test_a_question_is_not_small_talk(message: str) -> None:
    assert small_talk(message) is None


@pytest.mark.parametrize("path", [OWN, *sorted(EVAL.glob("*/questions.jsonl"))], ids=lambda path: path.parent.name)
def test_no_question_of_the_question_files_is_taken_for_small_talk(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert rows
    assert [row["question"] for row in rows if small_talk(row["question"])] == []


@pytest.mark.parametrize(
    ("message", "language", "mark"),
    [
        ("Hello!", "en", "not from the documents"),
        ("السلام علیکم", "ur", "دستاویزات سے نہیں"),
        ("你好", "zh", "不是来自文件"),
        ("شکریہ", "ur", "دستاویزات سے نہیں"),
        ("What can you do?", "en", "not from the documents"),
    ],
)
def test_the_reply_is_marked_as_not_from_the_documents(bot: Assistant, message: str, language: str, mark: str) -> None:
    answer = bot.ask(message)
    assert (answer.verdict, answer.citations, answer.sentences) == ("not_covered", [], [])
    assert answer.language == language
    assert mark in answer.missing
    assert mark in answer.text


@pytest.mark.parametrize(
    "message", ["Which documents do you have?", "آپ کے پاس کون سی دستاویزات ہیں؟", "你有哪些文件？"]
)
def test_the_documents_are_those_of_the_index(bot: Assistant, message: str) -> None:
    text = bot.ask(message).text.replace("\\", "")
    titles = bot.documents().values()
    assert str(len(titles)) in text
    assert all(title in text for title in titles)


def test_small_talk_in_a_conversation_leaves_follow_ups_alone(bot: Assistant) -> None:
    history = [
        {"role": "user", "content": "When did the seminar end?"},
        {"role": "assistant", "content": "The seminar ended on 24 July 2024."},
    ]
    assert bot.ask("Thanks!", history).citations == []
    assert bot.ask("And who hosted it?", history).citations


def test_a_long_row_of_greetings_is_read_at_once() -> None:
    assert small_talk("bye " * 24 + "seminar") is None
