"""The vault, the pseudonyms, the codes, the limits and the settings."""

import base64
import datetime
import hashlib
import hmac
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.http import Refusal
from identity_service import sign_in
from identity_service.keys import derive, lp
from identity_service.mail import MAX_TRIES, pause_after
from identity_service.pseudonyms import Pseudonyms
from identity_service.rate_limits import DAY_SECONDS, RateLimits, network
from identity_service.settings import InvalidSettings, Settings
from identity_service.vault import Damaged, Vault

ROOT = bytes(range(32))
ROW, OTHER_ROW = uuid.UUID(int=1), uuid.UUID(int=2)


def test_what_is_sealed_opens_where_it_was_put() -> None:
    vault = Vault(ROOT)
    sealed = vault.seal("jean@courriel.example", "account", ROW, "address")
    assert b"jean" not in sealed
    assert sealed != vault.seal("jean@courriel.example", "account", ROW, "address")
    assert vault.open(sealed, "account", ROW, "address") == "jean@courriel.example"


@pytest.mark.parametrize(
    "place", [("account", OTHER_ROW, "address"), ("mail", ROW, "address"), ("account", ROW, "name")]
)
def test_a_ciphertext_moved_elsewhere_does_not_open(place: tuple[str, uuid.UUID, str]) -> None:
    vault = Vault(ROOT)
    sealed = vault.seal("jean@courriel.example", "account", ROW, "address")
    with pytest.raises(Damaged):
        vault.open(sealed, *place)


def test_the_place_is_what_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: without associated data, a ciphertext opens anywhere."""
    monkeypatch.setattr("identity_service.vault.place", lambda *_: b"")
    vault = Vault(ROOT)
    sealed = vault.seal("jean@courriel.example", "account", ROW, "address")
    assert vault.open(sealed, "mail", OTHER_ROW, "name") == "jean@courriel.example"


@given(st.integers(min_value=0), st.integers(0, 7))
def test_an_altered_ciphertext_does_not_open(position: int, bit: int) -> None:
    vault = Vault(ROOT)
    sealed = bytearray(vault.seal("jean@courriel.example", "account", ROW, "address"))
    sealed[position % len(sealed)] ^= 1 << bit
    with pytest.raises(Damaged):
        vault.open(bytes(sealed), "account", ROW, "address")
    with pytest.raises(Damaged):
        Vault(bytes(32)).open(vault.seal("x", "account", ROW, "address"), "account", ROW, "address")


def test_place_names_cannot_slide_into_each_other() -> None:
    vault = Vault(ROOT)
    with pytest.raises(Damaged):
        vault.open(vault.seal("x", "ab", ROW, "c"), "a", ROW, "bc")


def test_index_needs_the_key() -> None:
    assert Vault(ROOT).address_index("a@b.example") == Vault(ROOT).address_index("a@b.example")
    assert Vault(ROOT).address_index("a@b.example") != Vault(bytes(32)).address_index("a@b.example")
    assert Vault(ROOT).address_index("a@b.example") != hashlib.sha256(b"a@b.example").digest()


def test_pseudonym_vectors() -> None:
    """Frozen: a change of any of these would cut every participant off from what they said."""
    consultation, account = "6f8b0a1e-3f0e-4d5c-9b1a-2c3d4e5f6071", uuid.UUID("0c9d7e34-52a1-4b7e-8f60-112233445566")
    by_hand = hmac.digest(
        derive(ROOT, b"K_id" + consultation.encode()),
        lp("sub/v1") + lp(consultation) + lp(str(account)),
        hashlib.sha256,
    )
    subject = Pseudonyms(ROOT).subject(consultation, account)
    assert (
        subject
        == base64.urlsafe_b64encode(by_hand).decode().rstrip("=")
        == "NFbN3FxsETrqa0bSaXw3WIIHS9MNJFpoFvWL8VDoUQQ"
    )
    assert subject != Pseudonyms(ROOT).subject(consultation.replace("6f", "7f"), account)
    assert subject != Pseudonyms(ROOT).subject(consultation, uuid.UUID(int=3))
    assert lp("é") == b"\x00\x02\xc3\xa9"


@given(st.text(alphabet="  - ", max_size=3), st.integers(0, 10**8 - 1))
def test_typed_codes(space: str, number: int) -> None:
    code = f"{number:08}"
    assert sign_in.typed_code(space + code[:4] + space + code[4:] + space) == code
    assert sign_in.typed_code(sign_in.spaced(code)) == code


@pytest.mark.parametrize("text", ["", "1234567", "123456789", "1234567a", "१२३४५६७८", "1" * 100])
def test_malformed_codes(text: str) -> None:
    with pytest.raises(Refusal, match="code_malformed"):
        sign_in.typed_code(text)


def test_new_codes() -> None:
    codes = {sign_in.new_code() for _ in range(200)}
    assert len(codes) > 190
    assert all(len(code) == 8 and code.isdigit() for code in codes)


class Watch:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_limit_and_window() -> None:
    watch = Watch()
    limits = RateLimits(watch)
    for _ in range(3):
        limits.take("code", "203.0.113.7", 3)
    with pytest.raises(Refusal, match="rate_limited") as refused:
        limits.take("code", "203.0.113.7", 3)
    assert refused.value.facts == {"minutes": 15}
    limits.take("code", "203.0.113.8", 3)
    limits.take("try", "203.0.113.7", 3)
    watch.now += 15 * 60
    limits.take("code", "203.0.113.7", 3)


def test_the_key_changes_every_day_and_nothing_readable_is_kept() -> None:
    watch = Watch()
    limits = RateLimits(watch)
    limits.take("code", "203.0.113.7", 3)
    (before,) = limits._counters["code of a network"]
    assert len(before) == 8
    assert network("203.0.113.7") not in before
    watch.now += 24 * 3600
    limits.take("code", "203.0.113.7", 3)
    (after,) = limits._counters["code of a network"]
    assert before != after


def test_many_networks_do_not_push_out_a_mailbox() -> None:
    limits = RateLimits(Watch(), max_counters=10)
    limits.take("code", b"mailbox", 1)
    for number in range(100):
        limits.take("code", f"198.51.100.{number}", 1)
    with pytest.raises(Refusal):
        limits.take("code", b"mailbox", 1)


def test_a_limit_of_a_day_outlives_quarters_of_an_hour() -> None:
    watch = Watch()
    limits = RateLimits(watch)
    limits.take("code of the day", b"mailbox", 1, DAY_SECONDS)
    watch.now = DAY_SECONDS - 60
    with pytest.raises(Refusal):
        limits.take("code of the day", b"mailbox", 1, DAY_SECONDS)


def test_counters_are_bounded() -> None:
    limits = RateLimits(Watch(), max_counters=10)
    for number in range(100):
        limits.take("code", f"203.0.113.{number}", 3)
    assert sum(map(len, limits._counters.values())) <= 10


def test_networks() -> None:
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9") != network("2001:db8:1:3::1")
    assert network("::ffff:203.0.113.7") == network("203.0.113.7") != network("203.0.113.8")
    assert network("") == network("not an address")


def test_mail_tries_take_two_days() -> None:
    total = sum((pause_after(tries) for tries in range(MAX_TRIES)), datetime.timedelta())
    assert datetime.timedelta(days=1) < total < datetime.timedelta(days=3)


FILES = (
    "DATABASE_PASSWORD", "NATS_SEED", "EVENT_KEY", "TRUSTED_EVENT_KEYS", "TOKEN_KEY", "VAULT_KEY", "PSEUDONYM_KEY",
    "STAFF_KEY", "NOTICE_KEY",
)  # fmt: skip
SETTINGS = {
    "IDENTITY_ORIGIN": "http://127.0.0.1:8001",
    "IDENTITY_GATEWAY_ORIGIN": "http://localhost:8000",
    "IDENTITY_CONSULTATION_ORIGIN": "http://localhost:8002",
    "IDENTITY_DATABASE": "postgresql://identity@127.0.0.1:8003/identity",
    "IDENTITY_NATS": "nats://127.0.0.1:8004",
    **{
        f"IDENTITY_{name}_FILE": f"/secrets/{name}"
        for name in FILES
    },
}  # fmt: skip


def test_settings() -> None:
    settings = Settings.from_environment({**SETTINGS, "CONSULTATION_ORIGIN": "another's"})
    assert (settings.host, settings.port, settings.smtp) == ("127.0.0.1", 8001, None)
    assert settings.vault_key_file == Path("/secrets/VAULT_KEY")
    assert not settings.secure


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"IDENTITY_SMPT": "smtp://x"}, "Unknown setting IDENTITY_SMPT"),
        ({"IDENTITY_NATS": ""}, "Missing setting IDENTITY_NATS"),
        ({"IDENTITY_LISTEN": "0.0.0.0:8001"}, "IDENTITY_SMTP is needed"),
        ({"IDENTITY_ORIGIN": "https://identite.example"}, "IDENTITY_SMTP is needed"),
        ({"IDENTITY_SMTP": "http://x"}, "IDENTITY_SMTP must be"),
        ({"IDENTITY_SMTP": "smtp://x"}, "IDENTITY_MAIL_FROM is needed"),
        ({"IDENTITY_SMTP": "smtp://x", "IDENTITY_SMTP_USER": "u"}, "go together"),
        ({"IDENTITY_ORIGIN": "localhost"}, "IDENTITY_ORIGIN must be an origin"),
    ],
)
def test_refused_settings(changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(InvalidSettings, match=sentence):
        Settings.from_environment({**SETTINGS, **changes})
