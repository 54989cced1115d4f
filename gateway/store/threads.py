"""Comments as they answer each other, and what is about several items at once: one query, however many there are."""

import uuid
from collections.abc import Sequence

from gateway.store.database import Pool
from gateway.store.reading import ITEM, Item, item_of


async def replies(pool: Pool, roots: Sequence[uuid.UUID], limit: int) -> list[Item]:
    """At most ``limit`` comments on ``roots`` and on each other, oldest day first; what was withheld keeps its place
    as long as a published one is below it. Nothing comes twice, whatever says that it answers what.
    """
    found = await pool.fetch(
        f"""/* replies */
        with recursive reply (id) as (
            select id from contribution where parent_id = any($1::uuid[]) and kind = 'comment'
            union
            select c.id from contribution c join reply on c.parent_id = reply.id where c.kind = 'comment'
        )
        select {ITEM}, 0::bigint as value from reply join contribution c on c.id = reply.id
        left join tally t on t.contribution_id = c.id
        where c.state = 'published' or c.comments > 0
        order by c.day, c.id limit $2""",  # noqa: S608  # ours
        roots, limit,
    )  # fmt: skip
    return [item_of(row) for row in found]


async def first_about(pool: Pool, parents: Sequence[uuid.UUID], kind: str, each: int) -> dict[uuid.UUID, list[Item]]:
    """For each of ``parents``, at most ``each`` published items of ``kind`` about it, the most supported first."""
    found = await pool.fetch(
        f"""/* first about */
        select {ITEM}, c.support as value
        from (select id, row_number() over (partition by parent_id order by support desc, id desc) as rank
              from contribution where parent_id = any($1::uuid[]) and kind = $2 and state = 'published') as ranked
        join contribution c on c.id = ranked.id left join tally t on t.contribution_id = c.id
        where ranked.rank <= $3 order by ranked.rank""",  # noqa: S608  # ours
        parents, kind, each,
    )  # fmt: skip
    about: dict[uuid.UUID, list[Item]] = {}
    for row in found:
        about.setdefault(row["parent_id"], []).append(item_of(row))
    return about


async def page_of(pool: Pool, contribution: uuid.UUID) -> Item | None:
    """What the page that shows ``contribution`` is about: itself, or what it is about; None when it is unknown."""
    row = await pool.fetchrow(
        f"""/* page of */
        with recursive above (id, parent_id, kind, depth) as (
            select id, parent_id, kind, 0 from contribution where id = $1
            union all
            select c.id, c.parent_id, c.kind, depth + 1 from contribution c join above on c.id = above.parent_id
            where above.kind in ('argument', 'source', 'comment') and depth < 50
        )
        select {ITEM}, 0::bigint as value from above join contribution c on c.id = above.id
        left join tally t on t.contribution_id = c.id
        where above.kind not in ('argument', 'source', 'comment') order by depth limit 1""",  # noqa: S608  # ours
        contribution,
    )
    return None if row is None else item_of(row)


async def by_id(pool: Pool, contributions: Sequence[uuid.UUID]) -> dict[uuid.UUID, Item]:
    """Those of ``contributions`` that are known."""
    found = await pool.fetch(
        f"""/* by id */
        select {ITEM}, 0::bigint as value from contribution c left join tally t on t.contribution_id = c.id
        where c.id = any($1::uuid[])""",  # noqa: S608  # ours
        contributions,
    )
    return {row["id"]: item_of(row) for row in found}


async def depth_of(pool: Pool, contribution: uuid.UUID) -> int:
    """How many comments a comment is below; 0 for anything else."""
    return int(
        await pool.fetchval(
            """/* depth of */
            with recursive above (id, parent_id, kind, depth) as (
                select id, parent_id, kind, 0 from contribution where id = $1
                union all
                select c.id, c.parent_id, c.kind, depth + 1 from contribution c join above on c.id = above.parent_id
                where above.kind = 'comment' and c.kind = 'comment' and depth < 50
            )
            select coalesce(max(depth), 0) from above""",
            contribution,
        )
    )
