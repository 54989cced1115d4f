"""What participants follow, who is to be told that there is something new, and the rounds that tell them.

Telling is two steps: an act of anybody writes a row of ``notice_due`` in its own transaction; a round, later, turns all
rows of a frequency into one fact per participant. See docs/adr/0011-notices.md for why nothing is told at once.
"""

import datetime
import random
from collections.abc import Sequence
from typing import Final, Literal

from consultation_service.publication import Row
from consultation_service.store.database import Connection, Pool
from consultation_service.store.outbox import enqueue
from contracts.events import NoticeRequested, new_id
from contracts.tokens import b64u

Frequency = Literal["none", "immediate", "daily", "weekly"]
Rhythm = Literal["immediate", "daily", "weekly"]
Reason = Literal["news", "moderation"]

CROWD: Final = 5
"""The author of a contribution is told of what is decided or answered about it together with at least four others."""
PATIENCE: Final = datetime.timedelta(days=7)
"""... or after that long, however few they are."""
LATEST: Final = 5


async def tell_followers(
    connection: Connection, consultation: str, targets: Sequence[str], but: bytes | None = None
) -> None:
    """Whoever follows one of ``targets`` (ids of the consultation, of sections, of contributions) is to be told;
    ``but`` is the pseudonym of who caused it. In the caller's transaction.
    """
    await connection.execute(
        """/* tell_followers */
        insert into notice_due (consultation_id, participant, reason)
        select distinct p.consultation_id, p.pseudonym, 'news'
        from follow f join participant p on p.consultation_id = f.consultation_id and p.pseudonym = f.participant
        where f.consultation_id = $1 and f.target = any($2::uuid[]) and p.frequency <> 'none'
          and f.participant is distinct from $3
        on conflict do nothing
        """,
        consultation,
        list(targets),
        but,
    )


async def tell(connection: Connection, consultation: str, participant: bytes, reason: Reason) -> None:
    """An author is to be told of something about their own contribution: a moderation decision, or else an answer. In
    the caller's transaction.
    """
    await connection.execute(
        """/* tell */
        insert into notice_due (consultation_id, participant, reason)
        select consultation_id, pseudonym, case $3 when 'news' then 'own' else $3 end from participant
        where consultation_id = $1 and pseudonym = $2 and (frequency <> 'none' or $3 = 'moderation')
        on conflict do nothing
        """,
        consultation,
        participant,
        reason,
    )


async def due(connection: Connection, last: Rhythm, day: datetime.date, latest: datetime.date) -> bool:
    """Whether a daily or weekly round is to take place: none did since ``latest``. Marks it as done on ``day``."""
    return bool(
        await connection.fetchval(
            """/* round_due */
            insert into notice_round (frequency, day) values ($1, $2)
            on conflict (frequency) do update set day = excluded.day where notice_round.day < $3
            returning true
            """,
            last,
            day,
            latest,
        )
    )


async def publish_round(connection: Connection, frequency: Rhythm, day: datetime.date) -> int:
    """Turn what is due at ``frequency`` into facts, one per participant, in no order. Returns how many.

    The fact never says what there is to tell: an author told of an answer or of a moderation decision cannot be told
    apart from whoever follows something, and is told in the daily round, in company (``CROWD``), whatever they chose.
    """
    rows = await connection.fetch(
        """/* publish_round */
        with gone as (
          delete from notice_due d where not exists (
            select from participant p where p.consultation_id = d.consultation_id and p.pseudonym = d.participant
          )
        ), news as (
          select d.consultation_id, d.participant, d.reason, p.recipient
          from notice_due d join participant p on p.consultation_id = d.consultation_id and p.pseudonym = d.participant
          where d.reason = 'news' and p.frequency = $1
        ), own as (
          select d.consultation_id, d.participant, d.reason, p.recipient, d.since
          from notice_due d join participant p on p.consultation_id = d.consultation_id and p.pseudonym = d.participant
          where d.reason in ('own', 'moderation') and $1 = 'daily'
        ), company as (
          select consultation_id, count(distinct participant) as people
          from (
            select consultation_id, participant from news union all select consultation_id, participant from own
          ) as told
          group by consultation_id
        ), told as (
          select consultation_id, participant, reason, recipient from news
          union all
          select d.consultation_id, d.participant, d.reason, d.recipient
          from own d join company c using (consultation_id) where c.people >= $2 or d.since <= $3
        ), done as (
          delete from notice_due d using told t where d.participant = t.participant and d.reason = t.reason
        )
        select distinct consultation_id::text as consultation, participant, recipient
        from told where recipient is not null
        """,
        frequency,
        CROWD,
        day - PATIENCE,
    )
    notices = [
        NoticeRequested(
            id=new_id(),
            consultation=row["consultation"],
            recipient=b64u(row["recipient"]),
            reason="news",
            frequency=frequency,
        )
        for row in rows
    ]
    # The order of the table is that of the acts.
    random.SystemRandom().shuffle(notices)
    await enqueue(connection, notices)
    return len(notices)


async def follow(pool: Pool, consultation: str, participant: bytes, target: str) -> bool:
    """Follow the consultation, one of its sections or one of its contributions; False when there is no such thing to
    follow, or nobody to follow it.
    """
    found = await pool.fetchval(
        """/* follow */
        with present as (
          select pseudonym from participant where consultation_id = $1 and pseudonym = $2 for key share
        ), target as (
          select id from consultation where id = $3 and id = $1
          union all select id from section where id = $3 and consultation_id = $1
          union all select id from contribution where id = $3 and consultation_id = $1 and state = 'published'
        ), added as (
          insert into follow (consultation_id, participant, target) select $1, pseudonym, id from present, target
          on conflict do nothing
        )
        select exists (select from present, target)
        """,
        consultation,
        participant,
        target,
    )
    return bool(found)


async def unfollow(pool: Pool, participant: bytes, target: str) -> None:
    """Follow it no more; it does not matter whether they did."""
    await pool.execute("/* unfollow */ delete from follow where participant = $1 and target = $2", participant, target)


async def consultation_of(pool: Pool, target: str) -> str | None:
    """The consultation in which ``target`` can be followed."""
    found: str | None = await pool.fetchval(
        """/* consultation_of_target */
        select id::text from consultation where id = $1
        union all select consultation_id::text from section where id = $1
        union all select consultation_id::text from contribution where id = $1
        limit 1
        """,
        target,
    )
    return found


async def frequency_of(pool: Pool, consultation: str, participant: bytes) -> Frequency | None:
    """How often a participant wants to be told; None when they do not take part."""
    found: Frequency | None = await pool.fetchval(
        "/* frequency_of */ select frequency from participant where consultation_id = $1 and pseudonym = $2",
        consultation,
        participant,
    )
    return found


async def set_frequency(pool: Pool, consultation: str, participant: bytes, frequency: Frequency) -> bool:
    """Choose how often to be told; False when they do not take part. With ``none``, news that waited are dropped."""
    async with pool.acquire() as connection, connection.transaction():
        found = await connection.fetchval(
            """/* set_frequency */
            update participant set frequency = $3 where consultation_id = $1 and pseudonym = $2 returning true
            """,
            consultation,
            participant,
            frequency,
        )
        if frequency == "none":
            await connection.execute(
                "/* set_frequency */ delete from notice_due where participant = $1 and reason <> 'moderation'",
                participant,
            )
    return bool(found)


async def followed(pool: Pool, consultation: str, participant: bytes) -> Sequence[Row]:
    """What a participant follows: ``target``, ``kind`` (``consultation``, ``section`` or a contribution's), ``title``,
    ``body``; the consultation first, then sections, then contributions.
    """
    return await pool.fetch(
        """/* followed */
        with f as (select target from follow where consultation_id = $1 and participant = $2)
        select id::text as target, 'consultation' as kind, title, '' as body, 0 as rank
        from consultation join f on f.target = id
        union all
        select id::text, 'section', title, '', 1 from section join f on f.target = id
        union all
        select id::text, kind, title, body, 2 from contribution join f on f.target = id where state = 'published'
        order by rank, title, target
        """,
        consultation,
        participant,
    )


async def latest_changes(pool: Pool, consultation: str, participant: bytes) -> Sequence[Row]:
    """The last ``LATEST`` public changes in each thing that a participant follows, others' only: ``target``, ``change``
    (a kind of contribution, ``answer`` or ``statement``), ``contribution``, ``title``, ``body``, ``day``.
    """
    return await pool.fetch(
        """/* latest_changes */
        with f as (select target from follow where consultation_id = $1 and participant = $2),
        change as (
          select f.target, c.kind as change, c.id as contribution, c.title, c.body, c.day
          from f join contribution c on c.consultation_id = $1 and f.target in (c.parent_id, c.section_id, $1)
          where c.state = 'published' and c.author is distinct from $2 and c.kind not in ('article', 'option')
          union all
          select f.target, 'answer', c.id, c.title, a.body, a.day
          from contribution c join official_answer a on a.contribution_id = c.id
            join f on f.target in (c.id, c.section_id, $1)
          where c.consultation_id = $1 and c.state = 'published'
            and a.number = (select max(number) from official_answer where contribution_id = c.id)
          union all
          select f.target, 'statement', null, x.title, x.body, x.day
          from f join statement s on s.consultation_id = f.target
            join lateral (
              select title, body, day from statement_text where statement_id = s.id order by number desc limit 1
            ) x on true
        ), numbered as (
          select *, row_number() over (partition by target order by day desc, contribution) as place from change
        )
        select target::text as target, change, contribution::text as contribution, title, left(body, 200) as body, day
        from numbered where place <= $3 order by target, place
        """,
        consultation,
        participant,
        LATEST,
    )
