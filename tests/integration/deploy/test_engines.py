"""The embedded engines and the fixtures that hand them out."""

from pathlib import Path

import asyncpg
import pytest

from deploy.postgres import Postgres
from deploy.provision import provision
from deploy.secrets import OPERATOR, Secrets
from tests.harness import SERVICES, Bus, EnvironmentOf, FreshDatabase

pytestmark = pytest.mark.anyio


async def test_durable_settings_are_what_the_server_really_uses(postgres: Postgres, secrets: Secrets) -> None:
    connection = await asyncpg.connect(postgres.dsn(OPERATOR, "postgres"), password=secrets.password(OPERATOR))
    shown = {row["name"]: row["setting"] for row in await connection.fetch("select name, setting from pg_settings")}
    await connection.close()
    assert shown["data_checksums"] == "on"
    assert shown["server_encoding"] == "UTF8"
    assert shown["log_statement"] == "none"
    assert shown["log_parameter_max_length_on_error"] == "0"
    assert shown["log_min_error_statement"] == "panic"
    assert shown["log_error_verbosity"] == "terse"
    assert shown["unix_socket_directories"] == ""
    assert shown["track_commit_timestamp"] == "off"


@pytest.mark.parametrize("service", SERVICES)
async def test_a_fresh_database_belongs_to_its_role(fresh_database: FreshDatabase, service: str) -> None:
    first, second = fresh_database(service), fresh_database(service)
    assert first.dsn != second.dsn
    connection = await first.connect()
    assert await connection.fetchval("select current_user") == service
    assert await connection.fetchval("select to_regclass('schema_version')") is not None
    await connection.close()


async def test_provisioning_again_changes_nothing(bus: Bus, secrets: Secrets) -> None:
    await provision(bus.url, secrets)
    client = await bus.connect("provision_consultation")
    info = await client.jetstream().stream_info("PUBLIC")
    assert info.config.max_msgs_per_subject == 1
    assert info.config.deny_delete
    consumer = await client.jetstream().consumer_info("PUBLIC", "gateway")
    assert consumer.config.ack_wait == 10
    await client.close()


async def test_streams_are_empty_at_the_start_of_a_test_first(bus: Bus) -> None:
    await _one_publication_and_no_more(bus)


async def test_streams_are_empty_at_the_start_of_a_test_second(bus: Bus) -> None:
    await _one_publication_and_no_more(bus)


async def _one_publication_and_no_more(bus: Bus) -> None:
    client = await bus.connect("consultation")
    await client.jetstream().publish("public.v1.tally.example", b"x")
    await client.close()
    operator = await bus.connect("provision_consultation")
    assert (await operator.jetstream().stream_info("PUBLIC")).state.messages == 1
    await operator.close()


def test_environment_names_a_file_that_exists_for_every_secret(environment: EnvironmentOf) -> None:
    for service in SERVICES:
        files = {name: value for name, value in environment(service).items() if name.endswith("_FILE")}
        assert files
        assert all(Path(path).stat().st_mode & 0o077 == 0 for path in files.values())
