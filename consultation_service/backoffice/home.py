"""The first page of the back office: every consultation, and what waits."""

import datetime
from collections.abc import Sequence
from typing import Final, NamedTuple

from starlette.responses import Response

from consultation_service.backoffice.desk import Desk, Place
from consultation_service.rules.acts import Act
from consultation_service.rules.lifecycle import State, allows
from consultation_service.store import overview
from consultation_service.store.overview import Overview

SOON: Final = 7
"""Days before the end, or the beginning, from which it is pointed out."""

ORDER: Final = (State.OPEN, State.DRAFT, State.ANNOUNCED, State.CLOSED, State.ARCHIVED)


class Group(NamedTuple):
    """Consultations in one state."""

    state: State
    consultations: list[Overview]


class Due(NamedTuple):
    """Something that waits. ``kind`` is ``moderation``, ``appeals``, ``questions``, ``closing`` or ``opening``;
    ``number`` is how many there are, or how many days are left.
    """

    kind: str
    consultation: Overview
    number: int
    path: str


async def home(desk: Desk) -> Response:
    """``GET /backoffice``: consultations by state, with their key figures, and what waits for this person."""
    today = desk.today()
    found = await overview.every(desk.service.pool)
    groups = [Group(state, [one for one in found if one.state(today) is state]) for state in ORDER]
    return desk.page(
        "home.html",
        groups=[group for group in groups if group.consultations],
        due=due(desk, found, today),
        can_create=desk.may(Act.EDIT_STRUCTURE),
    )


def due(desk: Desk, found: Sequence[Overview], today: datetime.date) -> list[Due]:
    """What waits in ``found`` for somebody with these roles, the most pressing first."""
    waiting: list[Due] = []
    for one in found:
        state, path = one.state(today), f"/backoffice/consultations/{one.id}"
        figures = (
            ("appeals", Act.DECIDE_APPEAL, one.appeals, f"{path}/moderation"),
            ("moderation", Act.MODERATE, one.waiting - one.appeals, f"{path}/moderation"),
            ("questions", Act.ANSWER_OFFICIALLY, one.unanswered, f"{path}/official-answers?show=questions"),
        )
        waiting += [
            Due(kind, one, number, address)
            for kind, act, number, address in figures
            if number > 0 and desk.may(act) and allows(state, act)
        ]
        days = {State.OPEN: (one.plan.closes_on - today).days, State.ANNOUNCED: (one.plan.opens_on - today).days}
        if days.get(state, SOON + 1) <= SOON:
            waiting.append(Due("closing" if state is State.OPEN else "opening", one, days[state], path))
    order = ("appeals", "moderation", "questions", "closing", "opening")
    return sorted(waiting, key=lambda one: (order.index(one.kind), one.number))


ROUTES = (Place("GET", "/backoffice", Act.READ_SETTINGS, home),)
