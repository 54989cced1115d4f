"""What the checker found, for people and for programs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

Status = Literal["pass", "fail", "unproven"]
SHOWN: Final = 20
_COLOURS: Final = {"pass": "green", "fail": "bold red", "unproven": "yellow"}
_WORDS: Final = {"pass": "vrai / holds", "fail": "FAUX / FALSE", "unproven": "non prouvé / unproven"}


@dataclass
class Result:
    """One guarantee on one release, or on a pair of them: what was looked at and what contradicts it.

    ``missing`` says what would have to be seen to be sure; with it, a result without findings is ``unproven``.
    Findings never quote a text of a participant.
    """

    check: str
    about: str
    promise: str
    figures: dict[str, int | float | str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    found: int = 0
    missing: str = ""

    @property
    def status(self) -> Status:
        """What the findings say."""
        if self.found:
            return "fail"
        return "unproven" if self.missing else "pass"

    def find(self, finding: str) -> None:
        """Note what contradicts the promise; only the first ones are kept in words."""
        self.found += 1
        if len(self.findings) < SHOWN:
            self.findings.append(finding)

    def smallest(self, name: str, value: int) -> None:
        """Keep the least of the values seen under ``name``."""
        known = self.figures.get(name)
        self.figures[name] = value if known is None else min(int(known), value)


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """The report as a document."""
    return {
        "verdict": "refused" if any(result.status == "fail" for result in results) else "accepted",
        "results": [
            {
                "check": result.check, "about": result.about, "status": result.status, "promise": result.promise,
                "figures": result.figures, "found": result.found, "findings": result.findings,
                "missing": result.missing,
            }
            for result in results
        ],
    }  # fmt: skip


def show(results: Sequence[Result], console: Console) -> None:
    """The report as a table, then what was found."""
    table = Table("", "Version / release", "Garantie / guarantee", "Chiffres / figures", "Verdict")
    for result in results:
        figures = ", ".join(f"{name} {value}" for name, value in result.figures.items())
        verdict = Text(_WORDS[result.status], style=_COLOURS[result.status])
        table.add_row(result.check, Text(result.about), result.promise, Text(figures), verdict)
    console.print(table)
    for result in results:
        for finding in result.findings:
            console.print(Text(f"{result.check} {result.about}: {finding}"))
        if result.found > len(result.findings):
            console.print(f"{result.check}: … {result.found - len(result.findings)} de plus / more")
        if result.status == "unproven":
            console.print(Text(f"{result.check} {result.about}: {result.missing}", style="dim"))
