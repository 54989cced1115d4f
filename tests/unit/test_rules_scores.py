"""Scores: totals from counts, and majority judgment against its definition by ballots."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation_service.rules.scores import (
    CHOICES,
    GRADE_NAMES,
    GRADES,
    Judgment,
    compare_judgments,
    judgment,
    marks,
    opinions,
    percentages,
    rank,
)
from contracts.http import Refusal
from contracts.scales import SCALES

COUNTS = st.lists(st.integers(0, 9), min_size=7, max_size=7)


def of(counts: list[int]) -> Judgment:
    return judgment(dict(zip(GRADES, counts, strict=True)))


def majority_value(counts: list[int]) -> list[int]:
    """The definition: lower median grade, taken away, again and again. A higher number is a better grade."""
    votes = sorted(-n for n, count in enumerate(counts) for _ in range(count))
    value = []
    while votes:
        value.append(votes.pop((len(votes) - 1) // 2))
    return value


def test_every_scale_of_the_contracts_has_totals() -> None:
    assert {name: CHOICES[name] for name in SCALES} == SCALES
    assert tuple(GRADE_NAMES) == GRADES


@pytest.mark.parametrize(
    ("scale", "counts", "expressed", "agreement"),
    [
        ("agree_mixed_disagree", {}, 0, None),
        ("agree_mixed_disagree", {"agree": 3, "mixed": 1, "disagree": 2}, 6, Fraction(1, 2)),
        ("agree_disagree_pass", {"agree": 3, "disagree": 1, "pass": 6}, 4, Fraction(3, 4)),
        ("agree_disagree_pass", {"pass": 6}, 0, None),
        ("support", {"support": 5}, 5, Fraction(1)),
    ],
)
def test_opinions(scale: str, counts: dict[str, int], expressed: int, agreement: Fraction | None) -> None:
    total = opinions(scale, counts)
    assert (total.votes, total.expressed, total.agreement) == (sum(counts.values()), expressed, agreement)
    assert len(total.counts) == len(CHOICES[scale])


@pytest.mark.parametrize(
    ("counts", "mean", "median"),
    [
        ({}, None, None),
        ({"5": 1}, Fraction(5), Fraction(5)),
        ({"1": 1, "2": 1}, Fraction(3, 2), Fraction(3, 2)),
        ({"1": 2, "4": 1, "5": 1}, Fraction(11, 4), Fraction(5, 2)),
        ({"2": 1, "3": 3, "5": 1}, Fraction(16, 5), Fraction(3)),
    ],
)
def test_marks(counts: dict[str, int], mean: Fraction | None, median: Fraction | None) -> None:
    assert marks(counts)[2:] == (mean, median)


@pytest.mark.parametrize(
    ("counts", "grade", "sign"),
    [
        ([0, 0, 0, 0, 0, 0, 0], None, "-"),
        ([1, 0, 0, 0, 0, 0, 0], "excellent", "-"),
        ([1, 0, 0, 0, 0, 0, 1], "reject", "+"),
        ([2, 3, 1, 0, 0, 0, 0], "very_good", "+"),
        ([1, 0, 1, 0, 0, 2, 1], "insufficient", "+"),
        ([0, 0, 5, 0, 1, 1, 1], "good", "-"),
    ],
)
def test_judgment(counts: list[int], grade: str | None, sign: str) -> None:
    found = of(counts)
    assert (found.grade, found.sign) == (grade, sign)
    assert found.better + found.worse <= found.votes


@pytest.mark.parametrize(
    ("scale", "counts", "code"),
    [
        ("stars", {}, "scale_refused"),
        ("support", {"agree": 1}, "choice_refused"),
        ("support", {"support": -1}, "count_refused"),
    ],
)
def test_refusals(scale: str, counts: dict[str, int], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        opinions(scale, counts)
    assert refused.value.code == code


@given(COUNTS.filter(any), st.permutations(range(7)), st.data())
def test_order_is_that_of_majority_values(counts: list[int], order: list[int], data: st.DataObject) -> None:
    other = [counts[n] for n in order] if data.draw(st.booleans()) else list(counts)
    moved = data.draw(st.integers(0, 6))
    if other[moved]:
        other[moved] -= 1
        other[data.draw(st.integers(0, 6))] += 1
    expected = (majority_value(counts) > majority_value(other)) - (majority_value(counts) < majority_value(other))
    found = compare_judgments(of(counts), of(other))
    assert (found > 0) - (found < 0) == expected


@given(COUNTS, COUNTS, st.integers(1, 5))
def test_order_does_not_depend_on_how_many_times_all_vote(one: list[int], other: list[int], times: int) -> None:
    first, second = compare_judgments(of(one), of(other)), compare_judgments(of(other), of(one))
    assert (first > 0, first < 0) == (second < 0, second > 0)
    again = compare_judgments(of([count * times for count in one]), of(other))
    assert (again > 0, again < 0) == (first > 0, first < 0)


@given(COUNTS, COUNTS, COUNTS)
def test_order_is_transitive(one: list[int], other: list[int], third: list[int]) -> None:
    if compare_judgments(of(one), of(other)) >= 0 and compare_judgments(of(other), of(third)) >= 0:
        assert compare_judgments(of(one), of(third)) >= 0


def test_rank_puts_equals_together() -> None:
    judged = {
        "b": of([1, 0, 0, 0, 0, 0, 0]),
        "a": of([2, 0, 0, 0, 0, 0, 0]),
        "c": of([1, 0, 0, 0, 0, 0, 1]),
        "none": of([0] * 7),
        "d": of([0, 2, 0, 0, 0, 0, 0]),
    }
    assert rank(judged) == (("a", "b"), ("d",), ("c",), ("none",))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_percentages_add_up(counts: list[int]) -> None:
    shares = percentages(counts)
    assert sum(shares) == (100 if any(counts) else 0)
    total = sum(counts) or 1
    assert all(abs(Fraction(count * 100, total) - share) < 1 for count, share in zip(counts, shares, strict=True))
