"""Every page, and every state that a person can bring it to: nothing for axe to say (WCAG 2.2 A and AA and its best
practices), light and dark, and nothing to scroll sideways on the smallest phone."""

import secrets
from collections.abc import Iterator
from typing import Final, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

from deploy.local import Stack
from tests import axe
from tests.e2e.browser import Person, chromium
from tests.e2e.participants import first_consultation

SMALLEST: Final = ViewportSize(width=320, height=640)
STANDARDS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def check(page: Page, language: str = "fr") -> None:
    """The page as it is shown at this moment. In the dark, only contrasts can differ."""
    page.wait_for_load_state()
    page.evaluate("scrollTo(0, 0)")
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    rules = {"type": "rule", "values": ["color-contrast"]} if dark else {"type": "tag", "values": STANDARDS}
    found = Axe().run(page, options={"resultTypes": ["violations"], "runOnly": rules})
    # The ports of a stack follow each other from a multiple of five (tests.harness.free_port_base).
    service = ("gateway", "identity", "consultation")[(urlsplit(page.url).port or 0) % 5]
    axe.record(service, page.url, "dark" if dark else "light", found.response, language)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALLEST["width"], f"{page.url} is too wide"
    assert page.get_attribute("html", "lang") == language
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.title().endswith(" · Cloison")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_page_and_state(browser: Browser, stack: Stack, colours: Literal["light", "dark"]) -> None:
    # axe is injected into the page, which the pages' policy rightly forbids to scripts that are not theirs.
    context = browser.new_context(viewport=SMALLEST, color_scheme=colours, bypass_csp=True, locale="fr-FR")
    context.set_default_timeout(10_000)
    person = Person(context.new_page(), stack, f"camille.{secrets.token_hex(4)}@ville.example", script=True)
    _read(person)
    _sign_in(person)
    _take_part(person)
    _leave(person)
    context.close()


def _read(person: Person) -> None:
    page, stack = person.page, person.stack
    slug = f"/consultations/{first_consultation(stack)['slug']}"
    own = ("/", "/open-data", "/protection", "/help", "/terms", "/accessibility", "/nowhere")
    for path in (*own, f"{slug}/search?q=quai", f"{slug}/results"):
        page.goto(stack.origin("gateway") + path)
        check(page)
    for path in ("/en", "/en/protection", "/en/help", "/en/nowhere"):
        page.goto(stack.origin("gateway") + path)
        check(page, "en")
    for service in ("identity", "consultation"):
        page.goto(f"{stack.origin(service)}/nowhere?lang=en")
        check(page, "en")
    page.goto(stack.origin("consultation"))
    assert page.url == f"{stack.origin('gateway')}/"
    person.open_consultation()
    check(page)
    page.get_by_role("button", name="Mitigé").first.click()
    page.get_by_text("Il ne manque que votre adresse électronique").first.wait_for()
    check(page)


def _sign_in(person: Person) -> None:
    page = person.page
    page.get_by_role("link", name="Participer / se connecter").click()
    check(page)
    page.get_by_role("button", name="Recevoir un code").click()
    check(page)
    page.go_back()
    page.go_back()
    person.take_part(each=lambda: check(page))


def _take_part(person: Person) -> None:
    page = person.page
    # The vote that was tried before is cast on return.
    page.get_by_text("Votre vote est enregistré.").wait_for()
    check(page)
    title = "Anticonstitutionnellement" * 4 + secrets.token_hex(4)
    person.write(title, "- " + "incompréhensiblement" * 12)
    page.get_by_text("C’est publié.").wait_for()
    check(page)
    person.argue("Parce que.")
    page.get_by_role("region", name="Pour").get_by_text("C’est publié.").wait_for()
    check(page)


def _leave(person: Person) -> None:
    page = person.page
    page.get_by_role("link", name="Mes données").click()
    check(page)
    page.get_by_role("link", name="Quitter cette consultation").click()
    check(page)
    page.get_by_role("link", name="Annuler").click()
    page.get_by_role("link", name="Tout effacer").click()
    page.get_by_role("button", name="Effacer définitivement").click()
    check(page)
    page.get_by_role("checkbox", name="Oui, tout effacer.").check()
    page.get_by_role("button", name="Effacer définitivement").click()
    page.get_by_text("Preuve reçue").wait_for()
    check(page)
    page.goto(f"{person.stack.origin('identity')}/mailbox")
    check(page)
