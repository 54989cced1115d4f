"""What of people may be released, as pure rules; ``store/releases.py`` says the same in SQL, and tests compare the two.

* *Groups.* A group is published when k distinct people or more are in it, and when what they said is diverse enough
  not to be guessed from being one of them (l-diversity). From one release to the next it keeps its people, or loses at
  least k of them and keeps at least k, or disappears: so no difference between any two releases, next to each other or
  not, is about fewer than k people.
* *Attributes.* Somebody is described by the finest level of ``levels`` that makes such a group, and never finer later.

``Rules`` can turn each of them off, for the tests that check that an attack then succeeds.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple, TypeVar

from consultation_service.rules.attributes import CATALOGUE

P = TypeVar("P", bound=Hashable)
C = TypeVar("C", bound=Hashable)

ATTRIBUTES: Final = ("department", "region", "age", "status")
LEVELS: Final = (
    ("department", "age", "status"),
    ("region", "age", "status"),
    ("region", "age"),
    ("region",),
    (),
)
"""What is said of somebody, the most precise first. A department goes with its region."""

LEAST: Final[Mapping[int, int]] = {1: 10, 2: 20, 3: 20}
"""k, by level of protection; a consultation may ask for more, never for less."""


class Rules(NamedTuple):
    """``k`` is the least number of people of a group, or of a difference. ``most`` is the share of a group, in percent,
    that may have said the same. The switches are for controls.
    """

    k: int = 10
    most: int = 90
    delay_days: int = 3
    frozen: bool = True
    differences: bool = True
    diverse: bool = True
    weeks: bool = True
    reviewed: bool = True
    fresh_ids: bool = True
    author_refs: bool = False


def rules_for(level: int, smallest_group: int) -> Rules:
    """The rules of a consultation with this level of protection and this declared least group."""
    return Rules(k=max(LEAST[level], smallest_group))


def through(day: date, last_day: date, rules: Rules) -> date:
    """The last day of what a release of ``day`` may hold: a Sunday, so that every week is whole, until the last day of
    the consultation is old enough. Whatever was done on it was done ``delay_days`` whole days ago, so that its author
    and moderators had 72 hours to think again.
    """
    latest = day - timedelta(days=rules.delay_days + 1)
    return latest if last_day <= latest else latest - timedelta(days=latest.isoweekday() % 7)


def week_of(day: date) -> str:
    """``2026-W48``."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def levels(declared: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """``LEVELS`` over the attributes that a consultation asks for; a department implies its region."""
    known = set(declared) | {CATALOGUE[name].coarser for name in declared}
    found = (
        tuple(name for name in level if name in known)
        for level in LEVELS
        if "department" in known or "department" not in level
    )
    return tuple(dict.fromkeys(found))


def described(given: Mapping[str, str], level: Sequence[str]) -> tuple[str, str, str, str]:
    """Somebody's department, region, age and status at a level; empty for what is not said at it."""
    department = given.get("department", "")
    region = CATALOGUE["department"].coarser_value[department] if department else given.get("region", "")
    facts = {**given, "region": region} if "region" in level or "department" in level else dict(given)
    shown = {*level, "region"} if "department" in level else set(level)
    values = tuple(facts.get(name, "") if name in shown else "" for name in ATTRIBUTES)
    return values[0], values[1], values[2], values[3]


def is_diverse(said: Iterable[Hashable], rules: Rules) -> bool:
    """Whether two things or more were said, none by more than ``most`` percent."""
    counts = Counter(said)
    if not rules.diverse:
        return True
    return len(counts) > 1 and max(counts.values()) * 100 <= rules.most * counts.total()


def leaving(people: int, gone: int, rules: Rules) -> int:
    """How many leave a group of ``people`` when ``gone`` of them have to: with companions, at least k; all when fewer
    than k would stay.
    """
    if gone == 0 or not rules.differences:
        return gone
    leave = max(gone, rules.k)
    return people if people - leave < rules.k else leave


def assign(
    people: Mapping[P, Mapping[str, str]],
    said: Mapping[P, Sequence[Hashable]],
    declared: Collection[str],
    rules: Rules,
) -> dict[P, tuple[str, str, str, str]]:
    """What is published of each of ``people`` who are described for the first time; whoever is absent from the result
    makes no group at any level. ``said`` is what each of them said. What everybody said alike tells nothing of anybody.
    """
    same = len({one for words in said.values() for one in words}) <= 1
    found: dict[P, tuple[str, str, str, str]] = {}
    for level in levels(declared):
        groups: dict[tuple[str, str, str, str], list[P]] = defaultdict(list)
        for person, given in people.items():
            if person not in found:
                groups[described(given, level)].append(person)
        for values, members in groups.items():
            words = [one for member in members for one in said[member]]
            if len(members) >= rules.k and (same or is_diverse(words, rules)):
                found |= dict.fromkeys(members, values)
    return found


def new_groups(days: Mapping[date, Mapping[C, int]], rules: Rules, *, closing: bool) -> dict[date, str]:
    """In which group each day of new votes on an item is released: that of its week, or the one without a week, ``""``.
    A day that is absent waits. ``days`` has the number of votes by choice.
    """
    weeks: dict[str, Counter[C]] = defaultdict(Counter)
    for day, choices in days.items():
        weeks[week_of(day)].update(choices)
    told = {week for week, choices in weeks.items() if _week_told(choices, rules)}
    left = sum(choices.total() for week, choices in weeks.items() if week not in told)
    if closing and 0 < left < rules.k and told:
        joined = min(told, key=lambda week: (weeks[week].total(), week))
        told.remove(joined)
        left += weeks[joined].total()
    others = {""} if left >= rules.k else set()
    return {day: week_of(day) if week_of(day) in told else "" for day in days if week_of(day) in told or others}


def _week_told(choices: Counter[C], rules: Rules) -> bool:
    return choices.total() >= rules.k and is_diverse(choices.elements(), rules)
