"""The only module that speaks NATS. It listens to the PUBLIC stream and says nothing but "received".

Two ways in, on purpose. *Catching up*: at every start, whatever follows the last sequence this database has applied is
read by sequence number (``$JS.API.DIRECT.GET``, ADR-31 of NATS), so that an empty database rebuilds itself although the
durable consumer gave everything out long ago. *Following*: then the durable consumer, one acknowledgement per message,
sent after the commit. What both deliver is applied twice without harm (see ``store.projection``).
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from contracts import subjects
from contracts.events import Event, InvalidMessage, unseal
from contracts.logs import log
from gateway.facts import NotPublic, Rows, rows_of
from gateway.keys import Verify
from gateway.metrics import Metrics
from gateway.settings import Settings
from gateway.store import projection
from gateway.store.database import UNREACHABLE, Pool
from gateway.store.projection import Applied, DeadLetter, Unstorable

STREAM: Final = "PUBLIC"
EVERYTHING: Final = "public.v1.>"
DIRECT_GET: Final = f"$JS.API.DIRECT.GET.{STREAM}"
BATCH: Final = 500
PATIENCE_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came, with its place in the stream."""

    sequence: int
    subject: str
    body: bytes
    headers: Mapping[str, str]


class Silence(Exception):
    """The bus did not answer in time."""


class Bus:
    """Keeps the projection up to date while ``run`` runs; comes back by itself when NATS or PostgreSQL does."""

    def __init__(self, settings: Settings, pool: Pool, verifiers: Mapping[str, Verify], metrics: Metrics) -> None:
        self._settings = settings
        self._pool = pool
        self._verifiers = verifiers
        self._metrics = metrics
        self._client: Client | None = None
        self._stopping = False
        self.caught_up = False
        """Whether everything the stream held when we last connected is applied."""

    @property
    def connected(self) -> bool:
        """Whether NATS answers at this moment."""
        return self._client is not None and self._client.is_connected

    async def run(self) -> None:
        """Catch up, then follow, for ever. Cancel it to stop."""
        try:
            while True:
                try:
                    client = self._client = self._client or await self._connect()
                    await self._catch_up(client)
                    self.caught_up = True
                    await self._follow(client.jetstream())
                except Exception as error:  # whatever it is, the pages must go on following
                    await self._problem(error)
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._stopping = True
            if self._client is not None:
                await self._client.close()

    async def _connect(self) -> Client:
        client = await nats.connect(
            self._settings.nats,
            name="gateway",
            nkeys_seed_str=self._settings.nats_seed_file.read_text().strip(),
            inbox_prefix=subjects.inbox("gateway").encode(),
            error_cb=self._problem,
            disconnected_cb=self._disconnected,
            reconnected_cb=self._reconnected,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RETRY_SECONDS,
            allow_reconnect=True,
        )
        log("gateway", "bus_connected")
        return client

    async def _problem(self, error: Exception) -> None:
        """NATS reports a forbidden subject here and nowhere else: unheard, it would look like a slow network."""
        self._metrics.bus_errors.inc()
        log("gateway", "bus_error", error=type(error).__name__)

    async def _disconnected(self) -> None:
        if not self._stopping:
            log("gateway", "bus_error", reason="disconnected")

    async def _reconnected(self) -> None:
        log("gateway", "bus_connected")

    async def _catch_up(self, client: Client) -> None:
        after = await projection.applied(self._pool)
        if after and await _last_sequence(client) < after:
            # The stream was made anew (restored, or republished from the database of consultation_service).
            await projection.restart(self._pool)
            after = 0
            log("gateway", "replayed", stream=STREAM, reason="stream_recreated")
        count = 0
        while batch := await _read(client, after + 1):
            await self._apply(batch)
            after = batch[-1].sequence
            count += len(batch)
        if count:
            log("gateway", "replayed", stream=STREAM, count=count)

    async def _follow(self, jetstream: JetStreamContext) -> None:
        """Apply what the durable consumer gives. Returns never; raises when a pull fails for good."""
        subscription = await jetstream.pull_subscribe_bind("gateway", STREAM)
        try:
            while True:
                try:
                    messages = await subscription.fetch(BATCH, timeout=PATIENCE_SECONDS)
                except TimeoutError:
                    continue
                if messages:  # A pull that ends on a status of the server gives an empty list.
                    await self._accept(messages)
        finally:
            if self.connected:
                await subscription.unsubscribe()

    async def _accept(self, messages: Sequence[Msg]) -> None:
        batch = [Received(m.metadata.sequence.stream, m.subject, m.data, m.headers or {}) for m in messages]
        try:
            refused = await self._apply(batch)
        except UNREACHABLE as error:
            await self._problem(error)
            for message in messages:
                await message.nak(delay=RETRY_SECONDS)
            await asyncio.sleep(RETRY_SECONDS)
            return
        for received, message in zip(batch, messages, strict=True):
            await (message.term() if received.sequence in refused else message.ack())

    async def _apply(self, batch: Sequence[Received]) -> set[int]:
        """Apply a batch and return the sequences of the messages that were set aside."""
        good: list[tuple[Received, Event]] = []
        dead: list[DeadLetter] = []
        for received in batch:
            try:
                event = unseal(received.subject, received.body, received.headers, self._verifiers)
                good.append((received, event))
            except InvalidMessage as error:
                dead.append(self._refused(received, error.reason))
        highest = max(received.sequence for received in batch)
        try:
            self._count(await projection.apply(self._pool, highest, await _rows([e for _, e in good]), dead))
        except (Unstorable, NotPublic):
            # One of them cannot be stored: each on its own, so that only that one is set aside.
            await self._one_by_one(good, dead)
        self._metrics.sequence.set(highest)
        return {letter.sequence for letter in dead}

    async def _one_by_one(self, good: Sequence[tuple[Received, Event]], dead: list[DeadLetter]) -> None:
        for received, event in good:
            try:
                self._count(await projection.apply(self._pool, received.sequence, await _rows([event]), []))
            except Unstorable:
                dead.append(self._refused(received, "unstorable"))
            except NotPublic:
                dead.append(self._refused(received, "subject"))
        if dead:
            self._count(await projection.apply(self._pool, max(letter.sequence for letter in dead), Rows(), dead))

    def _count(self, applied: Applied) -> None:
        self._metrics.applied.inc(applied.changed)
        for reason in applied.refused:
            self._metrics.refused.labels(reason).inc()

    def _refused(self, received: Received, reason: str) -> DeadLetter:
        family = subject_family(received.subject)
        log("gateway", "message_refused", stream=STREAM, subject=family, reason=reason)
        return DeadLetter(received.sequence, family, reason, hashlib.sha256(received.body).digest())


def subject_family(subject: str) -> str:
    """A subject without the id it ends with."""
    return subject.rpartition(".")[0]


async def _rows(events: Sequence[Event]) -> Rows:
    """``rows_of`` aside: sanitising a batch takes milliseconds that the pages should not wait for."""
    return await asyncio.to_thread(rows_of, events)


async def _last_sequence(client: Client) -> int:
    """The sequence of the last message of the stream; 0 when it is empty."""
    found = await _ask(client, {"last_by_subj": EVERYTHING}, lambda message: True)
    return _sequence(found[0]) if found and not _status(found[0]) else 0


async def _read(client: Client, sequence: int) -> list[Received]:
    """At most ``BATCH`` messages from ``sequence`` on, in order; none at the end of the stream."""
    request = {"batch": BATCH, "seq": sequence, "next_by_subj": EVERYTHING}
    found = await _ask(client, request, lambda message: bool(_status(message)))
    return [
        Received(_sequence(message), (message.headers or {})["Nats-Subject"], message.data, message.headers or {})
        for message in found
        if not _status(message)
    ]


async def _ask(client: Client, request: Mapping[str, object], is_last: Callable[[Msg], bool]) -> list[Msg]:
    """Send a direct-get request and collect its answers up to the last one. Raises ``Silence``."""
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    try:
        await client.publish(DIRECT_GET, msgspec.json.encode(request), reply=inbox)
        return await _collect(subscription.next_msg, is_last)
    finally:
        await subscription.unsubscribe()


async def _collect(next_message: Callable[[float], Awaitable[Msg]], is_last: Callable[[Msg], bool]) -> list[Msg]:
    found: list[Msg] = []
    try:
        while not found or not is_last(found[-1]):
            found.append(await next_message(PATIENCE_SECONDS))
    except TimeoutError:
        raise Silence from None
    return found


def _status(message: Msg) -> str:
    """``204`` ends a batch, ``404`` says that there is nothing from there on."""
    return (message.headers or {}).get("Status", "")


def _sequence(message: Msg) -> int:
    return int((message.headers or {})["Nats-Sequence"])
