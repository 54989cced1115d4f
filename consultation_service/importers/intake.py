"""What every importer does with a row: take it once or refuse it with a reason, forget who people were."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from consultation_service.importers.batch import Report
from consultation_service.importers.errors import RowRefused, SourceUnusable
from consultation_service.importers.reading import Row, rows

Taken = TypeVar("Taken")
Advance = Callable[[], None]
"""Called once a row, so that progress shows."""


class Authors:
    """A fresh random pseudonym for each person of a source; the correspondence goes with this object."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def of(self, person: str) -> bytes:
        """32 random bytes, the same for the same ``person``, related in no way to how the source names them."""
        return self._known.setdefault(person, secrets.token_bytes(32))


class Intake:
    """Reads the files of ``folder``; what is refused goes to ``report``."""

    def __init__(self, folder: Path, report: Report, advance: Advance, delimiter: str = ",") -> None:
        self.folder = folder
        self.delimiter = delimiter
        self.report = report
        self.advance = advance

    def rows(self, name: str, columns: Sequence[str]) -> Iterator[Row]:
        """The rows of the file ``name``. Raises ``SourceUnusable``."""
        for row in rows(self.folder, name, columns, self.delimiter):
            self.advance()
            yield row

    @contextmanager
    def refusing(self, name: str, row: Row) -> Iterator[None]:
        """Report the row instead of raising ``RowRefused``."""
        try:
            yield
        except RowRefused as reason:
            self.report.refuse(name, row.line, reason)

    def take(self, name: str, columns: Sequence[str], key: str, make: Callable[[Row], Taken]) -> dict[str, Taken]:
        """What ``make`` makes of each row of the file ``name``, by the source's identifier in the column ``key``.

        A row is refused when ``make`` says so or when its identifier was taken before. Raises ``SourceUnusable``.
        """
        taken: dict[str, Taken] = {}
        for row in self.rows(name, columns):
            with self.refusing(name, row):
                identifier = row.key(key)
                if identifier in taken:
                    raise RowRefused("duplicate", column=key)
                taken[identifier] = make(row)
        return taken


def found(taken: Mapping[str, Taken], row: Row, column: str) -> Taken:
    """What the row refers to in ``column``. Raises ``RowRefused``."""
    try:
        return taken[row.key(column)]
    except KeyError:
        raise RowRefused("unknown", column=column) from None


def require_some(taken: Mapping[str, object], name: str) -> None:
    """Raise ``SourceUnusable`` when nothing of the file ``name`` could be taken."""
    if not taken:
        raise SourceUnusable(f"Aucune ligne de {name} n’a pu être prise.", f"No row of {name} could be taken.")
