"""The frame of the back office, the journal of staff acts and the dashboard."""

import csv
import datetime
import io
import json

import pytest

from consultation_service.rules.acts import Act
from consultation_service.store import audit
from contracts.events import new_id
from tests.integration.consultation.house import OPEN, House
from tests.integration.consultation.staff import agent

pytestmark = pytest.mark.anyio
DAY = datetime.date(2026, 11, 20)


async def record(house: House, staff: str, act: Act, object_: str = "", day: datetime.date = DAY) -> None:
    async with house.pool.acquire() as connection:
        await audit.record(connection, staff, act, house.consultation, object_, day)


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


async def test_home_tells_what_waits_to_whoever_can_do_it(house: House) -> None:
    item = await house.opinion(await house.join())
    await house.pool.execute("update contribution set waits_since = $2 where id = $1", item, DAY)
    await house.pool.execute("update consultation set closes_on = '2026-11-25'")
    moderator, auditor = await agent(house, "moderator"), await agent(house, "auditor")
    page = (await moderator.get("/backoffice")).text
    assert "Contributions à modérer" in page
    assert "Dans 2 jours" in page
    assert "Créer une consultation" not in page
    assert "Contributions à modérer" not in (await auditor.get("/backoffice")).text
    assert "Créer une consultation" in (await (await agent(house, "organiser")).get("/backoffice")).text


async def test_the_menu_has_what_the_role_may_open_and_the_state_allows(house: House) -> None:
    path = f"/backoffice/consultations/{house.consultation}"
    shown = {}
    for role in ("organiser", "moderator", "analyst", "auditor", "data_protection_officer"):
        text = (await (await agent(house, role)).get(path)).text
        shown[role] = {
            page for page in ("dashboard", "moderation", "statements", "raw-export") if f'href="{path}/{page}"' in text
        }
    assert shown == {
        "organiser": {"dashboard", "moderation", "statements", "raw-export"}, "moderator": {"dashboard", "moderation"},
        "analyst": {"dashboard", "statements"}, "auditor": set(), "data_protection_officer": set(),
    }  # fmt: skip
    organiser = await agent(house, "organiser")
    assert f'href="{path}/restitution"' not in (await organiser.get(path)).text
    house.clock.day(2026, 12, 2)
    organiser = await agent(house, "organiser")
    assert f'href="{path}/restitution"' in (await organiser.get(path)).text


async def test_every_link_of_the_menu_leads_somewhere(house: House) -> None:
    organiser = await agent(house, "organiser")
    path = f"/backoffice/consultations/{house.consultation}"
    text = (await organiser.get(path)).text
    side = text[text.index('class="side"') : text.index("</nav>", text.index('class="side"'))]
    links = [part.partition('"')[0] for part in side.split('href="')[1:]]
    assert len(links) > 8
    for link in links:
        answer = await organiser.get(link)
        assert (answer.status_code, link) == (200, link)


async def test_the_language_changes_on_the_page_where_one_is(house: House) -> None:
    organiser = await agent(house, "organiser")
    for back, target in {
        "/backoffice/journal": "/backoffice/journal",
        "https://elsewhere.example/": "/backoffice",
        "/backoffice/\\elsewhere.example": "/backoffice",
        "//elsewhere.example": "/backoffice",
        "": "/backoffice",
    }.items():
        answer = await organiser.post("/backoffice/language", {"language": "en", "back": back})
        assert answer.headers["location"] == target
    organiser.cookie += "; cloison_language=en"
    assert "Sign out" in (await organiser.get("/backoffice")).text


async def test_a_journal_says_who_did_what_and_shortens_names(house: House) -> None:
    organiser, auditor = await agent(house, "organiser"), await agent(house, "auditor")
    await record(house, organiser.pseudonym, Act.ANSWER_OFFICIALLY, new_id())
    await record(house, auditor.pseudonym, Act.EXPORT_SETTINGS)
    page = (await organiser.get("/backoffice/journal")).text
    assert "Répondre officiellement" in page
    assert "<strong>vous</strong>" in page
    assert f">{auditor.pseudonym[:8]}</code>" in page
    assert (await auditor.get("/backoffice/journal")).status_code == 200
    assert (await (await agent(house, "analyst")).get("/backoffice/journal")).status_code == 403


async def test_filters_and_pages_of_the_journal(house: House) -> None:
    organiser = await agent(house, "organiser")
    for n in range(60):
        await record(house, organiser.pseudonym, Act.MODERATE, f"object-{n:02}", DAY + datetime.timedelta(n % 2))
    await record(house, "other", Act.ANNOUNCE)
    first = (await organiser.get("/backoffice/journal")).text
    assert "object-59" in first
    assert "object-05" not in first
    older = first.partition("before=")[2].partition('"')[0]
    assert "object-05" in (await organiser.get(f"/backoffice/journal?before={older}")).text
    for question, number in {
        "act=announce": 1, "act=moderate": 60, "staff=other": 1, "staff=nobody": 0, "last=2026-11-20": 31,
        f"consultation={house.consultation}": 61, f"consultation={new_id()}": 0, "first=2026-11-22": 0,
    }.items():  # fmt: skip
        rows = table((await organiser.get(f"/backoffice/journal.csv?{question}")).text)
        assert (question, len(rows) - 1) == (question, number)
    wrong = await organiser.get("/backoffice/journal?first=hier")
    assert wrong.status_code == 422
    assert 'id="error-first"' in wrong.text


async def test_the_journal_file_is_safe_for_spreadsheets(house: House) -> None:
    organiser = await agent(house, "organiser")
    await record(house, organiser.pseudonym, Act.MODERATE, "=cmd()")
    await house.pool.execute("update consultation set title = '=1+1'")
    answer = await organiser.get("/backoffice/journal.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert table(answer.text)[1][-2:] == ["'=1+1", "'=cmd()"]


async def people(house: House, number: int, day: datetime.date, **attributes: str) -> None:
    await house.pool.execute(
        "insert into participant (consultation_id, pseudonym, terms_version, joined_on, attributes) "
        "select $1, sha256(gen_random_uuid()::text::bytea), '1', $2, $4 from generate_series(1, $3)",
        house.consultation, day, number, json.dumps(attributes),
    )  # fmt: skip


async def test_the_dashboard_counts_and_says_the_same_in_its_files(house: House) -> None:
    organiser = await agent(house, "organiser")
    author = await house.join()
    item = await house.opinion(author, kind="proposal")
    await house.vote(author, item, "agree")
    await people(house, 12, OPEN)
    path = f"/backoffice/consultations/{house.consultation}/dashboard"
    page = await organiser.get(path)
    assert page.status_code == 200
    assert page.text.count('<svg role="img"') == page.text.count('<figure class="chart') > 3
    assert "<script" not in page.text
    assert " style=" not in page.text
    joined = {row[0]: row[2] for row in table((await organiser.get(f"{path}/tables/joined")).text)}
    assert (joined["2026-11-01"], joined["2026-11-02"], joined["2026-11-23"]) == ("12", "0", "1")
    assert table((await organiser.get(f"{path}/tables/sections")).text)[1:] == [["Idées", "1", "1"]]
    assert table((await organiser.get(f"{path}/tables/votes")).text)[1:] == [["Idées", "1"]]
    assert (await organiser.get(f"{path}/tables/nothing")).status_code == 404


async def test_the_delay_of_moderation_has_its_chart(house: House) -> None:
    organiser = await agent(house, "organiser")
    item = await house.opinion(await house.join())
    path = f"/backoffice/consultations/{house.consultation}/dashboard/tables/delays"
    assert (await organiser.get(path)).status_code == 404
    await house.pool.executemany(
        "insert into moderation_entry (contribution_id, number, kind, day, decision, staff) "
        "values ($1, $2, $3, $4, $5, 's')",
        [(item, 1, "reported", DAY, None), (item, 2, "decided", DAY + datetime.timedelta(2), "keep")],
    )
    assert ["En 2 à 3 jours", "1"] in table((await organiser.get(path)).text)


async def test_nobody_is_named_and_no_small_group_is_shown(house: House) -> None:
    organiser = await agent(house, "organiser")
    declared = [{"attribute": "department", "purpose": "Qui est touché"}, {"attribute": "age", "purpose": "Les âges"}]
    await house.pool.execute("update consultation set attributes = $1", json.dumps(declared))
    await people(house, 14, OPEN, department="35", age="25-34")
    await people(house, 11, OPEN, department="22")
    await people(house, 3, OPEN, department="75")
    await people(house, 9, OPEN)
    path = f"/backoffice/consultations/{house.consultation}/dashboard"
    found = table((await organiser.get(f"{path}/tables/region")).text)[1:]
    assert found == [["Bretagne", "25"], ["Non précisé, ou moins de 10", "12"]]
    assert table((await organiser.get(f"{path}/tables/age")).text)[1:][0] == ["25 à 34 ans", "14"]
    page = (await organiser.get(path)).text
    assert "Île-de-France" not in page
    for row in await house.pool.fetch("select pseudonym from participant"):
        assert row[0].hex() not in page


async def test_above_level_one_no_day_is_about_few_people(house: House) -> None:
    await house.pool.execute("update consultation set level = 2")
    for n, number in enumerate((4, 5, 3, 20, 2)):
        await people(house, number, OPEN + datetime.timedelta(n))
    await people(house, 50, datetime.date(2026, 11, 23))
    organiser = await agent(house, "organiser")
    path = f"/backoffice/consultations/{house.consultation}/dashboard/tables/joined"
    rows = table((await organiser.get(path)).text)[1:]
    assert rows == [["2026-11-01", "2026-11-03", "12"], ["2026-11-04", "2026-11-04", "20"]]
    await house.pool.execute("update consultation set level = 1")
    assert ["2026-11-01", "2026-11-01", "4"] in table((await organiser.get(path)).text)
