"""What the results page and its files count."""

import datetime
import uuid
from dataclasses import dataclass

from gateway.store.database import Pool


@dataclass(frozen=True, slots=True)
class Counts:
    """Published items, and votes on all of them, cast here and imported."""

    contributions: int = 0
    arguments: int = 0
    sources: int = 0
    votes: int = 0


async def by_section(pool: Pool, consultation: uuid.UUID) -> dict[uuid.UUID, Counts]:
    """The counts of each section that holds something, without those below it."""
    found = await pool.fetch(
        """/* results: sections */
        select section_id,
               count(*) filter (where state = 'published' and kind in ('opinion', 'proposal')) as contributions,
               count(*) filter (where state = 'published' and kind = 'argument') as arguments,
               count(*) filter (where state = 'published' and kind = 'source') as sources, sum(votes)::bigint as votes
        from contribution where consultation_id = $1 group by section_id""",
        consultation,
    )
    return {r["section_id"]: Counts(r["contributions"], r["arguments"], r["sources"], r["votes"]) for r in found}


async def by_day(pool: Pool, consultation: uuid.UUID) -> dict[datetime.date, Counts]:
    """What was written on each day, in order. Votes have no day in what is public."""
    found = await pool.fetch(
        """/* results: days */
        select day, count(*) filter (where kind in ('opinion', 'proposal')) as contributions,
               count(*) filter (where kind = 'argument') as arguments,
               count(*) filter (where kind = 'source') as sources
        from contribution where consultation_id = $1 and state = 'published' group by day order by day""",
        consultation,
    )
    return {r["day"]: Counts(r["contributions"], r["arguments"], r["sources"]) for r in found}
