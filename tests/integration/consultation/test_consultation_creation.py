"""The steps in which a consultation is made: each is saved alone, a refusal keeps what was typed."""

import pytest

from consultation_service.backoffice.creation import slug_of
from consultation_service.store import configuration
from tests.integration.consultation.creating import ORGANISER, POLICY, PRESENTATION, SCHEDULE, drafted, ready
from tests.integration.consultation.house import House
from tests.integration.consultation.staff import agent

pytestmark = pytest.mark.anyio


async def test_a_draft_is_made_step_by_step(house: House) -> None:
    desk = await drafted(house)
    assert (await desk.post("organiser", ORGANISER | {"then": "next"})).endswith("/policy?done=saved")
    assert (await desk.post("policy", POLICY | {"then": "next"})).endswith("/structure?done=saved")
    assert (await desk.post("schedule", SCHEDULE | {"then": "stay"})).endswith("/schedule?done=saved")
    config = await configuration.read(house.pool, desk.consultation)
    assert config.presentation.introduction == PRESENTATION["introduction"]
    assert config.presentation.languages == ("fr", "en")
    assert config.organiser.number == "55210055400013"
    assert config.organiser.legal.host == ORGANISER["host"]
    assert config.policy.purposes == ("Préparer la délibération", "Rendre compte")
    assert [(one.attribute, one.purpose) for one in config.policy.attributes] == [("age", "Savoir qui est atteint")]
    assert config.schedule.opens_on.isoformat() == SCHEDULE["opens_on"]
    for page in ("presentation", "organiser", "policy", "schedule"):
        assert "done" in await desk.get(page)


async def test_every_step_shows_again_what_was_saved(house: House) -> None:
    desk = await ready(house)
    for page, words in (
        ("presentation", PRESENTATION["commitment"]),
        ("organiser", ORGANISER["host"]),
        ("policy", POLICY["purpose-age"]),
        ("schedule", SCHEDULE["closes_on"]),
        ("check", ORGANISER["organiser"]),
    ):
        assert str(words) in await desk.get(page), page


@pytest.mark.parametrize(
    ("page", "form", "changed", "field", "kept"),
    [
        ("presentation", PRESENTATION, {"title": " "}, "title", "Le conseil répondra"),
        ("presentation", PRESENTATION, {"slug": "Deux mots"}, "slug", "Le conseil répondra"),
        ("presentation", PRESENTATION, {"introduction": "é" * 6000}, "introduction", "éééé"),
        ("organiser", ORGANISER, {"organiser_number": "12345"}, "organiser_number", "12345"),
        ("organiser", ORGANISER, {"organiser_contact": "mairie"}, "organiser_contact", 'value="mairie"'),
        ("policy", POLICY, {"purpose-age": ""}, "purpose-age", "Rendre compte"),
        ("policy", POLICY, {"level": "2"}, "level", "Rendre compte"),
        ("policy", POLICY, {"scale": "loud"}, "scale", "Rendre compte"),
        ("policy", POLICY, {"smallest_group": "2"}, "smallest_group", 'value="2"'),
        ("policy", POLICY, {"retention_days": "un an"}, "retention_days", 'value="un an"'),
        ("schedule", SCHEDULE, {"opens_on": "2026-02-30"}, "opens_on", 'value="2026-02-30"'),
        ("schedule", SCHEDULE, {"closes_on": "2026-11-30"}, "closes_on", 'value="2026-11-30"'),
    ],
)
async def test_a_refusal_keeps_the_form(
    house: House, page: str, form: dict[str, object], changed: dict[str, str], field: str, kept: str
) -> None:
    desk = await drafted(house)
    before = await configuration.read(house.pool, desk.consultation)
    shown = await desk.refused(page, form | changed)
    assert f'id="error-{field}"' in shown
    assert kept in shown
    assert await configuration.read(house.pool, desk.consultation) == before


async def test_a_new_consultation_that_is_refused_keeps_the_form_and_makes_nothing(house: House) -> None:
    organiser = await agent(house, "organiser")
    taken = (await drafted(house)).consultation
    for changed, field in (({"title": ""}, "title"), ({"slug": "quais"}, "slug"), ({"title": "…", "slug": ""}, "slug")):
        answer = await organiser.post("/backoffice/consultations/new", PRESENTATION | changed)
        assert answer.status_code in (409, 422), changed
        assert f'id="error-{field}"' in answer.text
        assert "Le conseil répondra" in answer.text
    drafts = await house.pool.fetch("select id::text from consultation where not announced")
    assert [row["id"] for row in drafts] == [taken]


async def test_a_form_without_its_fields_is_refused(house: House) -> None:
    desk = await drafted(house)
    for step in ("presentation", "policy", "limits"):
        assert 'class="error"' in await desk.refused(step, {"other": "1"})
    assert (await desk.staff.post("/backoffice/consultations/new", {"other": "1"})).status_code == 422


async def test_the_address_comes_from_the_title(house: House) -> None:
    assert slug_of("L’œuvre d’Été : 2e édition !") == "l-oeuvre-d-ete-2e-edition"
    assert slug_of("…") == ""
    assert len(slug_of("anticonstitutionnellement " * 9)) <= 60
    desk = await drafted(house, slug="")
    assert 'value="que-voulons-nous-vivre-sur-les-quais"' in await desk.get("presentation")


async def test_phases_are_added_and_removed_without_script(house: House) -> None:
    desk = await drafted(house)
    section = await desk.section("Vos idées", "proposals")
    await desk.section("Autres", "proposals")
    more = await desk.staff.post(desk.path("schedule"), SCHEDULE | {"then": "more"})
    assert more.status_code == 200
    assert 'name="phase-0-first"' in more.text
    phase = {
        "rows": "1", "phase-0-kind": "collect", "phase-0-title": "Dépôt", "phase-0-first": "2026-12-01",
        "phase-0-last": "2026-12-10", "phase-0-sections": [section],
    }  # fmt: skip
    await desk.post("schedule", SCHEDULE | phase)
    (saved,) = (await configuration.read(house.pool, desk.consultation)).schedule.phases
    assert (saved.title, saved.sections) == ("Dépôt", (section,))
    refused = await desk.refused("schedule", SCHEDULE | phase | {"phase-0-last": "2027-01-10"})
    assert 'value="2027-01-10"' in refused
    assert 'id="error-phases"' in refused
    await desk.post("schedule", SCHEDULE | phase | {"phase-0-remove": "yes"})
    assert not (await configuration.read(house.pool, desk.consultation)).schedule.phases


async def test_limits_are_saved_and_refused(house: House) -> None:
    desk = await drafted(house)
    typed = {"limit-proposal": "3", "length-comment": "500", "edits_a_day": "5", "reports_a_day": "9"}
    await desk.post("limits", typed)
    limits = (await configuration.read(house.pool, desk.consultation)).limits
    assert (limits.texts_a_day, limits.edits_a_day, limits.reports_a_day) == ({"proposal": 3}, 5, 9)
    assert limits.characters == {"comment": 500}
    assert 'value="3"' in await desk.get("limits")
    refused = await desk.refused("limits", {"limit-proposal": "0", "edits_a_day": "5", "reports_a_day": "9"})
    assert 'id="error-limit-proposal"' in refused


async def test_pages_speak_english(house: House) -> None:
    desk = await ready(house)
    desk.staff.cookie += "; cloison_language=en"
    for page, words in (("presentation", "Commitment"), ("policy", "Rules"), ("check", "Digest of the rules")):
        assert words in await desk.get(page)


async def test_what_is_done_is_in_the_journal(house: House) -> None:
    desk = await ready(house)
    acts = await house.pool.fetch(
        "select act from audit_entry where consultation_id = $1 order by number", desk.consultation
    )
    assert [row["act"] for row in acts] == [
        "edit_settings", "edit_settings", "edit_policy", "reschedule", "edit_structure",
    ]  # fmt: skip
