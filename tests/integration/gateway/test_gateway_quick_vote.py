"""Votes in a row: what comes first, the page, the same for everybody."""

import msgspec
import pytest

from contracts.events import PublicSection
from gateway.quick_vote import VotablePage
from tests.harness import EnvironmentOf
from tests.integration.gateway.stage import CONSULTATION, SECTION, Running, consultation, contribution, running, tally
from tests.integration.gateway.stage import told as tell

pytestmark = pytest.mark.anyio
LIST = f"/open-data/consultations/ma-rue/sections/{SECTION}/quick-vote"
PAGE = f"/consultations/ma-rue/sections/{SECTION}/vote"


def name(number: int) -> str:
    """The id of a statement."""
    return f"cccccccc-cccc-4ccc-8ccc-{number:012x}"


async def statements(gateway: Running, votes: list[int], **changes: object) -> None:
    """As many statements as ``votes`` has totals."""
    said = [contribution(name(n), title="", body_html=f"<p>Texte {n}</p>", kind="opinion") for n in range(len(votes))]
    totals = [tally(name(n), agree=cast) for n, cast in enumerate(votes) if cast]
    await tell(gateway, consultation(**changes), *said, *totals)


async def listed(gateway: Running, query: str = "") -> VotablePage:
    answer = await gateway.client.get(LIST + query)
    assert answer.status_code == 200
    return msgspec.json.decode(answer.content, type=VotablePage)


async def test_the_least_voted_come_first_and_ties_are_drawn(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        votes = [5, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 7]
        await statements(gateway, votes)
        found = (await listed(gateway)).items
        assert [item.votes for item in found] == sorted(votes)
        untouched = [item.id for item in found if not item.votes]
        assert untouched != sorted(untouched), "not in the order in which they were written"
        assert untouched != sorted(untouched, reverse=True)
        assert {item.text for item in found} == {f"Texte {n}" for n in range(len(votes))}


async def test_imported_votes_count_and_what_is_not_published_is_not_offered(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await statements(gateway, [3, 1, 0])
        await tell(
            gateway,
            tally(name(2), version=2, imported={"agree": 9, "mixed": 0, "disagree": 0}),
            contribution(name(0), state="hidden", version=2, rule="insult", title="", body="", body_html=""),
            contribution(name(9), kind="argument", parent=name(1), side="for"),
        )
        assert [(item.id, item.votes) for item in (await listed(gateway)).items] == [(name(1), 1), (name(2), 9)]


async def test_pages_of_the_list_follow_each_other(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await statements(gateway, [0] * 25 + [1] * 5)
        whole = [item.id for item in (await listed(gateway)).items]
        seen, query = [], "?limit=7"
        while True:
            piece = await listed(gateway, query)
            seen += [item.id for item in piece.items]
            if piece.next is None:
                break
            query = f"?limit=7&cursor={piece.next}"
        assert seen == whole
        for bad in ("?cursor=abc", "?limit=0"):
            assert (await gateway.client.get(LIST + bad)).status_code == 400
        for unknown in (name(1), "abc"):
            assert (await gateway.client.get(LIST.replace(SECTION, unknown))).status_code == 404


async def test_it_is_the_same_for_everybody_and_kept_until_something_changes(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await statements(gateway, [0] * 12)
        for address in (LIST, PAGE, f"/en{PAGE}"):
            plain = await gateway.client.get(address)
            marked = await gateway.client.get(address, headers={"cookie": "a=b", "authorization": "Bearer a"})
            assert (plain.status_code, plain.content) == (200, marked.content)
            assert "set-cookie" not in plain.headers
            assert plain.headers["cache-control"] == "public, max-age=1"
            same = await gateway.client.get(address, headers={"if-none-match": plain.headers["etag"]})
            assert same.status_code == 304
        before = (await listed(gateway)).items
        await tell(gateway, tally(before[0].id, agree=1))
        after = (await listed(gateway)).items
        assert [item.id for item in after] == [*(item.id for item in before[1:]), before[0].id]


async def test_the_page_has_ten_forms_that_post_to_the_other_service(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await statements(gateway, [0] * 12)
        page = (await gateway.client.get(PAGE)).text
        origin = environment("gateway")["GATEWAY_CONSULTATION_ORIGIN"]
        assert page.count(f'method="post" action="{origin}/contributions/') == 10
        first = page.index('value="disagree"'), page.index('value="mixed"'), page.index('value="agree"')
        assert sorted(first) == list(first)
        assert "Vote on one statement after another" in (await gateway.client.get(f"/en{PAGE}")).text


@pytest.mark.parametrize(("number", "linked"), [(9, False), (10, True)])
async def test_a_section_leads_to_it_when_there_is_enough(
    environment: EnvironmentOf, number: int, linked: bool
) -> None:
    async with running(environment("gateway")) as gateway:
        await statements(gateway, [0] * number)
        for address in ("/consultations/ma-rue", f"/consultations/ma-rue?section={SECTION}"):
            assert (f'href="{PAGE}"' in (await gateway.client.get(address)).text) is linked


async def test_a_closed_consultation_has_its_list_instead(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        opened = consultation().opens_on
        await statements(gateway, [0] * 12, closed_early_on=opened, closed_early_reason="Fini.")
        answer = await gateway.client.get(f"/en{PAGE}")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/en/consultations/ma-rue?section={SECTION}#contributions"
        assert PAGE not in (await gateway.client.get("/consultations/ma-rue")).text


async def test_scales_without_three_choices_have_no_arrows(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        section = PublicSection(
            id=SECTION, parent=None, position=0, title="La rue", introduction_html="", kinds=("opinion",),
            scale="majority_judgment",
        )  # fmt: skip
        said = [contribution(name(n), kind="opinion", scale="majority_judgment") for n in range(2)]
        await tell(gateway, consultation(sections=(section,)), *said)
        page = (await gateway.client.get(PAGE)).text
        assert page.count('value="excellent"') == 2
        assert "data-key" not in page
        assert "data-arrows" not in page
        assert CONSULTATION in page
