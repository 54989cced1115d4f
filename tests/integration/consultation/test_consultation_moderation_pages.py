"""Reports and appeals by participants: pages without script, and the JSON API."""

from typing import Any

import httpx
import pytest

from consultation_service.states import day_of
from consultation_service.store import moderation
from consultation_service.store.moderation import Ruling
from contracts.events import new_id
from tests.integration.consultation.house import House, Participant

pytestmark = pytest.mark.anyio

FACTS = "Le deuxième paragraphe vise une personne."
BACK = {"return": "/consultations/essai", "lang": "fr"}


async def get(house: House, path: str, who: Participant | None = None, **question: str) -> httpx.Response:
    return await house.client.get(path, params=BACK | question, headers=house.headers(who))


async def send(house: House, path: str, who: Participant | None, **fields: str) -> httpx.Response:
    headers = house.headers(who, house.settings.origin) | {"Content-Type": "application/x-www-form-urlencoded"}
    return await house.client.post(path, params=BACK, data=fields, headers=headers)


async def decide(house: House, item: str, decision: Any, by: str = "m1", *, on_appeal: bool = False) -> None:
    day = day_of(house.clock())
    async with house.pool.acquire() as connection, connection.transaction():
        seen = (await moderation.hold(connection, item)).seen
        ruling = Ruling(decision, "insult" if decision != "keep" else "", FACTS, seen)
        await (moderation.decide_appeal if on_appeal else moderation.decide)(connection, item, ruling, by, day)


async def entries(house: House, item: str) -> list[Any]:
    return list(
        await house.pool.fetch("select * from moderation_entry where contribution_id = $1 order by number", item)
    )


async def test_reporting_without_script(house: House) -> None:
    author, reader = await house.join(), await house.join()
    item = await house.opinion(author, title="Un avis", body="Des mots durs")
    path = f"/contributions/{item}/report"
    nobody = await get(house, path)
    assert nobody.status_code == 303
    assert nobody.headers["location"].startswith("/participate?")
    shown = await get(house, path, reader)
    assert shown.status_code == 200
    assert "Des mots durs" in shown.text
    assert "Injure ou diffamation" in shown.text
    wrong = await send(house, path, reader, motive="", words="Voyez <le> milieu")
    assert wrong.status_code == 422
    assert "Voyez &lt;le&gt; milieu" in wrong.text
    assert 'aria-describedby="error-motive"' in wrong.text
    long = await send(house, path, reader, motive="insult", words="x" * 1_001)
    assert (long.status_code, 'id="error-words"' in long.text) == (422, True)
    assert 'value="insult" required checked' in long.text
    sent = await send(house, path, reader, motive="insult", words="Voyez le milieu")
    assert sent.status_code == 303
    assert "Merci" in (await house.client.get(sent.headers["location"], headers=house.headers(reader))).text
    assert [(entry["rule"], entry["words"]) for entry in await entries(house, item)] == [("insult", "Voyez le milieu")]
    again = await send(house, path, reader, motive="insult", words="Voyez le milieu")
    assert again.status_code == 303
    other = await send(house, path, reader, motive="off_topic")
    assert other.status_code == 409
    out = await send(house, path, None, motive="off_topic", words="gardé")
    assert out.status_code == 401
    assert "gardé" in out.text
    assert len(await entries(house, item)) == 1


async def test_a_form_from_elsewhere_is_refused(house: House) -> None:
    author, reader = await house.join(), await house.join()
    item = await house.opinion(author)
    answer = await house.client.post(
        f"/contributions/{item}/report", data={"motive": "insult"},
        headers={"Cookie": reader.cookie, "Origin": "https://ailleurs.example"},
    )  # fmt: skip
    assert answer.status_code == 403
    assert not await entries(house, item)


async def test_the_author_reads_the_reasons_and_appeals(house: House) -> None:
    author, reader = await house.join(), await house.join()
    item = await house.opinion(author, title="Mon avis", body="Des mots durs")
    path = f"/contributions/{item}/appeal"
    assert "n’a rien décidé" in (await get(house, path, author)).text
    assert "Contester" not in (await get(house, path, author)).text
    await decide(house, item, "hide")
    told = (await get(house, path, author)).text
    for words in (FACTS, "Ce texte injurie ou diffame.", "articles 29 à 33", "par une personne", "Des mots durs"):
        assert words in told
    others = (await get(house, path, reader)).text
    assert FACTS in others
    assert "Des mots durs" not in others
    assert "Contester" not in others
    assert (await send(house, path, reader, words="Et moi ?")).status_code == 409
    assert (await send(house, path, author, words=" ")).status_code == 422
    assert (await send(house, path, author, words="C’était une citation.")).status_code == 303
    assert "va l’examiner" in (await get(house, path, author)).text
    await decide(house, item, "keep", "m2", on_appeal=True)
    told = (await get(house, path, author)).text
    assert "par une autre personne que la première fois" in told
    assert "Contester cette" not in told


async def test_what_was_sent_back_can_be_changed(house: House) -> None:
    author = await house.join()
    item = await house.opinion(author)
    await decide(house, item, "send_back")
    assert f"/contributions/{item}/edit?" in (await get(house, f"/contributions/{item}/appeal", author)).text


async def test_whoever_reported_appeals_when_the_text_stays(house: House) -> None:
    author, reader = await house.join(), await house.join()
    item = await house.opinion(author)
    assert (await send(house, f"/contributions/{item}/report", reader, motive="off_topic")).status_code == 303
    assert "attend d’être examiné" in (await get(house, f"/contributions/{item}/appeal", reader)).text
    await decide(house, item, "keep")
    path = f"/contributions/{item}/appeal"
    assert "Contester cette décision" in (await get(house, path, reader)).text
    assert "Contester cette décision" not in (await get(house, path, author)).text
    assert (await send(house, path, reader, words="Ce n’est pas le sujet.")).status_code == 303


async def test_reports_and_appeals_as_json(house: House) -> None:
    author, reader = await house.join(), await house.join()
    item = await house.opinion(author)
    path = f"/v1/contributions/{item}/reports"
    wrong = await house.client.post(path, json={"motive": "envie"}, headers=house.headers(reader))
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (422, "motive_unknown", "motive")
    for status in (201, 200):
        answer = await house.client.post(path, json={"motive": "insult"}, headers=house.headers(reader))
        assert answer.status_code == status
    appeal = f"/v1/contributions/{item}/appeals"
    early = await house.client.post(appeal, json={"words": "Non."}, headers=house.headers(author))
    assert early.json()["code"] == "appeal_refused"
    await decide(house, item, "hide")
    for status in (201, 200):
        answer = await house.client.post(appeal, json={"words": "Non."}, headers=house.headers(author))
        assert answer.status_code == status
    for unknown in (new_id(), "x"):
        answer = await house.client.post(
            f"/v1/contributions/{unknown}/reports", json={"motive": "insult"}, headers=house.headers(reader)
        )
        assert answer.json()["code"] == "unknown_contribution"


async def test_what_waits_for_review_is_known_to_its_author_only(house: House) -> None:
    await house.pool.execute("update section set review_first = true")
    author, reader = await house.join(), await house.join()
    item = await house.opinion(author)
    assert (await get(house, f"/contributions/{item}/appeal", reader)).status_code == 404
    assert (await get(house, f"/contributions/{item}/report", reader)).status_code == 404
    assert "attend d’être lu" in (await get(house, f"/contributions/{item}/appeal", author)).text


async def test_no_page_about_a_contribution_shows_a_draft(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who, title="Le projet", body="Rien n’est annoncé")
    await house.pool.execute("update consultation set announced = false")
    for act in ("report", "appeal", "edit", "withdraw", "vote"):
        for visitor in (who, None):
            path = f"/contributions/{item}/{act}"
            answers = [await send(house, path, visitor, motive="insult", words="x", choice="agree")]
            answers += [] if act == "vote" else [await get(house, path, visitor)]
            assert [answer.status_code for answer in answers] == [404] * len(answers), path
            assert all("Le projet" not in answer.text and "annoncé" not in answer.text for answer in answers)


async def test_my_participation_says_what_i_reported_and_shows_nothing_that_is_hidden(house: House) -> None:
    author, reader = await house.join(), await house.join()
    item = await house.opinion(author, title="Titre à masquer")
    assert (await house.vote(reader, item, "agree")).status_code == 204
    assert (await send(house, f"/contributions/{item}/report", reader, motive="off_topic")).status_code == 303
    mine = f"/consultations/{house.consultation}/mine"
    before = (await get(house, mine, reader)).text
    assert "Un modérateur va le lire." in before
    assert "Titre à masquer" in before
    await decide(house, item, "hide")
    after = (await get(house, mine, reader)).text
    assert "Un modérateur a décidé." in after
    assert "Titre à masquer" not in after
    assert "Ce que j’ai signalé" not in (await get(house, mine, author)).text
