"""Consultations as their administration sees them at a glance: their state, and what waits for somebody."""

import datetime
from collections.abc import Sequence
from typing import Final, NamedTuple

from consultation_service.publication import Row
from consultation_service.rules.lifecycle import Plan, State, state_on
from consultation_service.store.database import Connection, Pool
from contracts.http import Refusal


class Overview(NamedTuple):
    """A consultation and its key figures. ``waiting`` contributions are in the queue of moderators, ``appeals`` among
    them are appealed against, ``unanswered`` questions have no official answer.
    """

    id: str
    slug: str
    title: str
    organiser: str
    level: int
    plan: Plan
    participants: int
    contributions: int
    waiting: int
    appeals: int
    unanswered: int

    def state(self, day: datetime.date) -> State:
        """The state on ``day``."""
        return state_on(self.plan, day)


_OVERVIEW: Final = """
  select n.id::text as id, n.slug, n.title, n.organiser, n.level, n.opens_on, n.closes_on, n.announced, n.closed_on,
    n.archived,
    (select count(*) from participant p where p.consultation_id = n.id) as participants,
    (select count(*) from contribution c where c.consultation_id = n.id and c.kind not in ('article', 'option')
      and c.state <> 'withdrawn') as contributions,
    (select count(*) from contribution c where c.consultation_id = n.id and c.waits_since is not null) as waiting,
    (select count(*) from contribution c where c.consultation_id = n.id and c.waits_since is not null
      and 'appeal' = any(c.waits_for)) as appeals,
    (select count(*) from contribution c where c.consultation_id = n.id and c.kind = 'question'
      and c.state = 'published' and not exists (
        select from official_answer o where o.contribution_id = c.id)) as unanswered
  from consultation n
"""


async def of(pool: Pool | Connection, consultation: str) -> Overview:
    """A consultation at a glance. Raises ``Refusal`` ``unknown_consultation``."""
    row = await pool.fetchrow(f"/* overview_of */ {_OVERVIEW} where n.id = $1", consultation)
    if row is None:
        raise Refusal("unknown_consultation")
    return _overview(row)


async def every(pool: Pool | Connection) -> Sequence[Overview]:
    """Every consultation, those that end last first."""
    rows = await pool.fetch(f"/* overviews */ {_OVERVIEW} order by n.closes_on desc, n.title, n.id")
    return [_overview(row) for row in rows]


def _overview(row: Row) -> Overview:
    plan = Plan(
        opens_on=row["opens_on"], closes_on=row["closes_on"], announced=row["announced"], closed_on=row["closed_on"],
        archived=row["archived"],
    )  # fmt: skip
    return Overview(
        id=row["id"], slug=row["slug"], title=row["title"], organiser=row["organiser"], level=row["level"], plan=plan,
        participants=row["participants"], contributions=row["contributions"], waiting=row["waiting"],
        appeals=row["appeals"], unanswered=row["unanswered"],
    )  # fmt: skip
