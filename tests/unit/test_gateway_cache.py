"""Entity tags, a cache that makes each answer once and stays within its size, and the shelf before the router."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import brotli
import pytest

from gateway.cache import ENTRY_BYTES, Answer, Cache, answer
from gateway.encodings import accepts_gzip, compressed
from gateway.shelf import Key, Ready, Shelf, unchanged

pytestmark = pytest.mark.anyio


def test_the_tag_follows_the_content() -> None:
    assert answer(b"a", "text/plain").etag == answer(b"a", "text/plain").etag != answer(b"b", "text/plain").etag


@pytest.mark.parametrize("header", ['"x"', 'W/"x"', '"a", "x"', "*"])
def test_a_known_tag_is_recognised(header: str) -> None:
    assert unchanged(header, '"x"')
    assert unchanged(header, 'W/"x"')


@pytest.mark.parametrize("header", [None, "", '"y"', "x"])
def test_another_tag_is_not(header: str | None) -> None:
    assert not unchanged(header, '"x"')


async def test_an_answer_is_made_once_for_all_who_wait() -> None:
    cache, made = Cache(), []

    async def make() -> Answer:
        made.append(1)
        await asyncio.sleep(0.01)
        return answer(b"x", "text/plain")

    await asyncio.gather(*(cache.get("key", 1, make) for _ in range(20)))
    await cache.get("key", 1, make)
    assert len(made) == 1
    await cache.get("key", 2, make)
    assert len(made) == 2


async def test_a_failure_is_not_kept() -> None:
    cache = Cache()

    async def fail() -> Answer:
        raise LookupError

    async def make() -> Answer:
        return answer(b"x", "text/plain")

    with pytest.raises(LookupError):
        await cache.get("key", 1, fail)
    assert (await cache.get("key", 1, make)).body == b"x"


async def test_the_oldest_answers_leave_first() -> None:
    cache = Cache(max_bytes=2 * (ENTRY_BYTES + 40) + 20)
    made: list[int] = []
    for number in (1, 2, 3, 2, 1):

        async def make(number: int = number) -> Answer:
            made.append(number)
            return answer(bytes(40), "text/plain")

        await cache.get(number, 0, make)
    assert made == [1, 2, 3, 1]


async def test_many_empty_answers_are_bounded_too() -> None:
    cache = Cache(max_bytes=10 * ENTRY_BYTES)

    async def make() -> Answer:
        return answer(b"", "text/plain")

    for number in range(100):
        await cache.get(number, 0, make)
    assert len(cache._kept) == 10


@pytest.mark.parametrize("header", [b"gzip", b"gzip, deflate, br", b"br;q=1.0, GZIP;q=0.5", b"*", b"*;q=0.1, br"])
def test_gzip_is_for_those_who_ask(header: bytes) -> None:
    assert accepts_gzip(header)


@pytest.mark.parametrize("header", [b"", b"identity", b"br", b"gzip;q=0", b"*, gzip;q=0.0", b"gzip;q=x", b"xgzip"])
def test_gzip_is_not_for_the_others(header: bytes) -> None:
    assert not accepts_gzip(header)


def test_a_compressed_answer_is_the_same_with_a_tag_of_its_own() -> None:
    plain = answer(b"une contribution " * 100, "text/plain")
    assert gzip.decompress(plain.compressed.body) == plain.body
    assert plain.compressed.etag == answer(plain.body, "text/plain").compressed.etag != plain.etag
    assert plain.compressed is plain.compressed
    assert not unchanged(plain.etag, plain.compressed.etag)


def test_brotli_is_the_same_again_with_a_tag_of_its_own() -> None:
    plain = answer(b"une contribution " * 100, "text/plain")
    packed = plain.in_coding("br")
    assert brotli.decompress(packed.body) == plain.body
    assert len({plain.etag, packed.etag, plain.compressed.etag}) == 3
    assert packed is plain.in_coding("br")
    assert plain.in_coding("gzip") is plain.compressed
    assert plain.in_coding("identity") is plain


def test_what_compression_does_not_help_is_left_alone() -> None:
    short = answer(b"court", "text/plain")
    assert short.compressed is short
    assert short.in_coding("br") is short


async def test_a_stream_is_compressed_as_it_goes() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(100):
            yield f"ligne {number}\n".encode() * 50

    whole = b"".join([piece async for piece in pieces()])
    assert gzip.decompress(b"".join([piece async for piece in compressed(pieces())])) == whole


def ready(size: int) -> Ready:
    return Ready(bytes(size), '"x"', [], [], None)


def test_the_shelf_forgets_another_generation_and_the_oldest() -> None:
    shelf = Shelf(max_bytes=100)
    keys: list[Key] = [(f"/{number}", b"", "identity") for number in range(3)]
    shelf.keep(keys[0], 1, ready(40))
    assert shelf.get(keys[0], 1)
    assert shelf.get(keys[0], 2) is None
    shelf.keep(keys[0], 2, ready(50))
    assert shelf.get(keys[0], 2)
    shelf.keep(keys[1], 2, ready(40))
    assert shelf.get(keys[0], 2)
    shelf.keep(keys[2], 2, ready(40))
    assert [key in shelf for key in keys] == [True, False, True]
