"""From identity's requests to what everybody sees, whatever the order and the repeats of the messages in between.

Identity's requests are carried out by consultation_service's own code, whose facts are shown by the gateway's own code.
Between the two, messages are shuffled and repeated at will: a bus promises each at least once and nothing more.
"""

import datetime
import uuid
from typing import Any, Final

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation_service.publication import contribution_event
from consultation_service.store import outbox, participants, tallies
from consultation_service.store.contributions import COLUMNS
from contracts.events import ErasureDone, ErasureRequested, Event, WithdrawalDone, WithdrawalRequested, new_id
from gateway.facts import rows_of
from gateway.store import projection
from tests.harness import Database, FreshDatabase, wait_for

CONSULTATION, SECTION = (f"{n}1111111-1111-4111-8111-111111111111" for n in range(1, 3))
PEOPLE: Final = [bytes([n]) * 32 for n in range(4)]
"""Pseudonyms; the last person asks for nothing."""
TODAY: Final = datetime.date(2026, 11, 23)
EMPTY: Final = "truncate consultation, vote, outbox, inbox, tally_due, participant cascade"
decoder: Final = msgspec.json.Decoder(Event)


async def opened(database: Database) -> Any:
    return await asyncpg.create_pool(database.dsn, password=database.password, min_size=1, max_size=2)


async def everybody_speaks(pool: Any) -> None:
    """Each person writes one proposal and votes on all of them."""
    await pool.execute(EMPTY)
    await pool.execute(
        """insert into consultation (id, slug, title, introduction, introduction_html, organiser, language, scale,
        terms_version, opens_on, closes_on) values ($1, 'a', 'A', '', '', 'V', 'fr', 'support', '1', $2, $2)""",
        CONSULTATION,
        TODAY,
    )
    await pool.execute(
        "insert into section (id, consultation_id, position, title, scale, kinds) values ($2, $1, 0, '', $4, $3)",
        CONSULTATION,
        SECTION,
        ["proposal"],
        "support",
    )
    async with pool.acquire() as connection:
        for person in PEOPLE:
            await connection.execute("insert into participant values ($1, $2, '1', $3)", CONSULTATION, person, TODAY)
            row = await connection.fetchrow(
                f"""insert into contribution (id, consultation_id, section_id, kind, author, title, body, scale, day)
                values ($1, $2, $3, 'proposal', $4, 'T', 'B', 'support', $5) returning {COLUMNS}""",
                new_id(), CONSULTATION, SECTION, person, TODAY,
            )  # fmt: skip
            await outbox.enqueue(connection, [contribution_event(row)])
    await pool.execute("insert into vote select id, p, 5, $1 from contribution, unnest($2::bytea[]) p", TODAY, PEOPLE)
    await pool.execute("insert into tally_due select id from contribution")


async def relayed(pool: Any) -> list[Event]:
    """Empty the outbox, as the relay does."""
    while await tallies.publish_due(pool):
        pass
    rows = await outbox.waiting(pool, 1000)
    await outbox.forget(pool, [row["event_id"] for row in rows])
    return [decoder.decode(row["body"]) for row in rows]


def request_of(person: int, kind: type[ErasureRequested | WithdrawalRequested], number: int) -> Any:
    identifier = str(uuid.UUID(int=number, version=4))
    return kind(id=identifier, consultation=CONSULTATION, subject="A" * 42 + str(person))


REQUESTS: Final = [
    request_of(0, ErasureRequested, 1),
    request_of(1, WithdrawalRequested, 2),
    request_of(1, ErasureRequested, 3),
    request_of(2, ErasureRequested, 4),
]
ASKED = st.permutations(range(len(REQUESTS))).flatmap(
    lambda order: st.tuples(st.just(order), st.lists(st.sampled_from(range(len(REQUESTS))), max_size=5))
)


def test_any_order_and_repetition_ends_the_same_everywhere(fresh_database: FreshDatabase) -> None:
    consultation, gateway = fresh_database("consultation"), fresh_database("gateway")

    @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(asked=ASKED, shuffle=st.randoms(use_true_random=False), early=st.booleans())
    def check(asked: tuple[list[int], list[int]], shuffle: Any, early: bool) -> None:
        order, repeats = asked
        wait_for(_once(consultation, gateway, [*order, *repeats], shuffle, early))

    check()


async def _once(consultation: Database, gateway: Database, asked: list[int], shuffle: Any, early: bool) -> None:
    said, shown = await opened(consultation), await opened(gateway)
    try:
        await everybody_speaks(said)
        facts = await relayed(said) if early else []
        for number in asked:
            request = REQUESTS[number]
            await participants.leave(said, request, PEOPLE[int(request.subject[-1])], TODAY)
        facts += await relayed(said)
        _proofs_are_exact([fact for fact in facts if isinstance(fact, (ErasureDone, WithdrawalDone))], asked)
        public = [fact for fact in facts if not isinstance(fact, (ErasureDone, WithdrawalDone))]
        told = public + shuffle.choices(public, k=8)
        shuffle.shuffle(told)
        await shown.execute("truncate consultation, contribution, tally, revision")
        for sequence, fact in enumerate(told):
            await projection.apply(shown, sequence, rows_of([fact]), [])
        assert await _public_side(shown) == await _private_side(said)
    finally:
        await said.close()
        await shown.close()


def _proofs_are_exact(proofs: list[Any], asked: list[int]) -> None:
    """One proof for each request, and each thing removed once: four votes and one proposal for each who left."""
    assert sorted(proof.request for proof in proofs) == sorted(REQUESTS[number].id for number in set(asked))
    assert sum(proof.contributions for proof in proofs) == 3
    assert sum(proof.votes for proof in proofs) == 3 * len(PEOPLE)


async def _private_side(pool: Any) -> set[tuple[str, str, int]]:
    rows = await pool.fetch(
        """select c.id::text, c.state, (select count(*) from vote v where v.contribution_id = c.id) as votes
        from contribution c"""
    )
    return {tuple(row) for row in rows}


async def _public_side(pool: Any) -> set[tuple[str, str, int]]:
    rows = await pool.fetch(
        "select c.id::text, c.state, t.votes_cast from contribution c join tally t on t.contribution_id = c.id"
    )
    return {tuple(row) for row in rows}


def test_without_an_inbox_a_repeat_is_proved_twice(fresh_database: FreshDatabase) -> None:
    """The control: the mark of what was done is what makes a repeat harmless."""

    async def twice(forgetful: bool) -> list[Event]:
        pool = await opened(database)
        try:
            await everybody_speaks(pool)
            await relayed(pool)
            for _ in range(2):
                await participants.leave(pool, REQUESTS[0], PEOPLE[0], TODAY)
                if forgetful:
                    await pool.execute("truncate inbox")
            return [fact for fact in await relayed(pool) if isinstance(fact, ErasureDone)]
        finally:
            await pool.close()

    database = fresh_database("consultation")
    assert len(wait_for(twice(forgetful=False))) == 1
    proofs = wait_for(twice(forgetful=True))
    with pytest.raises(AssertionError):
        _proofs_are_exact(proofs, [0])
    assert len(proofs) == 2
