"""The folder where an embedded stack keeps everything: data, secrets, logs. One launcher at a time may hold it.

Its ``version`` file says which layout it has. Its ``run.json`` says which processes the last launcher started, so that
the next one can end those that outlived a brutal death, and so that other commands can find a stack that is running.
"""

import errno
import fcntl
import json
import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import psutil

from deploy import postgres
from deploy.environment import ROOT
from deploy.errors import Stopped
from deploy.secrets import Secrets

LAYOUT: Final = 1
FREE_BYTES_TO_START: Final = 300_000_000
FREE_BYTES_TO_GO_ON: Final = 50_000_000


@dataclass(frozen=True, slots=True)
class Running:
    """What ``run.json`` says: the launcher, its ports, and its processes as ``name -> (pid, creation time)``."""

    port_base: int
    launcher: tuple[int, float]
    processes: dict[str, tuple[int, float]]


class Home:
    """A home folder; ``hold`` takes it for this process, ``release`` gives it back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.secrets = Secrets(self.folder / "secrets")
        self.run_file = self.folder / "run.json"
        self._lock: TextIO | None = None

    def log(self, name: str) -> Path:
        """The log of a process."""
        return self.folder / "logs" / f"{name}.log"

    def hold(self) -> None:
        """Take the home, creating it if needed. Raises ``Stopped`` when it is taken, too new, or on a full disk."""
        self._create()
        lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise Stopped(
                f"Cloison tourne déjà avec le dossier {self.folder}. Arrêtez-le (Ctrl-C), ou choisissez un autre "
                "dossier avec --home et d’autres ports avec --port-base.",
                f"Cloison is already running with the folder {self.folder}. Stop it (Ctrl-C), or choose another "
                "folder with --home and other ports with --port-base.",
            ) from None
        self._lock = lock
        try:
            self._check_version()
            self.end_leftovers()
            self._check_space()
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Give the home back."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def note(self, port_base: int, processes: Mapping[str, int]) -> None:
        """Write ``run.json``: the pids of what is running."""
        made = {name: (pid, _created(pid)) for name, pid in processes.items()}
        launcher = (os.getpid(), _created(os.getpid()))
        text = json.dumps({"port_base": port_base, "launcher": launcher, "processes": made})
        unfinished = self.run_file.with_name("run.json.new")
        unfinished.write_text(text)
        unfinished.replace(self.run_file)

    def forget(self) -> None:
        """Note that nothing is running any more."""
        self.run_file.unlink(missing_ok=True)

    def running(self) -> Running | None:
        """The stack that is running in this home, if its launcher is alive."""
        found = self._noted()
        return found if found is not None and _alive(*found.launcher) is not None else None

    def end_leftovers(self) -> None:
        """End what a launcher that was killed left behind. Only the holder of the home may call this."""
        noted = self._noted()
        left = [p for p in (_alive(*entry) for entry in (noted.processes.values() if noted else ())) if p is not None]
        for how in (signal.SIGINT, signal.SIGKILL):
            for process in left:
                try:
                    process.send_signal(how)
                except psutil.NoSuchProcess:
                    continue
            _, left = psutil.wait_procs(left, timeout=10)
        self.forget()

    def free_bytes(self) -> int:
        """What is left on the disk."""
        return shutil.disk_usage(self.folder).free

    def _noted(self) -> Running | None:
        try:
            said = json.loads(self.run_file.read_text())
            return Running(
                port_base=int(said["port_base"]),
                launcher=_entry(said["launcher"]),
                processes={str(name): _entry(entry) for name, entry in said["processes"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def _create(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # As root, PostgreSQL's system user must be able to go through to its own data, and to nothing else.
            self.folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
            (self.folder / "logs").mkdir(mode=0o700, exist_ok=True)
        except PermissionError:
            raise Stopped(
                f"Vous n’avez pas le droit d’écrire dans {self.folder}. Choisissez un dossier à vous : "
                "./cloison up --home DOSSIER",
                f"You may not write in {self.folder}. Choose a folder of yours: ./cloison up --home FOLDER",
            ) from None
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise disk_full(self.folder) from None
            raise

    def _check_version(self) -> None:
        file = self.folder / "version"
        if not file.exists():
            file.write_text(f"{LAYOUT}\n")
        said = file.read_text().strip()
        if said != str(LAYOUT):
            raise Stopped(
                f"Le dossier {self.folder} vient d’une version plus récente de Cloison (format {said} ; "
                f"celle-ci connaît le format {LAYOUT}). Mettez Cloison à jour. Rien n’a été modifié.",
                f"The folder {self.folder} comes from a newer version of Cloison (format {said}; "
                f"this one knows format {LAYOUT}). Update Cloison. Nothing was changed.",
                exit_code=3,
            )

    def _check_space(self) -> None:
        if self.free_bytes() < FREE_BYTES_TO_START:
            raise disk_full(self.folder)


def disk_full(folder: Path) -> Stopped:
    """The refusal of a disk that is full, or nearly."""
    megabytes = FREE_BYTES_TO_START // 1_000_000
    return Stopped(
        f"Le disque qui porte {folder} est plein : il faut au moins {megabytes} Mo libres. "
        "Faites de la place, ou choisissez un autre disque avec --home.",
        f"The disk that holds {folder} is full: at least {megabytes} MB must be free. "
        "Make room, or choose another disk with --home.",
    )


def default_folder() -> Path:
    """``.cloison`` in the clone; as root, ``/var/lib/cloison`` when PostgreSQL's system user cannot reach the clone."""
    user = postgres.system_user()
    if user is not None and not postgres.can(user, "-x", ROOT):
        return Path("/var/lib/cloison")
    return ROOT / ".cloison"


def _entry(said: list[float]) -> tuple[int, float]:
    pid, created = said
    return int(pid), float(created)


def _created(pid: int) -> float:
    try:
        created: float = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return 0.0
    return created


def _alive(pid: int, created: float) -> psutil.Process | None:
    """The process ``pid`` if it still is the one created then; a number may have been given to another since."""
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - created) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return process if same else None
