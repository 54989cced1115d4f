"""Taking part, leaving, erasing: the rows, the facts on the real bus, the proofs back, and the mails."""

import asyncio
import datetime
import itertools
import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from functools import partial
from typing import Any

import httpx
import msgspec
import pytest
from aiosmtpd.controller import Controller

from contracts import subjects, tokens
from contracts.events import (
    ConsultationAnnounced,
    ErasureDone,
    ErasureRequested,
    WithdrawalDone,
    WithdrawalRequested,
    encode,
    new_id,
)
from deploy.secrets import Secrets
from identity_service import removals
from identity_service.keys import _trusted
from tests.harness import Bus, EnvironmentOf, free_port
from tests.integration.identity.people import (
    ORIGIN,
    STATE,
    ConsultationSide,
    Running,
    announced,
    eventually,
    running,
    value,
)

pytestmark = pytest.mark.anyio
DAY = datetime.date(2026, 11, 23)


@pytest.fixture
async def identity(environment: EnvironmentOf) -> AsyncIterator[Running]:
    async with running(environment("identity")) as started:
        yield started


@pytest.fixture
def consultation(bus: Bus, secrets: Secrets) -> ConsultationSide:
    return ConsultationSide(bus, secrets)


async def known(identity: Running, side: ConsultationSide, *events: ConsultationAnnounced) -> None:
    await side.say(*events)
    await eventually(lambda: identity.context.pool.fetchval("select count(*) >= $1 from consultation", len(events)))


async def take_part(browser: httpx.AsyncClient, event: ConsultationAnnounced) -> str:
    """Agree, and return the token that the browser would post."""
    journey = f"consultation={event.consultation}&state={STATE}"
    assert (await browser.get(f"/participate?{journey}")).headers["location"] == f"/consent?{journey}"
    agreed = await browser.post(f"/consent?{journey}", data={"accept": "yes", "terms_version": event.terms_version})
    assert agreed.headers["location"] == f"/participate?{journey}"
    page = await browser.get(f"/participate?{journey}")
    found = re.search(r'name="token" value="([^"]+)"', page.text)
    assert found is not None
    assert "form-action http://localhost:8002 http://localhost:8000" in page.headers["content-security-policy"]
    return found.group(1)


async def test_journey_to_a_token(identity: Running, consultation: ConsultationSide, secrets: Secrets) -> None:
    event = announced()
    await known(identity, consultation, event)
    verifiers = _trusted(secrets.path("consultation", "trusted_token_keys"), "TRUSTED_EVENT_KEYS_FILE")
    async with identity.browser() as browser:
        journey = f"consultation={event.consultation}&state={STATE}"
        first = await browser.get(f"/participate?{journey}")
        assert first.headers["location"] == f"/sign-in?{journey}"
        await identity.sign_in(browser, "camille@courriel.example")
        unticked = await browser.post(f"/consent?{journey}", data={"terms_version": event.terms_version})
        assert (unticked.status_code, 'id="accept-error"' in unticked.text) == (422, True)
        stale = await browser.post(f"/consent?{journey}", data={"accept": "yes", "terms_version": "2025-01"})
        assert stale.status_code == 409
        text = await take_part(browser, event)
        now = identity.hands.at.timestamp()
        token = tokens.decode(text, verifiers, issuer=ORIGIN, now=now, state=STATE)
        assert (token.consultation, token.terms) == (event.consultation, event.terms_version)
        with pytest.raises(tokens.InvalidToken):
            tokens.decode(text, verifiers, issuer=ORIGIN, now=now, state=None)
        # New terms: the agreement is asked for again.
        changed = msgspec.structs.replace(event, id=new_id(), version=2, terms_version="2026-12")
        await consultation.say(changed)
        await eventually(lambda: identity.context.pool.fetchval("select terms_version = '2026-12' from consultation"))
        assert await take_part(browser, changed)


async def test_announcements_in_any_order_and_twice(identity: Running, consultation: ConsultationSide) -> None:
    first = announced()
    versions = [
        msgspec.structs.replace(first, id=new_id(), version=v, title=f"Titre {v}", terms_version=f"v{v}")
        for v in (1, 2, 3)
    ]
    pool = identity.context.pool
    for order in itertools.permutations(versions):
        fresh = new_id()
        again = [msgspec.structs.replace(event, id=new_id(), consultation=fresh) for event in (*order, order[0])]
        await consultation.say(*again)
        ids = [event.id for event in again]
        await eventually(partial(pool.fetchval, "select count(*) = 4 from inbox where event_id = any($1)", ids))
        assert await pool.fetchval("select title from consultation where id = $1", fresh) == "Titre 3"


async def test_withdrawal_end_to_end(identity: Running, consultation: ConsultationSide) -> None:
    event = announced()
    await known(identity, consultation, event)
    async with identity.browser() as browser:
        await identity.sign_in(browser, "camille@courriel.example")
        await take_part(browser, event)
        assert (await browser.get(f"/my-data/withdraw?consultation={event.consultation}")).status_code == 200
        done = await browser.post("/my-data/withdraw", data={"consultation": event.consultation})
        assert done.status_code == 303
        (message,) = await consultation.hear(1)
        asked = msgspec.json.decode(message.data, type=WithdrawalRequested)
        assert message.subject == subjects.WITHDRAWAL_REQUESTED
        assert b"camille" not in message.data
        assert "En attente" in (await browser.get("/my-data")).text
        proof = WithdrawalDone(
            id=new_id(), consultation=event.consultation, request=asked.id, contributions=2, votes=1, day=DAY
        )
        await consultation.say(proof, msgspec.structs.replace(proof, id=new_id(), votes=99))
        await eventually(lambda: identity.context.pool.fetchval("select done_on from removal"))
        page = (await browser.get("/my-data")).text
        assert "2 contributions retirées" in page
        assert "1 vote retiré" in page
        mail = await eventually(lambda: value([m for m in identity.mails if "quitté" in m["Subject"]]))
        assert asked.id in mail[0].get_content()
        assert (await browser.post("/my-data/withdraw", data={"consultation": event.consultation})).status_code == 404


async def test_erasure_end_to_end(identity: Running, consultation: ConsultationSide) -> None:
    events = [announced(), announced(consultation=new_id(), title="Le budget participatif")]
    await known(identity, consultation, *events)
    pool = identity.context.pool
    async with identity.browser() as browser:
        await identity.sign_in(browser, "camille@courriel.example")
        for event in events:
            await take_part(browser, event)
        assert (await browser.post("/my-data/erase", data={"confirm": ""})).status_code == 422
        done = await browser.post("/my-data/erase?lang=en", data={"confirm": "yes"})
        receipt = done.headers["location"]
        assert receipt.startswith("/erasure/")
        for table in ("account", "session", "consent", "sign_in"):
            assert await pool.fetchval(f"select count(*) from {table}") == 0, table
        messages = await consultation.hear(2)
        asked = [msgspec.json.decode(message.data, type=ErasureRequested) for message in messages]
        assert {a.consultation for a in asked} == {e.consultation for e in events}
        assert len({a.subject for a in asked}) == 2
        await eventually(lambda: pool.fetchval("select count(*) = 0 from outbox"))
        for number, request in enumerate(asked):
            assert await pool.fetchval("select address is not null from erasure"), "kept until the last proof"
            await consultation.say(
                ErasureDone(
                    id=new_id(),
                    consultation=request.consultation,
                    request=request.id,
                    contributions=3,
                    votes=4,
                    day=DAY,
                )
            )
            proved = "select count(*) > $1 from removal where done_on is not null"
            await eventually(partial(pool.fetchval, proved, number))
        assert await pool.fetchval("select address is null and done_on is not null from erasure")
        mail = await eventually(lambda: value([m for m in identity.mails if m["Subject"] == "Everything is erased"]))
        assert "Contributions removed: 6" in mail[0].get_content()
        await eventually(lambda: pool.fetchval("select count(*) = 0 from mail"))
        assert "Everything has been erased" in (await browser.get(receipt)).text
        identity.hands.move(days=31)
        await _sweep(identity)
        assert (await browser.get(receipt)).status_code == 404


async def test_leaving_and_erasing_at_once(identity: Running, consultation: ConsultationSide) -> None:
    event = announced()
    await known(identity, consultation, event)
    for turn in range(5):
        async with identity.browser() as browser:
            await identity.sign_in(browser, f"camille{turn}@courriel.example")
            await take_part(browser, event)
            answers = await asyncio.gather(
                browser.post("/my-data/withdraw", data={"consultation": event.consultation}),
                browser.post("/my-data/erase", data={"confirm": "yes"}),
                browser.post("/my-data/erase", data={"confirm": "yes"}),
            )
            assert {answer.status_code for answer in answers} == {303}
    # Whichever came first, the consultation was asked once to erase each person: after a withdrawal too, as a token
    # from before it may have let them in again.
    of_erasures = "select count(*) from removal where erasure_id is not null and kind = 'erasure'"
    assert await identity.context.pool.fetchval(of_erasures) == 5
    assert await identity.context.pool.fetchval("select count(*) from account") == 0


async def test_an_address_waits_seven_days_at_most(identity: Running, consultation: ConsultationSide) -> None:
    event = announced()
    await known(identity, consultation, event)
    async with identity.browser() as browser:
        await identity.sign_in(browser, "camille@courriel.example")
        await take_part(browser, event)
        await browser.post("/my-data/erase", data={"confirm": "yes"})
    identity.hands.move(days=7)
    await _sweep(identity)
    assert await identity.context.pool.fetchval("select address is not null from erasure")
    identity.hands.move(days=1)
    await _sweep(identity)
    assert await identity.context.pool.fetchval("select address is null from erasure")


async def _sweep(identity: Running) -> None:
    await removals.forget_old(identity.context.pool, identity.context.clock.today())


async def test_poison_is_set_aside(identity: Running, consultation: ConsultationSide) -> None:
    event = announced()
    good, announced_on = encode(event), subjects.CONSULTATION_ANNOUNCED
    await consultation.say_raw((announced_on, new_id(), b"{"))
    await consultation.say_raw((announced_on, new_id(), good.replace(b'"version":1', b'"version":1,"extra":1')))
    await consultation.say_raw((subjects.ERASURE_DONE, event.id, good))
    await consultation.say_raw((announced_on, new_id(), good))
    await consultation.say_raw(
        (announced_on, event.id, good), headers={"Cloison-Key": "0" * 16, "Nats-Msg-Id": new_id()}
    )
    await consultation.say_raw(
        (announced_on, event.id, good), headers={"Cloison-Signature": "AA==", "Nats-Msg-Id": new_id()}
    )
    pool = identity.context.pool
    await eventually(lambda: pool.fetchval("select count(*) = 6 from dead_letter"))
    reasons = [row["reason"] for row in await pool.fetch("select reason from dead_letter order by sequence")]
    assert reasons == ["body", "body", "subject", "id", "key", "signature"]
    assert await pool.fetchval("select count(*) = 0 from consultation")
    # Control: the same fact, untouched, is applied.
    await known(identity, consultation, msgspec.structs.replace(event, id=new_id()))


async def test_requests_are_accepted_while_the_bus_is_away(
    environment: EnvironmentOf, consultation: ConsultationSide
) -> None:
    event = announced()
    settings = environment("identity")
    async with running(settings) as identity:
        await known(identity, consultation, event)
    async with running({**settings, "IDENTITY_NATS": f"nats://127.0.0.1:{free_port()}"}) as identity:
        async with identity.browser() as browser:
            await identity.sign_in(browser, "camille@courriel.example")
            await take_part(browser, event)
            assert (await browser.post("/my-data/erase", data={"confirm": "yes"})).status_code == 303
            assert (await browser.get("/readyz")).status_code == 503
        assert await identity.context.pool.fetchval("select count(*) = 1 from outbox")
    async with running(settings) as identity, identity.browser() as browser:
        await consultation.hear(1)
        await eventually(lambda: identity.context.pool.fetchval("select count(*) = 0 from outbox"))
        assert (await browser.get("/readyz")).status_code == 200


def with_smtp(environment: EnvironmentOf, port: int) -> dict[str, str]:
    smtp = {"IDENTITY_SMTP": f"smtp://127.0.0.1:{port}", "IDENTITY_MAIL_FROM": "cloison@mairie.example"}
    return {**environment("identity"), **smtp}


class Inbox:
    """What an SMTP server took."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        message: Any = BytesParser(policy=default).parsebytes(envelope.content)
        self.mails.append(message)
        self.recipients += envelope.rcpt_tos
        return "250 taken"


async def test_mail_waits_for_a_server_that_is_down(
    environment: EnvironmentOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, inbox = free_port(), Inbox()
    monkeypatch.setattr("identity_service.mail.CODE_RETRY_SECONDS", (0.1,) * 100)
    async with (
        running(with_smtp(environment, port)) as identity,
        identity.browser() as browser,
    ):
        assert (await browser.get("/mailbox")).status_code == 404
        assert (await browser.post("/sign-in", data={"email": "camille@courriel.example"})).status_code == 303
        await asyncio.sleep(0.3)
        server = Controller(inbox, hostname="127.0.0.1", port=port)
        server.start()
        try:
            await eventually(lambda: value(inbox.mails))
            mail = inbox.mails[0]
            assert mail["To"] == "camille@courriel.example"
            code = mail["Subject"].rpartition(": ")[2]
            assert (await browser.post("/sign-in/code", data={"code": code})).status_code == 303
            server.stop()
            await browser.post("/my-data/erase", data={"confirm": "yes"})
            pool = identity.context.pool
            await eventually(lambda: pool.fetchval("select tries > 0 from mail"))
            assert await pool.fetchval("select position('camille' in encode(address, 'escape')) = 0 from mail")
            server = Controller(inbox, hostname="127.0.0.1", port=port)
            server.start()
            identity.hands.move(minutes=10)
            await eventually(lambda: value(len(inbox.mails) == 2))
            assert inbox.mails[1]["Subject"] == "Tout est effacé"
            await eventually(lambda: pool.fetchval("select count(*) = 0 from mail"))
        finally:
            server.stop()


@pytest.mark.parametrize("email", ["hélène@courriel.example", "camille@bücher.example"])
async def test_addresses_in_other_alphabets_get_mail(environment: EnvironmentOf, email: str) -> None:
    inbox = Inbox()
    server = Controller(inbox, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        async with (
            running(with_smtp(environment, server.port)) as identity,
            identity.browser() as browser,
        ):
            await browser.post("/sign-in", data={"email": email})
            await eventually(lambda: value(inbox.recipients))
            assert inbox.recipients == [email.replace("bücher", "xn--bcher-kva")]
    finally:
        server.stop()


async def test_nothing_personal_in_the_logs(identity: Running, capfd: pytest.CaptureFixture[str]) -> None:
    async with identity.browser(**{"x-forwarded-for": "203.0.113.77", "user-agent": "marked-agent"}) as browser:
        await identity.sign_in(browser, "marked.address@courriel.example")
        await browser.post("/my-data/erase", data={"confirm": "yes"})
    logged = capfd.readouterr().out
    assert "/sign-in/code" in logged
    assert not re.search(r"marked|203\.0\.113|127\.0\.0\.1:[^8]", logged)


async def test_erasure_reaches_consultations_that_were_left(identity: Running, consultation: ConsultationSide) -> None:
    """A token issued just before a withdrawal can be used just after: erasing must then remove what it said."""
    event = announced()
    await known(identity, consultation, event)
    async with identity.browser() as browser:
        await identity.sign_in(browser, "camille@courriel.example")
        await take_part(browser, event)
        await browser.post("/my-data/withdraw", data={"consultation": event.consultation})
        pool = identity.context.pool
        await pool.execute("update removal set contributions = 0, votes = 0, done_on = $1", datetime.date(2026, 1, 1))
        await removals.forget_old(pool, identity.context.clock.today())
        erased = await browser.post("/my-data/erase", data={"confirm": "yes"})
        assert erased.headers["location"].startswith("/erasure/")
        asked = await pool.fetch("select kind, consultation_id::text as consultation from removal")
    assert [(row["kind"], row["consultation"]) for row in asked] == [("erasure", event.consultation)]


async def test_a_signed_fact_that_cannot_be_stored_is_set_aside(
    identity: Running, consultation: ConsultationSide
) -> None:
    await consultation.say(announced(title="NUL \0"), announced(version=2**40))
    pool = identity.context.pool
    await eventually(lambda: pool.fetchval("select count(*) = 2 from dead_letter where reason = 'unstorable'"))
    good = announced()
    await known(identity, consultation, good)
