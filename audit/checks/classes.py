"""G1 and G7: nobody stands out by what could already be known, and a group does not tell what its people think."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Final

from audit.bundle import Bundle, Row
from audit.private import Private
from audit.report import Result
from audit.tables import QUASI, SINGLE_CHOICE

MOST: Final = 0.9
"""The largest part of a group that may share one value (R2)."""

NEEDS_AUTHORS: Final = "rows are counted; that they are distinct people can only be seen with the operator's inputs"


def group_sizes(bundle: Bundle, private: Private | None) -> Result:
    """G1: every combination of quasi-identifiers that is published is that of at least k distinct authors."""
    k = bundle.smallest_group
    result = Result("G1", bundle.label, f"≥ {k} personnes par groupe / people per group")
    result.figures["k"] = k
    _people(bundle, private, k, result)
    for (item, since), sizes in _groups_of_votes(bundle).items():
        for week, size in sizes.items():
            result.smallest("smallest group of votes", size)
            if size < k:
                result.find(f"votes of {item}, since release {since}, week {week or 'none'}: {size} votes < {k}")
    answers = bundle.count("answers", "section", "question", "part", "since")
    for (_, question, _, since), size in answers.items():
        if size < k:
            result.find(f"answers to {question}, since release {since}: {size} < {k}")
    for section, *quasi, people in set(bundle.select("totals_by_attribute", "section", *QUASI[1:], "people")):
        result.smallest("smallest group of totals", int(people))
        if int(people) < k:
            result.find(f"totals of section {section} for {_said(quasi)}: {people} people < {k}")
    return result


def _people(bundle: Bundle, private: Private | None, k: int, result: Result) -> None:
    """The groups of contributions. What has no attribute and no week is a group too, beside groups that have some:
    somebody whose own combination is nowhere else can only be there. What was removed has no text to be linked to.
    """
    groups: dict[Row, list[str]] = defaultdict(list)
    for contribution, official, state, *quasi in bundle.select(
        "contributions", "contribution", "official", "state", *QUASI
    ):
        if official == "true" or (state != "published" and not any(quasi)):
            continue
        groups[tuple(quasi)].append(contribution)
    if private is None or not private.has("contributions.csv"):
        result.missing = NEEDS_AUTHORS
    for combination, rows in groups.items():
        if not any(combination) and len(groups) == 1:
            continue
        people = len(rows)
        if private and private.has("contributions.csv"):
            authors = [private.authors.get(row, "") for row in rows]
            if not all(authors):
                result.find(f"contributions of {_said(combination)}: a row whose author is not among the inputs")
            people = len(set(authors))
        result.smallest("smallest group of contributions", people)
        if people < k:
            result.find(f"contributions of {_said(combination)}: {people} < {k}")
    result.figures["groups of contributions"] = len(groups)


def diversity(bundle: Bundle) -> Result:
    """G7: in a group with quasi-identifiers no value is that of more than nine people in ten."""
    result = Result("G7", bundle.label, "Aucun groupe unanime / no unanimous group")
    scales = bundle.mapping("sections", "section", "scale")
    section_of = bundle.mapping("contributions", "contribution", "section")
    cells: dict[Row, Counter[Hashable]] = defaultdict(Counter)
    for (item, since, week, choice), count in bundle.votes.items():
        if week and scales.get(section_of.get(item, ""), "") not in SINGLE_CHOICE:
            cells[item, since, week][choice] += count
    _require_diverse(cells, "votes of", result)
    totals: dict[Row, Counter[Hashable]] = defaultdict(Counter)
    for section, *quasi, choice, votes in bundle.select(
        "totals_by_attribute", "section", *QUASI[1:], "choice", "votes"
    ):
        if any(quasi) and scales.get(section, "") not in SINGLE_CHOICE:
            totals[section, *quasi][choice] += int(votes)
    _require_diverse(totals, "totals of", result)
    said: dict[Row, Counter[Hashable]] = defaultdict(Counter)
    columns = ("official", "state", "section", "kind", "side", *QUASI[1:])
    for official, state, section, kind, side, *quasi in bundle.select("contributions", *columns):
        if official != "true" and state == "published":
            said[tuple(quasi)][section, kind, side] += 1
    # Where everybody says the same kind of thing in the same section, that is no secret of a group.
    if len(set().union(*said.values())) > 1:
        _require_diverse({quasi: values for quasi, values in said.items() if any(quasi)}, "contributions of", result)
    result.figures["groups"] = len(cells) + len(totals) + len(said)
    return result


def _require_diverse(cells: Mapping[Row, Counter[Hashable]], of: str, result: Result) -> None:
    for cell, values in cells.items():
        if max(values.values()) > MOST * values.total():
            result.find(f"{of} {_said(cell)}: more than nine in ten are alike")


def _groups_of_votes(bundle: Bundle) -> Mapping[tuple[str, str], Counter[str]]:
    """Votes by item and release where they appeared, then by week: those without a week are what is left."""
    groups: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (item, since, week, _), votes in bundle.votes.items():
        groups[item, since][week] += votes
    return groups


def _said(values: Iterable[str]) -> str:
    return " · ".join(value or "*" for value in values)
