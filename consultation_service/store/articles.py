"""What the organiser writes in a section: articles of a bill, options to rank. Contributions without author.

A text of a draft is private and is deleted for good. Once the consultation is announced every change is published in
the same transaction, and what is removed stays as a tombstone, so that whoever reads the facts again finds the same.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from consultation_service.publication import Row, contribution_event
from consultation_service.rules.acts import Act
from consultation_service.rules.lifecycle import Plan
from consultation_service.store import consultations
from consultation_service.store.contributions import COLUMNS
from consultation_service.store.database import Connection, Pool
from consultation_service.store.outbox import enqueue
from consultation_service.structure import OfficialText, Rendered, clean_official, rendered_aside
from contracts.events import MAX_MESSAGE_BYTES, Change, encode, new_id
from contracts.http import Refusal
from contracts.scales import ScaleName

MAX_TEXTS: Final = 500
OfficialKind = Literal["article", "option"]
KIND_IN: Final[dict[str, OfficialKind]] = {"articles": "article", "ranking": "option"}
"""What is written in each kind of section; nothing in the others."""


@dataclass(frozen=True, slots=True)
class Article:
    """An article or an option as it is now."""

    id: str
    section: str
    kind: OfficialKind
    text: OfficialText
    html: Rendered


_changes: Final = msgspec.json.Decoder(tuple[Change, ...]).decode
_READ: Final = (
    "id::text as id, section_id::text as section, kind, number, title, before_text, body, explanation, appendix, "
    "before_html, body_html, explanation_html, changes"
)


async def articles_of(connection: Pool | Connection, consultation: str, section: str = "") -> list[Article]:
    """What the organiser wrote in a section, or everywhere, in order: articles, then appendices."""
    rows = await connection.fetch(
        f"""/* articles_of */
        select {_READ} from contribution
        where consultation_id = $1 and ($2::uuid is null or section_id = $2) and kind in ('article', 'option')
          and state <> 'withdrawn'
        order by section_id, appendix, position, id
        """,  # noqa: S608  only constants of ours
        consultation,
        section or None,
    )
    return [_article(row) for row in rows]


async def one(connection: Pool | Connection, consultation: str, contribution: str) -> Article:
    """A text of the organiser in this consultation. Raises ``Refusal`` ``unknown_contribution``."""
    row = await connection.fetchrow(
        f"""/* one */
        select {_READ} from contribution
        where consultation_id = $1 and id = $2 and kind in ('article', 'option') and state <> 'withdrawn'
        """,  # noqa: S608  only constants of ours
        consultation,
        contribution,
    )
    if row is None:
        raise Refusal("unknown_contribution")
    return _article(row)


async def add(
    connection: Connection, consultation: str, section: str, given: Sequence[OfficialText], day: datetime.date
) -> list[str]:
    """Write texts after those of a section, and return their ids. Raises ``Refusal``: those of ``clean_official``,
    ``unknown_section``, ``kind_refused``, ``too_many_articles``, ``text_too_long``, and of the state.
    """
    plan = await consultations.held(connection, consultation, Act.EDIT_STRUCTURE, day)
    place = await connection.fetchrow(
        """/* add */
        select kind, scale, (select count(*) from contribution c where c.section_id = s.id) as texts,
          (select coalesce(max(position) + 1, 0) from contribution c where c.section_id = s.id) as position
        from section s where consultation_id = $1 and id = $2
        """,
        consultation,
        section,
    )
    if place is None:
        raise Refusal("unknown_section")
    kind = KIND_IN.get(place["kind"])
    if kind is None:
        raise Refusal("kind_refused")
    if place["texts"] + len(given) > MAX_TEXTS:
        raise Refusal("too_many_articles", most=MAX_TEXTS)
    texts = [clean_official(text, kind) for text in given]
    html = await rendered_aside(texts)
    ids = [new_id() for _ in texts]
    rows = await connection.fetch(
        f"""/* add */
        insert into contribution (id, consultation_id, section_id, kind, scale, day, position, number, title,
          before_text, before_html, body, body_html, explanation, explanation_html, appendix, changes)
        select id, $1, $2, $3, $4, $5, position, number, title, before_text, before_html, body, body_html, explanation,
          explanation_html, appendix, changes::jsonb
        from unnest($6::uuid[], $7::int[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
          $14::text[], $15::text[], $16::bool[], $17::text[])
        as given (id, position, number, title, before_text, before_html, body, body_html, explanation,
          explanation_html, appendix, changes)
        returning {COLUMNS}
        """,  # noqa: S608  only constants of ours
        consultation, section, kind, place["scale"], day, ids,
        [place["position"] + n for n in range(len(texts))],
        [text.number for text in texts], [text.title for text in texts],
        [text.before for text in texts], [one.before_html for one in html],
        [text.body for text in texts], [one.body_html for one in html],
        [text.explanation for text in texts], [one.explanation_html for one in html],
        [text.appendix for text in texts], [_json(one.changes) for one in html],
    )  # fmt: skip
    await _published(connection, plan, rows)
    return ids


async def save(
    connection: Connection,
    consultation: str,
    contribution: str,
    given: OfficialText,
    day: datetime.date,
    section: str = "",
) -> None:
    """Change a text; in another ``section`` of its kind, it goes after the texts there. Raises ``Refusal``: those of
    ``clean_official``, ``unknown_contribution``, ``section_refused``, ``text_too_long``, and of the state.
    """
    plan = await consultations.held(connection, consultation, Act.EDIT_STRUCTURE, day)
    before = await one(connection, consultation, contribution)
    text = clean_official(given, before.kind)
    (html,) = await rendered_aside([text])
    if section not in ("", before.section):
        await _carry(connection, consultation, before, section)
    rows = await connection.fetch(
        f"""/* save */
        update contribution set version = version + 1, number = $2, title = $3, before_text = $4, before_html = $5,
          body = $6, body_html = $7, explanation = $8, explanation_html = $9, appendix = $10, changes = $11
        where id = $1 returning {COLUMNS}
        """,  # noqa: S608  only constants of ours
        contribution, text.number, text.title, text.before, html.before_html, text.body, html.body_html,
        text.explanation, html.explanation_html, text.appendix, _json(html.changes),
    )  # fmt: skip
    await _published(connection, plan, rows)


async def _carry(connection: Connection, consultation: str, article: Article, section: str) -> None:
    kinds = {row["id"]: row["kind"] for row in await connection.fetch(
        "/* carry */ select id::text as id, kind from section where consultation_id = $1", consultation
    )}  # fmt: skip
    if KIND_IN.get(kinds.get(section, "")) != article.kind:
        raise Refusal("section_refused", field="section")
    await connection.execute(
        """/* carry */
        update contribution set section_id = $2, scale = (select scale from section where id = $2),
          position = (select coalesce(max(position) + 1, 0) from contribution where section_id = $2)
        where id = $1
        """,
        article.id,
        section,
    )


async def order(
    connection: Connection, consultation: str, section: str, ids: Sequence[str], day: datetime.date
) -> None:
    """Put the texts of a section in the order of ``ids``. Raises ``Refusal`` ``section_refused`` unless these are all
    of them, and those of the state.
    """
    plan = await consultations.held(connection, consultation, Act.EDIT_STRUCTURE, day)
    listed = [article.id for article in await articles_of(connection, consultation, section)]
    if sorted(listed) != sorted(ids):
        raise Refusal("section_refused", field="section")
    rows = await connection.fetch(
        f"""/* order */
        update contribution c set position = given.place, version = version + 1
        from unnest($2::uuid[], $3::int[]) as given (moved, place)
        where c.consultation_id = $1 and c.id = given.moved and c.position <> given.place
        returning {COLUMNS}
        """,  # noqa: S608  only constants of ours
        consultation,
        ids,
        list(range(len(ids))),
    )
    await _published(connection, plan, rows)


async def remove(connection: Connection, consultation: str, contribution: str, day: datetime.date) -> None:
    """Take a text away. Raises ``Refusal``: ``unknown_contribution``, and those of the state."""
    plan = await consultations.held(connection, consultation, Act.EDIT_STRUCTURE, day)
    await one(connection, consultation, contribution)
    if not plan.announced:
        await connection.execute("/* remove */ delete from contribution where id = $1", contribution)
        return
    rows = await connection.fetch(
        f"""/* remove */
        update contribution set state = 'withdrawn', version = version + 1, title = '', body = '', body_html = '',
          before_text = '', before_html = '', explanation = '', explanation_html = '', changes = '[]'
        where id = $1 returning {COLUMNS}
        """,  # noqa: S608  only constants of ours
        contribution,
    )
    await _published(connection, plan, rows)


async def rescale(connection: Connection, consultation: str, section: str, scale: ScaleName) -> None:
    """Give the texts of a section its scale of votes."""
    plan = await consultations.plan_of(connection, consultation)
    rows = await connection.fetch(
        f"""/* rescale */
        update contribution set scale = $3, version = version + 1
        where consultation_id = $1 and section_id = $2 and kind in ('article', 'option') and scale <> $3
        returning {COLUMNS}
        """,  # noqa: S608  only constants of ours
        consultation,
        section,
        scale,
    )
    await _published(connection, plan, rows)


async def _published(connection: Connection, plan: Plan, rows: Sequence[Row]) -> None:
    events = [contribution_event(row) for row in rows]
    # Even a draft never holds what could not be published.
    if any(len(encode(event)) > MAX_MESSAGE_BYTES for event in events):
        raise Refusal("text_too_long", field="body", limit=MAX_MESSAGE_BYTES // 8)
    if plan.announced:
        await enqueue(connection, events)


def _article(row: Any) -> Article:
    return Article(
        id=row["id"],
        section=row["section"],
        kind=row["kind"],
        text=OfficialText(
            number=row["number"], title=row["title"], before=row["before_text"], body=row["body"],
            explanation=row["explanation"], appendix=row["appendix"],
        ),
        html=Rendered(row["before_html"], row["body_html"], row["explanation_html"], _changes(row["changes"])),
    )  # fmt: skip


def _json(changes: tuple[Change, ...]) -> str:
    return msgspec.json.encode(changes).decode()
