"""Editing a questionnaire, its conditions as forms, and its questions as fields."""

import re
from itertools import pairwise
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation_service import questionnaire_edits as edits
from consultation_service.condition_forms import choices, condition_from, rows_of
from consultation_service.forms import Form
from consultation_service.questionnaire_forms import answer_of, fields_of, name_of
from consultation_service.rules import conditions as when
from consultation_service.rules import questionnaires as q
from consultation_service.rules.answers import check
from consultation_service.totals import STEP, publishable
from contracts.http import Refusal

OPTIONS = (q.Option(key="a", label="A"), q.Option(key="b", label="B"), q.Option(key="c", label="C"))
EVERY_KIND = (
    q.Single(key="single", label="?", options=OPTIONS, other=True),
    q.Multiple(key="multiple", label="?", options=OPTIONS, other=True),
    q.Ranking(key="ranking", label="?", options=OPTIONS),
    q.Scale(key="scale", label="?", first=-1, last=3),
    q.Matrix(key="matrix", label="?", rows=OPTIONS[:2], columns=OPTIONS),
    q.Number(key="number", label="?", whole=False),
    q.ShortText(key="short", label="?"),
    q.LongText(key="long", label="?"),
    q.Day(key="day", label="?"),
)
THREE = q.Questionnaire(
    editable=True,
    sections=tuple(
        q.Section(key=key, title=key, items=tuple(q.ShortText(key=f"{key}{n}", label="?") for n in range(2)))
        for key in ("x", "y", "z")
    ),
)


def order(questionnaire: q.Questionnaire) -> list[tuple[str, list[str]]]:
    return [(section.key, [item.key for item in section.items]) for section in questionnaire.sections]


def test_pieces_move_within_and_between_pages() -> None:
    assert order(edits.moved(THREE, "x1", "up"))[0] == ("x", ["x1", "x0"])
    assert order(edits.moved(THREE, "x1", "down"))[:2] == [("x", ["x0"]), ("y", ["x1", "y0", "y1"])]
    assert order(edits.moved(THREE, "y0", "up"))[:2] == [("x", ["x0", "x1", "y0"]), ("y", ["y1"])]
    assert [key for key, _ in order(edits.moved(THREE, "z", "up"))] == ["x", "z", "y"]
    for key, way in (("x", "up"), ("x0", "up"), ("z", "down"), ("z1", "down")):
        assert edits.moved(THREE, key, way) == THREE  # type: ignore[arg-type]  # both are ways


@given(st.lists(st.tuples(st.sampled_from(sorted(edits.keys_of(THREE))), st.sampled_from(edits.WAYS)), max_size=12))
def test_moving_loses_and_invents_nothing(moves: list[tuple[str, edits.Way]]) -> None:
    found = THREE
    for key, way in moves:
        found = edits.moved(found, key, way)
    assert edits.keys_of(found) == edits.keys_of(THREE)
    assert sum(len(section.items) for section in found.sections) == 6
    assert found.editable


def test_what_is_removed_is_gone_and_what_is_unknown_is_refused() -> None:
    assert order(edits.without(THREE, "y")) == [("x", ["x0", "x1"]), ("z", ["z0", "z1"])]
    assert order(edits.without(THREE, "z0"))[2] == ("z", ["z1"])
    with pytest.raises(Refusal, match="not_found"):
        edits.without(THREE, "w")
    with pytest.raises(Refusal, match="not_found"):
        edits.moved(THREE, "w", "up")


@given(st.text(max_size=60), st.sets(st.sampled_from(["q", "other", "oui", "oui_2"])))
def test_keys_are_keys_and_new(label: str, taken: set[str]) -> None:
    key = edits.new_key(label, taken)
    assert q.ShortText(key=key, label="?")
    assert key not in {*taken, "other"}
    assert re.fullmatch("[a-z][a-z0-9_]{0,39}", key)


def test_options_keep_their_keys() -> None:
    def keys(*lines: str) -> list[str]:
        return [option.key for option in edits.options_from(lines, OPTIONS)]

    assert keys("A", "B", "C") == ["a", "b", "c"]
    assert keys("C", "A") == ["c", "a"]
    assert keys("A", "Bée", "C") == ["a", "b", "c"]  # reworded
    assert keys("A", "Nouveau", "B", "C") == ["a", "nouveau", "b", "c"]
    assert keys("B", "A", "D") == ["b", "a", "c"]


@pytest.mark.parametrize(
    "condition",
    [
        when.Equals(question="single", value="b"),
        when.Not(condition=when.Equals(question="single", value="other")),
        when.Equals(question="scale", value=-1),
        when.Equals(question="number", value=2.5),
        when.All(
            conditions=(when.Contains(question="multiple", option="a"), when.Contains(question="ranking", option="c"))
        ),
        when.Any(
            conditions=(
                when.Not(condition=when.Contains(question="multiple", option="other")),
                when.Equals(question="number", value=3),
            )
        ),
    ],
)
def test_a_condition_comes_back_from_its_form(condition: when.Condition) -> None:
    rows = rows_of(condition)
    assert rows is not None
    offered = {value for choice in choices(EVERY_KIND, "fr") for value, _ in choice.values}
    fields = [("link", rows.link)]
    for n, line in enumerate(rows.lines):
        value = line.value if line.value in offered else line.value.partition("|")[0] + "|"
        assert value in offered
        fields += [(f"when.{n}", value), (f"number.{n}", line.number), (f"not.{n}", "yes" if line.negated else "")]
    assert condition_from(Form(fields), EVERY_KIND) == condition


def test_a_condition_that_is_nested_has_no_form_and_a_wrong_one_is_refused() -> None:
    assert rows_of(when.Not(condition=when.All(conditions=(when.Equals(question="a", value="b"),)))) is None
    assert condition_from(Form([("when.0", "")]), EVERY_KIND) is None
    for value, code in (
        ("later|a", "condition_later"),
        ("number|", "condition_refused"),
        ("day|x", "condition_refused"),
    ):
        with pytest.raises(Refusal, match=code):
            condition_from(Form([("when.0", value)]), EVERY_KIND)


texts = st.text("abcé ’\n", max_size=9)
free = st.builds(lambda text: {"other": text}, texts)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "single": st.sampled_from("abc") | free,
        "multiple": st.lists(st.sampled_from("abc"), unique=True) | st.tuples(st.sampled_from("abc"), free).map(list),
        "ranking": st.lists(st.sampled_from("abc"), unique=True),
        "scale": st.integers(-1, 3),
        "matrix": st.dictionaries(st.sampled_from("ab"), st.sampled_from("abc")),
        "number": st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9),
        "short": texts,
        "long": texts,
        "day": st.dates().map(str),
    },
)


@settings(max_examples=200)
@given(ANSWERS)
def test_answers_come_back_from_their_fields(answers: dict[str, object]) -> None:
    questionnaire = q.Questionnaire(sections=(q.Section(key="s", title="S", items=EVERY_KIND),))
    kept = check(questionnaire, answers, sent=False).answers
    fields = [(name, value) for name, values in fields_of(EVERY_KIND, kept).items() for value in values]
    form = Form(parse_qsl(urlencode(fields), keep_blank_values=True))
    again = check(questionnaire, {item.key: answer_of(item, form) for item in EVERY_KIND}, sent=False)
    assert not again.mistakes
    assert again.answers == kept


def test_what_is_typed_wrong_is_refused_later_not_lost() -> None:
    number = EVERY_KIND[5]
    assert answer_of(number, Form([(name_of("number"), " 12 345,5 ")])) == 12_345.5
    assert answer_of(number, Form([(name_of("number"), "beaucoup")])) == "beaucoup"
    assert answer_of(EVERY_KIND[0], Form([(name_of("single", "other"), "à pied")])) == {"other": "à pied"}
    with pytest.raises(Refusal, match="rank_repeated"):
        answer_of(EVERY_KIND[2], Form([(name_of("ranking", "a"), "1"), (name_of("ranking", "b"), "1")]))
    gap = Form([(name_of("ranking", "a"), "3"), (name_of("ranking", "b"), "1")])
    assert answer_of(EVERY_KIND[2], gap) == ["b", "a"]


@given(st.lists(st.integers(0, 100), max_size=30))
def test_above_level_1_totals_that_follow_each_other_are_steps_apart(people: list[int]) -> None:
    told = [0]
    for count in people:
        if publishable(2, count, told[-1]):
            told.append(count)
        assert publishable(1, count, told[-1])
    assert all(abs(one - other) >= STEP == 20 for one, other in pairwise(told))
