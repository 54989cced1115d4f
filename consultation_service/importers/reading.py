"""CSV files of a source, read strictly: a row is taken whole or refused with its line, never shifted, never cut."""

import csv
import datetime
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from consultation_service.contributions import clean_line, clean_link, clean_text
from consultation_service.importers.errors import RowRefused, SourceUnusable
from consultation_service.states import PARIS
from contracts import http

MAX_TEXT_BYTES: Final = 100_000
"""Longest text taken from a source, ten times what a participant may write here."""
MAX_FIELD: Final = 131_072
"""Characters of a field; a longer one means that a quote was never closed."""
MAX_TITLE: Final = 500
MAX_COUNT: Final = 1_000_000_000


class Row:
    """One row: its fields by column name, and the line of the file on which it begins."""

    def __init__(self, line: int, columns: Sequence[str], fields: Sequence[str]) -> None:
        self.line = line
        self.columns = columns
        self.fields = fields

    def field(self, column: str) -> str:
        """The field as it is. Raises ``RowRefused`` when the row is not as long as the header."""
        if len(self.fields) != len(self.columns):
            raise RowRefused("fields", found=len(self.fields), expected=len(self.columns))
        return self.fields[self.columns.index(column)]

    def has(self, column: str) -> bool:
        """Whether the file has such a column: versions of a tool differ."""
        return column in self.columns

    def key(self, column: str) -> str:
        """An identifier of the source: anything but nothing."""
        value = self.field(column).strip()
        if not value:
            raise RowRefused("missing", column=column)
        return value

    def count(self, column: str) -> int:
        """A number of things: zero or more."""
        value = self.field(column).strip()
        if not (value.isascii() and value.isdigit()) or len(value) > 10 or int(value) > MAX_COUNT:
            raise RowRefused("number", column=column)
        return int(value)

    def choice(self, column: str, choices: Sequence[str]) -> str:
        """One of ``choices``."""
        value = self.field(column).strip()
        if value not in choices:
            raise RowRefused("choice", column=column)
        return value

    def day_of_text(self, column: str) -> datetime.date:
        """The day in Paris of an ISO 8601 instant with its offset; the rest of the instant is forgotten."""
        try:
            instant = datetime.datetime.fromisoformat(self.field(column).strip())
            if instant.tzinfo is None:
                raise RowRefused("date", column=column)
            return instant.astimezone(PARIS).date()
        except (ValueError, OverflowError):
            raise RowRefused("date", column=column) from None

    def milliseconds(self, column: str) -> int:
        """An instant in Unix milliseconds, between 1970 and 9999."""
        value = self.field(column).strip()
        if not (value.isascii() and value.isdigit()) or len(value) > 14:
            raise RowRefused("date", column=column)
        return int(value)

    def text(self, column: str, *, required: bool = True) -> str:
        """A text on any number of lines, cleaned as participants' texts are."""
        value = self.field(column)
        if len(value.encode(errors="replace")) > MAX_TEXT_BYTES:
            raise RowRefused("long", column=column)
        try:
            value = clean_text(value, column)
        except http.Refusal:
            raise RowRefused("text", column=column) from None
        if required and not value:
            raise RowRefused("missing", column=column)
        return value

    def one_line(self, column: str, *, required: bool = True) -> str:
        """A text on one line of ``MAX_TITLE`` characters at most."""
        try:
            value = clean_line(self.field(column), column, MAX_TITLE)
        except http.Refusal as refusal:
            raise RowRefused("text" if refusal.code == "text_refused" else "long", column=column) from None
        if required and not value:
            raise RowRefused("missing", column=column)
        return value

    def link(self, column: str) -> str:
        """A whole http or https address; what browsers would escape in it is escaped (RFC 3986 section 2.1)."""
        try:
            return clean_link(re.sub(r"[ <>\"'`\\{}|^]", lambda found: quote(found[0]), self.field(column).strip()))
        except http.Refusal:
            raise RowRefused("link", column=column) from None


def day_of_milliseconds(milliseconds: int) -> datetime.date:
    """The day in Paris of an instant in Unix milliseconds."""
    return datetime.datetime.fromtimestamp(milliseconds / 1000, PARIS).date()


def records(folder: Path, name: str, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Every record of ``folder/name`` that is not an empty line, with the line on which it begins. Raises
    ``SourceUnusable`` when the file is missing, is not UTF-8 or is not CSV.
    """
    try:
        with (folder / name).open(encoding="utf-8-sig", newline="") as file:
            csv.field_size_limit(MAX_FIELD)  # the module has one for the whole process: ours, when we read
            reader = csv.reader(file, strict=True, delimiter=delimiter)
            line = 1
            for fields in reader:
                if fields:
                    yield line, fields
                line = reader.line_num + 1
    except FileNotFoundError:
        raise SourceUnusable(
            f"Le fichier {name} manque dans le dossier {folder}.",
            f"The file {name} is missing from the folder {folder}.",
        ) from None
    except OSError as error:
        raise SourceUnusable(
            f"Le fichier {name} ne peut être lu ({error.strerror}).",
            f"The file {name} cannot be read ({error.strerror}).",
        ) from None
    except UnicodeDecodeError:
        raise SourceUnusable(f"Le fichier {name} n’est pas en UTF-8.", f"The file {name} is not in UTF-8.") from None
    except csv.Error:
        raise SourceUnusable(
            f"Le fichier {name} n’est plus du CSV à partir de la ligne {reader.line_num}.",
            f"The file {name} is no longer CSV from line {reader.line_num} on.",
        ) from None


def rows(folder: Path, name: str, columns: Sequence[str], delimiter: str = ",") -> Iterator[Row]:
    """The rows of ``folder/name``, whose header must have ``columns``. Raises ``SourceUnusable``."""
    lines = records(folder, name, delimiter)
    header = require_header(next(lines, (1, []))[1], name, columns)
    for line, fields in lines:
        yield Row(line, header, fields)


def require_header(header: list[str], name: str, columns: Sequence[str]) -> list[str]:
    """``header`` when it has ``columns`` and nothing twice. Raises ``SourceUnusable``."""
    missing = [column for column in columns if column not in header]
    if missing:
        raise SourceUnusable(
            f"La colonne {missing[0]} manque dans {name}.", f"The column {missing[0]} is missing from {name}."
        )
    if len(set(header)) != len(header):
        raise SourceUnusable(f"Une colonne de {name} est en double.", f"{name} has a column twice.")
    return header
