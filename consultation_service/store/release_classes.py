"""What is published of the people behind texts and totals: the finest level that enough of them share (``anonymise``).

A text gets its class when it is first released, among those that are released with it; afterwards it can only lose it.
Voters get theirs once the consultation is over, and only votes of then are totalled: groups can only shrink.
"""

import datetime
from typing import Final

from consultation_service.anonymise import ATTRIBUTES, levels
from consultation_service.rules.attributes import CATALOGUE
from consultation_service.store.database import Connection
from consultation_service.store.releases import Release

_TABLES: Final = """/* class_tables */
create temp table newcomer (
  contribution_id uuid, author bytea, week text, said text, department text, region text, age text, status text
) on commit drop;
create temp table class (
  contribution_id uuid primary key, week text, department text, region text, age text, status text
) on commit drop;
"""
_KNOWN: Final = """
  coalesce(p.attributes->>'department', '') as department,
  coalesce(g.region, p.attributes->>'region', '') as region,
  coalesce(p.attributes->>'age', '') as age, coalesce(p.attributes->>'status', '') as status
"""
_REGIONS: Final = (
    "left join unnest({0}::text[], {1}::text[]) as g (department, region) on g.department = p.attributes->>'department'"
)
_NEWCOMERS: Final = f"""/* newcomers */
insert into newcomer
select r.id, r.author, r.week, r.said, {_KNOWN}
from released r left join participant p on p.consultation_id = $1 and p.pseudonym = r.author
{_REGIONS.format("$2", "$3")}
where r.readable and not r.official and r.author is not null
  and not exists (select from release_class c where c.contribution_id = r.id)
"""  # noqa: S608  only texts of ours
_GROUP: Final = "week, department, region, age, status"
# As anonymise.assign does, for one level. A week alone tells nothing of what one thinks.
_ASSIGN: Final = f"""/* assign */
with described as (
  select contribution_id, author, said, week, case when $1 then department else '' end as department,
    case when $2 then region else '' end as region, case when $3 then age else '' end as age,
    case when $4 then status else '' end as status
  from newcomer n where not exists (select from class c where c.contribution_id = n.contribution_id)
), many as (
  select {_GROUP} from described group by {_GROUP} having count(distinct author) >= $5
), diverse as (
  select {_GROUP} from (
    select {_GROUP}, said, count(*) as times from described group by {_GROUP}, said
  ) said group by {_GROUP} having count(*) > 1 and max(times) * 100 <= $6 * sum(times)
)
insert into class
select contribution_id, {_GROUP} from described
where ({_GROUP}) in (select {_GROUP} from many)
  and (not $7 or (department, region, age, status) = ('', '', '', '') or ({_GROUP}) in (select {_GROUP} from diverse))
"""  # noqa: S608  only texts of ours
# Newcomers without a class are a group beside those who have one: nobody, or k people.
_COVER_NEWCOMERS: Final = f"""/* cover_newcomers */
with left_over as (
  select count(distinct coalesce(r.author, '')) as people from released r
  where r.state = 'published' and not r.official
    and not exists (select from release_class o where o.contribution_id = r.id)
    and not exists (select from class c where c.contribution_id = r.id)
), smallest as (
  select {_GROUP} from (
    select n.author, c.week, c.department, c.region, c.age, c.status
    from class c join newcomer n on n.contribution_id = c.contribution_id
  ) member group by {_GROUP} order by count(distinct author), {_GROUP} limit 1
)
delete from class
where (select people from left_over) between 1 and $1 - 1 and ({_GROUP}) in (select {_GROUP} from smallest)
"""  # noqa: S608  only texts of ours
_REMEMBER: Final = """/* remember */
insert into release_class (contribution_id, consultation_id, since, week, department, region, age, status)
select r.id, $1, $2, coalesce(c.week, ''), coalesce(c.department, ''), coalesce(c.region, ''), coalesce(c.age, ''),
  coalesce(c.status, '')
from released r left join class c on c.contribution_id = r.id
where not r.official and not exists (select from release_class o where o.contribution_id = r.id)
"""
_EMPTY: Final = "update release_class set week = '', department = '', region = '', age = '', status = ''"
# As anonymise.leaving does, in authors; those with a text that is gone leave first. Those who left the consultation
# have no pseudonym any more: they count as one, so that more companions leave rather than fewer.
_FALL: Final = f"""/* fall */
with member as (
  select c.contribution_id, c.since, c.week, c.department, c.region, c.age, c.status,
    coalesce(t.author, '') as author, coalesce(r.readable, false) as here
  from release_class c left join contribution t on t.id = c.contribution_id
  left join released r on r.id = c.contribution_id
  where c.consultation_id = $1 and c.week <> ''
), person as (
  select since, {_GROUP}, author, bool_and(here) as here from member group by since, {_GROUP}, author
), placed as (
  select *, count(*) over w as people, count(*) filter (where not here) over w as gone, row_number() over (
    partition by since, {_GROUP} order by here, sha256($2::bytea || author)) as turn
  from person window w as (partition by since, {_GROUP})
), leaving as (
  select since, {_GROUP}, author from placed where gone > 0 and turn <= case
    when not $4 then gone when people - greatest(gone, $3) < $3 then people else greatest(gone, $3) end
)
{_EMPTY}
where contribution_id in (select contribution_id from member natural join leaving)
"""  # noqa: S608  only texts of ours
_ONE_SIDED: Final = f"""/* one_sided */
with said as (
  select c.since, c.week, c.department, c.region, c.age, c.status, r.said, count(*) as times
  from release_class c join released r on r.id = c.contribution_id and r.readable
  where c.consultation_id = $1 and (c.department, c.region, c.age, c.status) <> ('', '', '', '')
  group by c.since, c.week, c.department, c.region, c.age, c.status, r.said
), alike as (
  select since, {_GROUP} from said group by since, {_GROUP}
  having count(*) < 2 or max(times) * 100 > $2 * sum(times)
)
{_EMPTY}
where consultation_id = $1 and (since, {_GROUP}) in (select since, {_GROUP} from alike)
"""  # noqa: S608  only texts of ours
_COVER: Final = f"""/* cover_classes */
with member as (
  select c.since, c.week, c.department, c.region, c.age, c.status, r.author
  from release_class c join released r on r.id = c.contribution_id
  where c.consultation_id = $1 and r.state = 'published'
), smallest as (
  select since, {_GROUP} from member where week <> ''
    and (select count(distinct author) from member where week = '') between 1 and $2 - 1
  group by since, {_GROUP} order by count(distinct author), since, {_GROUP} limit 1
)
{_EMPTY}
where consultation_id = $1 and (since, {_GROUP}) in (select since, {_GROUP} from smallest)
"""  # noqa: S608  only texts of ours


async def decide(connection: Connection, release: Release, declared: tuple[str, ...]) -> None:
    """Let fall those whom a class lost with their companions, class new texts, and choose the totals."""
    rules, regions = release.rules, CATALOGUE["department"].coarser_value
    mapping = list(regions), list(regions.values())
    await connection.execute(_TABLES)
    if not rules.frozen:
        await connection.execute(
            "/* unfreeze */ delete from release_class where consultation_id = $1", release.consultation
        )
    different = await connection.fetchval("/* decide */ select count(distinct said) > 1 from released where readable")
    diverse = rules.diverse and bool(different)
    await connection.execute(_FALL, release.consultation, release.seed, rules.k, rules.differences)
    await connection.execute(_NEWCOMERS, release.consultation, *mapping)
    for level in levels(declared):
        await connection.execute(_ASSIGN, *_told(level), rules.k, rules.most, diverse)
    await connection.execute(_COVER_NEWCOMERS, rules.k)
    await connection.execute(_REMEMBER, release.consultation, release.number)
    if diverse:
        await connection.execute(_ONE_SIDED, release.consultation, rules.most)
    await connection.execute(_COVER, release.consultation, rules.k)
    if release.closing and declared:
        await _totals(connection, release, declared)


def _told(level: tuple[str, ...]) -> list[bool]:
    shown = {*level, "region"} if "department" in level else set(level)
    return [name in shown for name in ATTRIBUTES]


_VOTERS: Final = f"""/* voters */
insert into voter
select p.pseudonym, {_KNOWN}
from participant p {_REGIONS.format("$3", "$4")}
where p.consultation_id = $1 and p.attributes <> '{{}}' and exists (
  select from vote v join released r on r.id = v.contribution_id where v.participant = p.pseudonym and v.day <= $2
)
"""  # noqa: S608  only texts of ours
_PEOPLE: Final = "department, region, age, status"
_ASSIGN_VOTERS: Final = f"""/* assign_voters */
with described as (
  select participant, case when $2 then department else '' end as department,
    case when $3 then region else '' end as region, case when $4 then age else '' end as age,
    case when $5 then status else '' end as status
  from voter v where not exists (
    select from release_voter o where o.consultation_id = $1 and o.participant = v.participant
  )
)
insert into release_voter (consultation_id, participant, {_PEOPLE})
select $1, participant, {_PEOPLE} from described
where ({_PEOPLE}) <> ('', '', '', '') and ({_PEOPLE}) in (
  select {_PEOPLE} from described group by {_PEOPLE} having count(*) >= $6
)
"""  # noqa: S608  only texts of ours

TOTALS: Final = """
  select r.section_id, c.department, c.region, c.age, c.status, v.choice, v.participant
  from release_voter c
  join vote v on v.participant = c.participant and v.day <= $2
  join released r on r.id = v.contribution_id
  where c.consultation_id = $1
"""
# A section with a single choice has no secret that a group could tell. Later releases only repeat what did not change.
_TELL_TOTALS: Final = f"""/* tell_totals */
with voted as materialized ({TOTALS}), counted as (
  select section_id, {_PEOPLE}, count(distinct participant) as people, count(*) as votes
  from voted group by section_id, {_PEOPLE}
), said as (
  select section_id, {_PEOPLE}, max(times) as most, sum(times) as times from (
    select section_id, {_PEOPLE}, choice, count(*) as times from voted group by section_id, {_PEOPLE}, choice
  ) by_choice group by section_id, {_PEOPLE}
)
insert into release_total (consultation_id, number, section_id, {_PEOPLE}, people, votes)
select $1, $3, c.section_id, {", ".join(f"c.{name}" for name in ATTRIBUTES)}, c.people, c.votes
from counted c join said s using (section_id, {_PEOPLE}) join section n on n.id = c.section_id
left join release_total b on b.consultation_id = $1 and b.number = $4 and b.section_id = c.section_id
  and (b.department, b.region, b.age, b.status) = (c.department, c.region, c.age, c.status)
where c.people >= $5 and (not $7 or n.scale = 'support' or s.most * 100 <= $6 * s.times)
  and ($9 or (b.people is not null and (not $8 or (b.people, b.votes) = (c.people, c.votes))))
"""  # noqa: S608  only texts of ours
# What is left over in a section, everything minus what is told, is about nobody or k people.
_COVER_TOTALS: Final = f"""/* cover_totals */
delete from release_total t using (
  select distinct on (t.section_id) t.section_id, t.department, t.region, t.age, t.status
  from release_total t join (
    select r.section_id, count(distinct v.participant) as people
    from vote v join released r on r.id = v.contribution_id where v.day <= $3 group by r.section_id
  ) a on a.section_id = t.section_id
  join (
    select section_id, sum(people) as people from release_total
    where consultation_id = $1 and number = $2 group by section_id
  ) told on told.section_id = t.section_id
  where t.consultation_id = $1 and t.number = $2 and a.people - told.people between 1 and $4 - 1
  order by t.section_id, t.people, {", ".join(f"t.{name}" for name in ATTRIBUTES)}
) s
where t.consultation_id = $1 and t.number = $2 and t.section_id = s.section_id
  and (t.department, t.region, t.age, t.status) = (s.department, s.region, s.age, s.status)
"""  # noqa: S608  only texts of ours


async def closing_day(connection: Connection, release: Release) -> datetime.date | None:
    """The last day of votes that totals by attribute are about: that of the first release after the end; None when no
    earlier release was.
    """
    found: datetime.date | None = await connection.fetchval(
        """/* closing_day */ select min(through) from release
        where consultation_id = $1 and closing and state in ('built', 'withdrawn') and number < $2""",
        release.consultation,
        release.number,
    )
    return found


async def _totals(connection: Connection, release: Release, declared: tuple[str, ...]) -> None:
    rules, before = release.rules, await closing_day(connection, release)
    until = before or release.through
    if before is None:
        await _class_voters(connection, release, declared)
    await connection.execute(
        _TELL_TOTALS, release.consultation, until, release.number, release.base, rules.k, rules.most, rules.diverse,
        rules.differences, before is None,
    )  # fmt: skip
    await connection.execute(_COVER_TOTALS, release.consultation, release.number, until, rules.k)


async def _class_voters(connection: Connection, release: Release, declared: tuple[str, ...]) -> None:
    regions = CATALOGUE["department"].coarser_value
    await connection.execute(
        "/* class_voters */ create temp table voter "
        "(participant bytea, department text, region text, age text, status text) on commit drop"
    )
    await connection.execute(_VOTERS, release.consultation, release.through, list(regions), list(regions.values()))
    for level in levels(declared):
        await connection.execute(_ASSIGN_VOTERS, release.consultation, *_told(level), release.rules.k)
