"""A release as it lies on disk: a folder or a ZIP file, read as a stream and never unpacked."""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import IO, Any, Final

from audit.tables import TABLES
from contracts.safe_csv import original

MAX_DOCUMENT: Final = 16 * 1024 * 1024
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

Row = tuple[str, ...]


def csv_reader(lines: Iterable[str]) -> Iterator[list[str]]:
    """Records of strict CSV, whose fields may be as long as a document."""
    csv.field_size_limit(MAX_DOCUMENT)  # the module has one for the whole process: ours, when we read
    return csv.reader(lines, strict=True)


class Unreadable(Exception):
    """Not a release that can be read. The message is a sentence for whoever runs the checker."""


class Bundle:
    """One release. ``label`` is how reports name it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.label = path.name
        self._zip: zipfile.ZipFile | None = None
        self._digests: dict[str, str] = {}
        if path.is_dir():
            self.names = sorted(file.name for file in path.iterdir())
        else:
            self.names = self._open(path)
        if "datapackage.json" not in self.names:
            raise Unreadable(f"{path} is not a release: it has no datapackage.json")

    def _open(self, path: Path) -> list[str]:
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile):
            raise Unreadable(f"{path} is neither a folder nor a ZIP file that can be read") from None
        names = self._zip.namelist()
        if len(set(names)) < len(names) or not all(_NAME.fullmatch(name) for name in names):
            raise Unreadable(f"{path} holds names that a release does not have")
        return sorted(names)

    def close(self) -> None:
        """Let go of the file."""
        if self._zip:
            self._zip.close()

    @property
    def archive(self) -> zipfile.ZipFile | None:
        """The ZIP file, when it is one."""
        return self._zip

    def open(self, name: str) -> IO[bytes]:
        """The bytes of a file of the release."""
        if name not in self.names:
            raise Unreadable(f"{self.label} has no file {name}")
        return self._zip.open(name) if self._zip else (self.path / name).open("rb")

    def document(self, name: str) -> Any:
        """A JSON document of reasonable size."""
        with self.open(name) as file:
            content = file.read(MAX_DOCUMENT + 1)
        if len(content) > MAX_DOCUMENT:
            raise Unreadable(f"{self.label}: {name} is too large")
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise Unreadable(f"{self.label}: {name} is not JSON") from None

    def has(self, table: str) -> bool:
        """Whether the release has this table."""
        return f"{table}.csv" in self.names

    def header(self, table: str) -> Row:
        """The names of the columns of a table, as its CSV file has them."""
        return next(self._records(table), ())

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table in order, values as they were before the protection against formulas."""
        records = self._records(table)
        width = len(next(records, ()))
        for record in records:
            if len(record) != width:
                raise Unreadable(f"{self.label}: {table}.csv has a row of {len(record)} fields instead of {width}")
            yield tuple(original(value) if "'" in value else value for value in record)

    def runs(self, table: str) -> Iterator[tuple[Row, int]]:
        """The rows of a table in order, with how many times each is repeated in a row: where there are no texts, rows
        are lines, and lines that are alike are read once.
        """
        if "text" in TABLES[table].values():
            yield from ((row, 1) for row in self.rows(table))
            return
        width = len(self.header(table))
        with self.open(f"{table}.csv") as file:
            next(file, None)
            for line, alike in groupby(file):
                try:
                    (record,) = csv_reader([line.decode()])
                except (csv.Error, ValueError):
                    raise Unreadable(f"{self.label}: {table}.csv is not CSV in UTF-8, a row a line") from None
                if len(record) != width:
                    raise Unreadable(f"{self.label}: {table}.csv has a row of {len(record)} fields instead of {width}")
                yield tuple(original(value) if "'" in value else value for value in record), sum(1 for _ in alike)

    def count(self, table: str, *columns: str) -> Counter[Row]:
        """How many rows there are of each combination of these columns."""
        found: Counter[Row] = Counter()
        if self.has(table):
            header = self.header(table)
            places = [header.index(column) if column in header else -1 for column in columns]
            for row, times in self.runs(table):
                found[tuple(row[place] if place >= 0 else "" for place in places)] += times
        return found

    def digest(self, name: str) -> str:
        """The SHA-256 of a file, in hexadecimal."""
        if name not in self._digests:
            with self.open(name) as file:
                self._digests[name] = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
        return self._digests[name]

    def select(self, table: str, *columns: str) -> Iterator[Row]:
        """Some columns of a table; one that it does not have is empty. No row when there is no such table."""
        if not self.has(table):
            return
        header = self.header(table)
        places = [header.index(column) if column in header else -1 for column in columns]
        for row in self.rows(table):
            yield tuple(row[place] if place >= 0 else "" for place in places)

    def mapping(self, table: str, key: str, value: str) -> dict[str, str]:
        """A column by another one."""
        return {row[0]: row[1] for row in self.select(table, key, value)}

    def _records(self, table: str) -> Iterator[Row]:
        with self.open(f"{table}.csv") as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
            try:
                for record in csv_reader(text):
                    yield tuple(record)
            except (csv.Error, UnicodeDecodeError):
                raise Unreadable(f"{self.label}: {table}.csv is not CSV in UTF-8") from None

    @cached_property
    def consultation(self) -> Mapping[str, str]:
        """The row of the consultation and of this release."""
        for row in self.select("consultation", *TABLES["consultation"]):
            return dict(zip(TABLES["consultation"], row, strict=True))
        raise Unreadable(f"{self.label} does not say of which consultation it is")

    @cached_property
    def votes(self) -> Counter[Row]:
        """How many votes there are of each (contribution, since, week, choice): nothing of a person is in a row, so
        that there are few different ones however many people voted.
        """
        return self.count("votes", "contribution", "since", "week", "choice")

    @cached_property
    def smallest_group(self) -> int:
        """The k that this release must keep: 10 at level 1, 20 above, or what it promises when that is more."""
        level = self.consultation["level"]
        promised = self.document("guarantee.json").get("k") if "guarantee.json" in self.names else None
        return max(10 if level == "1" else 20, promised if isinstance(promised, int) else 0)
