"""A consultation service in this process, over a real database and a real bus, and participants who come from
identity."""

import datetime
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from starlette.applications import Starlette

from consultation_service.app import create_app
from consultation_service.keys import key_id
from consultation_service.settings import Settings
from consultation_service.states import day_of
from consultation_service.store import consultations
from consultation_service.store.consultations import NewConsultation, NewSection
from consultation_service.store.database import open_pool
from contracts import tokens
from contracts.events import Event, encode, new_id, seal, subject_of
from contracts.scales import ScaleName
from deploy.secrets import Secrets

OPEN = datetime.date(2026, 11, 1)
CLOSE = datetime.date(2026, 12, 1)
KINDS = ("opinion", "proposal", "question", "amendment", "argument", "source", "comment")
NOON = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC).timestamp()


def private_key(file: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(file.read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


@dataclass
class Clock:
    """The time that tests choose."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now

    def day(self, year: int, month: int, day: int) -> None:
        self.now = datetime.datetime(year, month, day, 12, tzinfo=datetime.UTC).timestamp()


@dataclass
class Participant:
    """Somebody with a session."""

    cookie: str
    subject: str


@dataclass
class House:
    """The running service and its surroundings."""

    settings: Settings
    clock: Clock
    secrets: Secrets
    app: Starlette
    client: httpx.AsyncClient
    pool: Any
    consultation: str = field(default_factory=new_id)
    section: str = field(default_factory=new_id)
    heading: str = field(default_factory=new_id)

    def headers(self, who: Participant | None = None, origin: str | None = None) -> dict[str, str]:
        found = {"Origin": self.settings.gateway_origin if origin is None else origin}
        return found | ({"Cookie": who.cookie} if who else {})

    async def create(self, scale: ScaleName = "agree_mixed_disagree") -> None:
        section = NewSection(id=self.section, position=1, title="Idées", kinds=KINDS, scale=scale)
        heading = NewSection(id=self.heading, position=0, title="Titre", scale=scale)
        new = NewConsultation(
            id=self.consultation, slug=f"essai-{self.consultation[:8]}", title="Essai", introduction="Bonjour",
            introduction_html="<p>Bonjour</p>", organiser="Ville de Démo", language="fr", scale=scale,
            terms_version="1",
            opens_on=OPEN, closes_on=CLOSE, sections=(heading, section),
        )  # fmt: skip
        async with self.pool.acquire() as connection:
            await consultations.create(connection, new)
            await consultations.publish(connection, new.id, day_of(self.clock()))

    def token(self, subject: str, state: str = "", **changes: Any) -> str:
        key = private_key(self.secrets.path("identity", "token.pem"))
        facts: dict[str, Any] = {
            "iss": self.settings.identity_origin, "consultation": self.consultation, "sub": subject,
            "exp": tokens.expiry(self.clock()), "jti": new_id(), "state": tokens.state_digest(state) if state else "",
            "terms": "1",
        } | changes  # fmt: skip
        return tokens.encode(tokens.AccessToken(**facts), key_id(key.public_key()), key.sign)

    async def begin(self, back: str = "/consultations/essai") -> tuple[str, str]:
        """The state that identity is told, and the state cookie."""
        answer = await self.client.get("/participate", params={"consultation": self.consultation, "return": back})
        assert answer.status_code == 303, answer.text
        state = httpx.URL(answer.headers["location"]).params["state"]
        return state, answer.headers["set-cookie"].partition(";")[0]

    async def arrive(self, token: str, state: str, cookie: str) -> httpx.Response:
        self.client.cookies.clear()
        return await self.client.post(
            "/session", data={"token": token, "state": state}, headers={"Cookie": cookie, "Origin": "null"}
        )

    async def join(self, subject: str | None = None) -> Participant:
        subject = subject or tokens.b64u(new_id().encode()[:32])
        state, cookie = await self.begin()
        answer = await self.arrive(self.token(subject, state), state, cookie)
        assert answer.status_code == 303, answer.text
        self.client.cookies.clear()  # each test says whose cookie it sends
        return Participant(answer.headers["set-cookie"].partition(";")[0], subject)

    async def write(self, who: Participant, **draft: Any) -> httpx.Response:
        if draft.get("kind", "opinion") in ("opinion", "proposal", "question"):
            draft = {"kind": "opinion", "section": self.section, "title": "Un titre", "body": "Un texte"} | draft
        key = draft.pop("key", None)
        return await self.client.post(
            f"/v1/consultations/{self.consultation}/contributions", json=draft,
            headers=self.headers(who) | ({"Idempotency-Key": key} if key else {}),
        )  # fmt: skip

    async def opinion(self, who: Participant, **draft: Any) -> str:
        answer = await self.write(who, **{"title": f"Titre {new_id()}"} | draft)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def vote(self, who: Participant, item: str, choice: str | None) -> httpx.Response:
        path = f"/v1/contributions/{item}/vote"
        if choice is None:
            return await self.client.delete(path, headers=self.headers(who))
        return await self.client.put(path, json={"choice": choice}, headers=self.headers(who))

    async def mine(self, who: Participant) -> dict[str, Any]:
        answer = await self.client.get(
            f"/v1/consultations/{self.consultation}/participation", headers=self.headers(who)
        )
        assert answer.status_code == 200, answer.text
        found = answer.json()
        return {
            "votes": {vote["contribution"]: vote["choice"] for vote in found["votes"]},
            "contributions": {row["id"] for row in found["contributions"]},
        }

    def sealed_by_identity(self, event: Event) -> tuple[str, bytes, dict[str, str]]:
        key = private_key(self.secrets.path("identity", "event.pem"))
        sealed = seal(event.id, subject_of(event), encode(event), key_id(key.public_key()), key.sign)
        return sealed.subject, sealed.body, sealed.headers


@asynccontextmanager
async def running(settings: Settings, secrets: Secrets, clock: Clock) -> AsyncIterator[House]:
    app = create_app(settings, clock)
    async with AsyncExitStack() as stack:
        state = await stack.enter_async_context(app.router.lifespan_context(app))

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        transport = httpx.ASGITransport(with_state, raise_app_exceptions=False)
        client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=settings.origin))
        pool = await open_pool(settings)
        stack.push_async_callback(pool.close)
        yield House(settings, clock, secrets, app, client, pool)
