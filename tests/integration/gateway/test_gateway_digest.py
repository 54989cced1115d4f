"""One stream, one projection: the digest does not know the order, the repeats or the database in which it was told."""

import itertools
from collections.abc import Iterator

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.events import Change, ContributionKind, Event, VersionVotes
from gateway.facts import rows_of
from gateway.store import digest, projection
from tests.harness import Bus, Database, EnvironmentOf, FreshDatabase, wait_for
from tests.integration.gateway.stage import (
    Publisher,
    answers,
    consultation,
    contribution,
    journal,
    official_answer,
    ranking,
    running,
    statement,
    tally,
    version,
)

pytestmark = pytest.mark.anyio

THINGS = tuple(f"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa{n}" for n in range(5))
OTHERS = tuple(f"bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbb{n}" for n in range(2))
KINDS: tuple[ContributionKind, ...] = ("proposal", "argument", "source", "amendment", "comment", "comment", "article")


def said(thing: int, number: int) -> Event:
    """The ``number``-th version of a contribution: its kind, its state and what it is about change with it."""
    kind = KINDS[(thing + number) % len(KINDS)]
    about = THINGS[(thing * number + 1) % len(THINGS)]
    return contribution(
        THINGS[thing],
        version=number,
        kind=kind,
        parent=about if kind in ("argument", "source", "amendment", "comment") else None,
        side="for" if kind == "argument" else None,
        state=("published", "published", "hidden", "withdrawn")[(thing + number) % 4],
        title=f"{thing}, version {number}",
        changes=(Change(kind="added", text=str(number)),),
    )


def every_event() -> Iterator[Event]:
    """Three versions of each of these things."""
    for number in range(1, 4):
        yield consultation(version=number, title=f"Ma rue, {number}")
        for thing, name in enumerate(THINGS):
            yield said(thing, number)
            yield tally(name, version=number, agree=number, by_version=(VersionVotes(text_version=1, votes=1),))
        for name, about in zip(OTHERS, THINGS, strict=False):
            yield version(name, about, revision=number)
            yield ranking(name, version=number, ballots=number)
            yield answers(name, version=number, sent=number)
            yield statement(name, version=number)
            yield official_answer(about, version=number, status=("taken_up", "partly", "under_study")[number - 1])
            yield journal(about, version=number)


EVENTS = tuple(every_event())
EMPTY = f"truncate revision, {', '.join(table for table, _ in digest.TABLES)}"


async def digest_after(database: Database, batches: list[list[Event]]) -> str:
    pool = await asyncpg.create_pool(database.dsn, password=database.password, min_size=1, max_size=2)
    try:
        await pool.execute(EMPTY)
        for number, batch in enumerate(batches):
            await projection.apply(pool, number, rows_of(batch), [])
        return await digest.content_hash(pool)
    finally:
        await pool.close()


def test_every_order_with_repeats_and_any_batches_gives_one_digest(fresh_database: FreshDatabase) -> None:
    database = fresh_database("gateway")
    expected = wait_for(digest_after(database, [list(EVENTS)]))
    orders = st.permutations(range(len(EVENTS)))
    repeats = st.lists(st.sampled_from(range(len(EVENTS))), max_size=20)

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(orders, repeats, st.lists(st.integers(1, 30), min_size=4, max_size=9))
    def check(order: list[int], again: list[int], sizes: list[int]) -> None:
        told = iter([EVENTS[index] for index in [*again, *order, *again]])
        batches = []
        for size in itertools.cycle(sizes):
            if not (batch := list(itertools.islice(told, size))):
                break
            batches.append(batch)
        assert wait_for(digest_after(database, batches)) == expected

    check()


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """Some of the events as they were said, and the same as they may arrive."""
    some = draw(st.lists(st.sampled_from(EVENTS), min_size=1, max_size=25))
    return some, draw(st.permutations([*some, *draw(st.lists(st.sampled_from(some), max_size=10))]))


def test_any_part_of_the_stream_in_any_order_gives_one_digest(fresh_database: FreshDatabase) -> None:
    database = fresh_database("gateway")

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(streams())
    def check(stream: tuple[list[Event], list[Event]]) -> None:
        said_so, arrived = stream
        expected = wait_for(digest_after(database, [said_so]))
        assert wait_for(digest_after(database, [[event] for event in arrived])) == expected

    check()


async def test_a_gateway_rebuilt_from_nothing_equals_the_former_one(environment: EnvironmentOf, bus: Bus) -> None:
    last = await Publisher(bus).publish(*EVENTS)
    digests = []
    # The second database is new, while the durable consumer gave everything out to the first one.
    for settings_of_one in (environment("gateway"), environment("gateway")):
        async with running(settings_of_one) as gateway:
            await gateway.until_applied(last)
            digests.append(await digest.content_hash(gateway.context.pool))
            assert gateway.context.bus.caught_up
    assert digests[0] == digests[1]


async def test_the_digest_sees_every_table_and_every_change(fresh_database: FreshDatabase) -> None:
    database = fresh_database("gateway")
    pool = await asyncpg.create_pool(database.dsn, password=database.password, min_size=1, max_size=2)
    await projection.apply(pool, 1, rows_of(EVENTS), [])
    seen = {await digest.content_hash(pool)}
    for table, _ in digest.TABLES:
        assert await pool.fetchval(f"select count(*) from {table}") > 0
        await pool.execute(f"update {table} set document = document || ' '")
        seen.add(await digest.content_hash(pool))
    assert len(seen) == len(digest.TABLES) + 1
    tables = await pool.fetch("select table_name from information_schema.tables where table_schema = 'public'")
    private = {"schema_version", "projection", "revision", "dead_letter"}
    assert {row[0] for row in tables} - private == {table for table, _ in digest.TABLES}
    await pool.close()
