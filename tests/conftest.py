"""Fixtures over real engines, for every test that needs one. Engines start once per run and only when asked for."""

import shutil
from collections.abc import Iterator

import pytest

from deploy.environment import Addresses
from deploy.environment import environment as environment_of
from deploy.nats import Nats
from deploy.postgres import Postgres
from deploy.provision import provision
from deploy.secrets import Secrets
from tests.harness import (
    SERVICES,
    Bus,
    Database,
    Databases,
    EnvironmentOf,
    FreshDatabase,
    free_port,
    temporary_folder,
    wait_for,
)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the services do."""
    return "asyncio"


@pytest.fixture(scope="session")
def secrets() -> Iterator[Secrets]:
    """Key and password files of a home."""
    folder = temporary_folder()
    made = Secrets(folder / "secrets")
    made.make()
    yield made
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres(secrets: Secrets) -> Iterator[Postgres]:
    """The embedded server, with its roles. Faster than in production (nothing waits for the disk), and each role may
    also enter the test databases that bear its name."""
    folder = temporary_folder()
    rules = [f'host "/^{service}_(template|test_[0-9]+)$" {service} 127.0.0.1/32 scram-sha-256' for service in SERVICES]
    settings = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    with Postgres(folder / "postgres", free_port(), secrets, settings=settings, rules=rules) as server:
        yield server
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def nats_server(secrets: Secrets) -> Iterator[Nats]:
    """The embedded bus, with its streams; its provisioning users may also purge."""
    folder = temporary_folder()
    with Nats(folder / "nats", free_port(), secrets, provision_also=["PURGE"]) as server:
        wait_for(provision(server.url, secrets))
        yield server
    shutil.rmtree(folder)


@pytest.fixture
def bus(nats_server: Nats, secrets: Secrets) -> Iterator[Bus]:
    """The bus with empty streams."""
    bus = Bus(nats_server, secrets)
    yield bus
    wait_for(bus.purge())


@pytest.fixture(scope="session")
def databases(postgres: Postgres) -> Databases:
    """Makes and drops databases."""
    return Databases(postgres)


@pytest.fixture
def fresh_database(databases: Databases) -> Iterator[FreshDatabase]:
    """``fresh_database("identity")``: a new database with the service's schema, dropped after the test."""
    made: list[Database] = []

    def fresh(service: str) -> Database:
        made.append(databases.clone(service))
        return made[-1]

    yield fresh
    for database in made:
        databases.drop(database)


@pytest.fixture
def environment(fresh_database: FreshDatabase, bus: Bus, secrets: Secrets) -> EnvironmentOf:
    """``environment("identity")``: valid settings for the service, over a fresh database and the bus."""

    def environment(service: str) -> dict[str, str]:
        database = fresh_database(service)
        return environment_of(service, Addresses(), secrets, database=database.dsn, bus=bus.url)

    return environment
