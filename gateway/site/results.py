"""``/consultations/{slug}/results``: figures, drawn on the server, each drawing beside the numbers it is made of."""

import datetime
import uuid
from typing import Any, Final

from starlette.responses import Response

from contracts.events import PublicConsultation
from gateway.cache import Answer
from gateway.open_data import DISCUSSED
from gateway.results import WRITTEN
from gateway.site.consultation import card
from gateway.site.sections import Branch, tree
from gateway.site.visit import ConsultationVisit
from gateway.store import reading, results
from gateway.store.reading import Selection
from gateway.store.results import Counts

FIRST: Final = 5
"""Contributions in each of the lists of those that come first."""
ORDERS: Final = ("supported", "divided", "discussed")
COLUMNS: Final = 92
"""At most so many columns in the drawing of days; a longer time is drawn by weeks, or by spans of thirty days."""


async def page(visit: ConsultationVisit) -> Response:
    """Figures, sections, what comes first, days."""

    async def make() -> Answer:
        pool = visit.here.pool
        counts = await results.by_section(pool, visit.key)
        return await visit.page(
            "results.html", "/results", rows=section_rows(visit.consultation, counts),
            lists={order: await _first(visit, order) for order in ORDERS},
            days=spans(await results.by_day(pool, visit.key)),
        )  # fmt: skip

    return await visit.send(("results",), make)


async def _first(visit: ConsultationVisit, order: Any) -> list[dict[str, Any]]:
    wanted = Selection(consultation=visit.key, kinds=(*DISCUSSED, "article", "amendment"))
    return [card(item) for item in await reading.items(visit.here.pool, wanted, order, None, FIRST) if item.value > 0]


def section_rows(consultation: PublicConsultation, counts: dict[uuid.UUID, Counts]) -> list[dict[str, Any]]:
    """The sections as they nest, each with its counts, its depth and the lengths of its bars, of a thousand at most."""
    rows: list[dict[str, Any]] = []

    def add(branches: list[Branch], depth: int) -> None:
        for branch in branches:
            found = counts.get(uuid.UUID(branch.section.id), Counts())
            rows.append({"section": branch.section, "depth": depth, "counts": found})
            add(branch.branches, depth + 1)

    add(tree(consultation, {}), 0)
    for row in rows:
        row["written"] = row["counts"].contributions + row["counts"].amendments
        row["voted"] = row["counts"].votes
    for name in ("written", "voted"):
        longest = max((row[name] for row in rows), default=0)
        for row in rows:
            row[f"{name}_length"] = round(1000 * row[name] / longest) if longest else 0
    return rows


def spans(days: dict[datetime.date, Counts]) -> list[dict[str, Any]]:
    """What was written in each span of time, with the place of its column in a drawing of 1000 by 200."""
    if not days:
        return []
    first, last = min(days), max(days)
    length = next(step for step in (1, 7, 30, 365, 36500) if (last - first).days // step < COLUMNS)
    number = (last - first).days // length + 1
    found = [dict.fromkeys(WRITTEN, 0) for _ in range(number)]
    for day, counts in days.items():
        span = found[(day - first).days // length]
        for name in span:
            span[name] += getattr(counts, name)
    highest = max(sum(span.values()) for span in found)
    return [
        {
            **span, "first": first + datetime.timedelta(length * n), "total": sum(span.values()),
            "last": min(last, first + datetime.timedelta(length * (n + 1) - 1)), "x": round(1000 * n / number, 1),
            "width": round(800 / number, 1), "height": round(200 * sum(span.values()) / highest, 1),
        }
        for n, span in enumerate(found)
    ]  # fmt: skip
