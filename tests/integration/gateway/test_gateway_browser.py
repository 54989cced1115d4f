"""The pages in a real browser, beside a stand-in for consultation_service that records what it is sent."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
import uvicorn
from playwright.async_api import Page, async_playwright, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from contracts.events import new_id
from gateway.app import create_app
from gateway.settings import Settings
from tests.harness import Bus, EnvironmentOf, free_port
from tests.integration.gateway.stage import (
    CONSULTATION,
    SECTION,
    Publisher,
    argument,
    consultation,
    contribution,
    source,
    tally,
)

pytestmark = pytest.mark.anyio
A, B, C, D = (f"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa{n}" for n in range(4))


@dataclass
class StandIn:
    """Answers as consultation_service does, and publishes what follows."""

    gateway_origin: str
    publisher: Publisher
    signed_in: bool = True
    failing: bool = False
    choice: str | None = None
    asked: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)

    def written(self) -> str:
        """The first text that was sent to be published."""
        sent = (body for method, path, _, body in self.asked if method == "POST" and path.endswith("/contributions"))
        return next(sent)

    async def answer(self, request: Request) -> Response:
        body = (await request.body()).decode()
        self.asked.append((request.method, request.url.path, dict(request.headers), body))
        allowed = {
            "access-control-allow-origin": self.gateway_origin,
            "access-control-allow-credentials": "true",
            "access-control-allow-methods": "GET, POST, PUT, DELETE",
            "access-control-allow-headers": "content-type, idempotency-key",
        }
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=allowed)
        if request.method == "GET" and not request.url.path.startswith("/v1/"):
            return Response("une page", media_type="text/plain")
        if request.url.path.startswith("/contributions/"):
            return RedirectResponse(parse_qs(body)["return"][0], 303)
        if self.failing:
            return JSONResponse({"fr": "Indisponible.", "en": "Unavailable."}, 503, headers=allowed)
        if not self.signed_in:
            return JSONResponse({"fr": "Participez d’abord.", "en": "First take part."}, 401, headers=allowed)
        return await self.act(request, body, allowed)

    async def act(self, request: Request, body: str, allowed: dict[str, str]) -> Response:
        if request.url.path.endswith("/participation"):
            votes = [{"contribution": A, "choice": self.choice}] if self.choice else []
            return JSONResponse({"consultation": CONSULTATION, "contributions": [], "votes": votes}, headers=allowed)
        if request.url.path.endswith("/vote"):
            self.choice = json.loads(body)["choice"] if request.method == "PUT" else None
            agree = int(self.choice == "agree")
            await self.publisher.publish(tally(A, version=len(self.asked) + 10, agree=agree))
            return Response(status_code=204, headers=allowed)
        draft = json.loads(body)
        if request.url.path.endswith("/personal-data"):
            place = draft["text"].find("@")
            findings = [{"kind": "email", "start": place - 3, "end": place + 4, "level": "sure"}] if place > 0 else []
            return JSONResponse({"findings": findings}, headers=allowed)
        if "à relire" in draft["body"]:
            return JSONResponse({"id": D, "state": "pending", "findings": []}, 201, headers=allowed)
        written = contribution(
            D,
            kind=draft["kind"],
            parent=draft.get("parent"),
            side=draft.get("side"),
            body_html=f"<p>{draft['body']}</p>",
            title=draft.get("title", ""),
        )
        await self.publisher.publish(written)
        return JSONResponse({"id": D}, 201, headers=allowed)


@asynccontextmanager
async def serving(app: object, port: int) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", lifespan="on"))  # type: ignore[arg-type]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def stage(
    environment: EnvironmentOf, bus: Bus, *, script: bool = True
) -> AsyncIterator[tuple[Page, StandIn, str]]:
    """A browser's page, the stand-in, and the address of the consultation; no policy may be violated on the way."""
    ours, theirs = free_port(), free_port()
    origin = f"http://localhost:{ours}"
    publisher = Publisher(bus)
    stand_in = StandIn(origin, publisher)
    settings = Settings.from_environment(
        environment("gateway")
        | {
            "GATEWAY_ORIGIN": origin,
            "GATEWAY_LISTEN": f"127.0.0.1:{ours}",
            "GATEWAY_CONSULTATION_ORIGIN": f"http://localhost:{theirs}",
        }
    )
    last = await publisher.publish(
        consultation(), contribution(A), argument(B, A), source(C, A), tally(A), contribution(new_id(), kind="opinion")
    )
    other = Starlette(
        routes=[Route("/{path:path}", stand_in.answer, methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"])]
    )
    async with serving(create_app(settings), ours), serving(other, theirs), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = await browser.new_context(java_script_enabled=script, locale="fr-FR")
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        while (await page.request.get(f"{origin}/consultations/ma-rue")).status != 200:
            await asyncio.sleep(0.05)
        assert last
        yield page, stand_in, f"{origin}/consultations/ma-rue"
        assert complaints == []
        assert await context.cookies(origin) == []
        await browser.close()


async def test_a_vote_answers_at_once_and_its_total_follows(environment: EnvironmentOf, bus: Bus) -> None:
    async with stage(environment, bus) as (page, stand_in, address):
        await page.goto(f"{address}/contributions/{A}")
        await expect(page.get_by_text("Vous participez", exact=True).first).to_be_visible()
        ballot = page.locator(f"form[data-vote='{A}']")
        await ballot.get_by_role("button", name="D’accord", exact=True).click()
        await expect(ballot.get_by_role("button", name="D’accord", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
        await expect(ballot.get_by_role("status")).to_have_text("Votre vote est enregistré.")
        total = page.locator(f"[data-tally='{A}'] [data-choice=agree] .votes")
        await expect(total).to_have_text("1", timeout=2000)
        await page.reload()
        await expect(ballot.get_by_role("button", name="D’accord", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
        await ballot.get_by_role("button", name="Retirer mon vote").click()
        await expect(total).to_have_text("0", timeout=2000)
        put = next(headers for method, _, headers, _ in stand_in.asked if method == "PUT")
        assert put["origin"] == stand_in.gateway_origin


async def test_a_failed_vote_says_so_and_offers_again(environment: EnvironmentOf, bus: Bus) -> None:
    async with stage(environment, bus) as (page, stand_in, address):
        await page.goto(f"{address}/contributions/{A}")
        stand_in.failing = True
        ballot = page.locator(f"form[data-vote='{A}']")
        await ballot.get_by_role("button", name="Mitigé").click()
        await expect(ballot.get_by_role("status")).to_contain_text("Indisponible.")
        await expect(ballot.get_by_role("button", name="Mitigé")).to_have_attribute("aria-pressed", "false")
        stand_in.failing = False
        await ballot.get_by_role("button", name="Réessayer").click()
        await expect(ballot.get_by_role("status")).to_have_text("Votre vote est enregistré.")


async def test_a_text_is_kept_until_it_is_sent(environment: EnvironmentOf, bus: Bus) -> None:
    async with stage(environment, bus) as (page, stand_in, address):
        stand_in.signed_in = False
        await page.goto(f"{address}/contributions/{A}")
        await page.get_by_text("Ajouter un argument contre").click()
        field = page.locator("#body-against")
        await field.fill("Il gênera <b>le passage</b>.")
        form = page.locator("form", has=field)
        await form.get_by_role("button", name="Publier").click()
        await expect(form.get_by_role("link", name="Participer")).to_have_attribute("href", containing("return="))
        stand_in.signed_in = True
        await page.reload()
        await expect(field).to_have_value("Il gênera <b>le passage</b>.")
        await form.get_by_role("button", name="Publier").click()
        await expect(page.locator(f"#c-{D}")).to_be_visible(timeout=4000)
        await expect(field).to_have_value("")
        keys = [
            h["idempotency-key"]
            for method, path, h, _ in stand_in.asked
            if method == "POST" and path.endswith("/contributions")
        ]
        assert len(keys) == 2
        assert len(set(keys)) == 1


async def test_a_proposal_is_published_and_shown(environment: EnvironmentOf, bus: Bus) -> None:
    async with stage(environment, bus) as (page, stand_in, address):
        await page.goto(address)
        await page.get_by_text("Écrire une contribution").click()
        await page.get_by_label("Proposition").check()
        await page.get_by_label("Titre").fill("Un marché")
        await page.get_by_label("Votre texte").fill("Le samedi.")
        await page.get_by_role("button", name="Publier").click()
        await page.wait_for_url(f"{address}/contributions/{D}", timeout=4000)
        await expect(page.get_by_role("heading", name="Un marché")).to_be_visible()
        sent = json.loads(stand_in.written())
        assert sent == {"section": SECTION, "kind": "proposal", "title": "Un marché", "body": "Le samedi."}


async def test_without_script_a_form_carries_the_origin_and_comes_back(environment: EnvironmentOf, bus: Bus) -> None:
    async with stage(environment, bus, script=False) as (page, stand_in, address):
        await page.goto(address)
        await page.locator(f"form[action$='{A}/vote']").get_by_role("button", name="D’accord", exact=True).click()
        await page.wait_for_url(f"{address}#c-{A}")
        method, path, headers, body = stand_in.asked[-1]
        assert (method, path) == ("POST", f"/contributions/{A}/vote")
        assert parse_qs(body) == {"return": [f"{address}#c-{A}"], "choice": ["agree"]}
        assert headers["origin"] == stand_in.gateway_origin
        assert headers["referer"] == stand_in.gateway_origin + "/"


async def test_two_pages_follow_what_happens(environment: EnvironmentOf, bus: Bus) -> None:
    async with stage(environment, bus) as (page, stand_in, address):
        listing = await page.context.new_page()
        asked: list[str] = []
        for opened in (page, listing):
            opened.on("request", lambda request: asked.append(request.url))
        async with page.expect_response("**/live/**"):
            await page.goto(f"{address}/contributions/{A}")
        async with listing.expect_response("**/live/**"):
            await listing.goto(address)
        await page.wait_for_timeout(300)
        before = len(asked)
        await stand_in.publisher.publish(tally(A, version=50, agree=7, mixed=1))
        for opened, total in (
            (page, page.locator(f"[data-tally='{A}'] [data-choice=agree] .votes")),
            (listing, listing.locator(f"[data-brief='{A}'] .votes-here")),
        ):
            await expect(total).to_have_text("7" if opened is page else "8 votes", timeout=4000)
        await stand_in.publisher.publish(contribution(D, title="Un marché"), argument(new_id(), A))
        await expect(listing.get_by_role("status").filter(has_text="1 nouvelle contribution.")).to_be_visible(
            timeout=4000
        )
        await expect(page.get_by_role("status").filter(has_text="1 nouvelle contribution.")).to_be_visible(timeout=4000)
        assert len(asked) == before, "nothing was asked for again"
        await listing.get_by_role("link", name="Voir", exact=True).click()
        await expect(listing.get_by_role("heading", name="Un marché")).to_be_visible()


@pytest.mark.parametrize("reason", ["motion", "data"])
async def test_who_prefers_less_is_not_followed(environment: EnvironmentOf, bus: Bus, reason: str) -> None:
    async with stage(environment, bus) as (page, stand_in, address):
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        if reason == "motion":
            await page.emulate_media(reduced_motion="reduce")
        else:
            await page.add_init_script("Object.defineProperty(navigator, 'connection', {value: {saveData: true}})")
        await page.goto(address)
        await stand_in.publisher.publish(contribution(D, title="Un marché"))
        await page.wait_for_timeout(1500)
        assert not [url for url in asked if "/live/" in url]
        assert await page.get_by_text("nouvelle contribution").count() == 0


async def test_no_page_scrolls_sideways(environment: EnvironmentOf, bus: Bus) -> None:
    async with stage(environment, bus) as (page, _, address):
        root = address.removesuffix("/consultations/ma-rue")
        for path in ("/", "/open-data", "/consultations/ma-rue", f"/consultations/ma-rue/contributions/{A}", "/rien"):
            await page.goto(root + path)
            for width in (320, 375, 640, 1280):
                await page.set_viewport_size({"width": width, "height": 800})
                assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)


def containing(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text))
