"""``kill -9`` of each of the five processes, twice, while people vote, write and erase.

Afterwards nothing that was acknowledged is missing, nothing is counted twice, and every erasure was applied once.
"""

import dataclasses
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import asyncpg
import httpx
import psutil
import pytest

from contracts.scales import CHOICE_NAMES
from deploy.local import Stack, silent
from deploy.relayed import wait_until_relayed
from deploy.secrets import OPERATOR
from tests.e2e.load import Load, Voter
from tests.e2e.participants import api_session, first_consultation, wait_until
from tests.harness import SERVICES, free_port_base, temporary_folder, wait_for
from tests.separation import log_rules

PROCESSES = ("postgres", "nats", "identity", "consultation", "gateway")
KILLS = 10
VOTERS = 8
LEAVERS = 3
ITEMS = 5


class Leaver:
    """Somebody with an account who writes, votes, and erases everything in the middle of the storm."""

    def __init__(self, stack: Stack, number: int, consultation: dict[str, Any], item: str) -> None:
        self.identity = stack.origin("identity")
        self.session = {"authorization": f"Bearer {api_session(stack, f'depart.{number}@ville.example')}"}
        self.receipt = ""
        consent = {"terms_version": "1"}
        path = f"{self.identity}/v1/consultations/{consultation['id']}"
        assert httpx.post(f"{path}/consent", json=consent, headers=self.session, timeout=10).status_code == 200
        token = httpx.post(f"{path}/access", headers=self.session, timeout=10).json()["token"]
        bearer = {"authorization": f"Bearer {token}"}
        section = next(section for section in consultation["sections"] if section["kinds"])
        text = {"kind": section["kinds"][0], "section": section["id"], "title": f"Départ {number}", "body": "Je pars."}
        origin = stack.origin("consultation")
        written = httpx.post(
            f"{origin}/v1/consultations/{consultation['id']}/contributions", json=text, headers=bearer, timeout=10
        )
        self.contribution: str = written.json()["id"]
        vote = {"choice": "agree"}
        voted = httpx.put(f"{origin}/v1/contributions/{item}/vote", json=vote, headers=bearer, timeout=10)
        assert voted.status_code == 204

    def erase(self) -> None:
        """Insist until identity has answered."""

        def done() -> bool:
            try:
                answer = httpx.delete(f"{self.identity}/v1/account", headers=self.session, timeout=5)
            except httpx.HTTPError:
                return False
            if answer.status_code == 202:
                self.receipt = answer.json()["receipt"]
            return answer.status_code in (202, 401)

        wait_until(done, 30)

    def proof(self) -> dict[str, Any]:
        """What identity knows of the erasure."""
        answer: dict[str, Any] = httpx.get(f"{self.identity}/v1/erasures/{self.receipt}", timeout=10).json()
        return answer


def kill(stack: Stack, name: str) -> None:
    """``kill -9``, then wait until the supervisor has it running again and every service is ready."""
    pid = stack.pid(name)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: stack.pid(name) != pid and psutil.pid_exists(stack.pid(name)), 30)
    time.sleep(random.uniform(0.2, 0.8))
    for service in SERVICES:
        stack.wait_ready(service)


@dataclasses.dataclass
class Storm:
    """What is left after it, and what everybody was told during it."""

    stack: Stack
    address: str
    items: list[str]
    voters: list[Voter]
    leavers: list[Leaver]


@pytest.fixture(scope="module")
def storm() -> Iterator[Storm]:
    folder = temporary_folder()
    with Stack(folder / "home", free_port_base()) as stack:
        yield _raise_storm(stack)
    shutil.rmtree(folder)


def _raise_storm(stack: Stack) -> Storm:
    consultation = first_consultation(stack)
    address = f"{stack.origin('gateway')}/open-data/consultations/{consultation['id']}/contributions"
    listed = httpx.get(address, timeout=10).json()["contributions"]
    items = [item["id"] for item in listed if item["kind"] in ("opinion", "proposal")][:ITEMS]
    leavers = [Leaver(stack, number, consultation, items[0]) for number in range(LEAVERS)]
    voters = [Voter(stack, consultation, items, seed) for seed in range(VOTERS)]
    with Load(voters):
        for number in range(KILLS):
            if number % 3 == 1:
                leavers[number // 3].erase()
            time.sleep(random.uniform(0.2, 0.6))
            kill(stack, PROCESSES[number % len(PROCESSES)])
    wait_until_relayed(stack, silent)
    return Storm(stack, address, items, voters, leavers)


def test_people_were_disturbed_and_went_on(storm: Storm) -> None:
    acknowledged = sum(voter.acknowledged for voter in storm.voters)
    assert acknowledged > 20 * KILLS
    assert sum(voter.tried for voter in storm.voters) > acknowledged + sum(len(voter.written) for voter in storm.voters)


def test_nothing_acknowledged_is_missing(storm: Storm) -> None:
    for voter in storm.voters:
        _remembers(voter)
        for written in voter.written:
            wait_until(partial(_is_public, f"{storm.address}/{written}"))


def test_nothing_is_counted_twice(storm: Storm) -> None:
    counted = wait_for(_counted(storm.stack, storm.items))
    for item in storm.items:
        wait_until(partial(_shows, storm.address, item, counted[item]))


def test_erasures_are_applied_once(storm: Storm) -> None:
    for leaver in storm.leavers:
        _left(leaver, storm.address)


@pytest.mark.parametrize("service", SERVICES)
def test_logs_say_no_more_in_a_crash(storm: Storm, service: str) -> None:
    assert log_rules.strange_lines(storm.stack.home.log(service)) == []


def test_what_is_lost_or_counted_twice_would_be_noticed(storm: Storm) -> None:
    """The control: votes taken away by hand, and votes added without telling anybody. It comes last."""
    voter, item = storm.voters[0], storm.items[0]
    wait_for(_operate(storm.stack, "delete from vote where contribution_id <> $1::uuid", item))
    with pytest.raises(AssertionError):
        _remembers(voter)
    again = (
        "insert into vote select contribution_id, sha256(participant), choice, day from vote where contribution_id = $1"
    )
    wait_for(_operate(storm.stack, again, item))
    counted = wait_for(_counted(storm.stack, storm.items))
    assert not _shows(storm.address, item, counted[item])


async def _operate(stack: Stack, statement: str, item: str) -> None:
    password = stack.home.secrets.password(OPERATOR)
    connection = await asyncpg.connect(stack.postgres.dsn(OPERATOR, "consultation"), password=password)
    await connection.execute(statement, item)
    await connection.close()


def _is_public(address: str) -> bool:
    return httpx.get(address, timeout=10).status_code == 200


def _remembers(voter: Voter) -> None:
    """What a participant was told is what the service says to them now, and no text is there twice."""
    path = f"{voter.origin}/v1/consultations/{voter.consultation}/participation"
    mine = httpx.get(path, headers=voter.headers, timeout=10).json()
    assert {vote["contribution"]: vote["choice"] for vote in mine["votes"]} == voter.told
    assert sorted(item["id"] for item in mine["contributions"]) == sorted(voter.written)
    assert len(set(voter.written)) == len(voter.written)


async def _counted(stack: Stack, items: list[str]) -> dict[str, Counter[str]]:
    """The votes on each item, counted in the database one by one."""
    password = stack.home.secrets.password(OPERATOR)
    connection = await asyncpg.connect(stack.postgres.dsn(OPERATOR, "consultation"), password=password)
    question = "select contribution_id::text as item, choice from vote where contribution_id = any ($1::uuid[])"
    rows = await connection.fetch(question, items)
    await connection.close()
    counted: dict[str, Counter[str]] = {item: Counter() for item in items}
    for row in rows:
        counted[row["item"]][CHOICE_NAMES[row["choice"]]] += 1
    return counted


def _shows(address: str, item: str, counted: Counter[str]) -> bool:
    """Whether everybody sees the same on the gateway."""
    tally = httpx.get(f"{address}/{item}", timeout=10).json()["contribution"]["tally"]["cast"]
    return Counter({choice: votes for choice, votes in tally.items() if votes}) == counted


def _left(leaver: Leaver, address: str) -> None:
    assert leaver.receipt
    wait_until(lambda: leaver.proof()["done_on"], 30)
    parts = leaver.proof()["parts"]
    assert [(part["contributions"], part["votes"]) for part in parts] == [(1, 1)]
    assert httpx.get(f"{address}/{leaver.contribution}", timeout=10).json()["contribution"]["state"] == "withdrawn"
