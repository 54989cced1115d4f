"""The contracts, read from both sides: golden messages, and what must be refused."""

import dataclasses
import datetime
import json
import pathlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from contracts import events, http, openapi, subjects, tokens
from contracts.edge import Edge
from contracts.logs import log
from contracts.scales import CHOICE_CODES, SCALES

VECTORS = pathlib.Path(events.__file__).parent / "vectors"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VERIFIERS: dict[str, Callable[[bytes, bytes], None]] = {"test-key": KEY.public_key().verify}
IDS = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(9)]
DAY = datetime.date(2026, 3, 1)

SAMPLES: list[events.Event] = [
    events.ErasureRequested(id=IDS[0], consultation=IDS[1], subject="A" * 43),
    events.WithdrawalRequested(id=IDS[0], consultation=IDS[1], subject="B" * 43),
    events.ConsultationAnnounced(
        id=IDS[0], consultation=IDS[1], version=2, slug="parc-des-saules", title="Le parc des Saules",
        organiser="Ville de Villebrume", language="fr", terms_version="1", opens_on=DAY, closes_on=DAY, state="open",
    ),
    events.ErasureDone(id=IDS[0], consultation=IDS[1], request=IDS[2], contributions=3, votes=12, day=DAY),
    events.WithdrawalDone(id=IDS[0], consultation=IDS[1], request=IDS[2], contributions=0, votes=0, day=DAY),
    events.PublicConsultation(
        id=IDS[0], consultation=IDS[1], version=1, slug="parc-des-saules", title="Le parc des Saules",
        introduction_html="<p>Dites-nous.</p>", organiser="Ville de Villebrume", language="fr", state="open",
        opens_on=DAY, closes_on=DAY, scale="agree_mixed_disagree", terms_version="1", level=1, source="",
        sections=(
            events.PublicSection(
                id=IDS[3], parent=None, position=0, title="Les jeux", introduction_html="", kinds=("opinion",),
                scale="support",
            ),
        ),
    ),
    events.PublicContribution(
        id=IDS[0], contribution=IDS[4], consultation=IDS[1], section=IDS[3], version=1, kind="argument", parent=IDS[5],
        side="against", title="", body="Trop *bruyant*.", body_html="<p>Trop <em>bruyant</em>.</p>", link="",
        category="", day=DAY, state="published", scale="agree_mixed_disagree",
    ),
    events.PublicTally(
        id=IDS[0], contribution=IDS[4], consultation=IDS[1], version=7, cast={"agree": 3, "mixed": 0, "disagree": 1},
        imported={"total": 40}, by_version=(events.VersionVotes(text_version=1, votes=1),),
    ),
    events.StaffChanged(id=IDS[0], staff="S" * 43, version=2, roles=("organiser", "moderator")),
    events.NoticeRequested(
        id=IDS[0], consultation=IDS[1], recipient="R" * 107, reason="news", frequency="daily",
    ),
    events.PublicVersion(
        id=IDS[0], version=IDS[6], contribution=IDS[4], consultation=IDS[1], revision=1, number=1, title="Un banc",
        body_html="<p>Un banc.</p>", day=DAY, changes=(events.Change(kind="added", text="Un banc."),),
    ),
    events.PublicRankingResult(
        id=IDS[0], section=IDS[3], consultation=IDS[1], version=1, ballots=3, options=(IDS[4], IDS[5]),
        matrix=((0, 2), (1, 0)), borda=("2", "1"), condorcet=0, schulze=((0,), (1,)),
    ),
    events.PublicAnswers(
        id=IDS[0], section=IDS[3], consultation=IDS[1], version=1, sent=12,
        questions=(events.QuestionTotals(key="sport", answers=12, counts=(7, 5), other=2),),
    ),
    events.PublicOfficialAnswer(
        id=IDS[0], contribution=IDS[4], consultation=IDS[1], version=1,
        texts=(
            events.AnswerText(
                number=1, status="partly", reason="Un banc sur deux.", body_html="<p>Merci.</p>", day=DAY
            ),
        ),
    ),
    events.PublicStatement(
        id=IDS[0], statement=IDS[7], consultation=IDS[1], version=1, kind="restitution",
        texts=(events.StatementText(number=1, title="Ce qui change", body_html="<p>Un banc.</p>", day=DAY),),
    ),
    events.PublicJournal(
        id=IDS[0], contribution=IDS[4], consultation=IDS[1], version=2,
        entries=(
            events.JournalEntry(
                number=1, kind="reported", day=DAY, decision=None, rule="insult", facts="", automated=False, about=0
            ),
            events.JournalEntry(
                number=2, kind="decided", day=DAY, decision="hide", rule="insult", facts="Un mot blessant.",
                automated=False, about=0,
            ),
        ),
    ),
]  # fmt: skip


def sealed(event: events.Event) -> events.Sealed:
    return events.seal(event.id, events.subject_of(event), events.encode(event), "test-key", KEY.sign)


def golden(event: events.Event) -> dict[str, Any]:
    message = sealed(event)
    return {"subject": message.subject, "body": message.body.decode(), "headers": message.headers}


def test_golden_messages_have_not_changed() -> None:
    stored = json.loads((VECTORS / "events.json").read_text())
    assert stored["messages"] == [golden(event) for event in SAMPLES]


def test_golden_messages_decode_to_the_same_events() -> None:
    stored = json.loads((VECTORS / "events.json").read_text())
    decoded = [events.unseal(m["subject"], m["body"].encode(), m["headers"], VERIFIERS) for m in stored["messages"]]
    assert decoded == SAMPLES


def test_every_event_has_a_golden_message() -> None:
    kinds = set(events.Event.__args__)
    assert {type(event) for event in SAMPLES} == kinds


def reason(message: events.Sealed) -> str:
    with pytest.raises(events.InvalidMessage) as caught:
        events.unseal(message.subject, message.body, message.headers, VERIFIERS)
    return caught.value.reason


@pytest.mark.parametrize("event", SAMPLES, ids=lambda e: type(e).__name__)
def test_a_changed_message_is_refused(event: events.Event) -> None:
    message = sealed(event)
    replace = dataclasses.replace
    assert reason(replace(message, body=message.body + b" ")) == "signature"
    assert reason(replace(message, subject=message.subject + "x")) == "signature"
    assert reason(replace(message, headers={})) == "headers"
    assert reason(replace(message, headers=message.headers | {events.HEADER_KEY: "other"})) == "key"
    assert reason(replace(message, headers=message.headers | {events.HEADER_ID: IDS[8]})) == "id"
    assert reason(replace(message, body=b" " * (events.MAX_MESSAGE_BYTES + 1))) == "size"


def test_a_signed_message_must_still_be_the_contract() -> None:
    event = SAMPLES[0]
    body = json.loads(events.encode(event))
    unknown = events.seal(
        event.id, subjects.ERASURE_REQUESTED, json.dumps(body | {"mail": ""}).encode(), "test-key", KEY.sign
    )
    assert reason(unknown) == "body"
    moved = events.seal(event.id, subjects.WITHDRAWAL_REQUESTED, events.encode(event), "test-key", KEY.sign)
    assert reason(moved) == "subject"
    serial = body | {"id": "00000000-0000-1000-8000-000000000000"}
    assert (
        reason(events.seal(serial["id"], subjects.ERASURE_REQUESTED, json.dumps(serial).encode(), "test-key", KEY.sign))
        == "body"
    )


def test_a_signed_message_nested_too_deep_is_refused_like_another() -> None:
    body = b'{"deep":' + b"[" * 100_000 + b"]" * 100_000 + b',"type":"public.tally.v1"}'
    message = events.seal(IDS[0], f"public.v1.tally.{IDS[1]}", body, "test-key", KEY.sign)
    assert reason(message) == "body"


NAMES = st.text(st.characters(codec="utf-8"), max_size=300)


@given(NAMES, st.binary(), NAMES, st.binary())
def test_subject_and_body_cannot_slide_into_each_other(one: str, a: bytes, two: str, b: bytes) -> None:
    assert ((one, a) == (two, b)) == (events.signing_input(one, a) == events.signing_input(two, b))


def test_no_event_can_hold_an_instant_or_an_address() -> None:
    text = json.dumps(msgspec.json.schema_components(list(events.Event.__args__))[1])
    for word in ("date-time", "email", "mail", "name_of", "user_agent", "ip_"):
        assert word not in text


# --- tokens

STAFF = tokens.StaffToken(
    iss="http://127.0.0.1:8001", staff="S" * 43, version=1, roles=("moderator",), exp=1_800_000_000, jti="j" * 22,
    state=tokens.state_digest("s"),
)  # fmt: skip


def test_a_staff_token_and_an_access_token_do_not_pass_for_each_other() -> None:
    def read(decode: Any, token: Any) -> Any:
        text = tokens.encode(token, "test-key", KEY.sign)
        return decode(text, VERIFIERS, issuer=token.iss, now=1_799_999_000, state="s")

    assert read(tokens.decode_staff, STAFF) == STAFF
    for decode, token in ((tokens.decode_staff, TOKEN), (tokens.decode, STAFF)):
        with pytest.raises(tokens.InvalidToken) as caught:
            read(decode, token)
        assert caught.value.reason == "signature"


TOKEN = tokens.AccessToken(
    iss="http://127.0.0.1:8001", consultation=IDS[1], sub="A" * 43, exp=1_800_000_000, jti="j" * 22,
    state=tokens.state_digest("s"), terms="1",
)  # fmt: skip
TEXT = tokens.encode(TOKEN, "test-key", KEY.sign)


def refused(text: str, *, issuer: str = TOKEN.iss, now: float = 1_799_999_999, state: str | None = "s") -> str:
    with pytest.raises(tokens.InvalidToken) as caught:
        tokens.decode(text, VERIFIERS, issuer=issuer, now=now, state=state)
    return caught.value.reason


def test_a_token_is_accepted_once_everything_agrees() -> None:
    assert tokens.decode(TEXT, VERIFIERS, issuer=TOKEN.iss, now=1_799_999_999, state="s") == TOKEN
    assert json.loads((VECTORS / "tokens.json").read_text())["token"] == TEXT


def test_a_token_is_refused_for_anything_else() -> None:
    key, payload, signature = TEXT.split(".")
    assert refused(TEXT, now=1_800_000_000) == "expired"
    assert refused(TEXT, issuer="http://other") == "use"
    assert refused(TEXT, state="another tab") == "use"
    assert refused(TEXT, state=None) == "use", "a browser's token is no bearer"
    bearer = tokens.encode(msgspec.structs.replace(TOKEN, state=""), "test-key", KEY.sign)
    assert refused(bearer) == "use", "a bearer opens no browser session"
    assert refused(f"{key}.{payload}A.{signature}") == "signature"
    assert refused(f"other.{payload}.{signature}") == "key"
    assert refused("a.b") == "form"
    assert refused("a" * 2000) == "form"


@given(st.floats(min_value=0, max_value=4e9))
def test_expiry_is_no_instant(now: float) -> None:
    end = tokens.expiry(now)
    assert end % tokens.ROUNDING_SECONDS == 0
    assert tokens.LIFETIME_SECONDS <= end - int(now) < tokens.LIFETIME_SECONDS + tokens.ROUNDING_SECONDS


@given(st.binary(max_size=80))
def test_base64url_round_trip(data: bytes) -> None:
    assert tokens.unb64u(tokens.b64u(data)) == data


# --- bodies and problems


class Sample(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    count: int = 0


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"{", "invalid_json", ""),
        (b"\xff", "invalid_json", ""),
        (b"{}", "invalid_field", "title"),
        (b'{"title": 3}', "invalid_field", "title"),
        (b'{"title": "a", "secret@ville.example": 1}', "unknown_field", ""),
        (b'{"title": "a\\u0000"}', "invalid_field", ""),
        (b"[" * 5000, "invalid_field", ""),
    ],
)
def test_bodies_are_refused_without_an_echo(body: bytes, code: str, field: str) -> None:
    with pytest.raises(http.Refusal) as caught:
        http.decode_json(body, Sample)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert b"secret" not in msgspec.json.encode(http.problem(caught.value, {}))


def test_every_common_reason_can_be_said_in_both_languages() -> None:
    for code in http.COMMON_REASONS:
        said = http.problem(http.Refusal(code, limit=64, minutes=5), {})
        assert said.fr
        assert said.en
        assert "{" not in said.fr + said.en


def test_openapi_refuses_a_code_that_no_table_explains() -> None:
    operation = openapi.Operation("get", "/things/{id}", "A thing", answer=Sample, refusals=("not_found",))
    document = openapi.document("T", "1", "", [operation], {})
    assert document["openapi"] == "3.1.0"
    assert document["paths"]["/things/{id}"]["get"]["parameters"][0]["in"] == "path"
    assert "Sample" in document["components"]["schemas"]
    with pytest.raises(KeyError):
        openapi.document("T", "1", "", [dataclasses.replace(operation, refusals=("nobody_knows",))], {})


# --- logs and edge


def test_a_log_line_holds_allow_listed_fields_only(capsys: pytest.CaptureFixture[str]) -> None:
    log("gateway", "request", route="/consultations/{slug}", status=200)
    assert set(json.loads(capsys.readouterr().out)) == {"day", "service", "event", "route", "status"}
    with pytest.raises(TypeError):
        log("gateway", "request", email="camille@ville.example")  # type: ignore[call-arg]


async def call(body: list[bytes], app: Any, headers: list[tuple[bytes, bytes]] | None = None) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    parts = iter(body)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(parts), "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    edge = Edge(
        app, service="test", reasons={}, headers=[(b"x-content-type-options", b"nosniff")], observe=lambda *_: None
    )
    scope = {"type": "http", "method": "POST", "path": "/camille@ville.example", "headers": headers or []}
    await edge(scope, receive, send)
    return sent


async def reads_all(scope: Any, receive: Any, send: Any) -> None:
    while (await receive())["more_body"]:
        pass


async def fails(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("camille@ville.example")


@pytest.mark.anyio
async def test_a_body_over_the_limit_is_refused_declared_or_not() -> None:
    for body, headers in (([b"x" * 40_000] * 9, []), ([b""], [(b"content-length", b"99999999")])):
        sent = await call(body, reads_all, headers)
        assert sent[0]["status"] == 413
        assert (b"x-content-type-options", b"nosniff") in sent[0]["headers"]


@pytest.mark.anyio
async def test_an_error_says_nothing_of_its_cause(capsys: pytest.CaptureFixture[str]) -> None:
    sent = await call([b""], fails)
    assert sent[0]["status"] == 500
    printed = capsys.readouterr().out
    assert b"camille" not in sent[1]["body"]
    assert "camille" not in printed
    assert json.loads(printed)["error"] == "RuntimeError"


def test_every_choice_has_a_code_of_its_own() -> None:
    assert len(set(CHOICE_CODES.values())) == len(CHOICE_CODES)
    assert {choice for scale in SCALES.values() for choice in scale} == set(CHOICE_CODES)


# --- subjects


def test_each_service_publishes_only_under_its_own_names() -> None:
    for stream in subjects.STREAMS:
        for other in subjects.Service:
            shared = set(stream.subjects) & set(subjects.may_publish(other))
            assert not shared or other is stream.owner


def test_no_wildcard_outside_public_objects_acknowledgements_and_inboxes() -> None:
    for service in subjects.Service:
        for subject in subjects.may_publish(service):
            assert "*" not in subject or subject.startswith("public.v1.")
            assert ">" not in subject or subject.startswith("$JS.ACK.")
        assert subjects.may_subscribe(service) == (f"_INBOX_{service}.>",)


def test_each_event_has_a_stream_of_its_author() -> None:
    known = {s.removesuffix(".*") for stream in subjects.STREAMS for s in stream.subjects}
    for event in SAMPLES:
        subject = events.subject_of(event)
        assert (subject.rpartition(".")[0] if subject.startswith("public.") else subject) in known
