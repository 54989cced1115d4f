"""The sections of a consultation, as its organiser makes and orders them.

Everything that changes them begins by holding the consultation (its state allows it, nobody else changes it meanwhile)
and ends by publishing it when it is announced, in the caller's transaction.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from consultation_service.markdown import render
from consultation_service.rules import outline
from consultation_service.rules.acts import Act
from consultation_service.rules.outline import MAX_SECTIONS, Direction, Node
from consultation_service.store import articles, consultations
from consultation_service.store.database import Connection, Pool
from consultation_service.structure import SectionSettings, clean_section
from contracts.events import PublicRankingRules, new_id
from contracts.http import Refusal

FIRST_RULES: Final = msgspec.json.encode(PublicRankingRules(method="condorcet")).decode()
"""How a new section ranks its options, until its rules are chosen."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section in its tree. ``texts`` counts its articles or options; ``moves`` are the directions it can go."""

    id: str
    parent: str | None
    depth: int
    settings: SectionSettings
    introduction_html: str
    texts: int
    questions: bool
    moves: tuple[Direction, ...] = ()


async def tree(connection: Pool | Connection, consultation: str) -> list[Section]:
    """Every section, in reading order."""
    rows = await connection.fetch(
        """/* tree */
        select s.id::text as id, s.parent_id::text as parent_id, s.position, s.title, s.introduction,
          s.introduction_html, s.kind, s.kinds, s.scale, s.review_first, s.questionnaire is not null as questions,
          (select count(*) from contribution c where c.section_id = s.id and c.consultation_id = $1
            and c.kind in ('article', 'option') and c.state <> 'withdrawn') as texts
        from section s where s.consultation_id = $1
        """,
        consultation,
    )
    by_id = {row["id"]: row for row in rows}
    nodes = outline.in_order(Node(row["id"], row["parent_id"], row["position"]) for row in rows)
    return [
        Section(
            id=node.id,
            parent=node.parent,
            depth=node.depth,
            settings=SectionSettings(
                title=row["title"], introduction=row["introduction"], kind=row["kind"], kinds=tuple(row["kinds"]),
                scale=row["scale"], review_first=row["review_first"],
            ),
            introduction_html=row["introduction_html"],
            texts=row["texts"],
            questions=row["questions"],
            moves=outline.possible(nodes, node),
        )
        for node in nodes
        for row in [by_id[node.id]]
    ]  # fmt: skip


async def one(connection: Pool | Connection, consultation: str, section: str) -> Section:
    """A section of this consultation. Raises ``Refusal`` ``unknown_section``."""
    for found in await tree(connection, consultation):
        if found.id == section:
            return found
    raise Refusal("unknown_section")


async def questionnaires(connection: Pool | Connection, consultation: str) -> dict[str, str]:
    """The questionnaires of a consultation (JSON), by section."""
    rows = await connection.fetch(
        """/* questionnaires */
        select id::text as id, questionnaire from section where consultation_id = $1 and questionnaire is not null
        """,
        consultation,
    )
    return {row["id"]: row["questionnaire"] for row in rows}


async def add(
    connection: Connection, consultation: str, given: SectionSettings, parent: str | None, day: datetime.date
) -> str:
    """Write a new section, the last one of ``parent``, and return its id. Raises ``Refusal``: those of
    ``clean_section``, ``too_many_sections``, ``section_refused``, ``nested_too_deep``, and of the state.
    """
    kept = clean_section(given)
    await consultations.held(connection, consultation, Act.EDIT_STRUCTURE, day)
    nodes = await _nodes(connection, consultation)
    if len(nodes) >= MAX_SECTIONS:
        raise Refusal("too_many_sections", most=MAX_SECTIONS)
    section = new_id()
    placed = outline.place([*nodes, Node(section, None, len(nodes))], section, parent, None)
    position = next(node.position for node in placed if node.id == section)
    await connection.execute(
        """/* add */
        insert into section (id, consultation_id, parent_id, position, title, introduction, introduction_html, kinds,
          scale, kind, review_first, ranking)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        section, consultation, parent, position, kept.title, kept.introduction, render(kept.introduction),
        list(kept.kinds), kept.scale, kept.kind, kept.review_first, FIRST_RULES if kept.kind == "ranking" else None,
    )  # fmt: skip
    await consultations.touched(connection, consultation, day)
    return section


async def save(
    connection: Connection, consultation: str, section: str, given: SectionSettings, day: datetime.date
) -> None:
    """Change a section; its articles and options take its scale. Raises ``Refusal``: those of ``clean_section``,
    ``unknown_section``, of the state, and ``section_filled`` for another kind when it has articles or options.
    """
    kept = clean_section(given)
    await consultations.held(connection, consultation, Act.EDIT_STRUCTURE, day)
    before = await one(connection, consultation, section)
    if before.texts and kept.kind != before.settings.kind:
        raise Refusal("section_filled", field="kind")
    await connection.execute(
        """/* save */
        update section set title = $3, introduction = $4, introduction_html = $5, kinds = $6, scale = $7, kind = $8,
          review_first = $9,
          ranking = case when $8 = 'ranking' then coalesce(ranking, $10::jsonb) end,
          questionnaire = case when $8 = 'questionnaire' then questionnaire end
        where consultation_id = $1 and id = $2
        """,
        consultation, section, kept.title, kept.introduction, render(kept.introduction), list(kept.kinds), kept.scale,
        kept.kind, kept.review_first, FIRST_RULES,
    )  # fmt: skip
    await articles.rescale(connection, consultation, section, kept.scale)
    await consultations.touched(connection, consultation, day)


async def move(
    connection: Connection, consultation: str, section: str, direction: Direction, day: datetime.date
) -> None:
    """One step, as ``rules.outline.move`` says. Raises ``Refusal``."""
    await consultations.held(connection, consultation, Act.EDIT_STRUCTURE, day)
    nodes = await _nodes(connection, consultation)
    await _order(connection, consultation, outline.move(nodes, section, direction), day)


async def place(
    connection: Connection, consultation: str, section: str, parent: str | None, before: str | None, day: datetime.date
) -> None:
    """Where it was dropped, as ``rules.outline.place`` says. Raises ``Refusal``."""
    await consultations.held(connection, consultation, Act.EDIT_STRUCTURE, day)
    nodes = await _nodes(connection, consultation)
    await _order(connection, consultation, outline.place(nodes, section, parent, before), day)


async def remove(connection: Connection, consultation: str, section: str, day: datetime.date) -> None:
    """Delete a section, those in it and their texts; a phase that was only about them goes too. Raises ``Refusal``:
    ``unknown_section``, of the state, and ``section_in_use`` when a text in it was ever public.
    """
    plan = await consultations.held(connection, consultation, Act.EDIT_STRUCTURE, day)
    await one(connection, consultation, section)
    gone = await connection.fetchval(
        """/* remove */
        with recursive gone as (
          select id from section where consultation_id = $1 and id = $2
          union all select s.id from section s join gone g on s.parent_id = g.id
        )
        select array_agg(id) from gone
        """,
        consultation,
        section,
    )
    if plan.announced and await connection.fetchval(
        "/* remove */ select exists (select from contribution where section_id = any($1::uuid[]))", gone
    ):
        raise Refusal("section_in_use")
    await connection.execute(
        "/* remove */ delete from phase where consultation_id = $1 and sections <> '{}' and sections <@ $2::uuid[]",
        consultation,
        gone,
    )
    await connection.execute(
        """/* remove */
        update phase set sections = array(select s from unnest(sections) s where s <> all($2::uuid[]))
        where consultation_id = $1 and sections && $2::uuid[]
        """,
        consultation,
        gone,
    )
    await connection.execute("/* remove */ delete from section where id = any($1::uuid[])", gone)
    await consultations.touched(connection, consultation, day)


async def add_to_introduction(
    connection: Connection, consultation: str, section: str, more: str, day: datetime.date
) -> None:
    """Put ``more`` under what introduces a section. Raises ``Refusal`` of ``save``."""
    before = await one(connection, consultation, section)
    whole = f"{before.settings.introduction}\n\n{more}"
    await save(connection, consultation, section, msgspec.structs.replace(before.settings, introduction=whole), day)


async def _nodes(connection: Connection, consultation: str) -> list[Node]:
    rows = await connection.fetch(
        """/* nodes */
        select id::text as id, parent_id::text as parent, position from section where consultation_id = $1
        """,
        consultation,
    )
    return [Node(row["id"], row["parent"], row["position"]) for row in rows]


async def _order(
    connection: Connection, consultation: str, nodes: Sequence[Node] | Iterable[Node], day: datetime.date
) -> None:
    placed = list(nodes)
    await connection.execute(
        """/* order */
        update section s set parent_id = n.parent, position = n.position
        from unnest($2::uuid[], $3::uuid[], $4::int[]) as n (id, parent, position)
        where s.consultation_id = $1 and s.id = n.id
        """,
        consultation,
        [node.id for node in placed],
        [node.parent for node in placed],
        [node.position for node in placed],
    )
    await consultations.touched(connection, consultation, day)
