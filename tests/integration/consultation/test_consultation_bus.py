"""What leaves for the bus and what comes from it; repeats, disorder, forgeries and absence included."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from consultation_service.keys import load
from consultation_service.pseudonyms import Pseudonyms
from consultation_service.settings import Settings
from consultation_service.states import day_of
from consultation_service.store import consultations, outbox, participants, republication, tallies
from contracts.events import (
    ConsultationAnnounced,
    ErasureDone,
    ErasureRequested,
    Event,
    PublicConsultation,
    PublicContribution,
    PublicTally,
    WithdrawalDone,
    WithdrawalRequested,
    new_id,
    unseal,
)
from contracts.tokens import b64u
from deploy.secrets import Secrets
from tests.harness import Bus, EnvironmentOf
from tests.integration.consultation.house import Clock, House, Participant, private_key, running

pytestmark = pytest.mark.anyio


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 6.0) -> Any:
    """What ``condition`` finds, waiting for it."""
    end = time.monotonic() + seconds
    while not (found := await condition()):
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.05)
    return found


async def drained(house: House) -> bool:
    due = await house.pool.fetchval("select count(*) from tally_due")
    return not due and not await outbox.count_waiting(house.pool)


async def heard(bus: Bus, house: House, reader: str, stream: str) -> list[Event]:
    """Every message that ``reader`` has not read yet, its signature checked."""
    verifiers = {load(house.settings).event_key_id: _verifier(house)}
    connection = await bus.connect(reader)
    subscription = await connection.jetstream().pull_subscribe_bind(reader, stream)
    events = []
    while True:
        try:
            messages = await subscription.fetch(200, timeout=0.3)
        except TimeoutError:
            break
        for message in messages:
            events.append(unseal(message.subject, message.data, message.headers, verifiers))
            await message.ack()
    await connection.close()
    return events


def _verifier(house: House) -> Callable[[bytes, bytes], None]:
    return private_key(house.settings.event_key_file).public_key().verify


def last(events: list[Event], kind: type, **facts: str) -> Any:
    found: list[Any] = [e for e in events if isinstance(e, kind) and all(getattr(e, n) == v for n, v in facts.items())]
    return max(found, key=lambda event: event.version)


async def ask(bus: Bus, house: House, *events: Event, body: bytes | None = None) -> None:
    connection = await bus.connect("identity")
    for event in events:
        subject, sealed, headers = house.sealed_by_identity(event)
        await connection.jetstream().publish(subject, sealed if body is None else body, headers=headers)
    await connection.close()


async def test_what_is_said_reaches_everybody(house: House, bus: Bus) -> None:
    who = await house.join()
    item = await house.opinion(who, title="Dit", body="*oui*")
    await house.vote(who, item, "mixed")
    await until(lambda: drained(house))
    public = await heard(bus, house, "gateway", "PUBLIC")
    consultation = last(public, PublicConsultation)
    assert (consultation.state, consultation.version) == ("open", 1)
    assert [section.title for section in consultation.sections] == ["Titre", "Idées"]
    contribution = last(public, PublicContribution, contribution=item)
    assert (contribution.title, contribution.body_html) == ("Dit", "<p><em>oui</em></p>\n")
    assert last(public, PublicTally, contribution=item).cast == {"agree": 0, "mixed": 1, "disagree": 0}
    announced = last(await heard(bus, house, "identity", "CONSULTATION"), ConsultationAnnounced)
    assert (announced.consultation, announced.state) == (house.consultation, "open")


async def test_tallies_are_at_most_one_per_item_and_second(house: House, bus: Bus) -> None:
    people = [await house.join() for _ in range(5)]
    item = await house.opinion(people[0])
    began = time.monotonic()
    for turn in range(40):
        for who in people:
            assert (await house.vote(who, item, ("agree", "mixed", "disagree")[turn % 3])).status_code == 204
        await asyncio.sleep(0.03)
    await until(lambda: drained(house))
    seconds = time.monotonic() - began
    version = await house.pool.fetchval("select version from tally where contribution_id = $1", item)
    assert 1 <= version <= seconds + 2
    assert last(await heard(bus, house, "gateway", "PUBLIC"), PublicTally).cast == {
        "agree": 5,
        "mixed": 0,
        "disagree": 0,
    }


async def test_erasure_takes_everything_and_proves_it(house: House, bus: Bus) -> None:
    gone, stays = await house.join(), await house.join()
    opinion = await house.opinion(gone, title="Secret", body="Secret", key="k")
    kept = await house.opinion(stays)
    argument = (await house.write(stays, kind="argument", parent=opinion, side="against", body="Non")).json()["id"]
    for who, item in ((gone, kept), (gone, opinion), (stays, opinion), (gone, argument)):
        assert (await house.vote(who, item, "agree")).status_code == 204
    await until(lambda: drained(house))
    request = ErasureRequested(id=new_id(), consultation=house.consultation, subject=gone.subject)
    await ask(bus, house, request)
    proof = await until(lambda: _proof(bus, house, ErasureDone))
    assert (proof.request, proof.contributions, proof.votes) == (request.id, 1, 3)
    assert (await house.vote(gone, kept, "agree")).json()["code"] == "not_participating"
    assert (await house.write(gone, title="Encore")).json()["code"] == "not_participating"
    row = await house.pool.fetchrow("select * from contribution where id = $1", opinion)
    assert (row["state"], row["author"], row["request_key"], row["title"], row["body"], row["body_html"]) == (
        "withdrawn", None, None, "", "", "",
    )  # fmt: skip
    await until(lambda: drained(house))
    public = await heard(bus, house, "gateway", "PUBLIC")
    tombstone = last(public, PublicContribution, contribution=opinion)
    assert (tombstone.state, tombstone.version, tombstone.title, tombstone.body) == ("withdrawn", 2, "", "")
    assert last(public, PublicTally, contribution=kept).cast["agree"] == 0
    assert last(public, PublicTally, contribution=opinion).cast["agree"] == 1
    everything = await _every_value(house)
    assert gone.subject.encode() not in everything
    assert b"Secret" not in everything
    assert (
        Pseudonyms(load(house.settings).pseudonym_root).of(house.consultation, gone.subject).hex().encode()
        not in everything
    )
    assert (await house.mine(stays))["contributions"] == {kept, argument}


async def _proof(bus: Bus, house: House, kind: type) -> Any:
    return next((e for e in await heard(bus, house, "identity", "CONSULTATION") if isinstance(e, kind)), None)


async def _every_value(house: House) -> bytes:
    """Every row of every table, as PostgreSQL prints it."""
    tables = await house.pool.fetch("select tablename from pg_tables where schemaname = 'public'")
    rows = [await house.pool.fetch(f"select t::text as row from {table['tablename']} t") for table in tables]
    return "\n".join(row["row"] for found in rows for row in found).encode()


async def test_withdrawal_then_coming_back(house: House, bus: Bus) -> None:
    who = await house.join()
    await house.opinion(who)
    await ask(bus, house, WithdrawalRequested(id=new_id(), consultation=house.consultation, subject=who.subject))
    proof = await until(lambda: _proof(bus, house, WithdrawalDone))
    assert (proof.contributions, proof.votes) == (1, 0)
    assert (await house.write(who)).status_code == 401
    back = await house.join(who.subject)
    assert (await house.write(back)).status_code == 201


async def test_somebody_unknown_leaves_nothing_and_the_proof_says_so(house: House, bus: Bus) -> None:
    await ask(bus, house, ErasureRequested(id=new_id(), consultation=new_id(), subject=b64u(b"u" * 32)))
    proof = await until(lambda: _proof(bus, house, ErasureDone))
    assert (proof.contributions, proof.votes) == (0, 0)


async def test_forged_and_broken_messages_are_set_aside_and_the_next_one_is_heard(house: House, bus: Bus) -> None:
    who = await house.join()
    item = await house.opinion(who)
    await house.vote(who, item, "agree")
    forged = ErasureRequested(id=new_id(), consultation=house.consultation, subject=who.subject)
    await ask(bus, house, forged, body=b'{"type":"identity.erasure_requested.v1"}')
    connection = await bus.connect("identity")
    await connection.jetstream().publish("identity.v1.erasure_requested", b"no header")
    await connection.close()
    honest = ErasureRequested(id=new_id(), consultation=house.consultation, subject=b64u(b"v" * 32))
    await ask(bus, house, honest)
    proof = await until(lambda: _proof(bus, house, ErasureDone))
    assert proof.request == honest.id
    reasons = await house.pool.fetch("select reason from dead_letter order by sequence")
    assert [row["reason"] for row in reasons] == ["signature", "headers"]
    assert (await house.mine(who))["votes"] == {item: "agree"}


async def test_days_pass(house: House, bus: Bus) -> None:
    await until(lambda: drained(house))
    house.clock.day(2026, 12, 2)
    # At the same time as the relay, which does it too.
    await asyncio.gather(*(consultations.publish_changes_of_state(house.pool, day_of(house.clock())) for _ in range(4)))
    assert await consultations.publish_changes_of_state(house.pool, day_of(house.clock())) == 0
    await until(lambda: drained(house))
    consultation = last(await heard(bus, house, "gateway", "PUBLIC"), PublicConsultation)
    assert (consultation.state, consultation.version) == ("closed", 2)
    announced = last(await heard(bus, house, "identity", "CONSULTATION"), ConsultationAnnounced)
    assert (announced.state, announced.version) == ("closed", 2)


async def test_republish_rebuilds_an_emptied_stream(house: House, bus: Bus) -> None:
    who = await house.join()
    item, withdrawn = await house.opinion(who), await house.opinion(who)
    await house.vote(who, item, "agree")
    await house.pool.execute("insert into imported_tally values ($1, '{\"total\": 7}')", withdrawn)
    await until(lambda: drained(house))
    await bus.purge()
    assert await republication.republish(house.pool, day_of(house.clock())) == 2
    await until(lambda: drained(house))
    public = await heard(bus, house, "gateway", "PUBLIC")
    assert len([event for event in public if isinstance(event, PublicContribution)]) == 2
    assert last(public, PublicTally, contribution=item).cast["agree"] == 1
    assert last(public, PublicTally, contribution=withdrawn).imported == {"total": 7}
    assert last(public, PublicConsultation).consultation == house.consultation


async def test_only_the_latest_state_waits_for_the_bus(house: House) -> None:
    """The outbox holds one row per public object, however long the bus is away."""
    async with house.pool.acquire() as connection, connection.transaction():
        await connection.execute("truncate outbox")
        for _ in range(3):
            await consultations.publish(connection, house.consultation, day_of(house.clock()))
        rows = await connection.fetch("select subject, replaces from outbox")
    assert sum(row["replaces"] is not None for row in rows) == 1


async def test_without_the_bus_writes_are_acknowledged_and_leave_later(
    environment: EnvironmentOf, secrets: Secrets, bus: Bus
) -> None:
    variables = environment("consultation")
    away = Settings.from_environment(variables | {"CONSULTATION_NATS": "nats://127.0.0.1:1"})
    async with running(away, secrets, Clock()) as house:
        await house.create()
        who = await house.join()
        item = await house.opinion(who)
        assert (await house.vote(who, item, "agree")).status_code == 204
        ready = await house.client.get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"database": True, "schema": True, "bus": False})
        consultation = house.consultation
    async with running(Settings.from_environment(variables), secrets, Clock()) as house:
        house.consultation = consultation
        await until(lambda: drained(house))
        assert (await house.client.get("/readyz")).status_code == 200
        public = await heard(bus, house, "gateway", "PUBLIC")
        assert last(public, PublicTally, contribution=item).cast["agree"] == 1


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("vote"), st.integers(0, 2), st.integers(0, 2), st.sampled_from(["agree", "mixed", None])),
        st.tuples(st.just("leave"), st.integers(0, 2), st.integers(0, 1)),
        st.tuples(st.just("tally")),
        st.tuples(st.just("lose_acknowledgement")),
    ),
    min_size=1, max_size=18,
)  # fmt: skip


async def test_any_order_and_any_repetition_end_in_the_same_totals(settings: Settings, secrets: Secrets) -> None:
    """Votes, departures that come several times, tallies that are counted at any moment, facts published twice: an
    observer who keeps the highest version of each item ends with the totals of the votes that are there."""
    away = type(settings)(**{**{n: getattr(settings, n) for n in settings.__slots__}, "nats": "nats://127.0.0.1:1"})
    async with running(away, secrets, Clock()) as house:
        await house.create()
        loop = asyncio.get_running_loop()
        pseudonyms = Pseudonyms(load(settings).pseudonym_root)

        async def check(steps: list[tuple[Any, ...]]) -> None:
            people: list[Participant] = [await house.join() for _ in range(3)]
            items = [await house.opinion(who) for who in people]
            requests = [
                [ErasureRequested(id=new_id(), consultation=house.consultation, subject=who.subject) for _ in range(2)]
                for who in people
            ]
            votes: dict[tuple[int, int], str] = {}
            left: set[int] = set()
            observed: dict[str, PublicTally] = {}

            async def relay(forget: bool) -> None:
                for row in await outbox.waiting(house.pool, 1000):
                    event = decode(row["body"])
                    if isinstance(event, PublicTally):
                        known = observed.get(event.contribution)
                        if known is None or event.version > known.version:
                            observed[event.contribution] = event
                    if forget:
                        await outbox.forget(house.pool, [row["event_id"]])

            for step in steps:
                match step:
                    case ("vote", who, what, choice):
                        answer = await house.vote(people[who], items[what], choice)
                        expected = 401 if who in left else 410 if what in left else 204
                        assert answer.status_code == expected
                        if expected == 204:
                            votes.pop((who, what), None)
                            if choice:
                                votes[who, what] = choice
                    case ("leave", who, which):
                        request = requests[who][which]
                        await participants.leave(
                            house.pool,
                            request,
                            pseudonyms.of(request.consultation, request.subject),
                            day_of(house.clock()),
                        )
                        left.add(who)
                        votes = {key: choice for key, choice in votes.items() if key[0] != who}
                    case ("tally",):
                        await tallies.publish_due(house.pool)
                        await relay(forget=True)
                    case _:
                        await relay(forget=False)
            await tallies.publish_due(house.pool)
            await relay(forget=True)
            for place, item in enumerate(items):
                there = [choice for (_, what), choice in votes.items() if what == place]
                counted = {choice: there.count(choice) for choice in ("agree", "mixed", "disagree")}
                assert observed[item].cast == counted if item in observed else not there

        @hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(steps=STEPS)
        def sequences(steps: list[tuple[Any, ...]]) -> None:
            asyncio.run_coroutine_threadsafe(check(steps), loop).result(60)

        await asyncio.to_thread(sequences)


def decode(body: bytes) -> Event:
    event: Event = msgspec.json.decode(body, type=Event)
    return event
