"""The figures of the results page as files: ``sections.csv`` and ``days.csv``."""

import uuid
from collections.abc import Iterable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts import safe_csv
from contracts.openapi import Operation
from gateway.answers import send
from gateway.cache import Answer, answer
from gateway.context import context
from gateway.exports import MEDIA
from gateway.open_data import OPEN
from gateway.store import results
from gateway.store.results import Counts

WRITTEN: Final = ("contributions", "amendments", "arguments", "sources", "comments")
SECTIONS: Final = ("section_id", "parent_id", "kind", "title", *WRITTEN, "votes")
DAYS: Final = ("day", *WRITTEN)


async def sections_csv(request: Request) -> Response:
    """``GET /open-data/consultations/{consultation}/sections.csv``."""
    here = context(request)
    consultation = await here.catalogue.find(request.path_params["consultation"])
    key = uuid.UUID(consultation.consultation)

    async def make() -> Answer:
        counts = await results.by_section(here.pool, key)
        rows = [
            (s.id, s.parent or "", s.kind, s.title, counts.get(uuid.UUID(s.id), Counts()))
            for s in consultation.sections
        ]  # fmt: skip
        return _file(SECTIONS, [(*row, *_written(counted), counted.votes) for *row, counted in rows])

    return send(
        request, await here.cache.get(("sections.csv", key), here.catalogue.state_of(key), make),
        headers=_named(consultation.slug, "sections"),
    )  # fmt: skip


async def days_csv(request: Request) -> Response:
    """``GET /open-data/consultations/{consultation}/days.csv``."""
    here = context(request)
    consultation = await here.catalogue.find(request.path_params["consultation"])
    key = uuid.UUID(consultation.consultation)

    async def make() -> Answer:
        days = await results.by_day(here.pool, key)
        return _file(DAYS, [(day.isoformat(), *_written(counted)) for day, counted in days.items()])

    return send(
        request, await here.cache.get(("days.csv", key), here.catalogue.state_of(key), make),
        headers=_named(consultation.slug, "days"),
    )  # fmt: skip


def _written(counts: Counts) -> list[int]:
    return [getattr(counts, name) for name in WRITTEN]


def _file(columns: tuple[str, ...], rows: Iterable[tuple[str | int, ...]]) -> Answer:
    return answer("".join(safe_csv.line(row) for row in (columns, *rows)).encode(), MEDIA["csv"])


def _named(slug: str, table: str) -> dict[str, str]:
    return {**OPEN, "content-disposition": f'attachment; filename="{slug}-{table}.csv"'}


_FOLDER: Final = "/open-data/consultations/{consultation}"
ROUTES: Final = [Route(f"{_FOLDER}/sections.csv", sections_csv), Route(f"{_FOLDER}/days.csv", days_csv)]
OPERATIONS: Final = [
    Operation(
        "get", f"{_FOLDER}/sections.csv", "Contributions and votes of each section, as CSV",
        media=MEDIA["csv"], refusals=("unknown_consultation",),
    ),
    Operation(
        "get", f"{_FOLDER}/days.csv", "What was written on each day, as CSV",
        media=MEDIA["csv"], refusals=("unknown_consultation",),
    ),
]  # fmt: skip
