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
# States and phases are judged as rules.lifecycle and rules.phases do; a test compares them. Phases are read once per
# section and statement (PostgreSQL remembers them), which adds a microsecond to a vote: nothing needs computing ahead.
CAST: Final = f"""/* cast */
with judged as (
  select a.place, a.item, a.participant, a.choice, c.consultation_id, c.section_id, c.opens_on, c.closes_on,
    c.text_version,
    case
      when c.scale is null or c.state = 'pending' then {Verdict.UNKNOWN_CONTRIBUTION:d}
      when p.pseudonym is null then {Verdict.NOT_PARTICIPATING:d}
      when c.archived or not c.announced then {Verdict.STATE_REFUSED:d}
      when $4 > c.closes_on or $4 >= c.closed_on then {Verdict.CLOSED:d}
      when $4 < c.opens_on then {Verdict.NOT_OPEN_YET:d}
      when not f.possible then {Verdict.OUT_OF_PHASE:d}
      when c.state = 'withdrawn' then {Verdict.WITHDRAWN:d}
      when c.state <> 'published' then {Verdict.WITHHELD:d}
      when a.choice <> {WITHDRAW} and c.scale || ':' || a.choice <> all($5::text[]) then {Verdict.CHOICE_REFUSED:d}
      else {Verdict.DONE:d}
    end as verdict
  from unnest($1::uuid[], $2::bytea[], $3::smallint[]) with ordinality as a(item, participant, choice, place)
  left join lateral (
    select c.consultation_id, c.section_id, c.state, c.scale, c.text_version, n.opens_on,
      least(n.closes_on, n.closed_on) as closes_on, n.closed_on, n.announced, n.archived
    from contribution c join consultation n on n.id = c.consultation_id where c.id = a.item offset 0
  ) c on true
  left join lateral (
    select p.pseudonym from participant p
    where p.consultation_id = c.consultation_id and p.pseudonym = a.participant for key share
  ) p on true
  left join lateral (
    select count(*) = 0 or bool_or(
      f.kind = 'vote' and $4 between f.first and f.last and (f.sections = '{{}}' or c.section_id = any(f.sections))
    ) as possible
    from phase f where f.consultation_id = c.consultation_id offset 0
  ) f on true
), last as (
  select distinct on (item, participant) item, participant, choice, text_version
  from judged where verdict = {Verdict.DONE:d} order by item, participant, place desc
), written as (
  insert into vote as v (contribution_id, participant, choice, day, text_version)
  select item, participant, choice, $4, text_version from last where choice <> {WITHDRAW} order by item, participant
  on conflict (contribution_id, participant) do update
    set choice = excluded.choice, day = excluded.day, text_version = excluded.text_version
    where v.choice <> excluded.choice or v.text_version <> excluded.text_version
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
select place, verdict,
  case when verdict = {Verdict.OUT_OF_PHASE:d} then (
    select min(f.first) from phase f
    where f.consultation_id = judged.consultation_id and f.kind = 'vote' and f.first > $4
      and (f.sections = '{{}}' or judged.section_id = any(f.sections))
  ) else opens_on end as opens_on, closes_on
from judged where verdict <> {Verdict.DONE:d}
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
