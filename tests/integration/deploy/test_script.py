"""The ``./cloison`` script, in a small copy of the repository that needs no package."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.environment import ROOT

SAY_ARGUMENTS = "import sys; print('arguments', sys.argv[1:])\n"
MAKE_A_THEME = "import pathlib, sys; pathlib.Path(sys.argv[2]).mkdir(parents=True)\n"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone that was never started."""
    made = tmp_path_factory.mktemp("clone dir")
    (made / "deploy").mkdir()
    shutil.copy(ROOT / "cloison", made)
    shutil.copy(ROOT / "deploy" / "install.py", made / "deploy")
    (made / "deploy" / "__main__.py").write_text(SAY_ARGUMENTS)
    (made / "requirements.txt").write_text("")
    (made / "requirements").mkdir()
    (made / "requirements" / "theme.txt").write_text("")
    (made / "theme").mkdir()
    (made / "theme" / "state.css").write_text("")
    (made / "theme" / "build.py").write_text(MAKE_A_THEME)
    return made


def start(program: Path, *arguments: str, cwd: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(program), *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_first_starts_at_once_install_once(clone: Path, tmp_path: Path) -> None:
    both = [start(clone / "cloison", "up", cwd=tmp_path) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("Installation" in errors for _, errors in said) == 1
    assert all(output == "arguments ['up']\n" for output, _ in said)


def test_the_next_start_installs_nothing_and_works_through_a_link(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "link").symlink_to(clone / "cloison")
    (tmp_path / "relative").symlink_to("far/link")
    process = start(tmp_path / "relative", "test", "-k", "two words", cwd=Path("/"))
    output, errors = process.communicate(timeout=60)
    assert output == "arguments ['test', '-k', 'two words']\n"
    assert errors == ""


def test_a_failed_update_says_what_to_do_and_keeps_the_old_environment(clone: Path, tmp_path: Path) -> None:
    before = (clone / "requirements.txt").read_text()
    (clone / "requirements.txt").write_text(f"no-such-package==1 --hash=sha256:{'0' * 64}\n")
    process = start(clone / "cloison", cwd=tmp_path, PIP_NO_INDEX="1")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "L’installation a échoué" in errors
    assert "The installation failed" in errors
    (clone / "requirements.txt").write_text(before)
    output, errors = start(clone / "cloison", cwd=tmp_path).communicate(timeout=60)
    assert (output, errors) == ("arguments ['--help']\n", "")


def test_another_theme_is_made_with_the_environment(clone: Path, tmp_path: Path) -> None:
    assert (clone / ".venv" / "share" / "cloison" / "state").is_dir()
    (clone / "theme" / "state.css").write_text("p { margin: 0; }")
    _, errors = start(clone / "cloison", cwd=tmp_path).communicate(timeout=120)
    assert "Installation" in errors
    _, errors = start(clone / "cloison", cwd=tmp_path).communicate(timeout=60)
    assert errors == ""


def test_a_half_made_environment_is_made_again(clone: Path, tmp_path: Path) -> None:
    (clone / ".venv" / "installed-requirements.txt").unlink()
    (clone / ".venv" / "lib").rename(clone / ".venv" / "gone")
    output, errors = start(clone / "cloison", cwd=tmp_path).communicate(timeout=120)
    assert output == "arguments ['--help']\n"
    assert "Installation" in errors


@pytest.mark.parametrize("version", ["Python 3.10.9", None])
def test_a_python_that_is_too_old_or_missing_gets_a_sentence(tmp_path: Path, version: str | None) -> None:
    shutil.copy(ROOT / "cloison", tmp_path)
    (tmp_path / "requirements.txt").write_text("")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "readlink", "cmp"):
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)
    if version is not None:
        (programs / "python3").write_text(
            f'#!{programs}/sh\n[ "$1" = --version ] && echo "{version}" && exit 0\nexit 1\n'
        )
        (programs / "python3").chmod(0o755)
    process = start(tmp_path / "cloison", "up", cwd=tmp_path, PATH=str(programs))
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert output == ""
    assert "Python 3.11 ou plus récent" in errors
    assert "Python 3.11 or later" in errors
    assert (version or "aucun / none") in errors
    assert "python3-venv" in errors
