"""Which content codings a client accepts, and streams in gzip that are never whole in memory."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import Final

from contracts.codings import chosen

LEVEL: Final = 4
GZIP_WINDOW: Final = 31
"""zlib's way to say: 32 kB of window, in the gzip format."""


def accepts_gzip(accept_encoding: bytes) -> bool:
    """Whether to send a stream in gzip, the one coding that streams have."""
    return chosen(accept_encoding, ("gzip",)) == "gzip"


async def compressed(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """``pieces`` as one gzip stream. Each is packed aside, so that other visitors do not wait for it."""
    packer = zlib.compressobj(LEVEL, wbits=GZIP_WINDOW)
    async for piece in pieces:
        if packed := await asyncio.to_thread(packer.compress, piece):
            yield packed
    yield packer.flush()
