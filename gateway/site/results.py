"""``/consultations/{slug}/results``: figures, drawn on the server, each drawing beside the numbers it is made of."""

import datetime
import uuid
from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from contracts.events import PublicConsultation
from gateway.answers import send
from gateway.cache import Answer
from gateway.catalogue import document
from gateway.context import Context, context
from gateway.documents import Contribution
from gateway.open_data import DISCUSSED, figures_of
from gateway.site.sections import Branch, tree
from gateway.store import reading, results
from gateway.store.reading import Selection
from gateway.store.results import Counts
from gateway.words import Language

FIRST: Final = 5
"""Contributions in each of the lists of those that come first."""
ORDERS: Final = ("supported", "divided", "discussed")
COLUMNS: Final = 92
"""At most so many columns in the drawing of days; a longer time is drawn by weeks, or by spans of thirty days."""
_decode: Final = msgspec.json.Decoder(Contribution).decode


class Results:
    """The page, drawn by ``render``."""

    def __init__(self, render: Callable[..., Answer]) -> None:
        self._render = render

    async def page(self, request: Request, language: Language) -> Response:
        """Figures, sections, what comes first, days."""
        here = context(request)
        consultation = await here.catalogue.find(request.path_params["slug"])
        key = uuid.UUID(consultation.consultation)

        async def make() -> Answer:
            figures, _ = await figures_of(here, consultation.consultation)
            counts = await results.by_section(here.pool, key)
            return self._render(
                "results.html", language, path=f"/consultations/{consultation.slug}/results",
                consultation=document(consultation, figures), figures=figures, rows=section_rows(consultation, counts),
                lists={order: await _first(here, key, order) for order in ORDERS},
                days=spans(await results.by_day(here.pool, key)),
            )  # fmt: skip

        return send(request, await here.cache.get(("results", language, key), here.catalogue.state_of(key), make))


async def _first(here: Context, consultation: uuid.UUID, order: Any) -> list[dict[str, Any]]:
    found = await reading.items(here.pool, Selection(consultation=consultation, kinds=DISCUSSED), order, None, FIRST)
    return [{"item": _decode(item.json), "excerpt": item.excerpt} for item in found if item.value > 0]


def section_rows(consultation: PublicConsultation, counts: dict[uuid.UUID, Counts]) -> list[dict[str, Any]]:
    """The sections as they nest, each with its counts, its depth and the lengths of its bars, of a thousand at most."""
    rows: list[dict[str, Any]] = []

    def add(branches: list[Branch], depth: int) -> None:
        for branch in branches:
            found = counts.get(uuid.UUID(branch.section.id), Counts())
            rows.append({"section": branch.section, "depth": depth, "counts": found})
            add(branch.branches, depth + 1)

    add(tree(consultation, {}), 0)
    for name in ("contributions", "votes"):
        longest = max((getattr(row["counts"], name) for row in rows), default=0)
        for row in rows:
            row[name] = round(1000 * getattr(row["counts"], name) / longest) if longest else 0
    return rows


def spans(days: dict[datetime.date, Counts]) -> list[dict[str, Any]]:
    """What was written in each span of time, with the place of its column in a drawing of 1000 by 200."""
    if not days:
        return []
    first, last = min(days), max(days)
    length = next(step for step in (1, 7, 30, 365, 36500) if (last - first).days // step < COLUMNS)
    number = (last - first).days // length + 1
    found = [dict.fromkeys(("contributions", "arguments", "sources"), 0) for _ in range(number)]
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
