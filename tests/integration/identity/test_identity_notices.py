"""Notices, over a real database, a real bus and a real SMTP server: who is written to, what, and how it stops."""

import datetime
import re
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from consultation_service.recipients import seal
from contracts.events import ConsultationAnnounced, NoticeRequested, new_id
from contracts.tokens import b64u
from deploy.secrets import Secrets
from identity_service.clock import PARIS
from identity_service.notices import sending_time
from tests.harness import Bus, EnvironmentOf, free_port
from tests.integration.identity.people import (
    STATE,
    ConsultationSide,
    Running,
    announced,
    eventually,
    running,
    value,
)

pytestmark = pytest.mark.anyio
CAMILLE = "camille@courriel.example"
SUBJECT = "Du nouveau dans une consultation que vous suivez"


@pytest.fixture
async def identity(environment: EnvironmentOf) -> AsyncIterator[Running]:
    async with running(environment("identity")) as started:
        yield started


@pytest.fixture
def consultation(bus: Bus, secrets: Secrets) -> ConsultationSide:
    return ConsultationSide(bus, secrets)


class Postman:
    """What an SMTP server received."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - named by aiosmtpd
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


async def take_part(identity: Running, consultation: ConsultationSide, event: ConsultationAnnounced, email: str) -> str:
    """Sign up; returns the token that consultation_service is handed."""
    await consultation.say(event)
    pool = identity.context.pool
    await eventually(lambda: pool.fetchval("select true from consultation where id = $1", event.consultation))
    async with identity.browser() as browser:
        await identity.sign_in(browser, email)
        query = f"?consultation={event.consultation}&state={STATE}"
        await browser.post("/consent" + query, data={"accept": "yes", "terms_version": event.terms_version})
        assert "jeton" in (await browser.get("/participate" + query)).text
    account = await pool.fetchval("select account_id from consent where consultation_id = $1", event.consultation)
    return identity.context.pseudonyms.subject(event.consultation, account)


def notice(secrets: Secrets, subject: str, consultation: str, **changes: Any) -> NoticeRequested:
    key = load_pem_private_key(secrets.path("identity", "notice.pem").read_bytes(), None)
    assert isinstance(key, X25519PrivateKey)
    facts: dict[str, Any] = {
        "id": new_id(), "consultation": consultation, "recipient": b64u(seal(subject, consultation, key.public_key())),
        "reason": "news", "frequency": "immediate",
    } | changes  # fmt: skip
    return NoticeRequested(**facts)


async def news(identity: Running, count: int = 1) -> list[EmailMessage]:
    async def arrived() -> list[EmailMessage] | None:
        found = [mail for mail in identity.mails if mail["Subject"] == SUBJECT]
        return found if len(found) >= count else None

    found: list[EmailMessage] = await eventually(arrived)
    return found


async def settled(identity: Running, event: NoticeRequested) -> None:
    """The event was applied, whatever it did."""
    await eventually(lambda: identity.context.pool.fetchval("select true from inbox where event_id = $1", event.id))


async def test_the_mail_says_that_and_not_what(
    environment: EnvironmentOf, consultation: ConsultationSide, secrets: Secrets
) -> None:
    postman, port = Postman(), free_port()
    server = Controller(postman, hostname="127.0.0.1", port=port)
    server.start()
    try:
        smtp = {"IDENTITY_SMTP": f"smtp://127.0.0.1:{port}", "IDENTITY_MAIL_FROM": "avis@valbourg.example"}
        async with running({**environment("identity"), **smtp}) as identity:
            event = announced()
            await consultation.say(event)
            pool = identity.context.pool
            await eventually(lambda: pool.fetchval("select true from consultation where id = $1", event.consultation))
            async with identity.browser() as browser:
                await browser.post("/sign-in", data={"email": CAMILLE})
                await eventually(lambda: value(postman.mails))
                code = re.sub(r"\D", "", str(postman.mails[0]["Subject"]))
                assert (await browser.post("/sign-in/code", data={"code": code})).status_code == 303
                query = f"?consultation={event.consultation}&state={STATE}"
                await browser.post("/consent" + query, data={"accept": "yes", "terms_version": event.terms_version})
                await browser.get("/participate" + query)
            account = await pool.fetchval("select account_id from consent")
            subject = identity.context.pseudonyms.subject(event.consultation, account)
            await consultation.say(notice(secrets, subject, event.consultation))
            await eventually(lambda: value(len(postman.mails) == 2))
            mail = postman.mails[1]
            assert mail["Subject"] == SUBJECT
            assert mail["To"] == CAMILLE
            assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            link = re.fullmatch(r"<(http\S+/notices/unsubscribe/[A-Za-z0-9_-]+)>", str(mail["List-Unsubscribe"]))
            assert link
            body = mail.get_content()
            assert link.group(1) in body
            assert f"{identity.context.settings.consultation_origin}/consultations/{event.consultation}/news" in body
            assert subject not in mail.as_string()
            assert str(account) not in mail.as_string()
    finally:
        server.stop()


async def test_one_click_without_a_session_then_back(
    identity: Running, consultation: ConsultationSide, secrets: Secrets
) -> None:
    event = announced()
    subject = await take_part(identity, consultation, event, CAMILLE)
    await consultation.say(notice(secrets, subject, event.consultation))
    (mail,) = await news(identity)
    address = str(mail["List-Unsubscribe"]).strip("<>")
    pool = identity.context.pool
    # A program that follows links changes nothing; the server of a mail program has neither cookie nor origin.
    async with identity.browser(origin="", **{"sec-fetch-site": ""}) as robot:
        del robot.headers["origin"], robot.headers["sec-fetch-site"]
        assert (await robot.get(address)).status_code == 200
        assert await pool.fetchval("select count(*) from notice_refusal") == 0
        done = await robot.post(address, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200, "RFC 8058 section 3.1: no redirection"
        again = await robot.post(address, data={"List-Unsubscribe": "One-Click"})
        assert again.status_code == 200
        assert (await robot.post(address[:-2] + "AA")).status_code == 400
    late = notice(secrets, subject, event.consultation)
    await consultation.say(late)
    await settled(identity, late)
    assert len(await news(identity)) == 1
    async with identity.browser() as browser:
        await identity.sign_in(browser, CAMILLE)
        assert "choisi de ne pas recevoir" in (await browser.get("/my-data")).text
        assert '"notices": false' in (await browser.get("/my-data/download")).text
        form = {"consultation": event.consultation, "wanted": "yes"}
        assert (await browser.post("/my-data/notices", data=form)).status_code == 303
    await consultation.say(notice(secrets, subject, event.consultation))
    assert len(await news(identity, 2)) == 2


async def test_programs_choose_too(identity: Running, consultation: ConsultationSide, secrets: Secrets) -> None:
    event = announced()
    await take_part(identity, consultation, event, CAMILLE)
    async with identity.browser() as browser:
        asked = await browser.post("/v1/codes", json={"email": CAMILLE})
        await eventually(lambda: value(len(identity.mails) == 2))
        code = await identity.code(CAMILLE)
        opened = await browser.post("/v1/sessions", json={"attempt": asked.json()["attempt"], "code": code})
        bearer = {"authorization": f"Bearer {opened.json()['session']}"}
        path = f"/v1/consultations/{event.consultation}/notices"
        for wanted in (False, True):
            assert (await browser.put(path, json={"wanted": wanted}, headers=bearer)).status_code == 204
            data = (await browser.get("/v1/my-data", headers=bearer)).json()
            assert data["consultations"][0]["notices"] is wanted
        assert (await browser.put(path, json={"wanted": "no"}, headers=bearer)).status_code == 422
        assert (await browser.put(path, json={"wanted": False})).status_code == 401


async def test_nobody_else_is_written_to(identity: Running, consultation: ConsultationSide, secrets: Secrets) -> None:
    event, other = announced(), announced(slug="autre")
    subject = await take_part(identity, consultation, event, CAMILLE)
    await consultation.say(other)
    sealed_elsewhere = notice(secrets, subject, event.consultation)
    unheard = [
        notice(secrets, b64u(bytes(32)), event.consultation),
        notice(secrets, subject, other.consultation),
        NoticeRequested(
            id=new_id(), consultation=other.consultation, recipient=sealed_elsewhere.recipient, reason="news",
            frequency="immediate",
        ),
        notice(secrets, subject, event.consultation, recipient="A" * 107),
    ]  # fmt: skip
    await consultation.say(*unheard)
    for one in unheard:
        await settled(identity, one)
    assert await identity.context.pool.fetchval("select count(*) from mail") == 0
    # The control: the same person, rightly sealed.
    await consultation.say(sealed_elsewhere)
    assert len(await news(identity)) == 1


async def test_who_left_or_was_erased_gets_nothing(
    identity: Running, consultation: ConsultationSide, secrets: Secrets
) -> None:
    event = announced()
    subject = await take_part(identity, consultation, event, CAMILLE)
    async with identity.browser() as browser:
        await identity.sign_in(browser, CAMILLE)
        await browser.post("/my-data/withdraw", data={"consultation": event.consultation})
        left = notice(secrets, subject, event.consultation)
        await consultation.say(left)
        await settled(identity, left)
        await browser.post("/my-data/erase", data={"confirm": "yes"})
    erased = notice(secrets, subject, event.consultation)
    await consultation.say(erased)
    await settled(identity, erased)
    assert not [mail for mail in identity.mails if mail["Subject"] == SUBJECT]


async def test_a_repeated_request_is_one_mail(
    identity: Running, consultation: ConsultationSide, secrets: Secrets
) -> None:
    event = announced()
    subject = await take_part(identity, consultation, event, CAMILLE)
    asked = notice(secrets, subject, event.consultation)
    await consultation.say(asked, asked)
    last = notice(secrets, b64u(bytes(32)), event.consultation)
    await consultation.say(last)
    await settled(identity, last)
    assert len(await news(identity)) == 1


async def test_a_digest_waits_for_a_random_moment(
    identity: Running, consultation: ConsultationSide, secrets: Secrets
) -> None:
    event = announced()
    subject = await take_part(identity, consultation, event, CAMILLE)
    identity.hands.at = datetime.datetime(2026, 11, 24, 0, 5, tzinfo=PARIS)
    await consultation.say(notice(secrets, subject, event.consultation, frequency="daily"))
    pool = identity.context.pool
    at = await eventually(lambda: pool.fetchval("select next_try_at from mail where template = 'news'"))
    assert 8 <= at.astimezone(PARIS).hour < 19
    assert not [mail for mail in identity.mails if mail["Subject"] == SUBJECT]


@pytest.mark.parametrize(("hour", "first", "last"), [(0, 8, 19), (12, 12, 19), (18, 18, 20), (23, 23, 25)])
def test_the_moment_is_in_what_is_left_of_the_day(hour: int, first: int, last: int) -> None:
    now = datetime.datetime(2026, 11, 24, hour, tzinfo=PARIS)
    midnight = now.replace(hour=0)
    found = [sending_time(now, "weekly") for _ in range(50)]
    assert all(datetime.timedelta(hours=first) <= at - midnight <= datetime.timedelta(hours=last) for at in found)
    assert len(set(found)) > 1
    assert sending_time(now, "immediate") == now


async def test_the_consent_page_says_why_and_how_long(identity: Running, consultation: ConsultationSide) -> None:
    event = announced(purposes=("Recueillir des avis", "En publier la synthèse"), retention_days=365)
    silent = announced(slug="muette")
    await consultation.say(event, silent)
    pool = identity.context.pool
    await eventually(lambda: pool.fetchval("select count(*) = 2 from consultation"))
    async with identity.browser() as browser:
        await identity.sign_in(browser, CAMILLE)
        page = (await browser.get(f"/consent?consultation={event.consultation}&state={STATE}")).text
        assert all(purpose in page for purpose in event.purposes)
        assert "365 jours après la clôture" in page
        page = (await browser.get(f"/consent?consultation={silent.consultation}&state={STATE}")).text
        assert "Durée de conservation" not in page
