"""The only module that speaks NATS: it publishes the outbox and applies what consultation_service says.

NATS may be away: requests go on being accepted, facts wait in the outbox, and both loops come back by themselves.
The error callback is wired, because a forbidden publish otherwise looks like a time-out.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BusError
from nats.js import JetStreamContext

from contracts import subjects
from contracts.events import Event, InvalidMessage, seal, unseal
from contracts.logs import log
from identity_service.clock import Clock
from identity_service.keys import Keys
from identity_service.metrics import Metrics
from identity_service.settings import Settings
from identity_service.store import messages
from identity_service.store.database import FAILURES, UNSTORABLE, Connection, Pool, Row

STREAM: Final = "CONSULTATION"
KNOWN_SUBJECTS: Final = frozenset(
    (
        subjects.CONSULTATION_ANNOUNCED,
        subjects.NOTICE_REQUESTED,
        subjects.ERASURE_DONE,
        subjects.WITHDRAWAL_DONE,
    )
)
IN_FLIGHT: Final = 256
BATCH: Final = 64
FETCH_SECONDS: Final = 5.0
ACK_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 1.0
POLL_SECONDS: Final = 0.5
NAK_SECONDS: Final = 2.0

LOOP_FAILURES: Final[tuple[type[Exception], ...]] = (BusError, *FAILURES)

Apply = Callable[[Event], Awaitable[bool]]


class Bus:
    """Publishes and listens for as long as ``run`` runs. ``apply`` makes an event's effect, once, and commits."""

    def __init__(
        self, settings: Settings, keys: Keys, pool: Pool, apply: Apply, clock: Clock, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._pool = pool
        self._apply = apply
        self._clock = clock
        self._metrics = metrics
        self._client: Client | None = None
        self._something_to_publish = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether NATS answers at this moment."""
        return self._client is not None and self._client.is_connected

    def wake(self) -> None:
        """A fact was committed: publish now rather than at the next look."""
        self._something_to_publish.set()

    async def run(self) -> None:
        """Connect, then publish and listen, for ever. Cancel it to stop."""
        client = await self._connect()
        stream = client.jetstream()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._for_ever(lambda: self._relay(stream)))
                tasks.create_task(self._for_ever(lambda: self._listen(stream)))
        finally:
            self._client = None
            await client.close()

    async def _connect(self) -> Client:
        while True:
            try:
                seed = (await asyncio.to_thread(self._settings.nats_seed_file.read_text)).strip()
                self._client = await nats.connect(
                    self._settings.nats,
                    nkeys_seed_str=seed,
                    inbox_prefix=subjects.inbox(subjects.Service.IDENTITY).encode(),
                    name="identity_service",
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=1,
                    error_cb=self._on_error,
                    reconnected_cb=self._on_connected,
                )
            except (BusError, OSError, TimeoutError) as error:
                await self._on_error(error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                await self._on_connected()
                return self._client

    async def _on_error(self, error: Exception) -> None:
        log("identity", "bus_error", error=type(error).__name__)
        self._metrics.bus_errors.inc()

    async def _on_connected(self) -> None:
        log("identity", "bus_connected")

    async def _for_ever(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except LOOP_FAILURES as error:
                log("identity", "bus_error", error=type(error).__name__)
                self._metrics.bus_errors.inc()
                await asyncio.sleep(RETRY_SECONDS)

    # Outwards

    async def _relay(self, stream: JetStreamContext) -> None:
        async with self._pool.acquire() as connection:
            await self._wait_for_turn(connection)
            try:
                while True:
                    self._something_to_publish.clear()
                    if not await self._publish_some(stream, connection):
                        with contextlib.suppress(TimeoutError):
                            await asyncio.wait_for(self._something_to_publish.wait(), POLL_SECONDS)
            finally:
                if not connection.is_closed():
                    await messages.leave_relay_lock(connection)

    async def _wait_for_turn(self, connection: Connection) -> None:
        while True:
            if await messages.take_relay_lock(connection):
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def _publish_some(self, stream: JetStreamContext, connection: Connection) -> int:
        """Publish what waits, and forget what was acknowledged. Returns how many were."""
        rows = await messages.unpublished(connection, IN_FLIGHT)
        outcomes = await asyncio.gather(*(self._publish(stream, row) for row in rows), return_exceptions=True)
        published = [row["event_id"] for row, outcome in zip(rows, outcomes, strict=True) if outcome is None]
        if published:
            await messages.forget_published(connection, published)
            self._metrics.published.inc(len(published))
            log("identity", "relayed", count=len(published))
        failure = next((outcome for outcome in outcomes if outcome is not None), None)
        if failure is not None:
            raise failure
        return len(published)

    async def _publish(self, stream: JetStreamContext, row: Row) -> None:
        sealed = seal(row["event_id"], row["subject"], row["body"], self._keys.event_key_id, self._keys.sign_event)
        await stream.publish(sealed.subject, sealed.body, timeout=ACK_SECONDS, headers=sealed.headers)

    # Inwards

    async def _listen(self, stream: JetStreamContext) -> None:
        waiting = await stream.pull_subscribe_bind(consumer=str(subjects.Service.IDENTITY), stream=STREAM)
        try:
            while True:
                batch: Sequence[Msg] = ()
                with contextlib.suppress(TimeoutError):
                    batch = await waiting.fetch(BATCH, timeout=FETCH_SECONDS)
                for message in batch:
                    await self._receive(message)
        finally:
            with contextlib.suppress(BusError):
                await waiting.unsubscribe()

    async def _receive(self, message: Msg) -> None:
        try:
            event = unseal(message.subject, message.data, message.headers, self._keys.event_verifiers)
            if message.subject not in KNOWN_SUBJECTS:
                raise InvalidMessage("subject")
        except InvalidMessage as refused:
            await self._set_aside(message, refused.reason)
            return
        try:
            new = await self._apply(event)
        except UNSTORABLE:
            await self._set_aside(message, "unstorable")
            return
        except Exception as error:
            # Whatever it was, the fact stays on the bus and the others go on.
            log("identity", "bus_error", error=type(error).__name__, subject=message.subject)
            await message.nak(NAK_SECONDS)
            return
        self._metrics.applied.labels(type(event).__name__, "new" if new else "repeat").inc()
        log("identity", "event_applied" if new else "replayed", subject=message.subject)
        await message.ack()

    async def _set_aside(self, message: Msg, reason: str) -> None:
        subject = message.subject if message.subject in KNOWN_SUBJECTS else ""
        digest = hashlib.sha256(message.data).digest()
        sequence = message.metadata.sequence.stream
        await messages.set_aside(self._pool, STREAM, sequence, subject, reason, digest, self._clock.today())
        self._metrics.set_aside.labels(reason).inc()
        log("identity", "message_refused", stream=STREAM, reason=reason)
        await message.term()
