"""What the tests of identity share: the running application, a browser, and consultation's side of the bus."""

import asyncio
import datetime
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from starlette.applications import Starlette

from contracts import subjects
from contracts.events import ConsultationAnnounced, Event, encode, new_id, seal, subject_of
from deploy.secrets import Secrets
from identity_service.app import create_app
from identity_service.clock import Clock
from identity_service.context import Context
from identity_service.keys import key_id
from identity_service.settings import Settings
from tests.harness import Bus

ORIGIN: Final = "http://127.0.0.1:8001"
STATE: Final = "s" * 43
CODE: Final = re.compile(r"\b(\d{4}) (\d{4})\b")


class Hands:
    """A clock that stands where a test puts it."""

    def __init__(self) -> None:
        self.at = datetime.datetime.now(datetime.UTC)

    def move(self, **by: int) -> None:
        self.at += datetime.timedelta(**by)

    def clock(self) -> Clock:
        return Clock(now=lambda: self.at, steady=lambda: self.at.timestamp())


@dataclass
class Running:
    """A started application."""

    app: Starlette
    context: Context
    hands: Hands

    @asynccontextmanager
    async def browser(self, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of its own, that sends what browsers send."""
        given = {"origin": ORIGIN, "sec-fetch-site": "same-origin", "accept": "text/html", **headers}
        async with httpx.AsyncClient(transport=Transport(self), base_url=ORIGIN, headers=given) as client:
            yield client

    @property
    def mails(self) -> list[EmailMessage]:
        """The development mailbox, newest first."""
        assert self.context.mailer.mailbox is not None
        return list(self.context.mailer.mailbox)

    async def code(self, email: str) -> str:
        """The newest code sent to ``email``."""

        async def arrived() -> str | None:
            for mail in self.mails:
                found = CODE.search(mail["Subject"])
                if mail["To"] == email and found:
                    return found.group(1) + found.group(2)
            return None

        found: str = await eventually(arrived)
        return found

    async def sign_in(self, browser: httpx.AsyncClient, email: str) -> None:
        """The two steps, with the code from the mailbox."""
        before = len(self.mails)
        assert (await browser.post("/sign-in", data={"email": email})).status_code == 303
        await eventually(lambda: value(len(self.mails) > before))
        done = await browser.post("/sign-in/code", data={"code": await self.code(email)})
        assert done.status_code == 303, done.text


class Transport(httpx.AsyncBaseTransport):
    """In process, with what the lifespan gave to requests."""

    def __init__(self, running: Running) -> None:
        self.running = running

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["state"] = {"context": self.running.context}
            await self.running.app(scope, receive, send)

        return await httpx.ASGITransport(app).handle_async_request(request)


async def value(result: Any) -> Any:
    """``result``, for ``eventually``."""
    return result


async def eventually(look: Callable[[], Awaitable[Any]], seconds: float = 10) -> Any:
    """What ``look`` gives once it is true."""
    ends = time.monotonic() + seconds
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < ends, "it did not happen"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def running(environment: dict[str, str]) -> AsyncIterator[Running]:
    """The application with its lifespan."""
    hands = Hands()
    app = create_app(Settings.from_environment(environment), hands.clock())
    async with app.router.lifespan_context(app) as state:
        assert state is not None
        yield Running(app, state["context"], hands)


def announced(**changes: Any) -> ConsultationAnnounced:
    """A consultation, announced."""
    facts: dict[str, Any] = {
        "id": new_id(),
        "consultation": new_id(),
        "version": 1,
        "slug": "place-du-marche",
        "title": "Réaménager la place du Marché",
        "organiser": "Ville de Valbourg",
        "language": "fr",
        "terms_version": "2026-11",
        "opens_on": datetime.date(2026, 11, 1),
        "closes_on": datetime.date(2027, 1, 31),
        "state": "open",
    }
    return ConsultationAnnounced(**{**facts, **changes})


class ConsultationSide:
    """consultation_service as the bus sees it: its real user, its real key."""

    def __init__(self, bus: Bus, secrets: Secrets) -> None:
        self.bus = bus
        self.key: Any = load_pem_private_key(secrets.path("consultation", "event.pem").read_bytes(), None)

    async def say(self, *events: Event) -> None:
        """Publish events, in the order given, without the bus's own removal of repeats."""
        await self.say_raw(*((subject_of(event), event.id, encode(event)) for event in events))

    async def say_raw(self, *messages: tuple[str, str, bytes], headers: dict[str, str] | None = None) -> None:
        """Publish signed bytes, valid or not."""
        client = await self.bus.connect("consultation")
        for subject, event_id, body in messages:
            sealed = seal(event_id, subject, body, key_id(self.key.public_key()), self.key.sign)
            # A second message with the same Nats-Msg-Id would be dropped by the bus: that is not what is tested.
            changed = {**sealed.headers, **(headers or {})}
            await client.jetstream().publish(subject, body, headers=changed)
        await client.close()

    async def hear(self, count: int) -> list[Any]:
        """The next ``count`` messages of identity, acknowledged."""
        client = await self.bus.connect("consultation")
        waiting = await client.jetstream().pull_subscribe_bind(
            consumer=str(subjects.Service.CONSULTATION), stream="IDENTITY"
        )
        heard: list[Any] = []
        while len(heard) < count:
            heard += await waiting.fetch(count - len(heard), timeout=10)
        for message in heard:
            await message.ack()
        await client.flush()
        await client.close()
        return heard
