"""Connections, the schema and its version."""

import re
from importlib import resources
from typing import TYPE_CHECKING, Final

import asyncpg

from consultation_service.settings import Settings

if TYPE_CHECKING:  # asyncpg's classes take a type in its stubs only
    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection

SCHEMA_VERSION: Final = 4
"""The schema that this code knows: ``schema.sql``, or an older one brought up by ``sql/migrations/``."""

UNAVAILABLE: Final[tuple[type[Exception], ...]] = (
    OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError, asyncpg.InternalClientError,
)  # fmt: skip
"""What a database that is away, starting, stopping or full raises: nothing was acknowledged, a retry may succeed."""

# One plan per statement, made once: the vote statement costs more to plan than to run. Such a plan may be made when a
# table is empty and outlive that by minutes, so it must never be to read the whole table.
SERVER_SETTINGS: Final = {
    "application_name": "consultation_service",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
}


class UnknownSchema(Exception):
    """The database has another schema version than this code."""


async def open_pool(settings: Settings) -> Pool:
    """Open the pool. Raises one of ``UNAVAILABLE``, or ``asyncpg.PostgresError`` when the role is refused."""
    return await asyncpg.create_pool(
        settings.database,
        password=_password(settings),
        min_size=1,
        max_size=settings.database_pool + 2,
        timeout=5,
        command_timeout=30,
        server_settings=SERVER_SETTINGS,
        reset=_nothing_to_reset,
    )


async def open_connection(settings: Settings) -> Connection:
    """A connection of its own for long work: whole tables are read, and a statement may take an hour."""
    return await asyncpg.connect(
        settings.database,
        password=_password(settings),
        timeout=10,
        command_timeout=3_600,
        server_settings={"application_name": "consultation_service", "jit": "off", "work_mem": "65536"},
    )


async def _nothing_to_reset(connection: object) -> None:
    """No statement of ours changes a session, so giving a connection back needs no round trip."""


async def schema_version(pool: Pool | Connection) -> int | None:
    """The version in the database; None when there is no schema."""
    if await pool.fetchval("/* schema_version */ select to_regclass('schema_version')::text") is None:
        return None
    version: int | None = await pool.fetchval("/* schema_version */ select version from schema_version")
    return version


async def require_schema(pool: Pool) -> None:
    """Raise ``UnknownSchema``, with a sentence for the operator, unless the database has this code's schema."""
    found = await schema_version(pool)
    if found is None:
        raise UnknownSchema("The database has no schema yet: run 'python -m consultation_service migrate' first.")
    if found < SCHEMA_VERSION:
        raise UnknownSchema(
            f"The database has schema {found}, this program needs {SCHEMA_VERSION}: "
            "run 'python -m consultation_service migrate' first."
        )
    if found > SCHEMA_VERSION:
        raise UnknownSchema(
            f"The database has schema {found}, newer than this program ({SCHEMA_VERSION}): install a newer one."
        )


async def migrate(settings: Settings) -> int:
    """Create the schema or bring it up to date, in one transaction. Returns its version. Raises ``UnknownSchema``."""
    connection = await asyncpg.connect(settings.database, password=_password(settings), timeout=10)
    try:
        async with connection.transaction():
            await connection.execute("/* migrate */ select pg_advisory_xact_lock(1)")
            found = await schema_version(connection)
            if found is None:
                await connection.execute(_sql("schema.sql"))
                await connection.execute("/* migrate */ insert into schema_version values ($1)", SCHEMA_VERSION)
            elif found > SCHEMA_VERSION:
                raise UnknownSchema(f"The database has schema {found}, newer than this program ({SCHEMA_VERSION}).")
            else:
                for version, name in _migrations():
                    if version > found:
                        await connection.execute(_sql(f"migrations/{name}"))
                await connection.execute("/* migrate */ update schema_version set version = $1", SCHEMA_VERSION)
    finally:
        await connection.close()
    return SCHEMA_VERSION


def _password(settings: Settings) -> str:
    return settings.database_password_file.read_text().strip()


def _sql(name: str) -> str:
    return resources.files("consultation_service").joinpath("sql", name).read_text()


def _migrations() -> list[tuple[int, str]]:
    folder = resources.files("consultation_service").joinpath("sql", "migrations")
    if not folder.is_dir():
        return []
    found = (re.fullmatch(r"(\d{4})_\w+\.sql", entry.name) for entry in folder.iterdir())
    return sorted((int(match.group(1)), match.group(0)) for match in found if match)
