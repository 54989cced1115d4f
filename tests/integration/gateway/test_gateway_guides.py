"""Help, terms and the accessibility statement, in both languages, with those who answer."""

import html

import pytest

from tests.harness import EnvironmentOf
from tests.integration.gateway.example import everything
from tests.integration.gateway.stage import Running, running, told

pytestmark = pytest.mark.anyio


async def read(gateway: Running, path: str) -> str:
    answer = await gateway.client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.text)


async def test_help_answers_and_says_who_does(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        assert "dira à qui écrire" in await read(gateway, "/help")
        await told(gateway, *everything(organiser="Ville d’Exemple", organiser_contact="https://ville.example/contact"))
        page = await read(gateway, "/help")
        assert 'href="https://ville.example/contact"' in page
        assert page.count("Ville d’Exemple") == 1
        for anchor in ("take-part", "code", "no-code", "change", "who", "hidden", "script", "contact"):
            assert (page.count(f'href="#{anchor}"'), page.count(f'id="{anchor}"')) == (1, 1)
        assert "I did not get the code" in await read(gateway, "/en/help")


async def test_terms_name_the_organiser_and_the_version(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        assert "Chaque consultation aura un organisateur" in await read(gateway, "/terms")
        await told(gateway, *everything(organiser="Ville d’Exemple", terms_version="2026-3", slug="ma-rue"))
        page = await read(gateway, "/terms")
        assert 'href="/consultations/ma-rue/terms"' in page
        assert "Ville d’Exemple</span>, version 2026-3" in page
        own = await read(gateway, "/consultations/ma-rue/terms")
        assert "version 2026-3" in own
        assert "qui organise cette consultation" in own
        assert "Accepted" not in own
        assert "Those you accept to take part, version 2026-3." in await read(gateway, "/en/consultations/ma-rue/terms")
        assert 'href="/consultations/ma-rue/terms"' in await read(gateway, "/consultations/ma-rue/legal")


async def test_the_statement_says_what_was_tested_and_where_to_turn(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        page = await read(gateway, "/accessibility")
        for words in ("RGAA 4.1", "non conforme", "axe-core", "Défenseur des droits", "Libre réponse 71120"):
            assert words in page
        assert "<code>/consultations/{slug}/search</code>" in page
        english = await read(gateway, "/en/accessibility")
        assert "not conformant" in english


@pytest.mark.parametrize(("root", "words"), [("", "Accessibilité : non conforme"), ("/en", "Accessibility: not c")])
async def test_every_page_leads_to_them(root: str, words: str, environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        page = await read(gateway, f"{root}/protection")
        assert words in page
        for path in ("/help", "/terms", "/accessibility"):
            assert f'href="{root}{path}"' in page
