"""A questionnaire and a ranking in a browser, on a phone: with and without script, with the keyboard alone; axe says
nothing."""

import json

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, ViewportSize

from contracts.events import PublicRankingRules
from deploy.secrets import Secrets
from tests import axe
from tests.harness import EnvironmentOf
from tests.integration.consultation.answering import Sheets
from tests.integration.consultation.house import House
from tests.integration.consultation.test_consultation_own_browser import STANDARDS, browsing, served

pytestmark = pytest.mark.anyio
PHONE: ViewportSize = {"width": 375, "height": 812}


async def laid_in(house: House, rules: PublicRankingRules | None = None) -> Sheets:
    sheets = Sheets(house)
    await sheets.lay(rules=rules)
    return sheets


async def sound(page: Page, *, kept: bool = True) -> None:
    """No sideways scrolling, nothing that axe objects to; ``kept`` for the accessibility statement."""
    assert await page.evaluate("document.documentElement.scrollWidth") <= await page.evaluate("innerWidth")
    found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": STANDARDS}})
    if kept:
        axe.record("consultation", page.url, "light", found.response)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("script", [True, False])
async def test_a_questionnaire_with_conditions(environment: EnvironmentOf, secrets: Secrets, script: bool) -> None:
    async with served(environment, secrets) as house:
        sheets, who = await laid_in(house), await house.join()
        async with browsing(house, who, java_script_enabled=script) as page:
            await page.set_viewport_size(PHONE)
            problems: list[str] = []
            page.on("pageerror", lambda error: problems.append(str(error)))
            await page.goto(f"{house.settings.origin}/sections/{sheets.questionnaire}/questionnaire")
            await travels(page, script)
            await gives_an_opinion(page, script)
            if script:
                await sound(page)
            await page.get_by_role("button", name="Envoyer mes réponses").click()
            await page.get_by_role("heading", name="Vos réponses sont envoyées").wait_for()
            assert problems == []
        row = await house.pool.fetchrow("select answers, sent, draft from response")
        assert (row["sent"], row["draft"]) == (True, None)
        assert json.loads(row["answers"]) == {
            "means": "train", "line": "Ligne 12", "days": ["bike", {"other": "dimanche"}], "mark": 5,
            "order": ["car", "train"], "why": "Merci.",
        }  # fmt: skip


async def travels(page: Page, script: bool) -> None:
    """The first step, where a question appears because of an answer."""
    line = page.get_by_label("Par quelle ligne ?")
    continuing = page.get_by_role("button", name="Continuer")
    await page.get_by_text("Étape 1 sur 2").wait_for()
    assert not await line.is_visible()
    means = page.get_by_role("group", name="Comment venez-vous ?")
    days = page.get_by_role("group", name="Quels jours ?")
    await means.get_by_role("radio", name="En train").check()
    await days.get_by_role("checkbox", name="À vélo").check()
    await days.get_by_label("Précisez").fill("dimanche")
    if script:
        assert await days.get_by_role("checkbox", name="Autre").is_checked()
        await sound(page)
    else:
        await continuing.click()
        await page.get_by_text("font apparaître une question de plus").wait_for()
    assert await line.is_visible()
    await continuing.click()
    summary = page.get_by_role("alert")
    await summary.get_by_role("link", name="Par quelle ligne ?").wait_for()
    assert await summary.evaluate("element => element === document.activeElement")
    assert await days.get_by_label("Précisez").input_value() == "dimanche"
    await line.fill("Ligne 12")
    await continuing.click()


async def gives_an_opinion(page: Page, script: bool) -> None:
    """The last step, then back and forth: nothing is lost."""
    await page.get_by_text("Étape 2 sur 2").wait_for()
    if script:
        await sound(page)
    await page.get_by_role("group", name="Quelle note ?").locator("label", has_text="5").click()
    order = page.get_by_role("group", name="Que faut-il améliorer d’abord ?")
    if script:
        for option in ("En voiture", "En train"):
            await order.get_by_role("button", name=f"Classer : {option}").click()
    else:
        await order.get_by_label("Rang : En voiture").select_option("1")
        await order.get_by_label("Rang : En train").select_option("2")
    await page.get_by_label("Que voulez-vous ajouter ?").fill("Merci.")
    await page.get_by_role("button", name="Précédent").click()
    await page.get_by_text("Étape 1 sur 2").wait_for()
    assert await page.get_by_label("Par quelle ligne ?").input_value() == "Ligne 12"
    await page.get_by_role("button", name="Continuer").click()
    await page.get_by_text("Étape 2 sur 2").wait_for()
    assert await page.get_by_label("Que voulez-vous ajouter ?").input_value() == "Merci."
    await page.get_by_role("button", name="Continuer").click()
    await page.get_by_role("heading", name="Relire et envoyer").wait_for()
    assert "1. En voiture" in await page.inner_text("main")


async def test_ranking_with_the_keyboard_alone(environment: EnvironmentOf, secrets: Secrets) -> None:
    async with served(environment, secrets) as house:
        sheets, who = await laid_in(house, rules=PublicRankingRules(method="borda", most=3)), await house.join()
        async with browsing(house, who) as page:
            await page.set_viewport_size(PHONE)
            await page.goto(f"{house.settings.origin}/sections/{sheets.ranking}/ranking")
            said = page.locator("[aria-live]")
            for name in ("Classer : Un bus de nuit", "Classer : Une navette", "Classer : Une piste cyclable"):
                await tab_to(page, name)
                await page.keyboard.press("Enter")
            assert await said.inner_text() == "Une piste cyclable\u00a0: rang 3 sur 3"
            await sound(page)
            await tab_to(page, "Monter : Une piste cyclable")
            await page.keyboard.press("Enter")
            assert await said.inner_text() == "Une piste cyclable\u00a0: rang 2 sur 3"
            assert await focused(page) == "Monter : Une piste cyclable"
            await tab_to(page, "Déplacer : Un bus de nuit")
            await page.keyboard.press("ArrowDown")
            assert await said.inner_text() == "Un bus de nuit\u00a0: rang 2 sur 3"
            await page.keyboard.press("ArrowDown")
            assert await focused(page) == "Déplacer : Un bus de nuit"
            # The control of axe: a button without a name.
            await page.evaluate("document.body.append(document.createElement('button'))")
            with pytest.raises(AssertionError, match="button-name"):
                await sound(page, kept=False)
            assert await page.get_by_role("button", name="Classer : Des trottoirs").is_disabled()
            await tab_to(page, "Retirer : Un bus de nuit")
            await page.keyboard.press("Enter")
            assert await said.inner_text() == "Un bus de nuit n’est plus dans votre classement"
            await tab_to(page, "Enregistrer mon classement")
            await page.keyboard.press("Enter")
            await page.get_by_text("Votre classement est enregistré").wait_for()
        ranked = await house.pool.fetchval("select ranked::text[] from ranking_ballot")
        assert ranked == [sheets.options[0], sheets.options[3]]


async def test_ranking_by_dragging(environment: EnvironmentOf, secrets: Secrets) -> None:
    async with served(environment, secrets) as house:
        sheets, who = await laid_in(house), await house.join()
        await sheets.rank(who, sheets.options)
        async with browsing(house, who) as page:
            await page.set_viewport_size({"width": 375, "height": 1_600})
            await page.goto(f"{house.settings.origin}/sections/{sheets.ranking}/ranking")
            handle = await page.get_by_role("button", name="Déplacer : Une navette").bounding_box()
            first = await page.locator(".ranking > li").first.bounding_box()
            assert handle is not None
            assert first is not None
            await page.mouse.move(handle["x"] + 10, handle["y"] + 10)
            await page.mouse.down()
            await page.mouse.move(first["x"] + 40, first["y"] + 5, steps=6)
            await page.mouse.up()
            assert await page.locator("[aria-live]").inner_text() == "Une navette\u00a0: rang 1 sur 4"
            await page.get_by_role("button", name="Enregistrer").click()
            await page.get_by_text("Votre classement est enregistré").wait_for()
        ranked = await house.pool.fetchval("select ranked::text[] from ranking_ballot")
        assert ranked == [sheets.options[3], *sheets.options[:3]]


async def test_nothing_for_axe_to_say_on_the_smallest_phone(environment: EnvironmentOf, secrets: Secrets) -> None:
    async with served(environment, secrets) as house:
        sheets, who = await laid_in(house, PublicRankingRules(method="condorcet", points=10)), await house.join()
        declared = [{"attribute": name, "purpose": "Savoir qui participe."} for name in ("department", "status")]
        await house.pool.execute("update consultation set attributes = $1", json.dumps(declared))
        await sheets.answer(who, {"means": "car"}, sent=False)
        questionnaire = f"{house.settings.origin}/sections/{sheets.questionnaire}/questionnaire"
        async with browsing(house, who) as page:
            await page.goto(f"{questionnaire}?step=2")
            await sound(page)
            await page.get_by_role("button", name="Continuer").click()
            await page.get_by_role("alert").wait_for()
            await sound(page)
            await page.goto(f"{questionnaire}?step=review")
            await page.get_by_role("button", name="Envoyer mes réponses").click()
            await page.get_by_role("alert").wait_for()
            await sound(page)
            await page.goto(f"{house.settings.origin}/sections/{sheets.ranking}/ranking")
            await sound(page)
            await page.goto(f"{house.settings.origin}/consultations/{house.consultation}/about-me")
            await sound(page)


async def focused(page: Page) -> str:
    """The name of what has the focus."""
    return str(
        await page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")
    )


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until ``name`` has the focus, from the top of the page."""
    await page.evaluate("document.activeElement.blur()")
    await page.locator("body").focus()
    for _ in range(60):
        if (await focused(page)).strip() == name:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {name}")
