"""Conditions under which a question or a section is shown, on the answers that were kept from earlier ones."""

from collections.abc import Mapping
from typing import Annotated, Final
from typing import Any as AnyValue

import msgspec

OTHER: Final = "other"
"""The key under which conditions and totals know the free answer « Autre »; no option of such a question has it."""

Key = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]


class _Test(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="test"):
    pass


class Equals(_Test, frozen=True, tag="equals"):
    """The answer to a single choice is this option (or ``other``), or to a scale or a number this value."""

    question: Key
    value: str | int | float


class Contains(_Test, frozen=True, tag="contains"):
    """The answer to a multiple choice or a ranking has this option (or ``other``)."""

    question: Key
    option: Key


class Not(_Test, frozen=True, tag="not"):
    """The condition does not hold; a question that was not answered equals and contains nothing."""

    condition: "Condition"


class All(_Test, frozen=True, tag="all"):
    """All the conditions hold."""

    conditions: tuple["Condition", ...]


class Any(_Test, frozen=True, tag="any"):
    """At least one of the conditions holds."""

    conditions: tuple["Condition", ...]


Condition = Equals | Contains | Not | All | Any


def holds(condition: Condition | None, kept: Mapping[str, AnyValue]) -> bool:
    """Whether ``condition`` holds for answers that were kept; no condition always holds."""
    match condition:
        case None:
            return True
        case Equals(question=key, value=value):
            answer = kept.get(key)
            return value == OTHER if isinstance(answer, dict) else answer is not None and bool(answer == value)
        case Contains(question=key, option=option):
            return any(isinstance(one, dict) if option == OTHER else one == option for one in kept.get(key, ()))
        case Not(condition=inner):
            return not holds(inner, kept)
        case All(conditions=several):
            return all(holds(each, kept) for each in several)
        case Any(conditions=several):
            return any(holds(each, kept) for each in several)
