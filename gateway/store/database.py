"""Connections and the version of the schema."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import asyncpg

from gateway.errors import SchemaVersion
from gateway.settings import Settings

SCHEMA_VERSION: Final = 3
SQL: Final = Path(__file__).parent.parent / "sql"
T = TypeVar("T")

if TYPE_CHECKING:  # asyncpg's classes take a type in its stubs only
    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection

UNREACHABLE: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
)
"""What asyncpg raises when the database is away, rather than when it refuses something."""


async def open_pool(settings: Settings) -> Pool:
    """Connect. The password is read from its file at every connection, so that it can be changed while we run."""
    return await asyncpg.create_pool(
        settings.database,
        password=lambda: settings.database_password_file.read_text().strip(),
        min_size=1,
        max_size=settings.database_pool,
        command_timeout=30,
        server_settings={"application_name": "gateway"},
    )


async def migrate(settings: Settings) -> int:
    """Bring the database to the version of this program and return how many files were applied."""
    connection = await connect(settings)
    try:
        async with connection.transaction():
            # Two replicas may start together: the second waits, then finds nothing to do.
            await connection.execute("/* migrate */ select pg_advisory_xact_lock(hashtext('gateway.migrate'))")
            files = _files_after(await _version(connection))
            for file in files:
                await connection.execute(file.read_text())
            return len(files)
    finally:
        await connection.close()


async def require_schema(pool: Pool) -> None:
    """Raise ``SchemaVersion`` unless the database is of the version this program knows."""
    found = await _version(pool)
    if found < SCHEMA_VERSION:
        raise SchemaVersion(
            f"The gateway's database is of version {found}, this program needs {SCHEMA_VERSION}: "
            "run 'python -m gateway migrate'."
        )
    if found > SCHEMA_VERSION:
        raise SchemaVersion(
            f"The gateway's database is of version {found}, newer than this program ({SCHEMA_VERSION}): "
            "use the newer program."
        )


async def alive(pool: Pool) -> bool:
    """Whether the database answers."""
    try:
        return bool(await pool.fetchval("/* alive */ select true", timeout=2))
    except (*UNREACHABLE, asyncpg.PostgresError):
        return False


async def until_reachable(action: Callable[[], Awaitable[T]], seconds: float = 30) -> T:
    """Repeat ``action`` while the database is away, for ``seconds`` at most: it may start after us."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            return await action()
        except UNREACHABLE:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.3)


async def connect(settings: Settings) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection outside the pool."""
    password = settings.database_password_file.read_text().strip()
    return await until_reachable(lambda: asyncpg.connect(settings.database, password=password))


async def _version(database: "Pool | asyncpg.Connection[asyncpg.Record]") -> int:
    if await database.fetchval("/* version */ select to_regclass('schema_version')") is None:
        return 0
    return int(await database.fetchval("/* version */ select version from schema_version") or 0)


def _files_after(version: int) -> list[Path]:
    """An empty database gets ``schema.sql``, which equals all migrations; another one gets those it lacks."""
    if version == 0:
        return [SQL / "schema.sql"]
    return [file for file in sorted((SQL / "migrations").glob("*.sql")) if int(file.name.split("_")[0]) > version]
