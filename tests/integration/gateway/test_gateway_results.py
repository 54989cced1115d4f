"""The results page and its files."""

import csv
import datetime
import io
import re

import pytest

from gateway.site.results import COLUMNS, spans
from gateway.store.results import Counts
from tests.harness import EnvironmentOf
from tests.integration.gateway.stage import (
    SECTION,
    TODAY,
    argument,
    consultation,
    contribution,
    running,
    source,
    tally,
    told,
)

pytestmark = pytest.mark.anyio
A, B, C, D = (f"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa{n}" for n in range(4))
PAGE = "/consultations/ma-rue/results"


async def test_figures_lists_and_files_agree(environment: EnvironmentOf) -> None:
    yesterday = TODAY - datetime.timedelta(1)
    async with running(environment("gateway")) as gateway:
        await told(
            gateway,
            consultation(title="Ma rue"),
            contribution(A, title="Un banc <b>", day=yesterday),
            contribution(B, title="Un arbre"),
            argument(C, A),
            source(D, A),
            tally(A, agree=5, disagree=4),
            tally(C, agree=1, imported={"total": 2}),
        )
        for root, heading in (("", "Résultats"), ("/en", "Results")):
            page = (await gateway.client.get(f"{root}{PAGE}")).text
            assert f"<h1>{heading}</h1>" in page
            assert "Un banc &lt;b&gt;" in page
            assert not re.search(r"\sstyle=|<style|\son\w+=", page)
        api = "/open-data/consultations/ma-rue"
        sections = list(csv.DictReader(io.StringIO((await gateway.client.get(f"{api}/sections.csv")).text)))
        assert sections == [
            {"section_id": SECTION, "parent_id": "", "kind": "proposals", "title": "La rue", "contributions": "2",
             "amendments": "0", "arguments": "1", "sources": "1", "comments": "0", "votes": "12"}
        ]  # fmt: skip
        days = list(csv.DictReader(io.StringIO((await gateway.client.get(f"{api}/days.csv")).text)))
        assert [day["day"] for day in days] == [yesterday.isoformat(), TODAY.isoformat()]
        assert [day["contributions"] for day in days] == ["1", "1"]
        described = (await gateway.client.get("/openapi.json")).json()["paths"]
        assert "/open-data/consultations/{consultation}/days.csv" in described
        assert (await gateway.client.get("/consultations/ailleurs/results")).status_code == 404


async def test_an_empty_consultation_has_results_too(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, consultation(sections=()))
        page = await gateway.client.get(PAGE)
        assert (page.status_code, "<svg" in page.text) == (200, False)


@pytest.mark.parametrize("days", [1, 2, 92, 93, 700, 4000, 40_000])
async def test_a_drawing_has_room_for_any_time(days: int) -> None:
    first = datetime.date(1950, 1, 1)
    written = {first: Counts(1, arguments=2, sources=3), first + datetime.timedelta(days - 1): Counts(1)}
    found = spans(written)
    assert len(found) <= COLUMNS
    assert sum(span["total"] for span in found) == sum(
        c.contributions + c.arguments + c.sources for c in written.values()
    )
    assert (found[0]["first"], found[-1]["last"]) == (first, first + datetime.timedelta(days - 1))
    assert all(0 <= span["height"] <= 200 and span["x"] + span["width"] <= 1000 for span in found)
