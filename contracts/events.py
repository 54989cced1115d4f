"""The facts that cross the bus. One frozen type each, one decoder, strict about unknown fields.

Ids are random, times are days. From release 1.0 on a shape never changes: a new field means a new type ending in
``.v2``; until then a field may be added with a default. Every message is
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
Staff = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{43}$")]
"""The pseudonym of a member of staff: 32 bytes, base64url without padding, the same wherever they work."""

Role = Literal["organiser", "moderator", "analyst", "auditor", "data_protection_officer"]
ConsultationState = Literal["announced", "open", "closed", "archived"]
"""A draft is never published, so it has no name here."""

PhaseKind = Literal["collect", "amend", "vote", "questionnaire", "restitution"]
SectionKind = Literal["heading", "proposals", "articles", "questionnaire", "ranking"]
ContributionKind = Literal[
    "opinion", "proposal", "question", "article", "option", "amendment", "argument", "source", "comment"
]
"""``article`` (of a bill) and ``option`` (to rank) are the organiser's; ``question`` is put to the organiser."""

AddedKind = Literal["opinion", "proposal", "question", "amendment", "argument", "source", "comment"]
"""What participants may write, section by section."""

ContributionState = Literal["published", "withdrawn", "hidden", "sent_back"]
"""``hidden`` and ``sent_back`` are decisions of moderation. What waits for review is not published at all."""

Side = Literal["for", "against"]
AnswerStatus = Literal["under_study", "taken_up", "partly", "not_taken_up", "answered"]
"""What became of a contribution; ``answered`` is for questions."""

StatementKind = Literal["synthesis", "restitution"]
RankingMethod = Literal["borda", "condorcet"]

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


class StaffChanged(_Event, frozen=True, tag="identity.staff_changed.v1"):
    """What a member of staff may do from now on; no role at all once removed. The highest ``version`` wins."""

    staff: Staff
    version: Version
    roles: tuple[Role, ...]


class NoticeRequested(_Event, frozen=True, tag="consultation.notice_requested.v1"):
    """Somebody should be told that there is something new in a consultation: not what, not where.

    ``recipient`` is the participant's pseudonymous token, sealed by consultation when they arrived, for identity's
    X25519 key (see ``contracts.recipients``): consultation cannot open it again. ``frequency`` is what they chose.
    """

    consultation: Id
    recipient: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{107}$")]
    reason: Literal["news", "moderation"]
    frequency: Literal["immediate", "daily", "weekly"]


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
    purposes: tuple[str, ...] = ()
    """What data are processed for, as the participant reads before consenting."""
    retention_days: Count = 0


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


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of an event."""


class PublicQuestion(_Part, frozen=True):
    """A question as it is read; ``kind`` is one of those of questionnaires (``single``, ``matrix``…)."""

    key: str
    kind: str
    label: str
    help: str = ""
    required: bool = False
    options: tuple[str, ...] = ()
    """The words of the options (of the columns, in a matrix), in order."""
    rows: tuple[str, ...] = ()
    shown_if: str = ""
    """The condition under which it is asked, as a sentence; empty when it always is."""


class PublicStep(_Part, frozen=True):
    """A page of a questionnaire."""

    title: str
    introduction_html: str
    questions: tuple[PublicQuestion, ...]
    shown_if: str = ""


class PublicRankingRules(_Part, frozen=True):
    """How the options of a section are ranked: ``most`` 0 means as many as there are; ``points`` is a budget to share
    among options, 0 when there is none.
    """

    method: RankingMethod
    most: Count = 0
    points: Count = 0


class PublicSection(_Part, frozen=True):
    """A section of a consultation; ``parent`` nests it, ``position`` orders it among its siblings."""

    id: Id
    parent: Id | None
    position: Count
    title: str
    introduction_html: str
    kinds: tuple[AddedKind, ...]
    """What participants may add here, or to what is here; empty for a heading."""
    scale: ScaleName
    kind: SectionKind = "proposals"
    review_first: bool = False
    """Whether moderators read contributions before they are published."""
    steps: tuple[PublicStep, ...] = ()
    editable: bool = False
    """Whether a questionnaire that was sent can be changed until it closes."""
    ranking: PublicRankingRules | None = None


class PublicPhase(_Part, frozen=True):
    """Days included; ``sections`` are those it is about, all of them when empty."""

    kind: PhaseKind
    title: str
    first: datetime.date
    last: datetime.date
    sections: tuple[Id, ...] = ()


class PublicAttribute(_Part, frozen=True):
    """What participants may say of themselves, and what for. ``attribute`` is a name of the closed catalogue."""

    attribute: Literal["department", "region", "age", "status"]
    purpose: str


class PublicLegal(_Part, frozen=True):
    """What the legal notice says."""

    publication_director: str = ""
    host: str = ""
    data_protection: str = ""


class PublicRelease(_Part, frozen=True):
    """When open data are released, in days after the opening day (the last one after the closing day), and the least
    number of people that a released figure is about.
    """

    every_days: Count = 7
    final_after_days: Count = 30
    smallest_group: Count = 10


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
    organiser_number: str = ""
    """SIRET of the organiser, 14 digits."""
    organiser_contact: str = ""
    """Web address at which the organiser can be written to."""
    languages: tuple[Language, ...] = ()
    """The languages in which people may contribute; ``language`` is that of its own texts."""
    commitment_html: str = ""
    """What will be done with what people say."""
    legal: PublicLegal = PublicLegal()
    purposes: tuple[str, ...] = ()
    retention_days: Count = 0
    attributes: tuple[PublicAttribute, ...] = ()
    release: PublicRelease = PublicRelease()
    policy_digest: str = ""
    """SHA-256 of the policy in 64 hexadecimal digits; it does not change once the consultation is open. The policy is
    JSON in canonical form (RFC 8785) with ``attributes``, ``level``, ``purposes``, ``release``, ``retention_days``,
    ``scales`` (by section id, and ``scale`` under the empty name) and ``terms_version``, all of which are here.
    """
    phases: tuple[PublicPhase, ...] = ()
    closed_early_on: datetime.date | None = None
    closed_early_reason: str = ""


class Change(_Part, frozen=True):
    """A stretch of text and what became of it: ``same`` and ``removed`` end to end are the former text, ``same`` and
    ``added`` the new one.
    """

    kind: Literal["same", "removed", "added"]
    text: str


class PublicContribution(_Event, frozen=True, tag="public.contribution.v1"):
    """A contribution as everybody sees it, without any trace of its author. The highest ``version`` wins.

    What is about another contribution has it as ``parent``: the article or proposal of an amendment; the article,
    proposal, opinion or amendment of an argument or a source; anything, or another comment, for a comment. When
    ``state`` is not ``published`` the texts are empty: the item stays as a tombstone so that counts add up.
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
    text_version: Version = 1
    """Which version of the text this is; votes say on which one they were cast. ``version`` is that of the fact."""
    number: str = ""
    """What an article is called: ``Article 2``."""
    position: Count = 0
    """The place of an article or an option among the others of its section."""
    before_html: str = ""
    """An article: the law as it stands."""
    explanation_html: str = ""
    """Why: of an amendment or a proposal by its author, of an article by the organiser."""
    base_version: Count = 0
    """An amendment: the version of its parent that it changes; 0 for the rest."""
    changes: tuple[Change, ...] = ()
    """What changes, word by word: an amendment from its parent, an edited text from its former version, an article from
    the law as it stands to the law as it would be (its own text, or what that text says of another law).
    """
    appendix: bool = False
    """An article that is an appendix to the others."""
    rule: str = ""
    """The motive of moderation, when it hid the text or sent it back."""


class PublicVersion(_Event, frozen=True, tag="public.version.v1"):
    """A former version of a text. Its texts are empty unless the contribution is published. The highest ``revision``
    wins.
    """

    version: Id
    contribution: Id
    consultation: Id
    revision: Version
    number: Version
    title: str
    body_html: str
    day: datetime.date
    changes: tuple[Change, ...] = ()
    """What it changed from the version before it."""


class VersionVotes(_Part, frozen=True):
    """How many votes were cast on a version of a text."""

    text_version: Version
    votes: Count


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
    by_version: tuple[VersionVotes, ...] = ()
    """On which versions of the text the votes were cast; empty when all are on the present one."""


class PublicRankingResult(_Event, frozen=True, tag="public.ranking.v1"):
    """The totals of a section where options are ranked, from which anybody can compute the order again.

    ``matrix[i][j]`` is how many ballots put option ``i`` before option ``j``; ``borda`` has the points of each option
    as a fraction (``"17/2"``); ``schulze`` has the ranks of the Condorcet method, the first one first, as positions in
    ``options``. ``points`` is the sum of budget points of each option, empty without a budget.
    """

    section: Id
    consultation: Id
    version: Version
    ballots: Count
    options: tuple[Id, ...]
    matrix: tuple[tuple[Count, ...], ...]
    borda: tuple[str, ...]
    condorcet: Count | None
    schulze: tuple[tuple[Count, ...], ...]
    points: tuple[Count, ...] = ()


class QuestionTotals(_Part, frozen=True):
    """How a closed question was answered: ``answers`` people answered; ``counts`` follows the options (the first row's
    columns, then the second's, in a matrix; the marks in order, on a scale; Borda points as fractions are in
    ``points`` for a ranking). A question with a free text only says how many answered.
    """

    key: str
    answers: Count
    counts: tuple[Count, ...] = ()
    points: tuple[str, ...] = ()
    other: Count = 0


class PublicAnswers(_Event, frozen=True, tag="public.answers.v1"):
    """The totals of a questionnaire: what was sent, never who, never a free text. The highest ``version`` wins."""

    section: Id
    consultation: Id
    version: Version
    sent: Count
    questions: tuple[QuestionTotals, ...]


class AnswerText(_Part, frozen=True):
    """A version of an official answer."""

    number: Version
    status: AnswerStatus
    reason: str
    body_html: str
    day: datetime.date


class PublicOfficialAnswer(_Event, frozen=True, tag="public.answer.v1"):
    """What the organiser answers to a contribution, the present version last, former ones kept."""

    contribution: Id
    consultation: Id
    version: Version
    texts: tuple[AnswerText, ...]


class StatementText(_Part, frozen=True):
    """A version of a synthesis or of a restitution."""

    number: Version
    title: str
    body_html: str
    day: datetime.date


class PublicStatement(_Event, frozen=True, tag="public.statement.v1"):
    """What the organiser says of the whole consultation, the present version last, former ones kept."""

    statement: Id
    consultation: Id
    version: Version
    kind: StatementKind
    texts: tuple[StatementText, ...]


class JournalEntry(_Part, frozen=True):
    """A line of the public moderation journal of an item. ``about`` is the number of the entry that is appealed against
    or reversed. ``facts`` are the moderator's, never the words of a report or of an appeal.
    """

    number: Version
    kind: Literal["reported", "decided", "revised", "appealed", "appeal_decided", "reversed"]
    day: datetime.date
    decision: Literal["keep", "hide", "send_back"] | None
    rule: str
    facts: str
    automated: bool
    about: Count


class PublicJournal(_Event, frozen=True, tag="public.journal.v1"):
    """Everything that moderation did about a contribution, without any person. The highest ``version`` wins."""

    contribution: Id
    consultation: Id
    version: Version
    entries: tuple[JournalEntry, ...]


Event = (
    ErasureRequested
    | WithdrawalRequested
    | StaffChanged
    | ConsultationAnnounced
    | NoticeRequested
    | ErasureDone
    | WithdrawalDone
    | PublicConsultation
    | PublicContribution
    | PublicVersion
    | PublicTally
    | PublicRankingResult
    | PublicAnswers
    | PublicOfficialAnswer
    | PublicStatement
    | PublicJournal
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
        case StaffChanged():
            return subjects.STAFF_CHANGED
        case ConsultationAnnounced():
            return subjects.CONSULTATION_ANNOUNCED
        case NoticeRequested():
            return subjects.NOTICE_REQUESTED
        case ErasureDone():
            return subjects.ERASURE_DONE
        case WithdrawalDone():
            return subjects.WITHDRAWAL_DONE
        case PublicConsultation():
            return f"{subjects.PUBLIC_CONSULTATION}.{event.consultation}"
        case PublicContribution():
            return f"{subjects.PUBLIC_CONTRIBUTION}.{event.contribution}"
        case PublicVersion():
            return f"{subjects.PUBLIC_VERSION}.{event.version}"
        case PublicTally():
            return f"{subjects.PUBLIC_TALLY}.{event.contribution}"
        case PublicRankingResult():
            return f"{subjects.PUBLIC_RANKING}.{event.section}"
        case PublicAnswers():
            return f"{subjects.PUBLIC_ANSWERS}.{event.section}"
        case PublicOfficialAnswer():
            return f"{subjects.PUBLIC_ANSWER}.{event.contribution}"
        case PublicStatement():
            return f"{subjects.PUBLIC_STATEMENT}.{event.statement}"
        case PublicJournal():
            return f"{subjects.PUBLIC_JOURNAL}.{event.contribution}"


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
