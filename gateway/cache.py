"""Answers kept in memory until what they were made of changes. All answers are public and the same for everybody."""

import asyncio
import base64
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import brotli

MAX_BYTES: Final = 64 * 1024 * 1024
ENTRY_BYTES: Final = 2_048
"""What an entry costs besides its body: without it, a visitor who makes up cursors could keep a million empty lists."""
COMPRESSIBLE_BYTES: Final = 500
LEVEL: Final = 4
"""4 packs a list of a hundred contributions in half the time of 6, for some hundredths more bytes."""
QUALITY: Final = 5
"""Brotli's: from 5 on it packs a page a tenth smaller than gzip does."""


@dataclass(frozen=True)
class Answer:
    """A body ready to send, with the strong entity tag of its bytes (RFC 9110 section 8.8.3)."""

    body: bytes
    etag: str
    media_type: str

    @cached_property
    def compressed(self) -> "Answer":
        """The same in gzip (RFC 1952), made once, with a tag of its own: other bytes. Itself when that gains nothing.

        Compressing is safe here because nothing secret is ever beside what a visitor chose: there are no secrets.
        """
        return self._packed("gzip", lambda body: gzip.compress(body, LEVEL, mtime=0))

    @cached_property
    def in_brotli(self) -> "Answer":
        """The same in brotli (RFC 7932), likewise: a tenth fewer bytes."""
        return self._packed("br", lambda body: brotli.compress(body, quality=QUALITY))

    def in_coding(self, coding: str) -> "Answer":
        """The same in ``coding``, one of ``contracts.codings.OFFERED``, or as it is."""
        return {"br": lambda: self.in_brotli, "gzip": lambda: self.compressed}.get(coding, lambda: self)()

    def _packed(self, coding: str, pack: Callable[[bytes], bytes]) -> "Answer":
        if len(self.body) < COMPRESSIBLE_BYTES:
            return self
        packed = pack(self.body)
        kept = Answer(packed, f'{self.etag[:-1]}.{coding}"', self.media_type)
        return kept if len(packed) < len(self.body) else self


def answer(body: bytes, media_type: str) -> Answer:
    """An answer with the tag of its content: the same on every replica and after every restart."""
    digest = hashlib.blake2b(body, digest_size=12).digest()
    return Answer(body, f'"{base64.urlsafe_b64encode(digest).decode()}"', media_type)


class Cache:
    """The least recently used answers go first, so that it never holds more than ``max_bytes``.

    Their compressed forms come on top of that, and are smaller.

    ``made_from`` is whatever an answer depends on (the revision, the day): when it differs, the answer is made again,
    once, however many wait for it.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, tuple[Hashable, Answer]] = OrderedDict()
        self._making: dict[Hashable, asyncio.Task[Answer]] = {}

    async def get(self, key: Hashable, made_from: Hashable, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer for ``key`` made from ``made_from``."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] == made_from:
            self._kept.move_to_end(key)
            return kept[1]
        work = (key, made_from)
        task = self._making.get(work)
        if task is None:
            task = self._making[work] = asyncio.ensure_future(self._make(work, make))
        # A client that goes away must not cancel what others wait for.
        return await asyncio.shield(task)

    async def _make(self, work: tuple[Hashable, Hashable], make: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            made = await make()
        finally:
            del self._making[work]
        self._keep(*work, made)
        return made

    def _keep(self, key: Hashable, made_from: Hashable, made: Answer) -> None:
        replaced = self._kept.pop(key, None)
        if replaced is not None:
            self._bytes -= len(replaced[1].body) + ENTRY_BYTES
        self._kept[key] = (made_from, made)
        self._bytes += len(made.body) + ENTRY_BYTES
        while self._bytes > self._max_bytes:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._bytes -= len(dropped.body) + ENTRY_BYTES
