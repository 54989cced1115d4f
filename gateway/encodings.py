"""Which content codings a client accepts, and streams in gzip that are never whole in memory."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Final

LEVEL: Final = 4
GZIP_WINDOW: Final = 31
"""zlib's way to say: 32 kB of window, in the gzip format."""


@lru_cache(256)
def accepts_gzip(accept_encoding: bytes) -> bool:
    """Whether this ``Accept-Encoding`` allows gzip (RFC 9110 section 12.5.3). An absent one is not an invitation."""
    weights: dict[bytes, float] = {}
    for part in accept_encoding.lower().split(b","):
        coding, _, parameter = part.partition(b";")
        name, _, value = parameter.strip().partition(b"=")
        try:
            weights[coding.strip()] = float(value) if name.strip() == b"q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get(b"gzip", weights.get(b"*", 0.0)) > 0


async def compressed(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """``pieces`` as one gzip stream. Each is packed aside, so that other visitors do not wait for it."""
    packer = zlib.compressobj(LEVEL, wbits=GZIP_WINDOW)
    async for piece in pieces:
        if packed := await asyncio.to_thread(packer.compress, piece):
            yield packed
    yield packer.flush()
