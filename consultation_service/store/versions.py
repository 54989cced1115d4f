"""Former versions of texts: kept when an author changes one, shown while the text is, emptied with it."""

import datetime
from collections.abc import Sequence
from typing import Final

import msgspec

from consultation_service.publication import Row
from consultation_service.store.database import Connection
from contracts.events import Change, PublicVersion, new_id

_changes: Final = msgspec.json.Decoder(tuple[Change, ...]).decode


async def keep(connection: Connection, contribution: str, day: datetime.date) -> str:
    """Keep the present text of a contribution, that another one is about to replace on ``day``. Returns its id."""
    version: str = await connection.fetchval(
        """/* keep */
        insert into contribution_version (id, contribution_id, number, title, body, body_html, changes, day)
        select $1, id, text_version, title, body, body_html, case when kind = 'amendment' then '[]' else changes end, $3
        from contribution where id = $2
        returning id::text
        """,
        new_id(),
        contribution,
        day,
    )
    return version


async def withhold(connection: Connection, contribution: str) -> None:
    """Never show again the versions there are: moderation sent the text back, and they may say the same."""
    await connection.execute(
        "/* withhold */ update contribution_version set withheld = true where contribution_id = $1", contribution
    )


async def version_events(connection: Connection, contributions: Sequence[str]) -> list[PublicVersion]:
    """The former versions of these contributions as everybody sees them from now on, each with a new revision: without
    their texts unless the contribution is published. Nothing of one that waits for review.
    """
    rows = await connection.fetch(
        """/* version_events */
        with again as (
          update contribution_version v set revision = v.revision + 1
          from contribution c where c.id = v.contribution_id and c.id = any($1::uuid[]) and c.state <> 'pending'
          returning v.id, v.revision
        )
        select v.id::text as id, v.contribution_id::text as contribution, c.consultation_id::text as consultation,
          again.revision, v.number, v.title, v.body_html, v.changes, c.state = 'published' and not v.withheld as told,
          coalesce((
            select before.day from contribution_version before
            where before.contribution_id = v.contribution_id and before.number = v.number - 1
          ), c.day) as day
        from again
        join contribution_version v on v.id = again.id
        join contribution c on c.id = v.contribution_id
        order by v.contribution_id, v.number
        """,
        contributions,
    )
    return [_event(row) for row in rows]


def _event(row: Row) -> PublicVersion:
    return PublicVersion(
        id=new_id(),
        version=row["id"],
        contribution=row["contribution"],
        consultation=row["consultation"],
        revision=row["revision"],
        number=row["number"],
        title=row["title"] if row["told"] else "",
        body_html=row["body_html"] if row["told"] else "",
        day=row["day"],
        changes=_changes(row["changes"]) if row["told"] else (),
    )
