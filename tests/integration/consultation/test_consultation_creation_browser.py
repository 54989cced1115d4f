"""The pages that make a consultation in a browser: order by dragging, by keyboard, without script; narrow screens."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from consultation_service.app import create_app
from consultation_service.settings import Settings
from consultation_service.store import sections
from deploy.secrets import Secrets
from tests import axe
from tests.harness import EnvironmentOf, free_port
from tests.integration.consultation.creating import Desk, drafted
from tests.integration.consultation.house import Clock, House, running

pytestmark = pytest.mark.anyio

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
async def house(environment: EnvironmentOf, secrets: Secrets) -> AsyncIterator[House]:
    """The service, on a port too, for a browser."""
    port = free_port()
    values = environment("consultation") | {
        "CONSULTATION_LISTEN": f"127.0.0.1:{port}", "CONSULTATION_ORIGIN": f"http://localhost:{port}",
    }  # fmt: skip
    settings = Settings.from_environment(values)
    async with running(settings, secrets, Clock()) as house:
        app = create_app(settings, house.clock)
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.02)
        yield house
        server.should_exit = True
        await task


@asynccontextmanager
async def browsing(
    house: House, desk: Desk, *, width: int = 1280, script: bool = True, dark: bool = False
) -> AsyncIterator[Page]:
    """A page of the organiser of ``desk``, which has nothing to complain about."""
    program = shutil.which("chromium")
    if program is None and os.environ.get("CI") != "true":
        pytest.skip("chromium is not installed (Debian: apt install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = await browser.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=script, locale="fr-FR", bypass_csp=dark,
            color_scheme="dark" if dark else "light",
        )  # fmt: skip
        name, _, value = desk.staff.cookie.partition("=")
        await context.add_cookies([{"name": name, "value": value, "url": house.settings.origin}])
        context.set_default_timeout(10_000)
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        await browser.close()
        assert complaints == []


async def three(house: House) -> Desk:
    desk = await drafted(house)
    for title in ("Un", "Deux", "Trois"):
        await desk.section(title, "proposals")
    return desk


async def titles(house: House, desk: Desk) -> str:
    tree = await sections.tree(house.pool, desk.consultation)
    return " ".join("-" * section.depth + section.settings.title for section in tree)


async def drag(page: Page, handle: int, item: int, across: float, down: float) -> None:
    """Take the handle of an item to a place over another one, given as shares of its width and height."""
    start = await page.locator(".handle").nth(handle).bounding_box()
    end = await page.locator(".item").nth(item).bounding_box()
    assert start is not None
    assert end is not None
    await page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    await page.mouse.down()
    await page.mouse.move(end["x"] + end["width"] * across, end["y"] + end["height"] * down, steps=5)
    async with page.expect_navigation():
        await page.mouse.up()


async def test_sections_are_dragged(house: House) -> None:
    desk = await three(house)
    async with browsing(house, desk) as page:
        await page.goto(house.settings.origin + desk.path("structure"))
        await drag(page, 2, 0, 0.1, 0.2)
        assert await titles(house, desk) == "Trois Un Deux"
        await drag(page, 0, 2, 0.1, 0.8)
        assert await titles(house, desk) == "Un Deux Trois"
        await drag(page, 1, 0, 0.6, 0.8)
        assert await titles(house, desk) == "Un -Deux Trois"


async def test_sections_are_moved_with_the_keyboard(house: House) -> None:
    desk = await three(house)
    async with browsing(house, desk) as page:
        await page.goto(house.settings.origin + desk.path("structure"))
        await page.get_by_role("button", name="Monter : Trois").focus()
        for expected in ("Un Trois Deux", "Trois Un Deux"):
            async with page.expect_navigation():
                await page.keyboard.press("Enter")
            assert await titles(house, desk) == expected
            # The focus stays where the next press is expected.
            assert "Trois" in str(await page.evaluate("document.activeElement.innerText"))


async def test_without_script_nothing_is_to_be_dragged_and_buttons_work(house: House) -> None:
    desk = await three(house)
    async with browsing(house, desk, script=False) as page:
        await page.goto(house.settings.origin + desk.path("structure"))
        assert await page.locator(".handle:visible").count() == 0
        await page.get_by_role("button", name="Ranger dans la précédente : Deux").click()
        assert await titles(house, desk) == "Un -Deux Trois"


async def test_enter_saves_the_schedule(house: House) -> None:
    desk = await three(house)
    async with browsing(house, desk) as page:
        await page.goto(house.settings.origin + desk.path("schedule"))
        await page.locator("#closes_on").focus()
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        assert await page.locator(".notice.good").count() == 1


async def test_every_page_fits_a_narrow_screen_and_is_accessible(house: House) -> None:
    desk = await three(house)
    section = await desk.section("Le projet de règlement des quais", "articles")
    article = await desk.article(section, number="Article L. 311-1", body="mot" * 60, before="avant" * 40)
    names = (
        "presentation", "organiser", "policy", "limits", "structure", "schedule", "check", "preview", "delete",
        "duplicate", "sections/new", f"sections/{section}", f"sections/{section}/remove", f"sections/{section}/texts",
        f"sections/{section}/import-text", f"contributions/{article}/text",
    )  # fmt: skip
    # Without the content security policy, so that axe can be added; dark, where contrasts are hardest to get right.
    async with browsing(house, desk, width=320, dark=True) as page:
        for name in names:
            await page.goto(house.settings.origin + desk.path(name))
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, name
            found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": STANDARDS}})
            axe.record("consultation", page.url, "dark", found.response)
            wrong = [(one["id"], [node["target"] for node in one["nodes"]]) for one in found.response["violations"]]
            assert (wrong, bool(found.response["passes"])) == ([], True), name
