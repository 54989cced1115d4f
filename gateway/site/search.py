"""``/consultations/{slug}/search``: what was said about something, found by its words. A form and a list, no script."""

import re
from dataclasses import replace
from typing import Any, Final, get_args

import msgspec
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

from contracts.events import AnswerStatus
from contracts.http import Refusal
from gateway import cursors, parameters, plain_text
from gateway.cache import Answer
from gateway.context import Context
from gateway.documents import Contribution
from gateway.open_data import MAX_WORDS_CHARS
from gateway.site.sections import below
from gateway.site.visit import ConsultationVisit
from gateway.states import today
from gateway.store import reading, searching
from gateway.store.reading import KINDS, Item, Selection
from gateway.store.searching import Highlights

CARDS: Final = 20
SORTS: Final = ("relevant", "supported", "recent", "discussed", "divided", "random")
STATUSES: Final[tuple[AnswerStatus, ...]] = get_args(AnswerStatus)
_decode: Final = msgspec.json.Decoder(Contribution).decode


async def page(visit: ConsultationVisit) -> Response:
    """The form, and at most ``CARDS`` results. Raises ``Refusal`` for a parameter that no form of ours sends."""
    here, request = visit.here, visit.request
    asked = _asked(request)
    kind = parameters.choice(request, "kind", KINDS, "")
    section = parameters.identifier(request, "section") if request.query_params.get("section") else None
    status = parameters.choice(request, "status", STATUSES, "")
    sort = parameters.choice(request, "sort", SORTS, SORTS[0])
    day = today().toordinal()
    # A cursor in random order is only of use on the day that made the order.
    order = f"search-{sort}-{day}" if sort == "random" else f"search-{sort}"
    cursor = request.query_params.get("cursor")
    after = cursors.decode(cursor, order)[0] if cursor is not None else None
    selection = Selection(
        consultation=visit.key, kinds=(kind,) if kind else KINDS,
        sections=below(visit.consultation, section) if section else None, words=plain_text.signs(asked),
        status=status or None, seed=day,
    )  # fmt: skip

    async def make() -> Answer:
        selected, counts = await _understand(here, selection)
        found = await reading.items(here.pool, selected, sort, after, CARDS + 1) if counts else []  # type: ignore[arg-type]  # checked
        shown = found[:CARDS]
        marks = await searching.highlights(here.pool, [item.id for item in shown], selected.words) if shown else {}
        return await visit.page(
            "search.html", "/search", asked=asked, words=selected.words, counts=counts,
            corrected=selected.words != selection.words, total=sum(counts.get(k, 0) for k in selected.kinds),
            vague=bool(asked) and not counts and not await searching.meaningful(here.pool, selection.words),
            kind=kind, kinds=KINDS, section=section, status=status, statuses=STATUSES, sort=sort, orders=SORTS,
            first=after is None,
            cards=[_card(item, marks[item.id]) for item in shown],
            next=cursors.encode(order, shown[-1].position) if len(found) > CARDS else None,
        )  # fmt: skip

    return await visit.send(("search page", asked, kind, section, status, sort, after), make)


async def _understand(here: Context, selection: Selection) -> tuple[Selection, dict[str, int]]:
    """``selection`` and how many items of each kind it finds; with corrected words when it finds nothing as typed."""
    words = selection.words

    async def counts(words: str) -> dict[str, int]:
        return await searching.counts(here.pool, selection.consultation, selection.sections, words, selection.status)

    if not words or (found := await counts(words)):
        return selection, found if words else {}
    closer = await searching.corrected(here.pool, selection.consultation, words)
    if closer == words or not (found := await counts(closer)):
        return selection, {}
    return replace(selection, words=closer), found


def _asked(request: Request) -> str:
    """What was typed, on one line. Raises ``Refusal`` ``invalid_search``."""
    typed = request.query_params.get("q", "")
    if len(typed) > MAX_WORDS_CHARS:
        raise Refusal("invalid_search", field="q")
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", typed).split())


def _card(item: Item, highlights: Highlights) -> dict[str, Any]:
    return {
        "item": _decode(item.json),
        "title": marked(highlights.title),
        "text": marked(highlights.text),
        "about": highlights.about,
    }


def marked(text: str) -> Markup:
    """``text`` escaped, with ``<mark>`` around the words found. Only our own marks are there (``plain_text``)."""
    safe = str(escape(text)).replace(plain_text.MARK_START, "<mark>").replace(plain_text.MARK_END, "</mark>")
    return Markup(safe)  # noqa: S704  # escaped just above
