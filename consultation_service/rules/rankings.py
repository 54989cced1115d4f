"""Rankings: lists of options in order of preference, and their totals by Condorcet, Schulze and Borda.

A ballot ranks some of the options, the preferred one first. What it leaves out comes after all that it ranks, without
order. Everything is computed from one matrix, how many ballots put ``i`` before ``j``, which is published: anybody can
compute the results again without a ballot. Names of options are their positions, from 0.

* Condorcet: the option that beats each other one when they are opposed two by two, when there is one.
* Schulze completes it: Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent
  single-winner election method", Social Choice and Welfare 36 (2011), strength of a victory = the votes for it.
* Borda: n - 1 points for a first place among n options, n - 2 for a second, and so on; options that a ballot leaves out
  share equally the points that are left (the "average score" of Baumeister, Faliszewski, Lang and Rothe, "Campaigns for
  lazy voters: truncated ballots", AAMAS 2012), so that each ballot weighs the same however long it is.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple, Self

from contracts.http import Refusal

MAX_OPTIONS: Final = 200
_LANE: Final = 32
"""Bits of a counter: as many ballots as there are people."""


class Results(NamedTuple):
    """``borda`` has the points of each option; ``condorcet`` is the winner or ``None``; ``schulze`` has the ranks, the
    first one first, options that neither beats nor loses to another together.
    """

    ballots: int
    matrix: tuple[tuple[int, ...], ...]
    borda: tuple[Fraction, ...]
    condorcet: int | None
    schulze: tuple[tuple[int, ...], ...]


class Matrix:
    """Counts ballots. Two matrices of the same options can be merged; the order in which ballots come is forgotten.

    A row is one large number with a counter of 32 bits for each option, so that a ballot costs one addition for each
    option that it ranks, not one for each pair: 100,000 ballots on 100 options take seconds.
    """

    def __init__(self, options: int) -> None:
        if not 1 <= options <= MAX_OPTIONS:
            raise ValueError(f"from 1 to {MAX_OPTIONS} options")
        self.options = options
        self.ballots = 0
        self._ones = [1 << (_LANE * n) for n in range(options)]
        self._all = sum(self._ones)
        self._rows = [0] * options

    def add(self, ballot: Sequence[int]) -> None:
        """Count a ballot that ``check_ranking`` let through."""
        after = self._all
        for option in ballot:
            after -= self._ones[option]
            self._rows[option] += after
        self.ballots += 1

    def merge(self, other: Self) -> None:
        """Add what ``other`` counted."""
        if other.options != self.options:
            raise ValueError("matrices of different options")
        self.ballots += other.ballots
        self._rows = [mine + theirs for mine, theirs in zip(self._rows, other._rows, strict=True)]

    def preferences(self) -> tuple[tuple[int, ...], ...]:
        """How many ballots put ``i`` before ``j``, row ``i`` and column ``j``."""
        size = self.options * _LANE // 8
        return tuple(struct.unpack(f"<{self.options}I", row.to_bytes(size, "little")) for row in self._rows)


def results(matrix: Sequence[Sequence[int]], ballots: int) -> Results:
    """Every result, from the matrix of preferences and the number of ballots."""
    rows = tuple(tuple(row) for row in matrix)
    return Results(ballots, rows, _borda(rows, ballots), _condorcet(rows), _schulze(rows))


def check_ranking(ranked: Sequence[str], options: Sequence[str], *, least: int = 1, most: int = 0) -> tuple[int, ...]:
    """The ballot, as positions among ``options``; ``most`` 0 means as many as there are options.

    Raises ``Refusal`` ``option_unknown``, ``option_repeated``, ``ranking_too_short`` or ``ranking_too_long``.
    """
    positions = {name: n for n, name in enumerate(options)}
    if not set(ranked) <= positions.keys():
        raise Refusal("option_unknown", field="ranking")
    if len(set(ranked)) < len(ranked):
        raise Refusal("option_repeated", field="ranking")
    if len(ranked) < least:
        raise Refusal("ranking_too_short", field="ranking", least=least)
    if most and len(ranked) > most:
        raise Refusal("ranking_too_long", field="ranking", most=most)
    return tuple(positions[name] for name in ranked)


def check_points(points: Mapping[str, int], options: Iterable[str], *, budget: int, most: int = 0) -> dict[str, int]:
    """Points that a participant shares among options: each 1 or more, ``most`` on one option when it is not 0, and
    ``budget`` in all. Options given 0 are left out. Raises ``Refusal`` ``option_unknown``, ``points_refused`` or
    ``points_over_budget``.
    """
    if not points.keys() <= set(options):
        raise Refusal("option_unknown", field="points")
    if any(given < 0 or (most and given > most) for given in points.values()):
        raise Refusal("points_refused", field="points", most=most or budget)
    if sum(points.values()) > budget:
        raise Refusal("points_over_budget", field="points", budget=budget)
    return {option: given for option, given in points.items() if given}


def _borda(matrix: tuple[tuple[int, ...], ...], ballots: int) -> tuple[Fraction, ...]:
    """Against each other option, 1 point for each ballot that puts it before, 1/2 for each that does not say."""
    found = []
    for i, row in enumerate(matrix):
        halves = sum(ballots + row[j] - matrix[j][i] for j in range(len(matrix)) if j != i)
        found.append(Fraction(halves, 2))
    return tuple(found)


def _condorcet(matrix: tuple[tuple[int, ...], ...]) -> int | None:
    everyone = range(len(matrix))
    for i in everyone:
        if all(matrix[i][j] > matrix[j][i] for j in everyone if j != i):
            return i
    return None


def _schulze(matrix: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    paths = _strongest_paths(matrix)
    left = list(range(len(matrix)))
    ranks = []
    while left:
        # The relation is a strict partial order (Schulze 2011, section 4.1), so somebody is always unbeaten.
        unbeaten = tuple(i for i in left if all(paths[i][j] >= paths[j][i] for j in left))
        ranks.append(unbeaten)
        left = [i for i in left if i not in unbeaten]
    return tuple(ranks)


def _strongest_paths(matrix: tuple[tuple[int, ...], ...]) -> list[list[int]]:
    """Floyd and Warshall's algorithm; the strength of a path is that of its weakest victory."""
    everyone = range(len(matrix))
    paths = [[matrix[i][j] if matrix[i][j] > matrix[j][i] else 0 for j in everyone] for i in everyone]
    for through in everyone:
        onward = paths[through]
        for i in everyone:
            reach = paths[i][through]
            if reach and i != through:
                row = paths[i]
                paths[i] = [max(known, min(reach, step)) for known, step in zip(row, onward, strict=True)]
    for i in everyone:
        paths[i][i] = 0
    return paths
