"""What may be released of people: classes, groups that only shrink, weeks. Each rule has a control that breaks it."""

import datetime
from collections import Counter, defaultdict
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation_service.anonymise import (
    Rules,
    assign,
    described,
    is_diverse,
    leaving,
    levels,
    new_groups,
    rules_for,
    through,
    week_of,
)

DAY = datetime.date(2026, 11, 2)
RULES = Rules(k=3)
DECLARED = ("department", "age", "status")
KNOWN = st.fixed_dictionaries(
    {},
    optional={
        "department": st.sampled_from(["35", "29", "75"]),
        "age": st.sampled_from(["18-24", "75+"]),
        "status": st.sampled_from(["citizen", "union"]),
    },
)
PEOPLE = st.lists(st.tuples(KNOWN, st.lists(st.sampled_from("abc"), min_size=1, max_size=3)), max_size=40)


def test_levels_follow_what_is_asked() -> None:
    assert levels(DECLARED) == (
        ("department", "age", "status"), ("region", "age", "status"), ("region", "age"), ("region",), (),
    )  # fmt: skip
    assert levels(("region",)) == (("region",), ())
    assert levels(("age",)) == (("age",), ())
    assert levels(("department",)) == (("department",), ("region",), ())
    assert levels(()) == ((),)


def test_a_department_goes_with_its_region_and_hides_behind_it() -> None:
    person = {"department": "35", "age": "75+"}
    assert described(person, ("department", "age")) == ("35", "53", "75+", "")
    assert described(person, ("region",)) == ("", "53", "", "")
    assert described(person, ()) == ("", "", "", "")


def test_k_follows_the_level_of_protection_and_is_never_lowered() -> None:
    assert [rules_for(level, 5).k for level in (1, 2, 3)] == [10, 20, 20]
    assert rules_for(1, 30).k == 30


def test_whole_weeks_older_than_72_hours() -> None:
    monday, later = datetime.date(2026, 11, 23), datetime.date(2026, 12, 1)
    assert through(monday, later, Rules()) == datetime.date(2026, 11, 15)
    assert through(datetime.date(2026, 11, 26), later, Rules()) == datetime.date(2026, 11, 22)
    assert through(datetime.date(2026, 12, 5), later, Rules()) == later
    assert week_of(datetime.date(2027, 1, 1)) == "2026-W53"


@given(PEOPLE)
def test_every_class_has_k_people_who_said_different_things(people: list[tuple[dict[str, str], list[str]]]) -> None:
    given_by = {n: person for n, (person, _) in enumerate(people)}
    said = {n: words for n, (_, words) in enumerate(people)}
    found = assign(given_by, said, DECLARED, RULES)
    groups = defaultdict(list)
    for person, values in found.items():
        groups[values].append(person)
    alike = len({word for words in said.values() for word in words}) == 1
    for values, members in groups.items():
        assert len(members) >= RULES.k
        assert alike or is_diverse([word for member in members for word in said[member]], RULES)
        for member in members:  # less precise, never false
            whole = described(given_by[member], DECLARED)
            assert all(value in ("", true) for value, true in zip(values, whole, strict=True))


@given(PEOPLE)
def test_nobody_falls_back_further_than_needed(people: list[tuple[dict[str, str], list[str]]]) -> None:
    given_by = {n: person for n, (person, _) in enumerate(people)}
    found = assign(given_by, {n: [n] for n in given_by}, DECLARED, RULES)
    finest = Counter(described(person, DECLARED) for person in given_by.values())
    for person, values in found.items():
        if finest[described(given_by[person], DECLARED)] >= RULES.k:
            assert values == described(given_by[person], DECLARED)


def test_a_class_of_one_opinion_falls_back() -> None:
    people = {n: {"department": "35"} for n in range(4)} | {n: {"department": "29"} for n in range(4, 8)}
    said = {n: ["yes"] if n < 4 else [f"no{n}"] for n in people}
    found = assign(people, said, ("department",), RULES)
    assert found == dict.fromkeys(range(4, 8), ("29", "53", "", ""))  # four of one mind are no group at any level
    control = assign(people, said, ("department",), RULES._replace(diverse=False))
    assert control[0] == ("35", "53", "", "")


MOVES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 60)), min_size=1, max_size=12)


def releases(moves: list[tuple[int, int]], rules: Rules) -> list[frozenset[int]]:
    """Who is released after each of ``moves``: some leave, chosen by a seed; a batch of newcomers joins."""
    batches: list[set[int]] = []
    found = [frozenset[int]()]
    newcomer = 0
    for gone, seed in moves:
        for batch in batches:
            leavers = sorted(batch, key=lambda person: (person * 7919 + seed) % 101)
            left = leaving(len(batch), min(gone, len(batch)), rules)
            batch.difference_update(leavers[:left])
        size = seed % 17
        if size >= rules.k:
            batches.append(set(range(newcomer, newcomer + size)))
        newcomer += size
        found.append(frozenset().union(*batches))
    return found


@given(MOVES)
def test_any_two_releases_differ_by_nobody_or_by_k_people(moves: list[tuple[int, int]]) -> None:
    for one, other in combinations(releases(moves, RULES), 2):
        assert len(one ^ other) == 0 or len(one ^ other) >= RULES.k


def test_control_without_companions_a_difference_is_one_person() -> None:
    without = RULES._replace(differences=False)
    found = releases([(0, 16), (1, 0)], without)
    assert len(found[1] ^ found[2]) == 1


@given(st.integers(0, 100), st.integers(0, 100), st.integers(2, 20))
def test_who_stays_is_nobody_or_k(people: int, gone: int, k: int) -> None:
    gone = min(gone, people)
    left = people - leaving(people, gone, Rules(k=k))
    assert left == people if gone == 0 else (left == 0 or left >= k) and people - left >= min(k, people)


DAYS = st.dictionaries(
    st.integers(0, 27).map(lambda n: DAY + datetime.timedelta(days=n)),
    st.dictionaries(st.sampled_from(["agree", "disagree"]), st.integers(1, 6), min_size=1),
    max_size=20,
)


@given(DAYS, st.booleans())
def test_new_votes_come_in_groups_of_k_whose_week_tells_nothing(
    days: dict[datetime.date, dict[str, int]], closing: bool
) -> None:
    found = new_groups(days, RULES, closing=closing)
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for day, week in found.items():
        assert week in ("", week_of(day))
        groups[week].update(days[day])
    for week, choices in groups.items():
        assert choices.total() >= RULES.k
        assert week == "" or is_diverse(choices.elements(), RULES)
    waiting = sum(sum(choices.values()) for day, choices in days.items() if day not in found)
    assert waiting < RULES.k
    if closing and found and set(found.values()) != {""}:
        assert waiting == 0


@pytest.mark.parametrize(("switch", "told"), [(True, {""}), (False, {"2026-W45"})])
def test_control_a_week_of_one_opinion(switch: bool, told: set[str]) -> None:
    days = {DAY: {"agree": 30}}
    assert set(new_groups(days, RULES._replace(diverse=switch), closing=False).values()) == told
