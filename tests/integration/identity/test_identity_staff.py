"""Staff, as a browser, over a real database and a real bus: invited, two factors, roles, removed."""

import asyncio
import html
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from contracts import tokens
from contracts.events import Event, StaffChanged
from deploy.secrets import Secrets
from identity_service.keys import key_id
from identity_service.staff import second_factor, team
from identity_service.staff.pages import routes
from identity_service.staff.roles import ROLES
from identity_service.store import consultations
from identity_service.store.database import transaction
from tests.harness import Bus, EnvironmentOf
from tests.integration.identity.people import ConsultationSide, Running, announced, eventually, running, value

pytestmark = pytest.mark.anyio
STATE = "b" * 43
AGNES, BRUNO = "Agnes@mairie.example", "bruno@mairie.example"


@pytest.fixture
async def identity(environment: EnvironmentOf) -> AsyncIterator[Running]:
    async with running(environment("identity")) as started:
        yield started


@pytest.fixture
async def browsers(identity: Running) -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


class Agent:
    """Somebody with a browser and an authenticator application."""

    def __init__(self, identity: Running, browser: httpx.AsyncClient, email: str) -> None:
        self.identity = identity
        self.browser = browser
        self.email = email
        self.secret = b""
        self.recovery: list[str] = []

    def code(self, step: int = 0) -> str:
        """What the application shows."""
        now = self.identity.hands.at.timestamp()
        return second_factor.code_at(self.secret, second_factor.counter_of(now) + step)

    def _codes(self) -> int:
        mails = [mail for mail in self.identity.mails if mail["To"] == self.email]
        return sum(mail["Subject"].startswith("Votre code") for mail in mails)

    async def first_factor(self, path: str = "/staff/sign-in", query: str = "") -> httpx.Response:
        before = self._codes()
        asked = await self.browser.post(path + query, data={"email": self.email})
        assert asked.status_code == 303, asked.text
        await eventually(lambda: value(self._codes() > before))
        return await self.browser.post("/staff/code" + query, data={"code": await self.identity.code(self.email)})

    async def accept(self, link: str) -> httpx.Response:
        path = link.removeprefix(self.identity.context.settings.origin)
        assert (await self.browser.get(path)).status_code == 200
        done = await self.first_factor(path)
        assert done.status_code == 303, done.text
        page = await self.browser.get("/staff/second-factor")
        self.secret = secret_on(page.text)
        enrolled = await self.browser.post("/staff/second-factor", data={"code": self.code()})
        assert enrolled.status_code == 200, enrolled.text
        self.recovery = re.findall(r"<li><code>([A-Z2-7 ]+)</code>", enrolled.text)
        return enrolled

    async def prove(self, code: str, query: str = "") -> httpx.Response:
        return await self.browser.post("/staff/second-factor" + query, data={"code": code})


def secret_on(page: str) -> bytes:
    import base64

    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page)
    assert found
    return base64.b32decode(found.group(1).replace(" ", ""))


async def agent(identity: Running, browsers: AsyncExitStack, email: str) -> Agent:
    return Agent(identity, await browsers.enter_async_context(identity.browser()), email)


async def invite(identity: Running, email: str, *roles: str) -> str:
    office = team.office_of(identity.context)
    return await team.invite(office, email, roles, "fr", team.OPERATOR)


async def organiser(identity: Running, browsers: AsyncExitStack, email: str = AGNES) -> Agent:
    found = await agent(identity, browsers, email)
    await found.accept(await invite(identity, email, "organiser"))
    return found


def pseudonyms(page: str) -> dict[str, str]:
    """Address to pseudonym, as the page of organisers shows them."""
    return dict(re.findall(r'<h2 class="typed">([^<\s]+)[\s\S]*?<code>([A-Za-z0-9_-]{43})</code>', page))


async def test_from_the_invitation_to_the_back_office(
    identity: Running, browsers: AsyncExitStack, bus: Bus, secrets: Secrets
) -> None:
    agnes = await agent(identity, browsers, AGNES)
    link = await invite(identity, AGNES, "organiser", "moderator")
    mail = await eventually(lambda: value(next((m for m in identity.mails if link in m.get_content()), None)))
    assert mail["To"] == AGNES
    done = await agnes.accept(link)
    assert len(agnes.recovery) == 10
    assert "otpauth" not in done.text
    # The same roles as a fact and as a token.
    (heard,) = await ConsultationSide(bus, secrets).hear(1)
    fact = msgspec.json.decode(heard.data, type=Event)
    assert isinstance(fact, StaffChanged)
    assert (fact.version, fact.roles) == (1, ("organiser", "moderator"))
    page = await agnes.browser.get("/staff", params={"state": STATE})
    token, state = (re.search(f'name="{name}" value="([^"]+)"', page.text) for name in ("token", "state"))
    assert token
    assert state
    assert state.group(1) == STATE
    assert f'action="{identity.context.settings.consultation_origin}/backoffice/session"' in page.text
    public = load_pem_private_key(secrets.path("identity", "token.pem").read_bytes(), None).public_key()
    verifiers = {key_id(public): public.verify}  # type: ignore[arg-type, union-attr]
    now = identity.hands.at.timestamp()
    issuer = identity.context.settings.origin
    read = tokens.decode_staff(token.group(1), verifiers, issuer=issuer, now=now, state=STATE)  # type: ignore[arg-type]
    assert (read.staff, read.version, read.roles) == (fact.staff, 1, ("organiser", "moderator"))
    assert b"mairie" not in msgspec.json.encode(read)
    # Neither passes for the other.
    with pytest.raises(tokens.InvalidToken):
        tokens.decode(token.group(1), verifiers, issuer=issuer, now=now, state=STATE)  # type: ignore[arg-type]


async def test_a_participants_token_is_no_staff_token_and_their_session_no_access(identity: Running) -> None:
    issued = identity.context.tokens.issue(
        uuid.uuid4(), str(uuid.uuid4()), "1", state=STATE, now=identity.hands.at.timestamp()
    )
    keys = {issued.split(".")[0]: lambda signature, data: None}
    with pytest.raises(tokens.InvalidToken):
        tokens.decode_staff(
            issued, keys, issuer=identity.context.settings.origin, now=identity.hands.at.timestamp(), state=STATE
        )
    async with identity.browser() as browser:
        await identity.sign_in(browser, "camille@courriel.example")
        for path in ("/staff/people", "/staff/journal", "/staff/journal.csv"):
            assert (await browser.get(path)).headers["location"] == "/staff"
        assert "Accès des agents" in (await browser.get("/staff")).text


async def test_an_address_that_is_not_on_the_staff_gets_the_same_answer_and_no_mail(
    identity: Running, browsers: AsyncExitStack
) -> None:
    await organiser(identity, browsers)
    known, unknown = await agent(identity, browsers, AGNES), await agent(identity, browsers, "nemo@mairie.example")
    before = len(identity.mails)
    answers = [await one.browser.post("/staff/sign-in", data={"email": one.email}) for one in (unknown, known)]
    assert answers[0].status_code == answers[1].status_code == 303
    assert answers[0].headers["location"] == answers[1].headers["location"]
    pages = [(await one.browser.get("/staff/code")).text for one in (unknown, known)]
    assert pages[0] == pages[1]
    await eventually(lambda: value(len(identity.mails) > before))
    assert len(identity.mails) == before + 1
    assert identity.mails[0]["To"] == AGNES


async def test_the_first_factor_alone_opens_nothing(identity: Running, browsers: AsyncExitStack) -> None:
    agnes = await organiser(identity, browsers)
    other = await agent(identity, browsers, AGNES)
    other.secret = agnes.secret
    identity.hands.move(seconds=60)
    assert (await other.first_factor()).status_code == 303
    assert (
        (await other.browser.get("/staff", params={"state": STATE}))
        .headers["location"]
        .startswith("/staff/second-factor")
    )
    assert (await other.browser.get("/staff/people")).headers["location"] == "/staff"
    shown = await other.browser.get("/staff/second-factor")
    assert "otpauth" not in shown.text, "the secret is shown no more"
    assert (await other.prove(other.code())).status_code == 303
    assert (await other.browser.get("/staff/people")).status_code == 200


async def test_a_replayed_code_is_refused(identity: Running, browsers: AsyncExitStack) -> None:
    agnes = await organiser(identity, browsers)
    thief = await agent(identity, browsers, AGNES)
    await thief.first_factor()
    # The code with which she enrolled, still shown by her application, was used.
    replayed = await thief.prove(agnes.code())
    assert replayed.status_code == 422
    assert "déjà servi" in replayed.text
    identity.hands.move(seconds=30)
    assert (await thief.prove(agnes.code())).status_code == 303


async def test_one_code_in_two_browsers_at_once_opens_one(identity: Running, browsers: AsyncExitStack) -> None:
    agnes = await organiser(identity, browsers)
    identity.hands.move(seconds=60)
    others = [await agent(identity, browsers, AGNES) for _ in range(3)]
    for other in others:
        await other.first_factor()
    answers = await asyncio.gather(*(other.prove(agnes.code()) for other in others))
    assert sorted(answer.status_code for answer in answers) == [303, 422, 422]


async def test_five_tries_then_another_first_factor(identity: Running, browsers: AsyncExitStack) -> None:
    agnes = await organiser(identity, browsers)
    other = await agent(identity, browsers, AGNES)
    identity.hands.move(seconds=60)
    await other.first_factor()
    wrong = f"{(int(agnes.code()) + 1) % 10**6:06}"
    answers = [await other.prove(wrong) for _ in range(5)]
    assert [a.status_code for a in answers] == [422] * 5
    assert "Trop d’essais" in html.unescape(answers[-1].text)
    figures = (await other.browser.get("/metrics")).text
    assert 'identity_staff_factors_total{factor="second",outcome="wrong"} 5.0' in figures
    assert (await other.prove(agnes.code())).headers["location"] == "/staff"
    assert "Accès des agents" in (await other.browser.get("/staff")).text


async def test_tries_are_limited_over_all_sessions(identity: Running, browsers: AsyncExitStack) -> None:
    await organiser(identity, browsers)
    statuses = []
    for _ in range(4):
        other = await agent(identity, browsers, AGNES)
        await other.first_factor()
        statuses += [(await other.prove("not a code")).status_code for _ in range(4)]
    assert statuses == [422] * 14 + [429] * 2


async def test_recovery_codes_are_good_once_and_unreadable_at_rest(identity: Running, browsers: AsyncExitStack) -> None:
    agnes = await organiser(identity, browsers)
    rows = await identity.context.pool.fetch("select * from staff_recovery")
    assert len(rows) == 10
    plain = second_factor.typed(agnes.recovery[0])
    assert not any(plain.encode() in bytes(row["code_hash"]) for row in rows)
    assert agnes.secret not in bytes(await identity.context.pool.fetchval("select totp from staff"))
    for expected in (303, 422):
        other = await agent(identity, browsers, AGNES)
        await other.first_factor()
        assert (await other.prove(agnes.recovery[0].lower())).status_code == expected
    assert "9 codes" in (await agnes.browser.get("/staff")).text


async def test_another_application(identity: Running, browsers: AsyncExitStack) -> None:
    agnes = await organiser(identity, browsers)
    old, recovery = agnes.secret, agnes.recovery
    assert (await agnes.browser.post("/staff/second-factor/renew", data={"x": ""})).status_code == 303
    # Until the new one is proved, the former one is good, and a mailbox is not enough to see the new one.
    mailbox_only = await agent(identity, browsers, AGNES)
    await mailbox_only.first_factor()
    assert "otpauth" not in (await mailbox_only.browser.get("/staff/second-factor")).text
    assert (await agnes.browser.get("/staff/people")).status_code == 200
    agnes.secret = secret_on((await agnes.browser.get("/staff/second-factor")).text)
    assert agnes.secret != old
    identity.hands.move(seconds=60)
    assert (await mailbox_only.prove(agnes.code())).status_code == 422
    done = await agnes.prove(agnes.code())
    assert "codes de secours" in done.text
    assert (await agnes.browser.get("/staff/people")).status_code == 200
    # From then on, the former one and its recovery codes are worth nothing.
    new, agnes.secret = agnes.secret, old
    for code in (agnes.code(1), recovery[0]):
        assert (await mailbox_only.prove(code)).status_code == 422
    mailbox_only.secret = new
    assert (await mailbox_only.prove(mailbox_only.code(1))).status_code == 303


async def test_leaving_the_back_office_leads_to_leaving_here(identity: Running, browsers: AsyncExitStack) -> None:
    agnes = await organiser(identity, browsers)
    assert "Se déconnecter" in (await agnes.browser.get("/staff/sign-out")).text
    assert (await agnes.browser.get("/staff/people")).status_code == 200, "a link signs nobody out"
    assert (await agnes.browser.post("/staff/sign-out", data={"x": ""})).status_code == 303
    assert (await agnes.browser.get("/staff/people")).headers["location"] == "/staff"
    assert (await agnes.browser.get("/staff/sign-out")).headers["location"] == "/staff"


async def test_an_invitation_is_good_once_and_seven_days(identity: Running, browsers: AsyncExitStack) -> None:
    link = await invite(identity, AGNES, "organiser")
    path = link.removeprefix(identity.context.settings.origin)
    identity.hands.move(days=8)
    async with identity.browser() as browser:
        assert (await browser.get(path)).status_code == 404
        assert (await browser.post(path, data={"x": ""})).status_code == 404
    agnes = await organiser(identity, browsers)
    assert (await agnes.browser.get(path)).status_code == 404
    first = await invite(identity, BRUNO, "moderator")
    await invite(identity, BRUNO, "analyst")
    async with identity.browser() as browser:
        replaced = await browser.get(first.removeprefix(identity.context.settings.origin))
        assert replaced.status_code == 404


async def test_organisers_invite_change_and_remove(
    identity: Running, browsers: AsyncExitStack, bus: Bus, secrets: Secrets
) -> None:
    agnes = await organiser(identity, browsers)
    form = {"email": BRUNO, "role_moderator": "yes"}
    assert (await agnes.browser.post("/staff/people/invite", data=form)).status_code == 303
    mail = await eventually(lambda: value(next((m for m in identity.mails if m["To"] == BRUNO), None)))
    link = re.search(r"http\S+/staff/invitation/\S+", mail.get_content())
    assert link
    page = (await agnes.browser.get("/staff/people")).text
    assert BRUNO in page
    bruno = await agent(identity, browsers, BRUNO)
    await bruno.accept(link.group())
    refused = await bruno.browser.get("/staff/people")
    assert refused.status_code == 403
    chosen = pseudonyms((await agnes.browser.get("/staff/people")).text)[BRUNO]
    changed = {"staff": chosen, "role_analyst": "yes", "role_moderator": "yes"}
    assert (await agnes.browser.post("/staff/people/roles", data=changed)).status_code == 303
    assert (await agnes.browser.post("/staff/people/remove", data={"staff": chosen})).status_code == 303
    assert (await bruno.browser.get("/staff", params={"state": STATE})).text.count("token") == 0
    heard = [msgspec.json.decode(message.data, type=Event) for message in await ConsultationSide(bus, secrets).hear(4)]
    facts = {fact.version: fact.roles for fact in heard if isinstance(fact, StaffChanged) and fact.staff == chosen}
    assert facts == {1: ("moderator",), 2: ("moderator", "analyst"), 3: ()}
    journal = (await agnes.browser.get("/staff/journal.csv")).text
    acts = re.findall(r'"(invite|enrol|change_roles|remove)"', journal)
    assert acts == ["remove", "change_roles", "enrol", "invite", "enrol", "invite"]
    assert "mairie" not in journal
    # Somebody who comes back has the pseudonym that the journals know, and another second factor.
    again = await agent(identity, browsers, BRUNO)
    await again.accept(await invite(identity, BRUNO, "moderator"))
    assert pseudonyms((await agnes.browser.get("/staff/people")).text)[BRUNO] == chosen


async def test_the_last_organiser_stays(identity: Running, browsers: AsyncExitStack) -> None:
    agnes = await organiser(identity, browsers)
    me = pseudonyms((await agnes.browser.get("/staff/people")).text)[AGNES]
    removed = await agnes.browser.post("/staff/people/remove", data={"staff": me})
    demoted = await agnes.browser.post("/staff/people/roles", data={"staff": me, "role_analyst": "yes"})
    assert removed.status_code == demoted.status_code == 409
    assert "dernier organisateur" in removed.text
    # An invitation is no organiser yet; somebody with a second factor is.
    link = await invite(identity, BRUNO, "organiser")
    assert (await agnes.browser.post("/staff/people/remove", data={"staff": me})).status_code == 409
    await (await agent(identity, browsers, BRUNO)).accept(link)
    assert (await agnes.browser.post("/staff/people/remove", data={"staff": me})).status_code == 303
    assert (await agnes.browser.get("/staff/people")).headers["location"] == "/staff"


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"email": "not an address", "role_analyst": "yes"}, "bonne forme"),
        ({"email": BRUNO}, "au moins un rôle"),
        ({"email": BRUNO, "role_auditor": "yes", "role_moderator": "yes"}, "qui contrôle n’agit pas"),
        ({"email": AGNES, "role_moderator": "yes"}, "fait déjà partie"),
    ],
)
async def test_a_refused_invitation_comes_back_filled_in(
    identity: Running, browsers: AsyncExitStack, form: dict[str, str], sentence: str
) -> None:
    agnes = await organiser(identity, browsers)
    answer = await agnes.browser.post("/staff/people/invite", data=form)
    assert answer.status_code == 422
    assert sentence in html.unescape(answer.text)
    assert f'value="{form["email"]}"' in answer.text
    assert answer.text.rpartition("Inviter</h2>")[2].count(" checked") == len(form) - 1
    assert await identity.context.pool.fetchval("select count(*) from staff_invitation") == 0


async def test_other_pages_cannot_act_for_staff(identity: Running, browsers: AsyncExitStack) -> None:
    agnes = await organiser(identity, browsers)
    foreign = {"origin": "https://ailleurs.example", "sec-fetch-site": "cross-site"}
    for path in ("invite", "roles", "remove", "cancel"):
        assert (await agnes.browser.post(f"/staff/people/{path}", data={}, headers=foreign)).status_code == 403


async def test_staff_and_participant_have_nothing_in_common(identity: Running, browsers: AsyncExitStack) -> None:
    await organiser(identity, browsers)
    async with identity.browser() as browser:
        await identity.sign_in(browser, AGNES)
    staff = await identity.context.pool.fetchrow("select * from staff")
    account = await identity.context.pool.fetchrow("select * from account")
    assert staff is not None
    assert account is not None
    kept = [{value for value in row.values() if isinstance(value, bytes | str | uuid.UUID)} for row in (staff, account)]
    assert kept[0] & kept[1] == set()


async def officer(identity: Running, browsers: AsyncExitStack) -> Agent:
    found = await agent(identity, browsers, "dpo@mairie.example")
    await found.accept(await invite(identity, found.email, "data_protection_officer"))
    return found


async def registered(identity: Running, email: str) -> None:
    """Somebody who takes part in a consultation."""
    event = announced()
    async with transaction(identity.context.pool, "announce") as connection:
        await consultations.announce(connection, event)
    async with identity.browser() as browser:
        await identity.sign_in(browser, email)
        query = f"?consultation={event.consultation}&state={STATE}"
        accepted = await browser.post("/consent" + query, data={"accept": "yes", "terms_version": event.terms_version})
        assert accepted.status_code == 303
        assert (await browser.get("/participate" + query)).status_code == 200


async def test_the_officer_exports_registrations_and_nothing_that_joins(
    identity: Running, browsers: AsyncExitStack
) -> None:
    for email in ("zoe@courriel.example", "=camille@courriel.example"):
        await registered(identity, email)
    dpo = await officer(identity, browsers)
    page = (await dpo.browser.get("/staff/data-protection")).text
    assert "<dd>2</dd>" in page
    assert "courriel.example" not in page, "no list on screen"
    answer = await dpo.browser.post("/staff/data-protection/registrations.csv", data={"x": ""})
    day = identity.context.clock.today().isoformat()
    title = "Réaménager la place du Marché"
    assert answer.text.splitlines() == [
        '"address","consultation","terms_version","accepted_on"',
        f'"\'=camille@courriel.example","{title}","2026-11","{day}"',
        f'"zoe@courriel.example","{title}","2026-11","{day}"',
    ]
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|[A-Za-z0-9_-]{43}", answer.text)
    journal = (await dpo.browser.get("/staff/journal.csv")).text
    assert '"export_registration"' in journal


async def test_the_officer_erases_on_request(identity: Running, browsers: AsyncExitStack) -> None:
    await registered(identity, "camille@courriel.example")
    dpo = await officer(identity, browsers)
    path = "/staff/data-protection/erase"
    for form, sentence in (
        ({"email": "Camille@courriel.example"}, "demande écrite"),
        ({"email": "camile@courriel.example", "requested": "yes"}, "Aucun compte"),
        ({"email": "camille", "requested": "yes"}, "bonne forme"),
    ):
        refused = await dpo.browser.post(path, data=form)
        assert refused.status_code == 422
        assert sentence in html.unescape(refused.text)
        assert f'value="{form["email"]}"' in refused.text
    assert await identity.context.pool.fetchval("select count(*) from account") == 1
    done = await dpo.browser.post(path, data={"email": "Camille@courriel.example", "requested": "yes"})
    assert done.status_code == 200
    assert await identity.context.pool.fetchval("select count(*) from account") == 0
    receipt = re.search(r'href="http://127.0.0.1:8001(/erasure/[A-Za-z0-9_-]+)"', done.text)
    assert receipt
    async with identity.browser() as person:
        assert (await person.get(receipt.group(1))).status_code == 200
    acts = await identity.context.pool.fetch("select act, object from staff_act order by number desc limit 1")
    assert [tuple(row) for row in acts] == [("erase", "")]


ROLE_PAGES = {
    "GET /staff/people": {"organiser"},
    "POST /staff/people/invite": {"organiser"},
    "POST /staff/people/cancel": {"organiser"},
    "POST /staff/people/roles": {"organiser"},
    "POST /staff/people/remove": {"organiser"},
    "GET /staff/data-protection": {"data_protection_officer"},
    "POST /staff/data-protection/registrations.csv": {"data_protection_officer"},
    "POST /staff/data-protection/erase": {"data_protection_officer"},
    "GET /staff/journal": {"organiser", "auditor", "data_protection_officer"},
    "GET /staff/journal.csv": {"organiser", "auditor", "data_protection_officer"},
}
OPEN_PAGES = {
    "GET /staff", "POST /staff/sign-in", "GET /staff/invitation/{secret}", "POST /staff/invitation/{secret}",
    "GET /staff/code", "POST /staff/code", "GET /staff/second-factor", "POST /staff/second-factor",
    "POST /staff/second-factor/renew", "GET /staff/sign-out", "POST /staff/sign-out",
}  # fmt: skip


def test_every_page_of_staff_is_in_the_table() -> None:
    found = {f"{method} {route.path}" for route in routes() for method in (route.methods or ()) if method != "HEAD"}
    assert found == ROLE_PAGES.keys() | OPEN_PAGES


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_opens_its_pages_only(identity: Running, browsers: AsyncExitStack, role: str) -> None:
    who = await agent(identity, browsers, BRUNO)
    await who.accept(await invite(identity, BRUNO, role))
    before = await identity.context.pool.fetchval("select count(*) from staff_act")
    for page, roles in ROLE_PAGES.items():
        method, _, path = page.partition(" ")
        if role not in roles:
            answer = await who.browser.request(method, path, data={"x": ""} if method == "POST" else None)
            assert answer.status_code == 403, page
        elif method == "GET":
            assert (await who.browser.get(path)).status_code == 200, page
    assert await identity.context.pool.fetchval("select count(*) from staff_act") == before
