"""Group commit: requests that arrive together share one transaction, and each gets its own answer.

While a transaction is under way (a millisecond or two, most of it fsync), new requests wait; when it ends, all those
that wait leave together. So a lone request waits for nobody, and the busier the service, the more requests each fsync
carries. Waiting longer for company was measured and does not pay: the processor idles while everybody waits in one
batch.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

MOST: Final = 256


class Batcher(Generic[Asked, Answered]):
    """Collects what is asked and hands it to ``write``, one batch at a time and in order.

    ``write`` answers a batch in its order, or raises and then has done nothing that anybody may count on. When it
    raises one of ``poison``, each request is tried alone, so that a bad one harms nobody else; any other exception
    goes to every request of the batch. ``observe`` is told the size of each batch.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Asked]], Awaitable[Sequence[Answered]]],
        *,
        poison: tuple[type[Exception], ...],
        observe: Callable[[int], None] = lambda size: None,
        most: int = MOST,
    ) -> None:
        self._write = write
        self._poison = poison
        self._observe = observe
        self._most = most
        self._waiting: list[tuple[Asked, asyncio.Future[Answered]]] = []
        self._writer: asyncio.Task[None] | None = None

    def submit(self, asked: Asked) -> asyncio.Future[Answered]:
        """Ask; the future holds the answer once it is durable, or the exception."""
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, future))
        if self._writer is None:
            self._writer = asyncio.create_task(self._run())
        return future

    async def close(self) -> None:
        """Wait for what was asked to be answered."""
        if self._writer is not None:
            await self._writer

    async def _run(self) -> None:
        try:
            await asyncio.sleep(0)  # those that the same turn of the loop brings come along
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                self._observe(len(batch))
                await self._answer(batch)
        finally:
            self._writer = None

    async def _answer(self, batch: list[tuple[Asked, asyncio.Future[Answered]]]) -> None:
        try:
            answers = await self._write([asked for asked, _ in batch])
        except Exception as error:
            if isinstance(error, self._poison) and len(batch) > 1:
                for one in batch:
                    await self._answer([one])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)
