"""Votes in a row in a real browser: by keyboard alone, with a finger, without script, when something fails."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.harness import Bus, EnvironmentOf
from tests.integration.gateway.stage import CONSULTATION, SECTION, contribution, tally
from tests.integration.gateway.test_gateway_accessibility import STANDARDS
from tests.integration.gateway.test_gateway_browser import StandIn, stage

pytestmark = pytest.mark.anyio
LAST = 13
HOSTILE = 3


def name(number: int) -> str:
    """The id of a statement."""
    return f"cccccccc-cccc-4ccc-8ccc-{number:012x}"


class Voted:
    """What consultation_service knows of the votes of the one who looks at the page."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.ballots: dict[str, str] = {}
        stand_in.act = self.act  # type: ignore[method-assign]

    async def act(self, request: Request, body: str, allowed: dict[str, str]) -> Response:
        if request.url.path.endswith("/participation"):
            votes = [{"contribution": one, "choice": choice} for one, choice in self.ballots.items()]
            return JSONResponse({"consultation": CONSULTATION, "contributions": [], "votes": votes}, headers=allowed)
        contribution = request.url.path.split("/")[-2]
        if request.method == "PUT":
            self.ballots[contribution] = json.loads(body)["choice"]
        else:
            del self.ballots[contribution]
        return Response(status_code=204, headers=allowed)


@asynccontextmanager
async def hall(environment: EnvironmentOf, bus: Bus, *, script: bool = True) -> AsyncIterator[tuple[Page, Voted, str]]:
    """A page, the stand-in and the address where one votes; ``LAST`` statements, the first of which has many votes."""
    async with stage(environment, bus, script=script) as (page, stand_in, address):
        voted = Voted(stand_in)
        said = [
            contribution(
                name(n), kind="opinion", title="" if n % 2 else f"Titre {n}",
                body_html=f"<p>Texte {n} &lt;b&gt;gras&lt;/b&gt;</p>" if n == HOSTILE else f"<p>Texte {n}</p>",
            )
            for n in range(LAST)
        ]  # fmt: skip
        await stand_in.publisher.publish(tally(name(0), agree=900), *said)
        here = f"{address}/sections/{SECTION}/vote"
        listed = here.replace("/consultations/", "/open-data/consultations/").replace("/vote", "/quick-vote")
        while len((await (await page.request.get(listed)).json())["items"]) < LAST + 2:
            await asyncio.sleep(0.05)
        yield page, voted, here


async def shown(page: Page) -> str:
    """The id of the statement on the only card."""
    card = page.locator(".quick-card:visible")
    await expect(card).to_have_count(1)
    return (await card.get_attribute("id") or "").removeprefix("c-")


async def focused(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.tagName"))


async def test_by_keyboard_alone(environment: EnvironmentOf, bus: Bus) -> None:
    async with hall(environment, bus) as (page, voted, address):
        await page.goto(address)
        await expect(page.locator("[data-ready]")).to_be_attached()
        first = await shown(page)
        for _ in range(40):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.matches('.quick-card .choice')"):
                break
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status").filter(has_text="Votre vote est enregistré.")).to_be_visible()
        await expect(page.get_by_text("1 vote depuis que vous êtes ici.")).to_be_visible()
        assert voted.ballots == {first: "disagree"}
        for key, choice in (("ArrowRight", "agree"), ("ArrowDown", "mixed"), ("ArrowLeft", "disagree")):
            statement = await shown(page)
            assert await focused(page) == "H2", "the new statement has the focus"
            await page.keyboard.press(key)
            await expect(page.locator(f"#c-{statement}")).to_have_count(0)
            assert voted.ballots[statement] == choice
        assert len(voted.ballots) == 4


async def test_keys_do_nothing_elsewhere_or_once_switched_off(environment: EnvironmentOf, bus: Bus) -> None:
    async with hall(environment, bus) as (page, voted, address):
        await page.goto(address)
        await expect(page.locator("[data-ready]")).to_be_attached()
        await page.locator("[data-skip]").focus()
        await page.keyboard.press("ArrowRight")
        switch = page.get_by_label("Voter aussi avec les flèches du clavier")
        for _ in range(2):
            await switch.set_checked(False)
            await page.locator(".quick-card h2").focus()
            await page.keyboard.press("ArrowRight")
            await page.wait_for_timeout(150)
            assert voted.ballots == {}
            await page.reload()
            await expect(page.locator("[data-ready]")).to_be_attached()
            await expect(switch).not_to_be_checked()
        await switch.set_checked(True)
        await page.locator(".quick-card h2").focus()
        await page.keyboard.press("Control+ArrowRight")
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_text("1 vote depuis que vous êtes ici.")).to_be_visible()
        assert list(voted.ballots.values()) == ["agree"]


async def test_a_vote_can_be_undone_and_a_statement_skipped_until_all_is_seen(
    environment: EnvironmentOf, bus: Bus
) -> None:
    async with hall(environment, bus) as (page, voted, address):
        voted.ballots = {name(n): "agree" for n in range(3, LAST)}
        await page.goto(address)
        skip, agree = page.locator("[data-skip]"), page.locator(".choice.agree")
        await expect(skip).to_be_visible()
        statement = await shown(page)
        assert statement not in voted.ballots
        await agree.click()
        await expect(page.locator(f"#c-{statement}")).to_have_count(0)
        await page.get_by_role("button", name="Annuler mon dernier vote").click()
        await expect(page.get_by_text("Votre vote est retiré. Vous pouvez voter autrement.")).to_be_visible()
        assert await shown(page) == statement
        assert statement not in voted.ballots
        await expect(page.get_by_text("Aucun vote pour le moment.")).to_be_visible()
        seen = set()
        while await skip.is_visible():
            seen.add(await shown(page))
            await skip.click()
        assert len(seen) == 5
        await expect(page.get_by_role("heading", name="Vous avez tout vu. Merci !")).to_be_focused()
        await page.get_by_role("button", name="Les revoir").click()
        for _ in range(5):
            await expect(page.locator(f"#c-{await shown(page)} [aria-pressed=true]")).to_have_count(0)
            before = len(voted.ballots)
            await agree.click()
            await expect(page.get_by_text(f"{before - 9} vote")).to_be_visible()
        await expect(page.get_by_role("heading", name="Vous avez tout vu. Merci !")).to_be_focused()
        await expect(page.get_by_role("button", name="Les revoir")).to_be_hidden()


async def test_a_failed_vote_says_so_and_offers_again(environment: EnvironmentOf, bus: Bus) -> None:
    async with hall(environment, bus) as (page, voted, address):
        await page.goto(address)
        await expect(page.locator("[data-ready]")).to_be_attached()
        voted.stand_in.failing = True
        statement = await shown(page)
        await page.locator(".choice.mixed").click()
        await expect(page.get_by_role("status").filter(has_text="Indisponible.")).to_be_visible()
        assert await shown(page) == statement, "it stays until the vote is in"
        await expect(page.locator(".choice.mixed")).to_have_attribute("aria-pressed", "false")
        voted.stand_in.failing = False
        await page.get_by_role("button", name="Réessayer").click()
        await expect(page.get_by_text("1 vote depuis que vous êtes ici.")).to_be_visible()
        assert voted.ballots == {statement: "mixed"}


async def test_a_list_that_cannot_be_read_says_so_and_offers_again(environment: EnvironmentOf, bus: Bus) -> None:
    async with hall(environment, bus) as (page, voted, address):
        await page.route("**/quick-vote*", lambda route: route.abort())
        await page.goto(address)
        await expect(page.locator("[data-ready]")).to_be_attached()
        for number in range(1, 11):
            await page.locator(".choice.agree").click()
            await expect(page.get_by_text(f"{number} vote")).to_be_visible()
        await expect(page.get_by_text("La suite n’a pas pu être lue.")).to_be_visible()
        assert len(voted.ballots) == 10, "those that the page came with"
        statement = await shown(page)
        await page.unroute("**/quick-vote*")
        await page.get_by_role("button", name="Réessayer").click()
        await expect(page.locator(f"#c-{statement}")).to_have_count(0)
        await expect(page.get_by_text("La suite n’a pas pu être lue.")).to_have_count(0)
        assert await shown(page) not in voted.ballots
        assert await focused(page) == "H2"


async def test_who_has_not_joined_comes_back_to_the_statement_and_the_vote_is_cast(
    environment: EnvironmentOf, bus: Bus
) -> None:
    async with hall(environment, bus) as (page, voted, address):
        voted.stand_in.signed_in = False
        await page.goto(address)
        await expect(page.locator("[data-ready]")).to_be_attached()
        statement = await shown(page)
        await page.locator(".choice.agree").click()
        link = page.get_by_role("status").get_by_role("link", name="Participer")
        back = parse_qs(urlsplit(await link.get_attribute("href") or "").query)["return"][0]
        assert back == f"{address}#c-{statement}"
        voted.stand_in.signed_in = True
        await page.goto("about:blank")
        await page.goto(back)
        await expect(page.get_by_text("1 vote depuis que vous êtes ici.")).to_be_visible()
        assert voted.ballots == {statement: "agree"}


async def test_with_a_finger(environment: EnvironmentOf, bus: Bus) -> None:
    async with hall(environment, bus) as (page, voted, address):
        await page.goto(address)
        await expect(page.locator("[data-ready]")).to_be_attached()
        push = """([from, to]) => { const card = document.querySelector('.quick-card h2');
          for (const [kind, x] of [['pointerdown', from], ['pointermove', (from + to) / 2], ['pointerup', to]])
            card.dispatchEvent(new PointerEvent(kind, {bubbles: true, pointerType: 'touch', isPrimary: true,
                                                       clientX: x, clientY: 10})); }"""
        statement = await shown(page)
        await page.evaluate(push, [100, 150])
        await page.wait_for_timeout(150)
        assert voted.ballots == {}, "too short a move is not a vote"
        await page.evaluate(push, [100, 250])
        await expect(page.locator(f"#c-{statement}")).to_have_count(0)
        assert voted.ballots == {statement: "agree"}


async def test_texts_are_shown_as_they_were_typed(environment: EnvironmentOf, bus: Bus) -> None:
    async with hall(environment, bus) as (page, _, address):
        await page.goto(f"{address}#c-{name(HOSTILE)}")
        await expect(page.get_by_role("heading", name="Texte 3 <b>gras</b>")).to_be_visible()


async def test_what_has_many_votes_comes_late(environment: EnvironmentOf, bus: Bus) -> None:
    async with hall(environment, bus) as (page, _, address):
        for _ in range(6):
            await page.goto(address)
            await expect(page.locator("[data-ready]")).to_be_attached()
            assert await shown(page) != name(0)


async def test_without_script_ten_ordinary_forms(environment: EnvironmentOf, bus: Bus) -> None:
    async with hall(environment, bus, script=False) as (page, voted, address):
        await page.goto(address)
        cards = page.locator(".quick-card:visible")
        await expect(cards).to_have_count(10)
        await expect(page.get_by_text("Voici les textes qui ont reçu le moins de votes.")).to_be_visible()
        await expect(page.get_by_role("button", name="Passer, pour le moment")).to_have_count(0)
        statement = (await cards.nth(4).get_attribute("id") or "").removeprefix("c-")
        await cards.nth(4).get_by_role("button", name="D’accord", exact=True).click()
        await page.wait_for_url(f"{address}#c-{statement}")
        method, path, _, body = voted.stand_in.asked[-1]
        assert (method, path) == ("POST", f"/contributions/{statement}/vote")
        assert parse_qs(body) == {"return": [f"{address}#c-{statement}"], "choice": ["agree"]}


async def test_it_reads_well_on_the_smallest_phone(environment: EnvironmentOf, bus: Bus) -> None:
    themes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    async with hall(environment, bus) as (first, voted, address):
        assert first.context.browser is not None
        context = await first.context.browser.new_context(
            viewport={"width": 320, "height": 640}, reduced_motion="reduce", bypass_csp=True
        )
        page = await context.new_page()

        async def check(what: str) -> None:
            for theme in themes:
                await page.emulate_media(color_scheme=theme)
                found = await Axe().run(page, options={"resultTypes": ["violations"],
                                                       "runOnly": {"type": "tag", "values": STANDARDS}})  # fmt: skip
                assert found.violations_count == 0, f"{what}, {theme}\n{found.generate_report()}"
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, what

        await page.goto(address.replace("/consultations/", "/en/consultations/"))
        await expect(page.locator("[data-ready]")).to_be_attached()
        await check("a statement")
        await page.locator(".choice.agree").click()
        await expect(page.get_by_text("1 vote since you came here.")).to_be_visible()
        await check("after a vote")
        voted.stand_in.failing = True
        await page.locator(".choice.agree").click()
        await expect(page.get_by_text("Unavailable.")).to_be_visible()
        await check("after a failure")
        while await page.locator("[data-skip]").is_visible():
            await page.locator("[data-skip]").click()
        await check("at the end")
