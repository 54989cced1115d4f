"""What the results page and its files count."""

import datetime
import uuid
from dataclasses import dataclass

from gateway.store.database import Pool


@dataclass(frozen=True, slots=True)
class Counts:
    """Published items, and votes on all of them, cast here and imported."""

    contributions: int = 0
    amendments: int = 0
    arguments: int = 0
    sources: int = 0
    comments: int = 0
    votes: int = 0


_COUNTS = """count(*) filter (where state = 'published' and kind in ('opinion', 'proposal', 'question'))::int
               as contributions,
               count(*) filter (where state = 'published' and kind = 'amendment')::int as amendments,
               count(*) filter (where state = 'published' and kind = 'argument')::int as arguments,
               count(*) filter (where state = 'published' and kind = 'source')::int as sources,
               count(*) filter (where state = 'published' and kind = 'comment')::int as comments"""


async def by_section(pool: Pool, consultation: uuid.UUID) -> dict[uuid.UUID, Counts]:
    """The counts of each section that holds something, without those below it."""
    found = await pool.fetch(
        f"""/* results: sections */
        select section_id, {_COUNTS}, sum(votes)::bigint as votes
        from contribution where consultation_id = $1 group by section_id""",  # noqa: S608  # ours
        consultation,
    )
    return {row["section_id"]: Counts(**dict(list(row.items())[1:])) for row in found}


async def by_day(pool: Pool, consultation: uuid.UUID) -> dict[datetime.date, Counts]:
    """What was written on each day, in order. Votes have no day in what is public."""
    found = await pool.fetch(
        f"""/* results: days */
        select day, {_COUNTS} from contribution
        where consultation_id = $1 and state = 'published' and kind not in ('article', 'option')
        group by day order by day""",  # noqa: S608  # ours
        consultation,
    )
    return {row["day"]: Counts(**dict(list(row.items())[1:])) for row in found}
