"""A user of the bus who tries things and listens to what the server says of them.

nats-py reports a violation through its error callback, later: the call itself returns as if nothing were wrong.
"""

import asyncio
import base64
import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterable

import nkeys
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


async def refuses_connection(url: str, *, seed: str = "", **claims: str) -> bool:
    """Whether the server turns away whoever signs with ``seed`` or makes ``claims`` (protocol field and value)."""
    reader, writer = await asyncio.open_connection(*url.removeprefix("nats://").split(":"))
    try:
        welcome = json.loads((await reader.readline()).removeprefix(b"INFO "))
        if seed:
            claims |= _signed(seed, welcome["nonce"])
        writer.write(b"CONNECT " + json.dumps({"verbose": False, "protocol": 1, **claims}).encode() + b"\r\nPING\r\n")
        return (await reader.readline()).startswith(b"-ERR 'Authorization Violation'")
    finally:
        writer.close()
        await writer.wait_closed()


def _signed(seed: str, nonce: str) -> dict[str, str]:
    key = nkeys.from_seed(bytearray(seed.encode()))
    signature = base64.urlsafe_b64encode(key.sign(nonce.encode())).rstrip(b"=").decode()
    return {"nkey": key.public_key.decode(), "sig": signature}
