"""When a consultation is announced, open or closed. Days are days in Paris; opening and closing days are included."""

import datetime
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date

from contracts.events import ConsultationState
from contracts.http import Refusal

Clock = Callable[[], float]
"""Unix seconds; tests bring their own."""

PARIS: Final = ZoneInfo("Europe/Paris")


def day_of(now: float) -> datetime.date:
    """The day in Paris at Unix time ``now``."""
    return datetime.datetime.fromtimestamp(now, PARIS).date()


def state_of(opens_on: datetime.date, closes_on: datetime.date, day: datetime.date) -> ConsultationState:
    """The state, on ``day``, of a consultation with these dates."""
    if day < opens_on:
        return "announced"
    return "open" if day <= closes_on else "closed"


def require_open(opens_on: datetime.date, closes_on: datetime.date, day: datetime.date) -> None:
    """Raise ``Refusal`` ``not_open_yet`` or ``closed``, with the date, unless the consultation is open on ``day``."""
    match state_of(opens_on, closes_on, day):
        case "announced":
            raise Refusal("not_open_yet", date_fr=in_french(opens_on), date_en=in_english(opens_on))
        case "closed":
            raise Refusal("closed", date_fr=in_french(closes_on), date_en=in_english(closes_on))


def in_french(day: datetime.date) -> str:
    """``1er décembre 2026``."""
    text = format_date(day, "d MMMM y", locale="fr")
    return "1er " + text[2:] if day.day == 1 else text


def in_english(day: datetime.date) -> str:
    """``1 December 2026``."""
    return format_date(day, "d MMMM y", locale="en")
