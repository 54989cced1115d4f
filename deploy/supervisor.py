"""Keeps processes running: one that dies is started again, at once the first time, then after longer and longer."""

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from signal import Signals
from typing import Final

from deploy import processes
from deploy.errors import Stopped

LOOK_EVERY_SECONDS: Final = 0.1
DELAYS_SECONDS: Final = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STOP_SECONDS: Final = 8.0
"""What a process is given to stop by itself. Ending it then loses nothing that was acknowledged."""
STEADY_SECONDS: Final = 60.0
"""A process that ran this long is not in a series of failures any more."""


@dataclass(slots=True)
class Member:
    """A process that must run."""

    name: str
    begin: Callable[[], subprocess.Popen[bytes]]
    stop_signal: Signals
    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.monotonic)
    failures: int = 0
    due: float | None = None
    """When to start it again; None while it runs."""


class Supervisor:
    """Starts, watches and stops members. ``died(name, exit_code, delay)`` and ``changed()`` come from its thread."""

    def __init__(self, died: Callable[[str, int, float], None], changed: Callable[[], None]) -> None:
        self.members: dict[str, Member] = {}
        self.died = died
        self.changed = changed
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, name: str, begin: Callable[[], subprocess.Popen[bytes]], stop_signal: Signals) -> None:
        """Start a process; it is watched once ``watch`` was called."""
        with self._lock:
            self.members[name] = Member(name, begin, stop_signal, begin())
        self.changed()

    def watch(self) -> None:
        """From now on, start again what dies."""
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()

    def restart(self, name: str) -> None:
        """Stop one process properly and start it again."""
        with self._lock:
            member = self.members[name]
            processes.stop(member.process, member.stop_signal)
            self._begin(member)

    def pid(self, name: str) -> int:
        """The process id of a member."""
        with self._lock:
            return self.members[name].process.pid

    def pids(self) -> dict[str, int]:
        """The process ids of all members."""
        with self._lock:
            return {name: member.process.pid for name, member in self.members.items()}

    def exit_code(self, name: str) -> int | None:
        """How a member ended, None while it runs."""
        with self._lock:
            return self.members[name].process.poll()

    def stop(self, *groups: tuple[str, ...]) -> None:
        """Stop the members of each group together, one group after the other."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        for group in groups:
            members = [self.members.pop(name) for name in group if name in self.members]
            for member in members:
                if member.process.poll() is None:
                    member.process.send_signal(member.stop_signal)
            for member in members:
                processes.stop(member.process, member.stop_signal, within_seconds=STOP_SECONDS)

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_SECONDS):
            with self._lock:
                for member in self.members.values():
                    self._look(member)

    def _look(self, member: Member) -> None:
        now = time.monotonic()
        if member.due is not None:
            if now >= member.due:
                self._begin(member)
        elif (code := member.process.poll()) is not None:
            if now - member.began > STEADY_SECONDS:
                member.failures = 0
            self._failed(member, code)

    def _failed(self, member: Member, code: int) -> None:
        delay = DELAYS_SECONDS[min(member.failures, len(DELAYS_SECONDS) - 1)]
        member.failures += 1
        member.due = time.monotonic() + delay
        self.died(member.name, code, delay)

    def _begin(self, member: Member) -> None:
        member.due = None
        member.began = time.monotonic()
        try:
            member.process = member.begin()
            self.changed()
        except (Stopped, OSError):
            # A full disk, most often: it will be tried again.
            self._failed(member, 1)
