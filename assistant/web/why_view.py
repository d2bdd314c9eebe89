"""Why an answer is as it is, as HTML: confidence and threshold, the passages by stage, the likeliest sentences."""

from collections.abc import Collection, Sequence

from assistant.schema import ConsideredPassage, ConsideredSentence, Explanation
from assistant.web.markup import button, element, isolated, text
from assistant.web.places import place_html
from assistant.web.words import Words


def why_html(accounts: Sequence[Explanation], quoted: Collection[str], words: Words) -> str:
    """Return the account of each part of a question; passages named in ``quoted`` by chunk id are said to be quoted."""
    if not accounts:
        return element("p", text(words("why_talk")), class_="note")
    intro = element("p", text(words("why_intro")), class_="note")
    return intro + "".join(_part(account, quoted, words, named=len(accounts) > 1) for account in accounts)


def _part(account: Explanation, quoted: Collection[str], words: Words, *, named: bool) -> str:
    question = element("p", isolated(account.question), class_="note") if named else ""
    passages = "".join(element("li", _passage(one, one.chunk_id in quoted, words)) for one in account.passages)
    sentences = "".join(element("li", _sentence(one, words)) for one in account.sentences)
    return (
        question
        + element("p", text(_verdict(account, words)))
        + element("h3", text(words("why_passages")))
        + element("ol", passages, class_="passages")
        + element("h3", text(words("why_sentences")))
        + element("ol", sentences, class_="passages")
    )


def _verdict(account: Explanation, words: Words) -> str:
    if account.absent:
        return words("why_absent")
    shown = {"confidence": round(100 * account.confidence), "threshold": round(100 * account.threshold)}
    return words("why_answered" if account.answered else "why_refused", **shown)


def _passage(passage: ConsideredPassage, is_quoted: bool, words: Words) -> str:
    facts = [
        words("why_meaning", value=f"{passage.cosine:.2f}"),
        words("why_words", value=f"{passage.bm25:.1f}"),
        words("why_fused", value=f"{passage.fused:.2f}"),
        *([] if passage.read is None else [words("why_read", value=round(100 * passage.read))]),
        *([words("why_quoted")] if is_quoted else []),
    ]
    opener = button(
        place_html(passage.title, passage.page, passage.section, words),
        class_="source",
        data_document=passage.document,
        data_start=passage.start,
        data_end=passage.end,
    )
    return opener + element("span", " · ".join(map(isolated, facts)), class_="facts")


def _sentence(sentence: ConsideredSentence, words: Words) -> str:
    opener = button(
        isolated(" ".join(sentence.text.split())),
        class_="source",
        data_document=sentence.document,
        data_start=sentence.start,
        data_end=sentence.end,
    )
    return opener + element("span", f"{round(100 * sentence.probability)}%", class_="facts")
