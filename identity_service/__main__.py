"""``python -m identity_service [serve | migrate | staff …]``.

Exit codes: 2 for a setting, 3 for a database of another version, 1 for anything else.
"""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Sequence

import uvicorn

from contracts.logs import log
from identity_service import keys
from identity_service.app import create_app
from identity_service.settings import InvalidSettings, Settings
from identity_service.staff import command as command_of_staff
from identity_service.store.database import UNAVAILABLE, UnknownSchema, migrate, open_pool, require_schema


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
                print(f"The identity database has schema {version}.")
            case "staff":
                return command_of_staff.main(rest, settings)
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
    keys.load(settings)
    asyncio.run(_check(settings))
    # The libraries' own messages quote what they fail on; ours are an allow-list (contracts.logs).
    logging.disable(logging.CRITICAL)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=True,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            lifespan="on",
            timeout_graceful_shutdown=10,
        )
    )
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        print(f"The service could not start: is {settings.host}:{settings.port} free?", file=sys.stderr)
        return 1
    log("identity", "stopped")
    return 0


async def _check(settings: Settings) -> None:
    pool = await open_pool(settings)
    try:
        await require_schema(pool)
    finally:
        await pool.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
