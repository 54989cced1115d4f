"""The CSV file of a table read again, by columns and a piece at a time: memory does not grow with the table."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from consultation_service.release_tables import Table
from contracts.safe_csv import original

PIECE_BYTES: Final = 4 * 1024 * 1024
"""How much of a CSV file is read at once; a row is far smaller, since texts have a greatest length."""

TYPES: Final = {"string": pa.string(), "integer": pa.int64(), "boolean": pa.bool_(), "date": pa.date32()}


def batches(folder: Path, table: Table) -> Iterator[pa.RecordBatch]:
    """The rows of a table as texts, as they were before the protection against formulas; empty is null."""
    names = [column.name for column in table.columns]
    with pa.csv.open_csv(
        folder / f"{table.name}.csv",
        read_options=pa.csv.ReadOptions(block_size=PIECE_BYTES, use_threads=False),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    ) as reader:
        if reader.schema.names != names:
            raise ValueError(f"{table.name}.csv does not have the columns of its table")
        for batch in reader:
            columns = [
                _original(column) if what.type == "string" else column
                for column, what in zip(batch.columns, table.columns, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(columns, names)


def _original(column: pa.Array) -> pa.Array:
    if not pc.any(pc.match_substring(column, "'")).as_py():
        return column
    return pa.array([value and original(value) for value in column.to_pylist()], pa.string())
