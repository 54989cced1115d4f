"""No figure about fewer than k people: how counts are put together before they are shown.

Nothing is merely left out, because what is left out can often be computed from a total: small groups are put together
until every figure that is shown, and every difference between them, is about at least k people.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Groups(NamedTuple):
    """Groups of at least k people, the largest first, and all the others together; 0 when that too would be too few."""

    shown: tuple[tuple[str, int], ...]
    rest: int


class Days(NamedTuple):
    """People who came from ``first`` to ``last``, both included."""

    first: datetime.date
    last: datetime.date
    people: int


def groups(counts: Mapping[str, int], unsaid: int, k: int) -> Groups:
    """``counts`` by value and the number of people who said nothing, as they can be shown.

    People of small groups and those who said nothing make one figure, so that neither can be computed from the other;
    when there are fewer than k of them, the smallest of the other groups joins them.
    """
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    shown = [one for one in ordered if one[1] >= k]
    rest = unsaid + sum(people for _, people in ordered if people < k)
    while shown and 0 < rest < k:
        rest += shown.pop()[1]
    return Groups(tuple(shown), rest if rest >= k else 0)


def each_day(counts: Mapping[datetime.date, int], first: datetime.date, last: datetime.date) -> list[Days]:
    """Every day from the first to the last one, and those outside that have people."""
    if not counts and last < first:
        return []
    first, last = min(first, *counts, first), max(last, *counts, last)
    days = (first + datetime.timedelta(n) for n in range((last - first).days + 1))
    return [Days(day, day, counts.get(day, 0)) for day in days]


def together(days: Sequence[Days], k: int, finished: bool) -> list[Days]:
    """Days put together until each group has at least k people. The last ones wait until they make a group too; once
    ``finished``, nothing more will come, and they join the group before them.

    A group never changes once it is there (but for people who leave), so that looking every day tells nothing more.
    """
    made: list[Days] = []
    open_: Days | None = None
    for day in days:
        open_ = day if open_ is None else Days(open_.first, day.last, open_.people + day.people)
        if open_.people >= k:
            made.append(open_)
            open_ = None
    if finished and open_ is not None and made:
        made[-1] = Days(made[-1].first, open_.last, made[-1].people + open_.people)
    return made
