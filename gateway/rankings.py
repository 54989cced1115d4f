"""The totals of a ranking by each of the methods that are published, from numbers that anybody can check. Pure."""

from fractions import Fraction
from typing import NamedTuple

from contracts.events import PublicRankingResult


class Place(NamedTuple):
    """An option in the results. ``borda_rank`` and ``schulze_rank`` begin with 1; equal options share theirs."""

    option: str
    borda: Fraction
    borda_rank: int
    schulze_rank: int
    beats: int
    """How many other options it beats when they are opposed two by two."""
    condorcet: bool
    """Whether it beats all others."""
    points: int


def places(result: PublicRankingResult) -> list[Place]:
    """The options, the first one by Borda first; then by Schulze, then as they were defined."""
    borda = [Fraction(points) for points in result.borda]
    schulze = {option: rank for rank, level in enumerate(result.schulze, 1) for option in level}
    found = [
        Place(
            option=option,
            borda=borda[n],
            borda_rank=1 + sum(other > borda[n] for other in borda),
            schulze_rank=schulze.get(n, len(result.options)),
            beats=sum(
                result.matrix[n][m] > result.matrix[m][n] for m in range(len(result.options)) if m != n
            ),
            condorcet=result.condorcet == n,
            points=result.points[n] if n < len(result.points) else 0,
        )
        for n, option in enumerate(result.options)
    ]  # fmt: skip
    return sorted(found, key=lambda place: (-place.borda, place.schulze_rank))
