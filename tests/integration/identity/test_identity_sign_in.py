"""Signing in, as a browser and as a program, over a real database."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from identity_service.store import accounts as accounts_store
from identity_service.store import sign_ins
from identity_service.store.database import Connection
from tests.harness import EnvironmentOf
from tests.integration.identity.people import ORIGIN, Running, eventually, running, value

pytestmark = pytest.mark.anyio


@pytest.fixture
async def identity(environment: EnvironmentOf) -> AsyncIterator[Running]:
    async with running(environment("identity")) as started:
        yield started


async def accounts(identity: Running) -> int:
    return int(await identity.context.pool.fetchval("select count(*) from account"))


async def test_first_and_second_visit(identity: Running) -> None:
    async with identity.browser() as browser:
        await identity.sign_in(browser, "Camille.Martin@courriel.example")
        page = await browser.get("/my-data")
        assert "Camille.Martin@courriel.example" in page.text
    async with identity.browser() as again:
        await again.post("/sign-in", data={"email": "camille.martin+vote@COURRIEL.example"})
        # The code of a known mailbox goes to the address it signed up with, whatever spelling is typed later.
        await eventually(lambda: value(len(identity.mails) == 2))
        assert identity.mails[0]["To"] == "Camille.Martin@courriel.example"
    assert await accounts(identity) == 1


async def test_stored_neither_readable_nor_guessable(identity: Running) -> None:
    async with identity.browser() as browser:
        await browser.post("/sign-in", data={"email": "camille@courriel.example"})
        code = await identity.code("camille@courriel.example")
        row = await identity.context.pool.fetchrow("select * from sign_in")
        assert row is not None
        everything = b"".join(v if isinstance(v, bytes) else str(v).encode() for v in row.values())
        assert b"camille" not in everything
        assert code.encode() not in everything


async def test_spaces_in_the_code(identity: Running) -> None:
    async with identity.browser() as browser:
        await browser.post("/sign-in", data={"email": "camille@courriel.example"})
        code = await identity.code("camille@courriel.example")
        assert (await browser.post("/sign-in/code", data={"code": f" {code[:4]} {code[4:]} "})).status_code == 303


async def test_five_wrong_codes_then_the_right_one(identity: Running) -> None:
    async with identity.browser() as browser:
        await browser.post("/sign-in", data={"email": "camille@courriel.example"})
        code = await identity.code("camille@courriel.example")
        wrong = f"{(int(code) + 1) % 10**8:08}"
        answers = [await browser.post("/sign-in/code", data={"code": wrong}) for _ in range(5)]
        assert [a.status_code for a in answers] == [422] * 5
        assert "Il vous reste 4 essais" in answers[0].text
        assert "Il vous reste un essai" in answers[3].text
        late = await browser.post("/sign-in/code", data={"code": code})
        assert late.status_code == 422
        assert "n’est plus valable" in late.text
    assert await accounts(identity) == 0


async def test_malformed_code_costs_no_try(identity: Running) -> None:
    async with identity.browser() as browser:
        await browser.post("/sign-in", data={"email": "camille@courriel.example"})
        for _ in range(7):
            assert (await browser.post("/sign-in/code", data={"code": "12"})).status_code == 422
        code = await identity.code("camille@courriel.example")
        assert (await browser.post("/sign-in/code", data={"code": code})).status_code == 303


async def test_expired(identity: Running) -> None:
    async with identity.browser() as browser:
        await browser.post("/sign-in", data={"email": "camille@courriel.example"})
        code = await identity.code("camille@courriel.example")
        identity.hands.move(minutes=15, seconds=1)
        late = await browser.post("/sign-in/code", data={"code": code})
        assert late.status_code == 422
        assert "n’est plus valable" in late.text


async def test_a_second_code_replaces_the_first(identity: Running) -> None:
    async with identity.browser() as one, identity.browser() as two:
        await one.post("/sign-in", data={"email": "camille@courriel.example"})
        first = await identity.code("camille@courriel.example")
        await two.post("/sign-in", data={"email": "camille@courriel.example"})
        await eventually(lambda: value(len(identity.mails) == 2))
        second = await identity.code("camille@courriel.example")
        assert (await one.post("/sign-in/code", data={"code": first})).status_code == 422
        # The right code in another browser than the one that asked is of no use.
        assert (await one.post("/sign-in/code", data={"code": second})).status_code == 422
        assert (await two.post("/sign-in/code", data={"code": second})).status_code == 303


async def test_a_code_works_once(identity: Running) -> None:
    async with identity.browser() as browser:
        await browser.post("/sign-in", data={"email": "camille@courriel.example"})
        cookies = dict(browser.cookies)
        code = await identity.code("camille@courriel.example")
        assert (await browser.post("/sign-in/code", data={"code": code})).status_code == 303
        browser.cookies.clear()
        browser.cookies.update(cookies)
        assert (await browser.post("/sign-in/code", data={"code": code})).status_code == 422


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement with parameters that the service runs, in order."""
    seen: list[str] = []
    connection: Any = asyncpg.Connection
    execute = connection._execute

    async def recorded(self: Any, query: str, *rest: Any, **options: Any) -> Any:
        seen.append(query)
        return await execute(self, query, *rest, **options)

    monkeypatch.setattr(connection, "_execute", recorded)
    return seen


async def transcript(identity: Running, statements: list[str], email: str) -> tuple[Any, ...]:
    """All that the two first steps show and do for ``email``, the address itself and the random cookie aside."""
    statements.clear()
    async with identity.browser() as browser:
        answer = await browser.post("/sign-in", data={"email": email})
        # The background tasks look at their queues at their own pace.
        done = [s for s in statements if not any(table in s for table in ("mail", "outbox", "relay", "forget"))]
        code = await browser.get("/sign-in/code")
        names = sorted(name for name in answer.headers if name != "set-cookie")
        return answer.status_code, answer.text, names, set(browser.cookies), code.text.replace(email, ""), done


async def test_known_and_unknown_cannot_be_told_apart(identity: Running, statements: list[str]) -> None:
    async with identity.browser() as browser:
        await identity.sign_in(browser, "known@courriel.example")
    known = await transcript(identity, statements, "known@courriel.example")
    unknown = await transcript(identity, statements, "unknown@courriel.example")
    assert known == unknown
    assert any("begin_sign_in" in statement for statement in known[-1])


async def test_one_more_statement_would_be_seen(
    identity: Running, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: a look-up that only known addresses cost makes the two transcripts differ."""
    async with identity.browser() as browser:
        await identity.sign_in(browser, "known@courriel.example")
    begin = sign_ins.begin

    async def talkative(connection: Connection, **values: Any) -> Any:
        row = await begin(connection, **values)
        if row["account"] is not None:
            await accounts_store.read(connection, row["account"])
        return row

    monkeypatch.setattr(sign_ins, "begin", talkative)
    known = await transcript(identity, statements, "known@courriel.example")
    assert known != await transcript(identity, statements, "unknown@courriel.example")


async def test_refused_addresses_keep_the_form(identity: Running) -> None:
    async with identity.browser() as browser:
        for email in (
            "camille",
            "camille@",
            "a@b@c.example",
            "cаmille@courriel.example",
            "ｃamille@courriel.example",
            "",
        ):
            answer = await browser.post("/sign-in", data={"email": email})
            assert answer.status_code == 422
            assert 'id="email-error"' in answer.text
            assert 'aria-invalid="true"' in answer.text
    assert identity.mails == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://ailleurs.example", "sec-fetch-site": "cross-site"},
        {"origin": "https://ailleurs.example"},
        {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "null"},
        {},
    ],
)
async def test_forged_requests_are_refused(identity: Running, headers: dict[str, str]) -> None:
    async with identity.browser() as browser:
        await identity.sign_in(browser, "camille@courriel.example")
        forged = httpx.Headers({"accept": "text/html", **headers})
        browser.headers = forged
        for path in ("/sign-in", "/sign-in/code", "/consent", "/my-data/withdraw", "/my-data/erase", "/sign-out"):
            answer = await browser.post(path, data={"confirm": "yes", "email": "x@courriel.example"})
            assert answer.status_code == 403, path
        assert await accounts(identity) == 1
        # Control: the same request from our own page is accepted.
        browser.headers = httpx.Headers({"accept": "text/html", "origin": "null", "sec-fetch-site": "same-origin"})
        assert (await browser.post("/my-data/erase", data={"confirm": "yes"})).status_code == 303
        assert await accounts(identity) == 0


async def test_the_origin_check_is_what_refuses(identity: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: without the check, a foreign page erases the account."""
    monkeypatch.setattr("identity_service.origins.require_own_origin", lambda *_: None)
    async with identity.browser(origin="https://ailleurs.example", **{"sec-fetch-site": "cross-site"}) as browser:
        await identity.sign_in(browser, "camille@courriel.example")
        assert (await browser.post("/my-data/erase", data={"confirm": "yes"})).status_code == 303
    assert await accounts(identity) == 0


async def test_too_many_codes(identity: Running) -> None:
    async with identity.browser() as browser:
        statuses = [
            (await browser.post("/sign-in", data={"email": "camille@courriel.example"})).status_code for _ in range(7)
        ]
        assert statuses == [303] * 6 + [429]


async def test_headers_cookies_and_languages(identity: Running) -> None:
    async with identity.browser() as browser:
        page = await browser.get("/sign-in?lang=en")
        assert '<html lang="en">' in page.text
        assert "Get a code" in page.text
        assert page.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
        asked = await browser.post("/sign-in", data={"email": "camille@courriel.example"})
        assert "httponly" in asked.headers["set-cookie"].lower()
        assert "samesite=lax" in asked.headers["set-cookie"].lower()
        assert (await browser.get("/nowhere")).status_code == 404
        assert "Introuvable" in (await browser.get("/nowhere")).text


async def test_oversized_form(identity: Running) -> None:
    async with identity.browser() as browser:
        answer = await browser.post("/sign-in", data={"email": "a" * 70_000})
        assert answer.status_code == 413


async def test_mailbox_only_from_this_machine(identity: Running) -> None:
    async with identity.browser() as browser:
        assert (await browser.get("/mailbox")).status_code == 200
        for forged in ({"host": "rebound.example"}, {"x-forwarded-for": "203.0.113.7"}):
            assert (await browser.get("/mailbox", headers=forged)).status_code == 404


async def test_api_journey(identity: Running) -> None:
    async with httpx.AsyncClient(transport=_transport(identity), base_url=ORIGIN) as program:
        attempt = (await program.post("/v1/codes", json={"email": "camille@courriel.example"})).json()["attempt"]
        code = await identity.code("camille@courriel.example")
        wrong = await program.post("/v1/sessions", json={"attempt": attempt, "code": "12"})
        assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (422, "code_malformed", "code")
        opened = await program.post("/v1/sessions", json={"attempt": attempt, "code": code})
        assert opened.status_code == 201
        assert (await program.get("/v1/my-data")).status_code == 401
        program.headers["authorization"] = f"Bearer {opened.json()['session']}"
        assert (await program.get("/v1/my-data")).json()["address"] == "camille@courriel.example"
        assert (await program.post("/v1/codes", json={"email": "a@b.example", "x": 1})).status_code == 422
        assert (await program.post("/v1/codes", data={"email": "a@b.example"})).status_code == 415
        erased = await program.delete("/v1/account")
        assert erased.status_code == 202
        assert (await program.get(f"/v1/erasures/{erased.json()['receipt']}")).json()["parts"] == []
        assert (await program.get("/v1/my-data")).status_code == 401
        assert (await program.get("/openapi.json")).json()["openapi"] == "3.1.0"
        assert (await program.get("/healthz")).status_code == 200
        assert b"identity_sign_ins_total" in (await program.get("/metrics")).content


def _transport(identity: Running) -> httpx.AsyncBaseTransport:
    from tests.integration.identity.people import Transport

    return Transport(identity)


async def test_a_mailbox_gets_twenty_codes_a_day(identity: Running) -> None:
    asked = []
    for _ in range(5):
        for _ in range(5):
            async with identity.browser() as browser:
                answer = await browser.post("/sign-in", data={"email": "camille@courriel.example"})
            asked.append(answer.status_code)
        identity.hands.move(minutes=16)
    assert asked == [303] * 20 + [429] * 5


async def test_a_code_asked_while_the_account_is_made_goes_to_the_account(identity: Running) -> None:
    """Where ``a+b@`` and ``a@`` are two mailboxes, the second must not slip in while the first confirms its code."""
    async with identity.browser() as first, identity.browser() as second:
        await first.post("/sign-in", data={"email": "camille@courriel.example"})
        await identity.code("camille@courriel.example")
        vault = identity.context.vault
        async with identity.context.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow("select * from sign_in for update")
            assert row is not None
            account = uuid.uuid4()
            sealed = vault.seal("camille@courriel.example", "account", account, "address")
            today = identity.context.clock.today()
            assert await accounts_store.add(connection, account, row["address_index"], sealed, False, today)
            await sign_ins.finish(connection, row["id"])
            asking = asyncio.create_task(second.post("/sign-in", data={"email": "camille+x@courriel.example"}))
            await asyncio.sleep(0.3)
            assert not asking.done()
        assert (await asking).status_code == 303
        await eventually(lambda: value(len(identity.mails) == 2))
    assert identity.mails[0]["To"] == "camille@courriel.example"
