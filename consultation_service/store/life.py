"""The life of a consultation, moved on by staff: announced, closed early, archived; or deleted, while it is a draft.

Days do the rest (``consultations.publish_changes_of_state``). Each function works in the caller's transaction and holds
the consultation while it decides, so that whoever acts at the same time sees what became of it.
"""

import datetime

import msgspec

from consultation_service.rules import lifecycle
from consultation_service.rules.acts import Act
from consultation_service.rules.policy import check_policy
from consultation_service.rules.questionnaires import Questionnaire, mistakes
from consultation_service.store import configuration, consultations, republication
from consultation_service.store.database import Connection, Pool
from contracts.http import Refusal


async def announce(connection: Connection, consultation: str, day: datetime.date) -> None:
    """Make a draft public, with everything that the organiser wrote in it. Raises ``Refusal``: the first one of
    ``unready``, or ``state_refused``.
    """
    plan = await consultations.held(connection, consultation, Act.ANNOUNCE, day)
    for refusal in await unready(connection, consultation, day):
        raise refusal
    lifecycle.move(plan, Act.ANNOUNCE, day)
    await connection.execute("/* announce */ update consultation set announced = true where id = $1", consultation)
    await consultations.touched(connection, consultation, day)
    await republication.publish_contents(connection, consultation)


async def close_early(connection: Connection, consultation: str, reason: str, day: datetime.date) -> None:
    """Close today, at once, for a public reason. Raises ``Refusal``: ``reason_missing``, ``reason_too_long``, or those
    of the state.
    """
    plan = await consultations.held(connection, consultation, Act.CLOSE_EARLY, day)
    closed = lifecycle.move(plan, Act.CLOSE_EARLY, day, reason)
    await connection.execute(
        "/* close_early */ update consultation set closed_on = $2, closed_reason = $3 where id = $1",
        consultation,
        closed.closed_on,
        reason.strip(),
    )
    await consultations.touched(connection, consultation, day)


async def archive(connection: Connection, consultation: str, day: datetime.date) -> None:
    """Nothing changes any more but what people take back. Raises ``Refusal`` of the state."""
    plan = await consultations.held(connection, consultation, Act.ARCHIVE, day)
    lifecycle.move(plan, Act.ARCHIVE, day)
    await connection.execute("/* archive */ update consultation set archived = true where id = $1", consultation)
    await consultations.touched(connection, consultation, day)


async def delete_draft(connection: Connection, consultation: str, day: datetime.date) -> None:
    """Remove a draft and everything in it; what is public is never deleted. Raises ``Refusal`` of the state."""
    await consultations.held(connection, consultation, Act.DELETE_DRAFT, day)
    await connection.execute(
        """/* delete_draft */
        with items as (select id from contribution where consultation_id = $1),
          votes as (delete from vote where contribution_id in (select id from items)),
          due as (delete from tally_due where contribution_id in (select id from items))
        delete from consultation where id = $1
        """,
        consultation,
    )


async def unready(connection: Pool | Connection, consultation: str, day: datetime.date) -> tuple[Refusal, ...]:
    """Everything that is still to be done before announcing: ``field_needed`` for each empty field, ``part_unready``
    for each section where people could do nothing (its id is the field) or when there is none, and what the schedule
    and the policy say. A part of a bill is ready when there is an article in it or in the parts inside it.
    """
    found = [
        Refusal("field_needed", field=field) for field in (await configuration.read(connection, consultation)).missing
    ]
    sections = await connection.fetch(
        """/* unready */
        with recursive inside as (
          select id, id as holder from section where consultation_id = $1
          union all select s.id, i.holder from section s join inside i on s.parent_id = i.id
        )
        select s.id::text as id, s.kind, s.questionnaire, s.ranking, (
          select count(*) from inside i join contribution c on c.section_id = i.id
          where i.holder = s.id and c.state <> 'withdrawn'
            and (s.kind = 'articles' and c.kind = 'article' or s.id = i.id and c.kind = 'option')) as items
        from section s where s.consultation_id = $1 order by s.position, s.id
        """,
        consultation,
    )
    if not any(section["kind"] != "heading" for section in sections):
        found.append(Refusal("part_unready", field="sections"))
    for section in sections:
        if not _ready(section["kind"], section["questionnaire"], section["ranking"], section["items"]):
            found.append(Refusal("part_unready", field=section["id"]))
    try:
        lifecycle.check_schedule(await consultations.plan_of(connection, consultation), day)
    except Refusal as refusal:
        found.append(refusal)
    try:
        check_policy(await consultations.policy_of(connection, consultation))
    except Refusal as refusal:
        if refusal.field not in {each.field for each in found}:
            found.append(refusal)
    return tuple(found)


def _ready(kind: str, questionnaire: str | None, ranking: str | None, items: int) -> bool:
    match kind:
        case "questionnaire":
            return questionnaire is not None and not mistakes(msgspec.json.decode(questionnaire, type=Questionnaire))
        case "ranking":
            return ranking is not None and items >= 2
        case "articles":
            return items >= 1
    return True
