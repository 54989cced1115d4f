"""Days: days in Paris, and the words for them. What happens on which day is in ``rules/lifecycle.py``."""

import datetime
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date

Clock = Callable[[], float]
"""Unix seconds; tests bring their own."""

PARIS: Final = ZoneInfo("Europe/Paris")


def day_of(now: float) -> datetime.date:
    """The day in Paris at Unix time ``now``."""
    return datetime.datetime.fromtimestamp(now, PARIS).date()


def in_french(day: datetime.date) -> str:
    """``1er décembre 2026``."""
    text = format_date(day, "d MMMM y", locale="fr")
    return "1er " + text[2:] if day.day == 1 else text


def in_english(day: datetime.date) -> str:
    """``1 December 2026``."""
    return format_date(day, "d MMMM y", locale="en")
