"""Phases inside a consultation: days, a kind, and what participants can do meanwhile.

Phases of different kinds may overlap: collecting and voting at the same time is two phases. A consultation without any
phase leaves everything possible from its first day to its last one.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from consultation_service.rules.acts import PARTICIPANT_ACTS, Act
from consultation_service.states import in_english, in_french
from contracts.http import Refusal


class PhaseKind(StrEnum):
    """What a phase is for."""

    COLLECT = "collect"
    AMEND = "amend"
    VOTE = "vote"
    QUESTIONNAIRE = "questionnaire"
    RESTITUTION = "restitution"


KIND_NAMES: Final[Mapping[PhaseKind, tuple[str, str]]] = {
    PhaseKind.COLLECT: ("Contributions", "Contributions"),
    PhaseKind.AMEND: ("Amendements", "Amendments"),
    PhaseKind.VOTE: ("Votes", "Votes"),
    PhaseKind.QUESTIONNAIRE: ("Questionnaire", "Questionnaire"),
    PhaseKind.RESTITUTION: ("Restitution", "Restitution"),
}


class Phase(NamedTuple):
    """Days are included. ``sections`` are the ids of those it is about; empty for the whole consultation."""

    kind: PhaseKind
    first: datetime.date
    last: datetime.date
    sections: frozenset[str] = frozenset()


MAKES_POSSIBLE: Final[Mapping[PhaseKind, frozenset[Act]]] = {
    PhaseKind.COLLECT: frozenset({Act.CONTRIBUTE, Act.DISCUSS, Act.EDIT_OWN}),
    PhaseKind.AMEND: frozenset({Act.AMEND, Act.DISCUSS, Act.EDIT_OWN}),
    PhaseKind.VOTE: frozenset({Act.VOTE, Act.RANK}),
    PhaseKind.QUESTIONNAIRE: frozenset({Act.ANSWER_QUESTIONNAIRE}),
    PhaseKind.RESTITUTION: frozenset(),
}
"""What each kind of phase makes possible."""

PHASED: Final = frozenset().union(*MAKES_POSSIBLE.values())
"""What depends on phases at all; the other acts of participants (signing up, withdrawing, reporting…) do not."""


def possible_on(phases: Sequence[Phase], day: datetime.date, section: str = "") -> frozenset[Act]:
    """What participants can do on ``day`` in ``section``, as far as phases are concerned."""
    if not phases:
        return PARTICIPANT_ACTS
    running = (phase for phase in phases if phase.first <= day <= phase.last and _concerns(phase, section))
    return (PARTICIPANT_ACTS - PHASED).union(*(MAKES_POSSIBLE[phase.kind] for phase in running))


def require_possible(phases: Sequence[Phase], act: Act, day: datetime.date, section: str = "") -> None:
    """Raise ``Refusal`` unless ``act`` is possible: ``phase_later`` with its first day when there is one to come,
    ``phase_over`` otherwise.
    """
    if act in possible_on(phases, day, section):
        return
    making = (phase for phase in phases if act in MAKES_POSSIBLE[phase.kind] and _concerns(phase, section))
    coming = sorted(phase.first for phase in making if phase.first > day)
    if coming:
        raise Refusal("phase_later", date_fr=in_french(coming[0]), date_en=in_english(coming[0]))
    raise Refusal("phase_over")


def check_phases(phases: Iterable[Phase], opens_on: datetime.date, closes_on: datetime.date) -> None:
    """Phases are inside the consultation, only restitution comes after it; two of a kind about the same section do not
    overlap. Raises ``Refusal`` ``phase_dates_refused`` or ``phases_overlap``.
    """
    before: list[Phase] = []
    for phase in sorted(phases, key=lambda phase: (phase.first, phase.last)):
        last_day = datetime.date.max if phase.kind is PhaseKind.RESTITUTION else closes_on
        if not opens_on <= phase.first <= phase.last <= last_day:
            raise Refusal("phase_dates_refused", field="phases")
        for other in before:
            if other.kind is phase.kind and phase.first <= other.last and _share(phase, other):
                raise Refusal("phases_overlap", field="phases")
        before.append(phase)


def _concerns(phase: Phase, section: str) -> bool:
    return not phase.sections or section in phase.sections


def _share(one: Phase, other: Phase) -> bool:
    return not one.sections or not other.sections or bool(one.sections & other.sections)
