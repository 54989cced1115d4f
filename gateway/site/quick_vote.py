"""``/consultations/{slug}/sections/{section}/vote``: one statement at a time; without script, the ten least voted."""

import uuid
from collections.abc import Collection
from typing import Final

from starlette.responses import Response

from contracts.events import PublicConsultation, PublicSection
from contracts.scales import SCALES, ChoiceName
from gateway import quick_vote, states
from gateway.cache import Answer
from gateway.site.visit import ConsultationVisit

FEWEST: Final = 10
"""With less to vote on, a list is as quick."""
SHOWN: Final = 10
ARROWS: Final = ("ArrowLeft", "ArrowDown", "ArrowRight")


async def page(visit: ConsultationVisit) -> Response:
    """Votes in a row. Where nobody can vote today, the list of the section instead."""
    identifier = quick_vote.section_of(visit.consultation, visit.request.path_params["section"])
    section = visit.section(identifier)
    if section is None or section.kind != "proposals" or "vote" not in visit.possible(section.id):
        return visit.elsewhere(f"?section={identifier}#contributions")

    async def make() -> Answer:
        found, _ = await quick_vote.least_voted(visit.here.pool, visit.consultation, identifier, None, SHOWN)
        return await visit.page(
            "quick_vote.html", f"/sections/{section.id}/vote", section=section, choices=in_a_row(section),
            cards=[(item, quick_vote.votable(item).text) for item in found],
        )  # fmt: skip

    return await visit.send(("quick vote page", section.id), make)


def in_a_row(section: PublicSection) -> list[tuple[ChoiceName, str]]:
    """The choices from left to right, each with its key. Of three, against is on the left and in favour on the right,
    as one pushes a card aside; the others have no keys.
    """
    choices = SCALES[section.scale]
    if len(choices) != len(ARROWS):
        return [(choice, "") for choice in choices]
    middle = next(choice for choice in choices if choice not in ("agree", "disagree"))
    return list(zip(("disagree", middle, "agree"), ARROWS, strict=True))


def offered(
    consultation: PublicConsultation, counts: dict[uuid.UUID, int], among: Collection[uuid.UUID] | None
) -> list[PublicSection]:
    """The sections, of ``among`` when it is given, where there is enough to vote on in a row today."""
    return [
        section
        for section in consultation.sections
        if section.kind == "proposals"
        and (among is None or uuid.UUID(section.id) in among)
        and counts.get(uuid.UUID(section.id), 0) >= FEWEST
        and "vote" in states.possible(consultation, section.id, states.today())
    ]
