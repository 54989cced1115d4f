"""A user of the bus who tries things and listens to what the server says of them.

nats-py reports a violation through its error callback, later: the call itself returns as if nothing were wrong.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterable

import nats
from nats.aio.client import Client

from contracts import subjects

_VIOLATION = re.compile(r'permissions violation for (publish|subscription) to "([^"]+)"')


class Probe:
    """One connection, with the violations that the server reported on it."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.client = Client()
        self.violations: list[tuple[str, str]] = []

    async def refused_publications(self, tried: Iterable[str], reply: str = "") -> set[str]:
        """Those of ``tried`` on which the server refused a message."""
        self.violations.clear()
        for subject in tried:
            await self.client.publish(subject, b"{}", reply=reply)
        return await self._reported("publish", tried)

    async def refused_subscriptions(self, tried: Iterable[str], queue: str = "") -> set[str]:
        """Those of ``tried`` to which the server refused a subscription."""
        self.violations.clear()
        for subject in tried:
            await self.client.subscribe(subject, queue=queue)
        return await self._reported("subscription", tried)

    async def _reported(self, kind: str, tried: Iterable[str]) -> set[str]:
        """The server may report after it answered the flush: wait until all is reported, or nothing more comes."""
        await self.client.flush()
        wanted = {(kind, subject.lower()) for subject in tried}
        reported = -1
        while not wanted <= set(self.violations) and reported < len(self.violations):
            reported = len(self.violations)
            await asyncio.sleep(0.3)
        return {subject for subject in tried if (kind, subject.lower()) in self.violations}

    async def heard(self, error: Exception) -> None:
        """The error callback."""
        if found := _VIOLATION.search(str(error).lower()):
            self.violations.append((found[1], found[2]))


@contextlib.asynccontextmanager
async def connected(url: str, user: str, seed: str) -> AsyncIterator[Probe]:
    """A probe connected as ``user``. Raises what nats-py raises when the server refuses the connection."""
    probe = Probe(user)
    await probe.client.connect(
        url, nkeys_seed_str=seed, inbox_prefix=subjects.inbox(user), error_cb=probe.heard, allow_reconnect=False
    )
    try:
        yield probe
    finally:
        await probe.client.close()


async def refuses_connection(url: str, **credentials: str) -> bool:
    """Whether the server turns away whoever presents ``credentials``."""

    async def quiet(error: Exception) -> None:
        """nats-py would print it."""

    try:
        client = await nats.connect(url, allow_reconnect=False, connect_timeout=2, error_cb=quiet, **credentials)  # type: ignore[arg-type]
    except (nats.errors.Error, OSError, asyncio.TimeoutError):
        return True
    await client.close()
    return False
