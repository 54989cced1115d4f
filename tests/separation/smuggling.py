"""Reply-subject smuggling: making the *server* write where the sender may not.

A request names the subject on which its answer is wanted, and the server publishes the answer there without asking
whether the sender could have. Inside one account, an answer sent to a subject of a stream becomes a message of it: the
acknowledgement of a publication, or worse, an old event taken out of one stream, enters another (nats-server #8274).
"""

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable, Iterator

from contracts import subjects
from contracts.subjects import STREAMS, Service
from tests.separation.bus_probe import Probe
from tests.separation.forbidden import SOME_ID

Sequences = Callable[[], Awaitable[dict[str, int]]]


@dataclasses.dataclass(frozen=True)
class Attempt:
    """A message that ``service`` may send, with a reply subject of a stream that is not its own."""

    service: Service
    subject: str
    body: bytes
    reply: str


def attempts(service: Service) -> list[Attempt]:
    """Every allowed message of ``service`` with every foreign reply subject."""
    owned = {subject for stream in STREAMS if stream.owner is service for subject in stream.subjects}
    foreign = [concrete(subject) for stream in STREAMS for subject in stream.subjects if subject not in owned]
    return [Attempt(service, subject, body, reply) for subject, body in _messages(service) for reply in foreign]


def _messages(service: Service) -> Iterator[tuple[str, bytes]]:
    for subject in subjects.may_publish(service):
        if subject.startswith("$JS.ACK."):
            yield subject.replace(">", "1.1.1.1.1"), b"+NXT"
        elif "DIRECT.GET" in subject:
            yield subject, json.dumps({"seq": 1}).encode()
            yield subject, json.dumps({"batch": 9, "next_by_subj": ">", "seq": 1}).encode()
        else:
            yield concrete(subject), b"9" if "MSG.NEXT" in subject else b"{}"


def concrete(subject: str) -> str:
    """A subject one can publish on, from one that may have a wildcard."""
    return subject.replace("*", SOME_ID)


async def smuggled(probe: Probe, service: Service, sequences: Sequences) -> dict[str, int]:
    """How many messages ``service`` made appear in streams of others; ``probe`` is connected as it."""
    before = await sequences()
    for attempt in attempts(service):
        await probe.client.publish(attempt.subject, attempt.body, reply=attempt.reply)
    await probe.client.flush()
    await asyncio.sleep(0.5)
    after = await sequences()
    others = [stream.name for stream in STREAMS if stream.owner is not service]
    return {name: after[name] - before[name] for name in others if after[name] != before[name]}
