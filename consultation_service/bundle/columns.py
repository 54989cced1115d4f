"""The CSV file of a table turned into JSON Lines and Parquet, by columns and a piece at a time: memory does not grow
with the table, and the same rows always make the same bytes.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from consultation_service.release_tables import Table
from contracts.safe_csv import original

PIECE_BYTES: Final = 4 * 1024 * 1024
"""How much of a CSV file is read at once; a row is far smaller, since texts have a greatest length."""

ROW_GROUP: Final = 64 * 1024
TYPES: Final = {"string": pa.string(), "integer": pa.int64(), "boolean": pa.bool_(), "date": pa.date32()}
_SPECIAL: Final = r'["\\\x00-\x1f\x7f]'
_encode: Final = msgspec.json.encode


def convert(folder: Path, table: Table, done: Callable[[int], None] = lambda rows: None) -> int:
    """Write ``NAME.jsonl`` and ``NAME.parquet`` beside ``NAME.csv``; returns the number of rows. ``done`` is told of
    rows as they are written.
    """
    rows = 0
    schema = pa.schema([pa.field(column.name, TYPES[column.type]) for column in table.columns])
    with (
        (folder / f"{table.name}.jsonl").open("wb") as lines,
        pq.ParquetWriter(
            folder / f"{table.name}.parquet", schema, compression="zstd", store_schema=False, write_page_index=False
        ) as parquet,
    ):
        for batch in batches(folder, table):
            lines.write(_json_lines(batch, table))
            typed = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
            parquet.write_table(pa.table(typed, schema=schema), row_group_size=ROW_GROUP)
            rows += batch.num_rows
            done(batch.num_rows)
    return rows


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


def _json_lines(batch: pa.RecordBatch, table: Table) -> pa.Buffer:
    """A line for each row."""
    parts: list[pa.Array | pa.Scalar] = []
    for place, (column, values) in enumerate(zip(table.columns, batch.columns, strict=True)):
        parts.append(_text(f'{"," if place else "{"}"{column.name}":'))
        bare = column.type in ("integer", "boolean")
        parts.append(pc.fill_null(values if bare else _quoted(values), "null"))
    lines = pc.binary_join_element_wise(*parts, _text("}\n"), _text(""))
    return pc.binary_join(pa.ListArray.from_arrays([0, len(lines)], lines), "")[0].as_buffer()


def _quoted(values: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(values, _SPECIAL)).as_py():
        return pa.array([value and _encode(value).decode() for value in values.to_pylist()], pa.string())
    return pc.binary_join_element_wise(_text('"'), values, _text('"'), _text(""))


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.string())
