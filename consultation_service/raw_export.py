"""The raw export: one ZIP file of CSV tables, in which people have names that are good in this file only.

In the database, a participant's pseudonym is stable. In an export it is replaced by a keyed digest of it, under a
random key that is made for the export and kept nowhere: the same person has the same name throughout one file, and
another one in the next file. So a file can be worked on, but neither two files nor a file and the database can be
joined by person; with the registration data, which identity holds, only the days of what is public are shared.
"""

import asyncio
import hmac
import secrets
import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date
from typing import IO, Final

from consultation_service.publication import Row
from consultation_service.store.database import Pool
from consultation_service.store.raw_exports import PEOPLE, TABLES, Table, batches, snapshot
from contracts.safe_csv import line
from contracts.scales import CHOICE_NAMES

MINUTES: Final = 30
"""After that, an export that nobody downloads any more is given up."""

Rename = Callable[[bytes], str]
_one_at_a_time: Final = asyncio.Lock()


def renamed() -> Rename:
    """Gives people names under a fresh key, which is forgotten with it."""
    key = secrets.token_bytes(32)
    return lambda pseudonym: hmac.digest(key, pseudonym, "sha256")[:16].hex()


def busy() -> bool:
    """Whether an export is being made by this process: a second one would wait."""
    return _one_at_a_time.locked()


async def archive(pool: Pool, consultation: str, read_me: str, day: date) -> AsyncIterator[bytes]:
    """The bytes of the ZIP file, made as they are read: memory does not grow with the consultation."""
    sink = _Sink()
    rename = renamed()
    async with _one_at_a_time, asyncio.timeout(MINUTES * 60), snapshot(pool) as connection:
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr(_entry("LISEZMOI.txt", day), read_me)
            for table in TABLES:
                with made.open(_entry(f"{table.name}.csv", day), "w", force_zip64=True) as file:
                    file.write(line(table.columns).encode())
                    async for rows in batches(connection, table, consultation):
                        await asyncio.to_thread(_write, file, table, rows, rename)
                        yield sink.take()
    yield sink.take()


def _write(file: IO[bytes], table: Table, rows: Sequence[Row], rename: Rename) -> None:
    file.write("".join(line([_cell(row[name], name, rename) for name in table.columns]) for row in rows).encode())


def _cell(value: object, column: str, rename: Rename) -> str | int | None:
    if value is None:
        return None
    if column in PEOPLE:
        assert isinstance(value, bytes)  # noqa: S101  anything else would leave as it is in the database
        return rename(value)
    if column == "choice" and isinstance(value, int):
        return CHOICE_NAMES[value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, (str, int)) else str(value)


def _entry(name: str, day: date) -> zipfile.ZipInfo:
    # The format wants a time; the day is all there is to say.
    entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


class _Sink:
    """Where the archive is written: what was not read yet."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """There is nothing to close."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
