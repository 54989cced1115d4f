"""Rankings of participants: one ballot each, in a section where options are ranked."""

import datetime
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from consultation_service.publication import Row
from consultation_service.rules.acts import Act
from consultation_service.rules.rankings import check_points, check_ranking
from consultation_service.store.answering import Place, begin
from consultation_service.store.database import Pool
from consultation_service.store.section_totals import mark, option_ids
from contracts.events import PublicRankingRules


class Ballot(NamedTuple):
    """Ids of options, the preferred one first; and the points that each was given, with a budget."""

    ranked: tuple[str, ...]
    points: Mapping[str, int]


NOTHING = Ballot((), {})


def rules_of(place: Place) -> PublicRankingRules:
    """How the options of a section are ranked; both methods are always computed, ``method`` is the one that decides."""
    if place.definition is None:
        return PublicRankingRules(method="borda")
    return msgspec.json.decode(place.definition, type=PublicRankingRules)


async def options_of(pool: Pool, place: Place) -> Sequence[Row]:
    """What is ranked: ``id``, ``title``, ``body_html``, in the organiser's order."""
    return await pool.fetch(
        """/* options_of */
        select id::text as id, title, body_html from contribution
        where consultation_id = $1 and author is null and section_id = $2 and kind = 'option' and state = 'published'
        order by position, id
        """,
        place.consultation,
        place.section,
    )


async def ballot_of(pool: Pool, section: str, participant: bytes) -> Ballot | None:
    """The present ballot of a participant."""
    row = await pool.fetchrow(
        """/* ballot_of */
        select ranked::text[] as ranked, points from ranking_ballot where section_id = $1 and participant = $2
        """,
        section,
        participant,
    )
    if row is None:
        return None
    return Ballot(tuple(row["ranked"]), msgspec.json.decode(row["points"], type=dict[str, int]))


async def cast(pool: Pool, place: Place, participant: bytes, ballot: Ballot, day: datetime.date) -> None:
    """Write or replace a ballot. Raises ``Refusal``."""
    rules = rules_of(place)
    async with pool.acquire() as connection, connection.transaction():
        await begin(connection, place, participant, Act.RANK, day)
        options = await option_ids(connection, place.section)
        points = check_points(ballot.points, options if rules.points else (), budget=rules.points)
        # With a budget, to share it is an answer by itself.
        check_ranking(ballot.ranked, options, least=0 if points else 1, most=rules.most)
        await connection.execute(
            """/* cast */
            insert into ranking_ballot (section_id, participant, ranked, points, day) values ($1, $2, $3, $4, $5)
            on conflict (section_id, participant) do update
              set ranked = excluded.ranked, points = excluded.points, day = excluded.day
            """,
            place.section,
            participant,
            ballot.ranked,
            msgspec.json.encode(points).decode(),
            day,
        )
        await mark(connection, [place.section])


async def withdraw(pool: Pool, place: Place, participant: bytes, day: datetime.date) -> None:
    """Take a ballot back, also once the consultation is closed. Raises ``Refusal``."""
    async with pool.acquire() as connection, connection.transaction():
        await begin(connection, place, participant, Act.WITHDRAW_OWN, day)
        gone = await connection.fetchval(
            "/* withdraw */ delete from ranking_ballot where section_id = $1 and participant = $2 returning true",
            place.section,
            participant,
        )
        if gone:
            await mark(connection, [place.section])
