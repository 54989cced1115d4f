"""What only the operator can show the checker: who is behind which row, under labels that mean nothing elsewhere.

A folder, made for one run of the checker and removed after it, with any of

* ``contributions.csv``: ``contribution`` (id in the release), ``live`` (id on the site), ``author`` (empty for what the
  organiser wrote) and ``arrival`` (a number that grows with time);
* ``votes.csv``: ``live`` (of the item), ``author``, ``choice``, ``week`` and ``since``, in the order of ``live``;
* ``live.txt``: ids in use on the site, one a line; ``reviewed.txt``: SHA-256 of each text that a moderator let through
  although it looks as if it held personal data; ``canaries.txt``: strings that must be nowhere.

An author has the same label in the inputs of all releases of a consultation.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Final

from audit.bundle import Row, Unreadable, csv_reader

FILES: Final = ("contributions.csv", "votes.csv", "live.txt", "reviewed.txt", "canaries.txt")


class Private:
    """The private inputs of one release; what is not there is empty."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir() or not any((folder / name).is_file() for name in FILES):
            raise Unreadable(f"{folder} holds no inputs of a release")
        self.folder = folder

    def has(self, name: str) -> bool:
        """Whether this file was given."""
        return (self.folder / name).is_file()

    def lines(self, name: str) -> set[str]:
        """The lines of a text file."""
        return set((self.folder / name).read_text().splitlines()) - {""} if self.has(name) else set()

    def select(self, name: str, *columns: str) -> Iterator[Row]:
        """Some columns of a CSV file."""
        if not self.has(name):
            return
        with (self.folder / name).open(newline="") as file:
            records = csv_reader(file)
            header = next(records, [])
            if not set(columns) <= set(header):
                raise Unreadable(f"{self.folder / name} does not have the columns {', '.join(columns)}")
            places = [header.index(column) for column in columns]
            for record in records:
                yield tuple(record[place] for place in places)

    @cached_property
    def authors(self) -> dict[str, str]:
        """The author of each contribution of the release."""
        return {row[0]: row[1] for row in self.select("contributions.csv", "contribution", "author")}

    @cached_property
    def live(self) -> dict[str, str]:
        """The id on the site of each contribution of the release."""
        return {row[0]: row[1] for row in self.select("contributions.csv", "contribution", "live")}

    def votes(self) -> Iterator[tuple[str, set[Row]]]:
        """The votes of one item after the other: (author, choice, week, since)."""
        rows = self.select("votes.csv", "live", "author", "choice", "week", "since")
        last = ""
        for live, votes in groupby(rows, key=lambda row: row[0]):
            if live <= last:
                raise Unreadable(f"{self.folder / 'votes.csv'} is not in the order of items")
            last = live
            yield live, {row[1:] for row in votes}
