"""One's own pages in a browser, on the smallest phone: written, pointed out, changed, withdrawn; axe says nothing."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from consultation_service.app import create_app
from consultation_service.settings import Settings
from deploy.secrets import Secrets
from tests import axe
from tests.harness import EnvironmentOf, free_port
from tests.integration.consultation.house import Clock, House, Participant, running
from tests.integration.consultation.test_consultation_kinds import put
from tests.integration.consultation.test_consultation_own_pages import everything

pytestmark = pytest.mark.anyio
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@asynccontextmanager
async def served(environment: EnvironmentOf, secrets: Secrets) -> AsyncIterator[House]:
    """The service on a port of its own."""
    port = free_port()
    address = {"CONSULTATION_LISTEN": f"127.0.0.1:{port}", "CONSULTATION_ORIGIN": f"http://localhost:{port}"}
    settings = Settings.from_environment(environment("consultation") | address)
    async with running(settings, secrets, Clock()) as house:
        await house.create()
        app = create_app(settings, house.clock)
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.02)
        try:
            yield house
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def browsing(house: House, who: Participant, **options: Any) -> AsyncIterator[Page]:
    program = shutil.which("chromium")
    if program is None and os.environ.get("CI") != "true":
        pytest.skip("chromium is not installed (Debian: apt install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = await browser.new_context(viewport={"width": 320, "height": 640}, locale="fr-FR", **options)
        context.set_default_timeout(10_000)
        name, _, value = who.cookie.partition("=")
        await context.add_cookies([{"name": name, "value": value, "url": house.settings.origin}])
        yield await context.new_page()
        await browser.close()


async def test_a_text_from_the_first_word_to_its_withdrawal(environment: EnvironmentOf, secrets: Secrets) -> None:
    async with served(environment, secrets) as house:
        who = await house.join()
        mine = f"{house.settings.origin}/consultations/{house.consultation}/mine"
        form = f"{house.settings.origin}/consultations/{house.consultation}/contributions?kind=opinion"
        async with browsing(house, who) as page:
            await page.goto(f"{form}&section={house.section}&return={mine}")
            await page.get_by_label("Titre").fill("Un banc")
            await page.get_by_label("Texte").fill("Appelez-moi au 06 12 34 56 78.")
            await page.get_by_text("Cela ressemble à des données personnelles").wait_for()
            assert await page.locator("mark").all_inner_texts() == ["06 12 34 56 78"]
            await page.get_by_label("Texte").fill("Rien.")
            await page.locator("[data-personal]").wait_for(state="hidden")
            await page.get_by_label("Texte").fill("Appelez-moi au 06 12 34 56 78.")
            await page.get_by_role("button", name="Envoyer").click()
            assert "semble contenir des données personnelles" in await page.inner_text("main")
            await page.get_by_label("Texte").fill("Un banc à l’ombre.")
            await page.get_by_role("button", name="Envoyer").click()
            await page.wait_for_url(f"{mine}*")
            await page.get_by_role("link", name="Modifier ce texte").click()
            assert "Personne n’a encore voté" in await page.inner_text("main")
            await page.get_by_label("Texte").fill("Deux bancs à l’ombre.")
            await page.get_by_role("button", name="Envoyer").click()
            await page.wait_for_url(f"{mine}*")
            assert "version 2" in await page.inner_text("main")
            await page.get_by_role("link", name="Retirer ce texte").click()
            await page.get_by_role("button", name="Retirer ce texte").click()
            await page.wait_for_url(f"{mine}*")
            assert "Le texte est effacé" in await page.inner_text("main")
        assert await house.pool.fetchval("select state || text_version from contribution") == "withdrawn2"


async def test_nothing_for_axe_to_say(environment: EnvironmentOf, secrets: Secrets) -> None:
    async with served(environment, secrets) as house:
        who, other = await house.join(), await house.join()
        items = await everything(house, who, other)
        article = await put(house, "article")
        origin = house.settings.origin
        # axe is injected into the page, which the pages' policy rightly forbids to scripts that are not theirs.
        async with browsing(house, who, bypass_csp=True) as page:
            for path in (
                f"/consultations/{house.consultation}/mine", f"/contributions/{items['sent_back']}/edit",
                f"/contributions/{items['published']}/withdraw",
                f"/consultations/{house.consultation}/contributions?kind=amendment&parent={article}",
            ):  # fmt: skip
                await page.goto(origin + path)
                await check(page)
            await page.get_by_label("Titre").fill("Écrivez à alix@ville.example")
            await page.get_by_text("Cela ressemble").wait_for()
            await check(page)
            await page.get_by_role("button", name="Envoyer").click()
            await page.wait_for_load_state()
            await check(page)
            # The control: a field without its label.
            await page.evaluate("document.querySelector('label[for=title]').remove()")
            with pytest.raises(AssertionError, match="label"):
                await check(page, kept=False)


async def check(page: Page, *, kept: bool = True) -> None:
    """Light and dark; ``kept`` for the accessibility statement."""
    # In the dark, only contrasts can differ.
    for colours, rules in (("light", {"type": "tag", "values": STANDARDS}), ("dark", {"values": ["color-contrast"]})):
        await page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]  # one of its two words
        only = {"type": "rule"} | rules
        found = await Axe().run(page, options={"resultTypes": ["violations"], "runOnly": only})
        if kept:
            axe.record("consultation", page.url, colours, found.response)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320, page.url
    assert await page.get_by_role("heading", level=1).count() == 1
