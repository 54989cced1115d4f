"""The SQL of releases does what ``anonymise`` says; totals by attribute; answers to questionnaires."""

import datetime
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation_service.anonymise import ATTRIBUTES, Rules, assign, new_groups, week_of
from consultation_service.store import participants, release_groups
from consultation_service.store.database import open_connection
from consultation_service.store.releases import Release
from contracts.events import WithdrawalRequested, new_id
from tests.integration.consultation.house import House
from tests.integration.consultation.releasing import LATER, OVER, RULES, build, fill, person, read, text_id

pytestmark = pytest.mark.anyio
THREE = ("department", "age", "status")


async def test_classes_are_those_of_the_policy(house: House, tmp_path: Path) -> None:
    """Of every text, released at once: the same class as the pure rule gives its author that week."""
    await fill(house, people=150, texts=150, items=1)
    await build(house, tmp_path, OVER)
    rows = await house.pool.fetch(
        """select k.week, c.author, c.day, c.kind, p.attributes, k.department, k.region, k.age, k.status
        from release_class k join contribution c on c.id = k.contribution_id
        join participant p on p.pseudonym = c.author where k.consultation_id = $1""",
        house.consultation,
    )
    by_week: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_week[week_of(row["day"])].append(row)
    assert len(by_week) == 3
    described = 0
    for week, texts in by_week.items():
        people = {row["author"]: json.loads(row["attributes"]) for row in texts}
        expected = assign(people, {row["author"]: [row["kind"]] for row in texts}, THREE, RULES)
        for row in texts:
            values = expected.get(row["author"])
            if values is None or not any(values):
                continue  # a week alone is told without looking at what was said
            described += 1
            assert (row["week"], *(row[name] for name in ATTRIBUTES)) == (week, *values)
    assert described > 100


VOTES = st.lists(
    st.dictionaries(
        st.integers(0, 20).map(lambda n: datetime.date(2026, 11, 2) + datetime.timedelta(days=n)),
        st.lists(st.integers(1, 3), min_size=1, max_size=9), max_size=9,
    ),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VOTES, st.booleans(), st.booleans())
async def test_groups_of_votes_are_those_of_the_policy(
    house: House, items: list[dict[datetime.date, list[int]]], closing: bool, diverse: bool
) -> None:
    rules = Rules(k=4, diverse=diverse)
    connection = await open_connection(house.settings)
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(FRESH)
        expected: dict[tuple[str, datetime.date], str] = {}
        cells = []
        for n, days in enumerate(items):
            place = text_id(house, n)
            for day, choices in days.items():
                for choice, people in Counter(choices).items():
                    cells.append((place, day, choice, people))
            counts = {day: Counter(choices) for day, choices in days.items()}
            told = new_groups(counts, rules, closing=closing)
            expected |= {(place, day): week for day, week in told.items()}
        await connection.executemany("insert into cell values ($1, $2, $3, $4)", cells)
        day = datetime.date(2026, 12, 1)
        release = Release(house.consultation, 1, day, day, closing, bytes(32), 0, day, day, "x", rules)
        await release_groups.decide(connection, release)
        rows = await connection.fetch("select place::text, day, week from release_day")
        assert {(row["place"], row["day"]): row["week"] for row in rows} == expected
    finally:
        await transaction.rollback()
        await connection.close()


FRESH = """
create temp table cell (place uuid, day date, choice smallint, people int) on commit drop;
create temp table lost (place uuid, since int, week text, leaving int) on commit drop;
create temp table released (id uuid) on commit drop;
create temp table question (section_id uuid, key text, kind text) on commit drop;
create temp table flagged (section_id uuid, participant bytea, key text) on commit drop;
"""


async def totals(house: House, built: Any) -> dict[tuple[str, ...], dict[str, int]]:
    found: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for row in read(built, "totals_by_attribute"):
        found[tuple(row[name] for name in ATTRIBUTES)] |= {row["choice"]: int(row["votes"]), "": int(row["people"])}
    return dict(found)


async def test_totals_by_attribute_come_at_the_end_and_a_group_that_lost_somebody_goes(
    house: House, tmp_path: Path
) -> None:
    await fill(house)
    assert read(await build(house, tmp_path, LATER), "totals_by_attribute") == []
    closing = await build(house, tmp_path, OVER)
    told = {line.attributes: line.people for line in closing.guarantee.voters_described}
    assert told[("department", "region", "age", "status")] == 196
    assert told[()] == 4
    assert closing.guarantee.voters == 200
    before = await totals(house, closing)
    assert len(before) == 5  # of six: four people without a group would be what is left, with the smallest one
    for values, cell in before.items():
        count = await house.pool.fetchval(COUNT, house.consultation, *values)
        assert cell[""] >= RULES.k
        assert sum(cell.values()) - cell[""] == count
    request = WithdrawalRequested(id=new_id(), consultation=house.consultation, subject="A" * 43)
    await participants.leave(house.pool, request, person(house, 12), OVER)
    after = await totals(house, await build(house, tmp_path, OVER + datetime.timedelta(days=3)))
    gone = before.keys() - after.keys()
    assert len(gone) == 1
    assert {values: before[values] for values in after} == after
    control = await build(house, tmp_path, OVER + datetime.timedelta(days=4), rules=RULES._replace(differences=False))
    assert await totals(house, control) == after  # what is gone does not come back


COUNT = """
select count(*) from vote v join release_voter p on p.participant = v.participant where p.consultation_id = $1
  and (p.department, p.region, p.age, p.status) = ($2, $3, $4, $5)
"""

QUESTIONNAIRE = {
    "sections": [
        {
            "key": "s1", "title": "Vous",
            "items": [
                {"kind": "single", "key": "means", "label": "Comment ?", "other": True,
                 "options": [{"key": "bus", "label": "Bus"}, {"key": "bike", "label": "Vélo"}]},
                {"kind": "multiple", "key": "wishes", "label": "Quoi ?",
                 "options": [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]},
                {"kind": "matrix", "key": "views", "label": "Avis",
                 "rows": [{"key": "r1", "label": "R1"}, {"key": "r2", "label": "R2"}],
                 "columns": [{"key": "good", "label": "Bien"}, {"key": "bad", "label": "Mal"}]},
                {"kind": "number", "key": "age", "label": "Âge"},
                {"kind": "long_text", "key": "more", "label": "Autre chose ?"},
            ],
        }
    ]
}  # fmt: skip


async def answer(house: House, people: int) -> None:
    await house.pool.execute(
        "update section set kind = 'questionnaire', questionnaire = $2 where id = $1",
        house.section, json.dumps(QUESTIONNAIRE),
    )  # fmt: skip
    for n in range(people):
        answers: dict[str, Any] = {
            "means": "bus" if n % 3 else "bike",
            "age": 20 + n,
            "wishes": ["a", "b"][: 1 + n % 2],
        }
        if n < 3:
            answers["means"] = {"other": f"À pied {n}"}
        if n % 2:
            answers["views"] = {"r1": "good"} if n % 4 == 1 else {"r1": "bad", "r2": "good"}
        answers["more"] = "Mon numéro : 06 12 34 56 78" if n == 4 else f"Une idée {n}"
        await house.pool.execute(
            "insert into response (section_id, participant, answers, sent, day) values ($1, $2, $3, true, $4)",
            house.section, person(house, n), json.dumps(answers), datetime.date(2026, 11, 3),
        )  # fmt: skip


async def test_answers_are_apart_and_of_groups_of_k(house: House, tmp_path: Path) -> None:
    await answer(house, 24)
    first = await build(house, tmp_path)
    rows = read(first, "answers")
    counts = Counter((row["question"], row["part"], row["answer"]) for row in rows)
    assert counts["means", "", "other"] == 3
    assert counts["means", "", "bus"] + counts["means", "", "bike"] == 21
    assert counts["wishes", "", "a"] == 24
    assert counts["views", "r2", "good"] == 6
    assert not [key for key in counts if key[0] == "age"]
    texts = read(first, "answer_texts")
    assert len([row for row in texts if row["question"] == "more"]) == 23
    assert not [row for row in texts if "06 12" in row["text"]]
    assert not [row for row in texts if row["question"] == "means"]  # three people only
    assert [row["text"] for row in texts] == sorted(row["text"] for row in texts)
    await house.pool.execute("delete from response where participant = $1", person(house, 5))
    second = await build(house, tmp_path)
    after = Counter((row["question"], row["part"]) for row in read(second, "answers"))
    before = Counter((row["question"], row["part"]) for row in rows)
    lost = {place: people - after[place] for place, people in before.items() if people > after[place]}
    assert {question for question, _ in lost} == {"means", "wishes", "views"}
    assert min(lost.values()) >= RULES.k
    control = await build(house, tmp_path / "control", rules=RULES._replace(differences=False, k=1))
    assert {row["question"] for row in read(control, "answer_texts")} == {"means", "more"}
