"""The facts that cross the bus. One frozen type each, one decoder, strict about unknown fields.

Ids are random, times are days. A shape never changes: a new field means a new type ending in ``.v2``. Every message is
signed (Ed25519) by the service that states the fact, over its subject and its exact bytes; who may sign what is decided
by the subject's first word and ``contracts.subjects``. Golden files in ``contracts/vectors/`` are read from both sides.
"""

import base64
import datetime
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec

from contracts import subjects
from contracts.scales import ScaleName

Id = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
"""A random UUID (version 4), in lower case."""

Subject = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{43}$")]
"""The pseudonymous token ``T`` of a participant in one consultation: 32 bytes, base64url without padding."""

Slug = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Version = Annotated[int, msgspec.Meta(ge=1)]
Language = Literal["fr", "en"]
ConsultationState = Literal["announced", "open", "closed"]
ContributionKind = Literal["opinion", "proposal", "argument", "source"]
ContributionState = Literal["published", "withdrawn"]
Side = Literal["for", "against"]

MAX_MESSAGE_BYTES: Final = 512 * 1024

HEADER_ID: Final = "Nats-Msg-Id"
HEADER_KEY: Final = "Cloison-Key"
HEADER_SIGNATURE: Final = "Cloison-Signature"


def new_id() -> Id:
    """A fresh random id, carrying neither order nor time."""
    return str(uuid.uuid4())


class _Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type"):
    id: Id


class ErasureRequested(_Event, frozen=True, tag="identity.erasure_requested.v1"):
    """A person erases their account: everything said under ``subject`` in ``consultation`` must go."""

    consultation: Id
    subject: Subject


class WithdrawalRequested(_Event, frozen=True, tag="identity.withdrawal_requested.v1"):
    """A person leaves one consultation: everything said under ``subject`` there must go."""

    consultation: Id
    subject: Subject


class ConsultationAnnounced(_Event, frozen=True, tag="consultation.announced.v1"):
    """What identity needs to know of a consultation to ask for consent. The highest ``version`` wins."""

    consultation: Id
    version: Version
    slug: Slug
    title: str
    organiser: str
    language: Language
    terms_version: str
    opens_on: datetime.date
    closes_on: datetime.date
    state: ConsultationState


class ErasureDone(_Event, frozen=True, tag="consultation.erasure_done.v1"):
    """Proof that ``request`` (the id of the event that asked) was carried out, with what was removed."""

    consultation: Id
    request: Id
    contributions: Count
    votes: Count
    day: datetime.date


class WithdrawalDone(_Event, frozen=True, tag="consultation.withdrawal_done.v1"):
    """As ``ErasureDone``, for a withdrawal."""

    consultation: Id
    request: Id
    contributions: Count
    votes: Count
    day: datetime.date


class PublicSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A section of a consultation; ``parent`` nests it, ``position`` orders it among its siblings."""

    id: Id
    parent: Id | None
    position: Count
    title: str
    introduction_html: str
    kinds: tuple[Literal["opinion", "proposal"], ...]
    """What participants may add here; empty for a heading."""
    scale: ScaleName


class PublicConsultation(_Event, frozen=True, tag="public.consultation.v1"):
    """A consultation as everybody sees it, with its whole tree of sections. The highest ``version`` wins."""

    consultation: Id
    version: Version
    slug: Slug
    title: str
    introduction_html: str
    organiser: str
    language: Language
    state: ConsultationState
    opens_on: datetime.date
    closes_on: datetime.date
    scale: ScaleName
    """The scale of votes on arguments and sources, and the default of its sections."""
    terms_version: str
    level: Literal[1, 2, 3]
    sections: tuple[PublicSection, ...]
    source: str
    """Where imported data come from, with their licence; empty when the consultation was held here."""


class PublicContribution(_Event, frozen=True, tag="public.contribution.v1"):
    """A contribution as everybody sees it, without any trace of its author. The highest ``version`` wins.

    An argument or a source has the opinion or proposal it is about as ``parent``. When ``state`` is not ``published``
    the texts are empty: the item stays as a tombstone so that counts add up.
    """

    contribution: Id
    consultation: Id
    section: Id
    version: Version
    kind: ContributionKind
    parent: Id | None
    side: Side | None
    title: str
    body: str
    """As typed (Markdown)."""
    body_html: str
    """``body`` rendered and sanitised once, when it was written."""
    link: str
    category: str
    day: datetime.date
    state: ContributionState
    scale: ScaleName


class PublicTally(_Event, frozen=True, tag="public.tally.v1"):
    """The totals of an item: ``cast`` counts the votes cast here, ``imported`` the totals a source came with.

    Both map the choices of the item's scale (all of them, zero included) to numbers of votes; an imported total without
    detail is under ``total``. The highest ``version`` wins.
    """

    contribution: Id
    consultation: Id
    version: Version
    cast: dict[str, Count]
    imported: dict[str, Count] | None


Event = (
    ErasureRequested
    | WithdrawalRequested
    | ConsultationAnnounced
    | ErasureDone
    | WithdrawalDone
    | PublicConsultation
    | PublicContribution
    | PublicTally
)

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()


class InvalidMessage(Exception):
    """The message is not one that its sender may send. ``reason`` is one word from a fixed list, never its content."""

    def __init__(self, reason: Literal["size", "headers", "key", "signature", "body", "subject", "id"]) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message ready for the bus."""

    subject: str
    body: bytes
    headers: dict[str, str]


def subject_of(event: Event) -> str:
    """The one subject under which ``event`` may be published."""
    match event:
        case ErasureRequested():
            return subjects.ERASURE_REQUESTED
        case WithdrawalRequested():
            return subjects.WITHDRAWAL_REQUESTED
        case ConsultationAnnounced():
            return subjects.CONSULTATION_ANNOUNCED
        case ErasureDone():
            return subjects.ERASURE_DONE
        case WithdrawalDone():
            return subjects.WITHDRAWAL_DONE
        case PublicConsultation():
            return f"{subjects.PUBLIC_CONSULTATION}.{event.consultation}"
        case PublicContribution():
            return f"{subjects.PUBLIC_CONTRIBUTION}.{event.contribution}"
        case PublicTally():
            return f"{subjects.PUBLIC_TALLY}.{event.contribution}"


def encode(event: Event) -> bytes:
    """The bytes that are stored in the outbox, signed and published."""
    return _encoder.encode(event)


def signing_input(subject: str, body: bytes) -> bytes:
    """What the producer signs. Length-prefixed, so that subject and body cannot slide into each other."""
    name = subject.encode()
    return b"cloison/event/v1\0" + len(name).to_bytes(2, "big") + name + body


def seal(event_id: str, subject: str, body: bytes, key_id: str, sign: Callable[[bytes], bytes]) -> Sealed:
    """Sign an encoded event. ``sign`` is Ed25519 with the key that consumers know as ``key_id``."""
    signature = base64.b64encode(sign(signing_input(subject, body))).decode()
    return Sealed(subject, body, {HEADER_ID: event_id, HEADER_KEY: key_id, HEADER_SIGNATURE: signature})


def unseal(
    subject: str,
    body: bytes,
    headers: Mapping[str, str] | None,
    verifiers: Mapping[str, Callable[[bytes, bytes], None]],
) -> Event:
    """Check and decode a message.

    ``verifiers`` maps the key ids of the stream's owner to ``verify(signature, data)``, which raises when the signature
    is wrong. Raises ``InvalidMessage``; such a message is set aside and counted, never retried.
    """
    if len(body) > MAX_MESSAGE_BYTES:
        raise InvalidMessage("size")
    if not headers or not {HEADER_ID, HEADER_KEY, HEADER_SIGNATURE} <= headers.keys():
        raise InvalidMessage("headers")
    verify = verifiers.get(headers[HEADER_KEY])
    if verify is None:
        raise InvalidMessage("key")
    try:
        verify(base64.b64decode(headers[HEADER_SIGNATURE], validate=True), signing_input(subject, body))
    except Exception:
        raise InvalidMessage("signature") from None
    try:
        event = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidMessage("body") from None
    if subject_of(event) != subject:
        raise InvalidMessage("subject")
    if event.id != headers[HEADER_ID]:
        raise InvalidMessage("id")
    return event
