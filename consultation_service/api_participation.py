"""What a participant did, as JSON."""

import datetime
from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultation_service.api import PATHS, answer, require_id
from consultation_service.participation import asking
from consultation_service.publication import Row
from consultation_service.rules.edits import told_to_voter
from consultation_service.service import Service
from consultation_service.store import contributions, participants
from contracts.events import ContributionKind, Id, SectionKind
from contracts.http import Refusal
from contracts.openapi import Operation
from contracts.scales import CHOICE_NAMES, ChoiceName


class MyVote(msgspec.Struct, frozen=True, kw_only=True):
    """A present vote, and the version of the text that it was cast on. When that is a ``former`` one, ``fr`` and ``en``
    say what follows: it still counts, and can be confirmed by voting again.
    """

    contribution: Id
    choice: ChoiceName
    text_version: int
    former: bool
    fr: str = ""
    en: str = ""


class MyContribution(msgspec.Struct, frozen=True, kw_only=True):
    """Something the participant wrote; ``parent`` is what it is about, when it is about another contribution. ``rule``
    is the motive for which moderation withholds it.
    """

    id: Id
    kind: ContributionKind
    parent: Id | None
    section: Id
    state: Literal["pending", "published", "withdrawn", "hidden", "sent_back"]
    title: str
    day: datetime.date
    text_version: int
    rule: str


class MyAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """A questionnaire or a ranking that the participant answered; a draft until ``sent``."""

    section: Id
    kind: SectionKind
    sent: bool


class MyParticipation(msgspec.Struct, frozen=True, kw_only=True):
    """What the participant who asks did in a consultation."""

    consultation: Id
    contributions: list[MyContribution]
    votes: list[MyVote]
    answers: list[MyAnswers]


async def participation(request: Request) -> Response:
    """``GET /v1/consultations/{consultation}/participation``."""
    service: Service = request.state.service
    consultation = require_id(request.path_params["consultation"])
    sessions = await service.participation.of(asking(request.scope["headers"]), consultation)
    if not sessions or not await participants.takes_part(service.pool, consultation, sessions[0].pseudonym):
        raise Refusal("not_participating")
    pseudonym = sessions[0].pseudonym
    written = await contributions.contributions_of(service.pool, consultation, pseudonym)
    votes = await participants.votes_of(service.pool, consultation, pseudonym)
    answers = await participants.answers_of(service.pool, consultation, pseudonym)
    return answer(
        MyParticipation(
            consultation=consultation,
            contributions=[
                MyContribution(**{name: row[name] for name in MyContribution.__struct_fields__}) for row in written
            ],
            votes=[_vote(row) for row in votes],
            answers=[MyAnswers(section=row["section"], kind=row["kind"], sent=row["sent"]) for row in answers],
        )
    )


def _vote(row: Row) -> MyVote:
    told = told_to_voter(row["text_version"], row["present"])
    french, english = told or ("", "")
    return MyVote(
        contribution=row["contribution"],
        choice=CHOICE_NAMES[row["choice"]],
        text_version=row["text_version"],
        former=told is not None,
        fr=french,
        en=english,
    )


OPERATIONS: Final = (
    Operation(
        "get", "/v1/consultations/{consultation}/participation", "What I wrote and how I vote.",
        MyParticipation, security="participant", path_types=PATHS,
        refusals=("not_participating", "token_refused", "unknown_consultation", "unavailable"),
    ),
)  # fmt: skip
