"""The organiser's view of feedback, as HTML: counts, a plot over time, unanswered questions, the latest."""

from collections.abc import Sequence

from assistant.web.feedback import Day, Feedback
from assistant.web.markup import element, isolated, text
from assistant.web.words import Words

_LATEST = 20
_LISTED = 40
_WIDTH, _HEIGHT, _FLOOR, _TOP = 620, 150, 125, 12
_SERIES = ("good", "bad", "refused")


def feedback_html(
    counts: dict[str, int],
    days: Sequence[Day],
    groups: Sequence[Sequence[tuple[str, int]]],
    latest: Sequence[Feedback],
    words: Words,
    keeps_questions: bool,
) -> str:
    """Return everything that readers have said, in short; whether refused questions are kept is told too."""
    said = _tally(counts, words) if any(counts.values()) else element("p", text(words("feedback_none")), class_="note")
    return said + _plot(days, words) + _unanswered(groups, words, keeps_questions) + _said(latest[:_LATEST], words)


def _tally(counts: dict[str, int], words: Words) -> str:
    items = "".join(
        element("div", element("dt", text(words(f"reason_{rating}"))) + element("dd", str(number)))
        for rating, number in counts.items()
    )
    return element("dl", items, class_="tally")


def _plot(days: Sequence[Day], words: Words) -> str:
    """Return bars for each day, with a sentence that says the same, and a table of the days on which there was any."""
    shown = [day for day in days if day.good or day.bad or day.refused]
    if not shown:
        return ""
    most = max(day.good + day.bad + day.refused for day in days)
    step = _WIDTH / len(days)
    bars = "".join(_bars(day, place * step, step, (_FLOOR - _TOP) / most) for place, day in enumerate(days))
    first, last = days[0].date.isoformat(), days[-1].date.isoformat()
    ends = (
        element("text", first, x=0, y=_HEIGHT - 6)
        + element("text", last, x=_WIDTH, y=_HEIGHT - 6, text_anchor="end")
        + element("text", str(most), x=0, y=_TOP - 2)
    )
    axis = element("line", "", class_="axis", x1=0, x2=_WIDTH, y1=_FLOOR, y2=_FLOOR)
    said = words("plot_said", good=sum(d.good for d in days), bad=sum(d.bad for d in days), first=first, last=last)
    drawing = element(
        "svg", bars + axis + ends, class_="plot", role="img", viewBox=f"0 0 {_WIDTH} {_HEIGHT}", aria_label=said
    )
    title = element("h3", text(words("plot_title")))
    return title + drawing + _legend(words) + element("details", _table(shown, words))


def _bars(day: Day, left: float, step: float, height: float) -> str:
    bottom, bars = float(_FLOOR), ""
    for name in _SERIES:
        size = getattr(day, name) * height
        if size:
            bottom -= size
            place = {"x": f"{left + step * 0.15:.1f}", "y": f"{bottom:.1f}", "width": f"{step * 0.7:.1f}"}
            bars += element("rect", "", class_=name, height=f"{size:.1f}", **place)
    return bars


def _legend(words: Words) -> str:
    names = (words("feedback_good"), words("feedback_bad"), words("plot_refused"))
    items = "".join(element("li", _swatch(series) + text(name)) for series, name in zip(_SERIES, names, strict=True))
    return element("ul", items, class_="key-list")


def _swatch(series: str) -> str:
    square = element("rect", "", class_=series, width=10, height=10)
    return element("svg", square, class_="plot", viewBox="0 0 10 10", aria_hidden="true")


def _table(days: Sequence[Day], words: Words) -> str:
    heads = (words("plot_day"), words("feedback_good"), words("feedback_bad"), words("plot_refused"))
    head = element("tr", "".join(element("th", text(name), scope="col") for name in heads))
    rows = "".join(
        element(
            "tr",
            element("th", day.date.isoformat(), scope="row")
            + "".join(element("td", str(getattr(day, name))) for name in _SERIES),
        )
        for day in days
    )
    table = element("table", element("thead", head) + element("tbody", rows), class_="figures")
    return element("summary", text(words("plot_table"))) + table


def _unanswered(groups: Sequence[Sequence[tuple[str, int]]], words: Words, keeps_questions: bool) -> str:
    note = words("unanswered_note") if keeps_questions else words("unanswered_off")
    head = element("h3", text(words("unanswered_title"))) + element("p", text(note), class_="note")
    items = "".join(element("li", _group(group, words)) for group in groups[:_LISTED])
    return head + (element("ol", items, class_="groups") if items else "")


def _group(group: Sequence[tuple[str, int]], words: Words) -> str:
    (first, _), *others = group
    count = element("span", text(words("feedback_count", count=sum(number for _, number in group))), class_="facts")
    rest = "".join(element("li", isolated(question)) for question, _ in others)
    return isolated(first) + count + (element("ul", rest) if rest else "")


def _said(latest: Sequence[Feedback], words: Words) -> str:
    if not latest:
        return ""
    items = "".join(element("li", _one(item, words)) for item in latest)
    return element("h3", text(words("latest_title"))) + element("ul", items, class_="report")


def _one(item: Feedback, words: Words) -> str:
    facts = [words(f"reason_{item.rating}"), words(f"verdict_{item.verdict}"), item.time[:10]]
    comment = element("p", text(item.comment), dir="auto") if item.comment else ""
    shown = element("span", " · ".join(map(isolated, facts)), class_="facts")
    return isolated(item.question) + shown + comment
