"""G5: nothing says when something was done more precisely than a week: no column, no order of rows, no file."""

import math
import re
from typing import Final

import pyarrow.parquet as pq

from audit.bundle import Bundle
from audit.private import Private
from audit.report import Result
from audit.tables import KEYS, SAID, TABLES

INSTANT: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[:h]\d{2}\b|\b1[5-9]\d{8}(?:\d{3}){0,2}\b")
PLANNED: Final = {("consultation", "opens_on"), ("consultation", "closes_on"), ("consultation", "released_on")}
DEVIATIONS: Final = 4.42
"""By chance alone a fair order is refused once in a hundred thousand releases; one that tells anything is far above."""


def precision(bundle: Bundle, private: Private | None) -> Result:
    """Columns, order, and what the files themselves tell."""
    result = Result("G5", bundle.label, "Rien de plus fin qu’une semaine / nothing finer than a week")
    for table, columns in TABLES.items():
        coded = [name for name, role in columns.items() if role not in ("text", "id", "author")]
        coded = [name for name in coded if (table, name) not in PLANNED and (table, name) != ("consultation", "slug")]
        if not bundle.has(table) or table == "questions":
            continue
        header = bundle.header(table)
        watched = [place for place, name in enumerate(header) if name in coded or name not in columns]
        harmless: set[str] = set()
        for row, _ in bundle.runs(table):
            for place in watched:
                value = row[place]
                if value in harmless:
                    continue
                if INSTANT.search(value) and header[place] not in ("organiser_number", "number", "policy_digest"):
                    result.find(f"{table}.csv: {header[place]} holds a day or an instant")
                elif len(harmless) < 10_000:
                    harmless.add(value)
    _order(bundle, result)
    _files(bundle, result)
    if private and private.has("contributions.csv"):
        _arrival(bundle, private, result)
    return result


def _order(bundle: Bundle, result: Result) -> None:
    """Rows about participants are sorted by what they hold, so that their order holds nothing more."""
    for table in SAID:
        if not bundle.has(table):
            continue
        columns = KEYS.get(table, tuple(TABLES[table]))
        numbers = [TABLES[table][name] == "count" for name in columns]
        last: tuple[tuple[int, bytes], ...] = ()
        header = bundle.header(table)
        places = [header.index(name) for name in columns if name in header]
        for whole, _ in bundle.runs(table):
            row = [whole[place] for place in places]
            # Numbers in the order of numbers, the rest in that of UTF-8.
            place = tuple(
                (len(value) if number else 0, value.encode()) for value, number in zip(row, numbers, strict=True)
            )
            if place < last:
                result.find(f"{table}.csv: rows are not in the order of {', '.join(columns)}")
                break
            last = place


def _arrival(bundle: Bundle, private: Private, result: Result) -> None:
    """Spearman's correlation between the order of rows and that of arrival, and what independence allows."""
    arrival = {row: int(rank) for row, rank in private.select("contributions.csv", "contribution", "arrival") if rank}
    seen = [arrival[row] for (row,) in bundle.select("contributions", "contribution") if row in arrival]
    n = len(seen)
    if n < 10:
        return
    ranks = {value: rank for rank, value in enumerate(sorted(set(seen)))}
    order = [ranks[value] for value in seen]
    mean_place, mean_rank = (n - 1) / 2, sum(order) / n
    covariance = sum((place - mean_place) * (rank - mean_rank) for place, rank in enumerate(order))
    spread = math.sqrt(sum((p - mean_place) ** 2 for p in range(n)) * sum((r - mean_rank) ** 2 for r in order))
    correlation = covariance / spread if spread else 0.0
    bound = DEVIATIONS / math.sqrt(n - 1)
    result.figures |= {"correlation with arrival": round(correlation, 4), "bound": round(bound, 4)}
    if abs(correlation) > bound:
        result.find(f"the order of contributions tells when they arrived: correlation {correlation:.3f}")


def _files(bundle: Bundle, result: Result) -> None:
    if bundle.archive:
        entries = bundle.archive.infolist()
        if len({entry.date_time for entry in entries}) > 1 or any(
            entry.date_time[3:] != (0, 0, 0) for entry in entries
        ):
            result.find("files of the ZIP have dates of their own")
        if any(entry.comment or entry.extra for entry in entries) or bundle.archive.comment:
            result.find("the ZIP has comments or extra fields")
    for name in bundle.names:
        if name.endswith(".parquet"):
            with bundle.open(name) as file:
                written = pq.ParquetFile(file).metadata.created_by
            if INSTANT.search(written):
                result.find(f"{name} says when it was written")
