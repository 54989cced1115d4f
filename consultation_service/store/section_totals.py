"""Totals of questionnaires and rankings: counted from what was sent, never kept by adding and subtracting.

Whoever writes or removes an answer marks the section in the same transaction, and the relay publishes what is marked.
The count is made in a snapshot, and the mark goes only if nobody marked the section again since: nothing is lost,
whoever crashes, and nobody who answers waits for a count.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from consultation_service.publication import Row
from consultation_service.questionnaire_words import questionnaire_of
from consultation_service.rules import rankings
from consultation_service.store.database import Connection, Pool
from consultation_service.store.outbox import enqueue
from consultation_service.totals import Count, publishable
from contracts.events import PublicAnswers, PublicRankingResult, PublicRankingRules, encode, new_id

CHUNK: Final = 500
Totals = PublicAnswers | PublicRankingResult
_published: Final = msgspec.json.Decoder(Totals)


async def mark(connection: Connection, sections: Sequence[str]) -> None:
    """Remember that totals changed, in the transaction of what changed them; the last thing that it does, because
    others who answer the same section wait for it from here on.
    """
    await connection.execute(
        """/* mark */
        insert into section_total (section_id, due) select id, true from unnest($1::uuid[]) as id order by id
        on conflict (section_id) do update set due = true
        """,
        sections,
    )


async def publish_due(pool: Pool) -> int:
    """Enqueue the totals of every section that is marked, each once. Returns the number of sections."""
    due = await pool.fetch("/* publish_due */ select section_id::text as id from section_total where due")
    for row in due:
        async with pool.acquire() as connection:
            await _publish(connection, row["id"])
    return len(due)


async def restate(connection: Connection, consultation: str) -> None:
    """Enqueue again what was last published of a consultation, as it was, in the caller's transaction."""
    rows = await connection.fetch(
        """/* restate */
        update section_total t set version = version + 1 from section s
        where s.id = t.section_id and s.consultation_id = $1 and t.published is not null
        returning t.version, t.published
        """,
        consultation,
    )
    said = [
        msgspec.structs.replace(_published.decode(row["published"]), id=new_id(), version=row["version"])
        for row in rows
    ]
    await enqueue(connection, said)


async def _publish(connection: Connection, section: str) -> None:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        row = await connection.fetchrow(
            """/* publish_section */
            select t.xmin::text as mark, t.version + 1 as version, t.published, s.id::text as section, s.kind,
              s.consultation_id::text as consultation, s.questionnaire, s.ranking, c.level
            from section_total t join section s on s.id = t.section_id join consultation c on c.id = s.consultation_id
            where t.section_id = $1
            """,
            section,
        )
        if row is None:
            return
        totals = await _count(connection, row)
    before = 0 if row["published"] is None else _people(_published.decode(row["published"]))
    told = totals is not None and publishable(row["level"], _people(totals), before)
    async with connection.transaction():
        # A mark made since the snapshot gave the row another xmin (each update does), so the section stays due. This
        # waits for a mark that is being made, and then sees it.
        await connection.execute(
            """/* publish_section */
            update section_total set due = (xmin::text <> $2), version = version + $3::int,
              published = coalesce($4::jsonb, published)
            where section_id = $1
            """,
            section,
            row["mark"],
            int(told),
            encode(totals).decode() if totals is not None and told else None,
        )
        await enqueue(connection, [totals] if totals is not None and told else [])


def _people(totals: Totals) -> int:
    return totals.sent if isinstance(totals, PublicAnswers) else totals.ballots


async def _count(connection: Connection, row: Row) -> Totals | None:
    if row["kind"] == "questionnaire" and row["questionnaire"] is not None:
        return await _answers(connection, row)
    if row["kind"] == "ranking":
        return await _ranking(connection, row)
    return None


async def _answers(connection: Connection, row: Row) -> PublicAnswers:
    count = Count(questionnaire_of(row["questionnaire"]))
    sent = connection.cursor(
        "/* count_answers */ select answers from response where section_id = $1 and sent",
        row["section"],
        prefetch=CHUNK,
    )
    async for response in sent:
        count.add(msgspec.json.decode(response["answers"]))
    return PublicAnswers(
        id=new_id(), section=row["section"], consultation=row["consultation"], version=row["version"],
        sent=count.sent, questions=count.totals(),
    )  # fmt: skip


async def _ranking(connection: Connection, row: Row) -> PublicRankingResult | None:
    options = await option_ids(connection, row["section"])
    if not options:
        return None
    places = {option: place for place, option in enumerate(options)}
    matrix = rankings.Matrix(len(options))
    points = [0] * len(options)
    ballots = connection.cursor(
        "/* count_ballots */ select ranked::text[] as ranked, points from ranking_ballot where section_id = $1",
        row["section"],
        prefetch=CHUNK,
    )
    async for ballot in ballots:
        matrix.add([places[option] for option in ballot["ranked"] if option in places])
        for option, given in msgspec.json.decode(ballot["points"]).items():
            if option in places:
                points[places[option]] += given
    found = rankings.results(matrix.preferences(), matrix.ballots)
    budget = row["ranking"] is not None and msgspec.json.decode(row["ranking"], type=PublicRankingRules).points
    return PublicRankingResult(
        id=new_id(), section=row["section"], consultation=row["consultation"], version=row["version"],
        ballots=found.ballots, options=tuple(options), matrix=found.matrix,
        borda=tuple(str(fraction) for fraction in found.borda), condorcet=found.condorcet, schulze=found.schulze,
        points=tuple(points) if budget else (),
    )  # fmt: skip


async def option_ids(connection: Pool | Connection, section: str) -> list[str]:
    """The options that are ranked in a section, in the organiser's order."""
    # Through the index on consultation and author: what the organiser wrote has none.
    rows = await connection.fetch(
        """/* option_ids */
        select id::text as id from contribution
        where consultation_id = (select consultation_id from section where id = $1) and author is null
          and section_id = $1 and kind = 'option' and state = 'published'
        order by position, id
        """,
        section,
    )
    return [row["id"] for row in rows]
