"""A whole consultation, from the first invitation to the restitution, by people who never open a shell after it.

An organiser makes a bill with three articles, a questionnaire with a condition and a ranking; two people take part; a
moderator hides an amendment, its author appeals and a second moderator decides; the organiser answers, closes and says
what became of it. Everything is done in browsers, by what pages show. With CLOISON_SCREENSHOTS, pictures are kept.
"""

import csv
import io
import re
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page

from deploy.environment import ROOT
from deploy.local import Stack
from tests.e2e.administration import Agent
from tests.e2e.browser import PHONE, Person, chromium

DESK = {"width": 1280, "height": 900}
ARTICLES = [
    (
        "Article 1",
        "Jours de marché",
        "Le marché se tient le mercredi et le samedi, de 7 heures à 14 heures.",
        "Le marché se tient le samedi, de 7 heures à 13 heures.",
    ),
    ("Article 2", "Étals", "Chaque étal mesure au plus six mètres.", "Chaque étal mesure au plus huit mètres."),
    ("Article 3", "Propreté", "Chaque commerçant emporte ses déchets.", ""),
]
AMENDED = "Le marché se tient le mercredi, le samedi et le dimanche, de 7 heures à 14 heures."
FACTS = "Le dimanche n’est pas dans le projet de règlement."
NewPage = Callable[[dict[str, int]], Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """A page of a browser of its own, as another person has."""
    contexts = []

    def make(size: dict[str, int]) -> Page:
        context = browser.new_context(viewport=size, locale="fr-FR")  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


def invitation(stack: Stack, address: str, role: str) -> str:
    """The only command of all this: its link."""
    command = [
        *(sys.executable, "-m", "deploy", "staff", "invite", address, "--role", role),
        *("--home", str(stack.home.folder), "--port-base", str(stack.addresses.port_base)),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"http://\S+/staff/\S+", done.stdout)
    assert found, done.stdout + done.stderr
    return found[0]


def agent(stack: Stack, page: Page, name: str, role: str) -> Agent:
    """Somebody invited with ``role``, at work."""
    found = Agent(page, stack, f"{name}.{secrets.token_hex(3)}@villebrume.example")
    found.accept(invitation(stack, found.address, role))
    return found


def test_an_administration_runs_a_consultation_without_a_shell(stack: Stack, new_page: NewPage) -> None:
    organiser = agent(stack, new_page(DESK), "claire", "organiser")
    title = f"Les marchés de Villebrume {secrets.token_hex(2)}"
    organiser.create(title)
    organiser.bill("Le règlement", ARTICLES)
    organiser.questionnaire("Vos habitudes")
    organiser.ranking("Vos priorités", ["Plus de producteurs", "Plus d’horaires", "Plus de bancs"])
    organiser.schedule()
    organiser.announce()
    public = f"{stack.origin('gateway')}/consultations/{slug_of(organiser)}"

    author = Person(new_page(PHONE), stack, f"camille.{secrets.token_hex(3)}@ville.example", script=True)
    wait_for(author, public, title)
    author.page.get_by_role("link", name=re.compile("Le règlement")).first.click()
    organiser.shoot_of(author.page, "public-bill")
    author.take_part()
    author.vote("Article 1 · Jours de marché", "D’accord")
    amend(author.page)
    answers_questionnaire(author.page, public)
    ranks(author.page, public)

    other = Person(new_page(PHONE), stack, f"sacha.{secrets.token_hex(3)}@ville.example", script=True)
    wait_for(other, public, title)
    other.page.get_by_role("link", name=re.compile("Le règlement")).first.click()
    other.take_part()
    other.vote("Article 1 · Jours de marché", "Pas d’accord")
    reports(other.page, public)

    first = agent(stack, new_page(DESK), "marius", "moderator")
    first.consultation = organiser.consultation
    first.decide("Le dimanche aussi", "Masquer", "Hors sujet", FACTS)
    mine = f"{stack.origin('consultation')}/consultations/{organiser.consultation}/mine"
    appeals(author.page, mine)
    first.go("moderation?why=appeal")
    assert first.page.get_by_text("Un autre modérateur doit décider.").is_visible()
    second = agent(stack, new_page(DESK), "ines", "moderator")
    second.consultation = organiser.consultation
    second.go("moderation?why=appeal")
    second.page.get_by_role("radio", name=re.compile("^(Publier|Laisser publié|Garder|Remettre)")).first.check()
    second.page.get_by_label("Faits").first.fill("Le jour du marché est bien le sujet de l’article.")
    second.shoot("7-appeal")
    second.record_decision()

    organiser.answer("Le dimanche aussi", "en partie", "Un dimanche par mois.", "Le premier dimanche sera essayé.")
    organiser.go("dashboard")
    organiser.shoot("8-dashboard")
    organiser.close("Le conseil municipal est avancé au mois prochain.")
    organiser.restore("Ce qui change", "Le marché ouvre **un dimanche par mois**.")

    reader = Person(new_page(PHONE), stack, "", script=False)
    wait_for(reader, public, "Close")
    organiser.shoot_of(reader.page, "public-closed")
    assert "Le conseil municipal est avancé" in reader.page.inner_text("main")
    reader.page.goto(f"{public}/restitution")
    assert "un dimanche par mois" in reader.page.inner_text("main")
    organiser.shoot_of(reader.page, "public-restitution")
    reader.page.goto(f"{public}/moderation")
    journal = reader.page.inner_text("main")
    assert FACTS in journal
    assert "Hors sujet" in journal
    for person in (author, other, organiser, first, second):
        assert person.address not in reader.page.content()
    everything_public(stack, organiser.consultation)


def slug_of(organiser: Agent) -> str:
    """The end of the public address, as the page of checks says it."""
    organiser.go("check")
    found = re.search(r"/consultations/([a-z0-9-]+)\b", organiser.page.inner_text("main"))
    assert found
    return found[1]


def wait_for(person: Person, address: str, text: str) -> None:
    """The page ``address``, once it shows ``text``: what was just decided crosses the bus first."""

    def shown() -> bool:
        person.page.goto(address)
        return text in person.page.inner_text("body")

    person.soon(shown)


def amend(page: Page) -> None:
    """Change one article, and see the change as everybody does."""
    page.get_by_role("link", name=re.compile("^Proposer un amendement")).first.click()
    page.get_by_label("Votre amendement en quelques mots").fill("Le dimanche aussi")
    page.get_by_label("Le texte tel qu’il deviendrait").fill(AMENDED)
    page.get_by_label("Pourquoi").fill("Le dimanche, on a le temps.")
    page.get_by_role("button", name="Publier").click()
    page.get_by_role("heading", level=1, name="Le dimanche aussi").wait_for()
    assert page.locator("ins", has_text="dimanche").first.is_visible()


def answers_questionnaire(page: Page, public: str) -> None:
    """The second question comes with the answer to the first."""
    page.goto(public)
    page.get_by_role("link", name=re.compile("Vos habitudes")).first.click()
    page.get_by_role("link", name="Répondre au questionnaire").first.click()
    hidden = page.get_by_label("Qu’y cherchez-vous ?")
    assert not hidden.is_visible()
    page.get_by_role("radio", name="Oui").check()
    hidden.fill("Des légumes de saison")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name="Envoyer mes réponses").click()
    page.get_by_role("heading", level=1, name="Vos réponses sont envoyées").wait_for()


def ranks(page: Page, public: str) -> None:
    page.goto(public)
    page.get_by_role("link", name=re.compile("Vos priorités")).first.click()
    page.get_by_role("link", name=re.compile("^Classer")).first.click()
    for option in ("Plus de bancs", "Plus de producteurs"):
        page.get_by_role("button", name=re.compile(f"^Classer.*{option}")).first.click()
    page.get_by_role("button", name="Enregistrer mon classement").click()
    page.get_by_role("status").filter(has_text=re.compile("enregistré")).first.wait_for()


def reports(page: Page, public: str) -> None:
    """Somebody else reports the amendment."""
    page.goto(public)
    page.get_by_role("link", name=re.compile("Le règlement")).first.click()
    page.get_by_role("link", name="Le dimanche aussi").first.click()
    page.get_by_role("link", name=re.compile("^Signaler")).first.click()
    page.get_by_role("radio", name=re.compile("^Hors sujet")).check()
    page.get_by_role("button", name="Envoyer le signalement").click()
    page.get_by_text("votre signalement est transmis").wait_for()


def appeals(page: Page, mine: str) -> None:
    """The author reads why, and contests."""
    page.goto(mine)
    page.get_by_role("link", name=re.compile("^Contester la décision")).click()
    assert FACTS in page.inner_text("main")
    page.get_by_label("Pourquoi cette décision devrait changer").fill("L’article parle bien des jours.")
    page.get_by_role("button", name="Envoyer la contestation").click()
    page.get_by_text("Votre contestation est transmise.").wait_for()


def everything_public(stack: Stack, consultation: str) -> None:
    """What the open data say of it all."""
    base = f"{stack.origin('gateway')}/open-data/consultations/{consultation}"

    def rows(table: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(httpx.get(f"{base}/{table}.csv", timeout=10).text)))

    assert httpx.get(base, timeout=10).json()["state"] == "closed"
    kinds = Counter(row["kind"] for row in rows("contributions"))
    assert (kinds["article"], kinds["option"]) == (3, 3)
