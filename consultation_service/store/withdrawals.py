"""Taking texts back: by their author one at a time, or all of them when somebody leaves."""

from collections.abc import Sequence

from consultation_service.publication import contribution_event
from consultation_service.store.contributions import COLUMNS
from consultation_service.store.database import Connection
from consultation_service.store.outbox import enqueue
from consultation_service.store.versions import version_events


async def withdraw(connection: Connection, contributions: Sequence[str]) -> int:
    """Empty these contributions and all their versions, and say so. Their place, their totals and what others replied
    stay. What still waited for review was never there for anybody else, and goes. Returns how many there were,
    those that were withdrawn before left out.
    """
    removed = await connection.fetch(
        "/* withdraw */ delete from contribution where id = any($1::uuid[]) and state = 'pending' returning id",
        contributions,
    )
    tombstones = await connection.fetch(
        f"""/* withdraw */
        update contribution set state = 'withdrawn', version = version + 1, title = '', body = '', body_html = '',
          explanation = '', explanation_html = '', link = '', category = '', changes = '[]', request_key = null,
          rule = '', waits_since = null, waits_for = '{{}}'
        where id = any($1::uuid[]) and state <> 'withdrawn'
        returning {COLUMNS}
        """,  # noqa: S608  only constants of ours
        contributions,
    )
    gone = [row["id"] for row in tombstones]
    await connection.execute(
        """/* withdraw */
        update contribution_version set title = '', body = '', body_html = '', changes = '[]'
        where contribution_id = any($1::uuid[])
        """,
        gone,
    )
    await enqueue(connection, [*map(contribution_event, tombstones), *await version_events(connection, gone)])
    await forget_quotations(connection, gone)
    return len(removed) + len(tombstones)


async def forget_quotations(connection: Connection, parents: Sequence[str]) -> None:
    """What an amendment changes repeats, word by word, the text that it is about: once that one is gone the amendment
    only has the text that its own author wrote.
    """
    rows = await connection.fetch(
        f"""/* forget_quotations */
        update contribution set changes = '[]', version = version + 1
        where parent_id = any($1::uuid[]) and kind = 'amendment' and changes <> '[]'
        returning {COLUMNS}
        """,  # noqa: S608  only constants of ours
        parents,
    )
    await enqueue(connection, [contribution_event(row) for row in rows if row["state"] != "pending"])
