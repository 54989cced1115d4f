"""The queue in a browser: a whole round with the keyboard alone, without loading the page again, and switched off."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from consultation_service.app import create_app
from consultation_service.settings import Settings
from deploy.secrets import Secrets
from tests.axe import record
from tests.harness import EnvironmentOf, free_port
from tests.integration.consultation.house import Clock, House, Participant, running
from tests.integration.consultation.staff import Agent, agent

pytestmark = pytest.mark.anyio

SMALLEST: Final = 320
STANDARDS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOADED: Final = "document.documentElement.dataset.loaded = '1'"
TEXTS = (
    "Vous n’êtes que des menteurs et des voleurs.",
    "Appelez-moi au 06 39 98 12 34 pour en parler.",
    "Le parc pourrait ouvrir une heure plus tard en été.",
)


@dataclass
class Bench:
    """A moderator's page on a queue of three reported texts, the oldest first."""

    house: House
    page: Page
    items: list[str]
    author: Participant
    reader: Participant

    @property
    def queue(self) -> str:
        return f"{self.house.settings.origin}/backoffice/consultations/{self.house.consultation}/moderation"

    def item(self, n: int, page: str = "moderation") -> str:
        consultation = f"{self.house.settings.origin}/backoffice/consultations/{self.house.consultation}"
        return f"{consultation}/contributions/{self.items[n]}/{page}"

    async def become(self, who: Agent | Participant) -> None:
        name, _, value = who.cookie.partition("=")
        await self.page.context.add_cookies([{"name": name, "value": value, "url": self.house.settings.origin}])

    async def heading(self) -> str:
        return await self.page.locator("#item").inner_text()

    async def states(self) -> list[str]:
        rows = await self.house.pool.fetch("select id::text, state from contribution")
        found = {row["id"]: row["state"] for row in rows}
        return [found[item] for item in self.items]

    async def focused(self) -> str:
        return str(await self.page.evaluate("document.activeElement.name || document.activeElement.id"))


@asynccontextmanager
async def bench(
    environment: EnvironmentOf, secrets: Secrets, *, script: bool = True, axe: bool = False
) -> AsyncIterator[Bench]:
    program = shutil.which("chromium")
    if program is None and os.environ.get("CI") != "true":
        pytest.skip("chromium is not installed (Debian: apt install chromium)")
    port = free_port()
    origin = f"http://localhost:{port}"
    values = environment("consultation") | {
        "CONSULTATION_LISTEN": f"127.0.0.1:{port}", "CONSULTATION_ORIGIN": origin,
    }  # fmt: skip
    settings = Settings.from_environment(values)
    async with running(settings, secrets, Clock()) as house:
        await house.create()
        author, reader = await house.join(), await house.join()
        items = [await house.opinion(author, title=f"Texte {n}", body=text) for n, text in enumerate(TEXTS, 1)]
        for item in items:
            await house.client.post(
                f"/v1/contributions/{item}/reports", json={"motive": "insult"}, headers=house.headers(reader)
            )
        await house.pool.execute("update contribution set waits_since = waits_since - (4 - right(title, 1)::int)")
        moderator = await agent(house, "moderator")
        server = uvicorn.Server(
            uvicorn.Config(create_app(settings, house.clock), host="127.0.0.1", port=port, log_level="warning")
        )
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.02)
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
                context = await browser.new_context(java_script_enabled=script, locale="fr-FR", bypass_csp=axe)
                page = await context.new_page()
                complaints: list[str] = []
                page.on("console", lambda message: complaints.append(message.text))
                page.on("pageerror", lambda error: complaints.append(str(error)))
                made = Bench(house, page, items, author, reader)
                await made.become(moderator)
                yield made
                assert [line for line in complaints if "422" not in line] == []
                await browser.close()
        finally:
            server.should_exit = True
            await task


async def test_a_round_with_the_keyboard_alone(environment: EnvironmentOf, secrets: Secrets) -> None:
    async with bench(environment, secrets) as desk:
        page, keys = desk.page, desk.page.keyboard
        await page.goto(desk.queue)
        await page.evaluate(LOADED)
        await keys.press("j")
        await page.wait_for_url(f"**/{desk.items[1]}/**")
        assert (await desk.heading(), await desk.focused()) == ("Texte 2", "item")
        await keys.press("k")
        await page.wait_for_url(f"**/{desk.items[0]}/**")
        await keys.press("2")
        assert await desk.focused() == "rule"
        await page.locator("#rule").select_option("insult")
        await keys.press("Tab")
        assert await desk.focused() == "facts"
        await keys.type("Non 1 2 3")  # digits typed into a field are digits
        await keys.press("Tab")
        await keys.press("Enter")
        await page.wait_for_selector("#error-facts")
        assert await desk.focused() == "facts"
        assert await page.locator("#facts").input_value() == "Non 1 2 3"
        await keys.type(" : deux injures visent des personnes.")
        await keys.press("Tab")
        await keys.press("Enter")
        await page.wait_for_url(f"**/{desk.items[1]}/**")
        assert await desk.focused() == "item"
        await keys.press("1")
        await keys.press("Enter")
        await page.wait_for_url(f"**/{desk.items[2]}/**")
        assert await desk.states() == ["hidden", "published", "published"]
        assert await page.evaluate("document.documentElement.dataset.loaded") == "1", "the page was loaded again"


async def test_shortcuts_are_told_and_switched_off(environment: EnvironmentOf, secrets: Secrets) -> None:
    async with bench(environment, secrets) as desk:
        page, keys = desk.page, desk.page.keyboard
        await page.goto(desk.queue)
        await keys.press("?")
        assert await page.locator("#shortcuts").get_attribute("open") is not None
        assert await page.locator("dl.keys").is_visible()
        await page.locator("#shortcuts-on").uncheck()
        for key in ("j", "2", "?"):
            await keys.press(key)
        assert page.url == desk.queue
        assert await page.locator("#decision input:checked").count() == 0
        await page.reload()
        await keys.press("2")
        assert await page.locator("#decision input:checked").count() == 0
        assert await page.locator("#shortcuts").is_visible()


async def test_the_queue_without_script(environment: EnvironmentOf, secrets: Secrets) -> None:
    async with bench(environment, secrets, script=False) as desk:
        page = desk.page
        await page.goto(desk.queue)
        assert not await page.locator("#shortcuts").is_visible()
        await page.get_by_label("Laisser publié").check()
        await page.get_by_role("button", name="Enregistrer et passer au suivant").click()
        assert await desk.heading() == "Texte 2"
        await page.get_by_role("link", name="Suivant").click()
        assert await desk.heading() == "Texte 3"
        await page.set_viewport_size({"width": 320, "height": 640})
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320


async def test_every_page_and_state_says_nothing_to_axe(environment: EnvironmentOf, secrets: Secrets) -> None:
    async with bench(environment, secrets, axe=True) as desk:
        page, house = desk.page, desk.house
        await page.set_viewport_size({"width": SMALLEST, "height": 640})
        for address in (desk.queue, f"{desk.queue}/signals", f"{desk.queue}/all", desk.item(1, "alike")):
            await check(page, address)
        await page.goto(desk.item(0))
        await page.keyboard.press("2")
        await page.locator("[data-decide]").click()
        await page.wait_for_selector("#error-rule")
        await check(page)
        await page.locator("#rule").select_option("insult")
        await page.locator("#facts").fill("Deux injures visent des personnes.")
        await page.locator("[data-decide]").click()
        await page.wait_for_url(f"**/{desk.items[1]}/**")
        await house.client.post(
            f"/v1/contributions/{desk.items[0]}/appeals", json={"words": "Non."}, headers=house.headers(desk.author)
        )
        await page.goto(desk.item(0))
        for summary in await page.locator("details summary").all():
            await summary.click()
        await check(page)
        await desk.become(await agent(house, "auditor"))
        await check(page, f"{desk.queue}/journal")
        origin, back = house.settings.origin, "return=/consultations/essai&lang=fr"
        await desk.become(desk.author)
        await check(page, f"{origin}/contributions/{desk.items[0]}/appeal?{back}")
        await desk.become(desk.reader)
        await check(page, f"{origin}/contributions/{desk.items[1]}/appeal?{back}")
        await desk.become(await house.join())
        await check(page, f"{origin}/contributions/{desk.items[1]}/report?{back}")
        await page.get_by_label("Hors sujet").check()
        await page.get_by_role("button", name="Envoyer le signalement").click()
        await page.get_by_text("votre signalement est transmis").wait_for()
        await check(page)


async def check(page: Page, address: str = "") -> None:
    """The page at ``address``, or as it is at this moment, light and dark."""
    if address:
        await page.goto(address)
    # In the dark, only contrasts can differ.
    for dark in (False, True):
        await page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        rules = {"type": "rule", "values": ["color-contrast"]} if dark else {"type": "tag", "values": STANDARDS}
        found = await Axe().run(page, options={"resultTypes": ["violations"], "runOnly": rules})
        record("consultation", page.url, "dark" if dark else "light", found.response)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert await page.evaluate("document.documentElement.scrollWidth") <= SMALLEST, f"{page.url} is too wide"
    assert await page.get_by_role("heading", level=1).count() == 1
