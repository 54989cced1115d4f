"""Official answers, syntheses and the restitution: who writes them, what is kept, what everybody reads."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import msgspec
import pytest

from consultation_service.settings import Settings
from consultation_service.store.outbox import RELAY_LOCK
from contracts.events import Event, PublicOfficialAnswer, PublicStatement, new_id
from deploy.secrets import Secrets
from tests.integration.consultation.house import Clock, House, running
from tests.integration.consultation.staff import Agent, agent

pytestmark = pytest.mark.anyio
REASON = "La mesure est déjà financée pour 2027."


@pytest.fixture
async def house(settings: Settings, secrets: Secrets) -> AsyncIterator[House]:
    """A service whose relay waits, so that facts stay in the outbox."""
    relay = await asyncpg.connect(settings.database, password=settings.database_password_file.read_text().strip())
    assert await relay.fetchval("select pg_try_advisory_lock($1)", RELAY_LOCK)
    async with running(settings, secrets, Clock()) as house:
        await house.create()
        yield house
    await relay.close()


@pytest.fixture
async def organiser(house: House) -> Agent:
    return await agent(house, "organiser")


async def published(house: House, kind: str, of: str) -> Any:
    """The last fact of ``kind`` about ``of`` that waits for the bus or was written for it."""
    body = await house.pool.fetchval("select body from outbox where replaces = $1", f"public.v1.{kind}.{of}")
    return None if body is None else msgspec.json.decode(body, type=Event)


def path(house: House, item: str) -> str:
    return f"/backoffice/consultations/{house.consultation}/contributions/{item}/official-answer"


async def test_every_version_of_an_answer_is_kept_and_published(house: House, organiser: Agent) -> None:
    author = await house.join()
    item = await house.opinion(author, kind="proposal", title="Des arbres")
    form = {"status": "under_study", "reason": "", "body": "Nous **étudions** la question."}
    assert (await organiser.post(path(house, item), form)).status_code == 303
    assert (await organiser.post(path(house, item), form)).status_code == 303  # sent twice
    form = {"status": "taken_up", "reason": REASON, "body": ""}
    assert (await organiser.post(path(house, item), form)).status_code == 303
    fact = await published(house, "answer", item)
    assert isinstance(fact, PublicOfficialAnswer)
    assert fact.version == 2
    assert [text.status for text in fact.texts] == ["under_study", "taken_up"]
    assert fact.texts[0].body_html == "<p>Nous <strong>étudions</strong> la question.</p>\n"
    assert fact.texts[1].reason == REASON
    entries = await house.pool.fetch("select staff, act, object from audit_entry")
    assert [(row["staff"], row["act"], row["object"]) for row in entries] == [
        (organiser.pseudonym, "answer_officially", item)
    ] * 2
    page = await organiser.get(path(house, item))
    assert "Version 1" in page.text
    assert REASON in page.text


async def test_a_form_that_cannot_be_accepted_comes_back_as_typed(house: House, organiser: Agent) -> None:
    item = await house.opinion(await house.join(), kind="proposal")
    wrong = {
        "status": {"status": "answered", "reason": REASON, "body": "Un long texte"},
        "reason": {"status": "not_taken_up", "reason": "Non.", "body": "Un long texte"},
        "body": {"status": "under_study", "reason": "", "body": ""},
    }
    for field, form in wrong.items():
        answer = await organiser.post(path(house, item), form)
        assert answer.status_code == 422
        assert f'id="error-{field}"' in answer.text
        assert form["body"] in answer.text
    assert await house.pool.fetchval("select count(*) from official_answer") == 0


async def test_what_waits_for_an_answer(house: House, organiser: Agent) -> None:
    author = await house.join()
    first = await house.opinion(author, kind="proposal", title="Des arbres")
    second = await house.opinion(author, kind="proposal", title="Des bancs")
    assert (await house.vote(author, second, "agree")).status_code in (200, 204)
    listing = f"/backoffice/consultations/{house.consultation}/official-answers"
    supported = (await organiser.get(f"{listing}?show=supported")).text
    assert supported.index("Des bancs") < supported.index("Des arbres")
    await organiser.post(path(house, first), {"status": "taken_up", "reason": REASON})
    assert "Des arbres" not in (await organiser.get(listing)).text
    assert "Des bancs" not in (await organiser.get(f"{listing}?show=answered")).text
    assert "Des bancs" in (await organiser.get(f"{listing}?words=BANCS&show=unanswered")).text
    assert "Des bancs" not in (await organiser.get(f"{listing}?words=fontaine")).text
    for odd in ("show=nonsense", "page=99999999999", "page=-1", "words=%00"):
        assert (await organiser.get(f"{listing}?{odd}")).status_code in (200, 422)


async def test_an_answer_is_for_a_contribution_of_its_own_consultation(house: House, organiser: Agent) -> None:
    item = await house.opinion(await house.join(), kind="proposal")
    house.consultation = new_id()
    house.section, house.heading = new_id(), new_id()
    await house.create()
    answer = await organiser.post(path(house, item), {"status": "taken_up", "reason": REASON})
    assert answer.status_code == 404
    assert await house.pool.fetchval("select count(*) from official_answer") == 0


async def test_the_author_and_followers_are_told(house: House, organiser: Agent) -> None:
    item = await house.opinion(await house.join(), kind="proposal")
    await house.pool.execute("delete from notice_due")
    await organiser.post(path(house, item), {"status": "taken_up", "reason": REASON})
    told = await house.pool.fetch("select participant, reason from notice_due")
    author = await house.pool.fetchval("select author from contribution where id = $1", item)
    assert [(row["participant"], row["reason"]) for row in told] == [(author, "own")]


async def test_a_synthesis_is_read_again_then_published(house: House, organiser: Agent) -> None:
    new = f"/backoffice/consultations/{house.consultation}/statements/new"
    form = {"id": new_id(), "title": "À mi-chemin", "body": "Deux idées **reviennent**."}
    preview = await organiser.post(new, form | {"next": "preview"})
    assert preview.status_code == 200
    assert "<strong>reviennent</strong>" in preview.text
    assert await house.pool.fetchval("select count(*) from statement_text") == 0
    for _ in range(2):
        assert (await organiser.post(new, form | {"next": "publish"})).status_code == 303
    one = f"/backoffice/consultations/{house.consultation}/statements/{form['id']}"
    assert (await organiser.post(one, form | {"body": "Trois idées.", "next": "publish"})).status_code == 303
    fact = await published(house, "statement", form["id"])
    assert isinstance(fact, PublicStatement)
    assert fact.kind == "synthesis"
    assert [(text.number, text.body_html) for text in fact.texts] == [
        (1, "<p>Deux idées <strong>reviennent</strong>.</p>\n"),
        (2, "<p>Trois idées.</p>\n"),
    ]
    assert "À mi-chemin" in (await organiser.get(new.removesuffix("/new"))).text
    wrong = await organiser.post(new, form | {"title": "", "next": "publish"})
    assert wrong.status_code == 422
    assert "Deux idées" in wrong.text


async def test_the_restitution_waits_for_the_end_and_is_one(house: House, organiser: Agent) -> None:
    address = f"/backoffice/consultations/{house.consultation}/restitution"
    form = {"id": new_id(), "title": "Ce qui change", "body": "Tout.", "next": "publish"}
    assert (await organiser.post(address, form)).status_code == 409
    house.clock.day(2026, 12, 2)
    organiser = await agent(house, "organiser")
    assert (await organiser.get(address)).status_code == 200
    assert (await organiser.post(address, form)).status_code == 303
    assert (await organiser.post(address, form | {"id": new_id(), "body": "Presque tout."})).status_code == 303
    fact = await published(house, "statement", form["id"])
    assert fact.kind == "restitution"
    assert len(fact.texts) == 2
    assert await house.pool.fetchval("select count(*) from statement") == 1


async def test_a_synthesis_is_not_written_over_that_of_another_consultation(house: House, organiser: Agent) -> None:
    form = {"id": new_id(), "title": "À mi-chemin", "body": "Texte", "next": "publish"}
    await organiser.post(f"/backoffice/consultations/{house.consultation}/statements/new", form)
    house.consultation, house.section, house.heading = new_id(), new_id(), new_id()
    await house.create()
    for address in ("new", form["id"]):
        answer = await organiser.post(f"/backoffice/consultations/{house.consultation}/statements/{address}", form)
        assert answer.status_code == 404
    assert await house.pool.fetchval("select count(*) from statement_text") == 1


async def test_analysts_synthesise_and_do_no_more(house: House) -> None:
    analyst = await agent(house, "analyst")
    item = await house.opinion(await house.join(), kind="proposal")
    house.clock.day(2026, 12, 2)
    analyst = await agent(house, "analyst")
    base = f"/backoffice/consultations/{house.consultation}"
    assert (await analyst.get(f"{base}/statements")).status_code == 200
    assert (await analyst.get(f"{base}/restitution")).status_code == 403
    assert (await analyst.post(path(house, item), {"status": "taken_up", "reason": REASON})).status_code == 403
    assert await house.pool.fetchval("select count(*) from official_answer") == 0
