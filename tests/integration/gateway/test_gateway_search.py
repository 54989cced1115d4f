"""The search page and the ``q`` of the live API."""

import pytest

from tests.harness import EnvironmentOf
from tests.integration.gateway.stage import (
    CONSULTATION,
    SECTION,
    Running,
    argument,
    consultation,
    contribution,
    official_answer,
    running,
    tally,
    told,
)

pytestmark = pytest.mark.anyio
A, B, C, D = (f"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa{n}" for n in range(4))
SEARCH = "/consultations/ma-rue/search"


async def a_debate(gateway: Running) -> None:
    await told(
        gateway,
        consultation(),
        contribution(A, title="Les logiciels <b>libres</b>", body_html="<p>Du &lt;script&gt; libre à l’école.</p>"),
        contribution(B, kind="opinion", title="Un banc", body_html="<p>Avec un logiciel.</p>"),
        argument(C, A, "against", body_html="<p>Un logiciel coûte cher.</p>"),
        tally(A, agree=3, disagree=2),
    )


async def test_words_are_found_and_shown(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await a_debate(gateway)
        page = (await gateway.client.get(SEARCH, params={"q": "LOGICIEL"})).text
        assert "3 résultats" in page
        assert page.count("<mark>") == 3
        assert f'href="/consultations/ma-rue/contributions/{A}#c-{C}"' in page
        assert "&lt;b&gt;" in page or "<b>" not in page
        english = (await gateway.client.get(f"/en{SEARCH}", params={"q": "ecole"})).text
        assert "1 result<" in english
        assert "<mark>école</mark>" in english
        assert "<script>" not in english


async def test_filters_and_orders(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await a_debate(gateway)

        async def titles(**parameters: str) -> list[str]:
            page = (await gateway.client.get(SEARCH, params={"q": "logiciel", **parameters})).text
            return [c for line in page.splitlines() if "<h3" in line for c in (A, B, C) if f'{c}"' in line]

        assert await titles(kind="opinion") == [B]
        assert await titles(kind="argument") == [C]
        assert (await titles(sort="divided"))[0] == A
        assert set(await titles(section=SECTION)) == {A, B, C}
        assert await titles(section=CONSULTATION) == []
        assert set(await titles(section="", kind="")) == {A, B, C}
        assert set(await titles(sort="random")) == {A, B, C}
        assert await titles(status="partly") == []
        await told(gateway, official_answer(B, status="partly"))
        assert await titles(status="partly") == [B]
        assert await titles(status="partly", kind="argument") == []
        assert await titles(status="taken_up") == []


async def test_a_misspelt_word_is_corrected_and_says_so(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await a_debate(gateway)
        page = (await gateway.client.get(SEARCH, params={"q": "lgiciel"})).text
        assert "Rien ne contient exactement" in page
        assert "<mark>logiciel</mark>" in page
        nothing = (await gateway.client.get(SEARCH, params={"q": "xyzzy"})).text
        assert "Aucun résultat" in nothing
        vague = (await gateway.client.get(SEARCH, params={"q": "dans le"})).text
        assert "trop courants" in vague


@pytest.mark.parametrize(
    "typed", ["", " ", "'", '"', "a & | ! ( ) :*", "\x00", "<script>alert(1)</script>", "é" * 200, "-", "\ue000x"]
)
async def test_anything_may_be_typed(typed: str, environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await a_debate(gateway)
        answer = await gateway.client.get(SEARCH, params={"q": typed})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "\ue000" not in answer.text.split("</form>")[1]


async def test_what_is_wrong_is_said(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await a_debate(gateway)
        long = await gateway.client.get(SEARCH, params={"q": "a" * 201})
        assert (long.status_code, "200 signes au plus" in long.text) == (400, True)
        for bad in ({"sort": "newest"}, {"status": "lost"}, {"kind": "vote"}, {"section": "1"}, {"cursor": "x"}):
            assert (await gateway.client.get(SEARCH, params={"q": "banc", **bad})).status_code == 400
        assert (await gateway.client.get("/consultations/ailleurs/search?q=banc")).status_code == 404


@pytest.mark.parametrize("sort", ["relevant", "random"])
async def test_results_are_walked_page_by_page(sort: str, environment: EnvironmentOf) -> None:
    ids = [f"bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbb{n:02}" for n in range(25)]
    async with running(environment("gateway")) as gateway:
        await told(gateway, consultation(), *(contribution(name, title="Un arbre") for name in ids))
        first = (await gateway.client.get(SEARCH, params={"q": "arbres", "sort": sort})).text
        link = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
        second = (await gateway.client.get(link)).text
        seen = [name for name in ids if name in first] + [name for name in ids if name in second]
        assert sorted(seen) == ids
        assert len([name for name in ids if name in first]) == 20


async def test_the_api_takes_words(environment: EnvironmentOf) -> None:
    api = "/open-data/consultations/ma-rue/contributions"
    async with running(environment("gateway")) as gateway:
        await a_debate(gateway)
        found = (await gateway.client.get(api, params={"q": "libre"})).json()
        assert [item["id"] for item in found["contributions"]] == [A]
        assert found["next"] is None
        argued = (await gateway.client.get(api, params={"q": "couter", "kind": "argument"})).json()
        assert [item["id"] for item in argued["contributions"]] == [C]
        long = await gateway.client.get(api, params={"q": "a" * 201})
        assert (long.status_code, long.json()["code"]) == (400, "invalid_search")
        assert (await gateway.client.get(api, params={"q": "!?"})).json()["contributions"] == []
