"""``python -m gateway`` serves; ``python -m gateway migrate`` prepares the database.

Exit codes: 2 when a setting is wrong, 3 when the database is of another version or cannot be reached.
"""

import asyncio
import logging
import os
import socket
import sys

import uvicorn

from gateway.app import create_app
from gateway.errors import SchemaVersion
from gateway.keys import InvalidKeys
from gateway.live import Live
from gateway.settings import InvalidSettings, Settings
from gateway.store import database


def main(arguments: list[str]) -> int:
    """Run one of the two commands."""
    if arguments not in ([], ["serve"], ["migrate"]):
        return _say("Usage: python -m gateway [serve | migrate]", 2)
    try:
        settings = Settings.from_environment(os.environ)
        if arguments == ["migrate"]:
            asyncio.run(database.migrate(settings))
        else:
            asyncio.run(_require(settings))
            serve(settings)
    except (InvalidSettings, InvalidKeys) as error:
        return _say(str(error), 2)
    except SchemaVersion as error:
        return _say(str(error), 3)
    except FileNotFoundError as error:
        return _say(f"A file named by a setting is missing: {error.filename}", 2)
    except database.UNREACHABLE as error:
        return _say(f"The gateway's database cannot be reached ({type(error).__name__}).", 3)
    return 0


def serve(settings: Settings) -> None:
    """Answer until SIGTERM or SIGINT. Neither uvicorn's access log nor the ``Server`` header: both say too much."""
    # Libraries write stacks of calls and the values in them; our own lines are an allow-list (contracts.logs).
    logging.disable(logging.CRITICAL)
    streams = Live()
    config = uvicorn.Config(
        create_app(settings, streams=streams),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    server = Server(config, streams)
    server.run()
    if not server.started:
        sys.exit(3)


class Server(uvicorn.Server):
    """Stops in order: uvicorn waits for open requests, and a stream is one that does not end by itself."""

    def __init__(self, config: uvicorn.Config, streams: Live) -> None:
        super().__init__(config)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._streams.close()
        await super().shutdown(sockets)


async def _require(settings: Settings) -> None:
    """Refuse an unknown schema before uvicorn starts, in a sentence rather than a stack of calls."""
    pool = await database.until_reachable(lambda: database.open_pool(settings))
    try:
        await database.require_schema(pool)
    finally:
        await pool.close()


def _say(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
