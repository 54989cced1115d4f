"""The projection is a function of the stream: after whatever was played before, a gateway that lost everything finds
the same again.
"""

import asyncio
import time

from deploy.local import Stack
from gateway.settings import Settings
from gateway.store.database import open_pool
from gateway.store.digest import TABLES, content_hash
from tests.e2e.participants import first_consultation


def test_a_gateway_rebuilt_from_nothing_is_equal_to_the_former_one(stack: Stack) -> None:
    first_consultation(stack)
    former = asyncio.run(at_rest(stack))
    asyncio.run(emptied(stack))
    assert asyncio.run(contents(stack)) != former, "the control: an empty gateway is another one"
    stack.restart("gateway")
    until = time.monotonic() + 60
    while asyncio.run(contents(stack)) != former:
        assert time.monotonic() < until
        time.sleep(0.2)


async def at_rest(stack: Stack) -> str:
    """What it says once nothing new comes: totals follow votes within seconds."""
    async with asyncio.timeout(60):
        former = ""
        while (present := await contents(stack)) != former:
            former = present
            await asyncio.sleep(3)
    return former


async def contents(stack: Stack) -> str:
    settings = Settings.from_environment(stack.environment("gateway"))
    pool = await open_pool(settings)
    try:
        return await content_hash(pool)
    finally:
        await pool.close()


async def emptied(stack: Stack) -> None:
    """Everything the gateway believes, forgotten; how far it had come too."""
    pool = await open_pool(Settings.from_environment(stack.environment("gateway")))
    try:
        await pool.execute(f"truncate {', '.join(table for table, _ in TABLES)}")
        await pool.execute("update projection set applied = 0")
    finally:
        await pool.close()
