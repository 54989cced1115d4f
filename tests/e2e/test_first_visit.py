"""Somebody who has never seen this site, on a phone, finds a proposal, votes and argues in under two minutes.

Only what a person sees and hears is used: roles and visible names, never the structure of a page. The time is that of
a person: what each step costs a hand and an eye, from the keystroke-level model (Card, Moran and Newell, 1980) with
what is measured on phones, the words that are read, and the wait for the mail with the code. What this machine took
counts for nothing, so that the same pages always take the same time; an answer is given half a second.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from deploy.local import Stack
from tests.e2e.browser import CODE, PHONE, chromium
from tests.e2e.participants import first_consultation

LIMIT: Final = 120.0
"""Seconds, all in all."""
DECIDE: Final = 1.35
"""Seconds to decide what to do next (Card, Moran and Newell)."""
TOUCH: Final = 1.1
"""Seconds to bring the thumb there and touch it (the same)."""
SCROLL: Final = 0.8
"""Seconds for each screenful that is passed."""
KEY: Final = 0.33
"""Seconds for a key on a phone: 36 words a minute (Palin and others, 2019)."""
WORD: Final = 0.25
"""Seconds to read a word: 238 a minute (Brysbaert, 2019)."""
ANSWER: Final = 0.5
"""Seconds until what was touched answers."""
MAIL: Final = 12.0
"""Seconds until the code is there, with the time to go to one's mail and back."""
PATIENCE: Final = 20_000
"""Milliseconds that a busy machine may take; the person’s clock does not run meanwhile."""
SOUGHT: Final = "fauteuil roulant"
ARGUMENT: Final = "Mes parents ont besoin de bancs."


class Newcomer:
    """A person, who reads, looks, touches and types; ``seconds`` is how long that would take them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seconds = 0.0
        self.steps: list[tuple[str, float]] = []

    def did(self, what: str, seconds: float) -> None:
        self.seconds += seconds
        self.steps.append((what, seconds))

    def reads(self, what: str, text: str | int) -> None:
        """All the words of a text, or so many."""
        words = text if isinstance(text, int) else len(text.split())
        self.did(f"reads {what}: {words} words", words * WORD)

    def _finds(self, sought: Locator) -> float:
        """Scroll to what is sought. Returns the seconds that takes."""
        before = self._scrolled()
        sought.scroll_into_view_if_needed()
        return DECIDE + SCROLL * abs(self._scrolled() - before) / PHONE["height"]

    def _scrolled(self) -> float:
        return float(self.page.evaluate("scrollY"))

    def touches(self, sought: Locator, then: Callable[[], object]) -> None:
        """Touch ``sought`` and wait for what ``then`` waits for."""
        expect(sought).to_be_visible(timeout=PATIENCE)
        name = " ".join((sought.get_attribute("aria-label") or sought.inner_text()).split())
        seconds = self._finds(sought) + TOUCH
        sought.tap()
        then()
        self.did(f"touches “{name[:50]}”", seconds + ANSWER)

    def types(self, field: Locator, text: str) -> None:
        """Type into a field, which is touched first unless the page has already put the cursor there."""
        seconds = 0.0
        if not field.evaluate("field => field === document.activeElement"):
            seconds = self._finds(field) + TOUCH
            field.tap()
        field.press_sequentially(text, delay=5)
        expect(field).to_have_value(text)
        self.did(f"types {len(text)} signs", seconds + KEY * len(text))

    def appears(self, text: str | re.Pattern[str]) -> Callable[[], object]:
        return lambda: expect(self.page.get_by_text(text).first).to_be_visible(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_finds_a_proposal_votes_and_argues(browser: Browser, stack: Stack) -> None:
    first_consultation(stack)
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, locale="fr-FR")  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    page = context.new_page()
    person = Newcomer(page)
    page.goto(stack.origin("gateway"))
    _find_a_proposal(person)
    proposal = page.get_by_role("heading", level=1).inner_text()
    came_from = page.url.partition("#")[0]

    # Votes first, is asked for an address then: what was chosen must not be lost.
    needed = "Il ne manque que votre adresse électronique. Ce que vous avez fait ici est gardé."
    person.touches(_choice(page, proposal), person.appears(needed))
    person.reads("what is needed", needed)
    _give_an_address(person)
    expect(page).to_have_url(re.compile(re.escape(came_from) + "(#.*)?"))
    expect(page.get_by_text("Votre vote est enregistré.").first).to_be_visible(timeout=PATIENCE)
    expect(_choice(page, proposal)).to_have_attribute("aria-pressed", "true")

    pro = page.get_by_role("region", name="Pour")
    unfold = page.get_by_text("Ajouter un argument pour")
    person.touches(unfold, lambda: expect(pro.get_by_label("Votre argument")).to_be_visible(timeout=PATIENCE))
    person.types(pro.get_by_label("Votre argument"), ARGUMENT)
    publish = pro.get_by_role("button", name="Publier")
    person.touches(publish, lambda: expect(pro.get_by_text("C’est publié.")).to_be_visible(timeout=PATIENCE))
    expect(pro.get_by_text(ARGUMENT)).to_be_visible(timeout=PATIENCE)

    context.close()
    account = "\n".join(f"{seconds:5.1f} s  {what}" for what, seconds in person.steps)
    print(f"\n{account}\n{person.seconds:5.1f} s in {len(person.steps)} steps")
    assert person.seconds < LIMIT, account


def _find_a_proposal(person: Newcomer) -> None:
    """From the first page, by reading titles, to a proposal that one read."""
    page = person.page
    person.reads("where one is, and what can be chosen", 30)
    consultations = page.get_by_role("region", name="Consultations ouvertes")
    opened = consultations.get_by_role("heading").get_by_role("link").first
    person.touches(opened, lambda: expect(page.get_by_role("navigation", name="Cette consultation")).to_be_attached())
    person.reads("what it is about, and a few titles", 40)
    titles = page.get_by_role("region", name="Contributions").get_by_role("heading")
    sought = titles.get_by_role("link", name=SOUGHT).first
    person.touches(sought, lambda: expect(page.get_by_role("region", name="Votes").first).to_be_attached())
    # Its text is between its title and the votes.
    title = page.get_by_role("heading", level=1).inner_text()
    text = page.get_by_role("main").inner_text().partition(title)[2].partition("Votre vote")[0]
    person.reads("the proposal", f"{title} {text}")


def _choice(page: Page, proposal: str) -> Locator:
    group = page.get_by_role("group", name=f"Votre vote : {proposal}")
    return group.get_by_role("button", name="D’accord", exact=True)


def _give_an_address(person: Newcomer) -> None:
    page = person.page
    address = f"noa.{secrets.token_hex(2)}@ville.example"
    field = page.get_by_label("Adresse électronique")
    person.touches(
        page.get_by_role("main").get_by_role("link", name=re.compile("^Participer")).first,
        lambda: expect(field).to_be_visible(timeout=PATIENCE),
    )
    person.types(field, address)
    code = page.get_by_label("Code", exact=True)
    person.touches(
        page.get_by_role("button", name="Recevoir un code"), lambda: expect(code).to_be_visible(timeout=PATIENCE)
    )
    expect(code).to_be_focused()
    person.did("waits for the mail and reads it", MAIL)
    digits = _mailed(page, address)
    # The link to the mailbox of this machine took the cursor away; nobody else has that link.
    code.focus()
    person.types(code, digits)
    agreed = page.get_by_role("checkbox", name=re.compile("J’accepte les conditions"))
    person.touches(page.get_by_role("button", name="Continuer"), lambda: expect(agreed).to_be_visible(timeout=PATIENCE))
    person.reads("who asks, and what is accepted", 30)
    person.touches(agreed, lambda: expect(agreed).to_be_checked(timeout=PATIENCE))
    person.touches(page.get_by_role("button", name="Participer"), person.appears("Votre vote est enregistré."))


def _mailed(page: Page, address: str) -> str:
    """The code, from the mailbox of this machine, which stands for the person's own."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="ouvrir sa boîte aux lettres").click()
    mailbox = opened.value
    mail = mailbox.get_by_role("article").filter(has_text=address).first
    until = time.monotonic() + 10
    while not mail.is_visible() and time.monotonic() < until:
        mailbox.get_by_role("link", name="Actualiser").click()
    found = CODE.search(mail.inner_text())
    assert found, mail.inner_text()
    mailbox.close()
    return found[0].replace(" ", "")
