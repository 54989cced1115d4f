"""Votes and answers in groups that are released at once and then only shrink (``anonymise``).

A group is the votes on an item (or answers to a questionnaire) of some days, so that who is in it follows from the day
of each vote: nobody is listed, but those who left it at random. A vote that is changed gets another day, and leaves.
"""

from collections.abc import Sequence
from typing import Final

from consultation_service import personal_data
from consultation_service.store.database import Connection
from consultation_service.store.releases import Release

Question = tuple[str, str, str, str]
"""Section, key, kind, label."""

_QUESTIONS: Final = """/* questions */
create temp table question (section_id uuid, key text, kind text) on commit drop;
create temp table flagged (section_id uuid, participant bytea, key text) on commit drop;
"""
# What each answer says, one thing a row: each question, row of a matrix or ranked option is a place of its own, because
# not everybody answers everything. Numbers and days are left out: too precise. ``$1`` is the last day.
GIVEN: Final = """(
  select md5(concat_ws(' ', r.section_id, q.key, x.free, x.part))::uuid as place, r.section_id, q.key, x.part, x.answer,
    x.free, r.participant, r.day
  from question q join response r on r.section_id = q.section_id and r.sent and r.day <= $1
  cross join lateral (select coalesce(r.answers -> q.key, 'null') as value) a
  cross join lateral (
    select '' as part, case jsonb_typeof(value) when 'object' then 'other' else value #>> '{}' end as answer,
      false as free where q.kind in ('single', 'scale')
    union all
    select '', case jsonb_typeof(e) when 'object' then 'other' else e #>> '{}' end, false
    from jsonb_array_elements(case when q.kind = 'multiple' and value <> 'null' then value else '[]' end) e
    union all
    select e #>> '{}', n::text, false
    from jsonb_array_elements(case when q.kind = 'ranking' and value <> 'null' then value else '[]' end)
      with ordinality as o (e, n)
    union all
    select m.key, m.value #>> '{}', false
    from jsonb_each(case when q.kind = 'matrix' and value <> 'null' then value else '{}' end) m
    union all
    select '', value #>> '{}', true where q.kind in ('short_text', 'long_text')
    union all
    select '', value ->> 'other', true where q.kind = 'single' and jsonb_typeof(value) = 'object'
    union all
    select '', e ->> 'other', true
    from jsonb_array_elements(case when q.kind = 'multiple' and value <> 'null' then value else '[]' end) e
    where jsonb_typeof(e) = 'object'
  ) x
  where coalesce(x.answer, '') <> '' and not (x.free and exists (
    select from flagged f where f.section_id = r.section_id and f.participant = r.participant and f.key = q.key))
)"""
# Answers count as one choice, 0, of which no week is ever told.
BALLOTS: Final = f"""(
  select v.contribution_id as place, v.day, v.choice, v.participant
  from vote v join released c on c.id = v.contribution_id where v.day <= $1
  union all
  select distinct g.place, g.day, 0::smallint, g.participant from {GIVEN} g
)"""  # noqa: S608  only texts of ours
_COUNT: Final = f"""/* count */
insert into cell
select b.place, b.day, b.choice, count(*) from {BALLOTS} b
where not exists (select from release_withheld w where w.place = b.place and w.participant = b.participant)
  and (not $2 or b.place in (select place from lost where leaving > 0))
group by b.place, b.day, b.choice
"""  # noqa: S608  only texts of ours

# Groups that are not what they were in the last release, and how many have to leave with those who did.
_LOST: Final = """/* lost */
insert into lost
select n.place, n.since, n.week, case
    when g.people = 0 then case when n.people < $3 then n.people else 0 end
    when n.people > g.people then n.people
    when n.people - greatest($3 - (g.people - n.people), 0) < $3 then n.people
    else greatest($3 - (g.people - n.people), 0)
  end
from (
  select d.place, d.since, d.week, coalesce(sum(c.people), 0)::int as people
  from release_day d left join cell c on c.place = d.place and c.day = d.day
  where d.consultation_id = $1 group by d.place, d.since, d.week
) n
join release_group g on g.consultation_id = $1 and g.number = $2
  and g.place = n.place and g.since = n.since and g.week = n.week
where g.people <> n.people
"""
_DRAW: Final = f"""/* draw */
insert into release_withheld (consultation_id, place, participant)
select $3, place, participant from (
  select l.place, l.leaving, b.participant,
    row_number() over (partition by l.place, l.since, l.week order by sha256($2::bytea || b.participant)) as turn
  from lost l
  join release_day d on d.place = l.place and d.since = l.since and d.week = l.week
  join {BALLOTS} b on b.place = d.place and b.day = d.day
  where not exists (select from release_withheld w where w.place = b.place and w.participant = b.participant)
) drawn where turn <= leaving
"""  # noqa: S608  only texts of ours
# Too many of those who stay voted alike: being of that week would tell how.
_ONE_SIDED: Final = """/* one_sided */
update lost l set leaving = n.people from (
  select place, since, week, sum(people)::int as people from (
    select d.place, d.since, d.week, c.choice, sum(c.people) as people
    from release_day d join cell c on c.place = d.place and c.day = d.day
    where d.consultation_id = $1 and d.week <> ''
      and (d.place, d.since, d.week) in (select place, since, week from lost)
    group by d.place, d.since, d.week, c.choice
  ) by_choice group by place, since, week having count(*) < 2 or max(people) * 100 > $2 * sum(people)
) n where l.place = n.place and l.since = n.since and l.week = n.week
"""
# As anonymise.new_groups does.
_NEW: Final = """/* new_groups */
with fresh as (
  select c.place, c.day, c.choice, c.people, to_char(c.day, 'IYYY-"W"IW') as week
  from cell c where not exists (select from release_day d where d.place = c.place and d.day = c.day)
), weeks as (
  select place, week, sum(people) as people,
    max(choice) > 0 and (not $7 or (
      sum(people) >= $3 and (not $5 or (count(*) > 1 and max(people) * 100 <= $4 * sum(people))))) as told
  from (select place, week, choice, sum(people) as people from fresh group by place, week, choice) by_choice
  group by place, week
), joined as (
  select distinct on (place) place, week from weeks w
  where $6 and told and exists (
    select from weeks o where o.place = w.place and not o.told group by o.place having sum(o.people) < $3
  ) order by place, people, week
), kept as (
  select place, week, people, told and (place, week) not in (select place, week from joined) as told from weeks
), others as (
  select place from kept where not told group by place having sum(people) >= $3
)
insert into release_day (consultation_id, place, day, since, week)
select distinct $1::uuid, f.place, f.day, $2::int, case when k.told then f.week else '' end
from fresh f join kept k on k.place = f.place and k.week = f.week
where k.told or f.place in (select place from others)
"""
_RECORD: Final = """/* record */
insert into release_group (consultation_id, number, place, since, week, people)
select $1, $2, d.place, d.since, d.week, coalesce(sum(c.people), 0)
from release_day d left join cell c on c.place = d.place and c.day = d.day
where d.consultation_id = $1 group by d.place, d.since, d.week
"""


async def count(connection: Connection, release: Release, questions: Sequence[Question]) -> int:
    """Fill ``cell``: how many people made each choice, or gave an answer, in each place, day by day. Returns how many
    free answers stay out because they seem to hold personal data.
    """
    await connection.execute(_QUESTIONS)
    await connection.executemany(
        "/* count */ insert into question values ($1, $2, $3)", [question[:3] for question in questions]
    )
    flagged = await _flag(connection, release)
    await connection.execute(
        "/* count */ create temp table lost (place uuid, since int, week text, leaving int) on commit drop"
    )
    await connection.execute(_COUNT, release.through, False)
    await connection.execute("/* count */ analyze cell")
    return flagged


async def _flag(connection: Connection, release: Release) -> int:
    found = []
    answers = connection.cursor(
        f"/* flag */ select section_id, participant, key, answer from {GIVEN} g where free",  # noqa: S608  ours
        release.through,
        prefetch=500,
    )
    async for section, participant, key, answer in answers:
        if release.rules.reviewed and personal_data.find(answer):
            found.append((section, participant, key))
    await connection.executemany("/* flag */ insert into flagged values ($1, $2, $3)", found)
    return len(found)


async def decide(connection: Connection, release: Release) -> None:
    """Shrink the groups that people left, gather new ones, and remember how many are in each."""
    rules = release.rules
    if rules.differences:
        await _shrink(connection, release)
    await connection.execute(
        _NEW, release.consultation, release.number, rules.k, rules.most, rules.diverse, release.closing, rules.weeks
    )
    await connection.execute(_RECORD, release.consultation, release.number)


async def _shrink(connection: Connection, release: Release) -> None:
    await connection.execute(_LOST, release.consultation, release.base, release.rules.k)
    await _draw(connection, release)
    if release.rules.diverse:
        await connection.execute("/* shrink */ update lost set leaving = 0")
        await connection.execute(_ONE_SIDED, release.consultation, release.rules.most)
        await _draw(connection, release)


async def _draw(connection: Connection, release: Release) -> None:
    if not await connection.fetchval("/* draw */ select exists (select from lost where leaving > 0)"):
        return
    await connection.execute(_DRAW, release.through, release.seed, release.consultation)
    await connection.execute("/* draw */ delete from cell where place in (select place from lost where leaving > 0)")
    await connection.execute(_COUNT, release.through, True)
