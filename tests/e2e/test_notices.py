"""From what somebody says to the mail of whoever follows it: two services and the bus between them."""

import re
from collections.abc import AsyncIterator

import pytest

from consultation_service.settings import Settings
from consultation_service.states import day_of
from consultation_service.store import notices
from deploy.secrets import Secrets
from tests.harness import EnvironmentOf
from tests.integration.consultation.house import Clock, House
from tests.integration.consultation.house import running as consultation_running
from tests.integration.identity.people import STATE, Running, eventually, value
from tests.integration.identity.people import running as identity_running

pytestmark = pytest.mark.anyio
CAMILLE = "camille@courriel.example"
SUBJECT = "Du nouveau dans une consultation que vous suivez"


@pytest.fixture
async def identity(environment: EnvironmentOf) -> AsyncIterator[Running]:
    async with identity_running(environment("identity")) as started:
        yield started


@pytest.fixture
async def house(environment: EnvironmentOf, secrets: Secrets) -> AsyncIterator[House]:
    settings = Settings.from_environment(environment("consultation"))
    async with consultation_running(settings, secrets, Clock()) as started:
        await started.create()
        yield started


async def sign_up(identity: Running, house: House, email: str) -> str:
    """Agree to take part, as the announcement that crossed the bus allows; returns the token."""
    pool = identity.context.pool
    await eventually(lambda: pool.fetchval("select true from consultation where id = $1", house.consultation))
    async with identity.browser() as browser:
        await identity.sign_in(browser, email)
        query = f"?consultation={house.consultation}&state={STATE}"
        agreed = await browser.post("/consent" + query, data={"accept": "yes", "terms_version": "1"})
        assert agreed.status_code == 303, agreed.text
        assert (await browser.get("/participate" + query)).status_code == 200
    account = await pool.fetchval("select account_id from consent")
    return identity.context.pseudonyms.subject(house.consultation, account)


async def test_whoever_follows_gets_a_mail_that_leads_to_the_news(identity: Running, house: House) -> None:
    camille = await house.join(await sign_up(identity, house, CAMILLE))
    await house.client.put(f"/v1/follows/{house.section}", headers=house.headers(camille))
    await house.opinion(await house.join(), title="Un banc à l’ombre")
    async with house.pool.acquire() as connection, connection.transaction():
        assert await notices.publish_round(connection, "immediate", day_of(house.clock())) == 0, "daily is what she has"
    await house.client.put(
        f"/v1/consultations/{house.consultation}/follows",
        json={"frequency": "immediate"},
        headers=house.headers(camille),
    )
    async with house.pool.acquire() as connection, connection.transaction():
        assert await notices.publish_round(connection, "immediate", day_of(house.clock())) == 1
    mail = await eventually(lambda: value(next((m for m in identity.mails if m["Subject"] == SUBJECT), None)))
    assert mail["To"] == CAMILLE
    body = mail.get_content()
    assert "banc" not in body
    link = re.search(r"http\S+/news", body)
    assert link
    page = await house.client.get(link.group(), headers=house.headers(camille))
    assert "Un banc à l’ombre" in page.text
