"""Migrations of the identity database: an old one and a new one end up the same."""

import dataclasses

import asyncpg
import pytest

from identity_service.settings import Settings
from identity_service.store import database
from tests.harness import Databases, EnvironmentOf

pytestmark = pytest.mark.anyio
# Columns by name and not by place: a column that was added later stands last.
SHAPE = """
    select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' '
           || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || ' ' || coalesce(col_description(c.oid, a.attnum), '')
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    union all select relname || ' ' || obj_description(oid) from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r'
    union all select indexdef from pg_indexes where schemaname = 'public'
    union all select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
      where connamespace = 'public'::regnamespace
    union all select 'version ' || version from schema_version
    order by 1"""


async def shape(settings: Settings) -> list[str]:
    """Everything the catalogue says of our tables and indexes."""
    connection = await asyncpg.connect(settings.database, password=settings.database_password_file.read_text().strip())
    found = [row[0] for row in await connection.fetch(SHAPE)]
    await connection.close()
    return found


async def test_the_identity_schema_equals_all_migrations(environment: EnvironmentOf, databases: Databases) -> None:
    settings = Settings.from_environment(environment("identity"))
    old, new = databases.empty("identity"), databases.empty("identity")
    try:
        connection = await old.connect()
        await connection.execute(database._sql("migrations/0001_identity.sql"))
        await connection.execute("insert into schema_version values (1)")
        await connection.close()
        migrated, made = (dataclasses.replace(settings, database=one.dsn) for one in (old, new))
        before = await shape(migrated)
        for one in (migrated, made, made):
            assert await database.migrate(one) == database.SCHEMA_VERSION
        assert await shape(migrated) == await shape(made)
        assert before != await shape(made)
    finally:
        databases.drop(old)
        databases.drop(new)
    assert database._migrations()[-1][0] == database.SCHEMA_VERSION
