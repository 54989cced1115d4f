"""A real NATS server with the permissions that deploy generates, for the tests of the partition."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import nats
import pytest
from nats.aio.client import Client

from contracts.subjects import STREAMS, inbox
from deploy.nats import Nats
from deploy.provision import provision
from deploy.secrets import PROVISIONERS, Secrets
from tests.harness import free_port


class Bus(NamedTuple):
    """The address of the server and the seed of every user."""

    url: str
    secrets: Secrets

    def seed(self, user: str) -> str:
        return self.secrets.seed_file(user).read_text().strip()


@pytest.fixture(scope="module")
def guarded_bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    """The bus as it is deployed, with its streams and consumers."""
    folder = tmp_path_factory.mktemp("bus")
    secrets = Secrets(folder / "secrets")
    secrets.make()
    with Nats(folder / "nats", free_port(), secrets) as server:
        asyncio.run(provision(server.url, secrets))
        yield Bus(server.url, secrets)


class Observer:
    """Looks at the streams with the rights of those who made them."""

    def __init__(self, clients: dict[str, Client]) -> None:
        self.clients = clients

    async def sequences(self) -> dict[str, int]:
        """The sequence number of the last message of every stream, deleted or not."""
        infos = [
            await self.clients[user].jetstream().stream_info(stream.name)
            for user, owner in PROVISIONERS.items()
            for stream in STREAMS
            if stream.owner is owner
        ]
        return {str(info.config.name): info.state.last_seq for info in infos}


@pytest.fixture
async def observer(guarded_bus: Bus) -> AsyncIterator[Observer]:
    clients = {
        user: await nats.connect(
            guarded_bus.url, nkeys_seed_str=guarded_bus.seed(user), inbox_prefix=inbox(user).encode()
        )
        for user in PROVISIONERS
    }
    yield Observer(clients)
    for client in clients.values():
        await client.close()
