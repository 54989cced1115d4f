"""Every page of a whole consultation, on the smallest phone: nothing for axe to say (WCAG 2.2 A and AA and its best
practices), nothing to scroll sideways; and the forms that have a page of their own, used."""

import asyncio
import json
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from gateway.site.pages import PAGES as SITE_PAGES
from tests import axe
from tests.harness import Bus, EnvironmentOf
from tests.integration.gateway.example import ARTICLES, COMMENTS, FORM, PAGES, PROPOSALS, RANKED, everything
from tests.integration.gateway.test_gateway_browser import D, StandIn, stage

pytestmark = pytest.mark.anyio
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# In the dark, only contrasts can differ.
CHECKS: dict[Literal["light", "dark"], object] = {
    "light": {"type": "tag", "values": STANDARDS},
    "dark": ["color-contrast"],
}
SLUG = "villebrume-a-velo"


async def published(page: Page, stand_in: StandIn, address: str) -> str:
    """The address of the example, once it is shown."""
    await stand_in.publisher.publish(*everything(version=2))
    home = address.replace("ma-rue", SLUG)
    # The synthesis is what is said last.
    while "Ce que nous avons lu" not in await (await page.request.get(f"{home}/restitution")).text():
        await asyncio.sleep(0.05)
    return home


async def test_every_page_reads_well(environment: EnvironmentOf, bus: Bus) -> None:
    async with stage(environment, bus) as (first, stand_in, address):
        home = await published(first, stand_in, address)
        assert first.context.browser is not None
        # axe is injected into the page, which the pages' policy rightly forbids to scripts that are not theirs.
        context = await first.context.browser.new_context(
            viewport={"width": 320, "height": 640}, reduced_motion="reduce", bypass_csp=True
        )
        page = await context.new_page()
        site = home.partition("/consultations")[0]
        english = (f"{site}/en{path}" for path in ("", "/help", "/terms", "/accessibility"))
        ours = (site + path for path in SITE_PAGES)
        for path in (*ours, *english, *(home + path for path in PAGES)):
            await page.goto(path)
            await page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
            for colours, rules in CHECKS.items():
                await page.emulate_media(color_scheme=colours)
                found = await Axe().run(page, options={"resultTypes": ["violations"], "runOnly": rules})
                language = "en" if path.startswith(f"{site}/en") else "fr"
                axe.record("gateway", page.url, colours, found.response, language)
                assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, f"{path} is too wide"


async def test_an_amendment_begins_with_the_text_and_has_its_page(environment: EnvironmentOf, bus: Bus) -> None:
    async with stage(environment, bus) as (page, stand_in, address):
        home = await published(page, stand_in, address)
        await page.goto(f"{home}/contributions/{ARTICLES[0]}")
        await page.get_by_role("link", name="Proposer un amendement").click()
        text = page.get_by_label("Le texte tel qu’il deviendrait")
        await expect(text).to_have_value("La vitesse est limitée à trente kilomètres à l’heure dans toute la ville, "
                                         "sauf sur les boulevards.")  # fmt: skip
        await page.get_by_label("Votre amendement en quelques mots").fill("Dix")
        await text.fill("La vitesse est limitée à dix kilomètres à l’heure.")
        await page.get_by_label("Pourquoi").fill("Doucement.")
        await page.reload()
        await expect(page.get_by_text("Votre brouillon est gardé")).to_be_visible()
        await expect(page.get_by_label("Pourquoi")).to_have_value("Doucement.")
        await page.get_by_role("button", name="Publier").click()
        await page.wait_for_url(f"{home}/contributions/{D}", timeout=5000)
        sent = json.loads(stand_in.written())
        assert (sent["kind"], sent["parent"], sent["base_version"]) == ("amendment", ARTICLES[0], 1)
        assert "lang" not in sent


async def test_a_reply_comes_back_to_the_conversation(environment: EnvironmentOf, bus: Bus) -> None:
    async with stage(environment, bus) as (page, stand_in, address):
        home = await published(page, stand_in, address)
        await page.goto(f"{home}/contributions/{PROPOSALS[0]}")
        await page.locator(f"#c-{COMMENTS[0]}").get_by_role("link", name="Répondre").first.click()
        await page.get_by_label("Votre commentaire").fill("Et le matin ?")
        await page.get_by_role("button", name="Publier").click()
        await page.wait_for_url(f"{home}/contributions/{PROPOSALS[0]}#c-{D}", timeout=5000)
        await expect(page.locator(f"#c-{D}").get_by_text("C’est publié.")).to_be_visible()


async def test_without_script_the_links_lead_to_where_one_takes_part(environment: EnvironmentOf, bus: Bus) -> None:
    async with stage(environment, bus, script=False) as (page, stand_in, address):
        home = await published(page, stand_in, address)
        for path, name in ((f"/sections/{FORM}", "Répondre au questionnaire"), (f"/sections/{RANKED}", "Classer les")):
            await page.goto(home + path)
            await page.get_by_role("link", name=name).click()
            await expect(page.get_by_text("une page")).to_be_visible()
        await page.goto(f"{home}/contributions/{PROPOSALS[0]}")
        await page.get_by_role("link", name="Modifier, si elle est de vous").click()
        await expect(page.get_by_text("une page")).to_be_visible()
        asked = [path for _, path, _, _ in stand_in.asked if path != "/favicon.ico"]
        assert asked == [f"/sections/{FORM}/questionnaire", f"/sections/{RANKED}/ranking",
                         f"/contributions/{PROPOSALS[0]}/edit"]  # fmt: skip


async def test_personal_data_are_pointed_out_and_a_reviewed_text_says_so(environment: EnvironmentOf, bus: Bus) -> None:
    async with stage(environment, bus) as (page, stand_in, address):
        home = await published(page, stand_in, address)
        await page.goto(f"{home}/contributions/{PROPOSALS[0]}")
        await page.get_by_text("Écrire un commentaire").click()
        field = page.get_by_label("Votre commentaire")
        await field.fill("Écrivez à ada@b.example, à relire.")
        await page.locator("#write-comment").get_by_role("button", name="Publier").click()
        await expect(page.get_by_text("Cela ressemble à des données personnelles")).to_contain_text("ada@b.e")
        assert not [path for method, path, _, _ in stand_in.asked if method == "POST" and "contributions" in path]
        await page.get_by_role("button", name="Publier quand même").click()
        await expect(page.get_by_text("Un modérateur le lira")).to_be_visible()
        await expect(field).to_have_value("")
