"""What a release tells and what it withholds, in numbers, for its guarantee report."""

from collections.abc import Sequence
from typing import Final

from consultation_service.bundle.guarantee import Described, Guarantee, Reason, Withheld
from consultation_service.publication import Row
from consultation_service.store.database import Connection
from consultation_service.store.release_classes import closing_day
from consultation_service.store.releases import Release

_FIGURES: Final = """/* figures */
select
  (select count(distinct author) from released where state = 'published' and not official)::int as authors,
  (select count(*) from released where state = 'published' and not readable)::int as awaiting,
  (select count(*) from released where state = 'withdrawn')::int as withdrawn,
  (select count(*) from released where state in ('hidden', 'sent_back'))::int as moderated,
  (select count(*) from released r join release_review v on v.contribution_id = r.id
    and v.text_version <= r.text_version where r.readable and v.findings > 0 and v.reviewed)::int as reviewed,
  (select count(*) from contribution where consultation_id = $1 and state = 'published' and day > $3
    and kind not in ('article', 'option'))::int as young,
  (select count(*) from release_class c join released r on r.id = c.contribution_id
    where r.readable and c.week = '')::int as unclassed,
  (select count(*) from vote v join contribution c on c.id = v.contribution_id
    where c.consultation_id = $1 and v.day > $3)::int as young_votes,
  (select coalesce(sum(c.people), 0) from cell c where choice > 0 and not exists (
    select from release_day d where d.place = c.place and d.day = c.day))::int as votes_waiting,
  (select coalesce(sum(c.people), 0) from cell c join release_day d using (place, day)
    where choice > 0 and week = '')::int as votes_without_week,
  (select count(*) from release_withheld w join vote v on v.contribution_id = w.place and v.participant = w.participant
    where w.consultation_id = $1)::int as companions,
  (select coalesce(sum(c.people), 0) from cell c where choice = 0 and not exists (
    select from release_day d where d.place = c.place and d.day = c.day))::int as answers_waiting,
  (select coalesce(min(people), 0) from release_group g where consultation_id = $1 and number = $2 and people > 0
    and exists (select from released r where r.id = g.place))::int as smallest_votes,
  (select coalesce(min(people), 0) from release_group g where consultation_id = $1 and number = $2 and people > 0
    and not exists (select from released r where r.id = g.place))::int as smallest_answers,
  (select coalesce(min(people), 0) from release_total where consultation_id = $1 and number = $2)::int
    as smallest_totals,
  (select coalesce(min(people), 0) from (
    select count(distinct r.author)::int as people from release_class c join released r on r.id = c.contribution_id
    where r.readable and c.week <> '' group by c.week, c.department, c.region, c.age, c.status
  ) g)::int as smallest_texts,
  (select coalesce(min(difference), 0) from (
    select abs(coalesce(n.people, 0) - coalesce(b.people, 0)) as difference
    from (select * from release_group where consultation_id = $1 and number = $2) n
    left join release_group b on b.consultation_id = $1 and b.number = $4
      and (b.place, b.since, b.week) = (n.place, n.since, n.week)
  ) d where difference > 0 and $4 > 0)::int as smallest_difference
"""
_DESCRIBED: Final = """/* described */
select array_remove(array[
    case when department <> '' then 'department' end, case when region <> '' then 'region' end,
    case when age <> '' then 'age' end, case when status <> '' then 'status' end], null) as attributes,
  count(*)::int as people
from (
  select distinct on (r.author) r.author, c.department, c.region, c.age, c.status
  from release_class c join released r on r.id = c.contribution_id and r.readable
  where r.author is not null
  order by r.author, c.department desc, c.region desc, c.age desc, c.status desc
) person group by 1 order by 1 desc
"""
_VOTERS: Final = """/* voters_described */
with person as (
  select v.participant, coalesce(o.department, '') as department, coalesce(o.region, '') as region,
    coalesce(o.age, '') as age, coalesce(o.status, '') as status
  from (select distinct v.participant from vote v join released r on r.id = v.contribution_id where v.day <= $2) v
  left join release_voter o on o.consultation_id = $1 and o.participant = v.participant
)
select array_remove(array[
    case when department <> '' then 'department' end, case when region <> '' then 'region' end,
    case when age <> '' then 'age' end, case when status <> '' then 'status' end], null) as attributes,
  count(*)::int as people
from person group by 1 order by 1 desc
"""


async def guarantee_of(connection: Connection, release: Release, flagged: int) -> Guarantee:
    """The figures of what is about to be released; ``flagged`` free answers are kept out."""
    found = await connection.fetchrow(_FIGURES, release.consultation, release.number, release.through, release.base)
    assert found is not None  # noqa: S101  it has no from
    level = await connection.fetchval("/* level */ select level from consultation where id = $1", release.consultation)
    described = _lines(await connection.fetch(_DESCRIBED))
    classed = await connection.fetchval(
        "/* classed */ select exists (select from release_voter where consultation_id = $1)", release.consultation
    )
    until = await closing_day(connection, release) or release.through
    voters = _lines(await connection.fetch(_VOTERS, release.consultation, until)) if classed else ()
    lines: tuple[tuple[str, str, Reason, int], ...] = (
        ("contributions", "withheld", "delay", found["young"]),
        ("contributions", "withheld", "personal_data", found["awaiting"]),
        ("contributions", "withheld", "erased", found["withdrawn"]),
        ("contributions", "withheld", "moderated", found["moderated"]),
        ("contributions", "generalised", "small_group", found["unclassed"]),
        ("votes", "withheld", "delay", found["young_votes"]),
        ("votes", "withheld", "waiting", found["votes_waiting"]),
        ("votes", "withheld", "companion", found["companions"]),
        ("votes", "generalised", "small_group", found["votes_without_week"]),
        ("answers", "withheld", "waiting", found["answers_waiting"]),
        ("answer_texts", "withheld", "personal_data", flagged),
    )
    return Guarantee(
        release=release.number,
        level=level,
        k=release.rules.k,
        most_percent=release.rules.most,
        delay_days=release.rules.delay_days,
        authors=found["authors"],
        smallest={
            "contributions": found["smallest_texts"],
            "votes": found["smallest_votes"],
            "answers": found["smallest_answers"],
            "totals_by_attribute": found["smallest_totals"],
        },
        smallest_difference=found["smallest_difference"],
        described=described,
        voters=sum(line.people for line in voters),
        voters_described=voters,
        withheld=tuple(
            Withheld(table=table, act="withheld" if act == "withheld" else "generalised", reason=reason, rows=rows)
            for table, act, reason, rows in lines
            if rows
        ),
        reviewed=found["reviewed"],
        author_references=release.rules.author_refs,
    )


def _lines(rows: Sequence[Row]) -> tuple[Described, ...]:
    return tuple(Described(attributes=tuple(row["attributes"]), people=row["people"]) for row in rows)
