"""``/accessibility``: the accessibility statement, in the form of RGAA 4.1, from what the tests found.

``accessibility.json`` is written by ``tests/axe.py`` after a run of the browser tests, and read once.
"""

import datetime
from pathlib import Path
from typing import Final

import msgspec
from starlette.responses import Response

from gateway.cache import Answer
from gateway.site.visit import Visit


class Violation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A defect that a test found on a page."""

    rule: str
    help: str
    """What it is about, in English, as the tool says it."""


class TestedPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page, by the form of its address, over all the states in which it was tested."""

    page: str
    checks: int
    """How many times, in how many states."""
    rules: int
    """Different rules that were verified on it."""
    themes: tuple[str, ...]
    languages: tuple[str, ...]
    violations: tuple[Violation, ...]
    to_judge: tuple[str, ...]
    """Rules that a program cannot decide on this page: a person has to look."""


class Results(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one run of the tests found."""

    tested_on: datetime.date
    tool: str
    services: dict[str, tuple[TestedPage, ...]]
    """By the name of the service that serves the pages."""

    @property
    def pages(self) -> int:
        return sum(len(tested) for tested in self.services.values())

    @property
    def checks(self) -> int:
        return sum(page.checks for tested in self.services.values() for page in tested)

    @property
    def violations(self) -> list[tuple[str, Violation]]:
        return [(page.page, one) for tested in self.services.values() for page in tested for one in page.violations]

    @property
    def to_judge(self) -> list[str]:
        return sorted({rule for tested in self.services.values() for page in tested for rule in page.to_judge})


FILE: Final = Path(__file__).parent / "accessibility.json"
RESULTS: Final = msgspec.json.decode(FILE.read_bytes(), type=Results)


async def statement(visit: Visit) -> Response:
    """The state of conformity, what was tested and how, what is known to be wrong, whom to tell, and remedies."""
    consultations = await visit.here.catalogue.all()

    async def make() -> Answer:
        return visit.page("accessibility.html", "/accessibility", results=RESULTS, consultations=consultations)

    return await visit.send("accessibility", make)
