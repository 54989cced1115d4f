"""The program itself: what it says and how it ends when something is wrong, and that it stops when told to."""

import asyncio
import signal
import sys

import httpx
import pytest

from deploy.environment import process_environment
from gateway.store.database import SCHEMA_VERSION
from tests.harness import Databases, EnvironmentOf, free_port

pytestmark = pytest.mark.anyio


async def start(settings: dict[str, str], *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        *arguments,
        env={**process_environment(), **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def end(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    out, err = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode, out.decode(), err.decode()


async def test_an_unknown_setting_ends_it(environment: EnvironmentOf) -> None:
    code, _, said = await end(await start(environment("gateway") | {"GATEWAY_COOKIE": "canari"}))
    assert code == 2
    assert "Unknown setting GATEWAY_COOKIE" in said
    assert "canari" not in said


async def test_a_missing_file_ends_it(environment: EnvironmentOf) -> None:
    code, _, said = await end(await start(environment("gateway") | {"GATEWAY_TRUSTED_EVENT_KEYS_FILE": "/nowhere"}))
    assert (code, said) == (2, "A file named by a setting is missing: /nowhere\n")


async def test_a_database_without_schema_ends_it_until_it_is_migrated(
    environment: EnvironmentOf, databases: Databases
) -> None:
    empty = databases.empty("gateway")
    settings = environment("gateway") | {"GATEWAY_DATABASE": empty.dsn}
    try:
        code, _, said = await end(await start(settings))
        assert code == 3
        assert "run 'python -m gateway migrate'" in said
        for _ in range(2):  # the second time there is nothing to do
            assert (await end(await start(settings, "migrate")))[0] == 0
        connection = await empty.connect()
        assert await connection.fetchval("select version from schema_version") == SCHEMA_VERSION
        await connection.execute("update schema_version set version = 99")
        await connection.close()
        code, _, said = await end(await start(settings))
        assert code == 3
        assert "newer than this program" in said
    finally:
        databases.drop(empty)


async def test_it_serves_without_naming_its_server_and_stops_when_told(environment: EnvironmentOf) -> None:
    port = free_port()
    process = await start(environment("gateway") | {"GATEWAY_LISTEN": f"127.0.0.1:{port}"})
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        async with asyncio.timeout(15):
            while True:
                try:
                    if (await client.get("/readyz")).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        answer = await client.get("/rien?canari=1", headers={"user-agent": "canari"})
        assert "server" not in answer.headers
    process.send_signal(signal.SIGTERM)
    code, logged, said = await end(process)
    assert (code, said) == (-signal.SIGTERM, "")  # uvicorn stops in order, then ends by the signal it was sent
    assert '"event":"stopped"' in logged
    assert "canari" not in logged
