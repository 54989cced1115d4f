"""A whole Cloison on this machine: the two engines and the three services, each its own process and credentials."""

import asyncio
import contextlib
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from deploy import processes
from deploy.environment import DEFAULT_PORT_BASE, PACKAGES, SERVICES, Addresses, environment, process_environment
from deploy.errors import Stopped
from deploy.home import FREE_BYTES_TO_GO_ON, Home, disk_full
from deploy.migrations import migrate
from deploy.nats import Nats
from deploy.postgres import Postgres
from deploy.provision import provision
from deploy.supervisor import Supervisor

Say = Callable[[str, str], None]
"""Tells the person at the keyboard something, in French and in English."""

ENGINES: Final = ("postgres", "nats")
READY_SECONDS: Final = 60.0
NEWER_SCHEMA: Final = 3
"""The exit code of a service whose database has a schema that it does not know."""


def silent(_fr: str, _en: str) -> None:
    """Say nothing."""


class Place:
    """Where a stack is: a home and its ports. Enough to run a service's own commands beside a running stack."""

    def __init__(self, home: Home, addresses: Addresses) -> None:
        self.home = home
        self.addresses = addresses
        secrets = home.secrets
        self.postgres = Postgres(
            home.folder / "postgres", addresses.port("postgres"), secrets, log=home.log("postgres")
        )
        self.nats = Nats(home.folder / "nats", addresses.port("nats"), secrets, log=home.log("nats"))

    def origin(self, service: str) -> str:
        """What a browser calls the service."""
        return self.addresses.origin(service)

    def environment(self, service: str) -> dict[str, str]:
        """The whole environment of a service's process: its own settings and what Python needs, nothing of ours."""
        settings = environment(
            service, self.addresses, self.home.secrets, database=self.postgres.dsn(service), bus=self.nats.url
        )
        return {**process_environment(), **settings}

    def command(self, service: str, *arguments: str) -> int:
        """Run ``python -m <service> arguments`` at this terminal and return its exit code."""
        kept = {name: os.environ[name] for name in ("TERM", "COLUMNS", "NO_COLOR") if name in os.environ}
        line = [sys.executable, "-m", PACKAGES[service], *arguments]
        with subprocess.Popen(line, env={**kept, **self.environment(service)}, stdin=subprocess.DEVNULL) as process:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # The terminal told the command too: let it undo what it had begun.
                processes.stop(process, signal.SIGINT)
                raise

    def wait_ready(self, service: str, exit_code: Callable[[], int | None] = lambda: None) -> None:
        """Wait until a service says it is ready. Raises ``Stopped`` when it does not, or when it ended."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            ended = exit_code()
            if ended is not None:
                raise self.would_not_start(service, ended, processes.last_lines(self.home.log(service)))
            if _is_ready(self.addresses.port(service)):
                return
            time.sleep(0.02)
        raise self.would_not_start(service, 1, processes.last_lines(self.home.log(service)))

    def would_not_start(self, service: str, exit_code: int, said: str) -> Stopped:
        """The refusal to go on without a service that ended with ``exit_code`` after having ``said`` something."""
        if "No space left on device" in said:
            return disk_full(self.home.folder)
        if exit_code == NEWER_SCHEMA:
            return Stopped(
                f"Les données de « {service} » viennent d’une version plus récente de Cloison. "
                "Mettez Cloison à jour. Rien n’a été modifié.",
                f"The data of “{service}” come from a newer version of Cloison. Update Cloison. Nothing was changed.",
                exit_code=NEWER_SCHEMA,
            )
        return Stopped(
            f"Le service « {service} » ne démarre pas. Son journal ({self.home.log(service)}) finit par :\n{said}",
            f"The service “{service}” does not start. The end of its log is above.",
        )


class Stack(Place):
    """The five processes. ``start`` returns when all are ready; a process that dies is started again until ``stop``.

    Process names are ``postgres``, ``nats``, ``identity``, ``consultation`` and ``gateway``. ``empty`` leaves a new
    home without the demonstration consultation.
    """

    def __init__(
        self, folder: Path, port_base: int = DEFAULT_PORT_BASE, *, empty: bool = False, say: Say = silent
    ) -> None:
        super().__init__(Home(folder), Addresses(port_base))
        self.empty = empty
        self.say = say
        self.supervisor = Supervisor(self._died, self._changed)
        self._watching_space = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until it is ready. Raises ``Stopped``; then nothing is left running."""
        self.home.hold()
        try:
            self._check_ports()
            self.home.secrets.make()
            self._start_engines()
            migrate(self)
            self._load_demonstration()
            self._start_services()
        except OSError as error:
            self.stop()
            if error.errno == errno.ENOSPC:
                raise disk_full(self.home.folder) from None
            raise
        except BaseException:
            self.stop()
            raise
        self.supervisor.watch()
        threading.Thread(target=self._watch_space, name="space", daemon=True).start()

    def stop(self) -> None:
        """Stop everything: the services first, then the bus and the database."""
        self._watching_space.set()
        self.supervisor.stop(SERVICES, ENGINES)
        self.home.forget()
        self.home.release()

    def restart(self, name: str) -> None:
        """Stop one process properly, start it again, and for a service wait until it is ready."""
        self.supervisor.restart(name)
        if name in SERVICES:
            self.wait_ready(name)

    def pid(self, name: str) -> int:
        """The process id of ``name`` at the moment."""
        return self.supervisor.pid(name)

    def _check_ports(self) -> None:
        for port in self.addresses.ports():
            if not is_port_free(port):
                other = self.addresses.port_base + 100
                raise Stopped(
                    f"Le port {port} est déjà utilisé par un autre programme. "
                    f"Choisissez d’autres ports, par exemple : ./cloison up --port-base {other}",
                    f"Port {port} is already used by another program. "
                    f"Choose other ports, for example: ./cloison up --port-base {other}",
                )

    def _start_engines(self) -> None:
        self.supervisor.add("nats", self.nats.start, signal.SIGTERM)
        self.supervisor.add("postgres", self.postgres.start, signal.SIGINT)
        self.nats.wait()
        asyncio.run(provision(self.nats.url, self.home.secrets))
        self.postgres.wait()
        self.postgres.make_databases()

    def _load_demonstration(self) -> None:
        """Once in the life of a home, load the demonstration or decide not to."""
        decided = self.home.folder / "demonstration"
        if decided.exists():
            return
        if not self.empty:
            line = [sys.executable, "-m", PACKAGES["consultation"], "demo"]
            done = processes.run(line, environment=self.environment("consultation"))
            if done.returncode:
                raise self.would_not_start("consultation", done.returncode, done.stdout.strip())
        decided.write_text("none\n" if self.empty else "loaded\n")

    def _start_services(self) -> None:
        for service in SERVICES:
            self.supervisor.add(service, partial(self._begin, service), signal.SIGTERM)
        for service in SERVICES:
            self.wait_ready(service, partial(self.supervisor.exit_code, service))

    def _begin(self, service: str) -> subprocess.Popen[bytes]:
        log = self.home.log(service)
        processes.keep_log_small(log)
        line = [sys.executable, "-m", PACKAGES[service]]
        # After a brutal death of the launcher the engines are going too: there is nothing to wait for politely.
        return processes.start(line, environment=self.environment(service), log=log, death_signal=signal.SIGKILL)

    def _died(self, name: str, code: int, delay: float) -> None:
        after = f" dans {delay:g} s" if delay else ""
        later = f" in {delay:g} s" if delay else ""
        self.say(
            f"« {name} » s’est arrêté (code {code}) : il redémarre{after}. Journal : {self.home.log(name)}",
            f"“{name}” stopped (code {code}): it starts again{later}. Log: {self.home.log(name)}",
        )

    def _changed(self) -> None:
        self.home.note(self.addresses.port_base, self.supervisor.pids())

    def _watch_space(self) -> None:
        warned = False
        while not self._watching_space.wait(5):
            short = self.home.free_bytes() < FREE_BYTES_TO_GO_ON
            if short and not warned:
                full = disk_full(self.home.folder)
                self.say(full.fr, full.en)
            warned = short


@contextlib.contextmanager
def running(folder: Path, port_base: int, say: Say = silent) -> Iterator[Place]:
    """The stack of a home: the one that is running there, or else one started for the time of the block."""
    home = Home(folder)
    found = home.running()
    if found is None:
        say("Démarrage de Cloison le temps de cette commande…", "Starting Cloison for the time of this command…")
        with Stack(folder, port_base, empty=True, say=say) as stack:
            yield stack
        return
    place = Place(home, Addresses(found.port_base))
    for service in SERVICES:
        place.wait_ready(service)
    yield place


def is_port_free(port: int) -> bool:
    """Whether nothing listens on this port of loopback, in IPv4 or in IPv6 (``localhost`` may mean either)."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as attempt:
                attempt.settimeout(0.5)
                if attempt.connect_ex((host, port)) == 0:
                    return False
        except OSError:
            continue
    return True


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
