"""A consultation full of people, made in a few statements, for tests of releases."""

import csv
import datetime
import hashlib
from pathlib import Path
from typing import Any

from consultation_service import release
from consultation_service.anonymise import Rules
from tests.integration.consultation.house import OPEN, House

RULES = Rules(k=5)
EARLY = datetime.date(2026, 11, 13)
"""A release of this day is about what was done until Sunday 8 November."""

LATER = datetime.date(2026, 11, 23)
"""A release of this day is about what was done until Sunday 15 November."""
AFTER = datetime.date(2026, 11, 30)
OVER = datetime.date(2026, 12, 20)

FILL = """
with people as (
  insert into participant (consultation_id, pseudonym, terms_version, joined_on, attributes)
  select $1::uuid, sha256(('person ' || $1::uuid || n)::bytea), '1', $3::date,
    jsonb_build_object('department', (array['35', '29', '75'])[1 + n % 3], 'age', (array['18-24', '75+'])[1 + n % 2],
      'status', case when n % 50 = 0 then 'union' else 'citizen' end)
  from generate_series(1, $4::int) n returning pseudonym
), numbered as (
  select sha256(('person ' || $1::uuid || n)::bytea) as author, n from generate_series(1, $4::int) n
), texts as (
  insert into contribution (id, consultation_id, section_id, kind, author, title, body, scale, day)
  select md5('text ' || $1::uuid || n)::uuid, $1::uuid, $2::uuid,
    case when n % 5 < 2 then 'opinion' else 'proposal' end,
    author, '=Titre ' || n, 'Un texte ' || n, 'agree_mixed_disagree', $3::date + n % 14
  from numbered where n <= $5::int
)
insert into vote (contribution_id, participant, choice, day)
select md5('text ' || $1::uuid || i)::uuid, author, 1 + (n + i) % 3, $3::date + (n + i) % 14
from numbered cross join generate_series(1, least($6::int, $5::int)) i where (n * 7 + i) % 3 > 0
"""


async def fill(house: House, people: int = 200, texts: int = 120, items: int = 10) -> None:
    """``people`` take part; the first ``texts`` of them write one each; most vote on the first ``items`` texts."""
    await house.pool.execute(
        "update consultation set attributes = $2 where id = $1", house.consultation,
        '[{"attribute": "department", "purpose": "x"}, {"attribute": "age", "purpose": "x"},'
        ' {"attribute": "status", "purpose": "x"}]',
    )  # fmt: skip
    await house.pool.execute(FILL, house.consultation, house.section, OPEN, people, texts, items)


def text_id(house: House, n: int) -> str:
    digest = hashlib.md5(f"text {house.consultation}{n}".encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"


def person(house: House, n: int) -> bytes:
    return hashlib.sha256(f"person {house.consultation}{n}".encode()).digest()


async def build(house: House, out: Path, day: datetime.date = LATER, **more: Any) -> release.Built:
    return await release.build(house.settings, house.consultation, out, day, **{"rules": RULES, **more})


def read(built: release.Built, table: str) -> list[dict[str, str]]:
    assert built.folder is not None, built.problems
    with (built.folder / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


Groups = dict[tuple[object, ...], frozenset[tuple[object, object]]]


async def members(house: House, through: datetime.date) -> Groups:
    """Who is behind each group of votes that was released, and how they voted."""
    rows = await house.pool.fetch(
        """select d.place::text, d.since, d.week, v.participant, v.choice from release_day d
        join vote v on v.contribution_id = d.place and v.day = d.day
        where d.consultation_id = $1 and d.day <= $2 and not exists (
          select from release_withheld w where w.place = d.place and w.participant = v.participant)""",
        house.consultation,
        through,
    )
    found: dict[tuple[object, ...], set[tuple[object, object]]] = {}
    for row in rows:
        found.setdefault(tuple(row)[:3], set()).add((row["participant"], row["choice"]))
    return {group: frozenset(people) for group, people in found.items()}


async def classes(house: House) -> Groups:
    """Who is behind each class of texts that was released."""
    rows = await house.pool.fetch(
        """select k.since, k.week, k.department, k.region, k.age, k.status, c.author
        from release_class k join contribution c on c.id = k.contribution_id
        where k.consultation_id = $1 and k.week <> ''""",
        house.consultation,
    )
    found: dict[tuple[object, ...], set[tuple[object, object]]] = {}
    for row in rows:
        found.setdefault(tuple(row)[:6], set()).add((row["author"], ""))
    return {group: frozenset(people) for group, people in found.items()}
