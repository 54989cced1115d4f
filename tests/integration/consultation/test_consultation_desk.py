"""The way into the back office, and what every route checks."""

import asyncio

import pytest

from consultation_service.backoffice.sessions import HOURS
from consultation_service.store import staff
from contracts import tokens
from contracts.events import StaffChanged, new_id
from tests.harness import Bus
from tests.integration.consultation.house import House
from tests.integration.consultation.staff import agent, arrive, staff_token

pytestmark = pytest.mark.anyio
SOMEBODY = tokens.b64u(b"s" * 32)


async def test_staff_come_in_through_identity_and_leave(house: House) -> None:
    organiser = await agent(house, "organiser")
    assert (await organiser.get("/backoffice")).status_code == 200
    english = await organiser.post("/backoffice/language", {"language": "en"})
    assert "cloison_language=en" in english.headers["set-cookie"]
    left = await organiser.post("/backoffice/leave")
    assert 'cloison_staff=""' in left.headers["set-cookie"]
    assert (await organiser.get("/backoffice")).status_code == 303, "a cookie that was copied opens nothing any more"


async def test_nobody_else_comes_in(house: House) -> None:
    participant = await house.join()
    for cookie in ("", participant.cookie, "cloison_staff=forged", participant.cookie.replace("session_", "staff_")):
        answer = await house.client.get("/backoffice", headers={"Cookie": cookie})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(house.settings.identity_origin + "/staff?")


async def test_a_token_is_for_the_browser_that_asked(house: House) -> None:
    stolen = staff_token(house, SOMEBODY, "another state", ("organiser",))
    answer = await arrive(house, lambda state: stolen)
    assert answer.status_code == 401
    assert "cloison_staff=" not in str(answer.headers)
    late = await house.client.post("/backoffice/session", data={"token": stolen, "state": "another state"})
    assert late.status_code == 400


async def test_a_session_ends_with_the_day_of_work(house: House) -> None:
    organiser = await agent(house, "organiser")
    house.clock.now += (HOURS + 1) * 3600
    assert (await organiser.get("/backoffice")).status_code == 303


async def test_who_is_removed_is_out_at_once_and_old_tokens_do_not_bring_them_back(house: House, bus: Bus) -> None:
    organiser = await agent(house, "organiser")
    removed = StaffChanged(id=new_id(), staff=organiser.pseudonym, version=2, roles=())
    subject, body, headers = house.sealed_by_identity(removed)
    connection = await bus.connect("identity")
    await connection.jetstream().publish(subject, body, headers=headers)
    await connection.close()

    async def out() -> bool:
        return (await organiser.get("/backoffice")).status_code == 303

    async with asyncio.timeout(20):
        while not await out():
            await asyncio.sleep(0.05)
    await arrive(house, lambda state: staff_token(house, organiser.pseudonym, state, ("organiser",), version=1))
    assert await out()


async def test_roles_are_those_of_this_moment(house: House) -> None:
    auditor = await agent(house, "auditor")
    assert (await auditor.get("/backoffice")).status_code == 200
    await staff.know(house.pool, auditor.pseudonym, 5, ("data_protection_officer",))
    assert (await staff.known(house.pool, auditor.pseudonym)) == staff.Known(5, ("data_protection_officer",), 1)
    await staff.know(house.pool, auditor.pseudonym, 4, ("organiser",))
    assert (await staff.known(house.pool, auditor.pseudonym)) == staff.Known(5, ("data_protection_officer",), 1)


async def test_forms_come_from_pages_of_this_service(house: House) -> None:
    organiser = await agent(house, "organiser")
    assert isinstance(organiser.cookie, str)
    for origin in ("", "null", house.settings.gateway_origin, "https://elsewhere.example"):
        for path in ("/backoffice/consultations/new", "/backoffice/leave"):
            answer = await organiser.post(path, {"title": "Une consultation"}, headers={"Origin": origin})
            assert (answer.status_code, "set-cookie" in answer.headers) == (403, False), (path, origin)
    assert (await organiser.post("/backoffice/consultations/new", {"title": "Une consultation"})).status_code != 403
