"""``kill -9`` of the service under votes: what was acknowledged is there, once, and its totals leave in the end."""

import asyncio
import signal
import subprocess
import sys
import time

import httpx
import pytest

from consultation_service.settings import Settings
from contracts.tokens import b64u
from deploy.environment import ROOT, process_environment
from deploy.secrets import Secrets
from tests.harness import EnvironmentOf, free_port
from tests.integration.consultation.house import Clock, House, Participant, running

pytestmark = pytest.mark.anyio
KILLS = 3
PEOPLE = 12


async def test_nothing_acknowledged_is_missing_and_nothing_is_counted_twice(
    environment: EnvironmentOf, secrets: Secrets
) -> None:
    port = free_port()
    variables = environment("consultation") | {"CONSULTATION_LISTEN": f"127.0.0.1:{port}"}
    settings = Settings.from_environment(variables)
    today = Clock(time.time())
    async with running(settings, secrets, today) as house:
        await house.create()
        await house.pool.execute("update consultation set opens_on = current_date - 9, closes_on = current_date + 9")
        people = [await house.join(b64u(bytes([number]) * 32)) for number in range(PEOPLE)]
        items = [await house.opinion(people[0]) for _ in range(5)]
        acknowledged: dict[tuple[int, int], str] = {}
        asked: dict[tuple[int, int], set[str]] = {}
        for _ in range(KILLS):
            process = start(variables)
            try:
                await votes_until_killed(process, port, house, people, items, acknowledged, asked)
            finally:
                process.kill()
                process.wait(10)
        rows = await house.pool.fetch("select contribution_id::text as item, participant, choice from vote")
        assert len({(row["item"], row["participant"]) for row in rows}) == len(rows)
        for (who, what), choice in acknowledged.items():
            now = (await house.mine(people[who]))["votes"].get(items[what])
            assert now == choice or now in asked[who, what]
        async with asyncio.timeout(10):
            while await house.pool.fetchval("select count(*) from tally_due") or await house.pool.fetchval(
                "select count(*) from outbox"
            ):
                await asyncio.sleep(0.1)


def start(variables: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "consultation_service"],
        env={**process_environment(), **variables},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )


async def votes_until_killed(
    process: subprocess.Popen[bytes],
    port: int,
    house: House,
    people: list[Participant],
    items: list[str],
    acknowledged: dict[tuple[int, int], str],
    asked: dict[tuple[int, int], set[str]],
) -> None:
    """Everybody votes, changing all the time, until the process dies. ``asked`` keeps what was sent, not answered."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
        async with asyncio.timeout(60):
            while True:
                try:
                    assert (await client.get("/healthz")).status_code == 200
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)

        async def participate(who: int) -> None:
            turn = 0
            while True:
                turn += 1
                what, choice = turn % len(items), ("agree", "mixed", "disagree")[(turn + who) % 3]
                asked.setdefault((who, what), set()).add(choice)
                try:
                    answer = await client.put(
                        f"/v1/contributions/{items[what]}/vote",
                        json={"choice": choice},
                        headers=house.headers(people[who]),
                    )
                except httpx.TransportError:
                    return
                assert answer.status_code == 204, answer.text
                acknowledged[who, what] = choice
                asked[who, what] = set()

        voters = [asyncio.create_task(participate(who)) for who in range(len(people))]
        async with asyncio.timeout(60):  # until every vote was acknowledged at least once, however slow the machine
            while len(acknowledged) < len(people) * len(items):
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        process.send_signal(signal.SIGKILL)
        await asyncio.gather(*voters)
