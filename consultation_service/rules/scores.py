"""Totals of an item, from counts of votes only: no ballot and no person is ever needed to compute or to check them.

Every figure is exact (whole numbers and fractions); rounding is for whoever shows it.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cmp_to_key
from typing import Final, NamedTuple

from contracts.http import Refusal

GRADES: Final = ("excellent", "very_good", "good", "fairly_good", "passable", "insufficient", "reject")
"""The seven grades of majority judgment, from the best to the worst."""

GRADE_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "excellent": ("Excellent", "Excellent"),
    "very_good": ("Très bien", "Very good"),
    "good": ("Bien", "Good"),
    "fairly_good": ("Assez bien", "Fairly good"),
    "passable": ("Passable", "Passable"),
    "insufficient": ("Insuffisant", "Insufficient"),
    "reject": ("À rejeter", "To reject"),
}
"""The words of a ballot, in French and in English."""

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "agree_mixed_disagree": ("agree", "mixed", "disagree"),
    "agree_disagree_pass": ("agree", "disagree", "pass"),
    "support": ("support",),
    "one_to_five": ("1", "2", "3", "4", "5"),
    "majority_judgment": GRADES,
}
"""Every scale that has totals here, with its choices in the order in which they are shown."""


class Opinions(NamedTuple):
    """Totals of a scale of words. ``expressed`` leaves those who pass aside; ``agreement`` is the share of ``agree``
    among them, ``None`` when nobody expressed an opinion.
    """

    votes: int
    expressed: int
    counts: tuple[int, ...]
    agreement: Fraction | None


class Marks(NamedTuple):
    """Totals of marks from 1 to 5. ``median`` is the mean of the two middle marks when their number is even."""

    votes: int
    counts: tuple[int, ...]
    mean: Fraction | None
    median: Fraction | None


class Judgment(NamedTuple):
    """What a majority judges an item. ``better`` and ``worse`` are the numbers of votes above and below ``grade``, the
    majority grade; its sign is ``+`` when more votes are above than below, ``-`` otherwise.
    """

    votes: int
    counts: tuple[int, ...]
    grade: str | None
    better: int
    worse: int

    @property
    def sign(self) -> str:
        return "+" if self.better > self.worse else "-"


def counts_of(scale: str, counts: Mapping[str, int]) -> tuple[int, ...]:
    """The counts of every choice of ``scale``, in order, zero where none is given.

    Raises ``Refusal`` ``scale_refused``, ``choice_refused`` or ``count_refused``.
    """
    if scale not in CHOICES:
        raise Refusal("scale_refused", field="scale")
    if not counts.keys() <= set(CHOICES[scale]):
        raise Refusal("choice_refused", field="choice")
    if any(count < 0 for count in counts.values()):
        raise Refusal("count_refused")
    return tuple(counts.get(choice, 0) for choice in CHOICES[scale])


def opinions(scale: str, counts: Mapping[str, int]) -> Opinions:
    """Totals of ``agree_mixed_disagree``, ``agree_disagree_pass`` or ``support``."""
    found = counts_of(scale, counts)
    votes = sum(found)
    expressed = votes - counts.get("pass", 0)
    agreeing = counts.get("support" if scale == "support" else "agree", 0)
    return Opinions(votes, expressed, found, Fraction(agreeing, expressed) if expressed else None)


def marks(counts: Mapping[str, int]) -> Marks:
    """Totals of the scale ``one_to_five``."""
    found = counts_of("one_to_five", counts)
    votes = sum(found)
    if not votes:
        return Marks(0, found, None, None)
    mean = Fraction(sum(mark * count for mark, count in enumerate(found, 1)), votes)
    middle = Fraction(_at(found, (votes + 1) // 2) + _at(found, votes // 2 + 1) + 2, 2)
    return Marks(votes, found, mean, middle)


def judgment(counts: Mapping[str, int]) -> Judgment:
    """Totals of the scale ``majority_judgment``: the median grade, the lower of the two middle ones when the number of
    votes is even (Balinski and Laraki, "A theory of measuring, electing, and ranking", PNAS 104(21), 2007).
    """
    found = counts_of("majority_judgment", counts)
    votes = sum(found)
    if not votes:
        return Judgment(0, found, None, 0, 0)
    grade = _at(found, votes // 2 + 1)
    return Judgment(votes, found, GRADES[grade], sum(found[:grade]), sum(found[grade + 1 :]))


def compare_judgments(one: Judgment, other: Judgment) -> int:
    """Above 0 when ``one`` is ranked before ``other``, 0 when they are equal.

    The rule is the majority ranking of Balinski and Laraki ("Majority Judgment", MIT Press, 2010, chapter 1): of two
    items with the same majority grade, take that one vote away from both and look at the next majority grade, and so
    on. It is computed from the counts: taking medians away goes outwards from the middle, one step down then one step
    up, so grades only change where a count ends. Items with different numbers of votes are compared as if each vote of
    one weighed as many votes as the other has, which changes no majority grade. An item without a vote comes last.
    """
    if not one.votes or not other.votes:
        return bool(one.votes) - bool(other.votes)
    mine = [count * other.votes for count in one.counts]
    theirs = [count * one.votes for count in other.counts]
    # Twice as many again, so that there are two middle votes and every step goes as far down as up.
    half = one.votes * other.votes
    for step in sorted({0} | _changes(mine, half) | _changes(theirs, half)):
        for position in (half + step + 1, half - step):
            difference = _at_doubled(theirs, position) - _at_doubled(mine, position)
            if difference:
                return difference
    return 0


def rank(judgments: Mapping[str, Judgment]) -> tuple[tuple[str, ...], ...]:
    """The names of the items from the best judged to the worst; those of equal rank together, in alphabetical order."""
    names = sorted(judgments)

    def worst_last(one: str, other: str) -> int:
        return compare_judgments(judgments[other], judgments[one])

    names.sort(key=cmp_to_key(worst_last))
    ranks: list[list[str]] = []
    for name in names:
        if ranks and compare_judgments(judgments[ranks[-1][0]], judgments[name]) == 0:
            ranks[-1].append(name)
        else:
            ranks.append([name])
    return tuple(tuple(names) for names in ranks)


def percentages(counts: Sequence[int]) -> tuple[int, ...]:
    """Whole percentages that add up to 100 (largest remainders, the first of equals), or zeros when nobody voted."""
    total = sum(counts)
    if not total:
        return (0,) * len(counts)
    shares = [count * 100 // total for count in counts]
    missing = 100 - sum(shares)
    for n in sorted(range(len(counts)), key=lambda n: -(counts[n] * 100 % total))[:missing]:
        shares[n] += 1
    return tuple(shares)


def _at(counts: Sequence[int], position: int) -> int:
    """The index of the choice of the vote at ``position``, counted from 1 in the order of ``counts``."""
    for n, count in enumerate(counts):
        position -= count
        if position <= 0:
            return n
    raise ValueError("there are not so many votes")


def _at_doubled(counts: Sequence[int], position: int) -> int:
    return _at(counts, (position + 1) // 2)


def _changes(counts: Sequence[int], half: int) -> set[int]:
    """How many steps from the middle, with every vote doubled, the vote met on either side changes."""
    steps: set[int] = set()
    reached = 0
    for count in counts:
        reached += 2 * count
        if abs(reached - half) < half:
            steps.add(abs(reached - half))
    return steps
