"""Staff in a browser, on the smallest phone: invited on the command line, two factors, at work; every page and state
of it checked with axe, light and dark, with what a participant sees of news.
"""

import base64
import re
import secrets
import sys
import time
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from deploy import processes
from deploy.environment import process_environment
from deploy.local import Stack
from identity_service.staff.second_factor import code_at, counter_of
from tests.e2e.browser import chromium
from tests.e2e.participants import first_consultation, newest_code, wait_until
from tests.e2e.test_accessibility import SMALLEST, check


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, colours: Literal["light", "dark"]) -> Iterator[Page]:
    context = browser.new_context(viewport=SMALLEST, color_scheme=colours, bypass_csp=True, locale="fr-FR")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def staff(stack: Stack, *arguments: str) -> str:
    """What ``./cloison staff`` says beside the stack that is running."""
    place = ["--home", str(stack.home.folder), "--port-base", str(stack.addresses.port_base)]
    line = [sys.executable, "-m", "deploy", "staff", *arguments, *place]
    done = processes.run(line, environment={**process_environment(), "HOME": str(stack.home.folder)})
    assert done.returncode == 0, done.stdout
    return done.stdout


def invite(stack: Stack, address: str, role: str) -> str:
    said = staff(stack, "invite", address, "--role", role)
    found = re.search(r"http\S+/staff/invitation/\S+", said)
    assert found, said
    return found.group()


def accept(stack: Stack, page: Page, role: str) -> str:
    """Everything from the invitation to the first page; returns the address."""
    address = f"agnes.{secrets.token_hex(4)}@mairie.example"
    page.goto(invite(stack, address, role))
    check(page)
    page.get_by_role("button", name="Accepter").click()
    check(page)
    page.get_by_label("Code", exact=True).fill(newest_code(stack, address))
    page.get_by_role("button", name="Continuer").click()
    page.get_by_text("Taper le secret à la main").click()
    check(page)
    secret = base64.b32decode(page.locator("code.secret").inner_text().replace(" ", ""))
    page.get_by_label("Code", exact=True).fill("12")
    page.get_by_role("button", name="Activer").click()
    page.get_by_text("Ce code n’est pas le bon").wait_for()
    check(page)
    page.get_by_label("Code", exact=True).fill(code_at(secret, counter_of(time.time())))
    page.get_by_role("button", name="Activer").click()
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    check(page)
    page.get_by_role("link", name="J’ai gardé ces codes").click()
    check(page)
    return address


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_an_organiser(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.origin('identity')}/staff")
    check(page)
    accept(stack, page, "organiser")
    page.get_by_role("link", name="Agents", exact=True).click()
    check(page)
    page.get_by_text("Changer les rôles ou retirer").first.click()
    check(page)
    page.get_by_role("button", name="Envoyer l’invitation").click()
    page.get_by_role("alert").wait_for()
    check(page)
    page.get_by_role("link", name="Lire le journal").click()
    check(page)
    assert re.search(r"^agnes\.\w+@mairie\.example  organiser$", staff(stack, "list"), re.MULTILINE)
    # Two factors were given: the back office opens by itself.
    page.goto(f"{stack.origin('consultation')}/backoffice")
    page.wait_for_url(f"{stack.origin('consultation')}/backoffice")
    # Leaving it leads to the other session, without which this browser gives two factors again.
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url(f"{stack.origin('identity')}/staff/sign-out")
    check(page)
    page.get_by_role("main").get_by_role("button", name="Se déconnecter").click()
    page.goto(f"{stack.origin('consultation')}/backoffice")
    page.get_by_role("heading", name="Accès des agents").wait_for()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_data_protection_officer(stack: Stack, page: Page) -> None:
    address = accept(stack, page, "data_protection_officer")
    page.get_by_role("link", name="Protection des données").first.click()
    check(page)
    page.get_by_label("Adresse électronique de la personne").fill("personne@ville.example")
    page.get_by_role("button", name="Effacer définitivement").click()
    page.get_by_text("Cochez la case").wait_for()
    check(page)
    with page.expect_download() as file:
        page.get_by_role("button", name="Exporter les inscriptions").click()
    assert file.value.suggested_filename.startswith("inscriptions-")
    # Removed: both services let them in no more, at once here, as soon as the fact has crossed the bus there.
    back_office = f"{stack.origin('consultation')}/backoffice"
    page.goto(back_office)
    page.wait_for_url(back_office)
    assert "n’a plus aucun accès" in staff(stack, "remove", address)

    def out() -> bool:
        page.goto(back_office)
        return page.get_by_role("heading", name="Accès des agents").count() == 1

    wait_until(out)
    page.goto(f"{stack.origin('identity')}/staff/data-protection")
    page.get_by_role("heading", name="Accès des agents").wait_for()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_what_a_participant_follows(stack: Stack, page: Page) -> None:
    address, consultation = f"camille.{secrets.token_hex(4)}@ville.example", first_consultation(stack)["id"]
    page.goto(f"{stack.origin('consultation')}/consultations/{consultation}/news")
    page.get_by_label("Adresse électronique").fill(address)
    page.get_by_role("button", name="Recevoir un code").click()
    page.get_by_label("Code", exact=True).fill(newest_code(stack, address))
    page.get_by_role("button", name="Continuer").click()
    check(page)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Participer").click()
    page.get_by_role("heading", name="Mes suivis").wait_for()
    check(page)
    page.get_by_role("button", name="Suivre toute la consultation").click()
    page.get_by_role("heading", name="Du nouveau").wait_for()
    check(page)
    page.get_by_label("Une fois par semaine").check()
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("C’est enregistré").wait_for()
    page.goto(f"{stack.origin('identity')}/my-data")
    page.get_by_role("button", name="Ne plus recevoir ces messages").click()
    page.get_by_text("Vous avez choisi de ne pas recevoir").wait_for()
    check(page)
