"""The two languages of the pages. The French sentence is the key; English comes from ``locale/en.po``."""

import datetime
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

Language = Literal["fr", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en")
Plural = Callable[[str, str, int], str]


def english() -> dict[str, tuple[str, ...]]:
    """French sentence to the English one, or to the English singular and plural."""
    with (Path(__file__).parent / "locale" / "en.po").open("rb") as file:
        catalogue = read_po(file, locale="en", abort_invalid=True)
    found = {}
    for message in catalogue:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            found[key] = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return found


class Words:
    """How one language says things."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._english = english() if language == "en" else {}

    def say(self, sentence: str) -> str:
        """``sentence`` in this language."""
        return self._english.get(sentence, (sentence,))[0]

    def count(self, one: str, many: str, number: int) -> str:
        """The form for ``number``: in French 0 takes the singular, in English the plural."""
        if self.language == "fr":
            return one if number < 2 else many
        forms = self._english.get(one, (one, many))
        return forms[0] if number == 1 else forms[-1]

    def date(self, day: datetime.date) -> str:
        """``1er décembre 2026`` or ``1 December 2026``."""
        text = format_date(day, "d MMMM y", locale=self.language)
        return "1er " + text[2:] if day.day == 1 and self.language == "fr" else text

    def number(self, value: int) -> str:
        """``12 345`` or ``12,345``."""
        return format_decimal(value, locale=self.language)

    def decimal(self, value: Fraction | float) -> str:
        """``3,7`` or ``3.7``: one digit."""
        return format_decimal(round(float(value), 1), format="#,##0.0", locale=self.language)

    def points(self, value: Fraction) -> str:
        """``171`` or ``154,5``: two digits at most."""
        return format_decimal(round(float(value), 2), format="#,##0.##", locale=self.language)

    def percent(self, value: int) -> str:
        """``33 %`` or ``33%``."""
        return format_percent(value / 100, locale=self.language)
