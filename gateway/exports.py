"""The live exports: a consultation's contributions, arguments, sources and totals, streamed as CSV or JSON Lines.

Memory does not grow with the consultation: rows are read, written and forgotten a batch at a time. JSON Lines is the
exact text; CSV is the same, made safe for spreadsheets (``safe_csv``).
"""

import hashlib
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from contracts import safe_csv
from contracts.openapi import Operation
from gateway.answers import BRIEF, SHARED, VARY, wants_gzip
from gateway.context import context
from gateway.documents import Contribution
from gateway.encodings import compressed
from gateway.open_data import OPEN
from gateway.shelf import unchanged
from gateway.store import reading
from gateway.store.reading import Selection

Record = dict[str, Any]
MEDIA: Final = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/jsonl"}


@dataclass(frozen=True, slots=True)
class Table:
    """One file: which items it is made of, its columns in order, and the records that one item gives."""

    name: str
    kinds: tuple[str, ...]
    columns: tuple[str, ...]
    records: Callable[[Contribution], Iterator[Record]]


def _contribution(item: Contribution) -> Iterator[Record]:
    yield {
        **_common(item), "title": item.title, "body": item.body, "category": item.category, "scale": item.scale,
        "arguments_for": item.arguments.in_favour, "arguments_against": item.arguments.against, "sources": item.sources,
    }  # fmt: skip


def _argument(item: Contribution) -> Iterator[Record]:
    yield {**_common(item), "contribution_id": item.parent, "side": item.side, "title": item.title, "body": item.body}


def _source(item: Contribution) -> Iterator[Record]:
    yield {
        **_common(item), "contribution_id": item.parent, "title": item.title, "body": item.body, "link": item.link,
        "category": item.category,
    }  # fmt: skip


def _common(item: Contribution) -> Record:
    return {
        "id": item.id, "consultation_id": item.consultation, "section_id": item.section, "kind": item.kind,
        "day": item.day.isoformat(), "state": item.state,
    }  # fmt: skip


def _tallies(item: Contribution) -> Iterator[Record]:
    """One record for each origin and choice: scales differ between items, columns do not."""
    for origin, counts in (("cast", item.tally.cast), ("imported", item.tally.imported or {})):
        for choice, votes in counts.items():
            yield {
                "contribution_id": item.id, "kind": item.kind, "scale": item.scale, "origin": origin, "choice": choice,
                "votes": votes,
            }  # fmt: skip


_COMMON: Final = ("id", "consultation_id", "section_id", "kind", "day", "state")
TABLES: Final = (
    Table(
        "contributions", ("opinion", "proposal"),
        (*_COMMON, "title", "body", "category", "scale", "arguments_for", "arguments_against", "sources"),
        _contribution,
    ),
    Table("arguments", ("argument",), (*_COMMON, "contribution_id", "side", "title", "body"), _argument),
    Table("sources", ("source",), (*_COMMON, "contribution_id", "title", "body", "link", "category"), _source),
    Table(
        "tallies", ("opinion", "proposal", "argument", "source"),
        ("contribution_id", "kind", "scale", "origin", "choice", "votes"), _tallies,
    ),
)  # fmt: skip

_decode: Final = msgspec.json.Decoder(Contribution).decode
_encode: Final = msgspec.json.Encoder().encode


def exporter(table: Table, form: str) -> Callable[[Request], Any]:
    """The handler of one file."""

    async def export(request: Request) -> Response:
        here = context(request)
        consultation = await here.catalogue.find(request.path_params["consultation"])
        key = uuid.UUID(consultation.consultation)
        state = repr((table.name, form, here.catalogue.state_of(key)))
        # Weak: two downloads of one state hold the same rows, but one that runs while people write may mix two states.
        etag = f'W/"{hashlib.sha256(state.encode()).hexdigest()[:24]}"'
        headers = {**OPEN, **SHARED, **VARY, "cache-control": BRIEF, "etag": etag}
        if unchanged(request.headers.get("if-none-match"), etag):
            return Response(status_code=304, headers=headers)
        headers["content-disposition"] = f'attachment; filename="{consultation.slug}-{table.name}.{form}"'
        packed = wants_gzip(request)
        if packed:
            headers["content-encoding"] = "gzip"
        if request.method == "HEAD":
            return Response(headers=headers, media_type=MEDIA[form])
        selection = Selection(consultation=key, kinds=table.kinds, withdrawn=True)
        batches = reading.every_item(here.pool, selection)
        pieces = lines(table, form, batches)
        return StreamingResponse(compressed(pieces) if packed else pieces, headers=headers, media_type=MEDIA[form])

    return export


async def lines(table: Table, form: str, batches: AsyncIterator[list[reading.Item]]) -> AsyncIterator[bytes]:
    """The bytes of the file, a batch at a time."""
    if form == "csv":
        yield safe_csv.line(table.columns).encode()
    async for batch in batches:
        records = (record for item in batch for record in table.records(_decode(item.json)))
        if form == "csv":
            yield "".join(safe_csv.line(record[c] for c in table.columns) for record in records).encode()
        else:
            yield b"".join(_encode({c: record[c] for c in table.columns}) + b"\n" for record in records)


_FILES: Final = [
    (f"/open-data/consultations/{{consultation}}/{table.name}.{form}", table, form)
    for table in TABLES
    for form in MEDIA
]
ROUTES: Final = [Route(path, exporter(table, form)) for path, table, form in _FILES]
OPERATIONS: Final = [
    Operation(
        "get", path, f"All its {table.name}, as {'CSV' if form == 'csv' else 'JSON Lines'}",
        media=MEDIA[form], refusals=("unknown_consultation",),
    )
    for path, table, form in _FILES
]  # fmt: skip
