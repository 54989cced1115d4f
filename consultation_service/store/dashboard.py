"""Counts about a consultation: never a participant, never an instant."""

import datetime
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from consultation_service.rules.attributes import Declared
from consultation_service.rules.policy import ReleaseCalendar
from consultation_service.rules.territories import REGION_OF
from consultation_service.store.database import Connection, Pool


class Section(NamedTuple):
    """A section; ``sent`` and ``begun`` count the answers to a questionnaire, ``ballots`` those of a ranking."""

    id: str
    title: str
    kind: str
    contributions: Mapping[str, int]
    votes: int
    sent: int
    begun: int
    ballots: int


class Activity(NamedTuple):
    """What was counted. ``said`` maps the attributes that are declared to counts by value; a department
    counts for its region.
    """

    joined: Mapping[datetime.date, int]
    written: Mapping[datetime.date, int]
    sections: tuple[Section, ...]
    said: Mapping[str, Mapping[str, int]]
    smallest_group: int

    @property
    def participants(self) -> int:
        return sum(self.joined.values())

    @property
    def votes(self) -> int:
        return sum(section.votes for section in self.sections)

    @property
    def contributions(self) -> Mapping[str, int]:
        """By kind."""
        total: dict[str, int] = {}
        for section in self.sections:
            for kind, number in section.contributions.items():
                total[kind] = total.get(kind, 0) + number
        return total


async def activity(pool: Pool | Connection, consultation: str) -> Activity:
    """The counts of ``consultation``. What was withdrawn, and what the organiser wrote, is not counted."""
    joined = await pool.fetch(
        "/* joined_days */ select joined_on as day, count(*) as people from participant where consultation_id = $1 "
        "group by joined_on",
        consultation,
    )
    written = await pool.fetch(
        """/* written_days */
        select day, count(*) as texts from contribution
        where consultation_id = $1 and state <> 'withdrawn' and kind not in ('article', 'option') group by day
        """,
        consultation,
    )
    row = await pool.fetchrow("/* declared */ select attributes, release from consultation where id = $1", consultation)
    declared = msgspec.json.decode(row["attributes"], type=tuple[Declared, ...]) if row else ()
    release = msgspec.json.decode(row["release"], type=ReleaseCalendar) if row else ReleaseCalendar()
    return Activity(
        joined={one["day"]: one["people"] for one in joined},
        written={one["day"]: one["texts"] for one in written},
        sections=await _sections(pool, consultation),
        said=await _said(pool, consultation, [one.attribute for one in declared]),
        smallest_group=release.smallest_group,
    )


async def _sections(pool: Pool | Connection, consultation: str) -> tuple[Section, ...]:
    rows = await pool.fetch(
        """/* activity_of_sections */
        with recursive tree as (
          select s.id, s.title, s.kind, array[s.position] as path from section s
          where s.consultation_id = $1 and s.parent_id is null
          union all
          select s.id, s.title, s.kind, t.path || s.position from section s join tree t on s.parent_id = t.id
        )
        select t.id::text as id, t.title, t.kind,
          (select coalesce(json_object_agg(kind, number), '{}')::text from (
            select c.kind, count(*) as number from contribution c
            where c.section_id = t.id and c.state <> 'withdrawn' and c.kind not in ('article', 'option')
            group by c.kind) as by_kind) as contributions,
          (select count(*) from contribution c join vote v on v.contribution_id = c.id
            where c.section_id = t.id) as votes,
          (select count(*) from response r where r.section_id = t.id and r.sent) as sent,
          (select count(*) from response r where r.section_id = t.id and not r.sent) as begun,
          (select count(*) from ranking_ballot b where b.section_id = t.id) as ballots
        from tree t where t.kind <> 'heading' order by t.path, t.id
        """,
        consultation,
    )
    return tuple(
        Section(**{**row, "contributions": msgspec.json.decode(row["contributions"], type=dict[str, int])})
        for row in rows
    )


async def _said(pool: Pool | Connection, consultation: str, declared: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
    rows = await pool.fetch(
        """/* said */
        with told as (
          select case when a.key = 'department' then 'region' else a.key end as key,
            case when a.key = 'department' then d.region else a.value end as value, p.pseudonym
          from participant p
          cross join jsonb_each_text(p.attributes) a
          left join unnest($3::text[], $4::text[]) as d (department, region) on d.department = a.value
          where p.consultation_id = $1 and a.key = any($2::text[])
        )
        select key, value, count(distinct pseudonym) as people from told where value is not null group by key, value
        """,
        consultation,
        list(declared),
        list(REGION_OF),
        list(REGION_OF.values()),
    )
    found: dict[str, dict[str, int]] = {"region" if name == "department" else name: {} for name in declared}
    for row in rows:
        found[row["key"]][row["value"]] = row["people"]
    return found
