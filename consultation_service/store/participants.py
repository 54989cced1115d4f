"""Who takes part, under a pseudonym; and how somebody leaves, with everything they said."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from consultation_service.publication import Row
from consultation_service.rules.acts import Act
from consultation_service.store import consultations, section_totals
from consultation_service.store.contributions import READ_WITH
from consultation_service.store.database import Connection, Pool
from consultation_service.store.outbox import enqueue
from consultation_service.store.withdrawals import withdraw
from contracts.events import ErasureDone, ErasureRequested, WithdrawalDone, WithdrawalRequested, new_id


async def join(
    pool: Pool,
    consultation: str,
    pseudonym: bytes,
    token_digest: bytes,
    terms_version: str,
    recipient: bytes,
    day: datetime.date,
) -> bool:
    """Let a participant in with an access token that was never used; ``recipient`` is how they can be told of news
    (``recipients.seal``). A token that comes again, or after an erasure,
    lets nobody in: the answer is then whether they still take part. Raises ``Refusal`` ``unknown_consultation``, or
    why nobody new can take part on ``day``; whoever already does can always come back.
    """
    async with pool.acquire() as connection, connection.transaction():
        await _one_at_a_time(connection, pseudonym)
        if not await takes_part(connection, consultation, pseudonym):
            await consultations.require_act(connection, consultation, Act.SIGN_UP, day)
        fresh = await connection.fetchval(
            "/* join */ insert into used_token (digest, day) values ($1, $2) on conflict do nothing returning true",
            token_digest,
            day,
        )
        if not fresh:
            return await takes_part(connection, consultation, pseudonym)
        if await connection.fetchval("/* join */ select true from erased where digest = sha256($1)", pseudonym):
            return False
        await connection.execute(
            """/* join */
            insert into participant (consultation_id, pseudonym, terms_version, joined_on, recipient)
            values ($1, $2, $3, $4, $5)
            on conflict (consultation_id, pseudonym) do update set
              terms_version = excluded.terms_version, recipient = excluded.recipient
            """,
            consultation,
            pseudonym,
            terms_version,
            day,
            recipient,
        )
        return True


async def _one_at_a_time(connection: Connection, pseudonym: bytes) -> None:
    # Somebody who arrives while they leave arrives before, and is removed, or after, and is refused.
    await connection.execute(
        "/* one_at_a_time */ select pg_advisory_xact_lock(hashtextextended($1, 0))", pseudonym.hex()
    )


async def takes_part(connection: Pool | Connection, consultation: str, pseudonym: bytes) -> bool:
    """Whether somebody takes part and did not leave."""
    return bool(
        await connection.fetchval(
            "/* takes_part */ select exists (select from participant where consultation_id = $1 and pseudonym = $2)",
            consultation,
            pseudonym,
        )
    )


async def votes_of(pool: Pool, consultation: str, pseudonym: bytes) -> Sequence[Row]:
    """Present votes of a participant, with the version that each was cast on and the ``present`` one; the texts of what
    is withheld are empty.
    """
    return await pool.fetch(
        f"""/* votes_of */
        select v.contribution_id::text as contribution, v.choice, v.text_version, c.text_version as present, c.kind,
          c.state, case c.state when 'published' then c.title else '' end as title,
          case c.state when 'published' then c.body else '' end as body, {READ_WITH} as read_with
        from vote v join contribution c on c.id = v.contribution_id
        where v.participant = $2 and c.consultation_id = $1
        order by c.day, c.id
        """,  # noqa: S608  only constants of ours
        consultation,
        pseudonym,
    )


async def answers_of(pool: Pool, consultation: str, pseudonym: bytes) -> Sequence[Row]:
    """Questionnaires and rankings of a participant: ``section``, ``title``, ``kind``, and whether it was ``sent``."""
    return await pool.fetch(
        """/* answers_of */
        select s.id::text as section, s.title, s.kind, coalesce(r.sent, true) as sent
        from section s
        left join response r on r.section_id = s.id and r.participant = $2
        left join ranking_ballot b on b.section_id = s.id and b.participant = $2
        where s.consultation_id = $1 and (r.participant is not null or b.participant is not null)
        order by s.position, s.id
        """,
        consultation,
        pseudonym,
    )


@dataclass(frozen=True, slots=True)
class Departure:
    """What was removed: texts, and votes of every sort (on items, rankings, questionnaires)."""

    contributions: int
    votes: int


async def leave(
    pool: Pool, request: ErasureRequested | WithdrawalRequested, pseudonym: bytes, day: datetime.date
) -> Departure | None:
    """Carry out an erasure or a withdrawal once: its effect, its proof and its mark in one transaction. None when the
    request was carried out before. Somebody unknown leaves nothing behind, and the proof says so.
    """
    async with pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval(
            "/* leave */ insert into inbox (event_id, day) values ($1, $2) on conflict do nothing returning true",
            request.id,
            day,
        ):
            return None
        await _one_at_a_time(connection, pseudonym)
        if isinstance(request, ErasureRequested):
            await connection.execute(
                "/* leave */ insert into erased (digest, day) values (sha256($1), $2) "
                "on conflict (digest) do update set day = excluded.day",
                pseudonym,
                day,
            )
        departure = await _remove(connection, request.consultation, pseudonym)
        done = ErasureDone if isinstance(request, ErasureRequested) else WithdrawalDone
        proof = done(
            id=new_id(),
            consultation=request.consultation,
            request=request.id,
            contributions=departure.contributions,
            votes=departure.votes,
            day=day,
        )
        await enqueue(connection, [proof])
        return departure


async def _remove(connection: Connection, consultation: str, pseudonym: bytes) -> Departure:
    # The participant goes first, with what they said of themselves: whatever is being written holds a lock on that row,
    # so this waits for it and then sees it; what comes after finds nobody.
    await connection.execute(
        "/* remove */ delete from participant where consultation_id = $1 and pseudonym = $2", consultation, pseudonym
    )
    written = await connection.fetch(
        """/* remove */
        select id::text as id from contribution where consultation_id = $1 and author = $2 order by id for update
        """,
        consultation,
        pseudonym,
    )
    contributions = await withdraw(connection, [row["id"] for row in written])
    await connection.execute(
        "/* remove */ update contribution set author = null where consultation_id = $1 and author = $2",
        consultation,
        pseudonym,
    )
    # What they reported and appealed stays counted in the journal of moderation, without who and without their words.
    await connection.execute(
        """/* remove */
        update moderation_entry e set participant = null, words = '' from contribution c
        where c.id = e.contribution_id and c.consultation_id = $1 and e.participant = $2
        """,
        consultation,
        pseudonym,
    )
    for table in ("follow", "notice_due", "release_withheld", "release_voter"):
        await connection.execute(
            f"/* remove */ delete from {table} where consultation_id = $1 and participant = $2",  # noqa: S608  ours
            consultation,
            pseudonym,
        )
    votes = await connection.fetchval(
        """/* remove */
        with gone as (
          delete from vote v using contribution c
          where c.id = v.contribution_id and c.consultation_id = $1 and v.participant = $2
          returning v.contribution_id
        ), due as (insert into tally_due select contribution_id from gone)
        select count(*) from gone
        """,
        consultation,
        pseudonym,
    )
    return Departure(contributions, votes + await _remove_answers(connection, consultation, pseudonym))


async def _remove_answers(connection: Connection, consultation: str, pseudonym: bytes) -> int:
    """Rankings and questionnaires, drafts included; returns how many."""
    rows = await connection.fetch(
        """/* remove_answers */
        with ranked as (
          delete from ranking_ballot b using section s
          where s.id = b.section_id and s.consultation_id = $1 and b.participant = $2 returning b.section_id
        ), answered as (
          delete from response r using section s
          where s.id = r.section_id and s.consultation_id = $1 and r.participant = $2 returning r.section_id
        )
        select section_id::text as section from ranked union all select section_id::text from answered
        """,
        consultation,
        pseudonym,
    )
    await section_totals.mark(connection, sorted({row["section"] for row in rows}))
    return len(rows)


async def forget_old(pool: Pool, day: datetime.date) -> None:
    """Drop marks that no longer protect anything: used tokens, erasures (a token lasts 20 minutes), applied events."""
    yesterday = day - datetime.timedelta(days=1)
    await pool.execute("/* forget_old */ delete from used_token where day < $1", yesterday)
    await pool.execute("/* forget_old */ delete from erased where day < $1", yesterday)
    await pool.execute("/* forget_old */ delete from inbox where day < $1", day - datetime.timedelta(days=90))
