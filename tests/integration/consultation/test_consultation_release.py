"""Releases of open data over a real database: what is in them, what two of them tell, what an interruption leaves."""

import asyncio
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from audit.bundle import Bundle
from audit.command import verify
from audit.private import Private
from consultation_service import release_command
from consultation_service.anonymise import Rules
from consultation_service.bundle import Guarantee
from consultation_service.release import Describe
from consultation_service.release_tables import TABLES
from consultation_service.store import participants, releases, withdrawals
from consultation_service.store.releases import Release
from contracts.events import WithdrawalRequested, new_id
from deploy import releases as command
from tests.harness import EnvironmentOf
from tests.integration.consultation.house import House
from tests.integration.consultation.releasing import (
    AFTER,
    EARLY,
    LATER,
    OVER,
    RULES,
    build,
    classes,
    digests,
    fill,
    members,
    person,
    read,
    text_id,
)

pytestmark = pytest.mark.anyio


async def test_a_release_has_every_table_and_every_group_has_k_people(house: House, tmp_path: Path) -> None:
    await fill(house)
    built = await build(house, tmp_path)
    assert built.folder is not None
    assert {file.name for file in built.folder.iterdir()} == {
        f"{table.name}.{form}" for table in TABLES for form in ("csv", "jsonl", "parquet")
    }
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


def checked(folder: Path, private: Path, earlier: Sequence[Path]) -> list[str]:
    """What the independent checker finds; everything that one release can prove, it sees proven."""
    results = list(verify([Bundle(folder)], {0: Private(private)}))
    assert {result.status for result in results} <= {"pass", "fail"}
    results += verify([Bundle(path) for path in (*earlier, folder)], {})
    return [f"{result.check}: {finding}" for result in results for finding in result.findings]


async def describer(house: House) -> Describe:
    return await release_command.describer(house.pool, house.settings, house.consultation)


async def test_the_independent_checker_accepts_releases_one_after_the_other(house: House, tmp_path: Path) -> None:
    """With new texts, new votes, changes of mind, removals and people who leave in between."""
    await fill(house, people=240, texts=150, items=12)
    more: dict[str, Any] = {"describe": await describer(house), "check": checked, "rules": None}
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


async def differences(house: House, out: Path, rules: Rules) -> list[int]:
    """By how many people groups of votes and classes of texts differ, for every two of four releases."""
    votes, texts = [], []
    for n, day in enumerate((EARLY, LATER, AFTER, OVER)):
        built = await build(house, out, day, rules=rules)
        assert built.folder is not None
        votes.append(await members(house, built.release.through))
        texts.append(await classes(house))
        await disturb(house, start=5 * n)
    found = []
    for state in (votes, texts):
        for one, other in combinations(state, 2):
            for group in one.keys() | other.keys():
                people = {who for who, _ in one.get(group, frozenset()) ^ other.get(group, frozenset())}
                found.append(len(people))
    return [size for size in found if size]


async def test_any_two_releases_differ_by_nobody_or_k_people_although_some_leave(house: House, tmp_path: Path) -> None:
    await fill(house)
    found = await differences(house, tmp_path, RULES)
    assert found
    assert min(found) >= RULES.k


async def test_control_without_companions_two_releases_tell_who_left(house: House, tmp_path: Path) -> None:
    await fill(house)
    assert min(await differences(house, tmp_path, RULES._replace(differences=False))) == 1


async def test_somebody_who_left_is_in_no_later_release(house: House, tmp_path: Path) -> None:
    await fill(house)
    first = await build(house, tmp_path)
    (before,) = [row for row in read(first, "contributions") if row["body"] == "Un texte 40"]
    await leave(house, 40)
    second = await build(house, tmp_path, AFTER)
    after = read(second, "contributions")
    assert not [row for row in after if row["body"] == "Un texte 40"]
    assert len([row for row in after if row["state"] == "withdrawn" and not row["title"] and not row["week"]]) == 1
    assert before["contribution"] not in {row["contribution"] for row in after}
    assert len(read(second, "votes")) < len(read(first, "votes"))
    assert not await house.pool.fetchval(
        "select exists (select from release_voter where participant = $1) "
        "or exists (select from release_withheld where participant = $1)",
        person(house, 40),
    )


async def test_whoever_leaves_during_a_build_is_forgotten_by_it(house: House, tmp_path: Path) -> None:
    await fill(house)
    await build(house, tmp_path)
    withheld = (
        "insert into release_withheld (consultation_id, place, participant) select $1, $2, pseudonym from participant "
        "where pseudonym = $3 returning participant"
    )
    assert await house.pool.fetchval(withheld, house.consultation, text_id(house, 1), person(house, 3))
    assert await house.pool.fetchval(withheld, house.consultation, text_id(house, 1), person(house, 4))
    async with house.pool.acquire() as connection, connection.transaction():
        await participants._remove(connection, house.consultation, person(house, 4))
        await connection.execute(
            "insert into release_withheld values ($1, $2, $3)",
            house.consultation, text_id(house, 1), person(house, 4),
        )  # fmt: skip
    await build(house, tmp_path, AFTER)
    kept = {row[0] for row in await house.pool.fetch("select participant from release_withheld")}
    assert person(house, 3) in kept
    assert person(house, 4) not in kept


async def test_the_same_seed_makes_the_same_bytes_and_another_one_other_ids(house: House, tmp_path: Path) -> None:
    await fill(house)
    more: dict[str, Any] = {"describe": await describer(house)}
    first = await build(house, tmp_path / "a", **more)
    again = await build(house, tmp_path / "b", AFTER, seed=first.release.seed, **more)
    assert first.folder is not None
    assert again.folder is not None
    assert again.release.number == 1
    assert digests(again.folder) == digests(first.folder)
    over = await build(house, tmp_path / "a", seed=first.release.seed, **more)
    assert over.folder == first.folder
    second = await build(house, tmp_path / "a", **more)
    assert second.release.number == 2
    ids = [{row["contribution"] for row in read(built, "contributions")} for built in (first, second)]
    assert not ids[0] & ids[1]
    live = {str(row[0]) for row in await house.pool.fetch("select id from contribution")}
    assert not (ids[0] | ids[1]) & live
    control = await build(house, tmp_path / "c", rules=RULES._replace(fresh_ids=False))
    assert {row["contribution"] for row in read(control, "contributions")} == live


class Stopped(Exception):
    """What a test stops a build with."""


@pytest.mark.parametrize("table", ["consultation", "votes", "moderation"])
async def test_an_interrupted_build_leaves_nothing_and_starts_again(house: House, tmp_path: Path, table: str) -> None:
    await fill(house)

    def stop(what: str, rows: int) -> None:
        if what == table or (table == "moderation" and what == "official_answers"):
            raise Stopped

    def stop_describing(folder: Path, made: Release, guarantee: Guarantee, rows: Mapping[str, int]) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        await build(house, tmp_path, advance=stop, describe=stop_describing)
    assert list(tmp_path.iterdir()) == []
    assert await releases.past(house.pool, house.consultation) == []
    assert not await house.pool.fetchval("select count(*) from release_day")
    whole = await build(house, tmp_path)
    assert whole.release.number == 1
    assert whole.folder is not None


async def test_a_killed_build_is_forgotten_by_the_next_one(
    house: House, tmp_path: Path, environment: EnvironmentOf
) -> None:
    await fill(house)
    line = [sys.executable, "-m", "consultation_service", "release", "build", house.consultation]
    variables = {**os.environ, **environment("consultation"), "CONSULTATION_DATABASE": house.settings.database}
    process = subprocess.Popen([*line, "--out", str(tmp_path), "--json"], env=variables, stdin=subprocess.PIPE)
    for _ in range(600):
        if list(tmp_path.glob(".*.partial/*.csv")):
            break
        await asyncio.sleep(0.01)
    process.kill()
    process.communicate()
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == []
    whole = await build(house, tmp_path)
    assert whole.release.number == 1
    assert [path.name for path in tmp_path.iterdir()] == [whole.release.name]


async def test_what_the_checker_refuses_is_not_published_and_decides_nothing(house: House, tmp_path: Path) -> None:
    await fill(house)
    refused = await build(house, tmp_path, check=lambda folder, private, earlier: ["G1: somebody is alone"])
    assert refused.folder is None
    assert list(tmp_path.iterdir()) == []
    (row,) = await releases.past(house.pool, house.consultation)
    assert (row["state"], row["reason"]) == ("refused", "G1: somebody is alone")
    assert not await house.pool.fetchval("select count(*) from release_class")
    built = await build(house, tmp_path)
    assert built.release.number == 2


async def test_control_the_checker_refuses_a_release_made_without_k(house: House, tmp_path: Path) -> None:
    await fill(house)
    more: dict[str, Any] = {"describe": await describer(house), "check": checked}
    refused = await build(house, tmp_path, rules=RULES._replace(k=1), **more)
    assert any(problem.startswith("G1") for problem in refused.problems)
    assert list(tmp_path.iterdir()) == []


async def test_a_text_that_seems_to_hold_personal_data_waits_for_a_moderator(house: House, tmp_path: Path) -> None:
    await fill(house)
    flagged = text_id(house, 7)
    await house.pool.execute("update contribution set body = 'Appelez-moi au 06 12 34 56 78' where id = $1", flagged)
    first = await build(house, tmp_path)
    (row,) = [row for row in read(first, "contributions") if row["reason"] == "awaiting_review"]
    assert (row["state"], row["title"], row["body"], row["week"]) == ("published", "", "", "")
    (waiting,) = await releases.to_review(house.pool, house.consultation)
    assert waiting["contribution"] == flagged
    async with house.pool.acquire() as connection:
        await releases.review(connection, house.consultation, flagged, 1)
    second = await build(house, tmp_path, AFTER)
    (row,) = [row for row in read(second, "contributions") if "06 12" in row["body"]]
    assert row["week"] == ""  # it comes alone: nothing more is said of it
    control = await build(house, tmp_path / "control", rules=RULES._replace(reviewed=False))
    assert not [row for row in read(control, "contributions") if row["reason"]]


@dataclass
class Place:
    """Where ``./cloison release`` finds the service."""

    variables: dict[str, str]

    def environment(self, service: str) -> dict[str, str]:
        return self.variables


async def test_the_command_publishes_what_the_checker_accepts_and_only_that(
    house: House, tmp_path: Path, environment: EnvironmentOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(house)
    place = Place({**os.environ, **environment("consultation"), "CONSULTATION_DATABASE": house.settings.database})
    slug = f"essai-{house.consultation[:8]}"
    with monkeypatch.context() as strict:
        strict.setattr(command, "verdict", lambda folder, private, earlier: ["G1: no"])
        assert await asyncio.to_thread(command.run, place, slug, tmp_path, []) == 1
    assert list(tmp_path.iterdir()) == []
    assert await asyncio.to_thread(command.run, place, slug, tmp_path, ["--json"]) == 0
    (folder,) = tmp_path.iterdir()
    assert folder.name == f"{slug}-2"
    assert {"datapackage.json", "votes.parquet", "guarantee.json", "SHA256SUMS"} <= {f.name for f in folder.iterdir()}
    assert [row["state"] for row in await releases.past(house.pool, house.consultation)] == ["built", "refused"]
