"""Answers to questionnaires. What is sent counts and is in ``answers``; what is being filled in is in ``draft``."""

import datetime
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from consultation_service.questionnaire_words import questionnaire_of
from consultation_service.rules.acts import Act
from consultation_service.rules.answers import Checked, check
from consultation_service.rules.questionnaires import Questionnaire
from consultation_service.store.answering import Place, begin
from consultation_service.store.database import Connection, Pool
from consultation_service.store.section_totals import mark
from contracts.http import Refusal


class Response(NamedTuple):
    """What a participant sent, and what they are filling in or changing, if anything."""

    answers: dict[str, Any]
    sent: bool
    draft: dict[str, Any] | None

    @property
    def present(self) -> dict[str, Any]:
        """What forms are filled in with."""
        return self.answers if self.draft is None else self.draft


NOTHING = Response({}, False, None)


def definition_of(place: Place) -> Questionnaire:
    """The questionnaire of a section. Raises ``Refusal`` ``unknown_section`` when it has none yet."""
    if place.definition is None:
        raise Refusal("unknown_section")
    return questionnaire_of(place.definition)


async def response_of(
    connection: Pool | Connection, section: str, participant: bytes, *, lock: bool = False
) -> Response:
    """What a participant answered; ``NOTHING`` when nothing."""
    row = await connection.fetchrow(
        f"""/* response_of */
        select answers, sent, draft from response where section_id = $1 and participant = $2
        {"for update" if lock else ""}
        """,  # noqa: S608  only constants of ours
        section,
        participant,
    )
    if row is None:
        return NOTHING
    draft = None if row["draft"] is None else msgspec.json.decode(row["draft"], type=dict[str, Any])
    return Response(msgspec.json.decode(row["answers"], type=dict[str, Any]), row["sent"], draft)


async def keep(
    pool: Pool,
    place: Place,
    participant: bytes,
    given: Mapping[str, Any],
    day: datetime.date,
    *,
    whole: bool = False,
) -> Checked:
    """Keep a draft. ``given`` takes the place of the answers to the same questions; what is not an answer to its
    question is told and not kept. When it is the ``whole`` draft, it is kept without mistakes or not at all. Raises
    ``Refusal``.
    """
    questionnaire = definition_of(place)
    async with pool.acquire() as connection, connection.transaction():
        former = await _begin(connection, place, questionnaire, participant, day)
        checked = check(questionnaire, given if whole else {**former.present, **given}, sent=False)
        if whole and checked.mistakes:
            return checked
        await connection.execute(
            """/* keep */
            insert into response (section_id, participant, draft, day) values ($1, $2, $3, $4)
            on conflict (section_id, participant) do update set draft = excluded.draft,
              day = case when response.sent then response.day else excluded.day end
            """,
            place.section,
            participant,
            _encoded(checked.answers),
            day,
        )
    return checked


async def send(
    pool: Pool, place: Place, participant: bytes, day: datetime.date, answers: Mapping[str, Any] | None = None
) -> Checked:
    """Send ``answers``, or the draft when none are given: from then on they count, unless ``mistakes`` says what is
    wrong; then nothing changed. Raises ``Refusal``.
    """
    questionnaire = definition_of(place)
    async with pool.acquire() as connection, connection.transaction():
        former = await _begin(connection, place, questionnaire, participant, day)
        checked = check(questionnaire, former.present if answers is None else answers, sent=True)
        if checked.mistakes:
            return checked
        await connection.execute(
            """/* send */
            insert into response (section_id, participant, answers, sent, day) values ($1, $2, $3, true, $4)
            on conflict (section_id, participant) do update set answers = excluded.answers, sent = true, draft = null,
              day = excluded.day
            """,
            place.section,
            participant,
            _encoded(checked.answers),
            day,
        )
        await mark(connection, [place.section])
    return checked


async def forget_draft(pool: Pool, place: Place, participant: bytes) -> None:
    """Give up changes to what was sent, which stays as it is."""
    await pool.execute(
        "/* forget_draft */ update response set draft = null where section_id = $1 and participant = $2 and sent",
        place.section,
        participant,
    )


async def withdraw(pool: Pool, place: Place, participant: bytes, day: datetime.date) -> None:
    """Take back everything, sent or not, also once the consultation is closed. Raises ``Refusal``."""
    async with pool.acquire() as connection, connection.transaction():
        await begin(connection, place, participant, Act.WITHDRAW_OWN, day)
        counted = await connection.fetchval(
            "/* withdraw */ delete from response where section_id = $1 and participant = $2 returning sent",
            place.section,
            participant,
        )
        if counted:
            await mark(connection, [place.section])


async def _begin(
    connection: Connection, place: Place, questionnaire: Questionnaire, participant: bytes, day: datetime.date
) -> Response:
    await begin(connection, place, participant, Act.ANSWER_QUESTIONNAIRE, day)
    former = await response_of(connection, place.section, participant, lock=True)
    if former.sent and not questionnaire.editable:
        raise Refusal("already_sent")
    return former


def _encoded(answers: Mapping[str, Any]) -> str:
    return msgspec.json.encode(answers).decode()
