"""A whole consultation at once: rows by COPY, in one transaction with the events that make them public."""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final, Literal, NamedTuple

import asyncpg
import msgspec

from consultation_service.publication import contribution_event
from consultation_service.rules.differences import Segment
from consultation_service.store.consultations import NewConsultation, create, publish
from consultation_service.store.database import Connection, Pool
from consultation_service.store.outbox import enqueue
from contracts.events import (
    MAX_MESSAGE_BYTES,
    AnswerStatus,
    AnswerText,
    Change,
    ContributionKind,
    Id,
    PublicContribution,
    PublicOfficialAnswer,
    Side,
    encode,
    new_id,
)
from contracts.scales import ScaleName

SECONDS: Final = 600.0
"""Longest time for one COPY."""
CHUNK: Final = 20_000
EVENTS_CHUNK: Final = 1_000


ROLE_REFUSED: Final = asyncpg.InvalidAuthorizationSpecificationError
"""What the database raises when the role or its password is not the one it knows."""


class NewContribution(NamedTuple):
    """A contribution to write: the columns of the table, in the order in which they are copied."""

    id: Id
    consultation_id: Id
    section_id: Id
    parent_id: Id | None
    kind: ContributionKind
    side: Side | None
    author: bytes | None
    title: str
    body: str
    body_html: str
    link: str
    category: str
    scale: ScaleName
    day: datetime.date
    state: Literal["published", "withdrawn", "hidden"] = "published"
    number: str = ""
    position: int = 0
    before_text: str = ""
    before_html: str = ""
    explanation: str = ""
    explanation_html: str = ""
    base_version: int = 0
    changes: str = "[]"
    """JSON: a list of ``contracts.events.Change``."""
    depth: int = 0

    def event(self) -> PublicContribution:
        """The contribution as everybody will see it."""
        return contribution_event({**self._asdict(), "version": 1, "text_version": 1, "appendix": False, "rule": ""})

    def fits(self) -> bool:
        """Whether its event is one that the bus takes."""
        return len(encode(self.event())) <= MAX_MESSAGE_BYTES


def changes_of(segments: Iterable[Segment]) -> str:
    """What a comparison found, as ``contribution.changes`` keeps it."""
    return msgspec.json.encode([Change(kind=segment.kind, text=segment.text) for segment in segments]).decode()


class NewVote(NamedTuple):
    """A vote to write; ``choice`` is one of ``contracts.scales.CHOICE_CODES``."""

    contribution_id: Id
    participant: bytes
    choice: int
    day: datetime.date


class NewAnswer(NamedTuple):
    """An official answer to write: the columns of the table, in the order in which they are copied."""

    contribution_id: Id
    number: int
    status: AnswerStatus
    reason: str
    body: str
    body_html: str
    day: datetime.date

    def event(self, consultation: Id) -> PublicOfficialAnswer:
        """The answer as everybody will see it."""
        text = AnswerText(
            number=self.number, status=self.status, reason=self.reason, body_html=self.body_html, day=self.day
        )
        return PublicOfficialAnswer(
            id=new_id(), contribution=self.contribution_id, consultation=consultation, version=1, texts=(text,)
        )


class SlugTaken(Exception):
    """A consultation already has this name in addresses."""


Progress = Callable[[int], None]
"""Told how many more rows were written."""


async def save(
    pool: Pool,
    new: NewConsultation,
    contributions: Sequence[NewContribution],
    votes: Sequence[NewVote],
    tallies: Mapping[str, Mapping[str, int]],
    day: datetime.date,
    progress: Progress = lambda _: None,
    answers: Sequence[NewAnswer] = (),
) -> None:
    """Write all of it, or nothing. Raises ``SlugTaken``.

    The totals are marked as due in the same transaction: the relay counts them from the votes and publishes them.
    """
    async with pool.acquire() as connection, connection.transaction():
        try:
            await create(connection, new)
        except ValueError:
            raise SlugTaken(new.slug) from None
        await _copy(connection, "contribution", NewContribution._fields, contributions, progress)
        await _copy(connection, "official_answer", NewAnswer._fields, answers, progress)
        await _copy(connection, "vote", NewVote._fields, votes, progress)
        counts = ((item, msgspec.json.encode(totals).decode()) for item, totals in tallies.items())
        await _copy(connection, "imported_tally", ("contribution_id", "counts"), counts, progress)
        await _copy(connection, "tally_due", ("contribution_id",), ((c.id,) for c in contributions), progress)
        await publish(connection, new.id, day)
        await enqueue(connection, [answer.event(new.id) for answer in answers])
        for start in range(0, len(contributions), EVENTS_CHUNK):
            chunk = contributions[start : start + EVENTS_CHUNK]
            await enqueue(connection, [contribution.event() for contribution in chunk])
            progress(len(chunk))


def steps(contributions: Sequence[object], votes: Sequence[object], tallies: Mapping[str, object]) -> int:
    """How many rows ``save`` tells ``progress`` about."""
    return 3 * len(contributions) + len(votes) + len(tallies)


async def _copy(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    records: Iterable[tuple[object, ...]],
    progress: Progress,
) -> None:
    remaining = iter(records)
    while chunk := list(islice(remaining, CHUNK)):
        await connection.copy_records_to_table(table, records=chunk, columns=columns, timeout=SECONDS)
        progress(len(chunk))
