"""``/consultations/{slug}``: why, by whom, until when, how to take part, and what was said; and its legal notice."""

import datetime
from typing import Any, Final

import msgspec
from starlette.responses import Response

from contracts.events import PublicConsultation, PublicPhase
from gateway import cursors, parameters
from gateway.cache import Answer
from gateway.documents import Contribution
from gateway.exports import TABLES
from gateway.open_data import DISCUSSED, figures_of
from gateway.site import quick_vote, templating
from gateway.site.sections import Branch, below, tree
from gateway.site.visit import ConsultationVisit
from gateway.states import today
from gateway.store import documents, reading
from gateway.store.reading import Item, Selection

CARDS: Final = 20
_decode: Final = msgspec.json.Decoder(Contribution).decode


async def page(visit: ConsultationVisit) -> Response:
    """A consultation with its sections, and a page of its contributions."""
    here, consultation, request = visit.here, visit.consultation, visit.request
    sort = parameters.choice(request, "sort", templating.SORTS, "supported")
    section = parameters.identifier(request, "section")
    cursor = request.query_params.get("cursor")
    day = today()
    # A cursor in random order is only of use on the day that made the order.
    name = f"random-{day.toordinal()}" if sort == "random" else sort
    after = cursors.decode(cursor, name)[0] if cursor is not None else None
    selection = Selection(
        consultation=visit.key,
        kinds=DISCUSSED,
        sections=below(consultation, section) if section else None,
        seed=day.toordinal(),
    )

    async def make() -> Answer:
        found = await reading.items(here.pool, selection, sort, after, CARDS + 1)  # type: ignore[arg-type]  # checked
        _, counts = await figures_of(here, consultation.consultation)
        branches = tree(consultation, counts)
        statements = await documents.statements_of(here.pool, visit.key)
        return await visit.page(
            "consultation.html", sections=branches, special=special(branches), chosen=visit.section(section),
            sort=sort, cards=[card(item) for item in found[:CARDS]], first=after is None,
            next=cursors.encode(name, found[CARDS - 1].position) if len(found) > CARDS else None,
            tables=[table.name for table in TABLES], phases=timeline(consultation, day), statements=statements,
            statuses=await documents.statuses(here.pool, visit.key),
            quick=quick_vote.offered(consultation, counts, selection.sections),
            listed=listed(consultation, bool(found) or after is not None),
        )  # fmt: skip

    return await visit.send(("consultation page", sort, section, after), make)


async def legal(visit: ConsultationVisit) -> Response:
    """``/consultations/{slug}/legal``: who answers for it, what data are kept, what for and for how long."""

    async def make() -> Answer:
        return await visit.page("legal.html", "/legal")

    return await visit.send(("legal",), make)


def card(item: Item) -> dict[str, Any]:
    """What a list shows of a contribution."""
    return {"item": _decode(item.json), "excerpt": item.excerpt}


def special(branches: list[Branch]) -> list[Branch]:
    """The sections that have a page of their own, in the order of reading."""
    found: list[Branch] = []
    for branch in branches:
        if branch.section.kind in ("articles", "questionnaire", "ranking"):
            found.append(branch)
        found += special(branch.branches)
    return found


def listed(consultation: PublicConsultation, holding: bool) -> bool:
    """Whether the page has a list of contributions: not when it is only about a bill, a questionnaire, a ranking."""
    return holding or any(s.kind == "proposals" and s.kinds for s in consultation.sections)


def timeline(consultation: PublicConsultation, day: datetime.date) -> list[tuple[PublicPhase, str]]:
    """The phases in order, each ``past``, ``now`` or ``coming``."""
    return [
        (phase, "coming" if day < phase.first else "now" if day <= phase.last else "past")
        for phase in sorted(consultation.phases, key=lambda phase: (phase.first, phase.last))
    ]
