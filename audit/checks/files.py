"""The release is whole, is what its description says, and says the same in each of its formats."""

import json
from collections.abc import Iterator
from itertools import groupby, pairwise, zip_longest
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audit.bundle import Bundle, Row, Unreadable
from audit.report import Result
from audit.tables import FORMS, KEYS, MADE, REFERENCES, TABLES

SUMS: Final = "SHA256SUMS"
OTHERS: Final = {
    SUMS, "datapackage.json", "dcat.jsonld", "guarantee.json", "guarantee.fr.md", "guarantee.en.md", "README.fr.md",
    "README.en.md", "LICENCE.txt", "polis-comments.csv", "popolo.json",
}  # fmt: skip
"""What a release holds beside its tables."""

POLIS: Final = (
    "timestamp", "datetime", "comment-id", "author-id", "agrees", "disagrees", "moderated", "comment-body",
)  # fmt: skip
MOTION: Final = {
    "id", "organization", "legislative_session", "classification", "name", "text", "result", "vote_events",
}  # fmt: skip
TYPES: Final = {"count": "integer", "flag": "boolean", "day": "date"}


def sums(bundle: Bundle) -> Result:
    """Every file has the SHA-256 that the release states, and no file is missing or unstated."""
    result = Result("SUMS", bundle.label, "Empreintes SHA-256 / SHA-256 sums")
    stated: dict[str, str] = {}
    with bundle.open(SUMS) as file:
        for line in file.read().decode().splitlines():
            digest, _, name = line.partition("  ")
            stated[name] = digest
    for name in sorted(stated.keys() ^ (set(bundle.names) - {SUMS})):
        result.find(f"{name} is {'missing' if name in stated else 'not in the list'}")
    for name in sorted(stated.keys() & set(bundle.names)):
        if bundle.digest(name) != stated[name]:
            result.find(f"{name} does not have its sum")
    result.figures["files"] = len(stated)
    return result


def package(bundle: Bundle) -> Result:
    """The data package describes the files that are there: names, columns, types, keys, hashes and sizes."""
    result = Result("PACKAGE", bundle.label, "Description Frictionless / Frictionless description")
    described = bundle.document("datapackage.json")
    resources = [resource for resource in described.get("resources", ()) if isinstance(resource, dict)]
    tables = set()
    for resource in resources:
        path = resource.get("path")
        if not isinstance(path, str) or path not in bundle.names:
            result.find(f"a resource without its file: {resource.get('name')}")
            continue
        if resource.get("hash") != f"sha256:{bundle.digest(path)}":
            result.find(f"{path}: the hash is not that of the file")
        if path.endswith(".csv") and path.removesuffix(".csv") in TABLES:
            tables.add(path.removesuffix(".csv"))
            _compare_schema(bundle, path.removesuffix(".csv"), resource.get("schema"), result)
    for name in bundle.names:
        table = name.removesuffix(".csv")
        if name.endswith(".csv") and table in TABLES and table not in tables:
            result.find(f"{name} is not described")
    unknown = (
        set(bundle.names) - OTHERS - {f"{table}.{form}" for table in TABLES for form in ("csv", "jsonl", "parquet")}
    )
    for name in sorted(unknown):
        result.find(f"{name} is not a file of a release")
    if "contributions" not in tables or "consultation" not in tables:
        result.find("the tables consultation and contributions are not both described")
    result.figures["tables"] = len(tables)
    return result


def _compare_schema(bundle: Bundle, table: str, schema: Any, result: Result) -> None:
    fields = schema.get("fields", ()) if isinstance(schema, dict) else ()
    names = tuple(field.get("name") for field in fields)
    if names != bundle.header(table):
        result.find(f"{table}: the columns are not those of the description")
    for field in fields:
        role = TABLES[table].get(field.get("name"))
        if role is None:
            result.find(f"{table}: no release has a column {field.get('name')}")
        elif field.get("type") != TYPES.get(role, "string"):
            result.find(f"{table}.{field.get('name')}: type {field.get('type')}")
        if not field.get("description"):
            result.find(f"{table}.{field.get('name')} has no description")


def values(bundle: Bundle) -> Result:
    """Every value has the form of its column, every key is unique, every reference leads somewhere."""
    result = Result("VALUES", bundle.label, "Valeurs, clés, références / values, keys, references")
    made = {
        table: {row[0] for row in bundle.select(table, column)} for table, column in MADE.items() if bundle.has(table)
    }
    for table, columns in TABLES.items():
        if not bundle.has(table):
            continue
        header = bundle.header(table)
        forms = [FORMS.get(columns[name]) if name in columns else None for name in header]
        known = [made.get(REFERENCES[table, name]) if (table, name) in REFERENCES else None for name in header]
        key = [header.index(name) for name in KEYS.get(table, ()) if name in header]
        keys: set[Row] = set()
        good: list[set[str]] = [set() for _ in header]
        """Values seen already that are right, a few for each column: most repeat."""
        for number, (row, times) in enumerate(bundle.runs(table), 2):
            for place, value in enumerate(row):
                if not value or value in good[place]:
                    continue
                form, ids = forms[place], known[place]
                if form and not form.fullmatch(value):
                    result.find(f"{table}.csv row {number}: {header[place]} does not have the form it should have")
                elif ids is not None and value not in ids:
                    result.find(f"{table}.csv row {number}: {header[place]} leads nowhere")
                elif form and len(good[place]) < 1_000:
                    good[place].add(value)
            if key:
                value_of_key = tuple(row[place] for place in key)
                if value_of_key in keys or times > 1:
                    result.find(f"{table}.csv row {number}: its key is not unique")
                keys.add(value_of_key)
            result.figures["rows"] = int(result.figures.get("rows", 0)) + times
    return result


def formats(bundle: Bundle) -> Result:
    """JSON Lines and Parquet hold the rows of the CSV file, in the same order, and nothing else."""
    result = Result("FORMATS", bundle.label, "CSV = JSON Lines = Parquet")
    for table in TABLES:
        if not bundle.has(table):
            continue
        header = bundle.header(table)
        for ending, read in (("jsonl", _json_lines), ("parquet", _parquet)):
            if f"{table}.{ending}" not in bundle.names:
                result.find(f"{table}.{ending} is missing")
                continue
            try:
                pairs = zip_longest(_merged(bundle.runs(table)), _merged(read(bundle, table, header)))
                different = next((n for n, (a, b) in enumerate(pairs, 1) if a != b), 0)
            except (ValueError, pa.ArrowException):
                different = 1
            if different:
                result.find(f"{table}.{ending} differs from {table}.csv, first at different record {different}")
    return result


Runs = Iterator[tuple[Row, int]]
"""Rows in order, each with how many times it stands in a row."""


def _merged(runs: Runs) -> Runs:
    """The same, with runs of the same row put together."""
    last, times = None, 0
    for row, more in runs:
        if row == last:
            times += more
            continue
        if last is not None:
            yield last, times
        last, times = row, more
    if last is not None:
        yield last, times


def _json_lines(bundle: Bundle, table: str, header: Row) -> Runs:
    with bundle.open(f"{table}.jsonl") as file:
        for line, alike in groupby(file):
            record = json.loads(line)
            if not isinstance(record, dict) or not record.keys() <= set(header):
                raise ValueError(table)
            yield tuple(_as_text(record.get(name)) for name in header), sum(1 for _ in alike)


def _parquet(bundle: Bundle, table: str, header: Row) -> Runs:
    with bundle.open(f"{table}.parquet") as file:
        source = file if file.seekable() else pa.BufferReader(file.read())
        read = pq.ParquetFile(source)
        if tuple(read.schema_arrow.names) != header or set(read.metadata.metadata or {}) - {b"ARROW:schema"}:
            raise ValueError(table)
        for batch in read.iter_batches(batch_size=65_536):
            starts = _starts(batch)
            rows = zip(
                *([_as_text(v) for v in column.take(starts).to_pylist()] for column in batch.columns), strict=True
            )
            places = [*starts.to_pylist(), batch.num_rows]
            yield from ((row, end - start) for row, (start, end) in zip(rows, pairwise(places), strict=True))


def _starts(batch: pa.RecordBatch) -> pa.Array:
    """The places of the rows that differ from the one before."""
    if batch.num_rows == 0:
        return pa.array([], pa.int64())
    changed = pa.array([False] * (batch.num_rows - 1), pa.bool_())
    for column in batch.columns:
        text = pc.fill_null(column.cast(pa.string()), "")
        changed = pc.or_(changed, pc.not_equal(text[1:], text[:-1]))
    return pa.concat_arrays([pa.array([0]), pc.add(pc.indices_nonzero(changed).cast(pa.int64()), 1)])


def other_forms(bundle: Bundle) -> Result:
    """What is written for other tools says nothing more than the tables: no author, no instant, the same texts."""
    result = Result("FORMS", bundle.label, "Pol.is et Popolo n’ajoutent rien / add nothing")
    texts = set()
    items = set()
    for item, *words in bundle.select("contributions", "contribution", "title", "body"):
        items.add(item)
        texts.add("\n".join(filter(None, words)))
    if "polis-comments.csv" in bundle.names:
        if bundle.header("polis-comments") != POLIS:
            result.find("polis-comments.csv does not have the columns of Pol.is")
        for number, row in enumerate(bundle.rows("polis-comments")):
            if row[0] or row[1] or row[3] or row[2] != str(number) or row[7] not in texts:
                result.find(f"polis-comments.csv record {number + 1} says more than contributions.csv")
    if "popolo.json" in bundle.names:
        motions = _motions(bundle)
        for number, motion in enumerate(motions, 1):
            text = "\n".join(filter(None, (motion.get("name"), motion.get("text"))))
            if motion.get("id") not in items or text not in texts or not motion.keys() <= MOTION:
                result.find(f"popolo.json motion {number} says more than contributions.csv")
            for event in motion.get("vote_events", ()):
                if event.keys() != {"identifier", "motion_id", "counts"}:
                    result.find(f"popolo.json motion {number} has votes with more than their counts")
    return result


def _motions(bundle: Bundle) -> Iterator[dict[str, Any]]:
    """The motions one by one: the file has one a line, however many there are."""
    with bundle.open("popolo.json") as file:
        for line in file:
            text = line.strip().rstrip(b",")
            if text in (b'{"motions":[', b"]}"):
                continue
            motion = json.loads(text)
            if not isinstance(motion, dict):
                raise Unreadable(f"{bundle.label}: popolo.json is not one motion a line")
            yield motion


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
