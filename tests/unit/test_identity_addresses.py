"""Which addresses are accepted, and which are one mailbox."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.http import Refusal
from identity_service.addresses import parse

LOCAL = st.from_regex(r"[A-Za-z0-9]{1,12}(\.[A-Za-z0-9]{1,8})?", fullmatch=True)
TAG = st.from_regex(r"[A-Za-z0-9]{0,8}", fullmatch=True)
DOMAIN = st.sampled_from(["courriel.example", "Gmail.com", "googlemail.com", "mairie.example", "bücher.example"])


@given(LOCAL, TAG, DOMAIN)
def test_spellings_of_one_mailbox(local: str, tag: str, domain: str) -> None:
    plain = parse(f"{local}@{domain}").canonical
    assert parse(f"{local.upper()}@{domain}").canonical == plain
    assert parse(f"{local}+{tag}x@{domain.upper()}").canonical == plain
    assert parse(f"  {local}@{domain} ").canonical == plain


@given(LOCAL, DOMAIN)
def test_canonical_form_is_stable(local: str, domain: str) -> None:
    canonical = parse(f"{local}@{domain}").canonical
    assert parse(canonical).canonical == canonical


@given(st.text(max_size=80))
def test_nothing_else_than_an_address_or_a_refusal(text: str) -> None:
    address = refusal = None
    try:
        address = parse(text)
    except Refusal as raised:
        refusal = (raised.code, raised.field)
    assert address or refusal in (("address_invalid", "email"), ("address_look_alike", "email"))
    assert address is None or not set("\r\n\0") & set(address.envelope)


def test_dots_count_except_at_gmail() -> None:
    assert parse("j.dupont@googlemail.com").canonical == parse("jdupont@gmail.com").canonical == "jdupont@gmail.com"
    assert parse("j.dupont@courriel.example").canonical != parse("jdupont@courriel.example").canonical


def test_kept_as_typed() -> None:
    address = parse(" Jean.Dupont+Vote@Bücher.example ")
    assert address.typed == "Jean.Dupont+Vote@Bücher.example"
    assert address.envelope == "Jean.Dupont+Vote@xn--bcher-kva.example"
    assert address.canonical == "jean.dupont@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "text",
    ["", "jean", "@courriel.example", "jean@", "jean@courriel", "a@b@c.example", "jean@[127.0.0.1]",
     '"j d"@courriel.example', "jean@courriel.example\r\nBcc: x@courriel.example", "jean\u200b@courriel.example",
     "j" * 250 + "@courriel.example"],
)  # fmt: skip
def test_malformed(text: str) -> None:
    with pytest.raises(Refusal, match="address_invalid"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "jeаn@courriel.example",
        "jean@exаmple.example",
        "ｊｅａｎ@courriel.example",
        "jean@сосо.example",
        "ﬁle@courriel.example",
    ],
)
def test_look_alikes(text: str) -> None:
    with pytest.raises(Refusal, match="address_look_alike"):
        parse(text)


@pytest.mark.parametrize("text", ["hélène@courriel.example", "дмитрий@почта.example", "山田@courriel.example"])
def test_other_scripts_are_welcome(text: str) -> None:
    assert parse(text).typed == text


def test_disposable_is_a_flag() -> None:
    assert parse("jean@yopmail.com").disposable
    assert parse("jean@boite.yopmail.com").disposable
    assert not parse("jean@courriel.example").disposable


def test_prints_as_nothing() -> None:
    address = parse("jean@courriel.example")
    assert f"{address} {address!r} {[address]}" == "<email> <email> [<email>]"
