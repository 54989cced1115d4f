"""The check, and what follows: announced, put off, closed early, archived, deleted; copied, exported and imported."""

import json

import msgspec
import pytest

from consultation_service.rules.policy import digest
from consultation_service.store import consultations
from contracts.events import ConsultationAnnounced, Event, PublicConsultation, Role
from tests.integration.consultation.creating import BILL, ORGANISER, PRESENTATION, SCHEDULE, Desk, drafted, ready
from tests.integration.consultation.house import House
from tests.integration.consultation.staff import agent

pytestmark = pytest.mark.anyio
_event = msgspec.json.Decoder(Event)
REASON = "Le projet est retiré par la délibération du 3 mai."


async def published(house: House, consultation: str) -> list[Event]:
    rows = await house.pool.fetch("delete from outbox returning body")
    events = [_event.decode(row["body"]) for row in rows]
    return [event for event in events if getattr(event, "consultation", "") == consultation]


async def test_everything_that_is_missing_is_listed_with_its_page(house: House) -> None:
    desk = await drafted(house)
    shown = await desk.get("check")
    pages = ("organiser#organiser", "organiser#data_protection", "policy#retention_days", "structure")
    for page in pages:
        assert f'href="{desk.path(page)}"' in shown, page
    section = await desk.section("Le projet", "articles")
    assert f'href="{desk.path(f"sections/{section}/texts")}"' in await desk.get("check")
    assert "Annoncer la consultation" not in shown
    refused = await desk.staff.post(desk.path("announce"))
    assert 400 <= refused.status_code < 500
    assert not await published(house, desk.consultation)
    assert not (await consultations.plan_of(house.pool, desk.consultation)).announced


async def test_a_draft_that_lacks_nothing_is_announced(house: House) -> None:
    desk = await ready(house)
    shown = await desk.get("check")
    assert "Tout est prêt" in shown
    assert digest(await consultations.policy_of(house.pool, desk.consultation)) in shown
    assert not await published(house, desk.consultation)
    assert (await desk.post("announce")).endswith("/check?done=announced")
    events = await published(house, desk.consultation)
    assert {type(event) for event in events} == {PublicConsultation, ConsultationAnnounced}
    assert (await desk.staff.post(desk.path("announce"))).status_code == 409


async def test_whoever_announces_on_the_first_day_is_warned(house: House) -> None:
    desk = await ready(house)
    await desk.post("schedule", SCHEDULE | {"opens_on": "2026-11-23"})
    assert "est ouverte tout de suite" in await desk.get("check")
    await desk.post("announce")
    shown = await desk.get("check")
    assert "Figée depuis l’ouverture" in shown
    assert "Clore avant la date" in shown
    assert (await desk.staff.get(desk.path("policy"))).status_code == 409


async def test_the_address_stays_once_announced(house: House) -> None:
    desk = await ready(house)
    await desk.post("announce")
    await desk.post("presentation", PRESENTATION | {"title": "Les quais", "slug": "autre"})
    row = await house.pool.fetchrow("select slug, title from consultation where id = $1", desk.consultation)
    assert tuple(row) == ("quais", "Les quais")
    assert "elle ne change plus" in await desk.get("presentation")
    emptied = await desk.refused("organiser", ORGANISER | {"host": ""})
    assert 'id="error-host"' in emptied


async def test_closing_is_put_off_but_not_brought_forward_once_open(house: House) -> None:
    desk = await ready(house)
    await desk.post("announce")
    await desk.on(2026, 12, 2)
    await desk.post("schedule", SCHEDULE | {"closes_on": "2027-01-15"})
    shown = await desk.refused("schedule", SCHEDULE, status=409)
    assert 'id="error-closes_on"' in shown
    assert 'value="2026-12-31"' in shown
    assert (await consultations.plan_of(house.pool, desk.consultation)).closes_on.isoformat() == "2027-01-15"


async def test_it_closes_early_with_a_public_reason_then_is_archived(house: House) -> None:
    desk = await ready(house)
    await desk.post("announce")
    await desk.on(2026, 12, 2)
    shown = await desk.refused("close", {"reason": "Fini."})
    assert 'id="error-reason"' in shown
    assert "Fini." in shown
    await published(house, desk.consultation)
    await desk.post("close", {"reason": REASON})
    (event,) = [e for e in await published(house, desk.consultation) if isinstance(e, PublicConsultation)]
    assert (event.state, event.closed_early_reason) == ("closed", REASON)
    assert "Archiver" in await desk.get("archive")
    await desk.post("archive")
    (event,) = [e for e in await published(house, desk.consultation) if isinstance(e, PublicConsultation)]
    assert event.state == "archived"
    assert (await desk.staff.get(desk.path("presentation"))).status_code == 409
    assert "Dupliquer" in await desk.get("check")


async def test_a_draft_is_deleted_and_nothing_else_is(house: House) -> None:
    desk = await ready(house)
    assert "quais" in await desk.get("delete")
    assert await desk.post("delete") == "/backoffice?done=deleted"
    assert (await desk.staff.get(desk.path("check"))).status_code == 404
    kept = await ready(house)
    await kept.post("announce")
    assert (await kept.staff.post(kept.path("delete"))).status_code == 409


async def test_the_preview_shows_what_participants_will_see(house: House) -> None:
    desk = await ready(house)
    section = await desk.section("Le projet", "articles")
    await desk.article(section, number="Article 1", body="Les quais sont ouverts.", before="Les quais sont clos.")
    shown = await desk.get("preview")
    for words in ("Le conseil répondra", "Vos idées", "<del>clos</del><ins>ouverts</ins>", "amendements", "La maire"):
        assert words in shown, words


@pytest.mark.parametrize("role", ["moderator", "analyst", "auditor"])
async def test_only_organisers_read_a_draft(house: House, role: Role) -> None:
    desk = await ready(house)
    section = await desk.section("Le projet", "articles")
    article = await desk.article(section, number="Article 1", body="Les quais sont ouverts.")
    await desk.section("Le projet de classement", "ranking")
    other = Desk(await agent(house, role), desk.consultation)
    shown = await other.get("check")
    assert "Ville de Villebrume" in shown
    assert "Annoncer la consultation" not in shown
    assert "Le projet" in await desk.get("check")
    assert "Le projet" not in shown
    for name in ("preview", "settings-file", "presentation", f"contributions/{article}/text", "duplicate", "structure"):
        assert (await other.staff.get(other.path(name))).status_code == 403, name
    for name in ("announce", "delete", "presentation", "policy", f"sections/{section}/remove"):
        assert (await other.staff.post(other.path(name), {"title": "Un"})).status_code == 403, name
    assert not (await consultations.plan_of(house.pool, desk.consultation)).announced


async def test_settings_leave_and_come_back_as_a_draft(house: House) -> None:
    desk = await ready(house)
    section = await desk.section("Le projet", "articles")
    await desk.post(f"sections/{section}/import-text", {"text": BILL, "then": "save"})
    answer = await desk.staff.get(desk.path("settings-file"))
    assert answer.headers["content-disposition"] == 'attachment; filename="quais.json"'
    exported = answer.json()
    file = {"file": ("quais.json", answer.content, "application/json")}
    path = "/backoffice/consultations/import"
    loaded = await desk.staff.post(path, {"text": ""}, files=file)
    assert loaded.status_code == 303, loaded.text
    copy = Desk(desk.staff, loaded.headers["location"].split("/")[3])
    assert copy.consultation != desk.consultation
    again = (await copy.staff.get(copy.path("settings-file"))).json()
    assert again["presentation"].pop("slug") != exported["presentation"].pop("slug")
    assert again == exported


async def test_a_file_that_is_refused_is_shown_to_be_mended(house: House) -> None:
    desk = await ready(house)
    exported = (await desk.staff.get(desk.path("settings-file"))).json()
    exported["presentation"]["title"] = ""
    reinforced = exported | {"policy": exported["policy"] | {"level": 2}}
    path = "/backoffice/consultations/import"
    before = await house.pool.fetchval("select count(*) from consultation")
    wrong = (
        (json.dumps(exported).encode(), "presentation.title"), (b"{", 'name="text"'), (b"\xff", "UTF-8"),
        (json.dumps(reinforced).encode(), "policy.level"),
    )  # fmt: skip
    for content, words in wrong:
        answer = await desk.staff.post(path, {"text": ""}, files={"file": ("a.json", content, "application/json")})
        assert 400 <= answer.status_code < 500
        assert words in answer.text
    nothing = await desk.staff.post(path, {"text": ""}, files={"file": ("", b"", "application/octet-stream")})
    assert 'id="error-file"' in nothing.text
    assert await house.pool.fetchval("select count(*) from consultation") == before
    exported["presentation"]["title"] = "Les quais, encore"
    mended = await desk.staff.post(path, {"text": json.dumps(exported)}, files={"file": ("", b"", "text/plain")})
    assert mended.status_code == 303


async def test_a_consultation_is_copied_without_what_people_did(house: House) -> None:
    desk = await ready(house)
    assert 'value="Que voulons-nous vivre sur les quais ? (copie)"' in await desk.get("duplicate")
    refused = await desk.refused("duplicate", {"title": "Encore", "slug": "quais"}, status=409)
    assert 'id="error-slug"' in refused
    assert 'value="Encore"' in refused
    there = await desk.post("duplicate", {"title": "Encore", "slug": ""})
    copy = Desk(desk.staff, there.split("/")[3])
    assert 'value="encore"' in await copy.get("presentation")
    assert not (await consultations.plan_of(house.pool, copy.consultation)).announced
