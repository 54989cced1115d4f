"""What authors do with what they wrote: read it again, change it, withdraw it."""

import datetime
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from consultation_service.contributions import TEXTS, Text
from consultation_service.publication import Row, contribution_event
from consultation_service.rules.acts import Act
from consultation_service.rules.differences import Segment
from consultation_service.rules.edits import Limits, next_version, require_edit_allowed
from consultation_service.store import consultations, moderation, withdrawals
from consultation_service.store.contributions import COLUMNS, changes_as_json, hold_author
from consultation_service.store.database import Connection, Pool
from consultation_service.store.outbox import enqueue
from consultation_service.store.versions import keep, version_events, withhold
from contracts.events import AddedKind
from contracts.http import Refusal


class Own(NamedTuple):
    """A contribution as its author finds it, with what an edit of it needs. ``base_body`` is the present text of what
    an amendment changes, None when it is not published.
    """

    id: str
    consultation: str
    section: str
    kind: AddedKind
    state: str
    text_version: int
    title: str
    body: str
    explanation: str
    link: str
    category: str
    review_first: bool
    limits: Limits
    votes: int
    parent: str | None
    base_version: int
    base_body: str | None

    @property
    def texts(self) -> dict[str, str]:
        """The texts, by name."""
        return {name: getattr(self, name) for name in TEXTS}


async def own(pool: Pool | Connection, contribution: str, author: bytes) -> Own:
    """A contribution of ``author``. Raises ``Refusal`` ``unknown_contribution`` or ``not_author``; what waits for
    review is known to its author only.
    """
    row = await pool.fetchrow(
        """/* own */
        select c.id::text as id, c.consultation_id::text as consultation, c.section_id::text as section, c.kind,
          c.state, c.text_version, c.title, c.body, c.explanation, c.link, c.category, s.review_first, n.limits,
          (select count(*) from vote v where v.contribution_id = c.id) as votes, c.parent_id::text as parent,
          case when p.state = 'published' then p.text_version else c.base_version end as base_version,
          case when p.state = 'published' then p.body end as base_body, c.author is not distinct from $2 as mine
        from contribution c
        join section s on s.id = c.section_id
        join consultation n on n.id = c.consultation_id
        left join contribution p on p.id = c.parent_id
        where c.id = $1
        """,
        contribution,
        author,
    )
    if row is None or (not row["mine"] and row["state"] == "pending"):
        raise Refusal("unknown_contribution")
    if not row["mine"]:
        raise Refusal("not_author")
    facts = {name: row[name] for name in Own._fields if name != "limits"}
    return Own(**facts, limits=msgspec.json.decode(row["limits"], type=Limits))


def require_editable(found: Own) -> None:
    """Raise ``Refusal`` unless its author can change a contribution in this state.

    Where moderators read texts first, one that is published cannot become another one that they did not read.
    """
    match found.state:
        case "withdrawn":
            raise Refusal("withdrawn")
        case "hidden":
            raise Refusal("edit_refused")
        case "published" if found.review_first:
            raise Refusal("edit_reviewed")


async def edit(
    pool: Pool, author: bytes, found: Own, text: Text, changes: Sequence[Segment], day: datetime.date
) -> int:
    """Put ``text`` in the place of the one that was ``found``, and keep that one; votes stay as they are. Returns the
    version that is now the present one.

    What still waits for review has no former version, because nobody read it. What moderation sent back goes back to
    the moderators; its former texts, and what changed, are never shown again.

    Raises ``Refusal``: ``not_participating``, ``too_many_edits``, ``too_many_versions``, those of ``require_editable``,
    ``base_changed`` when the text is not the one that was found any more, and those of ``require_act``.
    """
    async with pool.acquire() as connection, connection.transaction():
        await hold_author(connection, found.consultation, author)
        # The parent before the child, as in a departure: two that wait for each other would never end.
        if found.parent is not None:
            await connection.execute("/* edit */ select from contribution where id = $1 for share", found.parent)
        await connection.execute("/* edit */ select from contribution where id = $1 for no key update", found.id)
        present = await own(connection, found.id, author)
        require_editable(present)
        new = {name: getattr(text, name) for name in TEXTS}
        if present.texts == new:
            return present.text_version
        await consultations.require_act(connection, present.consultation, Act.EDIT_OWN, day, present.section)
        # With the text that an amendment changes: what was compared with it would tell it after it was hidden.
        if (present.text_version, present.texts, present.state, present.base_version, present.base_body) != (
            found.text_version, found.texts, found.state, found.base_version, found.base_body,
        ):  # fmt: skip
            raise Refusal("base_changed", field="body")
        if present.state == "pending":
            await _write(connection, present, text, changes, present.text_version)
            return present.text_version
        version = next_version(present.text_version, (present.title, repr(present.texts)), (text.title, repr(new)))
        require_edit_allowed(present.limits, await _edited_on(connection, present.consultation, author, day))
        await keep(connection, present.id, day)
        if present.state == "sent_back":
            await withhold(connection, present.id)
        row = await _write(connection, present, text, () if present.state == "sent_back" else changes, version)
        await moderation.revised(connection, present.id, day)
        await connection.execute("/* edit */ insert into tally_due (contribution_id) values ($1)", present.id)
        await enqueue(connection, [contribution_event(row), *await version_events(connection, [present.id])])
        return version


async def _write(connection: Connection, present: Own, text: Text, changes: Sequence[Segment], version: int) -> Row:
    row = await connection.fetchrow(
        f"""/* write */
        update contribution set title = $2, body = $3, body_html = $4, explanation = $5, explanation_html = $6,
          link = $7, category = $8, changes = $9, text_version = $10, base_version = $11, version = version + 1
        where id = $1 returning {COLUMNS}
        """,  # noqa: S608  only constants of ours
        present.id, text.title, text.body, text.body_html, text.explanation, text.explanation_html, text.link,
        text.category, changes_as_json(changes), version, present.base_version,
    )  # fmt: skip
    assert row is not None  # noqa: S101  its row is locked
    return row


async def _edited_on(connection: Connection, consultation: str, author: bytes, day: datetime.date) -> int:
    return int(
        await connection.fetchval(
            """/* edited_on */
            select count(*) from contribution_version v join contribution c on c.id = v.contribution_id
            where c.consultation_id = $1 and c.author = $2 and v.day = $3
            """,
            consultation,
            author,
            day,
        )
    )


async def withdraw(pool: Pool, author: bytes, contribution: str) -> None:
    """Take a contribution back for ever: its texts go, its place and its totals stay. Done once is done. Raises
    ``Refusal`` ``not_participating``, ``unknown_contribution``, ``not_author``.
    """
    async with pool.acquire() as connection, connection.transaction():
        found = await own(connection, contribution, author)
        await hold_author(connection, found.consultation, author)
        await withdrawals.withdraw(connection, [contribution])
