"""Votes of a Pol.is conversation, as a log of events or as a matrix."""

import datetime
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from consultation_service.importers.batch import Report
from consultation_service.importers.errors import RowRefused
from consultation_service.importers.intake import Advance
from consultation_service.importers.reading import day_of_milliseconds, records, require_header, rows
from contracts.scales import ChoiceName

EVENTS: Final = "votes.csv"
MATRIX: Final = "participants-votes.csv"
EVENT_COLUMNS: Final = ("timestamp", "comment-id", "voter-id", "vote")
PEOPLE_COLUMNS: Final = ("participant", "group-id", "n-comments", "n-votes", "n-agree", "n-disagree")
CHOICES: Final[dict[str, ChoiceName]] = {"1": "agree", "-1": "disagree", "0": "pass"}


class Cast(NamedTuple):
    """A vote as it stands; ``day`` is None when the source does not say."""

    choice: ChoiceName
    day: datetime.date | None


Votes = dict[tuple[str, str], Cast]
"""By the source's names of the participant and of the statement."""


def last_events(folder: Path, statements: Container[str], report: Report, advance: Advance) -> tuple[int, Votes]:
    """How many events were taken, and the last of each participant on each statement.

    The log is not in order. Two events in the same millisecond: the one further down the file is the last.
    """
    latest: dict[tuple[str, str], tuple[int, ChoiceName]] = {}
    events = 0
    for row in rows(folder, EVENTS, EVENT_COLUMNS):
        advance()
        try:
            instant = row.milliseconds("timestamp")
            statement, person = row.key("comment-id"), row.key("voter-id")
            choice = CHOICES[row.choice("vote", tuple(CHOICES))]
            if statement not in statements:
                raise RowRefused("unknown", column="comment-id")
        except RowRefused as reason:
            report.refuse(EVENTS, row.line, reason)
            continue
        events += 1
        former = latest.get((person, statement))
        if former is None or instant >= former[0]:
            latest[person, statement] = instant, choice
    return events, {key: Cast(choice, day_of_milliseconds(instant)) for key, (instant, choice) in latest.items()}


def matrix(folder: Path, statements: Container[str], report: Report, advance: Advance) -> Votes:
    """The votes of ``participants-votes.csv``: a row for each participant, a column for each statement, no dates."""
    lines = records(folder, MATRIX)
    header = require_header(next(lines, (1, []))[1], MATRIX, PEOPLE_COLUMNS)
    columns = [(index, name) for index, name in enumerate(header) if name not in PEOPLE_COLUMNS]
    left: dict[str, int] = {name: 0 for _, name in columns if name not in statements}
    person_at = header.index("participant")
    people: set[str] = set()
    votes: Votes = {}
    for line, fields in lines:
        advance()
        try:
            if len(fields) != len(header):
                raise RowRefused("fields", found=len(fields), expected=len(header))
            _require_new(fields[person_at], people)
            row = {name: fields[index] for index, name in columns if fields[index]}
            unknown = next((name for name, value in row.items() if value not in CHOICES), None)
            if unknown is not None:
                # The column's name is the source's; its number is enough to find it.
                raise RowRefused("choice", column=str(header.index(unknown) + 1))
        except RowRefused as reason:
            report.refuse(MATRIX, line, reason)
            continue
        person = fields[person_at]
        people.add(person)
        for name, value in row.items():
            if name in left:
                left[name] += 1
            else:
                votes[person, name] = Cast(CHOICES[value], None)
    for name, count in left.items():
        report.refuse(MATRIX, 1, RowRefused("statement", column=str(header.index(name) + 1), votes=count))
    return votes


def differences(one: Mapping[tuple[str, str], Cast], other: Mapping[tuple[str, str], Cast]) -> int:
    """On how many pairs of participant and statement two readings do not say the same choice."""
    return sum(
        key not in one or key not in other or one[key].choice != other[key].choice for key in one.keys() | other.keys()
    )


def _require_new(person: str, people: set[str]) -> None:
    if not person:
        raise RowRefused("missing", column="participant")
    if person in people:
        raise RowRefused("duplicate", column="participant")
