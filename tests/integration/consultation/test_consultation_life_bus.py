"""The life of a consultation over the real bus and the real pages: drafts stay inside, doors open and close in time."""

import pytest

from consultation_service.states import day_of
from consultation_service.store import articles, configuration, consultations, life, republication, sections
from consultation_service.structure import OfficialText, SectionSettings
from contracts.events import (
    ConsultationAnnounced,
    Event,
    PublicConsultation,
    PublicContribution,
    PublicTally,
    new_id,
)
from contracts.tokens import b64u
from tests.harness import Bus
from tests.integration.consultation.drafts import OPENS, PRESENTATION, TODAY, write_draft
from tests.integration.consultation.house import House
from tests.integration.consultation.test_consultation_bus import drained, heard, until

pytestmark = pytest.mark.anyio


async def write_everything(house: House) -> str:
    """A draft on which everything that the back office does was done, once more and by hand."""
    async with house.pool.acquire() as connection, connection.transaction():
        draft = (await write_draft(connection)).id
        section = await sections.add(connection, draft, SectionSettings(title="Encore", kind="articles"), None, TODAY)
        (text,) = await articles.add(connection, draft, section, [OfficialText(number="1", body="Un")], TODAY)
        await articles.save(connection, draft, text, OfficialText(number="1", body="Deux"), TODAY)
        await configuration.save_presentation(connection, draft, PRESENTATION, TODAY)
        await consultations.touched(connection, draft, TODAY)
        await connection.execute("insert into tally_due values ($1)", text)
    await consultations.publish_changes_of_state(house.pool, OPENS)
    await republication.republish(house.pool, TODAY)
    await republication.publish_whole(house.pool, draft, TODAY)
    await until(lambda: drained(house))
    return draft


def about(events: list[Event], consultation: str) -> set[type]:
    return {type(event) for event in events if getattr(event, "consultation", None) == consultation}


async def test_no_draft_crosses_the_bus(house: House, bus: Bus) -> None:
    draft = await write_everything(house)
    public = await heard(bus, house, "gateway", "PUBLIC")
    assert about(public, house.consultation) == {PublicConsultation}
    assert about(public, draft) == set()
    assert about(await heard(bus, house, "identity", "CONSULTATION"), draft) == set()
    async with house.pool.acquire() as connection, connection.transaction():
        await life.announce(connection, draft, TODAY)
    await until(lambda: drained(house))
    public = await heard(bus, house, "gateway", "PUBLIC")
    assert {PublicConsultation, PublicContribution} <= about(public, draft)
    assert len({event.contribution for event in public if isinstance(event, PublicContribution)}) == 5
    assert about(await heard(bus, house, "identity", "CONSULTATION"), draft) == {ConsultationAnnounced}


async def test_control_a_draft_published_by_hand_is_seen_on_the_bus(house: House, bus: Bus) -> None:
    """Were drafts not told from the rest, the test above would find them."""
    async with house.pool.acquire() as connection:
        draft = (await write_draft(connection)).id
        await connection.execute("update consultation set announced = true where id = $1", draft)
    await republication.publish_whole(house.pool, draft, TODAY)
    item = await house.pool.fetchval("select id from contribution where consultation_id = $1 limit 1", draft)
    await house.pool.execute("insert into tally_due values ($1)", item)
    await until(lambda: drained(house))
    public = await heard(bus, house, "gateway", "PUBLIC")
    assert about(public, draft) == {PublicConsultation, PublicContribution, PublicTally}
    assert about(await heard(bus, house, "identity", "CONSULTATION"), draft) == {ConsultationAnnounced}


async def test_nobody_finds_a_draft(house: House) -> None:
    async with house.pool.acquire() as connection:
        house.consultation = (await write_draft(connection)).id
    answer = await house.client.get("/participate", params={"consultation": house.consultation, "return": "/"})
    assert answer.status_code == 404
    subject = b64u(new_id().encode()[:32])
    headers = {"Authorization": f"Bearer {house.token(subject)}"}
    answer = await house.client.get(f"/v1/consultations/{house.consultation}/participation", headers=headers)
    assert answer.status_code == 409
    assert answer.json()["code"] == "state_refused"


async def test_people_sign_up_while_it_is_open_and_come_back_afterwards(house: House) -> None:
    before, during = (b64u(new_id().encode()[:32]) for _ in range(2))
    house.clock.day(2026, 10, 31)
    assert (await arrive(house, before)) == (409, "not_open_yet")
    house.clock.day(2026, 12, 1)
    assert (await arrive(house, during))[0] == 200
    house.clock.day(2026, 12, 2)
    assert (await arrive(house, during))[0] == 200
    assert (await arrive(house, before)) == (409, "closed")


async def arrive(house: House, subject: str) -> tuple[int, str]:
    """As an application with a fresh access token."""
    headers = {"Authorization": f"Bearer {house.token(subject)}"}
    answer = await house.client.get(f"/v1/consultations/{house.consultation}/participation", headers=headers)
    return answer.status_code, answer.json().get("code", "")


async def test_an_early_closing_stops_everybody_at_once(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who)
    today = day_of(house.clock())
    async with house.pool.acquire() as connection, connection.transaction():
        await life.close_early(connection, house.consultation, "Le projet est retiré.", today)
    assert (await house.vote(who, item, "agree")).json()["code"] == "closed"
    assert (await house.write(who)).json()["code"] == "closed"
