"""What an attacker reads: the rows of a release, in the order of its files."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

from contracts.safe_csv import original

Row = dict[str, str]


@dataclass
class Published:
    """A release, as far as it is about people."""

    contributions: list[Row]
    votes: list[Row]
    live_ids: dict[str, str] = field(default_factory=dict)
    """What has each id on the site: anybody can read it, with its day."""

    items: dict[str, str] = field(default_factory=dict)
    """The ids, in this release, of what the organiser put to the vote, by title."""


def read(folder: Path) -> Published:
    """The CSV files of a real release."""
    rows = _rows(folder / "contributions.csv")
    items = {row["title"]: row["contribution"] for row in rows if row["official"] == "true"}
    return Published([row for row in rows if row["official"] != "true"], _rows(folder / "votes.csv"), items=items)


def _rows(file: Path) -> list[Row]:
    with file.open(newline="") as content:
        return [{name: original(value) for name, value in row.items()} for row in csv.DictReader(content)]


def texts(released: Published) -> list[Row]:
    """What can still be read."""
    return [row for row in released.contributions if row["state"] == "published" and row["title"]]
