"""An administration that makes a consultation in the back office, for tests."""

import html
import re
from typing import Any

from tests.integration.consultation.house import House
from tests.integration.consultation.staff import Agent, agent

PRESENTATION = {
    "title": "Que voulons-nous vivre sur les quais ?", "slug": "quais", "language": "fr", "languages": ["fr", "en"],
    "introduction": "La Ville **rouvre** ses quais.", "commitment": "Le conseil répondra par écrit avant juin.",
}  # fmt: skip
ORGANISER = {
    "organiser": "Ville de Villebrume", "organiser_number": "552 100 554 00013",
    "organiser_contact": "https://ville.villebrume.example/contact", "publication_director": "La maire",
    "host": "Hébergeur de démonstration", "data_protection": "Par courrier, en mairie",
}  # fmt: skip
POLICY = {
    "level": "1", "scale": "agree_mixed_disagree", "purposes": "Préparer la délibération\nRendre compte",
    "retention_days": "365", "terms_version": "1", "attribute": ["age"], "purpose-age": "Savoir qui est atteint",
    "every_days": "7", "final_after_days": "30", "smallest_group": "10",
}  # fmt: skip
SCHEDULE = {"opens_on": "2026-12-01", "closes_on": "2026-12-31", "rows": "0"}
BILL = """TITRE IER
LES QUAIS

Article 1er – Ouverture

Les quais sont ouverts à tous.

Article 2

Le quai des Gabares est piéton.

Annexe

- le quai des Gabares
"""


class Desk:
    """A member of staff at work on one consultation; addresses are inside it."""

    def __init__(self, staff: Agent, consultation: str) -> None:
        self.staff = staff
        self.consultation = consultation

    def path(self, name: str) -> str:
        return f"/backoffice/consultations/{self.consultation}/{name}"

    async def on(self, year: int, month: int, day: int) -> None:
        """Another day: an organiser signs in again."""
        self.staff.house.clock.day(year, month, day)
        self.staff = await agent(self.staff.house, "organiser")

    async def get(self, name: str) -> str:
        answer = await self.staff.get(self.path(name))
        assert answer.status_code == 200, (name, answer.status_code, answer.text)
        return html.unescape(answer.text)

    async def post(self, name: str, data: dict[str, Any] | None = None, **more: Any) -> str:
        """Send a form that is accepted; where it leads."""
        answer = await self.staff.post(self.path(name), data, **more)
        assert answer.status_code == 303, (name, answer.status_code, answer.text)
        return answer.headers["location"]

    async def refused(self, name: str, data: dict[str, Any] | None = None, status: int = 422, **more: Any) -> str:
        """Send a form that is not accepted; the page that comes back."""
        answer = await self.staff.post(self.path(name), data, **more)
        assert answer.status_code == status, (name, answer.status_code, answer.text)
        return html.unescape(answer.text)

    async def section(self, title: str, kind: str, parent: str = "") -> str:
        """Add a section; its id."""
        there = await self.post("sections/new", {"title": title, "kind": kind, "parent": parent})
        return there.partition("?")[0].rpartition("/")[2]

    async def article(self, section: str, **text: Any) -> str:
        """Write an article or an option; its id."""
        before = await self.texts(section)
        await self.post(f"sections/{section}/texts/new", {"then": "list"} | text)
        (added,) = set(await self.texts(section)) - set(before)
        return added

    async def texts(self, section: str) -> list[str]:
        """The ids of the texts of a section, as its page shows them."""
        return re.findall(r'<li id="text-([0-9a-f-]{36})"', await self.get(f"sections/{section}/texts"))

    async def outline(self) -> list[str]:
        """The ids of the sections, as the page shows them."""
        return re.findall(r'<li id="section-([0-9a-f-]{36})"', await self.get("structure"))


async def drafted(house: House, **presentation: Any) -> Desk:
    """An organiser with a new draft."""
    organiser = await agent(house, "organiser")
    answer = await organiser.post("/backoffice/consultations/new", PRESENTATION | {"then": "next"} | presentation)
    assert answer.status_code == 303, answer.text
    return Desk(organiser, answer.headers["location"].split("/")[3])


async def ready(house: House) -> Desk:
    """A draft that lacks nothing."""
    desk = await drafted(house)
    for step, form in (("organiser", ORGANISER), ("policy", POLICY), ("schedule", SCHEDULE)):
        await desk.post(step, dict(form))
    await desk.section("Vos idées", "proposals")
    return desk
