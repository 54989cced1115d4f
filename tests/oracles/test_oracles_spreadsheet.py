"""LibreOffice opens the CSV of a release, cut as an English, a French or a hasty user cuts it, and finds no formula."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from contracts.safe_csv import line
from tests.unit.release_example import in_order, tables, write

FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1;1)", "\t=1+1", "\r=1+1", " =1+1", "＝1+1", "a\n=1+1", "a;=1+1", "a\t=1+1", '"=1+1',
    "=HYPERLINK(\"https://ailleurs.example\")", "x,=1+1", "'=1+1",
)  # fmt: skip
SEPARATORS = {"comma": "44", "semicolon": "59", "tab": "9", "all": "44/59/9"}


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("profile")


def formulas(file: Path, separator: str, profile: Path) -> list[str]:
    """The formulas that LibreOffice finds in a file, which it opens as UTF-8."""
    program = shutil.which("soffice")
    if program is None and os.environ.get("CI") != "true":
        pytest.skip("LibreOffice is not installed (Debian: apt install libreoffice-calc-nogui)")
    assert program is not None, "CI=true and LibreOffice is not installed: no test may be skipped here"
    out = file.parent / f"opened {separator.replace('/', '-')}"
    done = subprocess.run(
        [program, "--headless", f"-env:UserInstallation={profile.as_uri()}", "--convert-to", "fods",
         f"--infilter=CSV:{separator},34,76,1", "--outdir", str(out), str(file)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    opened = out / f"{file.stem}.fods"
    assert opened.exists(), done.stderr
    text = opened.read_text()
    assert text.count("<table:table-row") > 10
    return re.findall(r'table:formula="([^"]*)"', text)


@pytest.mark.parametrize("separator", SEPARATORS)
def test_no_text_of_a_release_becomes_a_formula(separator: str, tmp_path: Path, profile: Path) -> None:
    found = tables()
    said = [row for row in found["contributions"] if row["official"] == "false"]
    for row, formula in zip(said, FORMULAS, strict=False):
        row |= {"title": formula, "body": formula}
    release = write(tmp_path / "one", in_order(found))
    for name in ("contributions", "polis-comments"):
        assert formulas(release / f"{name}.csv", SEPARATORS[separator], profile) == []


def test_control_the_same_texts_without_protection(tmp_path: Path, profile: Path) -> None:
    bare = "".join('"' + formula.replace('"', '""') + '"\r\n' for formula in FORMULAS)
    (tmp_path / "bare.csv").write_text(line(["title"]) + bare, newline="")
    assert len(formulas(tmp_path / "bare.csv", SEPARATORS["all"], profile)) >= 2
