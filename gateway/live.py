"""What changes while a page is open, as server-sent events (HTML standard, section 9.2): the same for everybody.

``GET /live/consultations/{consultation}`` says at most once a second which items changed, with their new totals. A
listener that was away, or reads too slowly, is told that it missed something: nothing is kept for anyone in particular.

It says nothing, and nothing sooner, than who reads the lists again each second can see: no author, no instant. How long
somebody listens is not logged.
"""

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from contracts.http import Refusal
from contracts.logs import log
from gateway.catalogue import Catalogue
from gateway.context import context
from gateway.settings import Settings
from gateway.store import changes
from gateway.store.changes import Change
from gateway.store.database import UNREACHABLE, Pool

PATH: Final = "/live/consultations/{consultation}"
PACE_SECONDS: Final = 1.0
HEARTBEAT_SECONDS: Final = 15.0
"""Proxies close what is silent for longer, and a browser that left is noticed."""
RETRY_SECONDS: Final = 1.0
MAX_LISTENERS: Final = 2000
ITEMS: Final = 200
"""In one message; what is left over goes into the next one."""
KEPT: Final = 8
"""Messages that a slow listener may be late by."""
HEADERS: Final = {
    "cache-control": "no-store",
    "access-control-allow-origin": "*",
    "x-accel-buffering": "no",  # the word by which nginx passes a stream on as it comes
}
MISSED: Final = b"event: missed\ndata: {}\n\n"


class Channel:
    """The listeners of one consultation, what is to be told to them, and the last messages."""

    def __init__(self) -> None:
        self.listeners = 0
        self.revision = 0
        self.written: dict[uuid.UUID, None] = {}
        self.counted: dict[uuid.UUID, None] = {}
        self.number = 0
        self.messages: deque[bytes] = deque(maxlen=KEPT)
        self.changed = asyncio.Event()
        self.told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.teller: asyncio.Task[None] | None = None

    def note(self, change: Change) -> None:
        """Remember what to tell. Each item once, however often it changes: as many ids as the consultation has."""
        self.revision = max(self.revision, change.revision)
        self.written |= dict.fromkeys(change.written)
        self.counted |= dict.fromkeys(change.counted)
        self.changed.set()

    def take(self) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
        """What one message tells."""
        written, counted = (list(islice(ids, ITEMS)) for ids in (self.written, self.counted))
        for identifier in written:
            del self.written[identifier]
        for identifier in counted:
            del self.counted[identifier]
        if not self.written and not self.counted:
            self.changed.clear()
        return written, counted

    def tell(self, message: bytes) -> None:
        """Hand ``message`` to all listeners."""
        self.messages.append(message)
        self.number += 1
        self.wake()

    def wake(self) -> None:
        """Let all listeners look."""
        self.told.set_result(None)
        self.told = asyncio.get_running_loop().create_future()

    def after(self, number: int) -> Iterator[bytes]:
        """The messages that follow the ``number``-th."""
        late = self.number - number
        if late > len(self.messages):
            yield MISSED
        yield from list(self.messages)[max(0, len(self.messages) - late) :]


class Live:
    """All listeners of this process. ``run`` hears what changes; ``close`` ends every stream, so that we can stop."""

    def __init__(self, pace: float = PACE_SECONDS, max_listeners: int = MAX_LISTENERS) -> None:
        self._pace = pace
        self._max_listeners = max_listeners
        self._channels: dict[uuid.UUID, Channel] = {}
        self._closed = False

    @property
    def listeners(self) -> int:
        """How many listen."""
        return sum(channel.listeners for channel in self._channels.values())

    @property
    def accepts(self) -> bool:
        """Whether one more may listen."""
        return not self._closed and self.listeners < self._max_listeners

    async def run(self, settings: Settings, catalogue: Catalogue) -> None:
        """Hear what changes, for ever; when the database is back, say to all that they may have missed something."""

        def heard(change: Change) -> None:
            # Who has just written must find it in the list; totals can wait for the time that a revision is believed.
            if change.written:
                catalogue.expire()
            self._heard(change)

        while True:
            try:
                await changes.listen(settings, heard, self._began)
            except UNREACHABLE as error:
                log("gateway", "database_unavailable", error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    def close(self) -> None:
        """End every stream. Browsers come back by themselves, to us or to another replica."""
        self._closed = True
        for channel in self._channels.values():
            channel.wake()

    def _heard(self, change: Change) -> None:
        if (channel := self._channels.get(change.consultation)) is not None:
            channel.note(change)

    def _began(self) -> None:
        for channel in self._channels.values():
            channel.tell(MISSED)

    async def stream(
        self, pool: Pool, catalogue: Catalogue, consultation: uuid.UUID, after: str
    ) -> AsyncIterator[bytes]:
        """What one listener is sent; ``after`` is the last event id it knows, or empty."""
        if (channel := self._channels.get(consultation)) is None:
            channel = self._channels[consultation] = Channel()
            channel.teller = asyncio.create_task(self._tell(pool, catalogue, consultation, channel))
        channel.listeners += 1
        try:
            number = channel.number
            await catalogue.refresh(since=asyncio.get_running_loop().time())
            now = catalogue.name_of(catalogue.revision_of(consultation))
            yield f"retry: 3000\nid: {now}\nevent: hello\ndata: {{}}\n\n".encode()
            if after not in ("", now):
                yield MISSED
            while not self._closed:
                if channel.number == number:
                    await asyncio.wait([channel.told], timeout=HEARTBEAT_SECONDS)
                if channel.number == number:
                    yield b": \n\n"
                    continue
                messages, number = b"".join(channel.after(number)), channel.number
                yield messages
        finally:
            channel.listeners -= 1
            if not channel.listeners:
                if channel.teller is not None:
                    channel.teller.cancel()
                del self._channels[consultation]

    async def _tell(self, pool: Pool, catalogue: Catalogue, consultation: uuid.UUID, channel: Channel) -> None:
        """Tell the listeners of ``channel`` what changed, at most once each ``pace``."""
        while True:
            await channel.changed.wait()
            revision = channel.revision
            written, counted = channel.take()
            try:
                data = await _data(pool, written, counted)
            except UNREACHABLE:
                channel.tell(MISSED)
            else:
                # An id says "you know everything up to here": not while a part waits for the next message.
                number = f"id: {catalogue.name_of(revision)}\n" if not channel.changed.is_set() else ""
                channel.tell(f"{number}event: changes\ndata: {data}\n\n".encode())
            await asyncio.sleep(self._pace)


async def _data(pool: Pool, written: list[uuid.UUID], counted: list[uuid.UUID]) -> str:
    items = await changes.written(pool, written) if written else []
    totals = await changes.counted(pool, counted) if counted else {}
    tallies = ",".join(f'"{identifier}":{totals[identifier]}' for identifier in counted if identifier in totals)
    return f'{{"contributions":{msgspec.json.encode(items).decode()},"tallies":{{{tallies}}}}}'


async def listen(request: Request) -> Response:
    """``GET /live/consultations/{consultation}``. ``Last-Event-ID``, or ``after``, is the last event that was heard."""
    here = context(request)
    consultation = await here.catalogue.find(request.path_params["consultation"])
    if not here.live.accepts:
        raise Refusal("unavailable")
    if request.method == "HEAD":
        return Response(headers=HEADERS, media_type="text/event-stream")
    after = request.headers.get("last-event-id") or request.query_params.get("after", "")
    events = here.live.stream(here.pool, here.catalogue, uuid.UUID(consultation.consultation), after)
    return StreamingResponse(events, headers=HEADERS, media_type="text/event-stream")


ROUTES: Final = [Route(PATH, listen)]
