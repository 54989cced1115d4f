"""The rows of a release, table by table (``release_tables``), from what ``releases.prepare`` found and was decided.

Ids are a keyed digest of those of the database under the seed of the release, and every table is in their order or in
that of its values: nothing tells what was written first. Rows of votes and answers that are alike come once, with how
many there are of them.
"""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from consultation_service.questionnaire_words import questionnaire_of
from consultation_service.rules.questionnaires import questions_of
from consultation_service.store import release_queries as queries
from consultation_service.store.database import Connection
from consultation_service.store.release_classes import closing_day
from consultation_service.store.release_groups import Question
from consultation_service.store.releases import Release
from contracts.events import PublicRankingResult
from contracts.scales import CHOICE_NAMES

PREFETCH: Final = 1_000
COUNTED: Final = ("votes", "answers")
"""Tables whose rows come with how many of them are alike."""

Value = str | int | bool | None
Values = tuple[Value, ...]
_MADE: Final = re.compile(r"\bmade\(([\w.]+)\)")
_DIGEST: Final = "encode(substr(sha256($1::bytea || uuid_send({0})), 1, 16), 'hex')"
_FRESH: Final = f"overlay(overlay({_DIGEST} placing '4' from 13 for 1) placing '8' from 17 for 1)::uuid::text"
_LIVE: Final = "(case when $1::bytea is not null then {0} end)::text"


class Rows:
    """Gives the rows of each table."""

    def __init__(self, connection: Connection, release: Release) -> None:
        self._connection = connection
        self._release = release

    async def of(self, table: str) -> AsyncIterator[tuple[Values, int]]:
        """Rows in order, each with how many times it is there. Constant memory."""
        query = statement(getattr(queries, table.upper()), fresh=self._release.rules.fresh_ids)
        arguments = await _arguments(self._connection, self._release, table)
        async for record in self._connection.cursor(query, *arguments, prefetch=PREFETCH):
            values: Values = tuple(record)
            times = values[-1] if table in COUNTED else 1
            assert isinstance(times, int)  # noqa: S101  it is count(*)
            yield (values[:-1] if table in COUNTED else values), times


def statement(query: str, *, fresh: bool) -> str:
    """A query with its ids written out."""
    return _MADE.sub(lambda found: (_FRESH if fresh else _LIVE).format(found[1]), query)


async def _arguments(connection: Connection, release: Release, table: str) -> Sequence[object]:
    rules = release.rules
    choices = list(CHOICE_NAMES), list(CHOICE_NAMES.values())
    match table:
        case "consultation":
            return release.consultation, release.number, release.day
        case "sections":
            return release.seed, release.consultation
        case "contributions":
            return release.seed, rules.weeks, rules.author_refs, await _author_key(connection, release)
        case "versions":
            return release.seed, rules.reviewed
        case "votes":
            return release.seed, release.consultation, *choices
        case "totals_by_attribute":
            until = await closing_day(connection, release) or release.through
            return release.seed, release.consultation, until, *choices, release.number
        case "imported_totals":
            return (release.seed,)
        case "questions":
            return release.seed, *_columns(await questions(connection, release), 4)
        case "rankings":
            return release.seed, *_columns(await _rankings(connection, release), 4)
        case "statements":
            return release.seed, release.consultation, release.through
        case _:
            return release.seed, release.through


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    return [[row[place] for row in rows] for place in range(width)]


async def questions(connection: Connection, release: Release) -> list[Question]:
    """Every question of every questionnaire of the consultation."""
    rows = await connection.fetch(
        """/* questions */ select id::text as section, questionnaire from section
        where consultation_id = $1 and kind = 'questionnaire' and questionnaire is not null order by id""",
        release.consultation,
    )
    return [
        (row["section"], question.key, str(question.__struct_config__.tag), question.label)
        for row in rows
        for question in questions_of(questionnaire_of(row["questionnaire"]))
    ]


async def _rankings(connection: Connection, release: Release) -> list[tuple[str, str, str, int]]:
    """Totals that are public already, as they were last published."""
    rows = await connection.fetch(
        """/* rankings */ select t.published from section_total t join section s on s.id = t.section_id
        where s.consultation_id = $1 and s.kind = 'ranking' and t.published is not null order by s.id""",
        release.consultation,
    )
    found = [msgspec.json.decode(row["published"], type=PublicRankingResult) for row in rows]
    return [
        (result.section, option, over, result.matrix[i][j])
        for result in found
        for i, option in enumerate(result.options)
        for j, over in enumerate(result.options)
        if i != j
    ]


async def _author_key(connection: Connection, release: Release) -> bytes:
    """The same for all releases of a consultation, and for no other."""
    found: bytes = await connection.fetchval(
        """/* author_key */ select sha256(seed || 'authors'::bytea) from release where consultation_id = $1
        order by number limit 1""",
        release.consultation,
    )
    return found
