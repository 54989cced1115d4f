"""The files of a table, written together row by row: CSV, JSON Lines and Parquet. Rows that are alike are given once,
with how many there are, and cost next to nothing; memory does not grow with the table, and the same rows always make
the same bytes.
"""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from consultation_service.bundle.columns import TYPES
from consultation_service.release_tables import Table
from contracts.safe_csv import line, original, safe

ROW_GROUP: Final = 64 * 1024
AT_ONCE: Final = 4_096
"""How many rows that are alike are written at once."""

Value = str | int | bool | None
_encode: Final = msgspec.json.encode


class Forms:
    """``write`` takes rows in their order; the files are whole once it is closed. ``rows`` counts them."""

    def __init__(self, folder: Path, table: Table) -> None:
        self.rows = 0
        self._schema = pa.schema([pa.field(column.name, TYPES[column.type]) for column in table.columns])
        self._keys = [f'{"," if place else "{"}"{column.name}":'.encode() for place, column in enumerate(table.columns)]
        self._csv = (folder / f"{table.name}.csv").open("wb")
        self._lines = (folder / f"{table.name}.jsonl").open("wb")
        self._parquet = pq.ParquetWriter(
            folder / f"{table.name}.parquet",
            self._schema,
            compression="zstd",
            store_schema=False,
            write_page_index=False,
        )
        self._runs: list[Sequence[Value]] = []
        self._ends: list[int] = []
        self._csv.write(line([column.name for column in table.columns]).encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._flush()
        self._parquet.close()
        self._lines.close()
        self._csv.close()

    def write(self, values: Sequence[Value], times: int = 1) -> None:
        """Write ``times`` rows of these values; an empty text is the same as none."""
        row = [_seen(value) for value in values]
        record = line(["true" if v is True else "false" if v is False else v for v in row]).encode()
        document = b"".join(key + _encode(value) for key, value in zip(self._keys, row, strict=True)) + b"}\n"
        self.rows += times
        while times:
            room = ROW_GROUP - (self._ends[-1] if self._ends else 0)
            some = min(times, AT_ONCE, room)
            self._csv.write(record * some)
            self._lines.write(document * some)
            self._runs.append(row)
            self._ends.append((self._ends[-1] if self._ends else 0) + some)
            times -= some
            if some == room:
                self._flush()

    def _flush(self) -> None:
        if not self._runs:
            return
        ends = pa.array(self._ends, pa.int32())
        columns = []
        for field, values in zip(self._schema, zip(*self._runs, strict=True), strict=True):
            distinct = pa.array(values, pa.string() if field.type == pa.date32() else field.type).cast(field.type)
            columns.append(pc.run_end_decode(pa.RunEndEncodedArray.from_arrays(ends, distinct)))
        self._parquet.write_table(pa.table(columns, schema=self._schema), row_group_size=ROW_GROUP)
        self._runs, self._ends = [], []


def _seen(value: Value) -> Value:
    """As a reader of the CSV file sees it: without control characters; nothing rather than an empty text."""
    return (original(safe(value)) or None) if isinstance(value, str) else value
