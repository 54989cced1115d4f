"""What a finding is, and how overlapping ones are settled."""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, get_args

Kind = Literal[
    "email",
    "disguised_email",
    "phone",
    "nir",
    "iban",
    "siret",
    "address",
    "plate",
    "handle",
    "birth_date",
    "name",
]
Level = Literal["sure", "maybe"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

SPACE: Final = r"[ \t\u00a0\u202f\u2009]"
"""Spaces within a line, those that typography forbids to break included."""

GAP: Final = r"[ \t\u00a0\u202f\u2009.\-\u2010\u2011\u2013/_·]{0,2}"
"""What people put between the groups of a number."""


class Found(NamedTuple):
    """Personal data in a text, at ``text[start:end]``: code points, which are not JavaScript's UTF-16 units.

    ``sure``: its check digits are right, or nothing else is written like this. ``maybe``: for somebody to look at.
    """

    kind: Kind
    start: int
    end: int
    level: Level


class Findings:
    """Findings that do not overlap; where two would, the one added first stays."""

    def __init__(self, text: str) -> None:
        self._taken = bytearray(len(text))
        self._found: list[Found] = []

    def add(self, found: Iterable[Found]) -> None:
        """Keep those of ``found`` that lie where nothing was found yet."""
        for one in found:
            if one.start < one.end and not any(self._taken[one.start : one.end]):
                self._taken[one.start : one.end] = b"\1" * (one.end - one.start)
                self._found.append(one)

    def in_order(self) -> tuple[Found, ...]:
        """All of them in the order of the text."""
        return tuple(sorted(self._found, key=lambda found: found.start))
