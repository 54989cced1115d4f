"""Child processes that do not outlive the one that started them."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
MAX_LOG_BYTES = 5_000_000

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


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
    """Start a program with exactly ``environment``, its output added to ``log``.

    It is in its own session, so that Ctrl-C at the terminal reaches the launcher alone, and it receives
    ``death_signal`` when the launcher dies however brutally (Linux; elsewhere the next start ends what is left).
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(argument) for argument in arguments],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            preexec_fn=_die_with_parent(os.getpid(), death_signal),
            **_as(user),
        )


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
        **_as(user),
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


def _as(user: User | None) -> dict[str, object]:
    return {} if user is None else {"user": user.uid, "group": user.gid, "extra_groups": []}


def _die_with_parent(parent: int, death_signal: signal.Signals) -> Callable[[], None] | None:
    libc = _libc
    if libc is None:
        return None

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:
            os._exit(1)

    return arrange
