"""Rankings: published examples, the definitions ballot by ballot, and the order of counting."""

import random
import time
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation_service.rules.rankings import Matrix, Results, check_points, check_ranking, results
from contracts.http import Refusal

BALLOTS = st.lists(
    st.permutations(range(5)).flatmap(lambda order: st.integers(0, 5).map(lambda size: order[:size])), max_size=25
)


def counted(ballots: Sequence[Sequence[int]], options: int = 5) -> Matrix:
    matrix = Matrix(options)
    for ballot in ballots:
        matrix.add(ballot)
    return matrix


def found(ballots: Sequence[Sequence[int]], options: int = 5) -> Results:
    matrix = counted(ballots, options)
    return results(matrix.preferences(), matrix.ballots)


def test_schulze_on_his_usual_example() -> None:
    """Options a to e, 45 ballots: the order is e a c b d, and nobody wins all duels."""
    groups = {"acbed": 5, "adecb": 5, "bedac": 8, "cabed": 3, "caebd": 7, "cbade": 2, "dceba": 7, "ebadc": 8}
    outcome = found([["abcde".index(name) for name in order] for order, n in groups.items() for _ in range(n)])
    assert outcome.ballots == 45
    assert outcome.matrix[0] == (0, 20, 26, 30, 22)
    assert outcome.condorcet is None
    assert outcome.schulze == ((4,), (0,), (2,), (1,), (3,))


def test_the_towns_of_tennessee() -> None:
    """Memphis, Nashville, Chattanooga, Knoxville: the usual textbook example, won by Nashville in all duels."""
    ballots = [[0, 1, 2, 3]] * 42 + [[1, 2, 3, 0]] * 26 + [[2, 3, 1, 0]] * 15 + [[3, 2, 1, 0]] * 17
    outcome = found(ballots, 4)
    assert outcome.condorcet == 1
    assert outcome.schulze == ((1,), (2,), (3,), (0,))
    assert [int(points) for points in outcome.borda] == [126, 194, 173, 107]


def test_nobody_ranked_anything() -> None:
    outcome = found([[], []], 3)
    assert outcome.borda == (Fraction(2), Fraction(2), Fraction(2))
    assert outcome.condorcet is None
    assert outcome.schulze == ((0, 1, 2),)
    assert found([], 1) == Results(0, ((0,),), (Fraction(0),), 0, ((0,),))


@settings(deadline=None)
@given(BALLOTS)
def test_matrix_and_borda_are_their_definitions(ballots: list[list[int]]) -> None:
    outcome = found(ballots)
    points = [Fraction(0)] * 5
    for ballot in ballots:
        absent = [n for n in range(5) if n not in ballot]
        for place, option in enumerate(ballot):
            points[option] += 4 - place
        for option in absent:
            points[option] += Fraction(sum(range(len(absent))), len(absent))
    assert outcome.borda == tuple(points)
    for i in range(5):
        for j in range(5):
            before = sum(i in b and (j not in b or b.index(i) < b.index(j)) for b in ballots) if i != j else 0
            assert outcome.matrix[i][j] == before


@settings(deadline=None)
@given(BALLOTS, st.integers(0, 25), st.randoms(use_true_random=False))
def test_the_order_of_counting_and_merging_is_forgotten(
    ballots: list[list[int]], cut: int, chance: random.Random
) -> None:
    shuffled = list(ballots)
    chance.shuffle(shuffled)
    one, other = counted(shuffled[:cut]), counted(shuffled[cut:])
    first, second = counted([]), counted([])
    for merged, parts in ((first, (one, other)), (second, (other, one))):
        for part in parts:
            merged.merge(part)
    whole = counted(ballots)
    assert first.preferences() == second.preferences() == whole.preferences()
    assert first.ballots == second.ballots == whole.ballots


@settings(deadline=None)
@given(BALLOTS)
def test_schulze_keeps_the_winner_of_all_duels_first(ballots: list[list[int]]) -> None:
    outcome = found(ballots)
    assert sorted(n for rank in outcome.schulze for n in rank) == list(range(5))
    if outcome.condorcet is not None:
        assert outcome.schulze[0] == (outcome.condorcet,)
        assert 2 * outcome.borda[outcome.condorcet] > 4 * outcome.ballots  # above the mean, never last


def test_a_large_ranking_is_counted_in_seconds() -> None:
    chance = random.Random(1)
    ballots = [chance.sample(range(100), 100) for _ in range(100)]
    matrix = Matrix(100)
    began = time.process_time()
    for ballot in ballots * 100:
        matrix.add(ballot)
    results(matrix.preferences(), matrix.ballots)
    assert time.process_time() - began < 3
    assert matrix.ballots == 10_000


@pytest.mark.parametrize("options", [0, 201])
def test_number_of_options(options: int) -> None:
    with pytest.raises(ValueError, match="options"):
        Matrix(options)


def test_matrices_of_different_options_do_not_merge() -> None:
    with pytest.raises(ValueError, match="different"):
        Matrix(2).merge(Matrix(3))


@pytest.mark.parametrize(
    ("ranked", "expected"),
    [
        (["b", "a"], (1, 0)),
        (["c"], (2,)),
        ([], "ranking_too_short"),
        (["a", "a"], "option_repeated"),
        (["z"], "option_unknown"),
        (["a", "b", "c"], "ranking_too_long"),
    ],
)
def test_check_ranking(ranked: list[str], expected: tuple[int, ...] | str) -> None:
    if isinstance(expected, tuple):
        assert check_ranking(ranked, ["a", "b", "c"], most=2) == expected
        return
    with pytest.raises(Refusal) as refused:
        check_ranking(ranked, ["a", "b", "c"], most=2)
    assert (refused.value.code, refused.value.field) == (expected, "ranking")


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ({"a": 6, "b": 4}, {"a": 6, "b": 4}),
        ({"a": 3, "b": 0}, {"a": 3}),
        ({}, {}),
        ({"a": 6, "b": 5}, "points_over_budget"),
        ({"a": -1}, "points_refused"),
        ({"a": 7}, "points_refused"),
        ({"z": 1}, "option_unknown"),
    ],
)
def test_check_points(points: dict[str, int], expected: dict[str, int] | str) -> None:
    if isinstance(expected, dict):
        assert check_points(points, "abc", budget=10, most=6) == expected
        return
    with pytest.raises(Refusal) as refused:
        check_points(points, "abc", budget=10, most=6)
    assert refused.value.code == expected
