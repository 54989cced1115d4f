"""``./cloison up`` as a person runs it: a process at a terminal, Ctrl-C, accidents."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.environment import ROOT
from deploy.postgres import Postgres
from deploy.secrets import OPERATOR, Secrets
from tests.harness import free_port_base, temporary_folder, wait_for


class Launcher:
    """A launcher started as a person would; what it says is in ``said``."""

    def __init__(self, home: Path, port_base: int, *options: str) -> None:
        self.home = home
        self.port_base = port_base
        self.output = home.parent / f"said-{time.monotonic_ns()}"
        self.began = time.monotonic()
        line = ["up", "--home", str(home), "--port-base", str(port_base), *options]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy", *line],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
                cwd="/",
            )

    def said(self) -> str:
        return self.output.read_text()

    def wait_ready(self) -> float:
        """Seconds from the start to the summary."""
        until = time.monotonic() + 60
        while "Ctrl-C" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.05)
        return time.monotonic() - self.began

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(30)

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def answers(self, path: str) -> str:
        url = f"http://127.0.0.1:{self.port_base}{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())


@pytest.fixture
def folder() -> Iterator[Path]:
    made = temporary_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    """A home that ran once, with the demonstration; stopped."""
    made = temporary_folder()
    launcher = Launcher(made / "home", free_port_base())
    launcher.wait_ready()
    code = launcher.end()
    assert code == 0, launcher.said()
    yield launcher
    shutil.rmtree(made)


def wait_for_demonstration(launcher: Launcher) -> None:
    until = time.monotonic() + 15
    while '"slug"' not in launcher.answers("/open-data/consultations"):
        assert time.monotonic() < until, "the demonstration is not on the gateway"
        time.sleep(0.1)


def test_it_says_where_everything_is_and_stops_at_once(used: Launcher) -> None:
    base = used.port_base
    for address in (
        f"http://localhost:{base}/",
        f"http://localhost:{base + 2}/",
        f"http://127.0.0.1:{base + 1}/mailbox",
    ):
        assert address in used.said()
    assert "Tout est arrêté" in used.said()
    assert not (used.home / "run.json").exists()


def test_the_next_start_is_quick_and_finds_its_data(used: Launcher) -> None:
    seconds: list[float] = []
    # The better of two, for a machine that is busy with something else.
    while len(seconds) < 2 and min(seconds, default=5) >= 5:
        again = Launcher(used.home, used.port_base)
        try:
            seconds.append(again.wait_ready())
            wait_for_demonstration(again)
        finally:
            assert again.end() == 0
    assert min(seconds) < 5, f"{seconds} s to be ready"


def test_each_process_is_given_its_own_settings_only(used: Launcher) -> None:
    launcher = Launcher(used.home, used.port_base)
    try:
        launcher.wait_ready()
        owners = [
            {name.split("_")[0] for name in process.environ() if name.endswith("_NATS_SEED_FILE")}
            for process in launcher.children()
        ]
    finally:
        launcher.end()
    assert all(len(found) <= 1 for found in owners), "a process holds the settings of two services"
    assert set().union(*owners) == {"IDENTITY", "CONSULTATION", "GATEWAY"}


def test_a_second_launcher_of_the_same_home_is_refused(used: Launcher) -> None:
    first = Launcher(used.home, used.port_base)
    try:
        first.wait_ready()
        second = Launcher(used.home, free_port_base())
        assert second.process.wait(30) == 1
        assert "tourne déjà" in second.said()
        assert "already running" in second.said()
    finally:
        first.end()


def test_other_commands_use_the_stack_that_is_running(used: Launcher, folder: Path) -> None:
    launcher = Launcher(used.home, used.port_base)
    try:
        launcher.wait_ready()
        wait_for_demonstration(launcher)
        found = json.loads(launcher.answers("/open-data/consultations"))
        slug = str(found["consultations"][0]["slug"])
        for line in (["republish"], ["migrate"], ["export", slug, "--out", str(folder / "out"), "--json"]):
            # The port base of the running stack is found by itself.
            done = subprocess.run(
                [sys.executable, "-m", "deploy", *line, "--home", str(used.home)],
                capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            assert "Démarrage" not in done.stderr
        assert json.loads(done.stdout)
        assert list((folder / "out").rglob("*.csv"))
    finally:
        assert launcher.end() == 0


def test_after_a_brutal_death_nothing_keeps_a_port_and_the_next_start_works(used: Launcher) -> None:
    first = Launcher(used.home, used.port_base)
    first.wait_ready()
    children = first.children()
    assert len(children) >= 5
    first.end(signal.SIGKILL)
    second = Launcher(used.home, used.port_base)
    try:
        second.wait_ready()
        wait_for_demonstration(second)
        _, alive = psutil.wait_procs(children, timeout=5)
        assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []
    finally:
        assert second.end() == 0


def test_a_dropped_gateway_database_is_made_again_and_fills_itself(used: Launcher) -> None:
    with Postgres(used.home / "postgres", used.port_base + 3, Secrets(used.home / "secrets")) as server:
        wait_for(drop_gateway(server))
    launcher = Launcher(used.home, used.port_base)
    try:
        launcher.wait_ready()
        wait_for_demonstration(launcher)
    finally:
        assert launcher.end() == 0


async def drop_gateway(server: Postgres) -> None:
    password = server.secrets.password(OPERATOR)
    connection = await asyncpg.connect(server.dsn(OPERATOR, "postgres"), password=password)
    await connection.execute("drop database gateway")
    await connection.close()


def test_a_process_that_dies_is_started_again_and_a_line_says_so(used: Launcher) -> None:
    launcher = Launcher(used.home, used.port_base)
    try:
        launcher.wait_ready()
        before = json.loads((used.home / "run.json").read_text())["processes"]
        for name in ("gateway", "nats", "postgres"):
            os.kill(before[name][0], signal.SIGKILL)
        until = time.monotonic() + 30
        while True:
            now = json.loads((used.home / "run.json").read_text())["processes"]
            if all(now[name][0] != before[name][0] for name in ("gateway", "nats", "postgres")) and _ready(
                used.port_base
            ):
                break
            assert time.monotonic() < until, launcher.said()
            time.sleep(0.1)
        for name in ("gateway", "nats", "postgres"):
            assert f"« {name} » s’est arrêté" in launcher.said()
        assert now["identity"] == before["identity"]
    finally:
        assert launcher.end() == 0


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_port_in_use_is_named(folder: Path) -> None:
    base = free_port_base()
    with socket.create_server(("127.0.0.1", base + 3)):
        launcher = Launcher(folder / "home", base)
        assert launcher.process.wait(30) == 1
    assert f"Le port {base + 3} est déjà utilisé" in launcher.said()
    assert f"Port {base + 3} is already used" in launcher.said()
    assert "--port-base" in launcher.said()


def test_a_home_of_a_newer_version_is_left_alone(folder: Path) -> None:
    home = folder / "home"
    home.mkdir()
    (home / "version").write_text("2\n")
    launcher = Launcher(home, free_port_base())
    assert launcher.process.wait(30) == 3
    assert "version plus récente" in launcher.said()
    assert "newer version" in launcher.said()
    assert not (home / "postgres").exists()


@pytest.mark.parametrize(
    "line",
    [["nonsense"], ["up", "--nonsense"], ["up", "--port-base", "70000"], ["bench", "nonsense"], ["export", "x"], []],
)
def test_what_is_not_understood_gets_a_sentence(line: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy", *line], capture_output=True, text=True, cwd=ROOT, timeout=30, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
