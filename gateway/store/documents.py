"""What is stored as whole documents: former versions, official answers, statements, journals, totals of sections."""

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from contracts.events import (
    PublicAnswers,
    PublicJournal,
    PublicOfficialAnswer,
    PublicRankingResult,
    PublicStatement,
    PublicVersion,
)
from gateway.cursors import Position
from gateway.store.database import Pool

Noun = Literal[
    "former_version", "official_answer", "statement", "journal", "ranking_result", "questionnaire_total"
]  # fmt: skip
EXPORT_BATCH: Final = 500

former_version: Final = msgspec.json.Decoder(PublicVersion).decode
official_answer: Final = msgspec.json.Decoder(PublicOfficialAnswer).decode
statement: Final = msgspec.json.Decoder(PublicStatement).decode
journal: Final = msgspec.json.Decoder(PublicJournal).decode
ranking_result: Final = msgspec.json.Decoder(PublicRankingResult).decode
questionnaire_total: Final = msgspec.json.Decoder(PublicAnswers).decode


@dataclass(frozen=True, slots=True)
class Document:
    """A document as stored; its place in a list is that of its id."""

    id: uuid.UUID
    json: str

    @property
    def position(self) -> Position:
        return Position(0, self.id)


_LISTS: Final[dict[Noun, str]] = {
    noun: f"""/* documents: {noun} */
        select id, document from {noun} where consultation_id = $1 and ($2::uuid is null or id > $2)
        order by id limit $3"""  # noqa: S608  # nouns are written above
    for noun in Noun.__args__  # type: ignore[attr-defined]  # of a Literal
}


async def documents(
    pool: Pool, noun: Noun, consultation: uuid.UUID, after: uuid.UUID | None, limit: int
) -> list[Document]:
    """At most ``limit`` documents of a consultation that follow ``after``, in the order of their ids."""
    found = await pool.fetch(_LISTS[noun], consultation, after, limit)
    return [Document(row["id"], row["document"]) for row in found]


async def every_document(pool: Pool, noun: Noun, consultation: uuid.UUID) -> AsyncIterator[list[Document]]:
    """All of them, in batches: a reader that is slow holds no connection and no snapshot."""
    after = None
    while batch := await documents(pool, noun, consultation, after, EXPORT_BATCH):
        yield batch
        after = batch[-1].id


async def versions_of(pool: Pool, contribution: uuid.UUID) -> list[PublicVersion]:
    """The former versions of a text, the last one first."""
    found = await pool.fetch(
        "/* versions of */ select document from former_version where contribution_id = $1 order by number desc",
        contribution,
    )
    return [former_version(row["document"]) for row in found]


async def official_answers_to(pool: Pool, contributions: Sequence[uuid.UUID]) -> dict[str, PublicOfficialAnswer]:
    """What was answered to each of ``contributions``, by id."""
    found = await pool.fetch(
        "/* answers to */ select id, document from official_answer where id = any($1::uuid[])", contributions
    )
    return {str(row["id"]): official_answer(row["document"]) for row in found}


async def last_official_answers(pool: Pool, consultation: uuid.UUID, limit: int) -> list[PublicOfficialAnswer]:
    """At most ``limit`` official answers to what is published, those to what has most support first."""
    found = await pool.fetch(
        """/* last answers */
        select a.document from official_answer a join contribution c on c.id = a.id
        where a.consultation_id = $1 and c.state = 'published' order by c.support desc, a.id limit $2""",
        consultation, limit,
    )  # fmt: skip
    return [official_answer(row["document"]) for row in found]


async def statuses(pool: Pool, consultation: uuid.UUID) -> dict[str, int]:
    """How many contributions that are published have each status."""
    found = await pool.fetch(
        """/* statuses */
        select status, count(*) as items from contribution
        where consultation_id = $1 and state = 'published' and status <> '' group by status""",
        consultation,
    )
    return {row["status"]: row["items"] for row in found}


async def statements_of(pool: Pool, consultation: uuid.UUID) -> list[PublicStatement]:
    """The syntheses and the restitution that say something, the last one first."""
    found = await pool.fetch(
        "/* statements of */ select document from statement where consultation_id = $1 order by id", consultation
    )
    said = [statement(row["document"]) for row in found]
    return sorted((one for one in said if one.texts), key=lambda one: one.texts[-1].day, reverse=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a consultation so far: whether it has a restitution, and how many official answers."""

    restitution: bool = False
    answers: int = 0


async def outcomes(pool: Pool) -> dict[uuid.UUID, Outcome]:
    """The outcome of every consultation that has one."""
    found = await pool.fetch(
        """/* outcomes */
        select consultation_id, bool_or(restitution) as restitution, sum(answers)::int as answers from (
            select consultation_id, false as restitution, count(*) as answers from official_answer
            where status <> '' group by consultation_id
            union all
            select consultation_id, document::json ->> 'kind' = 'restitution', 0 from statement
            where document::json ->> 'texts' <> '[]'
        ) as said group by consultation_id"""
    )
    return {row["consultation_id"]: Outcome(row["restitution"], row["answers"]) for row in found}


async def journal_of(pool: Pool, contribution: uuid.UUID) -> PublicJournal | None:
    """What moderation did about a contribution; None when nothing."""
    found = await pool.fetchval("/* journal of */ select document from journal where id = $1", contribution)
    return None if found is None else journal(found)


async def journals(
    pool: Pool, consultation: uuid.UUID, after: Position | None, limit: int
) -> list[tuple[PublicJournal, Position]]:
    """At most ``limit`` journals that follow ``after``, the last moderated items first."""
    found = await pool.fetch(
        """/* journals */
        select id, (day - date '2000-01-01')::bigint as value, document from journal
        where consultation_id = $1 and ($2::bigint is null or ((day - date '2000-01-01')::bigint, id) < ($2, $3::uuid))
        order by (day - date '2000-01-01')::bigint desc, id desc limit $4""",
        consultation, after.value if after else None, after.id if after else None, limit,
    )  # fmt: skip
    return [(journal(row["document"]), Position(row["value"], row["id"])) for row in found]


async def ranking_of(pool: Pool, section: uuid.UUID) -> PublicRankingResult | None:
    """The totals of a section where options are ranked; None before the first ballot."""
    found = await pool.fetchval("/* ranking of */ select document from ranking_result where id = $1", section)
    return None if found is None else ranking_result(found)


async def questionnaire_of(pool: Pool, section: uuid.UUID) -> PublicAnswers | None:
    """The totals of a questionnaire; None before the first answers."""
    found = await pool.fetchval(
        "/* questionnaire of */ select document from questionnaire_total where id = $1", section
    )
    return None if found is None else questionnaire_total(found)
