"""When a consultation is announced, open or closed. Days are days in Paris; opening and closing days are included.

The gateway works the state out from the dates, not from the last event: at midnight nobody has to say anything. Only
archiving is an act, which the last event tells.
"""

import datetime
from typing import Final
from zoneinfo import ZoneInfo

from contracts.events import ConsultationState, PublicConsultation, PublicPhase

PARIS: Final = ZoneInfo("Europe/Paris")


def today() -> datetime.date:
    """The day it is in Paris."""
    return datetime.datetime.now(PARIS).date()


def state_on(
    day: datetime.date,
    opens_on: datetime.date,
    closes_on: datetime.date,
    closed_early_on: datetime.date | None = None,
    archived: bool = False,
) -> ConsultationState:
    """The state, on ``day``, of a consultation with these dates. An early closing takes effect on its own day."""
    if archived:
        return "archived"
    if closed_early_on is not None and closed_early_on <= day:
        return "closed"
    if day < opens_on:
        return "announced"
    return "open" if day <= closes_on else "closed"


def state_of(consultation: PublicConsultation, day: datetime.date) -> ConsultationState:
    """The state of ``consultation`` on ``day``."""
    return state_on(
        day,
        consultation.opens_on,
        consultation.closes_on,
        consultation.closed_early_on,
        consultation.state == "archived",
    )


MAKES_POSSIBLE: Final[dict[str, frozenset[str]]] = {
    "collect": frozenset({"write", "discuss"}),
    "amend": frozenset({"amend", "discuss"}),
    "vote": frozenset({"vote", "rank"}),
    "questionnaire": frozenset({"answer"}),
    "restitution": frozenset(),
}
"""What each kind of phase makes possible; consultation_service is who refuses, pages only avoid offering in vain."""

EVERYTHING: Final = frozenset().union(*MAKES_POSSIBLE.values())


def possible(consultation: PublicConsultation, section: str, day: datetime.date) -> frozenset[str]:
    """What participants can do on ``day`` in ``section``: everything, when it is open and has no phases."""
    if state_of(consultation, day) != "open":
        return frozenset()
    if not consultation.phases:
        return EVERYTHING
    running = (p for p in consultation.phases if p.first <= day <= p.last and concerns(p, section))
    return frozenset().union(*(MAKES_POSSIBLE[phase.kind] for phase in running))


def concerns(phase: PublicPhase, section: str) -> bool:
    """Whether ``phase`` is about ``section``."""
    return not phase.sections or section in phase.sections
