"""Makes ``.venv`` from ``requirements.txt``: ``install.py ROOT``. Standard library only, run by the system's Python.

The environment is good when it holds a copy of what it was made from, written last; until then it is made again from
the start. A lock lets one of two simultaneous starts work and the other wait.
"""

import fcntl
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

STAMP = "installed-requirements.txt"
# What an environment is made from, in the order in which the script ``cloison`` compares it with the stamp.
MADE_FROM = ("requirements.txt", "requirements/theme.txt", "theme/build.py", "theme/state.css")


def main(root: Path) -> int:
    """Make the environment if it is not there yet; returns an exit code."""
    try:
        with (root / ".venv.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return 0 if _is_good(root) else _make(root)
    except PermissionError:
        print(
            f"Vous n’avez pas le droit d’écrire dans {root}, où Cloison installe ce qu’il lui faut.\n"
            "Clonez le dépôt dans un dossier à vous, ou donnez-vous ce droit.\n"
            f"You may not write in {root}, where Cloison installs what it needs.\n"
            "Clone the repository into a folder of yours, or give yourself that right.",
            file=sys.stderr,
        )
        return 1


def _is_good(root: Path) -> bool:
    stamp = root / ".venv" / STAMP
    python = root / ".venv" / "bin" / "python"
    return python.exists() and stamp.exists() and stamp.read_bytes() == _made_from(root)


def _made_from(root: Path) -> bytes:
    return b"".join((root / file).read_bytes() for file in MADE_FROM)


def _make(root: Path) -> int:
    environment, previous = root / ".venv", root / ".venv.previous"
    print(
        "Installation (une fois, environ une minute)… / Installing (once, about a minute)…", file=sys.stderr, flush=True
    )
    if (environment / STAMP).exists():
        # A good one, of an older version: it comes back if this fails.
        shutil.rmtree(previous, ignore_errors=True)
        environment.rename(previous)
    shutil.rmtree(environment, ignore_errors=True)
    try:
        _install(root, environment)
    except BaseException as error:
        shutil.rmtree(environment, ignore_errors=True)
        if previous.exists():
            previous.rename(environment)
        if isinstance(error, subprocess.CalledProcessError | OSError):
            print(_what_to_do(error), file=sys.stderr)
            return 1
        if isinstance(error, KeyboardInterrupt):
            return 130
        raise
    shutil.rmtree(previous, ignore_errors=True)
    return 0


def _install(root: Path, environment: Path) -> None:
    venv.create(environment, with_pip=True, symlinks=True)
    requirements = root / "requirements.txt"
    pip = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    # Twice quiet: errors only. Its warnings are about the settings of the machine, not about us.
    subprocess.run([*pip, "install", "-qq", "--require-hashes", "-r", str(requirements)], check=True)
    _make_state_theme(root, environment, pip)
    unfinished = environment / f"{STAMP}.new"
    unfinished.write_bytes(_made_from(root))
    unfinished.replace(environment / STAMP)


def _make_state_theme(root: Path, environment: Path, pip: list[str]) -> None:
    """The State's design system comes in a wheel that is unpacked and never installed: it would bring a framework."""
    locked = str(root / "requirements" / "theme.txt")
    with tempfile.TemporaryDirectory() as wheels:
        only = ["--no-deps", "--only-binary=:all:", "--require-hashes"]
        subprocess.run([*pip, "download", "-qq", *only, "-r", locked, "-d", wheels], check=True)
        folder = environment / "share" / "cloison" / "state"
        subprocess.run([pip[0], str(root / "theme" / "build.py"), wheels, str(folder)], check=True)


def _what_to_do(error: subprocess.CalledProcessError | OSError) -> str:
    if isinstance(error, OSError):
        return (
            f"L’installation a échoué : {error.strerror}. Libérez de la place (il faut environ 1 Go), puis relancez.\n"
            f"The installation failed: {error.strerror}. Make room (about 1 GB is needed), then run this again."
        )
    if "ensurepip" in map(str, error.cmd):
        return (
            "Ce Python ne sait pas créer d’environnement. Sous Debian ou Ubuntu : sudo apt install python3-venv ; "
            "puis relancez.\n"
            "This Python cannot create an environment. On Debian or Ubuntu: sudo apt install python3-venv; "
            "then run this again."
        )
    return (
        "L’installation a échoué (voir plus haut). Vérifiez la connexion à Internet ou au miroir de paquets Python, "
        "puis relancez la même commande : elle reprendra du début.\n"
        "The installation failed (see above). Check the connection to the Internet or to your mirror of Python "
        "packages, then run the same command again: it will start afresh."
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
