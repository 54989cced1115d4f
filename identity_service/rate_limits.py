"""Rate limits that do not keep anybody's address.

A network is known by ``HMAC(daily random key, IPv4 or IPv6 /64)`` cut to 8 bytes. The key lives in memory for a day and
is nowhere else, so yesterday's digests mean nothing, even to us. Counters are in memory, and their number is bounded.
"""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Callable
from typing import Final

from contracts.http import Refusal

WINDOW_SECONDS: Final = 15 * 60
KEY_LIFE_SECONDS: Final = 24 * 3600
MAX_COUNTERS: Final = 50_000
DIGEST_BYTES: Final = 8


class RateLimits:
    """Counts events per key in windows of 15 minutes. ``clock`` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float], max_counters: int = MAX_COUNTERS) -> None:
        self._clock = clock
        self._max_counters = max_counters
        self._counters: dict[tuple[str, bytes], tuple[float, int]] = {}
        self._renew()

    def take(self, action: str, who: str | bytes, limit: int) -> None:
        """Count one ``action`` of ``who`` (an IP address, or bytes of ours). Raises ``Refusal`` ``rate_limited``."""
        now = self._clock()
        if now >= self._key_ends:
            self._renew()
        key = (action, self._digest(who))
        began, count = self._counters.pop(key, (now, 0))
        if now - began >= WINDOW_SECONDS:
            began, count = now, 0
        self._make_room(now)
        self._counters[key] = (began, min(count + 1, limit + 1))
        if count >= limit:
            raise Refusal("rate_limited", minutes=max(1, round((began + WINDOW_SECONDS - now) / 60)))

    def _digest(self, who: str | bytes) -> bytes:
        data = who if isinstance(who, bytes) else network(who)
        return hmac.digest(self._key, data, hashlib.sha256)[:DIGEST_BYTES]

    def _make_room(self, now: float) -> None:
        # The oldest touched are first in a dict that every use re-inserts into.
        while self._counters and len(self._counters) >= self._max_counters:
            del self._counters[next(iter(self._counters))]
        oldest = next(iter(self._counters), None)
        while oldest is not None and now - self._counters[oldest][0] >= WINDOW_SECONDS:
            del self._counters[oldest]
            oldest = next(iter(self._counters), None)

    def _renew(self) -> None:
        self._key = secrets.token_bytes(32)
        self._key_ends = self._clock() + KEY_LIFE_SECONDS
        self._counters.clear()


def network(address: str) -> bytes:
    """The network that an address stands for: itself for IPv4, its /64 for IPv6; what is unreadable counts as one."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return b"unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        return ip.ipv4_mapped.packed if ip.ipv4_mapped else ip.packed[:8]
    return ip.packed
