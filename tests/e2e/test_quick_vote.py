"""Votes in a row, with the three services: what was chosen before joining is cast on the way back, and counted."""

import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from deploy.local import Stack
from tests.e2e.browser import PHONE, Person, chromium
from tests.e2e.participants import first_consultation

pytestmark = pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def person(browser: Browser, stack: Stack, script: bool) -> Iterator[Person]:
    context = browser.new_context(viewport=PHONE, java_script_enabled=script, locale="fr-FR")  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    yield Person(context.new_page(), stack, f"alix.{secrets.token_hex(4)}@ville.example", script=script)
    context.close()


def votable(stack: Stack) -> tuple[str, list[dict[str, Any]]]:
    """The page of a section of the demonstration, and what it has to vote on."""
    consultation, site = first_consultation(stack), stack.origin("gateway")
    for section in consultation["sections"]:
        place = f"consultations/{consultation['slug']}/sections/{section['id']}"
        items = httpx.get(f"{site}/open-data/{place}/quick-vote", timeout=10).json()["items"]
        if items:
            return f"{site}/{place}/vote", items
    raise AssertionError("nothing to vote on")


def totals(stack: Stack) -> dict[str, int]:
    """The votes of each, as everybody sees them."""
    return {item["id"]: item["votes"] for item in votable(stack)[1]}


def test_from_the_first_choice_to_its_total(person: Person, stack: Stack) -> None:
    page = person.page
    address, _ = votable(stack)
    before = totals(stack)
    page.goto(address)
    card = page.locator("article:visible").first
    expect(card).to_be_visible()
    if person.script:
        statement = (card.get_attribute("id") or "").removeprefix("c-")
        card.get_by_role("button", name="D’accord", exact=True).click()
        expect(card.get_by_text("Il ne manque que votre adresse électronique.")).to_be_visible()
        person.take_part()
        expect(page.get_by_text("1 vote depuis que vous êtes ici.")).to_be_visible()
    else:
        person.take_part()
        card = page.locator("article:visible").first
        statement = (card.get_attribute("id") or "").removeprefix("c-")
        card.get_by_role("button", name="D’accord", exact=True).click()
        page.wait_for_url(f"{address}#c-{statement}")
    person.soon(lambda: totals(stack) == {**before, statement: before[statement] + 1})
    person.erase_everything()
    person.soon(lambda: totals(stack) == before)
