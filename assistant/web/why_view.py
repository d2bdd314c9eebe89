"""Why an answer is as it is: the passages that were found, as HTML."""

from collections.abc import Collection, Sequence

from assistant.schema import SearchResult
from assistant.web.markup import button, element, text
from assistant.web.places import place_html
from assistant.web.words import Words


def why_html(results: Sequence[SearchResult], quoted: Collection[str], words: Words) -> str:
    """Return the passages in their rank, those named in ``quoted`` by chunk id said to be quoted."""
    items = "".join(element("li", _item(result, result.chunk_id in quoted, words)) for result in results)
    return element("p", text(words("why_intro")), class_="note") + element("ol", items, class_="passages")


def _item(result: SearchResult, is_quoted: bool, words: Words) -> str:
    facts = [words("why_score", score=f"{result.score:.2f}"), *([words("why_quoted")] if is_quoted else [])]
    opener = button(
        place_html(result.title, result.page, result.section, words),
        class_="source",
        data_document=result.document,
        data_start=result.start,
        data_end=result.end,
    )
    return opener + element("span", text(" · ".join(facts)), class_="facts")
