"""Real consultations, imported, released, accepted by the checker, and opened by other people's tools."""

import asyncio
import datetime
import json
from collections import Counter
from pathlib import Path

import pytest

from consultation_service import importers, release, release_command
from consultation_service.bundle import archive
from consultation_service.settings import Settings
from consultation_service.store import consultations
from consultation_service.store.database import open_pool
from deploy.environment import Addresses
from deploy.environment import environment as environment_of
from deploy.releases import verdict
from deploy.secrets import Secrets
from tests.harness import FreshDatabase
from tests.oracles.conftest import Oracle
from tests.real_data import real_data

DAY = datetime.date(2026, 11, 23)


def check(folder: Path, private: Path, earlier: object) -> list[str]:
    return verdict(str(folder), str(private), [])


async def released(settings: Settings, slug: str, out: Path) -> release.Built:
    pool = await open_pool(settings)
    try:
        consultation = await consultations.id_of_slug(pool, slug)
        assert consultation is not None
        describe = await release_command.describer(pool, settings, consultation)
    finally:
        await pool.close()
    return await release.build(settings, consultation, out, DAY, describe=describe, check=check)


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ("polis", "polis/conversations/american-assembly.bowling-green"),
        ("republique-numerique", "republique-numerique"),
    ],
)
def test_a_real_consultation(
    source: str, data: str, fresh_database: FreshDatabase, secrets: Secrets, tmp_path: Path, oracle: Oracle,
) -> None:  # fmt: skip
    database = fresh_database("consultation")
    environment = environment_of("consultation", Addresses(), secrets, database=database.dsn, bus="nats://127.0.0.1:1")
    settings = Settings.from_environment(environment)
    assert importers.main([source, str(real_data(data)), "--slug", "essai", "--json"], settings) == 0
    built = asyncio.run(released(settings, "essai", tmp_path))
    assert built.problems == ()
    assert built.folder is not None
    assert json.loads(oracle("package.py", built.folder))["errors"] == []
    lines = (built.folder / "votes.jsonl").read_text().splitlines()
    votes = Counter(json.loads(line)["choice"] for line in lines)
    if votes:  # République numérique has totals only
        assert json.loads(oracle("readers.py", built.folder))["votes"] == [votes] * 6
    (tmp_path / "one.zip").write_bytes(b"".join(archive(built.folder)))
    assert verdict(str(tmp_path / "one.zip"), "/nowhere", []) != []  # the operator's inputs are asked for
