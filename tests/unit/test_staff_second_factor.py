"""The second factor and the roles of staff: the RFC's own figures, and what must be refused."""

import re
from typing import get_args
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation_service.rules import permissions
from contracts.events import Role
from contracts.http import Refusal
from identity_service.staff import roles, second_factor

SECRET = b"12345678901234567890"
NOW = 1_800_000_015.0
# RFC 6238, appendix B, the lines of SHA-1.
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("at", "code"), VECTORS)
def test_vectors_of_the_rfc(at: int, code: str) -> None:
    counter = second_factor.counter_of(at)
    assert second_factor.code_at(SECRET, counter, digits=8) == code
    assert second_factor.code_at(SECRET, counter) == code[-6:]


def test_one_step_of_tolerance_either_way() -> None:
    here = second_factor.counter_of(NOW)
    found = [
        second_factor.matching_counter(SECRET, second_factor.code_at(SECRET, here + step), NOW, 0)
        for step in (-2, -1, 0, 1, 2)
    ]
    assert found == [None, here - 1, here, here + 1, None]


def test_each_code_is_good_once_and_closes_those_before() -> None:
    here = second_factor.counter_of(NOW)
    before, now = (second_factor.code_at(SECRET, counter) for counter in (here - 1, here))
    assert second_factor.matching_counter(SECRET, now, NOW, here - 1) == here
    assert second_factor.matching_counter(SECRET, now, NOW, here) is None
    assert second_factor.matching_counter(SECRET, before, NOW, here) is None


@given(st.text(max_size=80))
def test_anything_may_be_typed(text: str) -> None:
    plain = second_factor.typed(text)
    assert plain.isascii()
    assert second_factor.matching_counter(SECRET, plain, NOW, 10**12) is None


@pytest.mark.parametrize(
    ("text", "plain"), [(" 123 456 ", "123456"), ("abcd-efgh", "ABCDEFGH"), ("１２３４５６", "123456")]
)
def test_spaces_hyphens_and_capitals_do_not_matter(text: str, plain: str) -> None:
    assert second_factor.typed(text) == plain


def test_the_address_for_applications() -> None:
    link = urlsplit(second_factor.address(SECRET, "agnes@mairie.example", "Cloison"))
    assert (link.scheme, link.netloc, link.path) == ("otpauth", "totp", "/Cloison:agnes@mairie.example")
    facts = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert facts == {
        "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "issuer": "Cloison",
        "algorithm": "SHA1",
        "digits": "6",
        "period": "30",
    }


def test_recovery_codes_cannot_be_guessed_nor_taken_for_another_code() -> None:
    codes = second_factor.new_recovery_codes()
    assert len(set(codes)) == 10
    for code in codes:
        assert re.fullmatch("[A-Z2-7]{16}", code)
        assert second_factor.typed(second_factor.grouped(code)) == code
        assert not second_factor.is_code(code)


def test_roles_agree_with_the_other_service() -> None:
    assert set(roles.ROLES) == set(get_args(Role)) == set(roles.NAMES) == set(roles.WHAT)
    assert {str(role) for role in permissions.ALONE} == roles.ALONE
    assert {str(role): names for role, names in permissions.ROLE_NAMES.items() if role != "participant"} == roles.NAMES
    for one in roles.ROLES:
        for other in roles.ROLES:
            pair = {permissions.Role(one), permissions.Role(other)}
            if len(pair) > 1 and pair & permissions.ALONE:
                with pytest.raises(Refusal, match="roles_incompatible"):
                    roles.checked([one, other])
            else:
                assert set(roles.checked([one, other])) == {one, other}


@pytest.mark.parametrize(("given_roles", "code"), [([], "roles_missing"), (["king"], "roles_unknown")])
def test_roles_that_are_none(given_roles: list[str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        roles.checked(given_roles)
    assert refused.value.code == code
    assert refused.value.field == "roles"
