"""The bus: the only module that imports nats. Relays the outbox, carries out what identity asks, and keeps the
calendar.

PostgreSQL is the truth and the bus is transport: while it is away, facts wait in the outbox and participants notice
nothing. One process among replicas relays, chosen by a lock of the database; all of them consume.
"""

import asyncio
import datetime
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BusError
from nats.js import JetStreamContext

from consultation_service.keys import Keys
from consultation_service.metrics import Metrics
from consultation_service.notices import Rounds
from consultation_service.pseudonyms import Pseudonyms
from consultation_service.publication import Row
from consultation_service.settings import Settings
from consultation_service.states import Clock, day_of
from consultation_service.store import consultations, dead_letters, outbox, participants, section_totals, staff, tallies
from consultation_service.store.database import UNAVAILABLE, Connection, Pool
from contracts.events import ErasureRequested, InvalidMessage, StaffChanged, WithdrawalRequested, seal, unseal
from contracts.logs import log
from contracts.subjects import READERS, Service, inbox

SERVICE: Final = "consultation"
IN_FLIGHT: Final = 64
IDLE_SECONDS: Final = 0.1
TALLY_SECONDS: Final = 1.0
TALLY_REST: Final = 10
"""A pass over the totals, publication included, begins this many times its predecessor's length after it: it takes no
more than a tenth of the time, however many votes there are."""
TALLY_LATE_SECONDS: Final = 10.0
"""... but no later than this."""
CALENDAR_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 1.0
ACKNOWLEDGEMENT_SECONDS: Final = 5.0
READER: Final = next(reader for reader in READERS if reader.service is Service.CONSULTATION)


class Bus:
    """The conversation of this process with the bus."""

    def __init__(
        self, settings: Settings, keys: Keys, pool: Pool, pseudonyms: Pseudonyms, clock: Clock, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._pool = pool
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._metrics = metrics
        self._client = Client()
        self._stream: JetStreamContext = self._client.jetstream()
        self._tasks: list[asyncio.Task[None]] = []
        self._refused_at = 0.0
        self._next_tally = 0.0
        self._next_calendar = 0.0
        self._today: datetime.date | None = None
        self._rounds = Rounds(pool)

    @property
    def ready(self) -> bool:
        """Whether the bus is there and refused nothing in the last minute."""
        return self._client.is_connected and time.monotonic() - self._refused_at > 60

    def start(self) -> None:
        """Connect, for as long as it takes, and begin to relay and consume."""
        self._refused_at = time.monotonic() - 3600
        loops = (self._connect, self._relay, self._consume)
        self._tasks = [asyncio.create_task(self._for_ever(loop)) for loop in loops]

    async def close(self) -> None:
        """Stop at once: what was not acknowledged stays in the outbox or in the stream."""
        running = set(self._tasks)
        while running:
            # Again, because a driver that is reconnecting can swallow a cancellation.
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=0.5)
        if not self._client.is_closed:
            await self._client.close()

    async def _for_ever(self, loop: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await loop()
            except UNAVAILABLE as error:
                log(SERVICE, "database_unavailable", error=type(error).__name__)
            except Exception as error:
                self._note(error)
            await asyncio.sleep(RETRY_SECONDS)

    async def _connect(self) -> None:
        if self._client.is_connected or self._client.is_reconnecting:
            return
        try:
            await self._client.connect(
                servers=[self._settings.nats],
                name=SERVICE,
                nkeys_seed_str=self._settings.nats_seed_file.read_text().strip(),
                inbox_prefix=inbox(SERVICE).encode(),
                error_cb=self._on_error,
                reconnected_cb=self._on_connected,
                disconnected_cb=self._on_disconnected,
                max_reconnect_attempts=-1,
                reconnect_time_wait=1,
                connect_timeout=2,
            )
        except OSError as error:
            raise BusError from error
        await self._on_connected()

    async def _on_connected(self) -> None:
        self._metrics.bus_connected.set(1)
        log(SERVICE, "bus_connected")

    async def _on_disconnected(self) -> None:
        self._metrics.bus_connected.set(0)

    async def _on_error(self, error: Exception) -> None:
        # A forbidden publication shows nowhere else: to its author it looks like a slow bus.
        if "permissions violation" in str(error).lower():
            self._refused_at = time.monotonic()
        self._note(error)

    def _note(self, error: Exception) -> None:
        self._metrics.bus_errors.inc()
        log(SERVICE, "bus_error", error=type(error).__name__)

    async def _relay(self) -> None:
        async with self._pool.acquire() as connection:
            if not await outbox.take_relay_lock(connection):
                return
            try:
                while True:
                    await self._keep_calendar()
                    await self._publish_tallies(connection)
                    if not await self._publish_some(connection):
                        await asyncio.sleep(IDLE_SECONDS)
            finally:
                await outbox.release_relay_lock(connection)

    async def _keep_calendar(self) -> None:
        now = time.monotonic()
        if now >= self._next_calendar:
            self._next_calendar = now + CALENDAR_SECONDS
            today = day_of(self._clock())
            await consultations.publish_changes_of_state(self._pool, today)
            await self._rounds.keep(self._clock())
            if today != self._today:
                self._today = today
                await participants.forget_old(self._pool, today)

    async def _publish_tallies(self, connection: Connection) -> None:
        began = time.monotonic()
        if began < self._next_tally:
            return
        items = await tallies.publish_due(self._pool) + await section_totals.publish_due(self._pool)
        for _ in range(0, items, IN_FLIGHT):
            await self._publish_some(connection)
        # From the beginning of one pass to the next: at most one tally per item and second.
        rest = TALLY_REST * (time.monotonic() - began)
        self._next_tally = began + min(max(TALLY_SECONDS, rest), TALLY_LATE_SECONDS)

    async def _publish_some(self, connection: Connection) -> bool:
        if not self._client.is_connected:
            return False
        rows = await outbox.waiting(connection, IN_FLIGHT)
        if not rows:
            return False
        acknowledged = await self._publish(rows)
        await outbox.forget(connection, acknowledged)
        self._metrics.relayed.inc(len(acknowledged))
        return len(acknowledged) > 0

    async def _publish(self, rows: Sequence[Row]) -> list[str]:
        results = await asyncio.gather(*(self._publish_one(row) for row in rows), return_exceptions=True)
        failures = [result for result in results if isinstance(result, Exception)]
        if failures:
            self._note(failures[0])
        return [
            row["event_id"] for row, result in zip(rows, results, strict=True) if not isinstance(result, BaseException)
        ]

    async def _publish_one(self, row: Row) -> None:
        sealed = seal(row["event_id"], row["subject"], row["body"], self._keys.event_key_id, self._keys.sign_event)
        await self._stream.publish(
            sealed.subject, sealed.body, headers=dict(sealed.headers), timeout=ACKNOWLEDGEMENT_SECONDS
        )

    async def _consume(self) -> None:
        if not self._client.is_connected:
            return
        requests = await self._stream.pull_subscribe_bind(READER.service.value, READER.stream)
        try:
            while not self._client.is_closed:
                try:
                    messages = await requests.fetch(50, timeout=5)
                except TimeoutError:
                    continue
                for message in messages:
                    await self._receive(message)
        finally:
            if self._client.is_connected:
                await requests.unsubscribe()

    async def _receive(self, message: Msg) -> None:
        try:
            await self._carry_out(message)
        except InvalidMessage as error:
            await self._set_aside(message, error)
        except Exception as error:
            log(SERVICE, "message_refused", stream=READER.stream, reason="failed", error=type(error).__name__)
            await message.nak(delay=RETRY_SECONDS)

    async def _carry_out(self, message: Msg) -> None:
        event = unseal(message.subject, message.data, message.headers, self._keys.event_verifiers)
        if isinstance(event, StaffChanged):
            await staff.know(self._pool, event.staff, event.version, event.roles)
            await message.ack()
            return
        if not isinstance(event, ErasureRequested | WithdrawalRequested):
            raise InvalidMessage("subject")
        pseudonym = self._pseudonyms.of(event.consultation, event.subject)
        departure = await participants.leave(self._pool, event, pseudonym, day_of(self._clock()))
        await message.ack()
        if departure is not None:
            self._metrics.applied.inc()
            log(SERVICE, "event_applied", subject=message.subject)

    async def _set_aside(self, message: Msg, error: InvalidMessage) -> None:
        await dead_letters.set_aside(
            self._pool,
            stream=READER.stream,
            sequence=message.metadata.sequence.stream,
            subject=message.subject,
            body=message.data,
            reason=error.reason,
            day=day_of(self._clock()),
        )
        await message.term()
        self._metrics.refused.labels(error.reason).inc()
        log(SERVICE, "message_refused", stream=READER.stream, reason=error.reason)
