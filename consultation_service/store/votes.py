"""Votes, many in one statement."""

import datetime
from collections.abc import Sequence
from typing import Final

import asyncpg

from consultation_service.store.database import Pool
from consultation_service.votes import ALLOWED, DONE, Answer, Ballot, Verdict

POISON: Final[tuple[type[Exception], ...]] = (
    asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.TransactionRollbackError,
)  # fmt: skip
"""What one bad row, or a deadlock, does to a whole batch: each row deserves a try of its own."""

CAST: Final = f"""/* cast */
with asked as (
  select * from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::smallint[])
    with ordinality as r(item, consultation, participant, choice, place)
), present as (
  select p.consultation_id, p.pseudonym from participant p
  where (p.consultation_id, p.pseudonym) in (select a.consultation, a.participant from asked a)
  for key share
), judged as (
  select a.place, a.item, a.participant, a.choice, n.opens_on, n.closes_on,
    case
      when c.id is null then {Verdict.UNKNOWN_CONTRIBUTION:d}
      when p.pseudonym is null or c.consultation_id <> a.consultation then {Verdict.NOT_PARTICIPATING:d}
      when $5 < n.opens_on then {Verdict.NOT_OPEN_YET:d}
      when $5 > n.closes_on then {Verdict.CLOSED:d}
      when c.state <> 'published' then {Verdict.WITHDRAWN:d}
      when a.choice <> 0 and c.scale || ':' || a.choice <> all($6::text[]) then {Verdict.CHOICE_REFUSED:d}
      else {Verdict.DONE:d}
    end as verdict
  from asked a
  left join contribution c on c.id = a.item
  left join consultation n on n.id = c.consultation_id
  left join present p on p.consultation_id = a.consultation and p.pseudonym = a.participant
), last as (
  select distinct on (item, participant) item, participant, choice
  from judged where verdict = 0 order by item, participant, place desc
), written as (
  insert into vote as v (contribution_id, participant, choice, day)
  select item, participant, choice, $5 from last where choice <> 0 order by item, participant
  on conflict (contribution_id, participant) do update set choice = excluded.choice, day = excluded.day
    where v.choice <> excluded.choice
  returning contribution_id
), removed as (
  delete from vote v using last l
  where l.choice = 0 and v.contribution_id = l.item and v.participant = l.participant
  returning v.contribution_id
), due as (
  insert into tally_due (contribution_id) select contribution_id from written union select contribution_id from removed
)
select place, verdict, opens_on, closes_on from judged where verdict <> 0
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
            [ballot.consultation for ballot in ballots],
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
