"""The consultations, in memory, and how fresh what we say about each is."""

import asyncio
import datetime
import uuid
from collections.abc import Hashable
from typing import Final

from contracts.events import PublicConsultation
from contracts.http import Refusal
from gateway.documents import COMMON, Consultation, Figures
from gateway.states import state_of, today
from gateway.store import reading
from gateway.store.database import Pool
from gateway.store.reading import Revisions

FRESH_SECONDS: Final = 0.2
"""For how long a revision read from the database is believed: reads cost at most five such queries a second."""

_RANK: Final = {"open": 0, "announced": 1, "closed": 2, "archived": 3}


class Catalogue:
    """Every consultation of the projection. Any replica of the gateway may write to the database: we ask it, often."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._revisions = Revisions(uuid.UUID(int=0), {})
        self._known: dict[uuid.UUID, PublicConsultation] = {}
        self._asked_at = float("-inf")
        self._expired_at = float("-inf")
        self._lock = asyncio.Lock()
        self._day = today()
        self.generation = 0
        """Grows when anything changed, the day included: what was made at one generation is good until the next."""

    async def refresh(self, since: float | None = None) -> None:
        """Make sure that what follows is at most ``FRESH_SECONDS`` behind the database, or no older than ``since``."""
        now = asyncio.get_running_loop().time
        oldest = max(now() - FRESH_SECONDS if since is None else since, self._expired_at)
        if self._asked_at > oldest:
            return
        async with self._lock:
            if self._asked_at > oldest:
                return
            began = now()
            found = await reading.revisions(self._pool)
            same = found.epoch == self._revisions.epoch
            changed = [c for c, r in found.of.items() if not same or self._revisions.of.get(c) != r]
            if changed or not same:
                kept = self._known if same else {}
                self._known = {**kept, **await reading.consultations(self._pool, changed)}
            if found != self._revisions or self._day != today():
                self.generation += 1
            self._revisions, self._asked_at, self._day = found, began, today()

    def expire(self) -> None:
        """Ask the database again before the next answer: it is known to have changed."""
        self._expired_at = asyncio.get_running_loop().time()

    def revision_of(self, consultation: uuid.UUID) -> int:
        """Its revision, 0 when nothing is known of it."""
        return self._revisions.of.get(consultation, 0)

    def name_of(self, revision: int) -> str:
        """A revision, told from those of another database: the same on every replica."""
        return f"{self._revisions.epoch.hex[:8]}-{revision}"

    def state_of(self, consultation: uuid.UUID) -> Hashable:
        """What an answer about one consultation depends on: its revision, and the day, which opens and closes it."""
        return self._revisions.epoch, self.revision_of(consultation), today()

    def state_of_all(self) -> Hashable:
        """What an answer about all consultations depends on."""
        return self._revisions.epoch, frozenset(self._revisions.of.items()), today()

    async def find(self, name: str) -> PublicConsultation:
        """The consultation with this slug or id. Raises ``Refusal`` ``unknown_consultation``."""
        await self.refresh()
        for consultation in self._known.values():
            if name in (consultation.slug, consultation.consultation):
                return consultation
        raise Refusal("unknown_consultation")

    async def all(self) -> list[PublicConsultation]:
        """All of them: open, coming, closed, archived; the next to close, then to open, then the last closed first."""
        await self.refresh()
        day = today()
        return sorted(self._known.values(), key=lambda consultation: _order(consultation, day))


def _order(consultation: PublicConsultation, day: datetime.date) -> tuple[int, int, str]:
    state = state_of(consultation, day)
    if state == "announced":
        days = consultation.opens_on.toordinal()
    else:
        days = consultation.closes_on.toordinal() * (1 if state == "open" else -1)
    return _RANK[state], days, consultation.consultation


def document(consultation: PublicConsultation, figures: Figures) -> Consultation:
    """The consultation as the live API gives it."""
    same = {name: getattr(consultation, name) for name in COMMON}
    return Consultation(
        **same, id=consultation.consultation, state=state_of(consultation, today()), figures=figures,
    )  # fmt: skip
