"""From identity's token to a session, and every way in which that must fail."""

import dataclasses
import datetime
import re
from typing import Any

import httpx
import pytest

from consultation_service.keys import load
from consultation_service.pseudonyms import Pseudonyms
from consultation_service.settings import Settings
from consultation_service.states import day_of
from consultation_service.store import participants
from contracts.events import ErasureRequested, WithdrawalRequested, new_id
from contracts.tokens import b64u, expiry
from deploy.secrets import Secrets
from tests.integration.consultation.house import Clock, House, running

pytestmark = pytest.mark.anyio
SUBJECT = b64u(b"s" * 32)


async def test_a_journey_ends_on_the_gateway_page_with_a_session(house: House) -> None:
    state, cookie = await house.begin("/consultations/essai?page=2#idees")
    answer = await house.arrive(house.token(SUBJECT, state), state, cookie)
    assert answer.status_code == 303
    assert answer.headers["location"] == house.settings.gateway_origin + "/consultations/essai?page=2#idees"
    session, ended = answer.headers.get_list("set-cookie")
    assert re.match(
        rf"cloison_session_{house.consultation[:8]}=[\w-]{{107}}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax",
        session,
    )
    assert 'cloison_state=""' in ended


async def test_over_https_no_sibling_host_can_plant_a_cookie(settings: Settings, secrets: Secrets) -> None:
    """Browsers take a ``__Host-`` cookie from this very host only; one without the prefix is then nobody's."""
    https = dataclasses.replace(
        settings, origin="https://contribuer.ville.example", gateway_origin="https://consultations.ville.example"
    )
    async with running(https, secrets, Clock()) as house:
        await house.create()
        who = await house.join()
        assert who.cookie.startswith(f"__Host-cloison_session_{house.consultation[:8]}=")
        item = await house.opinion(who)
        assert (await house.vote(who, item, "agree")).status_code == 204
        planted = dataclasses.replace(who, cookie=who.cookie.removeprefix("__Host-"))
        assert (await house.vote(planted, item, "disagree")).status_code == 401


async def test_the_state_cookie_comes_along_from_another_site(house: House) -> None:
    answer = await house.client.get("/participate", params={"consultation": house.consultation, "return": "/"})
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "Path=/;", "SameSite=none", "Secure", "Max-Age=1800"))
    assert answer.headers["location"].startswith(house.settings.identity_origin + "/participate?consultation=")


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/",
        "http://localhost:8000.evil.example/",
        "http://localhost:8000@evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\r\nb",
        "x",
    ],
)
async def test_no_return_to_anywhere_else(house: House, back: str) -> None:
    answer = await house.client.get("/participate", params={"consultation": house.consultation, "return": back})
    assert answer.status_code == 422
    assert "location" not in answer.headers
    assert "evil" not in answer.text


async def test_nobody_signs_a_browser_in_as_somebody_else(house: House) -> None:
    """Login CSRF: the attacker's token, and even the attacker's state, in the victim's browser."""
    attacker_state, attacker_cookie = await house.begin()
    victim_state, victim_cookie = await house.begin()
    token = house.token(SUBJECT, attacker_state)
    for state, cookie in (
        (attacker_state, victim_cookie),
        (victim_state, victim_cookie),
        (attacker_state, ""),
        ("", ""),
    ):
        answer = await house.arrive(token, state, cookie)
        assert answer.status_code in (400, 401)
        assert "cloison_session" not in str(answer.headers)
    assert (await house.arrive(token, attacker_state, attacker_cookie)).status_code == 303


async def test_tokens_of_another_consultation_issuer_time_or_use_are_refused(house: House) -> None:
    state, cookie = await house.begin()
    changes = (
        {"consultation": new_id()},
        {"iss": "http://evil.example"},
        {"exp": int(house.clock()) - 1},
        {"state": ""},
    )
    for change in changes:
        answer = await house.arrive(house.token(SUBJECT, **({"state": state} | change)), state, cookie)
        assert answer.status_code == 401, change
    assert (await house.arrive("a.b.c", state, cookie)).status_code == 401
    assert (await house.arrive(house.token(SUBJECT, state)[:-4] + "AAAA", state, cookie)).status_code == 401
    assert await house.pool.fetchval("select count(*) from participant") == 0


async def test_a_used_token_is_harmless(house: House) -> None:
    state, cookie = await house.begin()
    token = house.token(SUBJECT, state)
    assert (await house.arrive(token, state, cookie)).status_code == 303
    assert (await house.arrive(token, state, cookie)).status_code == 303
    assert await house.pool.fetchval("select count(*) from participant") == 1
    await house.pool.execute("delete from participant")
    answer = await house.arrive(token, state, cookie)
    assert answer.status_code == 409
    assert "a déjà servi" in answer.text
    assert await house.pool.fetchval("select count(*) from participant") == 0


async def test_after_an_erasure_a_token_issued_before_lets_nobody_back_in(house: House) -> None:
    """Identity has no account any more that could ask for another erasure. The controls: without its mark, a day later,
    and after a withdrawal, the same person comes in."""
    who, item = await house.join(SUBJECT), await house.opinion(await house.join())
    pseudonym = Pseudonyms(load(house.settings).pseudonym_root).of(house.consultation, SUBJECT)
    today = day_of(house.clock())
    withdrawal = WithdrawalRequested(id=new_id(), consultation=house.consultation, subject=SUBJECT)
    await participants.leave(house.pool, withdrawal, pseudonym, today)
    assert (await house.vote(await house.join(SUBJECT), item, "agree")).status_code == 204
    erasure = ErasureRequested(id=new_id(), consultation=house.consultation, subject=SUBJECT)
    assert await participants.leave(house.pool, erasure, pseudonym, today) == participants.Departure(0, 1)
    state, cookie = await house.begin()
    assert (await house.arrive(house.token(SUBJECT, state), state, cookie)).status_code == 409

    async def vote_as_bearer() -> int:
        headers = {"Authorization": f"Bearer {house.token(SUBJECT)}"}
        path = f"/v1/contributions/{item}/vote"
        return (await house.client.put(path, json={"choice": "agree"}, headers=headers)).status_code

    assert await vote_as_bearer() == 401
    assert (await house.vote(who, item, "agree")).status_code == 401
    assert await house.pool.fetchval("select count(*) from vote") == 0
    await participants.forget_old(house.pool, today + datetime.timedelta(days=1))
    assert await vote_as_bearer() == 401
    await participants.forget_old(house.pool, today + datetime.timedelta(days=2))
    assert await house.pool.fetchval("select count(*) from erased") == 0
    assert await vote_as_bearer() == 204


async def test_a_refusal_after_identity_speaks_the_language_of_the_journey(house: House) -> None:
    for language, sentence in (("en", "This authorisation"), ("fr", "Cette autorisation")):
        question = {"consultation": house.consultation, "return": "/", "lang": language}
        answer = await house.client.get("/participate", params=question)
        cookie = answer.headers["set-cookie"].partition(";")[0]
        state = httpx.URL(answer.headers["location"]).params["state"]
        refused = await house.arrive("a.b.c", state, cookie)
        assert refused.status_code == 401
        assert sentence in refused.text


async def test_a_bearer_token_works_on_the_api_without_origin_and_not_in_a_browser(house: House) -> None:
    token = house.token(SUBJECT)
    path = f"/v1/consultations/{house.consultation}/contributions"
    draft = {"kind": "opinion", "section": house.section, "title": "Un", "body": "Deux"}
    answer = await house.client.post(path, json=draft, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 201
    item = answer.json()["id"]
    vote: dict[str, Any] = {"json": {"choice": "agree"}, "headers": {"Authorization": f"Bearer {token}"}}
    assert (await house.client.put(f"/v1/contributions/{item}/vote", **vote)).status_code == 204
    state, cookie = await house.begin()
    assert (await house.arrive(token, state, cookie)).status_code == 401
    browser = house.token(SUBJECT, state)
    answer = await house.client.post(path, json=draft, headers={"Authorization": f"Bearer {browser}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_refused")
    house.clock.now = expiry(house.clock()) + 1
    assert (await house.client.put(f"/v1/contributions/{item}/vote", **vote)).json()["code"] == "token_refused"


async def test_changed_or_old_cookies_are_nobody(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who)
    name, _, value = who.cookie.partition("=")
    for other in (value[:-1] + ("A" if value[-1] != "A" else "B"), value[:50], "", value + "A", "é" * 107):
        changed = await house.client.put(
            f"/v1/contributions/{item}/vote",
            json={"choice": "agree"},
            headers=[(b"Cookie", f"{name}={other}".encode()), (b"Origin", house.settings.gateway_origin.encode())],
        )
        assert changed.json()["code"] == "not_participating"
    house.clock.now += 31 * 86_400
    assert (await house.vote(who, item, "agree")).json()["code"] == "not_participating"


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "http://127.0.0.1:8001"])
async def test_another_site_cannot_use_the_cookie(house: House, origin: str) -> None:
    who = await house.join()
    item = await house.opinion(who)
    headers = house.headers(who, origin)
    if not origin:
        del headers["Origin"]
    put = await house.client.put(f"/v1/contributions/{item}/vote", json={"choice": "agree"}, headers=headers)
    assert (put.status_code, put.json()["code"]) == (403, "origin_refused")
    form = await house.client.post(
        f"/contributions/{item}/vote", data={"choice": "agree", "return": "/"}, headers=headers
    )
    assert form.status_code == 403
    draft = {"kind": "opinion", "section": house.section, "title": "Un", "body": "Deux"}
    path = f"consultations/{house.consultation}/contributions"
    assert (await house.client.post(f"/v1/{path}", json=draft, headers=headers)).status_code == 403
    assert (await house.client.post(f"/{path}", data=draft | {"return": "/"}, headers=headers)).status_code == 403
    assert (await house.mine(who))["votes"] == {}


async def test_a_cross_site_fetch_is_refused_even_with_the_right_origin(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who)
    headers = house.headers(who) | {"Sec-Fetch-Site": "cross-site"}
    answer = await house.client.put(f"/v1/contributions/{item}/vote", json={"choice": "agree"}, headers=headers)
    assert answer.json()["code"] == "origin_refused"


async def test_the_gateway_may_call_with_credentials_and_nobody_else(house: House) -> None:
    answer = await house.client.options(
        f"/v1/contributions/{new_id()}/vote",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"},
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == house.settings.gateway_origin
    assert answer.headers["access-control-allow-credentials"] == "true"


async def test_one_browser_takes_part_in_two_consultations(house: House) -> None:
    who = await house.join()
    first, first_section, item = house.consultation, house.section, await house.opinion(who)
    house.consultation, house.section, house.heading = new_id(), new_id(), new_id()
    await house.create()
    other = await house.join()
    item_there = await house.opinion(other)
    who.cookie = f"{who.cookie}; {other.cookie}"
    assert (await house.vote(who, item, "agree")).status_code == 204
    assert (await house.vote(who, item_there, "mixed")).status_code == 204
    assert (await house.vote(other, item, "mixed")).json()["code"] == "not_participating"
    assert (await house.mine(who))["votes"] == {item_there: "mixed"}
    house.consultation, house.section = first, first_section
    assert (await house.mine(who))["votes"] == {item: "agree"}
