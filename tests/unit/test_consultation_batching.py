"""Group commit without a database: company, order, limits and failures."""

import asyncio
from collections.abc import Sequence

import pytest

from consultation_service.batching import Batcher

pytestmark = pytest.mark.anyio


class Poison(Exception):
    """A bad row."""


async def test_requests_that_come_during_a_batch_leave_together_and_in_order() -> None:
    batches: list[list[int]] = []
    gate = asyncio.Event()

    async def write(asked: Sequence[int]) -> Sequence[int]:
        batches.append(list(asked))
        await gate.wait()
        return [number * 10 for number in asked]

    batcher = Batcher(write, poison=(), most=4)
    first = batcher.submit(0)
    await asyncio.sleep(0.01)
    others = [batcher.submit(number) for number in range(1, 7)]
    gate.set()
    assert await asyncio.gather(first, *others) == [0, 10, 20, 30, 40, 50, 60]
    assert batches == [[0], [1, 2, 3, 4], [5, 6]]
    await batcher.close()


async def test_a_poisonous_request_fails_alone() -> None:
    async def write(asked: Sequence[str]) -> Sequence[str]:
        if "bad" in asked:
            raise Poison
        return asked

    batcher = Batcher(write, poison=(Poison,))
    answers = await asyncio.gather(*map(batcher.submit, ["a", "bad", "b"]), return_exceptions=True)
    assert answers[0] == "a"
    assert isinstance(answers[1], Poison)
    assert answers[2] == "b"


async def test_any_other_failure_is_told_to_each_and_the_next_batch_works() -> None:
    failing = True

    async def write(asked: Sequence[str]) -> Sequence[str]:
        if failing:
            raise OSError
        return asked

    batcher = Batcher(write, poison=(Poison,))
    answers = await asyncio.gather(*map(batcher.submit, "abc"), return_exceptions=True)
    assert [type(answer) for answer in answers] == [OSError] * 3
    failing = False
    assert await batcher.submit("d") == "d"


async def test_somebody_who_leaves_does_not_disturb_the_others() -> None:
    async def write(asked: Sequence[str]) -> Sequence[str]:
        await asyncio.sleep(0.01)
        return asked

    batcher = Batcher(write, poison=())
    gone, stays = batcher.submit("gone"), batcher.submit("stays")
    gone.cancel()
    assert await stays == "stays"
