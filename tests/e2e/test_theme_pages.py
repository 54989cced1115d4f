"""The State's theme in a browser: the journey of the neutral one, nothing for axe to say, by day and by night."""

import secrets
import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from deploy.local import Stack
from tests.e2e import test_accessibility as pages
from tests.e2e.browser import Person, chromium
from tests.harness import free_port_base, temporary_folder


@pytest.fixture(scope="module")
def state_stack() -> Iterator[Stack]:
    """A whole Cloison of a service of the State."""
    folder = temporary_folder()
    with pytest.MonkeyPatch.context() as given:
        given.setenv("CLOISON_THEME", "state")
        with Stack(folder / "home", free_port_base()) as running:
            yield running
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def browser(stack: Stack, state_stack: Stack) -> Iterator[Browser]:
    """After the stacks, which cannot start once a browser has taken the thread's event loop."""
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_page_and_state(browser: Browser, state_stack: Stack, colours: Literal["light", "dark"]) -> None:
    context = browser.new_context(viewport=pages.SMALLEST, color_scheme=colours, bypass_csp=True, locale="fr-FR")
    context.set_default_timeout(10_000)
    address = f"camille.{secrets.token_hex(4)}@ville.example"
    person = Person(context.new_page(), state_stack, address, script=True)
    pages._read(person)
    pages._sign_in(person)
    pages._take_part(person)
    pages._leave(person)
    context.close()


def services(stack: Stack) -> dict[str, str]:
    return {
        "gateway": f"{stack.origin('gateway')}/",
        "identity": f"{stack.origin('identity')}/sign-in",
        "consultation": f"{stack.origin('consultation')}/nowhere",
    }


def test_the_mark_of_the_state_is_on_the_pages_of_the_three_services(browser: Browser, state_stack: Stack) -> None:
    """With the policy of the pages in force, and nothing asked of anybody else."""
    own = {address.split("/")[2] for address in services(state_stack).values()}
    for address in services(state_stack).values():
        page = browser.new_page()
        asked, said = listened(page)
        page.goto(address)
        page.evaluate("document.fonts.ready")
        assert page.get_by_role("banner").get_by_text("République").count() == 1
        assert page.get_by_role("contentinfo").get_by_text("République").count() == 1
        assert page.evaluate("document.fonts.check('700 16px Marianne')")
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily").startswith("Marianne")
        assert any("/marianne." in url for url in asked)
        assert {url.split("/")[2] for url in asked} <= own
        assert said == []
        page.close()


def test_the_neutral_theme_has_no_mark_of_the_state(browser: Browser, stack: Stack) -> None:
    for address in services(stack).values():
        page = browser.new_page()
        asked, said = listened(page)
        page.goto(address)
        for part in ("banner", "contentinfo"):  # a consultation may well be about the Republic
            assert page.get_by_role(part).get_by_text("République").count() == 0
        assert page.locator(".fr-logo, .state-sites").count() == 0
        assert not [url for url in asked if "arianne" in url or "/state." in url]
        assert said == []
        page.close()


def listened(page: Page) -> tuple[list[str], list[str]]:
    """What a page asks for, and the errors that its console says, as they come."""
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    # That a page is not there is what one of them is for.
    page.on("console", lambda told: said.append(told.text) if told.type == "error" and "404" not in told.text else None)
    return asked, said
