"""``python -m consultation_service [serve | migrate | republish | import … | release … | demo …]``.

Exit codes: 2 for a setting, 3 for a database of another version, 1 for anything else.
"""

import asyncio
import gc
import logging
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

import uvicorn

from consultation_service.app import create_app
from consultation_service.settings import InvalidSettings, Settings
from consultation_service.states import day_of
from consultation_service.store import republication
from consultation_service.store.database import UNAVAILABLE, UnknownSchema, migrate, open_pool, require_schema
from contracts.logs import log


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("serve", [])
    try:
        settings = Settings.from_environment(os.environ)
        match command:
            case "serve":
                return serve(settings)
            case "migrate":
                version = asyncio.run(migrate(settings))
                print(f"The consultation database has schema {version}.")
            case "republish":
                total = asyncio.run(republish(settings))
                print(f"{total} contributions and their consultations are on their way to the bus.")
            case "import":
                from consultation_service import importers  # only this command needs readers of other formats

                return importers.main(rest, settings)
            case "release":
                from consultation_service import release_command  # only this command needs the formats of releases

                return release_command.main(rest, settings)
            case "demo":
                from consultation_service import demo  # only this command needs the texts of the demonstration

                return demo.main(rest, settings)
            case _:
                raise InvalidSettings(f"Unknown command. {__doc__}")
    except InvalidSettings as error:
        print(error, file=sys.stderr)
        return 2
    except UnknownSchema as error:
        print(error, file=sys.stderr)
        return 3
    except UNAVAILABLE as error:
        print(f"The database does not answer ({type(error).__name__}): is it started?", file=sys.stderr)
        return 1
    return 0


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT."""
    asyncio.run(_check(settings))
    # The libraries' own messages quote what they fail on; ours are an allow-list (contracts.logs).
    logging.disable(logging.CRITICAL)
    app = create_app(settings)
    spare_the_collector()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            lifespan="on",
            timeout_graceful_shutdown=10,
        )
    )
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        print(f"The service could not start: is {settings.host}:{settings.port} free?", file=sys.stderr)
        return 1
    log("consultation", "stopped")
    return 0


def spare_the_collector() -> None:
    """Tell Python's collector of cycles that what exists now stays for ever, and to look at the rest less often.

    Else it walks through modules and known sessions several times a second: a sixth of the processor under load, and
    30 ms during which nobody is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


async def _check(settings: Settings) -> None:
    pool = await open_pool(settings)
    try:
        await require_schema(pool)
    finally:
        await pool.close()


async def republish(settings: Settings) -> int:
    """State every public fact again; the running service relays them."""
    pool = await open_pool(settings)
    try:
        await require_schema(pool)
        return await republication.republish(pool, day_of(time.time()))
    finally:
        await pool.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
