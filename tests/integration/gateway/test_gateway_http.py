"""What the gateway answers: the same to everybody, cacheable, without a cookie, in both languages."""

import asyncio
import datetime
import time

import msgspec
import pytest

from contracts.events import new_id
from gateway.cache import COMPRESSIBLE_BYTES
from gateway.documents import Consultation, ConsultationList, ContributionDetail, ContributionPage
from gateway.facts import rows_of
from gateway.store import projection, reading, threads
from tests.harness import EnvironmentOf
from tests.integration.gateway.stage import (
    CONSULTATION,
    TODAY,
    Running,
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
API = "/open-data/consultations/ma-rue"
PAGE = "/consultations/ma-rue"
HOSTILE = "<script>alert(1)"


async def a_conversation(gateway: Running) -> None:
    await told(
        gateway,
        consultation(),
        contribution(A, title="Un banc & <b>deux</b>"),
        argument(B, A),
        argument(C, A, "against"),
        source(D, A, category="Étude"),
        tally(A, agree=3, mixed=1, imported={"agree": 40, "mixed": 0, "disagree": 10}),
    )


ADDRESSES = (
    "/",
    "/en",
    "/open-data",
    "/en/open-data",
    PAGE,
    f"/en{PAGE}",
    f"{PAGE}/contributions/{A}",
    f"/en{PAGE}/contributions/{A}",
    "/open-data/consultations",
    API,
    f"{API}/contributions",
    f"{API}/contributions/{A}",
    f"{API}/contributions.csv",
    f"{API}/arguments.jsonl",
    f"{API}/sources.csv",
    f"{API}/tallies.csv",
)


async def test_every_answer_is_the_same_for_everybody(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await a_conversation(gateway)
        marks = {
            "cookie": "cloison_session=a",
            "user-agent": "canari-7f3",
            "accept-language": "en",
            "authorization": "Bearer a",
            "x-forwarded-for": "192.0.2.7",
            "referer": "https://canari.example",
            "origin": "https://canari.example",
        }
        for address in ADDRESSES:
            plain, marked = await gateway.client.get(address), await gateway.client.get(address, headers=marks)
            assert plain.status_code == 200, address
            assert plain.content == marked.content
            assert dict(plain.headers) == dict(marked.headers)
            assert "set-cookie" not in plain.headers
            assert plain.headers["vary"] == "accept-encoding"
            assert plain.headers["x-robots-tag"] == "noindex, nofollow"
            assert "canari" not in marked.text


async def test_the_english_home_is_found_with_a_slash_too(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        answer = await gateway.client.get("/en/")
        assert (answer.status_code, answer.headers["location"]) == (308, "/en")


async def test_every_answer_has_a_tag_and_is_not_sent_twice(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await a_conversation(gateway)
        for address in ADDRESSES:
            first = await gateway.client.get(address)
            assert first.headers["cache-control"] == "public, max-age=1"
            assert "stale-while-revalidate" in first.headers["cdn-cache-control"]
            again = await gateway.client.get(address, headers={"if-none-match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b""), address
            head = await gateway.client.head(address)
            assert (head.status_code, head.headers["etag"]) == (200, first.headers["etag"])
        await told(gateway, tally(A, version=2, agree=4))
        changed = await gateway.client.get(f"{API}/tallies.csv", headers={"if-none-match": first.headers["etag"]})
        assert changed.status_code == 200


@pytest.mark.parametrize(("accepted", "coding"), [("br, gzip;q=0.8", "br"), ("gzip, br;q=0.8", "gzip")])
async def test_compressed_or_not_the_content_and_the_promises_are_the_same(
    environment: EnvironmentOf, accepted: str, coding: str
) -> None:
    async with running(environment("gateway")) as gateway:
        await a_conversation(gateway)
        style = "/static/cloison." + (await gateway.client.get("/")).text.partition("/static/cloison.")[2].split('"')[0]
        for address in (*ADDRESSES, style):
            plain = await gateway.client.get(address, headers={"accept-encoding": "identity"})
            packed = await gateway.client.get(address, headers={"accept-encoding": accepted})
            assert packed.content == plain.content  # the client has unpacked it
            assert "content-encoding" not in plain.headers
            assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
            if packed.headers["etag"].startswith("W/"):
                continue  # an export, whose tag is of its rows rather than of its bytes
            if len(plain.content) > COMPRESSIBLE_BYTES:
                assert packed.headers["content-encoding"] == coding
                assert packed.headers["etag"] != plain.headers["etag"]
                assert int(packed.headers["content-length"]) < len(plain.content)
            for encoding, first in (("identity", plain), (accepted, packed)):
                asked = {"accept-encoding": encoding, "if-none-match": first.headers["etag"]}
                for _ in range(2):  # through the router, then from the shelf
                    again = await gateway.client.get(address, headers=asked)
                    assert (again.status_code, again.content) == (304, b"")
                    assert again.headers["etag"] == first.headers["etag"]
                    assert again.headers["vary"] == "accept-encoding"
                    assert "content-length" not in again.headers
                    assert "content-encoding" not in again.headers


async def test_a_shelved_answer_is_as_another_and_asks_the_database_nothing(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await a_conversation(gateway)
        first = [await gateway.client.get(f"{API}/contributions") for _ in range(2)][-1]
        catalogue = gateway.context.catalogue
        catalogue._asked_at = float("inf")  # nothing may be asked
        gateway.context.cache._kept.clear()
        shelved = await gateway.client.get(f"{API}/contributions")
        assert (shelved.content, dict(shelved.headers)) == (first.content, dict(first.headers))
        counted = gateway.context.metrics.text().decode()
        assert f'route="{"/open-data/consultations/{consultation}/contributions"}",status="200"}} 3.0' in counted


async def test_what_another_replica_applied_shows_within_a_second(environment: EnvironmentOf) -> None:
    settings = environment("gateway")
    async with running(settings) as gateway, running(settings) as other:
        await a_conversation(gateway)
        for _ in range(3):
            before = await gateway.client.get(f"{API}/contributions/{A}")
        await projection.apply(other.context.pool, 2, rows_of([tally(A, version=2, agree=9)]), [])
        began = time.monotonic()
        while (after := await gateway.client.get(f"{API}/contributions/{A}")).content == before.content:
            assert time.monotonic() - began < 1.0
            await asyncio.sleep(0.02)
        assert after.json()["contribution"]["tally"]["cast"]["agree"] == 9
        assert after.headers["etag"] != before.headers["etag"]


async def test_the_documents_are_what_the_description_says(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await a_conversation(gateway)
        for address, shape in (
            ("/open-data/consultations", ConsultationList),
            (API, Consultation),
            (f"/open-data/consultations/{CONSULTATION}", Consultation),
            (f"{API}/contributions", ContributionPage),
            (f"{API}/contributions/{A}", ContributionDetail),
        ):
            answer = await gateway.client.get(address)
            msgspec.json.decode(answer.content, type=shape)
            assert answer.headers["access-control-allow-origin"] == "*"
        detail = (await gateway.client.get(f"{API}/contributions/{A}")).json()
        assert detail["contribution"]["arguments"] == {"for": 1, "against": 1}
        assert detail["contribution"]["tally"]["cast"] == {"agree": 3, "mixed": 1, "disagree": 0}
        assert [a["id"] for a in detail["arguments"]] == [C, B]
        figures = (await gateway.client.get(API)).json()["figures"]
        assert (figures["proposals"], figures["votes_cast"], figures["votes_imported"]) == (1, 4, 50)
        described = (await gateway.client.get("/openapi.json")).json()
        assert described["openapi"] == "3.1.0"
        assert "/open-data/consultations/{consultation}/tallies.csv" in described["paths"]


async def test_a_list_is_walked_whole_while_it_grows(environment: EnvironmentOf) -> None:
    days = [TODAY - datetime.timedelta(n % 3) for n in range(25)]
    async with running(environment("gateway")) as gateway:
        ids = [new_id() for _ in days]
        await told(gateway, consultation(), *(contribution(i, day=d) for i, d in zip(ids, days, strict=True)))
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            answer = await gateway.client.get(
                f"{API}/contributions", params={"limit": 4, **({"cursor": cursor} if cursor else {})}
            )
            seen += [item["id"] for item in answer.json()["contributions"]]
            cursor = answer.json()["next"]
            await told(gateway, contribution(new_id(), day=TODAY - datetime.timedelta(9)))
        assert set(ids) <= set(seen)
        assert len(seen) == len(set(seen))


@pytest.mark.parametrize("sort", ["supported", "recent", "discussed", "random"])
async def test_a_page_of_any_sort_leads_to_the_next(environment: EnvironmentOf, sort: str) -> None:
    async with running(environment("gateway")) as gateway:
        ids = [new_id() for _ in range(45)]
        await told(
            gateway,
            consultation(),
            *(contribution(i) for i in ids),
            *(tally(i, agree=n) for n, i in enumerate(ids[:30])),
        )
        address, seen = f"{PAGE}?sort={sort}", []
        for _ in range(3):
            page = (await gateway.client.get(address)).text
            seen += [piece[:36] for piece in page.split('<li class="card" id="c-')[1:]]
            following = page.partition("&amp;cursor=")[2].partition("#")[0]
            address = f"{PAGE}?sort={sort}&cursor={following}"
        assert sorted(seen) == sorted(ids)
        assert not following
        if sort == "supported":
            assert seen[:29] == ids[29:0:-1]


async def test_a_page_without_script_can_do_everything(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await a_conversation(gateway)
        page = (await gateway.client.get(f"{PAGE}/contributions/{A}")).text
        origin = gateway.context.settings.consultation_origin
        assert f'action="{origin}/contributions/{A}/vote"' in page
        assert page.count(f'action="{origin}/consultations/{CONSULTATION}/contributions"') == 4
        assert f"{origin}/participate?consultation={CONSULTATION}&amp;return=http" in page
        for value in ("agree", "mixed", "disagree", "withdraw"):
            assert f'name="choice" value="{value}"' in page
        assert "Votes repris de la consultation d’origine" in page
        assert "Un banc &amp; &lt;b&gt;deux&lt;/b&gt;" in page
        assert " style=" not in page
        assert "onclick" not in page


async def test_a_closed_consultation_takes_nothing_more(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        yesterday = TODAY - datetime.timedelta(2)
        # The event still says "open": the dates decide.
        await told(gateway, consultation(opens_on=yesterday, closes_on=yesterday, state="open"), contribution(A))
        page = (await gateway.client.get(PAGE)).text
        assert page.count('<form method="post"') == 0
        assert "<form" not in (await gateway.client.get(f"{PAGE}/contributions/{A}")).text
        assert (await gateway.client.get(API)).json()["state"] == "closed"


async def test_what_is_withdrawn_leaves_pages_and_stays_empty_in_the_data(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await a_conversation(gateway)
        await told(gateway, contribution(A, version=2, state="withdrawn", title="", body="", body_html=""))
        assert A not in (await gateway.client.get(PAGE)).text
        assert "Un banc" not in (await gateway.client.get(f"{PAGE}/contributions/{A}")).text
        exported = (await gateway.client.get(f"{API}/contributions.csv")).text
        assert A in exported
        assert "Un banc" not in exported


async def test_an_argument_leads_to_what_it_is_about(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await a_conversation(gateway)
        answer = await gateway.client.get(f"/en{PAGE}/contributions/{B}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/en{PAGE}/contributions/{A}#c-{B}")


async def test_what_came_before_its_consultation_waits(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, contribution(A), argument(B, C))
        assert (await gateway.client.get(f"{API}/contributions")).status_code == 404
        await told(gateway, consultation())
        assert len((await gateway.client.get(f"{API}/contributions")).json()["contributions"]) == 1
        assert (await gateway.client.get(f"{PAGE}/contributions/{B}")).status_code == 404


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        (f"/open-data/consultations/{HOSTILE}", 404, "unknown_consultation"),
        (f"{API}/contributions/{HOSTILE}", 404, "unknown_contribution"),
        (f"{API}/contributions?cursor={HOSTILE}", 400, "invalid_cursor"),
        (f"{API}/contributions?kind={HOSTILE}", 400, "invalid_parameter"),
        (f"{API}/contributions?section={HOSTILE}", 400, "invalid_parameter"),
        (f"{API}/contributions?limit=0", 400, "invalid_parameter"),
        (f"{API}/contributions?limit=9999999999", 400, "invalid_parameter"),
        (f"{API}/{HOSTILE}", 404, "not_found"),
        ("/open-data/consultations/%00", 404, "unknown_consultation"),
    ],
)
async def test_bad_input_gets_a_problem_that_does_not_repeat_it(
    environment: EnvironmentOf, address: str, status: int, code: str
) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, consultation())
        answer = await gateway.client.get(address)
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "script" not in answer.text
        assert answer.json()["fr"] != answer.json()["en"]


async def test_without_its_database_it_says_so(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, consultation())
        gateway.context.pool.terminate()
        page, data = (
            await gateway.client.get(f"{PAGE}?sort=recent"),
            await gateway.client.get("/open-data/consultations"),
        )
        assert (page.status_code, data.status_code, data.json()["code"]) == (503, 503, "unavailable")
        assert "Le service est momentanément indisponible." in page.text
        readiness = await gateway.client.get("/readyz")
        assert (readiness.status_code, readiness.json()["database"]) == (503, False)
        assert (await gateway.client.get("/healthz")).status_code == 200


async def test_a_mistake_of_ours_is_a_plain_500(environment: EnvironmentOf, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise KeyError("canari")

    async with running(environment("gateway")) as gateway:
        await told(gateway, consultation())
        monkeypatch.setattr(reading, "item", fail)
        monkeypatch.setattr(threads, "page_of", fail)
        page, data = (
            await gateway.client.get(f"{PAGE}/contributions/{A}"),
            await gateway.client.get(f"{API}/contributions/{A}"),
        )
        assert (page.status_code, data.status_code, data.json()["code"]) == (500, 500, "internal")
        assert "canari" not in page.text + data.text
        assert page.headers["content-security-policy"]


async def test_without_the_bus_it_serves_what_it_knows(environment: EnvironmentOf) -> None:
    async with running(environment("gateway") | {"GATEWAY_NATS": "nats://127.0.0.1:1"}) as gateway:
        await told(gateway, consultation())
        assert (await gateway.client.get(PAGE)).status_code == 200
        readiness = await gateway.client.get("/readyz")
        assert (readiness.status_code, readiness.json()["bus"], readiness.json()["caught_up"]) == (503, False, False)


async def test_bad_input_on_a_page_gets_a_page(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, consultation())
        for address in (
            f"{PAGE}?sort={HOSTILE}",
            f"{PAGE}?cursor={HOSTILE}",
            f"/consultations/{HOSTILE}",
            f"/{HOSTILE}",
        ):
            answer = await gateway.client.get(address)
            assert answer.status_code in (400, 404)
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert "alert(1)" not in answer.text
        assert (await gateway.client.post(PAGE)).status_code == 405
        assert "Cette consultation n’existe pas." in (await gateway.client.get("/consultations/autre")).text
        assert "This consultation does not exist." in (await gateway.client.get("/en/consultations/autre")).text


async def test_the_policy_lets_no_script_in_and_forms_out_to_one_place(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        answer = await gateway.client.get("/")
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        origin = gateway.context.settings.consultation_origin
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["form-action"] == policy["connect-src"] == f"'self' {origin}"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["require-trusted-types-for"] == "'script'"
        assert answer.headers["referrer-policy"] == "strict-origin"


async def test_static_files_are_named_by_their_content(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        page = (await gateway.client.get("/")).text
        style = "/static/cloison." + page.partition('href="/static/cloison.')[2].partition('"')[0]
        answer = await gateway.client.get(style)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert len(answer.content) < 25_000
        assert (await gateway.client.get("/static/../app.py")).status_code == 404
