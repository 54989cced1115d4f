"""Everything that is read for pages, the live API and the exports."""

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import asyncpg
import msgspec

from contracts.events import ContributionKind, PublicConsultation
from contracts.scales import ScaleName
from gateway.cursors import Position
from gateway.documents import EMPTY_TALLIES, Figures, joined
from gateway.store.database import Pool

KINDS: Final[tuple[ContributionKind, ...]] = get_args(ContributionKind)
STANDING: Final = ("opinion", "proposal", "question", "article", "option")
"""Kinds that stand by themselves; the others are about a contribution, their ``parent``."""

Sort = Literal["day", "position", "supported", "recent", "discussed", "divided", "random", "least_voted", "relevant"]

# Every sort is one bigint, then the id: one form of cursor fits all. No key is text from a client.
_KEYS: Final[dict[Sort, str]] = {
    "day": "-(c.day - date '2000-01-01')::bigint",
    "position": "-c.position",
    "recent": "(c.day - date '2000-01-01')::bigint",
    "supported": "c.support",
    "discussed": "(c.arguments_for + c.arguments_against + c.sources + c.amendments + c.comments)::bigint",
    # Many votes, in halves as equal as can be: (for + against) to the power of the smaller over the larger.
    "divided": """case when least(c.support, c.against) = 0 then 0 else (1000 * power((c.support + c.against)::float8,
        least(c.support, c.against)::float8 / greatest(c.support, c.against)))::bigint end""",
    "random": "hashtextextended(c.id::text, $7::bigint)",
    # The votes, then 20 bits drawn by the seed for those that have as many.
    "least_voted": "-((c.votes << 20) | (hashtextextended(c.id::text, $7::bigint) & 1048575))",
    "relevant": "(1000000 * ts_rank(c.search, websearch_to_tsquery('french_plain', $11), 1))::bigint",
}
EXPORT_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Item:
    """A contribution as stored: ``json`` is its ``documents.Contribution``, already encoded."""

    id: uuid.UUID
    consultation: uuid.UUID
    parent: uuid.UUID | None
    value: int
    """What the list was sorted by."""
    state: str
    excerpt: str
    comments: int
    json: str

    @property
    def position(self) -> Position:
        return Position(self.value, self.id)


@dataclass(frozen=True, slots=True)
class Revisions:
    """Which state of the projection an answer was made from. ``epoch`` tells one database from another."""

    epoch: uuid.UUID
    of: dict[uuid.UUID, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which contributions a list holds. ``parent`` and ``sections`` restrict it when they are given."""

    consultation: uuid.UUID
    kinds: Sequence[str]
    sections: Sequence[uuid.UUID] | None = None
    parent: uuid.UUID | None = None
    side: str | None = None
    withdrawn: bool = False
    """Also those that are not published, as they are: empty."""
    withheld: bool = False
    """Also those that moderation withholds."""
    seed: int = 0
    words: str = ""
    """When not empty: only those that hold these words (``store.searching``)."""
    status: str | None = None
    """Only those of which the organiser said this became of them."""


_SEARCHED: Final = "and c.search @@ websearch_to_tsquery('french_plain', $11)"
ITEM: Final = """c.id, c.consultation_id, c.parent_id, c.state, c.excerpt, c.document, c.arguments_for,
    c.arguments_against, c.sources, c.amendments, c.comments, c.status, t.document as tally"""


async def revisions(pool: Pool) -> Revisions:
    """The present revision of every consultation."""
    found = await pool.fetch(
        "/* revisions */ select epoch, consultation_id, revision from projection left join revision on true"
    )
    return Revisions(found[0]["epoch"], {r["consultation_id"]: r["revision"] for r in found if r["consultation_id"]})


async def consultations(pool: Pool, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, PublicConsultation]:
    """The consultations with these ids that are known."""
    found = await pool.fetch(
        "/* consultations */ select id, document from consultation where id = any($1::uuid[])", ids
    )
    return {row["id"]: msgspec.json.decode(row["document"], type=PublicConsultation) for row in found}


async def figures(pool: Pool, consultation: uuid.UUID) -> tuple[Figures, dict[uuid.UUID, int]]:
    """The figures of a consultation, and how many published items that stand by themselves each section has."""
    found = await pool.fetch(
        """/* figures */
        select section_id, kind, side, count(*) as items from contribution
        where consultation_id = $1 and state = 'published' group by section_id, kind, side""",
        consultation,
    )
    (sums,) = await pool.fetch(
        """/* figures: sums */
        select coalesce(sum(votes_cast), 0)::bigint as votes_cast,
               coalesce(sum(votes_imported), 0)::bigint as votes_imported,
               (select coalesce(sum(ballots), 0)::bigint from ranking_result where consultation_id = $1) as ballots,
               (select coalesce(sum(sent), 0)::bigint from questionnaire_total where consultation_id = $1)
               as questionnaires
        from tally where consultation_id = $1""",
        consultation,
    )
    count: dict[str, int] = {}
    sections: dict[uuid.UUID, int] = {}
    for row in found:
        name = f"arguments_{row['side']}" if row["kind"] == "argument" else f"{row['kind']}s"
        count[name] = count.get(name, 0) + row["items"]
        if row["kind"] in STANDING:
            sections[row["section_id"]] = sections.get(row["section_id"], 0) + row["items"]
    return Figures(**count, **dict(sums)), sections


async def items(pool: Pool, selection: Selection, sort: Sort, after: Position | None, limit: int) -> list[Item]:
    """At most ``limit`` contributions of ``selection`` that follow ``after``, highest value first, then highest id.

    ``day`` and ``position`` are the other way round: oldest first, a list that only grows at its end, and first place
    first. ``relevant`` needs words.
    """
    key = _KEYS[sort]
    arguments: list[object] = [
        selection.consultation, selection.kinds, selection.sections, selection.parent, selection.side,
        _states(selection), selection.seed, after.value if after else None, after.id if after else None, limit,
        *([selection.words] if selection.words else []),
        *([selection.status] if selection.status else []),
    ]  # fmt: skip
    query = f"""/* items */
        select {ITEM}, {key} as value
        from contribution c left join tally t on t.contribution_id = c.id
        where c.consultation_id = $1 and c.kind = any($2::text[])
          and ($3::uuid[] is null or c.section_id = any($3))
          and ($4::uuid is null or c.parent_id = $4)
          and ($5::text is null or c.side = $5)
          and c.state = any($6::text[])
          and ($7::bigint is not null)
          and ($8::bigint is null or ({key}, c.id) < ($8::bigint, $9::uuid)) {_SEARCHED if selection.words else ""}
          {f"and c.status = ${len(arguments)}" if selection.status else ""}
        order by {key} desc, c.id desc limit $10"""  # noqa: S608  # key is one of _KEYS, written above
    found = await pool.fetch(query, *arguments)
    return [item_of(row) for row in found]


def _states(selection: Selection) -> list[str]:
    """The states of what a list holds."""
    withheld = ["hidden", "sent_back"] if selection.withheld or selection.withdrawn else []
    return ["published", *withheld, *(["withdrawn"] if selection.withdrawn else [])]


async def item(pool: Pool, contribution: uuid.UUID) -> Item | None:
    """One contribution, withdrawn or not; None when it is unknown."""
    row = await pool.fetchrow(
        f"""/* item */ select {ITEM}, 0::bigint as value
        from contribution c left join tally t on t.contribution_id = c.id where c.id = $1""",  # noqa: S608  # ours
        contribution,
    )
    return None if row is None else item_of(row)


async def every_item(pool: Pool, selection: Selection) -> AsyncIterator[list[Item]]:
    """All of ``selection`` in batches, oldest day first.

    Batch by batch rather than by one long cursor: a reader that is slow, or stops reading, holds no connection and no
    snapshot. Each row is as it was when its batch was read.
    """
    after = None
    while batch := await items(pool, selection, "day", after, EXPORT_BATCH):
        yield batch
        after = batch[-1].position
        if len(batch) < EXPORT_BATCH:
            return


def item_of(row: asyncpg.Record) -> Item:
    """The item of a row that has ``ITEM`` and ``value``."""
    text = row["document"]
    return Item(
        id=row["id"],
        consultation=row["consultation_id"],
        parent=row["parent_id"],
        value=row["value"],
        state=row["state"],
        excerpt=row["excerpt"],
        comments=row["comments"],
        json=joined(
            text,
            row["tally"] or _nobody(text),
            (row["arguments_for"], row["arguments_against"]),
            row["sources"],
            row["amendments"],
            row["comments"],
            row["status"],
        ),
    )


class _Scale(msgspec.Struct):
    scale: ScaleName


_scale_of: Final = msgspec.json.Decoder(_Scale)


def _nobody(text: str) -> str:
    return EMPTY_TALLIES[_scale_of.decode(text).scale]
