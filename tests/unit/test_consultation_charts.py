"""Charts: well-formed, named, without script or style, and never wider or taller than their frame."""

import datetime
import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from consultation_service.charts import Bar, Column, bars, columns, gathered, scale

SVG = "{http://www.w3.org/2000/svg}"
FIRST = datetime.date(2026, 11, 1)
ALLOWED = {"svg", "title", "desc", "g", "rect", "line", "text"}
ROWS = st.lists(st.builds(Bar, st.text(max_size=80), st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))))


def parsed(svg: str) -> ElementTree.Element:
    # The page is HTML, where svg needs no name space; the parser is of XML.
    found = ElementTree.fromstring(str.replace(svg, "<svg ", f'<svg xmlns="{SVG[1:-1]}" ', 1))
    assert {element.tag.removeprefix(SVG) for element in found.iter()} <= ALLOWED
    for element in found.iter():
        assert not {"style", "href", "fill", "onload"} & set(element.attrib)
    return found


def days(*values: int) -> list[Column]:
    return [
        Column(FIRST + datetime.timedelta(n), FIRST + datetime.timedelta(n), value) for n, value in enumerate(values)
    ]


def percent(text: str) -> float:
    return float(text.removesuffix("%"))


def printable(text: str) -> bool:
    """Whether XML may hold ``text``; what participants write was cleaned of the rest."""
    return not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", text)


@given(ROWS)
def test_bars_stay_in_their_frame_and_say_what_they_are(rows: list[Bar]) -> None:
    rows = [row for row in rows if printable(row.label)]
    chart = parsed(bars("kinds", "Titre", "Description", rows, str))
    assert chart.get("role") == "img"
    assert chart.get("aria-labelledby") == "kinds-title kinds-description"
    assert [(e.get("id"), e.text) for e in chart if e.get("id")] == [
        ("kinds-title", "Titre"),
        ("kinds-description", "Description"),
    ]
    for rect in chart.iter(f"{SVG}rect"):
        assert percent(rect.get("x", "")) + percent(rect.get("width", "")) <= 100.01
        assert float(rect.get("y", "")) + float(rect.get("height", "")) <= float(chart.get("height", ""))


def test_a_bar_is_as_long_as_its_share_of_the_longest_and_parts_follow_each_other() -> None:
    chart = parsed(bars("a", "T", "D", [Bar("x", (30, 10)), Bar("y", (20, 0))], str))
    parts = [
        (rect.get("class"), percent(rect.get("x", "")), percent(rect.get("width", "")))
        for rect in chart.iter(f"{SVG}rect")
        if rect.get("class") != "track"
    ]
    assert parts == [("series-1", 0, 75), ("series-2", 75, 25), ("series-1", 0, 50)]


def test_words_of_participants_are_words() -> None:
    chart = bars("a", "<b>", '"><script>', [Bar("<script>alert(1)</script>", (1,))], str)
    parsed(chart)
    assert "<script" not in chart


@given(st.lists(st.integers(0, 5000), max_size=400))
def test_columns_stay_in_their_frame(values: list[int]) -> None:
    chart = parsed(columns("days", "Titre", "Description", days(*values), str, datetime.date.isoformat))
    rects = list(chart.iter(f"{SVG}rect"))
    for rect in rects:
        assert 0 <= percent(rect.get("x", "")) + percent(rect.get("width", "")) <= 100.01
        assert float(rect.get("y", "")) >= 0
    told = [element.text or "" for element in chart.iter(f"{SVG}title")][1:]
    assert sum(int(text.rpartition(" · ")[2]) for text in told) == sum(values)


@given(st.lists(st.integers(0, 50), max_size=300), st.integers(1, 100))
def test_putting_days_together_loses_nothing(values: list[int], most: int) -> None:
    found = gathered(days(*values), most)
    assert len(found) <= most
    assert sum(column.value for column in found) == sum(values)


@given(st.integers(0, 10**9))
def test_the_scale_has_room_and_is_not_too_high(highest: int) -> None:
    assert scale(highest) >= max(highest, 2)
    assert scale(highest) % 2 == 0
    assert scale(highest) <= max(2 * highest, 2)
