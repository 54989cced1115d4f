"""Questionnaires: definitions, conditions, and answers to any definition."""

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation_service.rules import conditions as when
from consultation_service.rules import questionnaires as q
from consultation_service.rules.answers import INCOMPLETE, Checked, check

ABC = (q.Option(key="a", label="A"), q.Option(key="b", label="B"), q.Option(key="c", label="C"))
TRANSPORT = q.Questionnaire(
    sections=(
        q.Section(
            key="travel",
            title="Vos trajets",
            items=(
                q.TextBlock(key="hello", body="Bonjour."),
                q.Single(key="means", label="Comment ?", options=ABC, other=True, required=True),
                q.Multiple(key="when", label="Quand ?", options=ABC, least=2, most=2, other=True),
                q.ShortText(
                    key="which", label="Quelle ligne ?", required=True, show_if=when.Equals(question="means", value="b")
                ),
            ),
        ),
        q.Section(
            key="opinion",
            title="Votre avis",
            show_if=when.Not(condition=when.Equals(question="means", value="a")),
            items=(
                q.Scale(key="mark", label="Note ?", required=True),
                q.LongText(
                    key="why", label="Pourquoi ?", max_length=10, show_if=when.Contains(question="when", option="other")
                ),
                q.Matrix(key="table", label="Tableau", rows=ABC[:2], columns=ABC, required=True),
                q.Ranking(key="order", label="Ordre", options=ABC, most=2),
                q.Number(key="age", label="Combien ?", smallest=0, largest=10),
                q.Number(key="share", label="Part ?", whole=False),
                q.Day(key="day", label="Quel jour ?", first=date(2026, 1, 1), last=date(2026, 12, 31)),
            ),
        ),
    )
)


def codes(checked: Checked) -> set[tuple[str, str]]:
    return {(mistake.field, mistake.code) for mistake in checked.mistakes}


def single(key: str, **more: Any) -> q.Single:
    return q.Single(key=key, label="Question ?", options=ABC, **more)


def one_section(*items: q.Item) -> q.Questionnaire:
    return q.Questionnaire(sections=(q.Section(key="s", title="Partie", items=items),))


def test_a_definition_survives_its_file() -> None:
    assert q.mistakes(TRANSPORT) == ()
    assert msgspec.json.decode(msgspec.json.encode(TRANSPORT), type=q.Questionnaire) == TRANSPORT
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"sections": [], "surprise": 1}', type=q.Questionnaire)


def test_questions_are_told_in_the_order_of_reading() -> None:
    keys = [question.key for question in q.questions_of(TRANSPORT)]
    assert keys == ["means", "when", "which", "mark", "why", "table", "order", "age", "share", "day"]


@pytest.mark.parametrize("value", [3, 2.5])
def test_a_number_can_be_a_condition(value: float) -> None:
    number = q.Number(key="x", label="Combien ?", whole=False)
    definition = one_section(number, single("y", show_if=when.Equals(question="x", value=value)))
    assert q.mistakes(definition) == ()
    assert check(definition, {"x": value}, sent=True).shown == ("s", "x", "y")
    assert check(definition, {"x": 7}, sent=True).shown == ("s", "x")


X = when.Equals(question="x", value="a")
SIX = when.Equals(question="x", value=6)
WITH_OTHER = (*ABC, q.Option(key="other", label="Autre"))


@pytest.mark.parametrize(
    ("items", "field", "code"),
    [
        ((), "s", "section_empty"),
        ((q.TextBlock(key="t", body="Texte"),), "", "question_number"),
        (tuple(single(f"k{n}") for n in range(201)), "", "question_number"),
        ((single("x"), single("x")), "x", "key_repeated"),
        ((single("s"),), "s", "key_repeated"),
        ((q.Single(key="x", label=" ", options=ABC),), "x", "label_missing"),
        ((single("x"), q.TextBlock(key="t", body=" ")), "t", "label_missing"),
        ((q.Single(key="x", label="?", options=(q.Option(key="a", label=""), *ABC[1:])),), "x", "label_missing"),
        ((q.Single(key="x", label="?", options=ABC[:1]),), "x", "options_number"),
        ((q.Single(key="x", label="?", options=ABC + ABC),), "x", "key_repeated"),
        ((q.Single(key="x", label="?", options=WITH_OTHER, other=True),), "x", "key_repeated"),
        ((q.Multiple(key="x", label="?", options=ABC, least=3, most=2),), "x", "bounds_refused"),
        ((q.Multiple(key="x", label="?", options=ABC, most=4),), "x", "bounds_refused"),
        ((q.Ranking(key="x", label="?", options=ABC, least=-1),), "x", "bounds_refused"),
        ((q.Scale(key="x", label="?", first=5, last=5),), "x", "bounds_refused"),
        ((q.Scale(key="x", label="?", first=0, last=21),), "x", "bounds_refused"),
        ((q.ShortText(key="x", label="?", max_length=501),), "x", "bounds_refused"),
        ((q.LongText(key="x", label="?", max_length=0),), "x", "bounds_refused"),
        ((q.Matrix(key="x", label="?", rows=(), columns=ABC),), "x", "options_number"),
        ((q.Number(key="x", label="?", smallest=2, largest=1),), "x", "bounds_refused"),
        ((q.Day(key="x", label="?", first=date(2026, 2, 1), last=date(2026, 1, 1)),), "x", "bounds_refused"),
        ((single("x", show_if=X),), "x", "condition_later"),
        ((single("y", show_if=X), single("x")), "y", "condition_later"),
        ((single("y", show_if=when.Not(condition=X)),), "y", "condition_later"),
        ((single("x"), single("y", show_if=when.Equals(question="x", value="z"))), "y", "condition_refused"),
        ((single("x"), single("y", show_if=when.Equals(question="x", value="other"))), "y", "condition_refused"),
        ((single("x"), single("y", show_if=when.Equals(question="x", value=1))), "y", "condition_refused"),
        ((single("x"), single("y", show_if=when.Contains(question="x", option="a"))), "y", "condition_refused"),
        ((q.LongText(key="x", label="?"), single("y", show_if=X)), "y", "condition_refused"),
        ((q.Scale(key="x", label="?"), single("y", show_if=SIX)), "y", "condition_refused"),
        ((single("x"), single("y", show_if=when.All(conditions=()))), "y", "condition_refused"),
        ((single("y"), q.TextBlock(key="t", body="T", show_if=X)), "t", "condition_later"),
    ],
)  # fmt: skip
def test_mistakes_of_a_definition(items: tuple[q.Item, ...], field: str, code: str) -> None:
    assert (field, code) in q.mistakes(one_section(*items))


def test_conditions_are_not_nested_without_end() -> None:
    deep: when.Condition = X
    for _ in range(7):
        deep = when.Not(condition=deep)
    assert q.mistakes(one_section(single("x"), single("y", show_if=deep))) == (q.Mistake("y", "condition_refused"),)


@pytest.mark.parametrize(
    ("condition", "kept", "expected"),
    [
        (None, {}, True),
        (X, {}, False),
        (X, {"x": "a"}, True),
        (X, {"x": "b"}, False),
        (when.Equals(question="x", value="other"), {"x": {"other": "Autre"}}, True),
        (X, {"x": {"other": "a"}}, False),
        (when.Equals(question="x", value=3), {"x": 3}, True),
        (when.Equals(question="x", value=0), {}, False),
        (when.Contains(question="x", option="b"), {"x": ["a", "b"]}, True),
        (when.Contains(question="x", option="b"), {"x": ["a", {"other": "b"}]}, False),
        (when.Contains(question="x", option="other"), {"x": ["a", {"other": "b"}]}, True),
        (when.Contains(question="x", option="b"), {}, False),
        (when.Not(condition=X), {}, True),
        (when.All(conditions=(X, when.Not(condition=X))), {"x": "a"}, False),
        (when.All(conditions=(X, X)), {"x": "a"}, True),
        (when.Any(conditions=(X, when.Not(condition=X))), {}, True),
        (when.Any(conditions=(X, X)), {}, False),
    ],
)
def test_conditions(condition: when.Condition | None, kept: dict[str, Any], expected: bool) -> None:
    assert when.holds(condition, kept) is expected


def test_nothing_answered() -> None:
    checked = check(TRANSPORT, {}, sent=True)
    assert checked.shown == (
        "travel", "hello", "means", "when", "opinion", "mark", "table", "order", "age", "share", "day",
    )  # fmt: skip
    assert codes(checked) == {(key, "answer_missing") for key in ("means", "mark", "table")}
    assert (checked.answered, checked.asked) == (0, 8)
    assert check(TRANSPORT, {}, sent=False).mistakes == ()


def test_a_hidden_section_asks_nothing_and_keeps_nothing() -> None:
    checked = check(TRANSPORT, {"means": "a", "mark": 3, "table": "nonsense"}, sent=True)
    assert checked.shown == ("travel", "hello", "means", "when")
    assert checked[1:] == ({"means": "a"}, (), 1, 2)


def test_a_complete_questionnaire() -> None:
    given = {
        "means": "b", "when": [{"other": " la  nuit "}, "a"], "which": "Ligne\n 2", "mark": 5, "why": "Voilà",
        "table": {"a": "c", "b": "a"}, "order": ["c", "a"], "age": 7.0, "share": 0.5, "day": "2026-03-01",
    }  # fmt: skip
    checked = check(TRANSPORT, given, sent=True)
    assert checked.mistakes == ()
    assert checked.answers == {
        **given, "when": ["a", {"other": "la nuit"}], "which": "Ligne 2", "age": 7,
    }  # fmt: skip
    assert checked.answered == checked.asked == 10


@pytest.mark.parametrize(
    ("answers", "field", "code"),
    [
        ({"means": "z"}, "means", "answer_refused"),
        ({"means": ["a"]}, "means", "answer_refused"),
        ({"means": {"other": "x", "more": 1}}, "means", "answer_refused"),
        ({"means": {"other": " "}}, "means", "other_missing"),
        ({"means": {"other": "x" * 201}}, "means", "answer_too_long"),
        ({"means": {"other": "\0"}}, "means", "text_refused"),
        ({"when": ["a"]}, "when", "answers_too_few"),
        ({"when": ["a", "b", "c"]}, "when", "answers_too_many"),
        ({"when": ["a", "a"]}, "when", "option_repeated"),
        ({"when": [["a"]]}, "when", "answer_refused"),
        ({"means": "b"}, "which", "answer_missing"),
        ({"means": "b", "which": " \n"}, "which", "answer_missing"),
        ({"mark": 6}, "mark", "answer_out_of_bounds"),
        ({"mark": True}, "mark", "answer_refused"),
        ({"mark": 1.5}, "mark", "answer_refused"),
        ({"when": ["a", {"other": "b"}], "why": "x" * 11}, "why", "answer_too_long"),
        ({"table": {"a": "a"}}, "table.b", "rows_missing"),
        ({"table": {"z": "a"}}, "table", "answer_refused"),
        ({"table": {"a": 1}}, "table", "answer_refused"),
        ({"order": ["a", "b", "c"]}, "order", "answers_too_many"),
        ({"order": ["a", "a"]}, "order", "option_repeated"),
        ({"age": 11}, "age", "answer_out_of_bounds"),
        ({"age": 1.5}, "age", "answer_refused"),
        ({"share": float("nan")}, "share", "answer_refused"),
        ({"share": 10**400}, "share", "answer_refused"),
        ({"day": "2027-01-01"}, "day", "answer_out_of_bounds"),
        ({"day": "20260301"}, "day", "answer_refused"),
        ({"day": "31 mars"}, "day", "answer_refused"),
        ({"surprise": 1}, "", "question_unknown"),
        ({"hello": "x"}, "", "question_unknown"),
    ],
)
def test_wrong_answers(answers: dict[str, Any], field: str, code: str) -> None:
    assert (field, code) in codes(check(TRANSPORT, answers, sent=True))
    assert ((field, code) in codes(check(TRANSPORT, answers, sent=False))) is (code not in INCOMPLETE)


KEYS = [f"k{n}" for n in range(6)]


@st.composite
def conditions(draw: st.DrawFn, earlier: list[q.Question], depth: int = 2) -> when.Condition | None:
    if not earlier or draw(st.integers(0, 2)) == 0:
        return None
    if depth and draw(st.booleans()):
        inner = draw(conditions(earlier, depth - 1)) or when.Equals(question="unknown", value=0)
        if isinstance(inner, when.Equals) and inner.question == "unknown":
            return None
        wrapped: list[when.Condition] = [when.Not(condition=inner), when.All(conditions=(inner,))]
        return draw(st.sampled_from([*wrapped, when.Any(conditions=(inner,))]))
    question = draw(st.sampled_from(earlier))
    match question:
        case q.Single():
            return when.Equals(question=question.key, value=draw(st.sampled_from("abc")))
        case q.Multiple() | q.Ranking():
            return when.Contains(question=question.key, option=draw(st.sampled_from("abc")))
        case q.Scale():
            return when.Equals(question=question.key, value=draw(st.integers(1, 5)))
    return None


@st.composite
def questionnaires(draw: st.DrawFn) -> q.Questionnaire:
    earlier: list[q.Question] = []
    sections = []
    for name, keys in (("s1", KEYS[:3]), ("s2", KEYS[3:])):
        section_condition = draw(conditions(list(earlier)))
        items = []
        for key in keys:
            more: dict[str, Any] = {
                "key": key, "label": "?", "required": draw(st.booleans()), "show_if": draw(conditions(list(earlier)))
            }  # fmt: skip
            kinds: list[q.Question] = [
                q.Single(**more, options=ABC, other=True),
                q.Multiple(**more, options=ABC, least=1, most=2, other=True),
                q.Ranking(**more, options=ABC),
                q.Scale(**more),
                q.Matrix(**more, rows=ABC, columns=ABC),
                q.ShortText(**more),
                q.Number(**more),
                q.Day(**more),
            ]
            question = draw(st.sampled_from(kinds))
            earlier.append(question)
            items.append(question)
        sections.append(q.Section(key=name, title="Partie", show_if=section_condition, items=tuple(items)))
    return q.Questionnaire(sections=tuple(sections))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.sampled_from("abc")
ANSWERS = st.dictionaries(
    st.sampled_from([*KEYS, "z"]),
    st.recursive(
        LEAVES | st.integers(1, 5) | st.lists(st.sampled_from("abc"), max_size=3, unique=True),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c", "other"]), inner),
        max_leaves=4,
    ),
)


@settings(deadline=None)
@given(questionnaires(), ANSWERS, st.booleans())
def test_what_holds_for_every_questionnaire(definition: q.Questionnaire, given_: dict[str, Any], sent: bool) -> None:
    assert q.mistakes(definition) == ()
    checked = check(definition, given_, sent=sent)
    hidden = set(KEYS) - set(checked.shown)
    assert not hidden & checked.answers.keys()
    assert not hidden & {mistake.field.split(".")[0] for mistake in checked.mistakes}
    assert 0 <= checked.answered <= checked.asked == len(set(KEYS) - hidden)
    again = check(definition, checked.answers, sent=sent)
    assert (again.shown, again.answers, again.answered, again.asked) == (
        checked.shown, checked.answers, checked.answered, checked.asked
    )  # fmt: skip
    assert {mistake.code for mistake in again.mistakes} <= INCOMPLETE
    assert msgspec.json.decode(msgspec.json.encode(checked.answers)) == checked.answers
    without = {key: value for key, value in given_.items() if key not in hidden}
    assert check(definition, without, sent=sent) == checked
