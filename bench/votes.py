"""Votes committed per second over HTTP, beside a POST that does nothing: ``./cloison bench votes [--json FILE]``.

One server process, PostgreSQL with fsync, 64 connections from wrk. Rounds alternate the three targets, so that whatever
else the machine does weighs on all of them; the figures are medians over the rounds.
"""

import argparse
import asyncio
import datetime
import json
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec
import psutil
from rich.console import Console
from rich.table import Table

from bench.ports import free_port_base
from consultation_service.keys import load
from consultation_service.sessions import Seals, session_cookie_name
from consultation_service.settings import Settings
from contracts.events import new_id
from deploy.environment import ROOT, Addresses, environment, process_environment
from deploy.nats import Nats
from deploy.postgres import Postgres
from deploy.provision import provision
from deploy.secrets import Secrets

SERVICE: Final = "consultation"
CONNECTIONS: Final = 64
THREADS: Final = 2
ITEMS: Final = 200
START_SECONDS: Final = 30.0
DECIMALS: Final = {
    "votes_per_s": 0, "empty_post_per_s": 0, "single_upsert_per_s": 0, "ratio_to_empty": 3, "p50_ms": 1, "p99_ms": 1,
    "vote_cpu_us_in_service": 1, "vote_cpu_us_in_database": 1, "empty_post_cpu_us": 1,
}  # fmt: skip
"""The figures, in the order of the table, and their decimals."""


class Run(msgspec.Struct, frozen=True):
    """What wrk saw."""

    requests: int
    microseconds: int
    failed: int
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Requests answered per second."""
        return self.requests / (self.microseconds / 1e6)


class Bench:
    """The engines, the service and the baselines in a temporary home."""

    def __init__(self, folder: Path, participants: int) -> None:
        self.folder = folder
        self.participants = participants
        self.addresses = Addresses(free_port_base(6))
        self.baselines_port = self.addresses.port("gateway")
        self.secrets = Secrets(folder / "secrets")
        self.opened = ExitStack()

    def __enter__(self) -> "Bench":
        try:
            self._start()
        except BaseException:
            self.opened.close()
            raise
        return self

    def __exit__(self, *ignored: object) -> None:
        self.opened.close()

    def _start(self) -> None:
        self.secrets.make()
        postgres = Postgres(self.folder / "postgres", self.addresses.port("postgres"), self.secrets)
        self.opened.enter_context(postgres)
        if postgres.process is None:
            raise RuntimeError("PostgreSQL stopped")
        self.database = psutil.Process(postgres.process.pid)
        nats = self.opened.enter_context(Nats(self.folder / "nats", self.addresses.port("nats"), self.secrets))
        asyncio.run(provision(nats.url, self.secrets))
        self.dsn = postgres.dsn(SERVICE)
        own = environment(SERVICE, self.addresses, self.secrets, database=self.dsn, bus=nats.url)
        self.settings = Settings.from_environment(own)
        variables = {**process_environment(), **own}
        subprocess.run(
            [sys.executable, "-m", "consultation_service", "migrate"],
            env=variables,
            check=True,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        asyncio.run(self._fill())
        self.service = self._process([sys.executable, "-m", "consultation_service"], variables)
        baselines = [str(self.baselines_port), self.dsn, str(self.secrets.password_file(SERVICE))]
        self.baseline_server = self._process(
            [sys.executable, "-m", "bench.baselines", *baselines], process_environment()
        )
        _wait(f"{self.settings.origin}/healthz")
        _wait(f"http://127.0.0.1:{self.baselines_port}/")

    def _process(self, command: list[str], variables: dict[str, str]) -> psutil.Process:
        process = subprocess.Popen(command, env=variables, cwd=ROOT, stdout=subprocess.DEVNULL)

        def stop() -> None:
            process.terminate()
            process.wait(30)

        self.opened.callback(stop)
        return psutil.Process(process.pid)

    async def _fill(self) -> None:
        """One open consultation, its items and its participants, whose session cookies go to a file."""
        consultation, section, today = new_id(), new_id(), datetime.date.today()  # noqa: DTZ011  the day of this machine
        items = [new_id() for _ in range(ITEMS)]
        pseudonyms = [secrets.token_bytes(32) for _ in range(self.participants)]
        week = datetime.timedelta(days=7)
        async with self.connection() as connection:
            await connection.execute(
                """
                insert into consultation (id, slug, title, introduction, introduction_html, organiser, language, scale,
                  terms_version, opens_on, closes_on)
                values ($1, 'mesure', 'Mesure', '', '', 'Banc', 'fr', 'agree_mixed_disagree', '1', $2, $3)
                """,
                consultation, today - week, today + week,
            )  # fmt: skip
            await connection.execute(
                "insert into section (id, consultation_id, position, title, kinds, scale) "
                "values ($1, $2, 0, 'Partie', '{opinion}', 'agree_mixed_disagree')",
                section, consultation,
            )  # fmt: skip
            await connection.copy_records_to_table(
                "contribution",
                columns=("id", "consultation_id", "section_id", "kind", "title", "scale", "day"),
                records=[(i, consultation, section, "opinion", "Avis", "agree_mixed_disagree", today) for i in items],
            )
            await connection.copy_records_to_table(
                "participant",
                columns=("consultation_id", "pseudonym", "terms_version", "joined_on"),
                records=[(consultation, pseudonym, "1", today) for pseudonym in pseudonyms],
            )
            await connection.execute("analyze")
        seals, name = (
            Seals(load(self.settings).session_key),
            session_cookie_name(consultation, secure=self.settings.secure),
        )
        cookies = (f"{name}={seals.session(consultation, pseudonym, time.time())}" for pseudonym in pseudonyms)
        (self.folder / "cookies").write_text("\n".join(cookies))
        (self.folder / "items").write_text("\n".join(items))

    def connection(self) -> "Connection":
        """A connection to the consultation database."""
        return Connection(self.dsn, self.secrets.password(SERVICE))

    def votes(self, seconds: int) -> Run:
        """Votes from distinct participants, each acknowledged one a row of the database."""
        asyncio.run(self._execute("truncate vote"))
        run = self._wrk(self.settings.port, "vote", seconds)
        rows = asyncio.run(self._fetch("select count(*) from vote"))
        if run.failed or not run.requests <= rows <= run.requests + CONNECTIONS:
            raise RuntimeError(f"{run.requests} votes acknowledged, {run.failed} refused, {rows} in the database")
        return run

    def baseline(self, path: str, seconds: int) -> Run:
        """``/empty`` or ``/single``."""
        return self._wrk(self.baselines_port, path, seconds)

    def _wrk(self, port: int, path: str, seconds: int) -> Run:
        done = subprocess.run(
            [
                "wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(ROOT / "bench" / "votes.lua"),
                f"http://127.0.0.1:{port}/", "--", str(self.folder / "cookies"), str(self.folder / "items"),
                self.settings.gateway_origin, path, str(THREADS),
            ],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
        return msgspec.json.decode(line.removeprefix("RESULT "), type=Run)

    async def _execute(self, statement: str) -> None:
        async with self.connection() as connection:
            await connection.execute(statement)

    async def _fetch(self, statement: str) -> int:
        async with self.connection() as connection:
            return int(await connection.fetchval(statement))


class Connection:
    """A database connection that closes itself."""

    def __init__(self, dsn: str, password: str) -> None:
        self._dsn, self._password = dsn, password

    async def __aenter__(self) -> Any:
        self._connection = await asyncpg.connect(self._dsn, password=self._password)
        return self._connection

    async def __aexit__(self, *ignored: object) -> None:
        await self._connection.close()


def processor_seconds(process: psutil.Process) -> float:
    """Processor time, user and system, of a process and its children."""
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return float(sum(time.user + time.system for time in times))


def measure(bench: Bench, rounds: int, seconds: int, progress: Callable[[str], None]) -> dict[str, float | int]:
    """The figures, medians over ``rounds``. Processor time is in microseconds, of the service (or of the server of
    baselines) and of the database; it depends less than the rest on what else the machine does.
    """
    found: dict[str, list[float]] = defaultdict(list)

    def timed(measured: Callable[[], Run], **processes: psutil.Process) -> Run:
        before = {name: processor_seconds(process) for name, process in processes.items()}
        run = measured()
        for name, process in processes.items():
            found[name].append((processor_seconds(process) - before[name]) * 1e6 / run.requests)
        return run

    bench.votes(1)
    for number in range(1, rounds + 1):
        progress(f"round {number} of {rounds}")
        empty = timed(lambda: bench.baseline("/empty", seconds), empty_post_cpu_us=bench.baseline_server)
        votes = timed(
            lambda: bench.votes(seconds), vote_cpu_us_in_service=bench.service, vote_cpu_us_in_database=bench.database
        )
        single = bench.baseline("/single", seconds)
        found["votes_per_s"].append(votes.per_second)
        found["empty_post_per_s"].append(empty.per_second)
        found["single_upsert_per_s"].append(single.per_second)
        found["ratio_to_empty"].append(votes.per_second / empty.per_second)
        found["p50_ms"].append(votes.p50_ms)
        found["p99_ms"].append(votes.p99_ms)
    figures: dict[str, float | int] = {}
    for name, decimals in DECIMALS.items():
        figures[name] = round(statistics.median(found[name]), decimals or None)
    shape = {"connections": CONNECTIONS, "participants": bench.participants, "rounds": rounds, "seconds": seconds}
    return figures | shape


def main(argv: Sequence[str]) -> int:
    """Run the measure; returns the exit code."""
    parser = argparse.ArgumentParser(prog="cloison bench votes", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE, one flat object")
    parser.add_argument("--rounds", type=int, default=5, help="how many times each target is measured (5)")
    parser.add_argument("--seconds", type=int, default=3, help="length of a measure (3)")
    parser.add_argument("--participants", type=int, default=20_000, help="distinct participants (20000)")
    options = parser.parse_args(argv)
    if shutil.which("wrk") is None:
        print("wrk n’est pas installé (apt install wrk). / wrk is not installed (apt install wrk).", file=sys.stderr)
        return 2
    console = Console(stderr=True)
    with _temporary_folder() as folder, Bench(folder, options.participants) as bench, console.status("votes") as status:
        figures = measure(bench, options.rounds, options.seconds, lambda text: status.update(f"votes: {text}"))
    table = Table(title="Votes over HTTP, one server process")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:,}")
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps(figures) + "\n")
    return 0


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    # The database's system user must be able to reach its folder.
    with tempfile.TemporaryDirectory(prefix="cloison-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


def _wait(address: str) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(address, timeout=2)  # noqa: S310  an address of ours
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
