"""Raw exports: complete, usable person by person, and with nothing in common with who signed up."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence

import httpx
import pytest

from consultation_service import raw_export
from consultation_service.states import day_of
from consultation_service.store.raw_exports import TABLES
from contracts.events import new_id
from contracts.tokens import b64u, unb64u
from tests.integration.consultation.house import House, Participant
from tests.integration.consultation.staff import Agent, agent
from tests.separation.joins import columns, joins

pytestmark = pytest.mark.anyio

Rows = Sequence[Mapping[str, str]]
COMMON = {"day"}
"""The only columns that may have values in common with the registration data."""


async def download(organiser: Agent, house: House) -> httpx.Response:
    answer = await organiser.post(f"/backoffice/consultations/{house.consultation}/raw-export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return answer


def tables(archive: bytes) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        names = [name for name in opened.namelist() if name.endswith(".csv")]
        return {
            name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(opened.read(name).decode(), newline="")))
            for name in names
        }


@pytest.fixture
async def busy(house: House) -> dict[str, Participant]:
    """A consultation with something in every table, and the address of each participant, as identity knows them."""
    people = {f"personne{number}@exemple.example": await house.join() for number in range(4)}
    items = []
    for who in people.values():
        item = await house.opinion(who, kind="proposal", body="=1+1")
        items.append(item)
        for other in people.values():
            await house.vote(other, item, "agree")
    pool = house.pool
    pseudonyms = [row[0] for row in await pool.fetch("select pseudonym from participant order by pseudonym")]
    await pool.execute("""update participant set attributes = '{"department": "35", "age": "25-34"}'""")
    await pool.execute(
        "insert into contribution_version (id, contribution_id, number, title, body, body_html, day) "
        "values ($1, $2, 1, 'Avant', 'Avant', '', $3)", new_id(), items[0], await pool.fetchval("select current_date"),
    )  # fmt: skip
    questions, ranking = new_id(), new_id()
    await pool.executemany(
        "insert into section (id, consultation_id, position, title, scale, kind) "
        "values ($1, $2, 9, 'x', 'support', $3)",
        [(questions, house.consultation, "questionnaire"), (ranking, house.consultation, "ranking")],
    )
    for pseudonym in pseudonyms[:2]:
        await pool.execute(
            "insert into response (section_id, participant, answers, sent, day) values ($1, $2, $3, $4, current_date)",
            questions, pseudonym, json.dumps({"q1": "Oui", "q2": ["a", "b"]}), pseudonym == pseudonyms[0],
        )  # fmt: skip
        await pool.execute(
            "insert into ranking_ballot (section_id, participant, ranked, points, day) "
            "values ($1, $2, $3, '{}', current_date)", ranking, pseudonym, items[:2],
        )  # fmt: skip
    await pool.execute(
        "insert into moderation_entry (contribution_id, number, kind, day, rule, participant, words) "
        "values ($1, 1, 'reported', current_date, 'off_topic', $2, 'Hors sujet')", items[0], pseudonyms[0],
    )  # fmt: skip
    await pool.execute(
        "insert into official_answer (contribution_id, number, status, reason, body, body_html, day) "
        "values ($1, 1, 'taken_up', 'Une raison publique', '', '', current_date)", items[0],
    )  # fmt: skip
    return people


def registrations(house: House, people: Mapping[str, Participant]) -> dict[str, Rows]:
    """What identity holds and could export, and even what it would never export: ``T`` in its three forms."""
    return {
        "registrations": [
            {
                "address": address, "consultation": house.consultation, "account": new_id(), "terms": "1",
                "day": "2026-11-23", "subject": who.subject, "subject_hex": unb64u(who.subject).hex(),
                "subject_half": unb64u(who.subject)[:16].hex(),
            }
            for address, who in people.items()
        ]
    }  # fmt: skip


async def test_the_export_has_everything_and_follows_each_person(house: House, busy: dict[str, Participant]) -> None:
    organiser = await agent(house, "organiser")
    found = tables((await download(organiser, house)).content)
    assert set(found) == {table.name for table in TABLES}
    assert all(found.values()), "a table is empty"
    for table in TABLES:
        assert tuple(found[table.name][0]) == table.columns
    people = {row["participant"] for row in found["participants"]}
    assert len(people) == 4
    assert {row["author"] for row in found["contributions"]} == people
    for name in ("votes", "rankings", "answers"):
        assert {row["participant"] for row in found[name]} <= people
    assert "participant" not in found["moderation"][0], "nobody knows who reported"
    assert len(found["votes"]) == 16
    assert {row["choice"] for row in found["votes"]} == {"agree"}
    assert [(row["question"], row["answer"]) for row in found["answers"]] == [("q1", "Oui"), ("q2", '["a", "b"]')]
    assert {row["body"] for row in found["contributions"]} == {"'=1+1"}


async def test_points_are_there_without_a_rank_and_what_waits_has_no_day(
    house: House, busy: dict[str, Participant]
) -> None:
    item, other = [row[0] for row in await house.pool.fetch("select id::text from contribution order by id limit 2")]
    await house.pool.execute(
        "update ranking_ballot set ranked = array[$1::uuid], points = $2", item, json.dumps({item: 3, other: 7})
    )
    await house.pool.execute("update contribution set state = 'pending' where id = $1", item)
    found = tables((await download(await agent(house, "organiser"), house)).content)
    ballots = {(row["option"], row["place"], row["points"]) for row in found["rankings"]}
    assert ballots == {(item, "1", "3"), (other, "", "7")}
    assert {row["contribution"] for row in found["contributions"] if not row["day"]} == {item}


async def test_nothing_joins_with_the_registration_data_but_days(house: House, busy: dict[str, Participant]) -> None:
    organiser = await agent(house, "organiser")
    found = columns(tables((await download(organiser, house)).content))
    registered = columns(registrations(house, busy))
    common = set(joins(found, registered))
    assert {column for (_, column), _ in common} <= COMMON
    assert {column for _, (_, column) in common} <= COMMON
    # The control: with T in the export, in any of its forms, the same search finds it.
    for form in ("subject", "subject_hex", "subject_half"):
        leaked = found | {("votes", "key"): registered["registrations", form]}
        assert (("votes", "key"), ("registrations", form)) in set(joins(leaked, registered))


async def test_days_say_nothing_that_is_not_public() -> None:
    """Signing up, voting, ranking and answering have no day in the export."""
    dated = {
        table.name for table in TABLES if any("day" in column or column.endswith("_on") for column in table.columns)
    }
    assert dated == {"contributions", "versions", "moderation", "official_answers"}


def names(found: Mapping[str, Rows]) -> set[str]:
    return {
        row[column] for rows in found.values() for row in rows for column in ("participant", "author") if column in row
    }


async def test_people_have_other_names_in_each_export_and_in_the_database(
    house: House, busy: dict[str, Participant], monkeypatch: pytest.MonkeyPatch
) -> None:
    organiser = await agent(house, "organiser")
    one, other = [names(tables((await download(organiser, house)).content)) - {""} for _ in range(2)]
    assert not one & other
    kept = {row[0] for row in await house.pool.fetch("select pseudonym from participant")}
    forms = {text for value in kept for text in (value.hex(), value.hex()[:32], b64u(value), str(value))}
    assert not one & forms
    # The control: with one key for all exports, names are the same.
    monkeypatch.setattr(raw_export, "renamed", lambda: lambda pseudonym: pseudonym.hex()[:32])
    one, other = [names(tables((await download(organiser, house)).content)) - {""} for _ in range(2)]
    assert one == other
    assert one & forms


async def test_rows_are_in_another_order_each_time(house: House, busy: dict[str, Participant]) -> None:
    organiser = await agent(house, "organiser")
    orders = set()
    for _ in range(6):
        found = tables((await download(organiser, house)).content)
        orders.add(tuple(row["contribution"] for row in found["contributions"]))
    assert len(orders) > 1


async def test_taking_the_data_is_written_in_the_journal(house: House, busy: dict[str, Participant]) -> None:
    organiser = await agent(house, "organiser")
    await download(organiser, house)
    entries = await house.pool.fetch("select staff, act, consultation_id::text as of from audit_entry")
    assert [tuple(row) for row in entries] == [(organiser.pseudonym, "export_raw", house.consultation)]


async def test_another_consultation_is_not_in_it(house: House, busy: dict[str, Participant]) -> None:
    house.consultation, house.section, house.heading = new_id(), new_id(), new_id()
    await house.create()
    organiser = await agent(house, "organiser")
    found = tables((await download(organiser, house)).content)
    assert {name for name, rows in found.items() if rows} == {"sections"}


async def test_memory_does_not_grow_with_the_consultation(house: House) -> None:
    item = await house.opinion(await house.join())
    await house.pool.execute(
        "insert into vote (contribution_id, participant, choice, day) "
        "select $1, sha256(n::text::bytea), 1, current_date from generate_series(1, 20000) n", item,
    )  # fmt: skip
    parts = [len(part) async for part in raw_export.archive(house.pool, house.consultation, "", day_of(house.clock()))]
    assert max(parts) < sum(parts) / 10


async def test_a_download_that_is_given_up_leaves_room_for_the_next(house: House) -> None:
    given_up = raw_export.archive(house.pool, house.consultation, "", day_of(house.clock()))
    assert await anext(given_up)
    assert raw_export.busy()
    await given_up.aclose()  # type: ignore[attr-defined]  # what the server does when the browser goes away
    assert not raw_export.busy()
    assert house.pool.get_idle_size() == house.pool.get_size()


async def test_one_export_at_a_time(house: House) -> None:
    organiser = await agent(house, "organiser")
    async with raw_export._one_at_a_time:
        answer = await organiser.post(f"/backoffice/consultations/{house.consultation}/raw-export")
    assert answer.status_code == 503
    assert await house.pool.fetchval("select count(*) from audit_entry") == 0
