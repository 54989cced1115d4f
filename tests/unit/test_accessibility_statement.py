"""The accessibility statement is that of the pages there are, and says what axe said."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.site.accessibility import RESULTS, Violation
from tests import axe

AGAIN = f"Run the browser tests with {axe.VARIABLE}=FILE, then python -m tests.axe FILE."


def line(path: str, service: str = "gateway", **changed: Any) -> dict[str, Any]:
    return {
        "service": service, "path": path, "language": "fr", "theme": "light", "tool": "axe-core 4", "rules": ["label"],
        "violations": [], "to_judge": [], **changed,
    }  # fmt: skip


def test_every_public_page_was_tested_and_no_other_is_listed() -> None:
    assert {page.page for page in RESULTS.services["gateway"]} == set(axe.GATEWAY_PAGES), AGAIN


def test_every_public_page_was_tested_by_day_and_by_night() -> None:
    assert not [page.page for page in RESULTS.services["gateway"] if page.themes != ("light", "dark")], AGAIN


def test_the_pages_of_the_other_services_are_there_too() -> None:
    assert RESULTS.services["identity"], AGAIN
    assert RESULTS.services["consultation"], AGAIN


def test_lines_are_gathered_by_page_whatever_the_language() -> None:
    found = axe.results_of(
        [
            line("/en/help", language="en"),
            line("/help", theme="dark", to_judge=["color-contrast"]),
            line("/consultations/ma-rue/contributions/11111111-1111-4111-8111-111111111111"),
            line("/nowhere"),
            line(
                "/staff/invitation/Zk8-2_aaaaaaaaaaaaaaaaaaa", "identity", violations=[["label", "Must have a label"]]
            ),
        ],
        datetime.date(2026, 11, 24),
    )
    contribution, help_ = found.services["gateway"]
    assert contribution.page == "/consultations/{slug}/contributions/{id}"
    assert (help_.page, help_.checks, help_.themes, help_.languages) == ("/help", 2, ("light", "dark"), ("fr", "en"))
    assert found.violations == [("/staff/invitation/{…}", Violation("label", "Must have a label"))]
    assert (found.pages, found.checks, found.to_judge) == (3, 4, ["color-contrast"])


def test_what_axe_said_is_kept_only_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {
        "testEngine": {"version": "4"}, "passes": [{"id": "label"}], "incomplete": [],
        "violations": [{"id": "region", "help": "Content in landmarks"}],
    }  # fmt: skip
    monkeypatch.delenv(axe.VARIABLE, raising=False)
    axe.record("gateway", "http://localhost:8000/help?x", "light", said)
    file = tmp_path / "axe.jsonl"
    monkeypatch.setenv(axe.VARIABLE, str(file))
    axe.record("gateway", "http://localhost:8000/help?x", "light", said)
    assert json.loads(file.read_text()) == line("/help", violations=[["region", "Content in landmarks"]])
