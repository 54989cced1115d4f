"""Brings each service's database up to date, by running ``python -m <service> migrate``: only when there is a reason.

The reason is a database at another version than the one last reached, or other files in the service's ``sql`` folder.
Starting three interpreters to find out that nothing changed is most of what a start would take.
"""

import asyncio
import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from deploy import processes
from deploy.environment import PACKAGES, ROOT, SERVICES
from deploy.secrets import OPERATOR

if TYPE_CHECKING:
    from deploy.local import Place


def migrate(place: "Place") -> None:
    """Migrate what needs it, all at once. Raises ``Stopped``."""
    reached = place.home.folder / "migrated.json"
    due = [service for service, state in _states(place).items() if _noted(reached).get(service) != state]
    with ThreadPoolExecutor(len(SERVICES)) as pool:
        for service, done in zip(due, pool.map(lambda service: _migrate(place, service), due), strict=True):
            if done.returncode:
                raise place.would_not_start(service, done.returncode, done.stdout.strip())
    if due:
        reached.write_text(json.dumps(_states(place)))


def _migrate(place: "Place", service: str) -> subprocess.CompletedProcess[str]:
    return processes.run([sys.executable, "-m", PACKAGES[service], "migrate"], environment=place.environment(service))


def _states(place: "Place") -> dict[str, str]:
    versions = asyncio.run(_versions(place))
    return {service: f"{versions[service]} {_fingerprint(PACKAGES[service])}" for service in SERVICES}


async def _versions(place: "Place") -> dict[str, int | None]:
    return {service: await _version(place, service) for service in SERVICES}


async def _version(place: "Place", service: str) -> int | None:
    password = place.home.secrets.password(OPERATOR)
    connection = await asyncpg.connect(place.postgres.dsn(OPERATOR, service), password=password)
    try:
        if await connection.fetchval("select to_regclass('public.schema_version')") is None:
            return None
        version: int | None = await connection.fetchval("select max(version) from public.schema_version")
        return version
    finally:
        await connection.close()


def _fingerprint(package: str) -> str:
    digest = hashlib.sha256()
    for file in sorted((ROOT / package / "sql").rglob("*.sql")):
        digest.update(f"{file.name} {file.stat().st_size}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _noted(reached: Path) -> dict[str, str]:
    try:
        said = json.loads(reached.read_text())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
