"""Rows of a release per second, beside a raw COPY of the same rows: ``./cloison bench release [--json FILE]``.

One consultation of 1 M votes, then one of 10 M, each released by its own process with all files of a release (CSV, JSON
Lines, Parquet, descriptions) and its peak memory measured. What the checker takes is apart: it is another program. The
raw COPY is PostgreSQL's, of every vote as CSV, into a file on the same disk.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg
from rich.console import Console
from rich.table import Table

from bench.ports import free_port_base
from contracts.events import new_id
from deploy.environment import ROOT, Addresses, environment, process_environment
from deploy.postgres import Postgres
from deploy.secrets import Secrets

SERVICE: Final = "consultation"
SIZES: Final = (1_000_000, 10_000_000)
ITEMS: Final = 500
FILL: Final = """
with item as (
  insert into contribution (id, consultation_id, section_id, kind, author, title, body, scale, day)
  select gen_random_uuid(), $1, $2, 'opinion', sha256(n::text::bytea), 'Avis ' || n, 'Un avis', 'agree_mixed_disagree',
    current_date - 60 + n % 20
  from generate_series(1, $3::int) n returning id, day
)
insert into vote (contribution_id, participant, choice, day)
select item.id, sha256(n::text::bytea), 1 + (random() * 2)::int, item.day + (random() * 20)::int
from item cross join generate_series(1, $4::int) n
"""


class Measure(NamedTuple):
    """Seconds of a release and of a COPY of as many rows, and the peak memory of the release in MB."""

    rows: int
    release_seconds: float
    copy_seconds: float
    peak_mb: float


class Bench:
    """A database of consultation in a temporary home, with fsync."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.addresses = Addresses(free_port_base(6))
        self.secrets = Secrets(folder / "secrets")
        self.secrets.make()
        self.postgres = Postgres(folder / "postgres", self.addresses.port("postgres"), self.secrets)

    def measure(self, rows: int) -> Measure:
        """Fill a new consultation with ``rows`` votes, copy them, release them."""
        slug = f"mesure-{rows}"
        asyncio.run(self._fill(slug, rows))
        copied = asyncio.run(self._copy(slug))
        seconds, peak = self._release(slug)
        return Measure(rows, seconds, copied, peak)

    def variables(self) -> dict[str, str]:
        """The environment of the service."""
        own = environment(
            SERVICE, self.addresses, self.secrets, database=self.postgres.dsn(SERVICE), bus="nats://127.0.0.1:1"
        )
        return {**process_environment(), **own}

    def migrate(self) -> None:
        """Make the schema."""
        line = [sys.executable, "-m", "consultation_service", "migrate"]
        subprocess.run(line, env=self.variables(), check=True, cwd=ROOT, stdout=subprocess.DEVNULL)

    async def _fill(self, slug: str, rows: int) -> None:
        connection = await self._connect()
        consultation, section = new_id(), new_id()
        await connection.execute(
            """
            insert into consultation (id, slug, title, introduction, introduction_html, organiser, language, scale,
              terms_version, opens_on, closes_on)
            values ($1, $2, 'Mesure', '', '', 'Banc', 'fr', 'agree_mixed_disagree', '1', current_date - 70,
              current_date + 60)
            """,
            consultation, slug,
        )  # fmt: skip
        await connection.execute(
            "insert into section (id, consultation_id, position, title, kinds, scale) "
            "values ($1, $2, 0, 'Partie', '{opinion}', 'agree_mixed_disagree')",
            section, consultation,
        )  # fmt: skip
        await connection.execute(FILL, consultation, section, ITEMS, rows // ITEMS, timeout=3_600)
        await connection.execute("analyze")
        await connection.close()

    async def _copy(self, slug: str) -> float:
        connection = await self._connect()
        before = time.perf_counter()
        await connection.copy_from_query(
            "select v.contribution_id, v.choice, v.day, v.text_version from vote v "
            "join contribution c on c.id = v.contribution_id join consultation n on n.id = c.consultation_id "
            "where n.slug = $1",
            slug, output=self.folder / "copy.csv", format="csv", timeout=3_600,
        )  # fmt: skip
        seconds = time.perf_counter() - before
        await connection.close()
        return seconds

    def _release(self, slug: str) -> tuple[float, float]:
        line = [sys.executable, "-m", "consultation_service", "release", "build", slug]
        before = time.perf_counter()
        process = subprocess.Popen(
            [*line, "--out", str(self.folder / "out"), "--json"],
            env=self.variables(), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None  # noqa: S101  both are pipes
        assert process.stdout is not None  # noqa: S101
        process.stdout.readline()
        seconds = time.perf_counter() - before
        process.stdin.write(b"[]\n")
        process.stdin.flush()
        built = json.loads(process.stdout.read())
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or built["state"] != "built":
            raise RuntimeError(f"the release was not built: {built}")
        return seconds, used.ru_maxrss / 1024

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self.postgres.dsn(SERVICE), password=self.secrets.password(SERVICE))


def figures_of(measures: Sequence[Measure]) -> dict[str, float]:
    """What is printed: speeds are those of the largest size."""
    last = measures[-1]
    figures: dict[str, float] = {
        "release_rows_per_s": round(last.rows / last.release_seconds),
        "copy_rows_per_s": round(last.rows / last.copy_seconds),
        "ratio_to_copy": round(last.copy_seconds / last.release_seconds, 3),
    }
    for measure in measures:
        size = f"{measure.rows // 1_000_000}m" if measure.rows >= 1_000_000 else str(measure.rows)
        figures[f"peak_mb_{size}"] = round(measure.peak_mb, 1)
        figures[f"release_seconds_{size}"] = round(measure.release_seconds, 1)
    return figures


def main(argv: Sequence[str]) -> int:
    """Run the measure; returns the exit code."""
    parser = argparse.ArgumentParser(prog="cloison bench release", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE, one flat object")
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES, help="votes of each consultation (1 M, 10 M)")
    options = parser.parse_args(argv)
    console = Console(stderr=True)
    measures = []
    # The database's system user must be able to reach its folder.
    with tempfile.TemporaryDirectory(prefix="cloison-bench-") as name, console.status("release") as status:
        folder = Path(name)
        folder.chmod(0o711)
        bench = Bench(folder)
        with bench.postgres:
            bench.migrate()
            for rows in options.rows:
                status.update(f"release: {rows:,}")
                measures.append(bench.measure(rows))
    figures = figures_of(measures)
    table = Table(title="A release, and a raw COPY of the same votes")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:,}")
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps(figures) + "\n")
    return 0
