"""Rules of votes: what may be asked, and how a verdict of the database is told."""

import datetime
from enum import IntEnum
from typing import Final, NamedTuple

from consultation_service.states import in_english, in_french
from contracts.http import Refusal
from contracts.scales import CHOICE_CODES, SCALES

WITHDRAW: Final = 0
"""The code of no vote at all."""

ALLOWED: Final = tuple(f"{scale}:{CHOICE_CODES[choice]}" for scale, choices in SCALES.items() for choice in choices)
"""Every ``<scale>:<choice code>`` that may be cast."""


class Verdict(IntEnum):
    """What the database found of a vote."""

    DONE = 0
    UNKNOWN_CONTRIBUTION = 1
    NOT_PARTICIPATING = 2
    WITHDRAWN = 3
    NOT_OPEN_YET = 4
    CLOSED = 5
    CHOICE_REFUSED = 6
    WITHHELD = 7
    STATE_REFUSED = 8
    OUT_OF_PHASE = 9


class Ballot(NamedTuple):
    """A participant's wish on an item; ``choice`` is a code of ``contracts.scales`` or ``WITHDRAW``.

    The pseudonym alone says in which consultation they take part: it is another one in every consultation.
    """

    contribution: str
    participant: bytes
    choice: int


class Answer(NamedTuple):
    """What became of a ballot; the dates are those of the consultation when it is not open. Out of phase,
    ``opens_on`` is the first day of the next phase of votes, None when there is none to come.
    """

    verdict: Verdict
    opens_on: datetime.date | None = None
    closes_on: datetime.date | None = None


DONE: Final = Answer(Verdict.DONE)


def code_of(choice: str) -> int:
    """The code of a choice. Raises ``Refusal`` ``choice_refused``."""
    for name, code in CHOICE_CODES.items():
        if name == choice:
            return code
    raise Refusal("choice_refused", field="choice")


def require_done(answer: Answer) -> None:
    """Return when the vote was written; raise the ``Refusal`` that the participant reads otherwise."""
    if answer.verdict is Verdict.DONE:
        return
    match answer:
        case Answer(Verdict.NOT_OPEN_YET, datetime.date() as day, _):
            raise Refusal("not_open_yet", date_fr=in_french(day), date_en=in_english(day))
        case Answer(Verdict.CLOSED, _, datetime.date() as day):
            raise Refusal("closed", date_fr=in_french(day), date_en=in_english(day))
        case Answer(Verdict.OUT_OF_PHASE, datetime.date() as day, _):
            raise Refusal("phase_later", date_fr=in_french(day), date_en=in_english(day))
        case Answer(Verdict.OUT_OF_PHASE, _, _):
            raise Refusal("phase_over")
        case _:
            raise Refusal(
                answer.verdict.name.lower(), field="choice" if answer.verdict is Verdict.CHOICE_REFUSED else ""
            )
