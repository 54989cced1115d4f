"""Releases of open data over a real database: what is in them, what two of them tell, what an interruption leaves."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from consultation_service import release_command
from consultation_service.release import Describe
from consultation_service.release_tables import TABLES
from consultation_service.store import participants, withdrawals
from contracts.events import WithdrawalRequested, new_id
from tests.integration.consultation.house import House
from tests.integration.consultation.releasing import EARLY, LATER, OVER, RULES, build, fill, person, read, text_id

pytestmark = pytest.mark.anyio


async def test_a_release_has_every_table_and_every_group_has_k_people(house: House, tmp_path: Path) -> None:
    await fill(house)
    built = await build(house, tmp_path)
    assert built.folder is not None
    assert {file.name for file in built.folder.iterdir()} == {f"{table.name}.csv" for table in TABLES}
    for table in TABLES:
        rows = read(built, table.name)
        assert not rows or list(rows[0]) == [column.name for column in table.columns]
    votes = Counter((row["contribution"], row["since"], row["week"]) for row in read(built, "votes"))
    assert len(votes) > 10
    assert min(votes.values()) >= RULES.k
    assert {week for _, _, week in votes} == {"2026-W44", "2026-W45", "2026-W46"}
    texts = read(built, "contributions")
    assert len(texts) == 120
    groups = defaultdict(list)
    for row in texts:
        groups[row["week"], row["department"], row["region"], row["age"], row["status"]].append(row)
    assert len(groups) > 6
    assert min(map(len, groups.values())) >= RULES.k


async def describer(house: House) -> Describe:
    return await release_command.describer(house.pool, house.settings, house.consultation, lambda what, rows: None)


async def test_the_independent_checker_accepts_releases_one_after_the_other(house: House, tmp_path: Path) -> None:
    """With new texts, new votes, changes of mind, removals and people who leave in between."""
    await fill(house, people=240, texts=150, items=12)
    more = {"describe": await describer(house), "check": release_command.check, "rules": None}
    first = await build(house, tmp_path, EARLY, **more)
    assert first.problems == ()
    await disturb(house)
    second = await build(house, tmp_path, LATER, **more)
    assert second.problems == ()
    await disturb(house, start=5)
    third = await build(house, tmp_path, OVER, **more)
    assert third.problems == ()
    assert [built.release.number for built in (first, second, third)] == [1, 2, 3]
    assert third.release.closing
    assert read(third, "totals_by_attribute")


async def disturb(house: House, start: int = 0) -> None:
    """A few people change their mind, take a text back, or leave."""
    for n in range(start, start + 3):
        await house.pool.execute(
            "update vote set choice = 1 + choice % 3, day = day + 14 where participant = $1", person(house, 20 + n)
        )
    async with house.pool.acquire() as connection, connection.transaction():
        await withdrawals.withdraw(connection, [text_id(house, 30 + start)])
    await leave(house, 40 + start)


async def leave(house: House, n: int) -> None:
    request = WithdrawalRequested(id=new_id(), consultation=house.consultation, subject="A" * 43)
    await participants.leave(house.pool, request, person(house, n), LATER)
