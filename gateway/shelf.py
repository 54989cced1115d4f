"""Whole responses within reach: a request for one that is still good is answered before any route is looked for.

Everything here is the same for everybody, so the address and the content coding are the whole key. A response is good
for one generation of the catalogue (``catalogue.Catalogue.generation``), which asks the database what changed at most
five times a second, however many read, and so notices what other replicas write.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from contracts.codings import chosen
from gateway.store.database import UNREACHABLE

if TYPE_CHECKING:
    from gateway.context import Context

MAX_BYTES: Final = 64 * 1024 * 1024
LONGEST_QUERY: Final = 300

Key = tuple[str, bytes, str]
Headers = list[tuple[bytes, bytes]]
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Ready:
    """A response of status 200, and what its 304 says."""

    body: bytes
    etag: str
    headers: Headers
    headers_unchanged: Headers
    route: object
    """What answered, for the metrics."""


class Shelf:
    """The responses last asked for, never more than ``max_bytes`` of bodies."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[Key, tuple[int, Ready]] = OrderedDict()

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    def get(self, key: Key, generation: int) -> Ready | None:
        """The response kept for ``key``, if it was made at this generation."""
        kept = self._kept.get(key)
        if kept is None or kept[0] != generation:
            return None
        self._kept.move_to_end(key)
        return kept[1]

    def keep(self, key: Key, generation: int, ready: Ready) -> None:
        """Keep a response made at ``generation`` or later. A response kept before it for the same key is forgotten."""
        replaced = self._kept.pop(key, None)
        if replaced is not None:
            self._bytes -= len(replaced[1].body)
        self._kept[key] = generation, ready
        self._bytes += len(ready.body)
        while self._bytes > self._max_bytes:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._bytes -= len(dropped.body)


def unchanged(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has it already (RFC 9110 section 13.1.2: weak comparison)."""
    if not if_none_match:
        return False
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in known or etag.removeprefix("W/") in known


class Shortcut:
    """The layer before the router. What it cannot answer goes on, with the place where its answer may be kept."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and len(scope["query_string"]) <= LONGEST_QUERY:
            here: Context = scope["state"]["context"]
            asked = dict(scope["headers"])
            key = scope["path"], scope["query_string"], chosen(asked.get(b"accept-encoding", b""))
            if key in here.shelf and await _refreshed(here):
                ready = here.shelf.get(key, here.catalogue.generation)
                if ready is not None:
                    scope["route"] = ready.route
                    await _reply(ready, asked.get(b"if-none-match"), send)
                    return
            # Noted before anything is read: what is read later can only be newer than this generation says.
            scope["place"] = key, here.catalogue.generation
        await self.app(scope, receive, send)


async def _refreshed(here: "Context") -> bool:
    try:
        await here.catalogue.refresh()
    except UNREACHABLE:
        return False  # the page itself will say so
    return True


async def _reply(ready: Ready, if_none_match: bytes | None, send: Send) -> None:
    if if_none_match is not None and unchanged(if_none_match.decode("latin-1"), ready.etag):
        await send({"type": "http.response.start", "status": 304, "headers": ready.headers_unchanged})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": ready.headers})
    await send({"type": "http.response.body", "body": ready.body})
