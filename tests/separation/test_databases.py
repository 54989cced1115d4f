"""Each service enters its own database only; outside identity no table can hold a person, an instant or an order."""

import contextlib
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from deploy.postgres import Postgres
from deploy.secrets import OPERATOR, Secrets
from tests.harness import SERVICES, FreshDatabase, free_port, temporary_folder
from tests.separation import database_rules

pytestmark = pytest.mark.anyio
EVERYBODY = "host all all 127.0.0.1/32 scram-sha-256"
ELSEWHERE = [(role, name) for role in SERVICES for name in (*SERVICES, "postgres", "template1") if name != role]
# What breaks a rule for a reason. Documents: each is written and read as a strict structure, which the comment of its
# column names. Numbers: those of what staff did, who answer for the order of their acts.
ALLOWED = {
    "consultation": frozenset(
        {
            "public.imported_tally.counts",
            *(f"public.consultation.{name}" for name in ("legal", "attributes", "limits", "release")),
            *(f"public.section.{name}" for name in ("questionnaire", "ranking")),
            "public.participant.attributes",
            *("public.contribution.changes", "public.contribution_version.changes"),
            *("public.ranking_ballot.points", "public.response.answers", "public.response.draft"),
            "public.section_total.published",
            *("public.audit_entry.number", "public.audit_entry_number_seq"),
        }
    ),
    # Functions on text for searching, made by PostgreSQL's own authors: they reach nothing.
    "gateway": frozenset({"unaccent", "pg_trgm"}),
}


@pytest.fixture(scope="module")
def guarded_server() -> Iterator[Postgres]:
    """A server as it is deployed, without the shortcuts of other tests."""
    yield from _server([])


@pytest.fixture(scope="module")
def server_with_open_doors() -> Iterator[Postgres]:
    """A server whose pg_hba.conf lets everybody try every database: only the grants are left to refuse."""
    yield from _server([EVERYBODY])


def _server(rules: list[str]) -> Iterator[Postgres]:
    folder = temporary_folder()
    secrets = Secrets(folder / "secrets")
    secrets.make()
    with Postgres(folder / "postgres", free_port(), secrets, rules=rules) as server:
        yield server
    shutil.rmtree(folder)


async def enters(server: Postgres, role: str, database: str, password: str | None = None) -> bool:
    """Whether ``role`` can connect to ``database``, with its own password unless another is given."""
    try:
        connection = await asyncpg.connect(
            server.dsn(role, database), password=server.secrets.password(role) if password is None else password
        )
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError):
        return False
    except asyncpg.InsufficientPrivilegeError:
        return False
    await connection.close()
    return True


@contextlib.asynccontextmanager
async def opened(
    server: Postgres, role: str = OPERATOR, database: str = "postgres"
) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(server.dsn(role, database), password=server.secrets.password(role))
    try:
        yield connection
    finally:
        await connection.close()


async def operate(server: Postgres, statement: str, database: str = "postgres") -> None:
    async with opened(server, database=database) as connection:
        await connection.execute(statement)


@pytest.mark.parametrize("role", SERVICES)
async def test_each_role_enters_its_own_database(role: str, guarded_server: Postgres) -> None:
    assert await enters(guarded_server, role, role)


@pytest.mark.parametrize(("role", "database"), ELSEWHERE)
async def test_no_role_enters_another(role: str, database: str, guarded_server: Postgres) -> None:
    assert not await enters(guarded_server, role, database)


async def test_the_grants_alone_refuse_too(server_with_open_doors: Postgres) -> None:
    assert [pair for pair in ELSEWHERE if await enters(server_with_open_doors, *pair)] == []


async def test_with_doors_and_grants_open_each_enters_everywhere(server_with_open_doors: Postgres) -> None:
    """The control: the attempts above fail because of the doors and the grants, and of nothing else."""
    databases = ", ".join((*SERVICES, "postgres", "template1"))
    await operate(server_with_open_doors, f"grant connect on database {databases} to public")
    try:
        assert [pair for pair in ELSEWHERE if not await enters(server_with_open_doors, *pair)] == []
    finally:
        await operate(server_with_open_doors, f"revoke connect on database {databases} from public")


@pytest.mark.parametrize(("role", "other"), list(itertools.permutations(SERVICES, 2)))
async def test_the_password_of_another_is_refused(role: str, other: str, guarded_server: Postgres) -> None:
    assert not await enters(guarded_server, role, role, guarded_server.secrets.password(other))


@pytest.mark.parametrize("password", ["", "identity", "postgres"])
async def test_a_wrong_password_is_refused(password: str, guarded_server: Postgres) -> None:
    for role in (*SERVICES, OPERATOR):
        assert not await enters(guarded_server, role, "postgres" if role == OPERATOR else role, password)


async def test_roles_have_no_power(guarded_server: Postgres) -> None:
    async with opened(guarded_server) as connection:
        assert await database_rules.role_findings(connection, list(SERVICES)) == {}


async def test_powerful_roles_are_noticed(server_with_open_doors: Postgres) -> None:
    """The control."""
    async with opened(server_with_open_doors) as connection:
        for statement in (
            "alter role gateway createdb",
            "grant pg_read_all_data to gateway",
            "grant connect on database identity to gateway",
            "revoke connect on database consultation from consultation",
            "create role stranger login password 'x'",
            "alter role gateway set synchronous_commit = off",
            "set password_encryption = md5",
            "create role old login password 'x'",
        ):
            await connection.execute(statement)
        (server_with_open_doors.data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 trust\n")
        found = await database_rules.role_findings(connection, list(SERVICES))
    assert set(found) == set(database_rules.ROLE_RULES)


async def test_settings_keep_what_is_acknowledged_and_say_nothing_of_it(guarded_server: Postgres) -> None:
    async with opened(guarded_server) as connection:
        assert await database_rules.setting_findings(connection) == {}


async def test_other_settings_are_noticed(postgres: Postgres) -> None:
    """The control: the server of the other tests, which does not wait for the disk."""
    async with opened(postgres) as connection:
        found = await database_rules.setting_findings(connection)
    assert set(found) == {"fsync", "full_page_writes", "synchronous_commit"}


async def test_the_log_of_the_server_quotes_nothing(guarded_server: Postgres) -> None:
    mark = "Zphyrine.Qvolte@temoin.example"
    async with opened(guarded_server, "identity", "identity") as connection:
        await connection.execute("create temporary table once (address text primary key, age int check (age > 0))")
        await connection.execute("insert into once values ($1, 1)", mark)
        for statement, values in (
            ("insert into once values ($1, 1)", (mark,)),
            ("insert into once values ($1 || 'x', -1)", (mark,)),
            (f"select '{mark}'::int", ()),
            (f"selec '{mark}'", ()),
            ("select $1::text::date", (mark,)),
        ):
            with pytest.raises(asyncpg.PostgresError):
                await connection.execute(statement, *values)
    assert mark not in guarded_server.log.read_text()


@pytest.mark.parametrize("service", ALLOWED)
async def test_schemas_hold_no_person_instant_or_order(
    service: str, fresh_database: FreshDatabase, postgres: Postgres
) -> None:
    name = fresh_database(service).dsn.rpartition("/")[2]
    async with opened(postgres, service, name) as connection:
        assert await database_rules.schema_findings(connection, ALLOWED[service]) == {}


async def test_a_doctored_schema_is_noticed(fresh_database: FreshDatabase, postgres: Postgres) -> None:
    """The control: each rule finds what was put there for it."""
    name = fresh_database("consultation").dsn.rpartition("/")[2]
    await operate(postgres, "create foreign data wrapper elsewhere", name)
    async with opened(postgres, "consultation", name) as connection:
        await connection.execute(
            """
            create table ballot (id bigserial, email text, received_at timestamptz, seen_from inet, extra jsonb,
                                 key uuid default uuidv7(), number int generated always as identity);
            create unlogged table scratch (a int);
            grant select on ballot to public;
            """
        )
        found = await database_rules.schema_findings(connection, ALLOWED["consultation"])
    assert set(found) == set(database_rules.SCHEMA_RULES)
    assert found["looks personal"] == ["public.ballot.email", "public.ballot.seen_from"]
    assert {"public.ballot.id", "public.ballot.key", "public.ballot.number"} <= set(found["tells an order"])
