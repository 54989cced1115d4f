"""Totals as pages show them: bars, percentages, the mean of marks, the majority grade, votes on former texts. Pure."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from contracts.scales import SCALES
from gateway.documents import Contribution, Tally

GRADES: Final = SCALES["majority_judgment"]
MARKS: Final = SCALES["one_to_five"]


def bars(tally: Tally, origin: str) -> list[dict[str, Any]]:
    """The parts of a bar a thousand units wide, each with its votes and its share in percent."""
    counts = (tally.cast if origin == "cast" else tally.imported) or {}
    whole = sum(counts.values())
    parts, x = [], 0.0
    for (choice, votes), share in zip(counts.items(), shares(list(counts.values())), strict=True):
        width = 1000 * votes / whole if whole else 0.0
        parts.append({"choice": choice, "votes": votes, "share": share, "x": round(x, 1), "width": round(width, 1)})
        x += width
    return parts


def shares(votes: list[int]) -> list[int]:
    """Percentages that add up to 100 (or are all 0): what rounding down leaves goes to the largest remainders.

    The script does the same sum in ``shares`` of ``cloison.js``.
    """
    whole = sum(votes)
    if not whole:
        return [0] * len(votes)
    found = [100 * part // whole for part in votes]
    by_remainder = sorted(range(len(votes)), key=lambda index: -(100 * votes[index] % whole))
    for index in by_remainder[: 100 - sum(found)]:
        found[index] += 1
    return found


def mean(counts: Mapping[str, int]) -> Fraction | None:
    """The mean of marks from 1 to 5; None without votes."""
    votes = sum(counts.get(mark, 0) for mark in MARKS)
    return Fraction(sum(int(mark) * counts.get(mark, 0) for mark in MARKS), votes) if votes else None


def grade(counts: Mapping[str, int]) -> str:
    """The majority grade: the median, the lower of the two middle ones when votes are even (Balinski and Laraki, PNAS
    104(21), 2007); empty without votes.
    """
    left = sum(counts.get(name, 0) for name in GRADES) // 2
    for name in GRADES:
        left -= counts.get(name, 0)
        if left < 0:
            return name
    return ""


def former(item: Contribution) -> list[tuple[int, int]]:
    """Versions of the text, other than the present one, on which votes were cast, with how many."""
    return [
        (cast.text_version, cast.votes)
        for cast in item.tally.by_version
        if cast.text_version != item.text_version and cast.votes
    ]
