"""Who may say what on the bus, and who may hear it: the single source of every NATS permission.

The server configuration is generated from this file (``deploy/nats.py``) and a test compares the two with what a real
server grants. Denied is the default: a subject that is not written here can be neither published nor read.

Each service has its own NATS *account*, so that a compromised service cannot write into another's stream through reply
subjects; what crosses is exported and imported subject by subject. Services cannot create or change a stream or a
consumer: one provisioning user per account does, when the stack is deployed.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Service(StrEnum):
    """The three programs that speak on the bus; also the names of their accounts, users and durable consumers."""

    IDENTITY = "identity"
    CONSULTATION = "consultation"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Stream:
    """A JetStream stream.

    ``queue``: a message is deleted once its one reader acknowledged it (so a pseudonymous token does not linger).
    ``last``: the last message of every subject is kept for ever (so the stream is a state, not a history).
    """

    name: str
    owner: Service
    subjects: tuple[str, ...]
    keeps: Literal["queue", "last"]


@dataclass(frozen=True, slots=True)
class Reader:
    """A durable pull consumer named after the service that reads. ``replay`` also allows reads by sequence number
    (``$JS.API.DIRECT.GET``), with which an empty projection rebuilds itself without creating a consumer.
    """

    stream: str
    service: Service
    replay: bool = False


ERASURE_REQUESTED = "identity.v1.erasure_requested"
WITHDRAWAL_REQUESTED = "identity.v1.withdrawal_requested"
STAFF_CHANGED = "identity.v1.staff_changed"
CONSULTATION_ANNOUNCED = "consultation.v1.announced"
NOTICE_REQUESTED = "consultation.v1.notice_requested"
ERASURE_DONE = "consultation.v1.erasure_done"
WITHDRAWAL_DONE = "consultation.v1.withdrawal_done"
PUBLIC_CONSULTATION = "public.v1.consultation"
PUBLIC_CONTRIBUTION = "public.v1.contribution"
PUBLIC_VERSION = "public.v1.version"
PUBLIC_TALLY = "public.v1.tally"
PUBLIC_RANKING = "public.v1.ranking"
PUBLIC_ANSWERS = "public.v1.answers"
PUBLIC_ANSWER = "public.v1.answer"
PUBLIC_STATEMENT = "public.v1.statement"
PUBLIC_JOURNAL = "public.v1.journal"

_PUBLIC = (
    PUBLIC_CONSULTATION, PUBLIC_CONTRIBUTION, PUBLIC_VERSION, PUBLIC_TALLY, PUBLIC_RANKING, PUBLIC_ANSWERS,
    PUBLIC_ANSWER, PUBLIC_STATEMENT, PUBLIC_JOURNAL,
)  # fmt: skip

STREAMS = (
    Stream("IDENTITY", Service.IDENTITY, (ERASURE_REQUESTED, WITHDRAWAL_REQUESTED, STAFF_CHANGED), "queue"),
    Stream(
        "CONSULTATION",
        Service.CONSULTATION,
        (CONSULTATION_ANNOUNCED, NOTICE_REQUESTED, ERASURE_DONE, WITHDRAWAL_DONE),
        "queue",
    ),
    # One subject per public object, hence the only wildcard a service may publish under.
    Stream("PUBLIC", Service.CONSULTATION, tuple(f"{subject}.*" for subject in _PUBLIC), "last"),
)

READERS = (
    Reader("IDENTITY", Service.CONSULTATION),
    Reader("CONSULTATION", Service.IDENTITY),
    Reader("PUBLIC", Service.GATEWAY, replay=True),
)


def inbox(service: str) -> str:
    """The prefix of a user's own reply subjects; nobody else may listen there."""
    return f"_INBOX_{service}"


def requests(reader: Reader) -> tuple[str, ...]:
    """The JetStream request subjects that ``reader`` needs, exported by the stream's owner to the reader's account."""
    asked = (f"$JS.API.CONSUMER.MSG.NEXT.{reader.stream}.{reader.service}",)
    return (*asked, f"$JS.API.DIRECT.GET.{reader.stream}") if reader.replay else asked


def acknowledgements(reader: Reader) -> str:
    """The subjects on which ``reader`` acknowledges what it was given."""
    return f"$JS.ACK.{reader.stream}.{reader.service}.>"


def may_publish(service: Service) -> tuple[str, ...]:
    """Everything ``service`` may publish: its own facts, its pulls and its acknowledgements."""
    facts = tuple(subject for stream in STREAMS if stream.owner is service for subject in stream.subjects)
    pulls = tuple(
        s for reader in READERS if reader.service is service for s in (*requests(reader), acknowledgements(reader))
    )
    return facts + pulls


def may_subscribe(service: Service) -> tuple[str, ...]:
    """Everything ``service`` may subscribe to: the answers to its own requests."""
    return (f"{inbox(service)}.>",)
