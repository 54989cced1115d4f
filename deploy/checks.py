"""``./cloison test``: every check, each to its end, then a summary. Nothing is skipped when one fails."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from deploy.environment import ROOT

PYTHON: Final = sys.executable
CHECKS: Final = (
    ("ruff check", [PYTHON, "-m", "ruff", "check"]),
    ("ruff format", [PYTHON, "-m", "ruff", "format", "--check"]),
    ("mypy", [PYTHON, "-m", "mypy"]),
    ("imports", [str(Path(PYTHON).with_name("lint-imports"))]),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one check went; ``seconds`` is what it took."""

    name: str
    passed: bool
    seconds: float


def run(pytest_arguments: Sequence[str], summary: Path | None = None) -> int:
    """Run all checks, pytest last with ``pytest_arguments``; returns 0 when all passed."""
    pytest = [PYTHON, "-m", "pytest", *pytest_arguments]
    outcomes = [_run(name, line) for name, line in (*CHECKS, ("pytest", pytest))]
    print("\nBilan / Summary")
    for outcome in outcomes:
        print(f"  {'ok    ' if outcome.passed else 'ÉCHEC '} {outcome.name:<12} {outcome.seconds:6.1f} s")
    failed = sum(not outcome.passed for outcome in outcomes)
    print(f"{failed} vérification(s) en échec / check(s) failed" if failed else "Tout est bon / All good", flush=True)
    if summary is not None:
        summary.write_text(json.dumps({"passed": not failed, "checks": [asdict(outcome) for outcome in outcomes]}))
    return 1 if failed else 0


def _run(name: str, line: Sequence[str]) -> Outcome:
    print(f"\n── {name} ──", flush=True)
    began = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    code = subprocess.run(line, cwd=ROOT, stdin=subprocess.DEVNULL, env=environment, check=False).returncode
    return Outcome(name, code == 0, round(time.monotonic() - began, 1))
