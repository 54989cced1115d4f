"""A person at a browser (Chromium, on a phone), and everything that left the browser meanwhile."""

import contextlib
import os
import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Response, sync_playwright

from deploy.local import Stack

PHONE: Final = {"width": 375, "height": 812}
SOON: Final = 2.0
"""Seconds within which an act must be visible to everybody."""
LATE: Final = 30.0
CODE: Final = re.compile(r"(?<!\d)\d{4}\s?\d{4}(?!\d)")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Without one the test is skipped, except where CI=true says that there must be one."""
    program = shutil.which("chromium")
    if program is None and os.environ.get("CI") != "true":
        pytest.skip("chromium is not installed (Debian: apt install chromium)")
    assert program is not None, "CI=true and chromium is not installed: no browser test may be skipped here"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Person:
    """Someone who reads French and knows a page by what it shows."""

    def __init__(self, page: Page, stack: Stack, address: str, *, script: bool) -> None:
        self.page = page
        self.stack = stack
        self.address = address
        self.script = script
        self.requests: list[Request] = []
        self.responses: list[Response] = []
        self.delays: list[float] = []
        page.context.on("request", self._asked)
        page.context.on("response", self._answered)

    # Playwright cannot call back a method of a list.
    def _asked(self, request: Request) -> None:
        self.requests.append(request)

    def _answered(self, response: Response) -> None:
        self.responses.append(response)

    def soon(self, said: Callable[[], bool]) -> None:
        """Wait until an act has its effect, and remember how long it took."""
        began = time.monotonic()
        while not said():
            assert time.monotonic() - began < LATE, f"still not so after {LATE:g} s"
            time.sleep(0.05)
        self.delays.append(time.monotonic() - began)

    def finds(self, sought: Locator) -> None:
        """Load the page again until it shows ``sought``: browsers keep a page for one second."""
        here = self.page.url.partition("#")[0]

        def shown() -> bool:
            self.page.goto(here)
            return sought.is_visible()

        self.soon(shown)

    def was_not_kept_waiting(self) -> None:
        """Insist on ``SOON``, for the median: a busy machine may delay one act, it does not delay most of them."""
        assert statistics.median(self.delays) <= SOON, self.delays

    def open_consultation(self) -> None:
        """From the first page of the site to the consultation that is open."""
        self.page.goto(f"{self.stack.origin('gateway')}/")
        region = self.page.get_by_role("region", name="Consultations ouvertes")
        region.get_by_role("link").first.click()

    def take_part(self, each: Callable[[], None] = lambda: None) -> None:
        """E-mail address, code, consent, and back. ``each`` looks at every page on the way."""
        page = self.page
        came_from = page.url.split("#")[0]
        page.get_by_role("link", name="Participer / se connecter").first.click()
        page.get_by_label("Adresse électronique").fill(self.address)
        page.get_by_role("button", name="Recevoir un code").click()
        each()
        page.get_by_label("Code", exact=True).fill(self._code())
        page.get_by_role("button", name="Continuer").click()
        each()
        page.get_by_role("checkbox", name="J’accepte les conditions").check()
        page.get_by_role("button", name="Participer").click()
        if not self.script:
            page.get_by_role("button", name="Continuer vers la consultation").click()
        page.wait_for_url(lambda url: url.split("#")[0] == came_from or "/about-me?" in url)
        if "/about-me?" in page.url:
            each()
            page.get_by_role("link", name="Passer cette étape").or_(
                page.get_by_role("button", name="Passer cette étape")
            ).click()
            page.wait_for_url(lambda url: url.split("#")[0] == came_from)

    def _code(self) -> str:
        """What the mailbox of the machine shows, opened in another tab."""
        with self.page.context.expect_page() as opened:
            self.page.get_by_role("link", name="ouvrir sa boîte aux lettres").click()
        mailbox = opened.value
        mail = mailbox.get_by_role("article").filter(has_text=self.address).first
        until = time.monotonic() + 10
        while not mail.is_visible() and time.monotonic() < until:
            mailbox.get_by_role("link", name="Actualiser").click()
        found = CODE.search(mail.inner_text())
        assert found, mail.inner_text()
        return found[0]

    def write(self, title: str, text: str) -> None:
        """Publish a contribution from the page of the consultation."""
        self.page.get_by_text("Écrire une contribution").click()
        self.page.get_by_label("Titre").fill(title)
        self.page.get_by_label("Votre texte").fill(text)
        self.page.get_by_role("button", name="Publier").click()

    def find(self, title: str) -> None:
        """The page of a contribution just written: the script goes there by itself, else through the list."""
        if self.script:
            self.page.get_by_role("heading", level=1, name=title).wait_for()
            return
        self.page.get_by_role("link", name="Les plus récentes").click()
        self.page.get_by_role("link", name=title).click()

    def vote(self, title: str, choice: str) -> None:
        """Vote on the contribution ``title``."""
        group = self.page.get_by_role("group", name=f"Votre vote : {title}")
        group.get_by_role("button", name=choice, exact=True).click()
        if self.script:
            self.soon(lambda: self._pressed(group, choice))
        else:
            self.page.wait_for_load_state()

    def _pressed(self, group: Locator, choice: str) -> bool:
        return group.get_by_role("button", name=choice, exact=True).get_attribute("aria-pressed") == "true"

    def argue(self, text: str) -> None:
        """Publish an argument for the contribution that is shown."""
        self.page.get_by_text("Ajouter un argument pour").click()
        form = self.page.get_by_role("region", name="Pour")
        form.get_by_label("Votre argument").fill(text)
        form.get_by_role("button", name="Publier").click()

    def erase_everything(self) -> None:
        """From the page that is shown to the receipt with its proof."""
        page = self.page
        page.get_by_role("link", name="Mes données").click()
        page.get_by_role("link", name="Tout effacer").click()
        page.get_by_role("checkbox", name="Oui, tout effacer.").check()
        page.get_by_role("button", name="Effacer définitivement").click()
        self._wait_for_proof()

    def leave_consultation(self) -> None:
        """The same for one consultation."""
        page = self.page
        page.get_by_role("link", name="Mes données").click()
        page.get_by_role("link", name="Quitter cette consultation").click()
        page.get_by_role("button", name="Quitter et retirer ce que j’ai dit").click()
        self._wait_for_proof()

    def _wait_for_proof(self) -> None:
        until = time.monotonic() + 10
        refresh = self.page.get_by_role("link", name="Actualiser")
        while not self.page.get_by_text("Preuve reçue").first.is_visible():
            assert time.monotonic() < until, self.page.inner_text("main")
            if refresh.is_visible():
                refresh.click()
            time.sleep(0.1)

    def origins(self) -> set[str]:
        """Every origin that the browser asked for something."""
        return {_origin(request.url) for request in self.requests if not request.url.startswith(("data:", "blob:"))}

    def cookie_setters(self) -> set[str]:
        """Every origin that set a cookie."""
        return {_origin(response.url) for response in self.responses if response.header_value("set-cookie")}

    def cookies_sent_to(self, origin: str) -> set[str]:
        """The names of the cookies that ``origin`` was sent."""
        sent = [request.header_value("cookie") or "" for request in self.requests if _origin(request.url) == origin]
        return {part.strip().partition("=")[0] for line in sent for part in line.split(";") if part.strip()}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
