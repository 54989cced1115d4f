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
DAY_SECONDS: Final = 24 * 3600
KEY_LIFE_SECONDS: Final = DAY_SECONDS
MAX_COUNTERS: Final = 50_000
DIGEST_BYTES: Final = 8


class RateLimits:
    """Counts events per key in windows of 15 minutes, or of a day at most. ``clock`` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float], max_counters: int = MAX_COUNTERS) -> None:
        self._clock = clock
        self._max_counters = max_counters
        self._counters: dict[str, dict[bytes, tuple[float, int]]] = {}
        self._renew()

    def take(self, action: str, who: str | bytes, limit: int, seconds: float = WINDOW_SECONDS) -> None:
        """Count one ``action`` of ``who`` (an IP address, or bytes of ours). Raises ``Refusal`` ``rate_limited``.

        One action has one window. Each has counters of its own: many networks cannot push mailboxes' counters out.
        """
        now = self._clock()
        if now >= self._key_ends:
            self._renew()
        kind = f"{action} of {'ours' if isinstance(who, bytes) else 'a network'}"
        counters, key = self._counters.setdefault(kind, {}), self._digest(who)
        began, count = counters.pop(key, (now, 0))
        if now - began >= seconds:
            began, count = now, 0
        self._make_room(counters, now, seconds)
        counters[key] = (began, min(count + 1, limit + 1))
        if count >= limit:
            raise Refusal("rate_limited", minutes=max(1, round((began + seconds - now) / 60)))

    def _digest(self, who: str | bytes) -> bytes:
        data = who if isinstance(who, bytes) else network(who)
        return hmac.digest(self._key, data, hashlib.sha256)[:DIGEST_BYTES]

    def _make_room(self, counters: dict[bytes, tuple[float, int]], now: float, seconds: float) -> None:
        # The oldest touched are first in a dict that every use re-inserts into.
        while counters and len(counters) >= self._max_counters:
            del counters[next(iter(counters))]
        oldest = next(iter(counters), None)
        while oldest is not None and now - counters[oldest][0] >= seconds:
            del counters[oldest]
            oldest = next(iter(counters), None)

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
