"""Migrations of the projection, and the search on it."""

import dataclasses
import uuid
from pathlib import Path

import asyncpg
import pytest

from gateway import plain_text
from gateway.settings import Settings
from gateway.store import database, reading, searching
from gateway.store.reading import Selection
from tests.harness import Bus, Database, Databases, EnvironmentOf
from tests.integration.gateway.stage import (
    CONSULTATION,
    SECTION,
    Publisher,
    argument,
    consultation,
    contribution,
    running,
    tally,
    told,
)

pytestmark = pytest.mark.anyio
A, B, C, D = (f"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa{n}" for n in range(4))
KEY = uuid.UUID(CONSULTATION)
SHAPE = """
    select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' '
           || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || ' ' || coalesce(col_description(c.oid, a.attnum), '')
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    union all select indexdef from pg_indexes where schemaname = 'public'
    union all select pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
    union all select pg_get_functiondef('folded'::regproc)
    union all select extname from pg_extension
    union all select mapcfg::regconfig || ' ' || maptokentype || ' ' || mapseqno || ' ' || mapdict::regdictionary
              from pg_ts_config_map where mapcfg = 'french_plain'::regconfig
    union all select 'version ' || version from schema_version
    order by 1"""


async def shape(settings: Settings) -> list[str]:
    """Everything the catalogue says of our tables, indexes and search."""
    connection = await asyncpg.connect(settings.database, password=settings.database_password_file.read_text().strip())
    found = [row[0] for row in await connection.fetch(SHAPE)]
    await connection.close()
    return found


def settings_on(environment: EnvironmentOf, database_: Database) -> Settings:
    settings = Settings.from_environment(environment("gateway"))
    return dataclasses.replace(settings, database=database_.dsn)


async def test_the_schema_equals_all_migrations(environment: EnvironmentOf, databases: Databases) -> None:
    made, migrated = databases.empty("gateway"), databases.empty("gateway")
    try:
        first = (database.SQL / "migrations" / "0001_projection.sql").read_text()
        connection = await migrated.connect()
        await connection.execute(first)
        await connection.close()
        assert await database.migrate(settings_on(environment, migrated)) == database.SCHEMA_VERSION - 1
        assert await database.migrate(settings_on(environment, migrated)) == 0
        assert await database.migrate(settings_on(environment, made)) == 1
        assert await shape(settings_on(environment, migrated)) == await shape(settings_on(environment, made))
    finally:
        databases.drop(made)
        databases.drop(migrated)
    newest = sorted(Path(database.SQL / "migrations").glob("*.sql"))[-1]
    assert int(newest.name.split("_")[0]) == database.SCHEMA_VERSION


async def test_a_projection_of_version_1_comes_back_whole(
    environment: EnvironmentOf, databases: Databases, bus: Bus
) -> None:
    old = databases.empty("gateway")
    try:
        connection = await old.connect()
        await connection.execute((database.SQL / "migrations" / "0001_projection.sql").read_text())
        last = await Publisher(bus).publish(consultation(), contribution(A), tally(A, agree=2, disagree=1))
        await connection.execute("update projection set applied = $1", last)
        await connection.close()
        settings = settings_on(environment, old)
        await database.migrate(settings)
        of_old = environment("gateway") | {"GATEWAY_DATABASE": old.dsn}
        async with running(of_old) as gateway:
            await gateway.until_applied(last)
            found = await searching.counts(gateway.context.pool, KEY, None, "école")
            assert found == {"proposal": 1}
    finally:
        databases.drop(old)


async def test_search_knows_endings_accents_and_misspelt_words(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        pool = gateway.context.pool
        await told(
            gateway,
            consultation(),
            contribution(
                A, title="Développer les logiciels libres", body_html="<p>Dans l’« école\u00a0» publique.</p>"
            ),
            contribution(B, title="Un banc", body_html="<p>Avec un <em>logiciel</em>.</p>"),
            argument(C, A, body_html="<p>La démocratie numérique &amp; libre.</p>"),
            contribution(D, title="", state="withdrawn", body_html=""),
        )

        async def found(words: str) -> dict[str, int]:
            return await searching.counts(pool, KEY, None, plain_text.signs(words))

        assert await found("ecole") == await found("L’ÉCOLE") == await found("écoles") == {"proposal": 1}
        assert await found("logiciel") == {"proposal": 2}
        assert await found("logiciel -banc") == {"proposal": 1}
        assert await found('"logiciels libres"') == {"proposal": 1}
        assert await found("libre") == {"proposal": 1, "argument": 1}
        assert await found("em") == {}
        assert await found("lgiciel") == {}
        assert await searching.corrected(pool, KEY, "lgiciel ecole") == "logiciel ecole"
        assert await searching.corrected(pool, KEY, "démocrtie") == "democratie"
        assert await searching.corrected(pool, KEY, "xyzzy") == "xyzzy"
        assert not await searching.meaningful(pool, "le de")
        assert not await searching.meaningful(pool, plain_text.signs("«»!?"))
        assert await searching.meaningful(pool, "banc")
        selection = Selection(consultation=KEY, kinds=("proposal",), words="logiciel")
        items = await reading.items(pool, selection, "relevant", None, 10)
        assert [str(item.id) for item in items] == [A, B]
        following = await reading.items(pool, selection, "relevant", items[0].position, 10)
        assert [str(item.id) for item in following] == [B]
        shown = await searching.highlights(pool, [item.id for item in items], "logiciel")
        start, end = plain_text.MARK_START, plain_text.MARK_END
        assert shown[items[0].id].title == f"Développer les {start}logiciels{end} libres"
        assert shown[items[1].id].text == f"Avec un {start}logiciel{end}"


async def test_an_endless_text_is_still_published(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        words = " ".join(f"é{n:x}è" for n in range(60_000))
        assert len(words) > plain_text.MAX_CHARS
        await told(gateway, consultation(), contribution(A, body_html=f"<p>{words}</p>"))
        assert await searching.counts(gateway.context.pool, KEY, None, "é1fè") == {"proposal": 1}


async def test_what_divides_comes_first(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(
            gateway,
            consultation(),
            *(contribution(name) for name in (A, B, C, D)),
            tally(A, agree=1000, disagree=10),
            tally(B, agree=50, disagree=45),
            tally(C, agree=3, disagree=3),
            tally(D, agree=500),
        )
        selection = Selection(consultation=KEY, kinds=("proposal",), sections=[uuid.UUID(SECTION)])
        items = await reading.items(gateway.context.pool, selection, "divided", None, 10)
        assert [str(item.id) for item in items] == [B, C, A, D]
