"""The live exports: everything public of a consultation (``tables``), streamed as CSV or JSON Lines.

Memory does not grow with the consultation: rows are read, written and forgotten a batch at a time. JSON Lines is the
exact text; CSV is the same, made safe for spreadsheets (``safe_csv``).
"""

import hashlib
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from contracts import safe_csv
from contracts.events import PublicConsultation
from contracts.openapi import Operation
from gateway.answers import BRIEF, SHARED, VARY, wants_gzip
from gateway.context import context
from gateway.encodings import compressed
from gateway.open_data import OPEN
from gateway.shelf import unchanged
from gateway.store.documents import Document
from gateway.store.reading import Item
from gateway.tables import TABLES as TABLES
from gateway.tables import Table

MEDIA: Final = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/jsonl"}


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
        pieces = lines(table, form, consultation, table.batches(here.pool, key))
        return StreamingResponse(compressed(pieces) if packed else pieces, headers=headers, media_type=MEDIA[form])

    return export


async def lines(
    table: Table, form: str, consultation: PublicConsultation, batches: AsyncIterator[Sequence[Item | Document]]
) -> AsyncIterator[bytes]:
    """The bytes of the file, a batch at a time. A list of changes is an object in JSON Lines, its JSON text in CSV."""
    if form == "csv":
        yield safe_csv.line(table.columns).encode()
    async for batch in batches:
        records = table.rows(batch, consultation)
        if form == "csv":
            yield "".join(safe_csv.line(_cell(record[c]) for c in table.columns) for record in records).encode()
        else:
            yield b"".join(_encode({c: record[c] for c in table.columns}) + b"\n" for record in records)


def _cell(value: Any) -> str | int | None:
    return (_encode(value).decode() if value else "") if isinstance(value, list) else value


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
