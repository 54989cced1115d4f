"""Pages without script: a questionnaire step by step, a ranking by numbers, what participants say of themselves."""

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.integration.consultation.answering import Sheets
from tests.integration.consultation.house import House, Participant

pytestmark = pytest.mark.anyio
DECLARED = [
    {"attribute": "department", "purpose": "Voir si tout le territoire participe."},
    {"attribute": "region", "purpose": "Idem."},
    {"attribute": "age", "purpose": "Voir si tous les âges participent."},
]


@pytest.fixture
async def sheets(house: House) -> Sheets:
    sheets = Sheets(house)
    await sheets.lay()
    return sheets


async def get(sheets: Sheets, who: Participant | None, path: str, **question: str) -> httpx.Response:
    sheets.house.client.cookies.clear()
    return await sheets.house.client.get(path, params=question or None, headers={"Cookie": who.cookie} if who else {})


async def post(sheets: Sheets, who: Participant | None, path: str, data: Mapping[str, object]) -> httpx.Response:
    sheets.house.client.cookies.clear()
    headers = {"Origin": sheets.house.settings.origin} | ({"Cookie": who.cookie} if who else {})
    return await sheets.house.client.post(path, data=dict(data) or {"go": ""}, headers=headers)


def page_of(sheets: Sheets, step: str | int = "") -> str:
    return f"/sections/{sheets.questionnaire}/questionnaire" + (f"?step={step}" if step else "")


def step_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)["step"][0]


async def stored(sheets: Sheets) -> tuple[dict[str, object], bool, dict[str, object] | None]:
    row = await sheets.house.pool.fetchrow("select answers, sent, draft from response")
    return json.loads(row["answers"]), row["sent"], json.loads(row["draft"]) if row["draft"] else None


async def test_a_questionnaire_from_beginning_to_end(sheets: Sheets) -> None:
    who = await sheets.house.join()
    assert step_of(await get(sheets, who, page_of(sheets))) == "1"
    first = await get(sheets, who, page_of(sheets), step="1")
    assert "Étape 1 sur 2" in first.text
    assert 'data-show-if="{&#34;test&#34;' in first.text
    assert re.search(r'id="q-line"[^>]* hidden>', first.text)
    by_bike = {"q.means": "bike", "seen": ["means", "days"], "go": "next", "q.days": ["train", "other"]}
    assert step_of(await post(sheets, who, page_of(sheets, 1), {**by_bike, "q.days.other": "dimanche"})) == "3"
    opinion = {"q.mark": "4", "q.order.bike": "1", "q.order.train": "2", "q.since": "2020-02-29", "q.why": "Parce que."}
    seen = ["hello", "mark", "order", "since", "why"]
    assert step_of(await post(sheets, who, page_of(sheets, 3), {**opinion, "seen": seen, "go": "next"})) == "review"
    answers = {
        "means": "bike", "days": ["train", {"other": "dimanche"}], "mark": 4, "order": ["bike", "train"],
        "since": "2020-02-29", "why": "Parce que.",
    }  # fmt: skip
    assert await stored(sheets) == ({}, False, answers)
    review = await get(sheets, who, page_of(sheets), step="review")
    for words in ("À vélo", "Autre : dimanche", "1. À vélo", "29 février 2020", "Parce que.", "Envoyer mes réponses"):
        assert words in review.text
    assert "En voiture</h2>" not in review.text
    sent = await post(sheets, who, page_of(sheets, "review"), {"go": "send"})
    assert "done=sent" in sent.headers["location"]
    assert await stored(sheets) == (answers, True, None)
    assert "Vos réponses sont envoyées" in (await get(sheets, who, sent.headers["location"])).text


async def test_one_comes_back_where_one_stopped(sheets: Sheets) -> None:
    who = await sheets.house.join()
    later = await post(sheets, who, page_of(sheets, 1), {"q.means": "car", "go": "later"})
    assert step_of(later) == "review"
    assert step_of(await get(sheets, who, page_of(sheets))) == "2"
    assert (await stored(sheets))[2] == {"means": "car"}
    back = await post(sheets, who, page_of(sheets, 3), {"q.mark": "2", "go": "previous"})
    assert step_of(back) == "2"
    assert (await stored(sheets))[2] == {"means": "car", "mark": 2}


async def test_a_question_that_appears_on_the_page_is_shown_before_one_goes_on(sheets: Sheets) -> None:
    who = await sheets.house.join()
    typed = {"q.means": "train", "seen": ["means", "days"], "go": "next"}
    again = await post(sheets, who, page_of(sheets, 1), typed)
    assert again.status_code == 200
    assert "font apparaître une question de plus" in again.text
    assert "error-line" not in again.text
    assert 'value="train" checked' in again.text
    missing = await post(sheets, who, page_of(sheets, 1), typed | {"seen": ["means", "line", "days"]})
    assert missing.status_code == 422
    assert 'href="#q-line"' in missing.text
    assert "Répondez à cette question." in missing.text


async def test_what_was_typed_stays_when_something_is_wrong(sheets: Sheets) -> None:
    who = await sheets.house.join()
    await post(sheets, who, page_of(sheets, 1), {"q.means": "car", "go": "next", "seen": ["means", "days"]})
    typed = {"q.people": "douze", "q.roads.train": "bike", "seen": ["people", "roads"], "go": "next"}
    wrong = await post(sheets, who, page_of(sheets, 2), typed)
    assert wrong.status_code == 422
    assert 'value="douze"' in wrong.text
    assert re.search('name="q.roads.train" value="bike"[^>]* checked', wrong.text)
    assert "Répondez à cette ligne." in wrong.text
    assert (await stored(sheets))[2] == {"means": "car", "roads": {"train": "bike"}}
    review = await post(sheets, who, page_of(sheets, "review"), {"go": "send"})
    assert review.status_code == 422
    assert not (await stored(sheets))[1]


async def test_changes_can_be_given_up_and_answers_withdrawn(sheets: Sheets) -> None:
    who = await sheets.house.join()
    assert (await sheets.answer(who, {"means": "bike"})).status_code == 200
    await post(sheets, who, page_of(sheets, 1), {"q.means": "car", "go": "next", "seen": ["means", "days"]})
    assert await stored(sheets) == ({"means": "bike"}, True, {"means": "car"})
    assert "ne sont pas envoyées" in (await get(sheets, who, page_of(sheets), step="review")).text
    await post(sheets, who, page_of(sheets, "review"), {"go": "forget"})
    assert await stored(sheets) == ({"means": "bike"}, True, None)
    await post(sheets, who, page_of(sheets, "review"), {"go": "withdraw"})
    assert await sheets.house.pool.fetchval("select count(*) from response") == 0


async def test_a_closed_questionnaire_is_read_only(sheets: Sheets) -> None:
    who = await sheets.house.join()
    await sheets.answer(who, {"means": "bike"})
    sheets.house.clock.day(2026, 12, 2)
    shown = await get(sheets, who, page_of(sheets), step="1")
    assert shown.status_code == 200, "one's answers are read: nothing was refused"
    assert 'role="alert"' not in shown.text
    assert "close depuis le 1er décembre 2026" in shown.text
    assert "À vélo" in shown.text
    assert "Modifier" not in shown.text
    assert "Retirer mes réponses" in shown.text
    late = await post(sheets, who, page_of(sheets, 3), {"q.why": "Trop tard ?", "go": "next"})
    assert late.status_code == 409
    assert "Trop tard ?" in late.text
    assert (await post(sheets, who, page_of(sheets, "review"), {"go": "send"})).status_code == 409
    assert await stored(sheets) == ({"means": "bike"}, True, None)


async def test_strangers_are_sent_to_sign_in_and_find_what_they_typed(sheets: Sheets) -> None:
    for path in (page_of(sheets), f"/sections/{sheets.ranking}/ranking", about_me(sheets)):
        answer = await get(sheets, None, path, lang="en")
        assert answer.status_code == 303
        join = urlsplit(answer.headers["location"])
        assert join.path == "/participate"
        assert path in parse_qs(join.query)["return"][0]
        assert (await get(sheets, None, answer.headers["location"])).status_code == 303
    typed = await post(sheets, None, page_of(sheets, 1), {"q.means": "car", "q.days.other": "à pied", "go": "next"})
    assert typed.status_code == 401
    assert 'value="à pied"' in typed.text
    assert "/participate?" in typed.text
    ranks = {f"rank.{sheets.options[2]}": "1"}
    typed = await post(sheets, None, f"/sections/{sheets.ranking}/ranking", {**ranks, "go": "save"})
    assert typed.status_code == 401
    assert "<option selected>1</option>" in typed.text


async def test_a_form_from_elsewhere_is_refused(sheets: Sheets) -> None:
    who = await sheets.house.join()
    for path in (page_of(sheets, 1), f"/sections/{sheets.ranking}/ranking", about_me(sheets)):
        headers = {"Cookie": who.cookie, "Origin": "https://ailleurs.example"}
        answer = await sheets.house.client.post(path, data={"go": "save"}, headers=headers)
        assert answer.status_code == 403


async def test_ranking_by_numbers(sheets: Sheets) -> None:
    who = await sheets.house.join()
    path = f"/sections/{sheets.ranking}/ranking"
    a, b, c, _ = sheets.options
    assert "Une piste cyclable" in (await get(sheets, who, path)).text
    same = await post(sheets, who, path, {f"rank.{a}": "1", f"rank.{b}": "1", "go": "save"})
    assert same.status_code == 422
    assert "Deux options ont le même rang." in same.text
    assert same.text.count("<option selected>1</option>") == 2
    saved = await post(sheets, who, path, {f"rank.{a}": "4", f"rank.{c}": "2", "go": "save"})
    assert saved.status_code == 303
    assert await sheets.house.pool.fetchval("select ranked::text[] from ranking_ballot") == [c, a]
    shown = (await get(sheets, who, saved.headers["location"])).text
    assert "Votre classement est enregistré" in shown
    assert shown.index("Des trottoirs plus larges") < shown.index("Une piste cyclable")
    await post(sheets, who, path, {"go": "withdraw"})
    assert await sheets.house.pool.fetchval("select count(*) from ranking_ballot") == 0


def about_me(sheets: Sheets) -> str:
    return f"/consultations/{sheets.house.consultation}/about-me"


async def declare(sheets: Sheets) -> None:
    await sheets.house.pool.execute("update consultation set attributes = $1", json.dumps(DECLARED))


async def test_the_first_time_one_is_asked_and_may_skip(sheets: Sheets) -> None:
    await declare(sheets)
    state, cookie = await sheets.house.begin("/consultations/essai")
    arrived = await sheets.house.arrive(sheets.house.token("A" * 43, state), state, cookie)
    there = arrived.headers["location"]
    assert there.startswith(about_me(sheets))
    who = Participant(arrived.headers["set-cookie"].partition(";")[0], "A" * 43)
    page = await get(sheets, who, there)
    for declared in DECLARED:
        assert declared["purpose"] in page.text
    assert page.text.count("Je préfère ne pas répondre") == 3
    assert page.text.index("Je préfère ne pas répondre") < page.text.index("Moins de 18 ans")
    done = await post(sheets, who, there, {"age": "25-34", "department": "", "region": ""})
    assert done.headers["location"] == sheets.house.settings.gateway_origin + "/consultations/essai"
    assert await sheets.house.pool.fetchval("select attributes from participant") == '{"age": "25-34"}'
    state, cookie = await sheets.house.begin("/consultations/essai")
    again = await sheets.house.arrive(sheets.house.token("A" * 43, state), state, cookie)
    assert again.headers["location"].endswith("/consultations/essai")


async def test_what_one_says_of_oneself_is_checked_changed_and_withdrawn(sheets: Sheets) -> None:
    await declare(sheets)
    who = await sheets.house.join()
    wrong = await post(sheets, who, about_me(sheets), {"department": "29", "region": "93"})
    assert wrong.status_code == 422
    assert "Ce département n’est pas dans cette région." in wrong.text
    assert re.search('value="29" selected', wrong.text)
    assert (await post(sheets, who, about_me(sheets), {"status": "citizen", "age": "18-24"})).status_code == 303
    said = "select attributes from participant"
    assert await sheets.house.pool.fetchval(said) == '{"age": "18-24"}'
    sheets.house.clock.day(2026, 12, 2)
    assert (await post(sheets, who, about_me(sheets), {"age": "75+"})).status_code == 409
    assert (await post(sheets, who, about_me(sheets), {"go": "withdraw"})).status_code == 303
    assert await sheets.house.pool.fetchval(said) == "{}"


async def test_without_declared_attributes_nothing_is_asked(sheets: Sheets) -> None:
    who = await sheets.house.join()
    assert "ne demande rien à propos de vous" in (await get(sheets, who, about_me(sheets))).text
