"""``./cloison release``: consultation_service builds, the checker judges, and neither runs the other.

The builder prints where it wrote what it would publish and waits; this program has the independent checker read it and
passes on the verdict, which alone publishes.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol


class Place(Protocol):
    """Where the services are: ``deploy.local.Place``."""

    def environment(self, service: str) -> dict[str, str]:
        """The whole environment of a service's process."""


def run(place: Place, consultation: str, out: Path, more: Sequence[str]) -> int:
    """Build a release in ``out``; returns the exit code of the builder."""
    line = [sys.executable, "-m", "consultation_service", "release", "build", consultation, "--out", str(out), *more]
    with subprocess.Popen(
        line,
        env=place.environment("consultation"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as builder:
        assert builder.stdin is not None  # noqa: S101  both are pipes
        assert builder.stdout is not None  # noqa: S101
        for said in builder.stdout:
            asked = _asked(said)
            if asked is None:
                print(said, end="")
            else:
                builder.stdin.write(json.dumps(verdict(asked["check"], asked["private"], asked["earlier"])) + "\n")
                builder.stdin.flush()
    return builder.returncode


def _asked(said: str) -> dict[str, Any] | None:
    try:
        found = json.loads(said)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "check" in found else None


def verdict(folder: str, private: str, earlier: Sequence[str]) -> list[str]:
    """What ``./cloison verify`` finds wrong with a release: alone, with what only the operator can show of it, then
    beside the earlier ones. A checker that does not answer is a refusal.
    """
    alone = _judge(folder, "--private", private)
    return alone or (_judge(folder, *earlier) if earlier else [])


def _judge(*arguments: str) -> list[str]:
    found = subprocess.run(
        [sys.executable, "-m", "audit", *arguments, "--json"], capture_output=True, text=True, check=False
    )
    try:
        report = json.loads(found.stdout)
    except ValueError:
        return [f"the checker did not answer: {found.stderr.strip()[-500:] or f'exit code {found.returncode}'}"]
    problems = [
        f"{result['check']}: {finding}"
        for result in report["results"]
        if result["status"] == "fail"
        for finding in result["findings"]
    ]
    accepted = report["verdict"] == "accepted" and found.returncode == 0
    return problems if problems or accepted else ["the checker refused, without saying why"]
