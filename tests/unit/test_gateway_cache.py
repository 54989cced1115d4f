"""Entity tags, and a cache that makes each answer once and stays within its size."""

import asyncio

import pytest

from gateway.cache import Answer, Cache, answer, unchanged

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
    cache = Cache(max_bytes=100)
    made: list[int] = []
    for number in (1, 2, 3, 2, 1):

        async def make(number: int = number) -> Answer:
            made.append(number)
            return answer(bytes(40), "text/plain")

        await cache.get(number, 0, make)
    assert made == [1, 2, 3, 1]
