"""Votes: one per participant and item whatever the concurrency, the retries and the company in a batch."""

import asyncio
import datetime

import asyncpg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from consultation_service.batching import Batcher
from consultation_service.keys import load
from consultation_service.pseudonyms import Pseudonyms
from consultation_service.store import participants
from consultation_service.store import votes as store
from consultation_service.store.votes import cast
from consultation_service.votes import ALLOWED, WITHDRAW, Answer, Ballot, Verdict
from contracts.events import ErasureRequested, new_id
from contracts.scales import CHOICE_CODES, SCALES, ScaleName
from tests.integration.consultation.house import House

pytestmark = pytest.mark.anyio
DAY = datetime.date(2026, 11, 23)


async def present(house: House) -> set[tuple[str, bytes, int]]:
    rows = await house.pool.fetch("select contribution_id::text as item, participant, choice from vote")
    return {(row["item"], row["participant"], row["choice"]) for row in rows}


async def test_change_and_withdraw_at_will(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who)
    for choice in ("agree", "disagree", "disagree", None, None, "mixed"):
        assert (await house.vote(who, item, choice)).status_code == 204
        assert (await house.mine(who))["votes"] == ({item: choice} if choice else {})


async def test_a_hundred_votes_at_once_are_one(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who)
    choices = ["agree", "mixed", "disagree"] * 34
    answers = await asyncio.gather(*(house.vote(who, item, choice) for choice in choices[:100]))
    assert {answer.status_code for answer in answers} == {204}
    assert await house.pool.fetchval("select count(*) from vote") == 1


async def test_without_the_key_a_hundred_votes_are_not_one(house: House) -> None:
    """The control: two replicas would write two rows if the table did not forbid it."""
    who = await house.join()
    item = await house.opinion(who)
    participant = await house.pool.fetchval("select pseudonym from participant")
    await house.pool.execute("alter table vote drop constraint vote_pkey")
    ballot = Ballot(item, participant, 1)
    with pytest.raises(asyncpg.PostgresError):
        await cast(house.pool, [ballot], DAY)
    await house.pool.execute("insert into vote values ($1, $2, 1, $3), ($1, $2, 2, $3)", item, participant, DAY)
    assert await house.pool.fetchval("select count(*) from vote") == 2


async def test_each_ballot_of_a_batch_gets_its_own_answer(house: House) -> None:
    who = await house.join()
    item, withdrawn, participant = (
        await house.opinion(who),
        await house.opinion(who),
        (await house.pool.fetchval("select pseudonym from participant")),
    )
    await house.pool.execute("update contribution set state = 'withdrawn' where id = $1", withdrawn)
    nobody = b"n" * 32
    ballots = [
        Ballot(item, participant, 3), Ballot(new_id(), participant, 1), Ballot(item, nobody, 1),
        Ballot(item, b"o" * 32, 1), Ballot(withdrawn, participant, 1),
        Ballot(item, participant, 2),
        Ballot(item, participant, CHOICE_CODES["support"]), Ballot(item, participant, 1),
        Ballot(item, participant, 99),
    ]  # fmt: skip
    verdicts = [answer.verdict for answer in await cast(house.pool, ballots, DAY)]
    assert verdicts == [
        Verdict.DONE, Verdict.UNKNOWN_CONTRIBUTION, Verdict.NOT_PARTICIPATING, Verdict.NOT_PARTICIPATING,
        Verdict.WITHDRAWN, Verdict.DONE, Verdict.CHOICE_REFUSED, Verdict.DONE, Verdict.CHOICE_REFUSED,
    ]  # fmt: skip
    assert await present(house) == {(item, participant, 1)}


@pytest.mark.parametrize("scale", ["agree_mixed_disagree", "agree_disagree_pass", "support"])
async def test_the_scale_is_the_items(house: House, scale: ScaleName) -> None:
    house.consultation, house.section, house.heading = new_id(), new_id(), new_id()
    await house.create(scale)
    who = await house.join()
    item = await house.opinion(who)
    for choice in CHOICE_CODES:
        answer = await house.vote(who, item, choice)
        assert answer.status_code == (204 if choice in SCALES[scale] else 422), choice


async def test_a_poisonous_ballot_harms_nobody_else(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who)
    participant = await house.pool.fetchval("select pseudonym from participant")
    batcher: Batcher[Ballot, Answer] = Batcher(lambda ballots: cast(house.pool, ballots, DAY), poison=store.POISON)
    good = batcher.submit(Ballot(item, participant, 1))
    bad = batcher.submit(Ballot(item, participant, 1 << 20))
    assert (await good).verdict is Verdict.DONE
    with pytest.raises(asyncpg.DataError):
        await bad
    assert await present(house) == {(item, participant, 1)}


async def test_when_the_database_goes_nothing_is_half_acknowledged(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who)
    await house.pool.execute(
        "create function fail() returns trigger language plpgsql as "
        "$$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(5); return new; end $$"
    )
    await house.pool.execute("create trigger fail before insert on vote for each row execute function fail()")
    answers = await asyncio.gather(*(house.vote(who, item, "agree") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {503}
    await house.pool.execute("drop trigger fail on vote")
    assert await house.pool.fetchval("select count(*) from vote") == 0
    assert (await house.vote(who, item, "agree")).status_code == 204


@pytest.mark.parametrize("locked", [True, False])
async def test_of_who_is_erased_while_they_vote_nothing_stays(house: House, locked: bool) -> None:
    """An erasure in the middle of a flood of that participant's votes. The control: without its lock on the
    participant, a vote that is being written outlives the erasure."""
    who = await house.join()
    items = [await house.opinion(await house.join()) for _ in range(8)]
    pseudonym = Pseudonyms(load(house.settings).pseudonym_root).of(house.consultation, who.subject)
    statement = store.CAST if locked else store.CAST.replace("for key share", "offset 0")
    await house.pool.execute(
        "create function linger() returns trigger language plpgsql as "
        "$$ begin perform pg_sleep(0.02); return new; end $$"
    )
    await house.pool.execute("create trigger linger after insert on vote for each row execute function linger()")

    async def vote(item: str) -> None:
        for choice in (1, WITHDRAW, 2, 3):
            await house.pool.fetch(statement, [item], [pseudonym], [choice], DAY, ALLOWED)

    flood = [asyncio.create_task(vote(item)) for item in items]
    await asyncio.sleep(0.01)
    request = ErasureRequested(id=new_id(), consultation=house.consultation, subject=who.subject)
    await participants.leave(house.pool, request, pseudonym, DAY)
    await asyncio.gather(*flood)
    stayed = await house.pool.fetchval("select count(*) from vote where participant = $1", pseudonym)
    assert (stayed == 0) is locked


WISHES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 1), st.sampled_from([WITHDRAW, 1, 2, 3, 5]), st.integers(1, 3)),
    min_size=1, max_size=25,
)  # fmt: skip


async def test_any_sequence_of_votes_equals_a_simple_model(house: House) -> None:
    """Votes, changes, withdrawals, retries and refused choices, cut into batches anywhere."""
    people = [await house.join() for _ in range(3)]
    items = [await house.opinion(people[0]) for _ in range(2)]
    pseudonyms = [row["pseudonym"] for row in await house.pool.fetch("select pseudonym from participant")]
    runner = asyncio.get_running_loop()

    async def check(wishes: list[tuple[int, int, int, int]], cut: int) -> None:
        await house.pool.execute("truncate vote")
        model: dict[tuple[int, int], int] = {}
        ballots, expected = [], []
        for who, what, choice, times in wishes:
            for _ in range(times):
                ballots.append(Ballot(items[what], pseudonyms[who], choice))
                expected.append(Verdict.CHOICE_REFUSED if choice == 5 else Verdict.DONE)
            if choice == WITHDRAW:
                model.pop((what, who), None)
            elif choice != 5:
                model[what, who] = choice
        batcher: Batcher[Ballot, Answer] = Batcher(
            lambda batch: cast(house.pool, batch, DAY), poison=store.POISON, most=cut
        )
        answers = await asyncio.gather(*(batcher.submit(ballot) for ballot in ballots))
        assert [answer.verdict for answer in answers] == expected
        assert await present(house) == {(items[what], pseudonyms[who], choice) for (what, who), choice in model.items()}

    @hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(wishes=WISHES, cut=st.integers(1, 12))
    def sequences(wishes: list[tuple[int, int, int, int]], cut: int) -> None:
        asyncio.run_coroutine_threadsafe(check(wishes, cut), runner).result(30)

    await asyncio.to_thread(sequences)


async def test_two_replicas_agree(house: House) -> None:
    """The same participants vote on the same items through two services at once: nobody fails, one row each."""
    people = [await house.join() for _ in range(4)]
    items = [await house.opinion(people[0]) for _ in range(6)]
    pseudonyms = [row["pseudonym"] for row in await house.pool.fetch("select pseudonym from participant")]
    replicas: list[Batcher[Ballot, Answer]] = [
        Batcher(lambda batch: cast(house.pool, batch, DAY), poison=store.POISON) for _ in range(2)
    ]
    futures = []
    for turn in range(12):
        for item in items if turn % 2 else reversed(items):
            for place, pseudonym in enumerate(pseudonyms):
                choice = (turn + place) % 4
                futures.append(replicas[turn % 2].submit(Ballot(item, pseudonym, choice)))
        await asyncio.sleep(0.002)
    answers = await asyncio.gather(*futures)
    assert {answer.verdict for answer in answers} == {Verdict.DONE}
    assert await house.pool.fetchval("select count(*) from vote") <= len(items) * len(people)


async def test_no_plan_reads_a_whole_table_even_when_it_was_made_too_early(house: House) -> None:
    """A plan made when tables are empty is kept while they fill: it must reach votes by their key all the same."""
    await house.pool.execute("analyze")
    async with house.pool.acquire() as connection:
        await connection.execute(f"prepare early (uuid[], bytea[], smallint[], date, text[]) as {store.CAST}")
        plan = await connection.fetch("explain execute early ('{}', '{}', '{}', '2026-11-23', '{}')")
    lines = [row[0].strip() for row in plan]
    joins = [line for line in lines if "Merge Join" in line or "Hash Join" in line or "Materialize" in line]
    scans = [line for line in lines if " on vote v" in line and "Scan" in line]
    assert joins == []
    assert [line for line in lines if "Seq Scan" in line] == []
    assert len(scans) == 1
    assert "Index Scan using vote_" in scans[0]
    assert lines[lines.index(scans[0]) + 1].startswith("Index Cond:")
