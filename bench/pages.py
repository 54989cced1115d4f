"""Reads per second of the gateway, beside a GET that does nothing: ``./cloison bench pages [--json FILE]``.

One gateway process over a République numérique (696 opinions, 4,000 arguments), 64 connections from wrk. Rounds go
through all targets, so that whatever else the machine does weighs on all of them; figures are medians over the rounds.
Targets are asked as browsers ask, with ``Accept-Encoding: gzip``; the list is also asked without (``_plain``), and
while everything changes five times a second (``_changing``), which is how often the gateway looks.

``p95_ms_*`` is the time of one request at a time, over loopback, to addresses nobody asked for before: no cache.
"""

import argparse
import asyncio
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import asyncpg
from rich.console import Console
from rich.table import Table

from bench import library
from bench.ports import free_port_base
from deploy import processes
from deploy.environment import ROOT, process_environment
from deploy.errors import Stopped
from deploy.local import Stack
from deploy.relayed import wait_until_relayed

CONNECTIONS: Final = 64
THREADS: Final = 2
GZIP: Final = {"Accept-Encoding": "gzip"}
SLUG: Final = "mesure"
PAGE: Final = f"/consultations/{SLUG}"
API: Final = f"/open-data/consultations/{SLUG}"
SORTS: Final = ("supported", "recent", "discussed", "random")
UNCACHED: Final = 60
"""How many addresses of each kind are asked for the first time."""
FOUND: Final = (
    "transparence", "logiciel", "données", "numérique", "neutralité", "accessibilité", "république", "algorithme",
    "protection", "administration", "éducation", "bibliothèque", "interopérabilité", "chiffrement", "innovation",
    "entreprise", "développement", "collectivités", "recherche", "publication",
)  # fmt: skip
MISSPELT: Final = (
    "transparance", "logicels", "donees", "numerik", "neutralté", "acessibilité", "republik", "algoritme",
    "protecsion", "administrasion", "éducasion", "bibliotheke", "interoperabilitée", "chifrement", "inovation",
    "entreprize", "develloppement", "colectivités", "recherge", "publikation",
)  # fmt: skip
"""What people look for, as they should have typed it and as they did."""
PEER_READS: Final = 474
TARGET: Final = 4700
PEER: Final = "Pol.is (Node, PostgreSQL), 100 comments, on 2 cores, where an empty Starlette POST did 15,250/s"


class Library:
    """A whole Cloison in ``folder`` that holds the consultations to read, and the empty server beside it."""

    def __init__(self, folder: Path, say: Callable[[str, str], None]) -> None:
        self.folder = folder
        self.say = say
        base = free_port_base(6)
        self.stack = Stack(folder / "home", base, empty=True)
        self.port = base
        self.empty_port = base + 5
        self.data = ""

    def __enter__(self) -> "Library":
        self.stack.start()
        try:
            source, self.data = library.law(self.folder)
            self._import("republique-numerique", source, SLUG)
            if library.STATEMENTS.is_dir():
                self._import("polis", library.STATEMENTS, "enonces")
            wait_until_relayed(self.stack, self.say)
            line = [sys.executable, "-m", "bench.empty", str(self.empty_port)]
            self.empty = subprocess.Popen(line, env=process_environment(), cwd=ROOT, stdout=subprocess.DEVNULL)
            _until_answers(self.empty_port)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *ignored: object) -> None:
        if (empty := getattr(self, "empty", None)) is not None:
            empty.terminate()
            empty.wait(10)
        self.stack.stop()

    def _import(self, form: str, source: Path, slug: str) -> None:
        line = [sys.executable, "-m", "consultation_service", "import", form, str(source), "--slug", slug, "--json"]
        done = processes.run(line, environment=self.stack.environment("consultation"))
        if done.returncode:
            raise Stopped(f"L’import n’a pas abouti :\n{done.stdout}", "The import failed; it says why above.")

    def read(self, path: str, headers: Mapping[str, str] = GZIP) -> tuple[bytes, float]:
        """The bytes as they travel, and the seconds they took. Raises ``RuntimeError`` unless the status is 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.connect()
            began = time.perf_counter()
            connection.request("GET", path, headers=dict(headers))
            answer = connection.getresponse()
            body = answer.read()
            seconds = time.perf_counter() - began
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path} answers {answer.status}")
        return body, seconds

    def documents(self) -> list[dict[str, Any]]:
        """Every opinion, the most discussed first."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            following = f"&cursor={cursor}" if cursor else ""
            page = json.loads(self.read(f"{API}/contributions?limit=500{following}", {})[0])
            found, cursor = found + page["contributions"], page["next"]
        return sorted(found, key=lambda item: -sum(item["arguments"].values()))


@contextmanager
def changing(bench: Library) -> Iterator[None]:
    """Everything changes, as far as the gateway can tell, five times a second."""
    stop = threading.Event()

    async def change() -> None:
        stack = bench.stack
        password = stack.home.secrets.password("gateway")
        connection = await asyncpg.connect(stack.postgres.dsn("gateway"), password=password)
        while not stop.is_set():
            await connection.execute("/* bench */ update revision set revision = revision + 1")
            await asyncio.sleep(0.2)
        await connection.close()

    thread = threading.Thread(target=lambda: asyncio.run(change()))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def reads_per_second(port: int, path: str, seconds: int, headers: Mapping[str, str]) -> float:
    """What wrk counts. Raises ``RuntimeError`` when a single answer is not what it should be."""
    given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    line = ["wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", *given, f"http://127.0.0.1:{port}{path}"]
    said = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    if rate is None or "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"wrk on {path}: {said}")
    return float(rate[1])


def throughput(bench: Library, rounds: int, seconds: int, progress: Callable[[str], None]) -> dict[str, float | int]:
    """The figures of wrk, medians over ``rounds``, and their ratios to the empty GET of the same round."""
    heaviest = bench.documents()[0]["id"]
    addresses = {
        "consultation_json": API,
        "consultation_page": PAGE,
        "list_json": f"{API}/contributions",
        "list_json_plain": f"{API}/contributions",
        "list_json_changing": f"{API}/contributions",
        "list_page": f"{PAGE}?sort=recent",
        "contribution_json": f"{API}/contributions/{heaviest}",
        "contribution_page": f"{PAGE}/contributions/{heaviest}",
    }
    found: dict[str, list[float]] = {name: [] for name in ("empty_get", *addresses)}
    for number in range(1, rounds + 1):
        progress(f"round {number} of {rounds}")
        found["empty_get"].append(reads_per_second(bench.empty_port, "/", seconds, {}))
        for name, path in addresses.items():
            headers = {} if name.endswith("_plain") else GZIP
            with changing(bench) if name.endswith("_changing") else nullcontext():
                found[name].append(reads_per_second(bench.port, path, seconds, headers))
    figures: dict[str, float | int] = {f"{name}_per_s": round(statistics.median(r)) for name, r in found.items()}
    for name in addresses:
        pairs = zip(found[name], found["empty_get"], strict=True)
        figures[f"{name}_ratio_to_empty"] = round(statistics.median(reads / empty for reads, empty in pairs), 3)
    figures["list_json_plain_bytes"] = len(bench.read(addresses["list_json"], {})[0])
    for name in ("list_json", "list_page", "contribution_page"):
        figures[f"{name}_bytes"] = len(bench.read(addresses[name])[0])
    return figures


def first_times(bench: Library) -> dict[str, float]:
    """The 95th percentile, in milliseconds, of requests that no cache can answer."""
    documents = bench.documents()
    sections = list(dict.fromkeys(item["section"] for item in documents))
    lists = [f"?section={section}&sort={sort}" for section in sections for sort in SORTS]
    heavy = [item["id"] for item in documents[1 : UNCACHED + 1]]
    kinds = {
        "list_json": [f"{API}/contributions?limit={limit}" for limit in range(99, 99 - UNCACHED, -1)],
        "list_page": [PAGE + query for query in lists[:UNCACHED]],
        "contribution_json": [f"{API}/contributions/{contribution}" for contribution in heavy],
        "contribution_page": [f"{PAGE}/contributions/{contribution}" for contribution in heavy],
    }
    kinds["search_page"] = [f"{PAGE}/search?q={quote(word)}" for word in FOUND]
    kinds["search_misspelt_page"] = [f"{PAGE}/search?q={quote(word)}" for word in MISSPELT]
    if library.STATEMENTS.is_dir():
        own = "/open-data/consultations/enonces/contributions"
        kinds["statements_json"] = [f"{own}?limit={limit}" for limit in range(99, 99 - UNCACHED, -1)]
    return {
        f"p95_ms_{kind}": round(1000 * statistics.quantiles([bench.read(path)[1] for path in paths], n=20)[-1], 1)
        for kind, paths in kinds.items()
    }


def measure(folder: Path, rounds: int, seconds: int, progress: Callable[[str], None]) -> dict[str, float | int | str]:
    """All the figures, over a Cloison started in ``folder``."""
    before = os.getloadavg()[0]
    with Library(folder, lambda _, en: progress(en)) as bench:
        reads = throughput(bench, rounds, seconds, progress)
        return {
            **reads,
            **first_times(bench),
            "peer_list_json_per_s": PEER_READS,
            "list_json_ratio_to_peer": round(reads["list_json_per_s"] / PEER_READS, 1),
            "connections": CONNECTIONS,
            "rounds": rounds,
            "seconds": seconds,
            "data": bench.data,
            "load_average_before": round(before, 1),
            "load_average": round(os.getloadavg()[0], 1),
        }


def main(argv: Sequence[str]) -> int:
    """Run the measure; returns the exit code."""
    parser = argparse.ArgumentParser(prog="cloison bench pages", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE, one flat object")
    parser.add_argument("--rounds", type=int, default=3, help="how many times each target is measured (3)")
    parser.add_argument("--seconds", type=int, default=3, help="length of a measure (3)")
    options = parser.parse_args(argv)
    if shutil.which("wrk") is None:
        print("wrk n’est pas installé (apt install wrk). / wrk is not installed (apt install wrk).", file=sys.stderr)
        return 2
    console = Console(stderr=True)
    with console.status("pages: import") as status, _temporary_folder() as folder:
        figures = measure(folder, options.rounds, options.seconds, lambda text: status.update(f"pages: {text}"))
    _print(figures)
    if options.json:
        options.json.write_text(json.dumps(figures) + "\n")
    return 0


def _print(figures: Mapping[str, float | int | str]) -> None:
    table = Table(title="Reads of the gateway, one process", caption=f"peer: {PEER}; target of list_json: {TARGET:,}/s")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        table.add_row(name, value if isinstance(value, str) else f"{value:,}")
    Console().print(table)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    # The database's system user must be able to reach its folder.
    with tempfile.TemporaryDirectory(prefix="cloison-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


def _until_answers(port: int) -> None:
    until = time.monotonic() + 30
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
