"""Writing: what is accepted, what is refused and how it is said, with and without script."""

import asyncio
from typing import Any

import pytest

from contracts.events import new_id
from tests.integration.consultation.house import House

pytestmark = pytest.mark.anyio


async def test_an_opinion_its_argument_and_its_source(house: House) -> None:
    who = await house.join()
    opinion = await house.opinion(who, title="  Un\t titre ", body="**Gras** <b>x</b>\r\n\x07fin")
    argument = await house.write(who, kind="argument", parent=opinion, side="for", body="Parce que.")
    source = await house.write(
        who, kind="source", parent=opinion, title="Rapport", link="https://exemple.example/a?b=1", category="Étude"
    )
    assert (argument.status_code, source.status_code) == (201, 201)
    row = await house.pool.fetchrow("select * from contribution where id = $1", opinion)
    assert (row["title"], row["body"]) == ("Un titre", "**Gras** <b>x</b>\nfin")
    assert row["body_html"] == "<p><strong>Gras</strong> &lt;b&gt;x&lt;/b&gt;<br>\nfin</p>\n"
    assert len(row["author"]) == 32
    assert (await house.mine(who))["contributions"] == {opinion, argument.json()["id"], source.json()["id"]}
    assert await house.pool.fetchval("select count(*) from outbox where subject like 'public.v1.contribution.%'") <= 3


async def test_each_refusal_names_its_field(house: House) -> None:
    who = await house.join()
    opinion = await house.opinion(who)
    argument = (await house.write(who, kind="argument", parent=opinion, side="for", body="Oui")).json()["id"]
    source = {"kind": "source", "parent": opinion, "title": "T", "link": "https://a.example"}
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"title": ""}, "text_missing", "title"),
        ({"body": " \n\x01 "}, "text_missing", "body"),
        ({"title": "x" * 201}, "title_too_long", "title"),
        ({"body": "é" * 5_001}, "text_too_long", "body"),
        ({"section": new_id()}, "section_refused", "section"),
        ({"section": house.heading}, "kind_refused", "kind"),
        ({"section": None}, "section_refused", "section"),
        ({"side": "for"}, "text_unexpected", "side"),
        ({"link": "https://a.example"}, "text_unexpected", "link"),
        ({"parent": opinion}, "text_unexpected", "parent"),
        ({"kind": "argument", "parent": opinion, "body": "x"}, "side_missing", "side"),
        ({"kind": "argument", "side": "for", "body": "x"}, "parent_refused", "parent"),
        ({"kind": "argument", "parent": argument, "side": "for", "body": "x"}, "parent_refused", "parent"),
        ({"kind": "argument", "parent": new_id(), "side": "for", "body": "x"}, "parent_refused", "parent"),
        (source | {"link": "javascript:alert(1)"}, "link_refused", "link"),
        (source | {"link": "https://user:secret@a.example"}, "link_refused", "link"),
        (source | {"link": "https://a b.example"}, "link_refused", "link"),
        (source | {"link": "//a.example"}, "link_refused", "link"),
        (source | {"link": "https://a.example/" + "x" * 2000}, "link_refused", "link"),
        (source | {"category": "x" * 101}, "title_too_long", "category"),
        ({"kind": "poll"}, "invalid_field", "kind"),
        ({"colour": "red"}, "unknown_field", ""),
        ({"title": "a\0b"}, "invalid_field", ""),
    ]
    before = await house.pool.fetchval("select count(*) from contribution")
    for draft, code, field in cases:
        answer = await house.write(who, **draft)
        assert answer.headers["content-type"] == "application/problem+json"
        found = answer.json()
        assert (found["code"], found.get("field", "")) == (code, field), draft
    assert await house.pool.fetchval("select count(*) from contribution") == before


async def test_before_and_after_the_dates(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who)
    house.clock.day(2026, 10, 31)
    for answer in (await house.write(who), await house.vote(who, item, "agree"), await house.vote(who, item, None)):
        assert answer.status_code == 409
        assert answer.json()["code"] == "not_open_yet"
        assert answer.json()["fr"] == "Cette consultation ouvre le 1er novembre 2026."
    house.clock.now = 1_796_165_940.0  # 1 December 2026, 23:59 in Paris
    assert (await house.vote(who, item, "agree")).status_code == 204
    house.clock.now += 60
    for answer in (await house.write(who), await house.vote(who, item, "mixed"), await house.vote(who, item, None)):
        assert (answer.status_code, answer.json()["code"]) == (409, "closed")
        assert "1er décembre 2026" in answer.json()["fr"]
        assert "1 December 2026" in answer.json()["en"]


async def test_a_retry_with_the_same_key_is_written_once(house: House) -> None:
    who, other = await house.join(), await house.join()
    answers = await asyncio.gather(*(house.write(who, key="k-1") for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (await house.write(who, key="k-1", title="Autre")).json()["code"] == "key_reused"
    assert (await house.write(who, key="k-2", title="Autre")).status_code == 201
    assert (await house.write(other, key="k-1")).status_code == 201
    assert (await house.write(who, key="x" * 201)).json()["code"] == "key_refused"
    assert await house.pool.fetchval("select count(*) from contribution") == 3


async def test_who_left_writes_no_more(house: House) -> None:
    who = await house.join()
    await house.opinion(who)
    await house.pool.execute("delete from participant")
    assert (await house.write(who, title="Encore")).json()["code"] == "not_participating"
    answer = await house.client.get(f"/v1/consultations/{house.consultation}/participation", headers=house.headers(who))
    assert answer.status_code == 401
    assert (await house.write(who, key="x")).json()["code"] == "not_participating"


async def test_an_argument_about_a_withdrawn_opinion_is_refused(house: House) -> None:
    who = await house.join()
    opinion = await house.opinion(who)
    await house.pool.execute("update contribution set state = 'withdrawn'")
    answer = await house.write(who, kind="argument", parent=opinion, side="for", body="x")
    assert (answer.status_code, answer.json()["code"]) == (410, "withdrawn")
    assert (await house.vote(who, opinion, "agree")).json()["code"] == "withdrawn"


async def test_forms_without_script(house: House) -> None:
    who = await house.join()
    back = f"{house.settings.gateway_origin}/consultations/essai#idees"
    path = f"/consultations/{house.consultation}/contributions"
    form = {
        "kind": "opinion",
        "section": house.section,
        "title": "Sans script",
        "body": "Oui",
        "return": back,
        "parent": "",
    }
    for _ in range(2):
        answer = await house.client.post(path, data=form, headers=house.headers(who))
        assert (answer.status_code, answer.headers["location"]) == (303, back)
    item = await house.pool.fetchval("select id::text from contribution where title = 'Sans script'")
    for choice, expected in (("agree", {item: "agree"}), ("mixed", {item: "mixed"}), ("withdraw", {})):
        answer = await house.client.post(
            f"/contributions/{item}/vote", data={"choice": choice, "return": back}, headers=house.headers(who)
        )
        assert (answer.status_code, answer.headers["location"]) == (303, back)
        assert (await house.mine(who))["votes"] == expected


async def test_a_form_comes_back_filled_in_with_the_error_beside_the_field(house: House) -> None:
    who = await house.join()
    form = {
        "kind": "source",
        "parent": await house.opinion(who),
        "title": '<i>"Titre',
        "link": "exemple",
        "return": "/x",
        "body": "Ma note",
    }
    path = f"/consultations/{house.consultation}/contributions"
    answer = await house.client.post(path, data=form | {"lang": "en"}, headers=house.headers(who))
    assert answer.status_code == 422
    assert 'value="&lt;i&gt;&#34;Titre"' in answer.text
    assert "Ma note</textarea>" in answer.text
    assert '<p class="error" id="error-link">Give a whole address' in answer.text
    assert 'aria-describedby="error-link"' in answer.text
    stranger = await house.client.post(path, data=form, headers=house.headers())
    assert stranger.status_code == 401
    assert "Ma note</textarea>" in stranger.text
    assert f'href="/participate?consultation={house.consultation}&amp;return=' in stranger.text
    elsewhere = await house.client.post(
        path, data=form | {"return": "https://evil.example"}, headers=house.headers(who)
    )
    assert elsewhere.status_code == 422
    assert "evil" not in elsewhere.text


async def test_a_vote_that_cannot_be_accepted_shows_the_choices(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who)
    answer = await house.client.post(
        f"/contributions/{item}/vote", data={"choice": "pass", "return": "/x"}, headers=house.headers(who)
    )
    assert answer.status_code == 422
    assert [f'value="{choice}"' in answer.text for choice in ("agree", "mixed", "disagree", "withdraw", "pass")] == [
        True
    ] * 4 + [False]
    unknown = await house.client.post(
        f"/contributions/{new_id()}/vote", data={"choice": "agree", "return": "/"}, headers=house.headers(who)
    )
    assert unknown.status_code == 404


async def test_odd_requests_get_a_problem_and_no_surprise(house: House) -> None:
    who = await house.join()
    headers = house.headers(who) | {"Content-Type": "application/json"}
    path = f"/v1/consultations/{house.consultation}/contributions"
    cases = [
        ("POST", path, b"{", 400), ("POST", path, b"[" * 60_000, 422), ("POST", path, b"x" * 70_000, 413),
        ("PUT", f"/v1/contributions/{new_id()}/vote", b'{"choice":"agree"}', 404),
        ("PUT", "/v1/contributions/x/vote", b'{"choice":"agree"}', 404),
        ("PUT", f"/v1/contributions/{new_id()}/vote", b'{"choice":"yes"}', 422),
        ("PATCH", path, b"", 405), ("GET", "/nothing", b"", 404), ("GET", "/static/../app.py", b"", 404),
        ("POST", "/v1/consultations/x/contributions", b'{"kind":"opinion"}', 404),
    ]  # fmt: skip
    for method, address, body, status in cases:
        answer = await house.client.request(method, address, content=body, headers=headers)
        assert answer.status_code == status, (method, address, answer.text)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    wrong = await house.client.put(path, headers=headers)
    assert (wrong.status_code, wrong.headers["allow"], wrong.json()["code"]) == (405, "POST", "method_not_allowed")
    text = await house.client.post(path, content=b"{}", headers=house.headers(who) | {"Content-Type": "text/plain"})
    assert text.json()["code"] == "unsupported_media_type"
    for route, words in (("/healthz", "ok"), ("/metrics", "consultation_requests_total"), ("/openapi.json", '"3.1.0"')):
        assert words in (await house.client.get(route)).text


async def test_log_lines_hold_nothing_from_a_client(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    who = await house.join()
    marker = "MARQUE-7f2a"
    await house.opinion(who, title=marker, body=marker)
    await house.client.get(
        f"/{marker}?q={marker}", headers={"User-Agent": marker, "X-Forwarded-For": marker, "Cookie": marker}
    )
    await house.write(who, title=marker, kind=marker, key=marker)
    await house.client.request(marker.replace("-", ""), "/healthz")
    said = capsys.readouterr()
    assert "contributions" in said.out
    assert "MARQUE" not in said.out.replace('"method":"MARQUE7f2a"', "") + said.err
    assert who.subject not in said.out
    assert who.cookie.partition("=")[2] not in said.out
