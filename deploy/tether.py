"""Runs a program that must not outlive the one that started it: ``tether.py SIGNAL PARENT UID GID PROGRAM ARGUMENT…``.

It becomes the user UID of group GID (unless UID is -1), asks Linux to send SIGNAL when the process PARENT dies, then
turns into PROGRAM, keeping its process id. Elsewhere than on Linux, the next start ends what was left.
It is a program rather than a function called between fork and exec, because the launcher has threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Become the program."""
    death_signal, parent, uid, gid = (int(argument) for argument in arguments[:4])
    program = arguments[4:]
    if uid != -1:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # After the change of user, which would undo it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:
            sys.exit(1)
    os.execv(program[0], program)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
