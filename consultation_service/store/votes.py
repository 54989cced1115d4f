"""Votes, many in one statement."""

import datetime
from collections.abc import Sequence
from typing import Final

import asyncpg

from consultation_service.store.database import Pool
from consultation_service.votes import ALLOWED, DONE, WITHDRAW, Answer, Ballot, Verdict

POISON: Final[tuple[type[Exception], ...]] = (
    asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.TransactionRollbackError,
)  # fmt: skip
"""What one bad row, or a deadlock, does to a whole batch: each row deserves a try of its own."""

# Every table is reached through a lateral subquery that cannot be flattened ("offset 0", "for"), that is, by its key
# and once per ballot. The plan is made once, perhaps when tables are empty: left free to join, PostgreSQL then chose to
# read all votes for each batch. The lock on the participant makes an erasure wait for this statement, or the reverse.
CAST: Final = f"""/* cast */
with judged as (
  select a.place, a.item, a.participant, a.choice, c.opens_on, c.closes_on,
    case
      when c.scale is null then {Verdict.UNKNOWN_CONTRIBUTION:d}
      when p.pseudonym is null then {Verdict.NOT_PARTICIPATING:d}
      when $4 < c.opens_on then {Verdict.NOT_OPEN_YET:d}
      when $4 > c.closes_on then {Verdict.CLOSED:d}
      when c.state <> 'published' then {Verdict.WITHDRAWN:d}
      when a.choice <> {WITHDRAW} and c.scale || ':' || a.choice <> all($5::text[]) then {Verdict.CHOICE_REFUSED:d}
      else {Verdict.DONE:d}
    end as verdict
  from unnest($1::uuid[], $2::bytea[], $3::smallint[]) with ordinality as a(item, participant, choice, place)
  left join lateral (
    select c.consultation_id, c.state, c.scale, n.opens_on, n.closes_on
    from contribution c join consultation n on n.id = c.consultation_id where c.id = a.item offset 0
  ) c on true
  left join lateral (
    select p.pseudonym from participant p
    where p.consultation_id = c.consultation_id and p.pseudonym = a.participant for key share
  ) p on true
), last as (
  select distinct on (item, participant) item, participant, choice
  from judged where verdict = {Verdict.DONE:d} order by item, participant, place desc
), written as (
  insert into vote as v (contribution_id, participant, choice, day)
  select item, participant, choice, $4 from last where choice <> {WITHDRAW} order by item, participant
  on conflict (contribution_id, participant) do update set choice = excluded.choice, day = excluded.day
    where v.choice <> excluded.choice
  returning contribution_id
), removed as (
  delete from vote where ctid = any(array(
    select v.ctid from last l cross join lateral (
      select v.ctid from vote v where v.contribution_id = l.item and v.participant = l.participant for update
    ) v where l.choice = {WITHDRAW}
  ))
  returning contribution_id
), due as (
  insert into tally_due (contribution_id) select contribution_id from written union select contribution_id from removed
)
select place, verdict, opens_on, closes_on from judged where verdict <> {Verdict.DONE:d}
"""  # noqa: S608  only constants of ours


async def cast(pool: Pool, ballots: Sequence[Ballot], day: datetime.date) -> list[Answer]:
    """Write ``ballots`` in one transaction, in their order, each judged by itself. Of two ballots of the same
    participant on the same item the last acceptable one stays. Raises ``POISON`` or ``UNAVAILABLE``: then nothing was
    acknowledged.
    """
    async with pool.acquire() as connection:
        refused = await connection.fetch(
            CAST,
            [ballot.contribution for ballot in ballots],
            [ballot.participant for ballot in ballots],
            [ballot.choice for ballot in ballots],
            day,
            ALLOWED,
            timeout=10,
        )
    answers = [DONE] * len(ballots)
    for place, verdict, opens_on, closes_on in refused:
        answers[place - 1] = Answer(Verdict(verdict), opens_on, closes_on)
    return answers
