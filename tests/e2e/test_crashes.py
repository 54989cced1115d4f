"""``kill -9`` of each of the five processes, twice, while people vote, write and erase.

Afterwards nothing that was acknowledged is missing, nothing is counted twice, and every erasure was applied once.
"""

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


@pytest.fixture
def fragile() -> Iterator[Stack]:
    """A stack of its own: it will be hurt."""
    folder = temporary_folder()
    with Stack(folder / "home", free_port_base()) as stack:
        yield stack
    shutil.rmtree(folder)


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


def test_nothing_is_lost_and_nothing_counted_twice(fragile: Stack) -> None:
    consultation = first_consultation(fragile)
    address = f"{fragile.origin('gateway')}/open-data/consultations/{consultation['id']}/contributions"
    listed = httpx.get(address, timeout=10).json()["contributions"]
    items = [item["id"] for item in listed if item["kind"] in ("opinion", "proposal")][:ITEMS]
    leavers = [Leaver(fragile, number, consultation, items[0]) for number in range(LEAVERS)]
    voters = [Voter(fragile, consultation, items, seed) for seed in range(VOTERS)]
    with Load(voters):
        for number in range(KILLS):
            if number % 3 == 1:
                leavers[number // 3].erase()
            time.sleep(random.uniform(0.2, 0.6))
            kill(fragile, PROCESSES[number % len(PROCESSES)])
    assert sum(voter.acknowledged for voter in voters) > 20 * KILLS
    assert sum(voter.tried for voter in voters) > sum(voter.acknowledged for voter in voters), "nobody was disturbed"

    wait_until_relayed(fragile, silent)
    for voter in voters:
        _remembers(voter)
    counted = wait_for(_counted(fragile, items))
    for item in items:
        wait_until(partial(_shows, address, item, counted[item]))
    for voter in voters:
        for written in voter.written:
            assert httpx.get(f"{address}/{written}", timeout=10).status_code == 200
    for leaver in leavers:
        _left(leaver, address)
    for service in SERVICES:
        assert log_rules.strange_lines(fragile.home.log(service)) == []


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
