"""What a vote is compared with: a POST that does nothing, and one upsert per request. Same server, same settings.

Run as ``python -m bench.baselines PORT DSN PASSWORD_FILE``.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consultation_service.__main__ import spare_the_collector

UPSERT: Final = """
insert into single_upsert (item, participant, choice, day) values ($1, $2, $3, current_date)
on conflict (item, participant) do update set choice = excluded.choice, day = excluded.day
"""


class Choice(msgspec.Struct):
    """The body of a vote."""

    choice: str


async def empty(request: Request) -> Response:
    """Decode and answer."""
    msgspec.json.decode(await request.body(), type=Choice)
    return Response(status_code=204)


async def single(request: Request) -> Response:
    """Decode, write one row in its own transaction, answer."""
    msgspec.json.decode(await request.body(), type=Choice)
    number = request.app.state.number = request.app.state.number + 1
    async with request.app.state.pool.acquire() as connection:
        await connection.execute(UPSERT, number % 200, request.headers["cookie"].encode()[-32:], 1)
    return Response(status_code=204)


def create_app(dsn: str, password: str) -> Starlette:
    """The two baselines."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, password=password, min_size=8, max_size=16) as pool:
            await pool.execute(
                "create table if not exists single_upsert (item int, participant bytea, choice smallint, day date, "
                "primary key (item, participant))"
            )
            app.state.pool, app.state.number = pool, 0
            yield

    routes = [Route("/empty", empty, methods=["POST"]), Route("/single", single, methods=["POST"])]
    return Starlette(routes=routes, lifespan=lifespan)


def main(arguments: list[str]) -> None:
    """Serve on loopback, as the services do."""
    port, dsn, password_file = arguments
    options: dict[str, Any] = {"loop": "uvloop", "http": "httptools", "access_log": False, "log_config": None}
    app = create_app(dsn, Path(password_file).read_text().strip())
    spare_the_collector()
    uvicorn.run(
        app,
        host="127.0.0.1", port=int(port), server_header=False, proxy_headers=False, lifespan="on", **options,
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
