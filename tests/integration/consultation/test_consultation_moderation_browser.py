"""The queue in a browser: a whole round with the keyboard alone, without loading the page again, and switched off."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from playwright.async_api import Page, async_playwright

from consultation_service.app import create_app
from consultation_service.settings import Settings
from deploy.secrets import Secrets
from tests.harness import EnvironmentOf, free_port
from tests.integration.consultation.house import Clock, House, running
from tests.integration.consultation.staff import agent

pytestmark = pytest.mark.anyio

LOADED = "document.documentElement.dataset.loaded = '1'"
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

    @property
    def queue(self) -> str:
        return f"{self.house.settings.origin}/backoffice/consultations/{self.house.consultation}/moderation"

    async def heading(self) -> str:
        return await self.page.locator("#item").inner_text()

    async def states(self) -> list[str]:
        rows = await self.house.pool.fetch("select id::text, state from contribution")
        found = {row["id"]: row["state"] for row in rows}
        return [found[item] for item in self.items]

    async def focused(self) -> str:
        return str(await self.page.evaluate("document.activeElement.name || document.activeElement.id"))


@asynccontextmanager
async def bench(environment: EnvironmentOf, secrets: Secrets, *, script: bool = True) -> AsyncIterator[Bench]:
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
                context = await browser.new_context(java_script_enabled=script, locale="fr-FR")
                name, _, value = moderator.cookie.partition("=")
                await context.add_cookies([{"name": name, "value": value, "url": origin}])
                page = await context.new_page()
                complaints: list[str] = []
                page.on("console", lambda message: complaints.append(message.text))
                page.on("pageerror", lambda error: complaints.append(str(error)))
                yield Bench(house, page, items)
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
