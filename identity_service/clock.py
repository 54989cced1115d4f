"""Time, handed to whoever needs it so that tests can turn it."""

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

PARIS: Final = ZoneInfo("Europe/Paris")


def _utc_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """``now`` is an instant with its zone; ``steady`` counts seconds and never goes back."""

    now: Callable[[], datetime.datetime] = _utc_now
    steady: Callable[[], float] = time.monotonic

    def today(self) -> datetime.date:
        """The day in Paris, the only thing kept of most instants."""
        return self.now().astimezone(PARIS).date()
