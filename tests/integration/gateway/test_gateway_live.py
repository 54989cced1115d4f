"""Server-sent events: what changes is told once a second to everybody, and nothing is kept for anybody."""

import asyncio
import json
import signal
import time
import uuid
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from contracts.events import new_id
from gateway import live
from gateway.facts import rows_of
from gateway.live import Channel, Live
from gateway.store import changes, projection
from gateway.store.changes import Change
from tests.harness import Databases, EnvironmentOf, free_port
from tests.integration.gateway.stage import (
    CONSULTATION,
    Publisher,
    Running,
    argument,
    consultation,
    contribution,
    running,
    tally,
)
from tests.integration.gateway.test_gateway_process import end, start

pytestmark = pytest.mark.anyio
A, B = (f"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa{n}" for n in range(2))
KEY = uuid.UUID(CONSULTATION)


class Ear:
    """One listener of a gateway that runs in this process."""

    def __init__(self, gateway: Running, after: str = "") -> None:
        here = gateway.context
        self.events: list[tuple[str, str, str]] = []
        self.stream = here.live.stream(here.pool, here.catalogue, KEY, after)
        self.task = asyncio.create_task(self.listen())

    async def listen(self) -> None:
        async for piece in self.stream:
            for block in piece.decode().split("\n\n"):
                fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
                if "event" in fields:
                    self.events.append((fields.get("id", ""), fields["event"], fields["data"]))

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.events) < count:
                await asyncio.sleep(0.01)

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.stream.aclose()  # type: ignore[attr-defined]


async def told(gateway: Running, *events: object) -> None:
    await projection.apply(gateway.context.pool, 1, rows_of(events), [])  # type: ignore[arg-type]


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once the gateway hears the database."""
    up = asyncio.Event()
    began = Live._began

    def seen(self: Live) -> None:
        began(self)
        up.set()

    monkeypatch.setattr(Live, "_began", seen)
    return up


async def test_everybody_hears_the_same_from_any_replica(environment: EnvironmentOf, listening: asyncio.Event) -> None:
    settings = environment("gateway")
    async with running(settings) as gateway, running(settings) as other:
        await told(gateway, consultation(), contribution(A))
        await listening.wait()
        one, two = Ear(gateway), Ear(gateway)
        await asyncio.gather(one.until(1), two.until(1))
        await told(other, tally(A, agree=2), argument(B, A))
        await asyncio.gather(one.until(2), two.until(2))
        assert one.events == two.events
        name, kind, data = one.events[-1]
        said = json.loads(data)
        assert kind == "changes"
        assert said["tallies"] == {
            A: {"cast": {"agree": 2, "mixed": 0, "disagree": 0}, "imported": None, "by_version": []}
        }
        assert said["contributions"] == [{"id": B, "kind": "argument", "parent": A, "state": "published", "new": True}]
        await two.leave()
        # Coming back: nothing to say to who knows the last event, "missed" to who does not.
        here, late = Ear(gateway, name), Ear(gateway, one.events[0][0])
        await asyncio.gather(here.until(1), late.until(2))
        await asyncio.sleep(0.1)
        assert [event for _, event, _ in here.events] == ["hello"]
        assert [event for _, event, _ in late.events] == ["hello", "missed"]
        for ear in (one, here, late):
            await ear.leave()
        assert gateway.context.live.listeners == 0
        assert gateway.context.live._channels == {}


async def test_a_crowd_of_votes_is_one_event_a_second(environment: EnvironmentOf, listening: asyncio.Event) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, consultation(), contribution(A))
        await listening.wait()
        ear = Ear(gateway)
        await ear.until(1)
        began = time.monotonic()
        for version in range(1, 41):
            await told(gateway, tally(A, version=version, agree=version))
            await asyncio.sleep(0.05)
        async with asyncio.timeout(5):
            while json.loads(ear.events[-1][2]).get("tallies", {}).get(A, {}).get("cast", {}).get("agree") != 40:
                await asyncio.sleep(0.02)
        assert len(ear.events) - 1 <= (time.monotonic() - began) + 2
        await ear.leave()


async def test_a_large_change_is_told_in_parts(environment: EnvironmentOf, listening: asyncio.Event) -> None:
    ids = [new_id() for _ in range(live.ITEMS + 50)]
    async with running(environment("gateway")) as gateway:
        await told(gateway, consultation())
        await listening.wait()
        ear = Ear(gateway)
        await ear.until(1)
        await told(gateway, *(contribution(i) for i in ids))
        async with asyncio.timeout(10):
            while len(
                found := [c["id"] for _, _, data in ear.events[1:] for c in json.loads(data)["contributions"]]
            ) < len(ids):
                await asyncio.sleep(0.02)
        assert sorted(found) == sorted(ids)
        assert all(len(json.loads(data)["contributions"]) <= live.ITEMS for _, _, data in ear.events[1:])
        assert ear.events[1][0] == "", "who leaves after a part has not heard everything"
        assert ear.events[-1][0] != ""
        await ear.leave()


async def test_who_reads_too_slowly_is_told_so() -> None:
    channel = Channel()
    for number in range(live.KEPT):
        channel.tell(b"%d" % number)
    assert list(channel.after(live.KEPT - 2)) == [b"6", b"7"]
    assert list(channel.after(0)) == [b"%d" % number for number in range(live.KEPT)]
    channel.tell(b"8")
    assert next(channel.after(0)) == live.MISSED
    assert len(channel.messages) == live.KEPT


async def test_ids_are_kept_once_however_often_they_change() -> None:
    channel = Channel()
    item = uuid.uuid4()
    for revision in range(1000):
        channel.note(Change(KEY, revision, counted=[item]))
    assert channel.take() == ([], [item])
    assert channel.revision == 999
    assert not channel.changed.is_set()


async def test_a_text_is_in_the_list_as_soon_as_it_is_heard_of(
    environment: EnvironmentOf, listening: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.catalogue.FRESH_SECONDS", 60.0)
    async with running(environment("gateway")) as gateway:
        await told(gateway, consultation())
        await listening.wait()
        address = "/open-data/consultations/ma-rue/contributions"
        for _ in range(3):
            assert A not in (await gateway.client.get(address)).text
        await told(gateway, contribution(A))
        async with asyncio.timeout(1):
            while A not in (await gateway.client.get(address)).text:
                await asyncio.sleep(0.01)


async def test_no_more_listeners_than_agreed(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, consultation())
        gateway.context.live._max_listeners = 1
        ear = Ear(gateway)
        await ear.until(1)
        answer = await gateway.client.get("/live/consultations/ma-rue")
        assert answer.status_code == 503
        await ear.leave()
        assert gateway.context.live.accepts
        assert (await gateway.client.get("/live/consultations/autre")).status_code == 404


async def test_after_a_silence_of_the_database_everybody_is_warned(
    environment: EnvironmentOf, listening: asyncio.Event
) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, consultation())
        await listening.wait()
        ear = Ear(gateway)
        await ear.until(1)
        cut = "select pg_terminate_backend(pid) from pg_stat_activity where query like '%%LISTEN%%' and usename = current_user and pid <> pg_backend_pid() and datname = current_database()"  # noqa: E501
        assert await gateway.context.pool.fetch(cut)
        await ear.until(2)
        assert ear.events[-1][1] == "missed"
        await told(gateway, contribution(A))
        await ear.until(3)
        assert ear.events[-1][1] == "changes"
        await ear.leave()


async def pieces(response: httpx.Response) -> AsyncIterator[str]:
    async for text in response.aiter_text():
        yield text


async def test_open_streams_do_not_keep_the_program_from_stopping(
    environment: EnvironmentOf, databases: Databases, bus: object
) -> None:
    port = free_port()
    await Publisher(bus).publish(consultation(), contribution(A))  # type: ignore[arg-type]
    process = await start(environment("gateway") | {"GATEWAY_LISTEN": f"127.0.0.1:{port}"})
    address = f"http://127.0.0.1:{port}/live/consultations/ma-rue"
    async with httpx.AsyncClient(timeout=20) as client:
        async with asyncio.timeout(15):
            while True:
                try:
                    if (await client.head(address)).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        async with client.stream("GET", address, headers={"cookie": "a=canari"}) as response:
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert response.headers["cache-control"] == "no-store"
            assert "set-cookie" not in response.headers
            assert "content-encoding" not in response.headers
            stream = pieces(response)
            assert "event: hello" in await anext(stream)
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert "event" not in "".join([piece async for piece in stream])
        code, logged, said = await end(process)
    assert time.monotonic() - began < 3
    assert (code, said) == (-signal.SIGTERM, "")
    assert '"event":"stopped"' in logged
    assert "live" not in logged, "how long somebody listens is not written down"


async def test_a_notification_fits_whatever_the_batch(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, consultation(), *(contribution(new_id()) for _ in range(500)))
        change = Change(KEY, 2**62, written=[uuid.uuid4()] * changes.PIECE)
        assert len(msgspec.json.encode(change)) < 8000
