"""The two exports of an installation, joined in every possible way: what was said, by consultation, and who signed up,
by identity. Real participants sign up, write and vote; then each service's own code makes its file.
"""

import csv
import datetime
import io
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import asyncpg
import pytest

from consultation_service import raw_export
from consultation_service.settings import Settings as ConsultationSettings
from consultation_service.store.database import open_pool as open_consultation
from contracts.tokens import unb64u
from deploy.local import Stack
from deploy.secrets import OPERATOR
from identity_service.keys import load
from identity_service.settings import Settings as IdentitySettings
from identity_service.store import registrations
from identity_service.store.database import open_pool as open_identity
from identity_service.vault import Vault
from tests.e2e.participants import Visitor, first_consultation, take_part, wait_until
from tests.harness import free_port_base, temporary_folder, wait_for
from tests.separation.joins import Columns, columns, joins

DAYS = {"day", "accepted_on"}
"""The only columns of the two files that may have values in common."""

ADDRESSES = tuple(f"temoin{number}@villebrume.example" for number in range(3))


class Files:
    """What the two services gave, and what both operators together could compute."""

    def __init__(self) -> None:
        self.consultation = ""
        self.subjects: list[str] = []
        self.raw: Columns = {}
        self.registered: Columns = {}
        self.identity: Columns = {}
        self.people: set[str] = set()


@pytest.fixture(scope="module")
def files() -> Iterator[Files]:
    folder = temporary_folder()
    found = Files()
    with Stack(folder / "home", free_port_base()) as stack:
        consultation = first_consultation(stack)
        found.consultation = consultation["id"]
        for address in ADDRESSES:
            found.subjects.append(_lives(stack, consultation, address))
        wait_for(_read(stack, found))
    yield found
    shutil.rmtree(folder)


def _lives(stack: Stack, consultation: Mapping[str, Any], address: str) -> str:
    page = f"/consultations/{consultation['slug']}"
    title = f"Une idée de {address.partition('@')[0]}"
    with Visitor() as visitor:
        take_part(visitor, stack, consultation["id"], address, page)
        visitor.go(stack.origin("gateway") + page)
        writing = next(form for form in visitor.forms if form.action.endswith("/contributions"))
        visitor.submit(writing, {"title": title, "body": "Plus d’ombre dans les cours d’école."})
        wait_until(lambda: title in visitor.go(stack.origin("gateway") + page).text)
        visitor.follow(title)
        voting = next(form for form in visitor.forms if form.action.endswith("/vote"))
        visitor.submit(voting, button="accord")
        return visitor.token_subject


async def _read(stack: Stack, found: Files) -> None:
    rows = await _raw(stack, found.consultation)
    found.raw = columns(rows)
    found.people = {row["participant"] for row in rows["participants"]}
    found.registered = columns({"registrations": await _registrations(stack)})
    found.identity = columns(await _everything(stack, "identity"))


async def _raw(stack: Stack, consultation: str) -> dict[str, list[dict[str, str]]]:
    pool = await open_consultation(ConsultationSettings.from_environment(stack.environment("consultation")))
    today = datetime.datetime.now(datetime.UTC).date()
    made = b"".join([part async for part in raw_export.archive(pool, consultation, "", today)])
    await pool.close()
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        return {
            name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))
            for name in archive.namelist()
            if name.endswith(".csv")
        }


async def _registrations(stack: Stack) -> list[dict[str, str]]:
    settings = IdentitySettings.from_environment(stack.environment("identity"))
    pool = await open_identity(settings)
    vault = Vault(load(settings).vault_root)
    async with pool.acquire() as connection:
        rows = await registrations.agreements(connection)
    await pool.close()
    return [
        {
            "address": vault.open(row["address"], "account", row["account"], "address"),
            "consultation": row["title"],
            "terms_version": row["terms_version"],
            "accepted_on": row["accepted_on"].isoformat(),
        }
        for row in rows
    ]


async def _everything(stack: Stack, service: str) -> dict[str, list[dict[str, str]]]:
    """Every table of a service's database, bytes in hexadecimal."""
    password = stack.home.secrets.password(OPERATOR)
    connection = await asyncpg.connect(stack.postgres.dsn(OPERATOR, service), password=password)
    tables = [row[0] for row in await connection.fetch("select tablename from pg_tables where schemaname = 'public'")]
    rows = {table: await connection.fetch(f"select * from {table}") for table in tables}
    await connection.close()
    return {
        table: [
            {name: value.hex() if isinstance(value, bytes) else str(value) for name, value in row.items()}
            for row in found
        ]
        for table, found in rows.items()
    }


def test_the_files_are_those_of_these_people(files: Files) -> None:
    """The control: three people are in both."""
    assert files.registered["registrations", "address"] == set(ADDRESSES)
    assert len(files.people) >= 3
    assert {f"Une idée de temoin{number}" for number in range(3)} <= files.raw["contributions", "title"]


def test_no_column_joins_the_two_files_but_public_days(files: Files) -> None:
    common = set(joins(files.raw, files.registered))
    assert {column for pair in common for _, column in pair} <= DAYS


def test_nothing_that_identity_holds_is_a_key_to_the_raw_data(files: Files) -> None:
    """Beyond its file: all tables of identity, in clear as only its operator has them."""
    common = {(a, b) for a, b in joins(files.raw, files.identity) if "day" not in a[1]}
    assert common == set()


def test_a_key_would_be_found(files: Files) -> None:
    """The control: T, as it travelled, in each of its forms, in both files or in one of them and the tables."""
    for form in ("text", "hex", "half"):
        values = {
            "text": set(files.subjects),
            "hex": {unb64u(subject).hex() for subject in files.subjects},
            "half": {unb64u(subject)[:16].hex() for subject in files.subjects},
        }[form]
        raw = files.raw | {("participants", "key"): values}
        registered = files.registered | {("registrations", "key"): values}
        assert (("participants", "key"), ("registrations", "key")) in set(joins(raw, registered))
        assert not values & files.people
