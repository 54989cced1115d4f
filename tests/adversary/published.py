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
    """The day, on the site, of what has each id there: anybody can read it."""


def read(folder: Path) -> Published:
    """The CSV files of a real release."""
    return Published(_rows(folder / "contributions.csv"), _rows(folder / "votes.csv"))


def _rows(file: Path) -> list[Row]:
    with file.open(newline="") as content:
        rows = [{name: original(value) for name, value in row.items()} for row in csv.DictReader(content)]
    return [row for row in rows if row.get("official") != "true"]


def texts(released: Published) -> list[Row]:
    """What can still be read."""
    return [row for row in released.contributions if row["state"] == "published" and row["title"]]
