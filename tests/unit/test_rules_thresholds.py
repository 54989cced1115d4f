"""Nothing about fewer than k people, whatever is subtracted from what."""

import datetime
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from consultation_service.rules.thresholds import Days, each_day, groups, together

COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40))
K = st.integers(2, 15)
FIRST = datetime.date(2026, 11, 1)


def day(number: int) -> datetime.date:
    return FIRST + datetime.timedelta(number)


@given(COUNTS, st.integers(0, 40), K)
def test_every_figure_is_about_at_least_k_people(counts: Mapping[str, int], unsaid: int, k: int) -> None:
    found = groups(counts, unsaid, k)
    assert all(people >= k and counts[name] == people for name, people in found.shown)
    assert found.rest == 0 or found.rest >= k
    total = sum(counts.values()) + unsaid
    left = total - sum(people for _, people in found.shown)  # what anybody computes from the total
    assert left == 0 or left >= k or not found.shown
    assert found.rest in (0, left)


def test_leaving_small_groups_out_is_not_enough() -> None:
    """The control: without the rest, the one small group is the total less the others."""
    counts = {"a": 20, "b": 3}
    merely_left_out = {name: people for name, people in counts.items() if people >= 10}
    assert sum(counts.values()) - sum(merely_left_out.values()) == 3
    assert groups(counts, 0, 10) == ((), 23)


@given(st.lists(st.integers(0, 30), max_size=40), K)
def test_groups_of_days_have_k_people_and_never_change(people: list[int], k: int) -> None:
    days = each_day({day(n): number for n, number in enumerate(people) if number}, FIRST, day(len(people) - 1))
    before: list[Days] = []
    for last in range(len(days) + 1):
        seen = together(days[:last], k, finished=False)
        assert seen[: len(before)] == before
        assert all(group.people >= k for group in seen)
        before = seen
    final = together(days, k, finished=True)
    assert sum(group.people for group in final) in (sum(people), 0)
    assert all(group.people >= k for group in final)


def test_every_day_of_the_period_is_there_and_those_outside_that_have_people() -> None:
    found = each_day({day(-1): 2, day(1): 3}, FIRST, day(2))
    assert [(one.first, one.people) for one in found] == [(day(-1), 2), (day(0), 0), (day(1), 3), (day(2), 0)]
    assert each_day({}, FIRST, day(-1)) == []
