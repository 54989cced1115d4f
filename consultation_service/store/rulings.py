"""The decisions of moderation that withhold texts, as their authors are told of them."""

from collections.abc import Sequence

from consultation_service.rules.moderation import Entry
from consultation_service.store.database import Pool
from consultation_service.store.moderation import ENTRY, entry_of


async def of(pool: Pool, contributions: Sequence[str]) -> list[tuple[str, Entry]]:
    """The decision that put each of these contributions, hidden or sent back, in its state."""
    rows = await pool.fetch(
        f"""/* of */
        select distinct on (contribution_id) contribution_id::text as contribution, {ENTRY}
        from moderation_entry e
        where contribution_id = any($1::uuid[]) and decision = (
          select case c.state when 'hidden' then 'hide' when 'sent_back' then 'send_back' end
          from contribution c where c.id = e.contribution_id
        )
          and not exists (
            select from moderation_entry r
            where r.contribution_id = e.contribution_id and r.kind = 'reversed' and r.about = e.number
          )
        order by contribution_id, number desc
        """,  # noqa: S608  only constants of ours
        contributions,
    )
    return [(row["contribution"], entry_of(row)) for row in rows]
