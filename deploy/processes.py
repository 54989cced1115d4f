"""Child processes that do not outlive the one that started them."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAX_LOG_BYTES: Final = 5_000_000

# Linux ends a tethered child with the *thread* that started it: they all start from this one, which lives to the end.
_starter: Final = ThreadPoolExecutor(1, thread_name_prefix="starter")


@dataclass(frozen=True, slots=True)
class User:
    """A system user to run a program as."""

    name: str
    uid: int
    gid: int


def start(
    arguments: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    log: Path,
    user: User | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a program (its full path) with exactly ``environment``, its output added to ``log``.

    It is in its own session, so that Ctrl-C at the terminal reaches the launcher alone, and it receives
    ``death_signal`` when the launcher dies, however brutally (see ``deploy/tether.py``).
    """
    tether = Path(__file__).with_name("tether.py")
    uid, gid = (user.uid, user.gid) if user else (-1, -1)
    line = [sys.executable, "-IS", str(tether), str(int(death_signal)), str(os.getpid()), str(uid), str(gid)]

    def begin() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                [*line, *(str(argument) for argument in arguments)],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
            )

    return _starter.submit(begin).result()


def run(
    arguments: Sequence[str | Path], *, environment: Mapping[str, str], user: User | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return what it said (both outputs together)."""
    return subprocess.run(
        [str(argument) for argument in arguments],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd="/",
        check=False,
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )


def stop(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM, *, within_seconds: float = 10) -> int:
    """Ask a child to stop, insist after ``within_seconds``, and return its exit code."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def keep_log_small(log: Path) -> None:
    """Set a log that has grown over ``MAX_LOG_BYTES`` aside as ``<name>.1``, replacing the one set aside before."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_name(log.name + ".1"))


def last_lines(log: Path, count: int = 5) -> str:
    """The end of a log, for the person who must understand why a program stopped."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        return "\n".join(file.read().decode(errors="replace").strip().splitlines()[-count:])
