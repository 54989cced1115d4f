"""When a consultation is announced, open or closed. Days are days in Paris; opening and closing days are included.

The gateway works the state out from the dates, not from the last event: at midnight nobody has to say anything.
"""

import datetime
from typing import Final
from zoneinfo import ZoneInfo

from contracts.events import ConsultationState

PARIS: Final = ZoneInfo("Europe/Paris")


def today() -> datetime.date:
    """The day it is in Paris."""
    return datetime.datetime.now(PARIS).date()


def state_on(day: datetime.date, opens_on: datetime.date, closes_on: datetime.date) -> ConsultationState:
    """The state, on ``day``, of a consultation with these dates."""
    if day < opens_on:
        return "announced"
    return "open" if day <= closes_on else "closed"
