"""Pure rules of consultation_service: states, pseudonyms, cookies, texts, settings."""

import base64
import dataclasses
import datetime
import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation_service.contributions import (
    Draft,
    clean,
    clean_link,
    clean_text,
    request_key,
    require_shape,
    texts_of,
)
from consultation_service.pages import return_address
from consultation_service.pseudonyms import Pseudonyms
from consultation_service.sessions import Seals
from consultation_service.settings import NAMES, InvalidSettings, Settings
from consultation_service.states import day_of, in_english, in_french
from consultation_service.votes import Answer, Verdict, require_done
from contracts.events import new_id
from contracts.http import Refusal
from contracts.tokens import b64u

OPEN, CLOSE = datetime.date(2026, 11, 1), datetime.date(2026, 11, 30)
CONSULTATION = "0b0e8a52-6c1f-4a6e-9a3a-0d8c1b7a5e11"


def test_days_are_days_in_paris() -> None:
    before, after = (
        datetime.datetime(2026, 7, 1, 21, 59, tzinfo=datetime.UTC),
        datetime.datetime(2026, 7, 1, 22, tzinfo=datetime.UTC),
    )
    assert (day_of(before.timestamp()).day, day_of(after.timestamp()).day) == (1, 2)


def test_days_are_told_in_both_languages() -> None:
    assert (in_french(OPEN), in_english(OPEN)) == ("1er novembre 2026", "1 November 2026")
    assert (in_french(CLOSE), in_english(CLOSE)) == ("30 novembre 2026", "30 November 2026")
    with pytest.raises(Refusal, match="closed"):
        require_done(Answer(Verdict.CLOSED, OPEN, CLOSE))
    require_done(Answer(Verdict.DONE))


def test_the_pseudonym_is_the_documented_formula() -> None:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    root, subject = bytes(range(32)), bytes(range(32, 64))
    key = HKDF(SHA256(), 32, None, b"K_co" + CONSULTATION.encode()).derive(root)
    parts = (b"pseudo/v1", CONSULTATION.encode(), subject)
    said = b"".join(len(part).to_bytes(2, "big") + part for part in parts)
    pseudonyms = Pseudonyms(root)
    assert pseudonyms.of(CONSULTATION, b64u(subject)) == hmac.new(key, said, hashlib.sha256).digest()
    assert pseudonyms.of(new_id(), b64u(subject)) != pseudonyms.of(CONSULTATION, b64u(subject))


@given(st.binary(min_size=32, max_size=32), st.integers(0, 106), st.integers(1, 255))
def test_a_changed_cookie_is_refused(pseudonym: bytes, place: int, change: int) -> None:
    seals = Seals(b"k" * 32)
    value = seals.session(CONSULTATION, pseudonym, 1e9)
    session = seals.open_session(value, 1e9)
    assert session is not None
    assert (session.consultation, session.pseudonym) == (CONSULTATION, pseudonym)
    raw = bytearray(base64.urlsafe_b64decode(value + "="))
    raw[place % len(raw)] ^= change
    assert seals.open_session(b64u(bytes(raw)), 1e9) is None
    assert Seals(b"l" * 32).open_session(value, 1e9) is None
    assert seals.open_session(value, 1e9 + 32 * 86_400) is None
    assert seals.open_journey(value) is None


def test_a_journey_comes_back_as_it_left() -> None:
    seals = Seals(b"k" * 32)
    journey, sealed = seals.journey(CONSULTATION, "http://localhost:8000/x", "en")
    assert seals.open_journey(sealed) == journey
    assert seals.open_journey(sealed[:-2]) is None
    assert seals.open_session(sealed, 1e9) is None


@given(st.text())
def test_cleaned_texts_are_stable_and_can_be_kept(text: str) -> None:
    try:
        cleaned = clean_text(text, "body")
    except Refusal:
        assert "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)
        return
    assert clean_text(cleaned, "body") == cleaned
    assert not {"\r", "\0", "\x1b", "\u202e"} & set(cleaned)
    cleaned.encode()


@pytest.mark.parametrize("link", ["https://a.example", "http://a.example:8080/x?y=z#t", "https://é.example/à"])
def test_links_that_are_kept(link: str) -> None:
    assert clean_link(f" {link} ") == link


@pytest.mark.parametrize(
    "link",
    [
        "",
        "a.example",
        "//a.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "ftp://a.example",
        "https://a.example:x",
        "https://u@a.example",
        "https://a.example/\u202e",
        "https://a.example/a b",
        'https://a.example/"',
        "https://[::1",
        "mailto:a@a.example",
    ],
)
def test_links_that_are_refused(link: str) -> None:
    with pytest.raises(Refusal, match="link_refused"):
        clean_link(link)


def test_a_retry_is_recognised_by_its_key_or_by_what_it_says() -> None:
    draft, other = (
        Draft(kind="opinion", section=new_id(), title="a"),
        Draft(kind="opinion", section=new_id(), title="b"),
    )
    assert request_key(b"p", "k", draft) == request_key(b"p", "k", other)
    assert request_key(b"p", None, draft) != request_key(b"p", None, other)
    assert request_key(b"p", "k", draft) != request_key(b"q", "k", draft)


def test_each_kind_has_its_fields() -> None:
    parent = new_id()
    for draft in (
        Draft(kind="argument", parent=parent, side="for", body="x"),
        Draft(kind="source", parent=parent, title="t", link="https://a.example"),
    ):
        require_shape(draft)
        assert clean(draft.kind, texts_of(draft))
    with pytest.raises(Refusal, match="text_unexpected"):
        require_shape(Draft(kind="argument", parent=parent, section=parent, side="for", body="x"))
    extra = Draft(kind="argument", parent=parent, side="for", body="x", link="https://a.example")
    with pytest.raises(Refusal, match="text_unexpected"):
        clean(extra.kind, texts_of(extra))


@pytest.mark.parametrize("text", ["http://localhost:8000", "/", "/x?y#z", "http://localhost:8000/x"])
def test_return_to_the_gateway(text: str) -> None:
    assert return_address(text, "http://localhost:8000").startswith("http://localhost:8000")


def test_return_to_this_service() -> None:
    own = "http://localhost:8002"
    assert return_address(f"{own}/x", "http://localhost:8000", own) == f"{own}/x"
    with pytest.raises(Refusal, match="return_refused"):
        return_address(f"{own}@a/x", "http://localhost:8000", own)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "//a",
        "/\\a",
        "http://localhost:80000/",
        "http://localhost:8000@a",
        "https://localhost:8000/",
        "/é",
        "/a b",
        "/\t",
    ],
)
def test_no_return_elsewhere(text: str) -> None:
    with pytest.raises(Refusal, match="return_refused"):
        return_address(text, "http://localhost:8000")


ENVIRONMENT = {f"CONSULTATION_{name}": "/nowhere" for name in NAMES} | {
    "CONSULTATION_LISTEN": "127.0.0.1:8002",
    "CONSULTATION_ORIGIN": "http://localhost:8002",
    "CONSULTATION_GATEWAY_ORIGIN": "http://localhost:8000",
    "CONSULTATION_IDENTITY_ORIGIN": "http://127.0.0.1:8001/",
    "CONSULTATION_DATABASE_POOL": "8",
    "CONSULTATION_THEME": "neutral",
    **dict.fromkeys(("CONSULTATION_SITE_NAME", "CONSULTATION_SITE_LOGO", "CONSULTATION_SITE_COLOUR"), ""),
}


def test_settings_are_read_once_and_strictly() -> None:
    settings = Settings.from_environment(ENVIRONMENT | {"IDENTITY_X": "1", "HOME": "/"})
    assert (settings.port, settings.identity_origin, settings.event_key_file) == (
        8002,
        "http://127.0.0.1:8001",
        Path("/nowhere"),
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]  # this is the point
    changes = [
        {"CONSULTATION_COLOUR": "1"},
        {"CONSULTATION_NATS": ""},
        {"CONSULTATION_ORIGIN": "localhost"},
        {"CONSULTATION_LISTEN": "80"},
        {"CONSULTATION_ORIGIN": "http://a.example/path"},
        {"CONSULTATION_DATABASE_POOL": "many"},
        {"CONSULTATION_LISTEN": "x:99999"},
    ]
    for change in changes:
        with pytest.raises(InvalidSettings, match=next(iter(change))):
            Settings.from_environment(ENVIRONMENT | change)
