"""What the gateway does with what a pull gives."""

import asyncio
from typing import Any, cast

import pytest
from nats.js import JetStreamContext

from gateway.bus import Bus
from gateway.metrics import Metrics

pytestmark = pytest.mark.anyio


class Pulls:
    """A subscription whose pulls answer nothing, as they do when one ends on a status of the server."""

    def __init__(self) -> None:
        self.empty = 3

    async def pull_subscribe_bind(self, *_: Any) -> "Pulls":
        return self

    async def fetch(self, *_: Any, **__: Any) -> list[Any]:
        if self.empty == 0:
            raise asyncio.CancelledError
        self.empty -= 1
        return []


async def test_an_empty_pull_is_no_reason_to_stop_listening() -> None:
    pulls = Pulls()
    bus = Bus(cast(Any, None), cast(Any, None), {}, Metrics())
    with pytest.raises(asyncio.CancelledError):
        await bus._follow(cast(JetStreamContext, pulls))
    assert pulls.empty == 0
