"""Greetings, thanks and questions about the assistant itself: replies of its own, marked as not from the documents.

A message is small talk only if all of it is: “Thanks, and who hosted it?” is a question. The reply's verdict is
``not_covered``: it has no citation and states no fact, and a script that reads verdicts takes it for no answer.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Literal

from assistant.markdown import escaped
from assistant.phrases import LANGUAGES, phrase
from assistant.schema import Answer

Talk = Literal["greeting", "thanks", "farewell", "abilities", "documents"]
MOST_TITLES = 40
_LONGEST = 100
_FILLERS = (
    "there|everyone|all|assistant|friend|sir|madam|dear|again|so much|very much|a lot|a bunch"
    "|for (?:your|the|all your) (?:help|answer|answers|reply|time)|for (?:that|this|helping)"
    "|ok|okay|oh|well|great|perfect|good|nice"
    "|please|now"
    "|you|and|very helpful|that is helpful|that s helpful|that helps|that was helpful"
    "|جی|جناب|بہت|بہت بہت|آپ کا|آپ کی مدد کا"
    "|你|您|你们|大家|很|非常|好的|啊|呀|了|的帮助|你的帮助|您的帮助"
)
_CORES: dict[Talk, str] = {
    "greeting": "hi|hello|hey|hiya|greetings|good (?:morning|afternoon|evening|day)|salam|salaam|assalam[ ou]*alaikum"
    "|as salam[ou]* alaikum|how are you|how are you doing|nice to meet you|what s up|ni hao"
    "|سلام|السلام علیکم|اسلام علیکم|السلام و علیکم|ہیلو|ہائے|آداب|صبح بخیر|شام بخیر|کیا حال ہے|آپ کیسے ہیں"
    "|你好|您好|你好吗|您好吗|嗨|哈喽|早上好|下午好|晚上好|早安|大家好",
    "thanks": "thanks|thank you|thx|many thanks|cheers|much appreciated|i appreciate it|shukria|xie ?xie"
    "|شکریہ|شکریا|مہربانی|نوازش|جزاک اللہ|谢谢|多谢|感谢|谢了|辛苦了",
    "farewell": "bye|goodbye|good bye|bye bye|see you|see you later|good night|that is all|that s all"
    "|خدا حافظ|اللہ حافظ|الوداع|شب بخیر|再见|拜拜|晚安",
    "abilities": "what can you do(?: for me)?|what (?:do|can) you help (?:me )?with|how can you help(?: me)?"
    "|how do (?:you|i use (?:you|this)) work|how do you work|how does this work|how do i use this|how can i use this"
    "|can you help(?: me)?|help|help me|who are you|what are you|are you (?:a|an) (?:bot|robot|ai|human|person)"
    "|what (?:questions )?can i ask(?: you)?|what should i ask(?: you)?|what is this"
    "|آپ کیا کر سکتے ہیں|تم کیا کر سکتے ہو|آپ کون ہیں|تم کون ہو|آپ میری کیا مدد کر سکتے ہیں|مدد|میں کیا پوچھ سکتا ہوں"
    "|میں کیا پوچھ سکتی ہوں|آپ کیسے کام کرتے ہیں"
    "|你能做什么|您能做什么|你会做什么|你可以做什么|你能帮我什么|你能帮我做什么|你是谁|您是谁|我可以问什么|我能问什么|怎么用|帮助"
    "|你怎么工作",
    "documents": "(?:which|what) (?:documents|files|sources) (?:do|can) you (?:have|know|use|read|search|hold)"
    "|(?:which|what) (?:documents|files|sources) (?:are there|are available|are in (?:the|your) index)"
    "|(?:list|show)(?: me)? (?:all )?(?:the |your )?(?:documents|files|sources)"
    "|what are your (?:documents|files|sources)"
    "|how many (?:documents|files|sources) (?:do you have|are there)"
    "|آپ کے پاس (?:کون سی|کون کون سی|کیا) دستاویزات ہیں|کون سی دستاویزات (?:ہیں|دستیاب ہیں)"
    "|دستاویزات کی فہرست(?: دکھائیں)?"
    "|你有(?:哪些|什么)文件|您有(?:哪些|什么)文件|有(?:哪些|什么)文件|(?:列出|显示)(?:所有)?文件|文件(?:列表|清单)",
}
_PRECEDENCE: tuple[Talk, ...] = ("documents", "abilities", "thanks", "farewell", "greeting")


@cache
def _patterns() -> dict[Talk | None, re.Pattern[str]]:
    """Return what matches one piece of small talk, by kind; None: words that may stand beside it."""
    return {None: re.compile(_FILLERS)} | {kind: re.compile(_CORES[kind]) for kind in _PRECEDENCE}


def small_talk(message: str) -> Talk | None:
    """Return what kind of small talk a whole message is, None if any of it is something else."""
    folded = unicodedata.normalize("NFKC", message).casefold()
    plain = " ".join("".join(char if char.isalnum() or unicodedata.combining(char) else " " for char in folded).split())
    if len(plain) > _LONGEST:
        return None
    found: set[Talk | None] = set()
    at = 0
    while at < len(plain):
        end, kind = _piece(plain, at)
        if not end:
            return None
        found.add(kind)
        at = end + (plain[end : end + 1] == " ")
    return next((kind for kind in _PRECEDENCE if kind in found), None)


def _piece(plain: str, at: int) -> tuple[int, Talk | None]:
    """Return the end and the kind of the longest piece of small talk that begins at a place, 0 if none does."""
    for end in range(len(plain), at, -1):
        if end == len(plain) or plain[end] == " " or "\u3400" <= plain[end] <= "\u9fff":
            for kind, pattern in reversed(_patterns().items()):
                if pattern.fullmatch(plain, at, end):
                    return end, kind
    return 0, None


def talk_answer(question: str, talk: Talk, language: str, titles: Iterable[str]) -> Answer:
    """Return the reply to small talk in the question's language, with the titles of the documents where it fits."""
    language = language if language in LANGUAGES else "en"
    own = phrase("own_words", language)
    named = sorted(titles)
    paragraphs = [phrase(f"talk_{talk}", language, count=str(len(named)))]
    if talk == "documents":
        paragraphs.append("\n".join(f"- {escaped(title)}" for title in named[:MOST_TITLES]))
        if len(named) > MOST_TITLES:
            paragraphs.append(phrase("talk_more", language, count=str(len(named) - MOST_TITLES)))
    text = "\n\n".join([*paragraphs, own])
    return Answer(question, question, "not_covered", text, [], [], own, 0.0, "extractive", language)
