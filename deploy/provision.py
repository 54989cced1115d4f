"""Creates the streams and consumers that ``contracts/subjects.py`` names; running it again changes nothing.

Only the provisioning users may do this: a service can neither create nor change a stream or a consumer. On an existing
NATS server: ``python -m deploy.provision nats://host:4222 SECRETS`` with the folder that ``./cloison keys`` made.
"""

import asyncio
import sys
from pathlib import Path

import nats
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from contracts.subjects import READERS, STREAMS, Reader, Service, Stream, inbox
from deploy.secrets import PROVISIONERS, Secrets

ACK_WAIT_SECONDS = 10
MAX_ACK_PENDING = 1000
DUPLICATE_WINDOW_SECONDS = 120


async def provision(url: str, secrets: Secrets) -> None:
    """Create what is missing and update what differs, on the server at ``url``."""
    for user, owner in PROVISIONERS.items():
        await _provision_account(url, secrets, user, owner)


async def _provision_account(url: str, secrets: Secrets, user: str, owner: Service) -> None:
    connection = await nats.connect(
        url,
        nkeys_seed=str(secrets.seed_file(user)),
        inbox_prefix=inbox(user).encode(),
        allow_reconnect=False,
    )
    try:
        streams = connection.jetstream()
        for stream in (stream for stream in STREAMS if stream.owner is owner):
            await _provision_stream(streams, stream)
            for reader in (reader for reader in READERS if reader.stream == stream.name):
                # Creating a durable consumer that exists updates it.
                await streams.add_consumer(stream.name, consumer_configuration(reader))
    finally:
        await connection.close()


async def _provision_stream(streams: JetStreamContext, stream: Stream) -> None:
    wanted = stream_configuration(stream)
    try:
        await streams.stream_info(stream.name)
    except NotFoundError:
        await streams.add_stream(wanted)
    else:
        await streams.update_stream(wanted)


def stream_configuration(stream: Stream) -> StreamConfig:
    """What the server is told of ``stream``."""
    last = stream.keeps == "last"
    return StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=RetentionPolicy.LIMITS if last else RetentionPolicy.WORK_QUEUE,
        max_msgs_per_subject=1 if last else -1,
        discard=DiscardPolicy.OLD,
        storage=StorageType.FILE,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        allow_direct=last,
        deny_delete=True,
        num_replicas=1,
    )


def consumer_configuration(reader: Reader) -> ConsumerConfig:
    """What the server is told of ``reader``: nothing is given up on, a poison message is ended by its reader."""
    return ConsumerConfig(
        durable_name=str(reader.service),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=-1,
        max_ack_pending=MAX_ACK_PENDING,
    )


if __name__ == "__main__":
    asyncio.run(provision(sys.argv[1], Secrets(Path(sys.argv[2]))))
