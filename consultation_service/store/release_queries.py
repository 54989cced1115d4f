"""The queries of a release, one for each table. ``$1`` is the seed; ``made(x)`` is the id that the release gives to
``x``, which ``release_rows`` writes out. Rows are in the order of their key, or of all they hold where they have none.
"""

from typing import Final

from consultation_service.store.release_classes import TOTALS
from consultation_service.store.release_groups import GIVEN

CONSULTATION: Final = """
select slug, title, organiser, organiser_number, language, level::int, opens_on::text, closes_on::text,
  coalesce(frozen_digest, ''), $2::int, $3::date::text, source
from consultation where id = $1
"""
SECTIONS: Final = """
select made(id) as made, made(parent_id), position, kind, title, scale
from section where consultation_id = $2 order by made
"""
CONTRIBUTIONS: Final = """
select made(c.id) as made, made(c.section_id), made(parent.id), c.kind, c.side, r.official, c.number, c.position,
  case when r.readable then coalesce(v.title, c.title) end, case when r.readable then coalesce(v.body, c.body) end,
  case when r.readable and v.id is null then c.explanation end, case when r.readable then c.link end,
  case when r.readable then c.category end, r.text_version, r.state,
  case when r.state = 'published' and not r.readable then 'awaiting_review' else c.rule end,
  case when $2 then k.week else r.week end, k.department, k.region, k.age, k.status,
  case when $3 and r.readable and r.author is not null and count(*) over (partition by r.author) > 1 then
    translate(substr(encode(sha256($4::bytea || r.author), 'hex'), 1, 10), '0189', 'ghij') end
from released r join contribution c on c.id = r.id left join released parent on parent.id = c.parent_id
left join contribution_version v on v.contribution_id = r.id and v.number = r.text_version
  and r.text_version <> c.text_version
left join release_class k on k.contribution_id = r.id and r.readable
order by made
"""
VERSIONS: Final = """
select made(v.contribution_id) as made, v.number, v.title, v.body
from released r join contribution_version v on v.contribution_id = r.id and v.number < r.text_version
where r.readable and not v.withheld and (r.official or not $2 or exists (
  select from release_review s where s.contribution_id = r.id and s.text_version = v.number
    and (s.findings = 0 or s.reviewed)))
order by made, v.number
"""
VOTES: Final = """
select made(g.place) as made, n.choice, g.week, g.since, g.people
from (
  select d.place, c.choice, d.week, d.since, sum(c.people)::int as people
  from release_day d join cell c on c.place = d.place and c.day = d.day
  where d.consultation_id = $2 and c.choice > 0 group by d.place, c.choice, d.week, d.since
) g join unnest($3::smallint[], $4::text[]) as n (code, choice) on n.code = g.choice
order by made, n.choice collate "C", g.week, g.since
"""
TOTALS_BY_ATTRIBUTE: Final = f"""
select made(t.section_id) as made, t.department, t.region, t.age, t.status, n.choice, s.times, t.people
from release_total t join (
  select section_id, department, region, age, status, choice, count(*)::int as times
  from ({TOTALS.replace("$2", "$3").replace("$1", "$2")}) v
  group by section_id, department, region, age, status, choice
) s using (section_id, department, region, age, status)
join unnest($4::smallint[], $5::text[]) as n (code, choice) on n.code = s.choice
where t.consultation_id = $2 and t.number = $6
order by made, t.department, t.region, t.age collate "C", t.status collate "C", n.choice collate "C"
"""  # noqa: S608  only texts of ours
IMPORTED_TOTALS: Final = """
select made(r.id) as made, t.key, t.value::int
from released r join imported_tally i on i.contribution_id = r.id cross join jsonb_each_text(i.counts) t
order by made, t.key collate "C"
"""
QUESTIONS: Final = """
select made(q.section) as made, q.key, q.kind, q.label
from unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) as q (section, key, kind, label)
order by made, q.key collate "C"
"""
RANKINGS: Final = """
select made(q.section) as made, made(q.option) as preferred, made(q.other) as other, q.ballots
from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::int[]) as q (section, option, other, ballots)
order by made, preferred, other
"""
OFFICIAL_ANSWERS: Final = """
select made(o.contribution_id) as made, o.number, o.status, o.reason, o.body,
  to_char(o.day, 'IYYY-"W"IW')
from released r join official_answer o on o.contribution_id = r.id and o.day <= $2
order by made, o.number
"""
STATEMENTS: Final = """
select made(s.id) as made, s.kind, t.number, t.title, t.body, to_char(t.day, 'IYYY-"W"IW')
from statement s join statement_text t on t.statement_id = s.id and t.day <= $3
where s.consultation_id = $2 order by made, t.number
"""
MODERATION: Final = """
select made(e.contribution_id) as made, e.number, e.kind, e.decision, e.rule, e.automated,
  nullif(e.about, 0), to_char(e.day, 'IYYY-"W"IW')
from released r join moderation_entry e on e.contribution_id = r.id and e.day <= $2
order by made, e.number
"""
# An answer of a person is a row for each thing it says.
ANSWERS: Final = f"""
select made(g.section_id) as made, g.key, g.part, g.answer, d.since, count(*)::int
from {GIVEN.replace("$1", "$2")} g join release_day d on d.place = g.place and d.day = g.day
where not g.free and not exists (
  select from release_withheld w where w.place = g.place and w.participant = g.participant)
group by g.section_id, g.key, g.part, g.answer, d.since
order by made, g.key collate "C", g.part collate "C", g.answer collate "C", d.since
"""  # noqa: S608  only texts of ours
ANSWER_TEXTS: Final = f"""
select made(g.section_id) as made, g.key, g.answer
from {GIVEN.replace("$1", "$2")} g join release_day d on d.place = g.place and d.day = g.day
where g.free and not exists (
  select from release_withheld w where w.place = g.place and w.participant = g.participant)
order by made, g.key collate "C", g.answer collate "C"
"""  # noqa: S608  only texts of ours
