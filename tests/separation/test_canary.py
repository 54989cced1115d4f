"""The canary: invented people go through everything, then every file of the installation is read for traces of them.

Two people with traits found nowhere else sign in, speak, vote, follow, make mistakes; one of them erases everything; a
third one works for the organiser. Then the
stack is stopped and its home is read byte by byte: databases, write-ahead log, streams, logs, exports and a dump of the
tables, under about a hundred disguises for each trait.
"""

import base64
import pathlib
import re
import shutil
import sys
import time
from collections.abc import Iterator

import asyncpg
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from contracts import tokens
from deploy import processes
from deploy.local import Stack
from deploy.postgres import Postgres
from deploy.secrets import OPERATOR
from identity_service.recipients import Unopened, open_recipient
from identity_service.staff.second_factor import code_at, counter_of
from tests.e2e.participants import Visitor, first_consultation, give_code, take_part, wait_until
from tests.harness import SERVICES, FreshDatabase, free_port_base, temporary_folder, wait_for
from tests.separation import log_rules
from tests.separation.canary import Hit, Participant, files_below, scan, scan_files

OUTSIDE = ("consultation", "gateway")


class BehindProxy(Stack):
    """As installed behind a reverse proxy on the same machine, which tells identity who is asking."""

    def environment(self, service: str) -> dict[str, str]:
        trusted = {"IDENTITY_TRUSTED_PROXIES": "127.0.0.1"} if service == "identity" else {}
        return super().environment(service) | trusted


class Remains:
    """What is left on the disk once everybody has gone and everything is stopped."""

    def __init__(self, home: pathlib.Path) -> None:
        self.home = home
        self.stays, self.leaves = Participant.invent(), Participant.invent()
        self.works = Participant.invent()
        """A member of staff."""
        self.tokens: dict[str, str] = {}
        self.pseudonyms: list[bytes] = []
        self.recipients: list[tuple[str, bytes]] = []
        self.follows = 0
        self.oids: dict[str, int] = {}

    def database(self, name: str) -> list[pathlib.Path]:
        """The files of a database and the dump of its tables."""
        return [self.home / "postgres" / "data" / "base" / str(self.oids[name]), self.home / "dumps" / name]

    def stream(self, name: str) -> list[pathlib.Path]:
        found = [path for path in (self.home / "nats").rglob(name) if path.parent.name == "streams"]
        assert len(found) == 1
        return found

    def log(self, name: str) -> pathlib.Path:
        return self.home / "logs" / f"{name}.log"

    def outside_identity(self) -> list[pathlib.Path]:
        """Every file of the installation, but those of identity's database."""
        own = [str(path) for path in self.database("identity")]
        return [file for file in files_below(self.home) if not str(file).startswith(tuple(own))]

    def marks(self) -> dict[str, str]:
        """Every trait of everybody."""
        people = {"who stays": self.stays, "who leaves": self.leaves, "who works": self.works}
        traits = {name: who.personal() | {"query": who.query} for name, who in people.items()}
        return {f"{trait} of {name}": mark for name, marks in traits.items() for trait, mark in marks.items()}


@pytest.fixture(scope="module")
def remains() -> Iterator[Remains]:
    folder = temporary_folder()
    left = Remains(folder / "home")
    with BehindProxy(left.home, free_port_base()) as stack:
        for who in (left.stays, left.leaves):
            _lives(stack, left, who)
        _works(stack, left.works)
        _exports(stack, left)
        wait_for(_dump(stack, left))
    yield left
    shutil.rmtree(folder)


def _lives(stack: Stack, left: Remains, who: Participant) -> None:
    """Everything a person can do, with what gives a person away in every place where it can be."""
    headers = {
        "user-agent": who.user_agent,
        "x-forwarded-for": f"{who.ip}, {who.old_ip}",
        "x-real-ip": who.old_ip,
        "forwarded": f'for="[{who.ip}]"',
        "from": who.address,
    }
    consultation = first_consultation(stack)
    page = f"/consultations/{consultation['slug']}"
    with Visitor(headers) as visitor:
        visitor.go(f"{stack.origin('gateway')}{page}?sort={who.query}")
        take_part(visitor, stack, consultation["id"], who.address, page)
        left.tokens[who.tag] = visitor.token_subject
        _speaks(stack, visitor, who, page)
        _fails(stack, visitor, who, consultation["id"])
        if who == left.leaves:
            _erases(stack, visitor)


def _works(stack: Stack, who: Participant) -> None:
    """Invited on the command line, with two factors, at work in the back office, a colleague invited."""
    headers = {"user-agent": who.user_agent, "x-forwarded-for": f"{who.ip}, {who.old_ip}", "from": who.address}
    line = [sys.executable, "-m", "identity_service", "staff", "invite", who.address, "--role", "organiser"]
    invited = processes.run(line, environment=stack.environment("identity"))
    link = re.search(r"http\S+/staff/invitation/\S+", invited.stdout)
    assert link, invited.stdout
    with Visitor(headers) as visitor:
        visitor.go(link.group())
        visitor.submit(visitor.forms[-1], {"x": who.query})
        give_code(visitor, stack, who.address)
        secret = re.search(r'class="secret">([A-Z2-7 ]+)<', visitor.page.text)
        assert secret, visitor.page.text
        raw = base64.b32decode(secret.group(1).replace(" ", ""))
        visitor.submit(visitor.forms[-1], {"code": code_at(raw, counter_of(time.time()))})
        visitor.go(f"{stack.origin('consultation')}/backoffice")
        visitor.submit(next(form for form in visitor.forms if "token" in form.values))
        assert visitor.address.startswith(f"{stack.origin('consultation')}/backoffice"), visitor.page.text
        visitor.go(f"{stack.origin('consultation')}/backoffice/{who.address}?q={who.query}")
        visitor.go(f"{stack.origin('identity')}/staff/people")
        inviting = next(form for form in visitor.forms if form.action.endswith("/invite"))
        colleague = {"email": f"collegue.{who.name}@{who.domain}", "role_analyst": "yes"}
        assert "partie" in visitor.submit(inviting, colleague).text


def _speaks(stack: Stack, visitor: Visitor, who: Participant, page: str) -> None:
    visitor.go(stack.origin("gateway") + page)
    writing = next(form for form in visitor.forms if form.action.endswith("/contributions"))
    visitor.submit(writing, {"title": f"Titre {who.opinion}", "body": f"Je dis {who.opinion} et rien d’autre."})
    wait_until(lambda: who.opinion in visitor.go(stack.origin("gateway") + page).text)
    visitor.follow(f"Titre {who.opinion}")
    voting = next(form for form in visitor.forms if form.action.endswith("/vote"))
    visitor.submit(voting, button="accord")
    arguing = next(form for form in visitor.forms if form.values.get("side") == "for")
    visitor.submit(arguing, {"body": f"Argument {who.opinion}"})
    assert visitor.page.status_code == 200
    _follows(stack, visitor, page)


def _follows(stack: Stack, visitor: Visitor, page: str) -> None:
    visitor.go(stack.origin("gateway") + page)
    following = next(form for form in visitor.forms if form.action.endswith("/follow"))
    visitor.submit(following, {"wanted": "yes"})
    assert visitor.page.status_code == 200


def _fails(stack: Stack, visitor: Visitor, who: Participant, consultation: str) -> None:
    """Mistakes that put personal things where they should not be: paths, queries, bodies, headers, cookies."""
    broken = f'{{"email": "{who.address}", "choice": '.encode()
    headers = {"content-type": "application/json", "cookie": f"trace={who.address}"}
    for service in SERVICES:
        origin = stack.origin(service)
        for path in (f"/{who.address}", f"/v1/{who.name}?email={who.address}", f"/?q={who.query}&ip={who.ip}"):
            visitor.client.get(origin + path)
        for path in (f"/v1/consultations/{consultation}/contributions", "/v1/codes", "/sign-in", "/session"):
            assert visitor.client.post(origin + path, content=broken, headers=headers).status_code < 500
            named = {"kind": "opinion", who.name: who.address}
            visitor.client.post(origin + path, json=named, headers={"authorization": f"Bearer {who.address}"})
    visitor.client.get(f"{stack.origin('gateway')}/open-data/consultations/{who.domain}/contributions.csv")
    visitor.client.get(
        f"{stack.origin('gateway')}/open-data/consultations/{consultation}/contributions?cursor={who.name}"
    )


def _erases(stack: Stack, visitor: Visitor) -> None:
    visitor.go(f"{stack.origin('identity')}/my-data/erase")
    form = next(form for form in visitor.forms if "confirm" in form.types)
    visitor.submit(form, {"confirm": "yes"})
    receipt = visitor.address
    wait_until(lambda: "Preuve reçue" in visitor.go(receipt).text)


def _exports(stack: Stack, left: Remains) -> None:
    consultation = first_consultation(stack)["id"]
    folder = left.home / "exports"
    folder.mkdir()
    for table in ("contributions", "arguments", "sources", "tallies"):
        for form in ("csv", "jsonl"):
            address = f"{stack.origin('gateway')}/open-data/consultations/{consultation}/{table}.{form}"
            (folder / f"{table}.{form}").write_bytes(httpx.get(address, timeout=10).content)


async def _dump(stack: Stack, left: Remains) -> None:
    """Copy every table out as text: what PostgreSQL compressed can then be read too."""
    for name in SERVICES:
        folder = left.home / "dumps" / name
        folder.mkdir(parents=True)
        password = stack.home.secrets.password(OPERATOR)
        connection = await asyncpg.connect(stack.postgres.dsn(OPERATOR, name), password=password)
        left.oids[name] = await connection.fetchval("select oid from pg_database where datname = current_database()")
        if name == "consultation":
            left.pseudonyms = [row[0] for row in await connection.fetch("select pseudonym from participant")]
            sealed = await connection.fetch("select consultation_id::text, recipient from participant")
            left.recipients = [(row[0], row[1]) for row in sealed]
            left.follows = await connection.fetchval("select count(*) from follow")
        for row in await connection.fetch("select tablename from pg_tables where schemaname = 'public'"):
            with (folder / row["tablename"]).open("wb") as file:
                await connection.copy_from_table(row["tablename"], output=file)
        await connection.close()


def _places(hits: list[Hit]) -> set[str]:
    return {f"{hit.mark} ({hit.disguise}) in {hit.place}" for hit in hits}


def test_nothing_outside_identity_knows_who(remains: Remains) -> None:
    assert _places(scan_files(remains.outside_identity(), remains.marks())) == set()


def test_identity_itself_keeps_no_address_in_clear(remains: Remains) -> None:
    assert _places(scan_files(remains.database("identity"), remains.marks())) == set()


def test_identity_does_not_know_what_was_said(remains: Remains) -> None:
    said = {"opinion of who stays": remains.stays.opinion, "opinion of who leaves": remains.leaves.opinion}
    places = [*remains.database("identity"), remains.log("identity")]
    places += remains.stream("IDENTITY") + remains.stream("CONSULTATION")
    assert _places(scan_files(places, said)) == set()


def test_what_was_said_is_found_where_it_belongs(remains: Remains) -> None:
    """The control: these files are the right ones, and the scanner can read them."""
    said = {"opinion": remains.stays.opinion}
    for place in (remains.database("consultation"), remains.database("gateway"), remains.stream("PUBLIC")):
        assert scan_files(place, said)
    assert scan_files([remains.home / "exports" / "contributions.csv"], said)
    assert scan_files([remains.home / "exports" / "arguments.jsonl"], said)


def test_the_pseudonymous_token_is_kept_nowhere(remains: Remains) -> None:
    token = remains.tokens[remains.stays.tag]
    assert _found(token, [remains.home]) == []


def test_consultation_can_have_somebody_told_and_not_read_who(remains: Remains) -> None:
    """The control of the test before: the token is there, for identity's key and for no other."""
    assert remains.follows == 1
    own = load_pem_private_key((remains.home / "secrets" / "identity" / "notice.pem").read_bytes(), None)
    assert isinstance(own, X25519PrivateKey)
    ((consultation, sealed),) = remains.recipients
    assert open_recipient(tokens.b64u(sealed), consultation, own) == remains.tokens[remains.stays.tag]
    with pytest.raises(Unopened):
        open_recipient(tokens.b64u(sealed), consultation, X25519PrivateKey.generate())


def test_the_pseudonymous_token_of_who_left_is_in_no_database_outside_identity(remains: Remains) -> None:
    token = remains.tokens[remains.leaves.tag]
    places = [*remains.database("consultation"), *remains.database("gateway"), remains.home / "logs"]
    assert _found(token, [*places, remains.home / "exports"]) == []


def _found(token: str, places: list[pathlib.Path]) -> list[str]:
    raw = tokens.unb64u(token)
    patterns = (token.encode(), raw, raw.hex().encode())
    files = [file for place in places for file in files_below(place)]
    assert files
    return [str(file) for file in files if any(pattern in file.read_bytes() for pattern in patterns)]


def test_the_public_side_knows_no_pseudonym(remains: Remains) -> None:
    places = [*remains.database("gateway"), *remains.stream("PUBLIC"), remains.home / "exports", remains.home / "logs"]
    assert remains.pseudonyms
    for pseudonym in remains.pseudonyms:
        assert _found(tokens.b64u(pseudonym), places) == []
    assert _found(tokens.b64u(remains.pseudonyms[0]), remains.database("consultation")), "the control"


@pytest.mark.parametrize("service", SERVICES)
def test_logs_hold_allow_listed_fields_only(remains: Remains, service: str) -> None:
    assert log_rules.strange_lines(remains.log(service)) == []


@pytest.mark.parametrize(
    "line",
    [
        "Traceback (most recent call last):",
        '{"event": "request", "client": "x"}',
        '{"event": "request", "route": "/?a=b"}',
        '{"event": "request", "address": "127.0.0.1:1"}',
        '{"event": "request", "reason": "camille@ville.example"}',
        '{"event": "request", "reason": "12:34:56"}',
    ],
)
def test_a_strange_line_is_noticed(line: str, tmp_path: pathlib.Path) -> None:
    """The control."""
    log = tmp_path / "log"
    log.write_text(f'{{"event": "started", "address": "127.0.0.1:8001", "day": "2026-03-01"}}\n{line}\n')
    assert log_rules.strange_lines(log) == [line]


def test_logs_of_the_engines_name_no_client(remains: Remains) -> None:
    for engine in ("postgres", "nats"):
        assert not re.search(r"select |insert |client=|\bhost=", remains.log(engine).read_text().lower())


LEAKS = {
    "a column nobody looks at": "update consultation set organiser = '{address}'",
    "inside a document": "insert into imported_tally select id, jsonb_build_object('a', '{address}') from contribution",
    "a hash without a key": "insert into used_token values (sha256('{address}'), current_date)",
    "a row that was deleted": "insert into inbox values (gen_random_uuid(), current_date); "
    "insert into outbox values (gen_random_uuid(), '{name}', '', null); delete from outbox",
    "base64 in a text": "update consultation set introduction = encode('x{address}', 'base64')",
    "a user agent": "update consultation set source = '{user_agent}'",
    "the address of a machine": "update consultation set source = '{ip}'",
    "its bytes": "update contribution set author = substr(inet_send('{ip}'::inet), 5) || uuid_send(id)",
}
A_CONSULTATION = """
insert into consultation (id, slug, title, introduction, introduction_html, organiser, language, scale, terms_version,
  opens_on, closes_on) select gen_random_uuid(), 'a', 'a', '', '', '', 'fr', 'support', '1', current_date, current_date;
insert into section (id, consultation_id, position, title, scale)
  select gen_random_uuid(), id, 0, '', 'support' from consultation;
insert into contribution (id, consultation_id, section_id, kind, scale, day)
  select gen_random_uuid(), consultation_id, id, 'opinion', 'support', current_date from section;
"""


def test_a_database_without_a_leak_is_clean(fresh_database: FreshDatabase, postgres: Postgres) -> None:
    database = fresh_database("consultation").dsn.rpartition("/")[2]
    folder = postgres.data / "base" / str(wait_for(_plant(postgres, database, A_CONSULTATION)))
    assert scan_files([folder], Participant.invent().personal()) == []


@pytest.mark.parametrize("how", LEAKS)
def test_a_leak_into_a_database_is_noticed(how: str, fresh_database: FreshDatabase, postgres: Postgres) -> None:
    """The control, with the very schema and files of the product."""
    who = Participant.invent()
    database = fresh_database("consultation").dsn.rpartition("/")[2]
    folder = postgres.data / "base" / str(wait_for(_plant(postgres, database, A_CONSULTATION)))
    planted = LEAKS[how].format(address=who.address, name=who.name, user_agent=who.user_agent, ip=who.ip)
    wait_for(_plant(postgres, database, planted))
    assert scan_files([folder], who.personal())


async def _plant(server: Postgres, database: str, statements: str) -> int:
    """Run ``statements``, have their effect written to the files, and return the number of the database's folder."""
    password = server.secrets.password(OPERATOR)
    connection = await asyncpg.connect(server.dsn(OPERATOR, database), password=password)
    try:
        await connection.execute(statements)
        await connection.execute("checkpoint")
        number: int = await connection.fetchval("select oid from pg_database where datname = current_database()")
        return number
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "line",
    [
        '{{"event": "request", "route": "/{address}"}}',
        "GET /?email={quoted} 200",
        "{ip} - - [23/Nov/2026]",
        "{user_agent}",
    ],
)
def test_a_leak_into_a_log_is_noticed(line: str) -> None:
    """The control."""
    who = Participant.invent()
    leaked = line.format(
        address=who.address, quoted=who.address.replace("@", "%40"), ip=who.old_ip, user_agent=who.user_agent
    )
    assert scan(leaked.encode(), who.personal(), "log")
