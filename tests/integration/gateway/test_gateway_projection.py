"""The projection is a function of what was said, not of the order, the repeats or the crashes in which it arrived."""

import asyncio
import dataclasses

import asyncpg
import msgspec
import pytest

from contracts.events import Sealed, encode, new_id, subject_of
from gateway.facts import rows_of
from gateway.store import projection
from tests.harness import Bus, Database, EnvironmentOf, FreshDatabase
from tests.integration.gateway.stage import (
    CONSULTATION,
    Publisher,
    argument,
    consultation,
    contribution,
    running,
    tally,
)

pytestmark = pytest.mark.anyio

A, B, C, D = (f"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa{n}" for n in range(4))


async def _open(database: Database) -> asyncpg.Pool:
    return await asyncpg.create_pool(database.dsn, password=database.password, min_size=1, max_size=2)


async def test_two_replicas_on_one_database_lose_no_count(fresh_database: FreshDatabase) -> None:
    pool = await _open(fresh_database("gateway"))
    await projection.apply(pool, 1, rows_of([contribution(A)]), [])
    await asyncio.gather(*(projection.apply(pool, n, rows_of([argument(new_id(), A)]), []) for n in range(2, 22)))
    assert await pool.fetchval("select arguments_for from contribution where parent_id is null") == 20
    assert await projection.applied(pool) == 21
    await pool.close()


async def test_what_was_said_while_it_slept_is_applied(environment: EnvironmentOf, bus: Bus) -> None:
    publisher, settings_of_one = Publisher(bus), environment("gateway")
    async with running(settings_of_one) as gateway:
        await gateway.until_applied(await publisher.publish(consultation(), contribution(A)))
    last = await publisher.publish(contribution(A, version=2, title="Trois bancs"))
    async with running(settings_of_one) as gateway:
        await gateway.until_applied(last)
        answer = await gateway.client.get(f"/open-data/consultations/ma-rue/contributions/{A}")
        assert answer.json()["contribution"]["title"] == "Trois bancs"


async def test_a_recreated_stream_is_applied_from_its_beginning(environment: EnvironmentOf, bus: Bus) -> None:
    settings_of_one = environment("gateway")
    async with running(settings_of_one) as gateway:
        await gateway.until_applied(await Publisher(bus).publish(consultation(), contribution(A)))
        # As after a stream was deleted and made again: what we have is further than what it holds.
        await gateway.context.pool.execute("update projection set applied = applied + 1000000")
        await gateway.context.pool.execute("delete from contribution")
    async with running(settings_of_one) as gateway:
        await _until(gateway.context.pool, "select count(*) from contribution", 1)
        assert await projection.applied(gateway.context.pool) < 1_000_000


async def test_a_poisoned_message_is_set_aside_and_counted(environment: EnvironmentOf, bus: Bus) -> None:
    publisher = Publisher(bus)
    one, two, three = (publisher.sealed(contribution(name)) for name in (A, B, C))
    poison = [
        dataclasses.replace(one, body=one.body + b" "),
        dataclasses.replace(two, headers={}),
        dataclasses.replace(three, headers={**three.headers, "Cloison-Key": "0" * 16}),
        publisher.sealed(contribution(new_id(), version=2**63)),
    ]
    async with running(environment("gateway")) as gateway:
        pool = gateway.context.pool
        last = await publisher.publish(consultation(), *poison, contribution(D))
        await gateway.until_applied(last)
        await _until(pool, "select count(*) from dead_letter", 4)
        reasons = [row[0] for row in await pool.fetch("select reason from dead_letter order by sequence")]
        assert reasons == ["signature", "headers", "key", "unstorable"]
        assert {row[0] for row in await pool.fetch("select subject from dead_letter")} == {"public.v1.contribution"}
        assert [str(row[0]) for row in await pool.fetch("select id from contribution")] == [D]
        metrics = (await gateway.client.get("/metrics")).text
        assert 'gateway_messages_refused_total{reason="signature"} 1.0' in metrics
        assert (await gateway.client.get("/readyz")).status_code == 200


async def test_a_genuine_message_under_another_subject_is_refused(environment: EnvironmentOf, bus: Bus) -> None:
    publisher = Publisher(bus)
    event = contribution(A)
    elsewhere = subject_of(contribution(B))
    moved = Sealed(elsewhere, encode(event), publisher.sealed(event).headers)
    async with running(environment("gateway")) as gateway:
        await gateway.until_applied(await publisher.publish(moved, consultation()))
        await _until(gateway.context.pool, "select count(*) from dead_letter where reason = 'signature'", 1)


async def test_the_page_follows_within_two_seconds(environment: EnvironmentOf, bus: Bus) -> None:
    publisher = Publisher(bus)
    async with running(environment("gateway")) as gateway:
        await gateway.until_applied(await publisher.publish(consultation(), contribution(A)))
        address = f"/open-data/consultations/{CONSULTATION}/contributions/{A}"
        await gateway.client.get(address)
        await publisher.publish(tally(A, agree=12))
        async with asyncio.timeout(2):
            while (await gateway.client.get(address)).json()["contribution"]["tally"]["cast"]["agree"] != 12:
                await asyncio.sleep(0.05)


async def test_no_author_no_instant_is_stored(environment: EnvironmentOf, bus: Bus) -> None:
    async with running(environment("gateway")) as gateway:
        kinds = await gateway.context.pool.fetch(
            "select distinct data_type from information_schema.columns where table_schema = 'public'"
        )
        known = {"uuid", "bigint", "integer", "text", "tsvector", "date", "boolean", "bytea"}
        assert {row[0] for row in kinds} == known
        names = await gateway.context.pool.fetch(
            "select column_name from information_schema.columns where table_schema = 'public'"
        )
        assert not {row[0] for row in names} & {"author", "participant", "pseudonym", "email", "address", "ip"}


async def _until(pool: asyncpg.Pool, question: str, answer: object) -> None:
    async with asyncio.timeout(10):
        while await pool.fetchval(question) != answer:
            await asyncio.sleep(0.02)


def test_rows_are_what_the_contract_says() -> None:
    assert msgspec.json.decode(str(rows_of([contribution(A)]).contributions[0][-1]))["id"] == A
