"""What participants say to moderators: reports, and appeals against decisions."""

import datetime
from collections.abc import Sequence
from typing import Final, NamedTuple

from consultation_service.publication import Row
from consultation_service.rules import edits
from consultation_service.rules.acts import Act
from consultation_service.rules.moderation import Entry
from consultation_service.store import consultations
from consultation_service.store.contributions import hold_author
from consultation_service.store.database import Connection, Pool
from consultation_service.store.moderation import Held, append, hold
from contracts.http import Refusal

MAX_OPEN_REPORTS: Final = 100
MAX_ENTRIES: Final = 1_000
"""Beyond these, one more report would tell moderators nothing new, and the public journal of an item must stay small
enough for one message."""


async def report(
    pool: Pool, contribution: str, consultation: str, participant: bytes, motive: str, words: str, day: datetime.date
) -> bool:
    """Write the report of a participant; false when the same one of theirs already waits.

    Raises ``Refusal``: ``not_participating``, those of ``hold`` and of ``require_act``, ``not_visible``,
    ``report_own``, ``already_reported``, ``too_many_reports``, ``reported_enough``.
    """
    async with pool.acquire() as connection, connection.transaction():
        await hold_author(connection, consultation, participant)
        held = await hold(connection, contribution)
        await consultations.require_act(connection, consultation, Act.REPORT, day, held.section)
        if held.state != "published":
            raise Refusal("unknown_contribution" if held.state == "pending" else "not_visible")
        if held.author == participant:
            raise Refusal("report_own")
        mine = [number for number in held.item.reports if held.people.get(number) == participant]
        if mine:
            return await _same_report(connection, contribution, mine[0], motive, words)
        edits.require_report_allowed(
            await consultations.limits_of(connection, consultation), await _reported_on(connection, participant, day)
        )
        if len(held.item.reports) >= MAX_OPEN_REPORTS or held.item.number >= MAX_ENTRIES:
            raise Refusal("reported_enough")
        entry = Entry(held.item.number + 1, "reported", day, rule=motive)
        await append(connection, held, entry, participant, words)
        return True


async def _same_report(connection: Connection, contribution: str, number: int, motive: str, words: str) -> bool:
    same = await connection.fetchval(
        """/* same_report */
        select true from moderation_entry where contribution_id = $1 and number = $2 and rule = $3 and words = $4
        """,
        contribution,
        number,
        motive,
        words,
    )
    if not same:
        raise Refusal("already_reported")
    return False


async def _reported_on(connection: Connection, participant: bytes, day: datetime.date) -> int:
    return int(
        await connection.fetchval(
            """/* reported_on */
            select count(*) from moderation_entry where participant = $1 and kind = 'reported' and day = $2
            """,
            participant,
            day,
        )
    )


async def appeal(
    pool: Pool, contribution: str, consultation: str, participant: bytes, words: str, day: datetime.date
) -> bool:
    """Write an appeal against the decision in force; false when theirs already waits. Raises ``Refusal``:
    ``not_participating``, those of ``hold`` and ``require_act``, ``appeal_refused``, ``appeal_late``.
    """
    async with pool.acquire() as connection, connection.transaction():
        await hold_author(connection, consultation, participant)
        held = await hold(connection, contribution)
        await consultations.require_act(connection, consultation, Act.APPEAL, day, held.section)
        if held.item.appeal is not None and held.people.get(held.item.appeal.number) == participant:
            return False
        if held.last is None or not concerned(held, participant):
            raise Refusal("appeal_refused")
        entry = Entry(held.item.number + 1, "appealed", day, about=held.last.entry.number)
        await append(connection, held, entry, participant, words)
        return True


def concerned(held: Held, participant: bytes) -> bool:
    """Whether the decision in force is one that ``participant`` may appeal against: it withholds their text, or it
    dismissed their report. It must be a first decision, and no appeal may wait.
    """
    last = held.last
    if last is None or last.entry.kind != "decided" or held.item.appeal is not None:
        return False
    if last.entry.decision == "keep":
        return any(held.people.get(number) == participant for number in last.reports)
    return held.author == participant


class Reading(NamedTuple):
    """An item with its journal and its texts, for a page that a participant reads."""

    held: Held
    title: str
    body: str


async def reading(pool: Pool, contribution: str, participant: bytes) -> Reading:
    """What ``participant`` may read of an item: its texts while they are public, or theirs. Raises ``Refusal``:
    ``unknown_contribution``, for what waits for review too, or ``withdrawn``.
    """
    async with pool.acquire() as connection, connection.transaction():
        held = await hold(connection, contribution, lock=False)
        own = held.author is not None and held.author == participant
        if held.state == "pending" and not own:
            raise Refusal("unknown_contribution")
        if held.state != "published" and not own:
            return Reading(held, "", "")
        row = await connection.fetchrow(
            "/* reading */ select title, body from contribution where id = $1", contribution
        )
        return Reading(held, "", "") if row is None else Reading(held, row["title"], row["body"])


def reported_by(held: Held, participant: bytes) -> bool:
    """Whether ``participant`` reported it once."""
    return any(entry.kind == "reported" and held.people.get(entry.number) == participant for entry in held.entries)


async def reported(pool: Pool, consultation: str, participant: bytes) -> Sequence[Row]:
    """What a participant reported: ``contribution``, ``kind``, ``title`` and ``body`` while they are public, ``rule``,
    ``day``, and whether it still ``waits``.
    """
    return await pool.fetch(
        """/* reported */
        select distinct on (c.id) c.id::text as contribution, c.kind, e.rule, e.day,
          'reported' = any(c.waits_for) as waits,
          case c.state when 'published' then c.title else '' end as title,
          case c.state when 'published' then left(c.body, 200) else '' end as body
        from moderation_entry e join contribution c on c.id = e.contribution_id
        where e.participant = $2 and e.kind = 'reported' and c.consultation_id = $1 and c.state <> 'withdrawn'
        order by c.id, e.number desc
        """,
        consultation,
        participant,
    )
