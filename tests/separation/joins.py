"""What two sets of tables have in common: every pair of columns, one of each, that share a value."""

from collections.abc import Iterable, Iterator, Mapping

Place = tuple[str, str]
"""A table and one of its columns."""

Columns = dict[Place, set[str]]


def columns(tables: Mapping[str, Iterable[Mapping[str, str]]]) -> Columns:
    """The values of each column, but those that say nothing by themselves: empty, yes or no, a figure of one digit."""
    found: Columns = {}
    for table, rows in tables.items():
        for row in rows:
            for column, value in row.items():
                found.setdefault((table, column), set()).add(value)
    return {place: {value for value in kept if _says_something(value)} for place, kept in found.items()}


def joins(one: Columns, other: Columns) -> Iterator[tuple[Place, Place]]:
    """Pairs of columns that have a value in common."""
    return ((a, b) for a, left in one.items() for b, right in other.items() if left & right)


def _says_something(value: str) -> bool:
    return value.lower() not in ("", "true", "false", "none") and not (value.isdigit() and len(value) == 1)
