"""An environment with other people's tools, made once beside ``.venv`` from locked requirements."""

import filecmp
import shutil
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parents[1] / ".venv-oracles"
Oracle = Callable[..., str]


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    """``oracle("NAME.py", argument…)``: what that program of this folder prints, run with those tools."""
    wanted, stamp = HERE / "requirements.txt", ENVIRONMENT / "installed-requirements.txt"
    python = str(ENVIRONMENT / "bin" / "python")
    if not stamp.exists() or not filecmp.cmp(wanted, stamp, shallow=False):
        venv.create(ENVIRONMENT, with_pip=True, clear=True, symlinks=True)
        pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input", "--require-hashes"]
        subprocess.run([*pip, "-r", str(wanted)], check=True)
        shutil.copyfile(wanted, stamp)

    def run(program: str, *arguments: str | Path) -> str:
        command = [python, "-W", "ignore", str(HERE / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2_000:]
        return done.stdout

    return run
