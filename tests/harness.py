"""What the fixtures of ``conftest.py`` hand to tests, over real engines."""

import asyncio
import itertools
import random
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import nats
from nats.aio.client import Client

from contracts.subjects import STREAMS, inbox
from deploy import processes
from deploy.environment import PACKAGES, Addresses, environment, process_environment
from deploy.environment import SERVICES as SERVICES
from deploy.nats import Nats
from deploy.postgres import Postgres
from deploy.secrets import OPERATOR, PROVISIONERS, Secrets

T = TypeVar("T")


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end from anywhere, also from inside a test's own event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def free_port() -> int:
    """A port of loopback that nothing listens on at the moment."""
    return free_port_base(1)


def free_port_base(count: int = 5) -> int:
    """The first of ``count`` consecutive free ports, below those that systems give to outgoing connections."""
    while True:
        base = random.randrange(10_000, 30_000, 5)
        if all(_is_free(base + offset) for offset in range(count)):
            return base


def _is_free(port: int) -> bool:
    with socket.socket() as attempt:
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def temporary_folder() -> Path:
    """A folder that the database's system user can reach (pytest's own are closed to other users)."""
    folder = Path(tempfile.mkdtemp(prefix="cloison-test-"))
    folder.chmod(0o711)
    return folder


@dataclass(frozen=True, slots=True)
class Database:
    """A database of one test. ``password`` is in ``password_file``."""

    service: str
    dsn: str
    password_file: Path
    password: str

    async def connect(self) -> asyncpg.Connection:
        """A connection with the service's own role."""
        return await asyncpg.connect(self.dsn, password=self.password)


class Databases:
    """Databases cloned from a template that has the service's schema."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.numbers = itertools.count(1)
        self.templates: set[str] = set()
        self.lock = threading.Lock()

    def clone(self, service: str) -> Database:
        """A new database that has the schema and no row."""
        with self.lock:
            if service not in self.templates:
                self._operate(f"drop database if exists {service}_template with (force)")
                self._migrate(self._create(service, f"{service}_template", "template0"))
                self.templates.add(service)
        return self._create(service, f"{service}_test_{next(self.numbers)}", f"{service}_template")

    def empty(self, service: str) -> Database:
        """A new database without a schema."""
        return self._create(service, f"{service}_test_{next(self.numbers)}", "template0")

    def drop(self, database: Database) -> None:
        """Drop a database, closing what is still connected to it."""
        name = database.dsn.rpartition("/")[2]
        self._operate(f"drop database if exists {name} with (force)")

    def _create(self, service: str, name: str, template: str) -> Database:
        self._operate(f"create database {name} owner {service} template {template} strategy file_copy")
        self._operate(f"revoke all on database {name} from public")
        secrets = self.server.secrets
        dsn = self.server.dsn(service, name)
        return Database(service, dsn, secrets.password_file(service), secrets.password(service))

    def _migrate(self, database: Database) -> None:
        # Migrating does not need the bus.
        settings = environment(
            database.service, Addresses(), self.server.secrets, database=database.dsn, bus="nats://127.0.0.1:1"
        )
        done = processes.run(
            [sys.executable, "-m", PACKAGES[database.service], "migrate"],
            environment={**process_environment(), **settings},
        )
        assert done.returncode == 0, done.stdout

    def _operate(self, statement: str) -> None:
        wait_for(self._operate_async(statement))

    async def _operate_async(self, statement: str) -> None:
        password = self.server.secrets.password(OPERATOR)
        connection = await asyncpg.connect(self.server.dsn(OPERATOR, "postgres"), password=password)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@dataclass(frozen=True, slots=True)
class Bus:
    """A NATS server with the generated permissions and the provisioned streams."""

    server: Nats
    secrets: Secrets

    @property
    def url(self) -> str:
        """Where clients connect."""
        return self.server.url

    def seed_file(self, user: str) -> Path:
        """The seed of a service or of a provisioning user."""
        return self.secrets.seed_file(user)

    async def connect(self, user: str, **options: Any) -> Client:
        """A connection as ``user``; ``options`` are those of ``nats.connect``."""
        options.setdefault("allow_reconnect", False)
        return await nats.connect(
            self.url, nkeys_seed=str(self.seed_file(user)), inbox_prefix=inbox(user).encode(), **options
        )

    async def purge(self) -> None:
        """Empty every stream; sequence numbers go on."""
        for user, owner in PROVISIONERS.items():
            connection = await self.connect(user)
            for stream in STREAMS:
                if stream.owner is owner:
                    await connection.jetstream().purge_stream(stream.name)
            await connection.close()


FreshDatabase = Callable[[str], Database]
EnvironmentOf = Callable[[str], dict[str, str]]
