"""The calendar of notices: once an hour for those who want news at once, once a day, and on Mondays.

Nobody is told the moment something happens. identity, which reads public pages like anybody, would otherwise match the
notice of a person with what had just been published, and learn what they follow (docs/adr/0011-notices.md).
"""

import datetime
from typing import Final

from consultation_service.states import day_of
from consultation_service.store import notices
from consultation_service.store.database import Pool

HOUR_SECONDS: Final = 3_600


class Rounds:
    """The rounds of one process, the one that relays. The days of daily and weekly rounds are in the database; an hour
    is not: a process that starts waits for the next full one.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._hour: int | None = None

    async def keep(self, now: float) -> int:
        """Hold the rounds that are due at Unix time ``now``. Returns how many people are to be told."""
        hour, day, told = int(now) // HOUR_SECONDS, day_of(now), 0
        async with self._pool.acquire() as connection:
            if self._hour not in (None, hour):
                async with connection.transaction():
                    told += await notices.publish_round(connection, "immediate", day)
            digests: tuple[tuple[notices.Rhythm, datetime.date], ...] = (("daily", day), ("weekly", monday(day)))
            for rhythm, latest in digests:
                async with connection.transaction():
                    if await notices.due(connection, rhythm, day, latest):
                        told += await notices.publish_round(connection, rhythm, day)
        self._hour = hour
        return told


def monday(day: datetime.date) -> datetime.date:
    """The Monday of the week of ``day``."""
    return day - datetime.timedelta(days=day.weekday())
