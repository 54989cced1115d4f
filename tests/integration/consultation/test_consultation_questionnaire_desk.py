"""The editor of questionnaires and of the rules of rankings, in the back office."""

import json

import msgspec
import pytest

from consultation_service.questionnaire_words import questionnaire_of
from consultation_service.rules import conditions as when
from consultation_service.rules import questionnaires as q
from contracts.events import PublicRankingRules
from tests.integration.consultation.answering import TRAVEL, Sheets
from tests.integration.consultation.house import House
from tests.integration.consultation.staff import Agent, agent

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sheets(house: House) -> Sheets:
    """A draft, whose questionnaire is empty."""
    sheets = Sheets(house)
    await sheets.lay()
    await house.pool.execute("update section set questionnaire = null where kind = 'questionnaire'")
    await house.pool.execute("update consultation set announced = false, frozen_digest = null")
    return sheets


def path_of(sheets: Sheets, *parts: str) -> str:
    where = f"/backoffice/consultations/{sheets.house.consultation}/sections/{sheets.questionnaire}/questionnaire"
    return "/".join([where, *parts])


async def defined(sheets: Sheets) -> q.Questionnaire:
    return questionnaire_of(
        await sheets.house.pool.fetchval("select questionnaire from section where id = $1", sheets.questionnaire)
    )


async def define(sheets: Sheets, questionnaire: q.Questionnaire) -> None:
    said = msgspec.json.encode(questionnaire).decode()
    await sheets.house.pool.execute("update section set questionnaire = $1 where id = $2", said, sheets.questionnaire)


async def acts(sheets: Sheets) -> list[str]:
    return [row["act"] for row in await sheets.house.pool.fetch("select act from audit_entry order by number")]


async def save(organiser: Agent, path: str, **data: str) -> None:
    answer = await organiser.post(path, data)
    assert answer.status_code == 303, answer.text


async def test_a_questionnaire_is_written_page_by_page(sheets: Sheets) -> None:
    organiser = await agent(sheets.house, "organiser")
    assert "Ajouter la première page" in (await organiser.get(path_of(sheets))).text
    await save(organiser, path_of(sheets, "pages", "new"), title="Vos trajets", introduction="Chaque **jour**.")
    choice = {"label": "Comment venez-vous ?", "options": "En train\nÀ vélo\n\nEn voiture", "required": "yes"}
    await save(organiser, path_of(sheets, "items", "new?page=vos_trajets&kind=single"), **choice)
    line = {"label": "Quelle ligne ?", "max_length": "50", "when.0": "comment_venez_vous|en_train", "not.0": ""}
    await save(organiser, path_of(sheets, "items", "new?page=vos_trajets&kind=short_text"), **line)
    page = {"title": "Sans train", "when.0": "comment_venez_vous|en_train", "not.0": "yes"}
    await save(organiser, path_of(sheets, "pages", "new"), **page)
    roads = {"label": "Les routes", "rows": "Centre\nCampagne", "columns": "Bonnes\nMauvaises"}
    await save(organiser, path_of(sheets, "items", "new?page=sans_train&kind=matrix"), **roads)
    await save(organiser, path_of(sheets), do="settings", editable="yes")
    found = await defined(sheets)
    assert q.mistakes(found) == ()
    assert found.editable
    first, second = found.sections
    assert first.items[0] == q.Single(
        key="comment_venez_vous", label="Comment venez-vous ?", required=True,
        options=(
            q.Option(key="en_train", label="En train"), q.Option(key="a_velo", label="À vélo"),
            q.Option(key="en_voiture", label="En voiture"),
        ),
    )  # fmt: skip
    by_train = when.Equals(question="comment_venez_vous", value="en_train")
    assert first.items[1] == q.ShortText(key="quelle_ligne", label="Quelle ligne ?", max_length=50, show_if=by_train)
    assert second.show_if == when.Not(condition=by_train)
    assert await acts(sheets) == ["edit_structure"] * 6
    overview = (await organiser.get(path_of(sheets))).text
    assert "Si la réponse à « Comment venez-vous ? » est « En train »." in overview
    assert 'class="error"' not in overview
    preview = (await organiser.get(path_of(sheets, "preview"))).text
    assert "Étape 2 sur 2" in preview
    assert "Campagne" in preview


async def test_each_kind_has_a_form_that_gives_it_back(sheets: Sheets) -> None:
    organiser = await agent(sheets.house, "organiser")
    await define(sheets, TRAVEL)
    for section in TRAVEL.sections:
        assert (await organiser.get(path_of(sheets, "pages", section.key))).status_code == 200
        for item in section.items:
            form = await organiser.get(path_of(sheets, "items", item.key))
            await save(organiser, path_of(sheets, "items", item.key), **fields(form.text))
    assert await defined(sheets) == TRAVEL


def fields(html: str) -> dict[str, str]:
    """What a browser would send of the form that is shown."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: dict[str, str] = {}
            self.select = self.area = ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = {name: value or "" for name, value in attrs}
            name = given.get("name", "")
            match tag:
                case "input" if name and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
                    self.found[name] = given.get("value", "")
                case "select":
                    self.select = name
                    self.found[name] = ""
                case "option" if self.select and "selected" in given:
                    self.found[self.select] = given.get("value", "")
                case "textarea":
                    self.area = name
                    self.found[name] = ""

        def handle_endtag(self, tag: str) -> None:
            if tag == "select":
                self.select = ""
            if tag == "textarea":
                self.area = ""

        def handle_data(self, data: str) -> None:
            if self.area:
                self.found[self.area] += data.removeprefix("\n") if not self.found[self.area] else data

    reader = Reader()
    reader.feed(html)
    return reader.found


WRONG = [
    ("single", {"label": "", "options": "A\nB"}, "label"),
    ("single", {"label": "Q", "options": "A"}, "options"),
    ("single", {"label": "Q", "options": "A\nA"}, "options"),
    ("multiple", {"label": "Q", "options": "A\nB", "least": "3"}, "least"),
    ("scale", {"label": "Q", "first": "5", "last": "1"}, "first"),
    ("number", {"label": "Q", "smallest": "peu"}, "smallest"),
    ("number", {"label": "Q", "smallest": "3", "largest": "2"}, "smallest"),
    ("date", {"label": "Q", "first": "2026-02-31"}, "first"),
    ("short_text", {"label": "Q", "max_length": "9999"}, "max_length"),
    ("text", {"body": ""}, "body"),
    ("long_text", {"label": "Q", "when.0": "mark|4"}, "condition"),
    ("long_text", {"label": "Q", "when.0": "means|boat"}, "condition"),
]


async def test_what_is_wrong_is_told_beside_and_nothing_is_lost(sheets: Sheets) -> None:
    organiser = await agent(sheets.house, "organiser")
    await define(sheets, TRAVEL)
    for kind, typed, field in WRONG:
        path = path_of(sheets, "items", f"new?page=travel&kind={kind}")
        answer = await organiser.post(path, typed | {"help": "Aide à moi"})
        assert answer.status_code == 422, (kind, typed)
        assert f'id="error-{field}"' in answer.text, (kind, typed)
        assert kind == "text" or 'value="Aide à moi"' in answer.text
    assert await defined(sheets) == TRAVEL
    assert await acts(sheets) == []


async def test_pieces_are_moved_and_removed_and_what_that_breaks_is_told(sheets: Sheets) -> None:
    organiser = await agent(sheets.house, "organiser")
    await define(sheets, TRAVEL)
    moved = await organiser.post(path_of(sheets), {"do": "move", "key": "means", "direction": "down"})
    assert moved.headers["location"].endswith("?moved=means&direction=down#means")
    shown = (await organiser.get(moved.headers["location"].partition("#")[0])).text
    assert "Une condition porte sur une question qui n’existe pas ou qui vient après." in shown
    assert "autofocus" in shown
    await save(organiser, path_of(sheets), do="move", key="means", direction="up")
    assert await defined(sheets) == TRAVEL
    await save(organiser, path_of(sheets), do="delete", key="cars")
    assert [section.key for section in (await defined(sheets)).sections] == ["travel", "opinion"]
    for wrong in ({"do": "delete", "key": "cars"}, {"do": "move", "key": "means", "direction": "left"}, {"do": "burn"}):
        assert (await organiser.post(path_of(sheets), wrong)).status_code in (404, 422)


async def test_nothing_changes_once_it_is_open_or_for_those_who_may_not(sheets: Sheets) -> None:
    organiser, moderator = await agent(sheets.house, "organiser"), await agent(sheets.house, "moderator")
    await define(sheets, TRAVEL)
    assert (await moderator.get(path_of(sheets))).status_code == 403
    await sheets.house.pool.execute("update consultation set announced = true")
    refused = await organiser.post(path_of(sheets), {"do": "delete", "key": "cars"})
    assert refused.status_code == 409
    assert (await organiser.get(path_of(sheets, "preview"))).status_code == 200
    assert await defined(sheets) == TRAVEL


async def test_what_is_announced_is_published_again(sheets: Sheets) -> None:
    organiser = await agent(sheets.house, "organiser")
    await define(sheets, TRAVEL)
    await sheets.house.pool.execute("update consultation set announced = true, opens_on = '2026-11-25'")
    before = await sheets.house.pool.fetchval("select version from consultation")
    await save(organiser, path_of(sheets), do="delete", key="why")
    assert await sheets.house.pool.fetchval("select version from consultation") == before + 1


async def test_another_section_or_another_consultation_is_refused(sheets: Sheets) -> None:
    organiser = await agent(sheets.house, "organiser")
    for section in (sheets.ranking, sheets.house.section, sheets.house.consultation):
        path = f"/backoffice/consultations/{sheets.house.consultation}/sections/{section}/questionnaire"
        assert (await organiser.get(path)).status_code == 404
        assert (await organiser.post(path, {"do": "settings"})).status_code == 404
    for page in ("pages/nowhere", "items/nowhere", "items/new?page=travel&kind=poem", "items/new?page=x&kind=date"):
        assert (await organiser.get(path_of(sheets, page))).status_code == 404


async def test_the_rules_of_a_ranking(sheets: Sheets) -> None:
    organiser = await agent(sheets.house, "organiser")
    path = f"/backoffice/consultations/{sheets.house.consultation}/sections/{sheets.ranking}/ranking"
    shown = (await organiser.get(path)).text
    assert 'value="condorcet" checked' in shown
    wrong = await organiser.post(path, {"method": "borda", "most": "beaucoup", "points": "10"})
    assert wrong.status_code == 422
    assert 'id="error-most"' in wrong.text
    assert 'value="beaucoup"' in wrong.text
    assert (await organiser.post(path, {"method": "dictator"})).status_code == 422
    await save(organiser, path, method="borda", most="3", points="10")
    said = await sheets.house.pool.fetchval("select ranking from section where id = $1", sheets.ranking)
    assert msgspec.convert(json.loads(said), PublicRankingRules) == PublicRankingRules(
        method="borda", most=3, points=10
    )
    assert await acts(sheets) == ["edit_structure"]
