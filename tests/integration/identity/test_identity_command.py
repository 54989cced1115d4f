"""The command: its exit codes, its schema, and what stands in the catalogue."""

import subprocess
import sys

import pytest

from deploy.environment import process_environment
from tests.harness import Databases, EnvironmentOf, FreshDatabase, wait_for

pytestmark = pytest.mark.anyio


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "identity_service", *arguments],
        env={**process_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_unknown_setting(environment: EnvironmentOf) -> None:
    done = run({**environment("identity"), "IDENTITY_COLOUR": "blue"})
    assert (done.returncode, "Unknown setting IDENTITY_COLOUR" in done.stderr) == (2, True)


def test_newer_schema_is_refused(environment: EnvironmentOf, fresh_database: FreshDatabase) -> None:
    settings = environment("identity")
    database = fresh_database("identity")

    async def from_the_future() -> None:
        connection = await database.connect()
        await connection.execute("update schema_version set version = 99")
        await connection.close()

    wait_for(from_the_future())
    for command in ("serve", "migrate"):
        done = run({**settings, "IDENTITY_DATABASE": database.dsn}, command)
        assert (done.returncode, "newer than this program" in done.stderr) == (3, True)


def test_migrate_twice_and_serve_without_a_schema(environment: EnvironmentOf, databases: Databases) -> None:
    database = databases.empty("identity")
    try:
        settings = {**environment("identity"), "IDENTITY_DATABASE": database.dsn}
        assert run(settings).returncode == 3
        assert [run(settings, "migrate").returncode for _ in range(2)] == [0, 0]
    finally:
        databases.drop(database)


async def test_every_table_and_column_is_explained(fresh_database: FreshDatabase) -> None:
    connection = await fresh_database("identity").connect()
    silent = await connection.fetch(
        """
        select c.relname, a.attname from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum >= 0 and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
          and (col_description(c.oid, a.attnum) is null or obj_description(c.oid) is null)
        """
    )
    instants = await connection.fetch(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'public' and data_type like 'timestamp%'"
    )
    await connection.close()
    assert [tuple(row) for row in silent] == []
    # Short-lived exceptions to "days only".
    kept = {("sign_in", "expires_at"), ("staff_sign_in", "expires_at"), ("mail", "next_try_at")}
    assert {tuple(row) for row in instants} == kept
