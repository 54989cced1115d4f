"""What the organiser answers to contributions. Every version is kept, and is public."""

import datetime
from collections.abc import Sequence
from itertools import groupby
from typing import Final, Literal, NamedTuple

from consultation_service.publication import Row
from consultation_service.rules.acts import Act
from consultation_service.rules.official_answers import ANSWERABLE
from consultation_service.store import audit, consultations, notices
from consultation_service.store.database import Connection, Pool
from consultation_service.store.outbox import enqueue
from contracts.events import AnswerText, PublicOfficialAnswer, new_id
from contracts.http import Refusal
from contracts.scales import CHOICE_CODES, ChoiceName

Show = Literal["unanswered", "supported", "questions", "answered"]
PAGE: Final = 20
MAX_EVENT: Final = 400_000
"""Bytes of text in an event; when versions make more, the oldest are left out of it."""

_FOR: Final[tuple[ChoiceName, ...]] = ("agree", "support", "4", "5", "excellent", "very_good", "good")
SUPPORT: Final = [CHOICE_CODES[choice] for choice in _FOR]
"""The votes that support an item, whatever its scale."""


class Answerable(NamedTuple):
    """A contribution that calls for an answer; ``number`` of the present answer is 0 when there is none."""

    id: str
    kind: str
    section: str
    title: str
    body: str
    body_html: str
    parent: str
    day: datetime.date
    state: str
    support: int
    votes: int
    number: int
    status: str


class Written(NamedTuple):
    """An answer that was checked, and rendered."""

    status: str
    reason: str
    body: str
    body_html: str


_ANSWERABLE: Final = """
  select c.id::text as id, c.kind, s.title as section, c.title, c.body, c.body_html, coalesce(p.title, '') as parent,
    c.day, c.state, coalesce(o.number, 0) as number, coalesce(o.status, '') as status,
    (select count(*) from vote v where v.contribution_id = c.id and v.choice = any($2::smallint[])) as support,
    (select count(*) from vote v where v.contribution_id = c.id) as votes
  from contribution c
  join section s on s.id = c.section_id
  left join contribution p on p.id = c.parent_id
  left join lateral (
    select number, status from official_answer a where a.contribution_id = c.id order by number desc limit 1
  ) o on true
  where c.consultation_id = $1
"""
_SHOWN: Final[dict[Show, tuple[str, str]]] = {
    "unanswered": ("o.number is null", "day, id"),
    "supported": ("true", "support desc, votes desc, id"),
    "questions": ("c.kind = 'question'", "number > 0, day, id"),
    "answered": ("o.number is not null", "day desc, id"),
}
"""What is shown, and in which order."""


async def to_answer(
    pool: Pool | Connection, consultation: str, show: Show, words: str, page: int
) -> tuple[list[Answerable], int]:
    """A page of contributions that call for an answer, whose title or text has ``words``, and how many there are."""
    condition, order = _SHOWN[show]
    rows = await pool.fetch(
        f"""/* to_answer */
        select *, count(*) over () as total from ({_ANSWERABLE}
          and c.kind = any($3::text[]) and c.state = 'published' and {condition}
          and ($4 = '' or strpos(lower(c.title || ' ' || c.body), lower($4)) > 0)) as found
        order by {order} limit {PAGE} offset $5
        """,  # noqa: S608  only constants of ours
        consultation,
        SUPPORT,
        list(ANSWERABLE),
        words,
        PAGE * page,
    )
    return [_answerable(row) for row in rows], rows[0]["total"] if rows else 0


async def read(pool: Pool | Connection, consultation: str, contribution: str) -> Answerable:
    """A contribution of ``consultation`` that calls for an answer, or has one. Raises ``Refusal``
    ``unknown_contribution``.
    """
    row = await pool.fetchrow(
        f"""/* read_answerable */ {_ANSWERABLE} and c.id = $3 and c.kind = any($4::text[])
          and (c.state = 'published' or o.number is not null)
        """,
        consultation,
        SUPPORT,
        contribution,
        list(ANSWERABLE),
    )
    if row is None:
        raise Refusal("unknown_contribution")
    return _answerable(row)


async def versions(pool: Pool | Connection, contribution: str) -> Sequence[Row]:
    """Its answers, the present one first: ``number``, ``status``, ``reason``, ``body``, ``body_html``, ``day``."""
    return await pool.fetch(
        """/* answer_versions */
        select number, status, reason, body, body_html, day from official_answer
        where contribution_id = $1 order by number desc
        """,
        contribution,
    )


async def answer(
    connection: Connection, consultation: str, contribution: str, staff: str, written: Written, day: datetime.date
) -> bool:
    """Add a version to the answer, publish it, note who did it, and tell followers and the author; in the caller's
    transaction. False when it says what it said already. Raises ``Refusal`` of the state, or ``unknown_contribution``.
    """
    await consultations.held(connection, consultation, Act.ANSWER_OFFICIALLY, day)
    found = await read(connection, consultation, contribution)
    former = next(iter(await versions(connection, contribution)), None)
    if former is not None and (former["status"], former["reason"], former["body"]) == written[:3]:
        return False
    await connection.execute(
        """/* answer */
        insert into official_answer (contribution_id, number, status, reason, body, body_html, day)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        contribution,
        found.number + 1,
        *written,
        day,
    )
    await enqueue(connection, await answer_events(connection, [contribution]))
    await audit.record(connection, staff, Act.ANSWER_OFFICIALLY, consultation, contribution, day)
    author = await connection.fetchval("/* answer */ select author from contribution where id = $1", contribution)
    if author is not None:
        await notices.tell(connection, consultation, author, "news")
    await notices.tell_followers(connection, consultation, [consultation, contribution])
    return True


async def answer_events(connection: Pool | Connection, contributions: Sequence[str]) -> list[PublicOfficialAnswer]:
    """The answers to ``contributions`` as everybody reads them."""
    rows = await connection.fetch(
        """/* answer_events */
        select o.contribution_id::text as contribution, c.consultation_id::text as consultation, o.number, o.status,
          o.reason, o.body_html, o.day
        from official_answer o join contribution c on c.id = o.contribution_id
        where o.contribution_id = any($1::uuid[]) order by o.contribution_id, o.number
        """,
        contributions,
    )
    return [_event(contribution, list(found)) for contribution, found in groupby(rows, lambda row: row["contribution"])]


def _event(contribution: str, rows: Sequence[Row]) -> PublicOfficialAnswer:
    texts = [
        AnswerText(
            number=row["number"], status=row["status"], reason=row["reason"], body_html=row["body_html"],
            day=row["day"],
        )
        for row in rows
    ]  # fmt: skip
    while len(texts) > 1 and sum(len((text.body_html + text.reason).encode()) for text in texts) > MAX_EVENT:
        del texts[0]
    return PublicOfficialAnswer(
        id=new_id(), contribution=contribution, consultation=rows[0]["consultation"], version=rows[-1]["number"],
        texts=tuple(texts),
    )  # fmt: skip


def _answerable(row: Row) -> Answerable:
    return Answerable(*(row[name] for name in Answerable._fields))
