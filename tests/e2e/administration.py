"""People of an administration at their browsers: they know a page by what it shows, and never open a shell."""

import base64
import datetime
import hmac
import os
import re
import struct
import time
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page

from deploy.local import Stack
from tests.e2e.browser import CODE

SHOTS: Final = os.environ.get("CLOISON_SCREENSHOTS")
"""The folder where screenshots go, when there is one: CI keeps it."""
SIZES: Final = ((375, 812), (1280, 900))


def one_time_code(secret: str, now: float) -> str:
    """RFC 6238 with its defaults, as an application on a phone computes it."""
    counter = struct.pack(">Q", int(now) // 30)
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, counter, "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


class Agent:
    """Somebody who works for the administration."""

    def __init__(self, page: Page, stack: Stack, address: str) -> None:
        self.page = page
        self.stack = stack
        self.address = address
        self.secret = ""
        self.used = -1
        self.consultation = ""

    def accept(self, invitation: str) -> None:
        """Follow the link of an invitation: address, code, second factor, recovery codes."""
        page = self.page
        page.goto(invitation)
        self.shoot("invitation")
        self.press("Accepter et recevoir un code")
        page.get_by_label("Code", exact=True).fill(wait_for_code(page, self.address))
        self.press("Continuer")
        page.get_by_text("Taper le secret à la main").click()
        self.secret = page.locator("code").first.inner_text().replace(" ", "")
        self.shoot("second-factor")
        page.get_by_label("Code", exact=True).fill(self.code())
        self.press("Activer")
        self.shoot("recovery-codes")
        self.follow("J’ai gardé ces codes, continuer")

    def code(self) -> str:
        """What the application shows; a code that was used is not taken again, so the next one is waited for."""
        while int(time.time()) // 30 <= self.used:
            time.sleep(0.2)
        self.used = int(time.time()) // 30
        return one_time_code(self.secret, time.time())

    # --- what everybody does on a page

    def go(self, path: str) -> None:
        """Another page of this consultation's back office."""
        self.page.goto(f"{self.stack.origin('consultation')}/backoffice/consultations/{self.consultation}/{path}")

    def fill(self, **fields: str) -> None:
        """Fields by label; underscores stand for spaces where a keyword needs them."""
        for label, value in fields.items():
            self.page.get_by_label(label.replace("_", " ")).first.fill(value)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.page.wait_for_load_state()

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("link", name=name).first.click()
        self.page.wait_for_load_state()

    def region(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name)

    def shoot(self, name: str) -> None:
        """Keep what the page looks like on a phone and on a desk."""
        self.shoot_of(self.page, name)

    @staticmethod
    def shoot_of(page: Page, name: str) -> None:
        """The same of anybody's page."""
        if SHOTS is None:
            return
        before = page.viewport_size
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(150)  # a page that was just resized is painted in pieces
            page.screenshot(path=Path(SHOTS) / f"administration-{name}-{width}.png", full_page=True)
        if before is not None:
            page.set_viewport_size(before)

    # --- making a consultation

    def create(self, title: str) -> None:
        """The first three steps: what, who, which rules."""
        self.page.goto(f"{self.stack.origin('consultation')}/backoffice")
        self.shoot("home")
        self.follow(re.compile("Créer une consultation|Nouvelle consultation"))
        self.page.get_by_role("textbox", name="Titre").fill(title)
        self.page.get_by_label("Présentation").fill(
            "Le conseil municipal votera ce règlement en juin.\n\n**Rien n’est décidé.**"
        )
        self.page.get_by_label("Engagement").fill("Chaque proposition aura une réponse avant l’été.")
        self.shoot("1-presentation")
        self.press("Enregistrer et continuer")
        self.page.get_by_label("Nom de l’administration").fill("Ville de Villebrume")
        self.page.get_by_label("Numéro SIRET").fill("21750001600019")
        self.page.get_by_label("Page web où vous écrire").fill("https://villebrume.example/contact")
        self.page.get_by_label("Directeur ou directrice de la publication").fill("La maire de Villebrume")
        self.page.get_by_label("Hébergeur").fill("Régie numérique, 1 place de la Mairie, Villebrume")
        self.page.get_by_label("Délégué à la protection des données").fill("https://villebrume.example/donnees")
        self.shoot("2-organiser")
        self.press("Enregistrer et continuer")
        self.page.get_by_label("À quoi servent les données").fill("Préparer le règlement des marchés")
        self.page.get_by_label("Durée de conservation").fill("365")
        self.page.get_by_role("checkbox", name=re.compile("^Région")).check()
        self.page.get_by_label("À quoi cela servira (Région)").fill("Savoir d’où viennent les avis")
        self.shoot("3-rules")
        self.press("Enregistrer et continuer")
        found = re.search(r"/consultations/([0-9a-f-]{36})/", self.page.url)
        assert found, self.page.url
        self.consultation = found[1]

    def section(self, title: str, kind: str) -> None:
        """Add a section at the first level."""
        self.go("sections/new")
        self.page.get_by_role("textbox", name="Titre").fill(title)
        self.page.get_by_role("radio", name=re.compile(f"^{kind}")).check()
        self.press("Ajouter")

    def bill(self, title: str, articles: list[tuple[str, str, str, str]]) -> None:
        """A section of articles: number, title, text, and the text in force."""
        self.section(title, "Articles")
        for name in ("amendement", "argument", "source"):
            box = self.page.get_by_role("checkbox", name=re.compile(name, re.IGNORECASE))
            if box.count() and not box.first.is_checked():
                box.first.check()
        self.press("Enregistrer")
        self.go("structure")
        self.follow(re.compile(f"^Articles {title}"))
        for number, name, text, before in articles:
            self.follow("Écrire un article")
            self.page.get_by_label("Numéro").fill(number)
            self.page.get_by_role("textbox", name="Titre").fill(name)
            self.page.get_by_label("Texte proposé").fill(text)
            self.page.get_by_label("Texte en vigueur").fill(before)
            self.page.get_by_label("Explication").fill("Pour que chacun s’y retrouve.")
            self.shoot("4-article")
            self.press("Enregistrer")
        self.shoot("4-articles")

    def schedule(self, days: int = 30) -> None:
        """From today on."""
        today = datetime.datetime.now(tz=ZoneInfo("Europe/Paris")).date()
        self.go("schedule")
        self.page.get_by_label("Premier jour").first.fill(today.isoformat())
        self.page.get_by_label("Dernier jour, compris").first.fill((today + datetime.timedelta(days)).isoformat())
        self.shoot("5-schedule")
        self.press("Enregistrer et continuer")

    def announce(self) -> None:
        self.go("check")
        self.shoot("6-check")
        self.press("Annoncer la consultation")

    def ranking(self, title: str, options: list[str]) -> None:
        """A section whose options participants put in order."""
        self.section(title, "Classement")
        self.go("structure")
        self.follow(re.compile(f"^Options {title}"))
        for option in options:
            self.follow("Ajouter une option")
            self.page.get_by_role("textbox", name="Option").fill(option)
            self.press("Enregistrer")
        self.shoot("4-ranking")

    def questionnaire(self, title: str) -> None:
        """Two questions; the second one is asked only of those who answer yes to the first."""
        self.section(title, "Questionnaire")
        self.go("structure")
        self.follow(re.compile(f"^Questions {title}"))
        self.follow("Ajouter la première page")
        self.page.get_by_role("textbox", name="Titre de la page").fill("Au marché")
        self.press("Enregistrer")
        self.follow("Un choix")
        self.page.get_by_role("textbox", name="Question").fill("Venez-vous au marché ?")
        self.page.get_by_role("textbox", name="Choix proposés").fill("Oui\nNon")
        self.page.get_by_role("checkbox", name=re.compile("^Réponse obligatoire")).check()
        self.press("Enregistrer")
        self.page.get_by_text("Ajouter une question").first.click()
        self.follow("Texte long")
        self.page.get_by_role("textbox", name="Question").fill("Qu’y cherchez-vous ?")
        self.page.get_by_role("combobox", name="Réponse 1").select_option(label="Venez-vous au marché ? › Oui")
        self.shoot("4-condition")
        self.press("Enregistrer")
        self.shoot("4-questionnaire")

    # --- running it

    def decide(self, title: str, decision: str, motive: str, facts: str) -> None:
        """Decide of the text ``title``, whether it waits or not."""
        self.go("moderation/all")
        self.follow(title)
        self.page.get_by_role("heading", level=2, name=re.compile(title)).wait_for()
        self.page.get_by_role("radio", name=re.compile(f"^{decision}")).check()
        if motive:
            self.page.get_by_label("Motif").select_option(label=motive)
        self.page.get_by_label("Faits").first.fill(facts)
        self.shoot("7-moderation")
        self.record_decision()

    def record_decision(self) -> None:
        """The next text comes without a new page: it is the answer that is waited for."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            self.page.get_by_role("button", name="Enregistrer et passer au suivant").click()

    def answer(self, title: str, status: str, reason: str, text: str) -> None:
        """Answer officially to the contribution ``title``."""
        self.go("official-answers")
        self.follow(title)
        self.page.get_by_role("radio", name=re.compile(status)).check()
        self.page.get_by_label("Pourquoi").fill(reason)
        self.page.get_by_label("Réponse", exact=True).fill(text)
        self.shoot("8-answer")
        self.press("Publier la réponse")

    def close(self, reason: str) -> None:
        self.go("close")
        self.page.get_by_label("Raison publique").fill(reason)
        self.press("Clore maintenant")

    def restore(self, title: str, text: str) -> None:
        """Publish the restitution."""
        self.go("restitution")
        self.page.get_by_role("textbox", name="Titre").fill(title)
        self.page.get_by_role("textbox", name="Texte").fill(text)
        self.press("Voir l’aperçu")
        self.shoot("9-restitution")
        self.press("Publier")


def wait_for_code(page: Page, address: str) -> str:
    """The code that the mailbox of the machine shows for ``address``, opened in another tab."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="ouvrir sa boîte aux lettres").click()
    mailbox = opened.value
    until = time.monotonic() + 20
    while time.monotonic() < until:
        mails = [mail.inner_text() for mail in mailbox.get_by_role("article").filter(has_text=address).all()]
        codes = [found[0] for mail in mails if (found := CODE.search(mail))]
        if codes:
            mailbox.close()
            return codes[0]
        mailbox.get_by_role("link", name="Actualiser").click()
    raise AssertionError("no code came")
