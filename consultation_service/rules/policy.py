"""The policy of a consultation: what participants relied on when they took part, frozen when it opens.

Its digest is shown on the consultation's page and in every export, so that anybody can see that it did not change.
"""

import hashlib
from typing import Annotated, Final, Literal

import msgspec

from consultation_service.rules.attributes import Declared
from consultation_service.rules.scores import CHOICES
from contracts.http import Refusal

MIN_GROUP: Final = 5
"""The least ``smallest_group`` an organiser may choose."""

Days = Annotated[int, msgspec.Meta(ge=0, le=3_660)]
Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class ReleaseCalendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When open data are released, in days after the opening day; the last one is after the closing day.

    ``smallest_group`` is k: no figure about fewer people is released.
    """

    every_days: Annotated[int, msgspec.Meta(ge=7, le=366)] = 7
    final_after_days: Days = 30
    smallest_group: Annotated[int, msgspec.Meta(ge=MIN_GROUP, le=1_000)] = 10


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``scales`` gives the scale of votes by section id, and under ``""`` that of arguments and sources. There is no
    fractional number in it, so that its canonical form is the same in all languages.
    """

    level: Literal[1, 2, 3]
    scales: dict[str, str]
    attributes: tuple[Declared, ...] = ()
    purposes: tuple[Text, ...]
    retention_days: Days
    release: ReleaseCalendar
    terms_version: Text


def canonical(policy: Policy) -> bytes:
    """JSON Canonicalization Scheme (RFC 8785): keys sorted, no white space, UTF-8."""
    return msgspec.json.encode(policy, order="sorted")


def digest(policy: Policy) -> str:
    """SHA-256 of the canonical form, in 64 hexadecimal digits."""
    return hashlib.sha256(canonical(policy)).hexdigest()


def check_policy(policy: Policy) -> None:
    """Raise ``Refusal`` ``scale_refused``, ``purpose_missing`` or ``attribute_repeated`` unless the policy can be
    announced; what bounds and kinds of values say was checked when it was decoded.
    """
    if "" not in policy.scales or not set(policy.scales.values()) <= CHOICES.keys():
        raise Refusal("scale_refused", field="scales")
    if not policy.purposes or not all(purpose.strip() for purpose in policy.purposes):
        raise Refusal("purpose_missing", field="purposes")
    if not all(declared.purpose.strip() for declared in policy.attributes):
        raise Refusal("purpose_missing", field="attributes")
    if len({declared.attribute for declared in policy.attributes}) < len(policy.attributes):
        raise Refusal("attribute_repeated", field="attributes")


def require_same(frozen: str, policy: Policy) -> None:
    """Raise ``Refusal`` ``policy_frozen`` unless ``policy`` has the digest with which the consultation opened."""
    if digest(policy) != frozen:
        raise Refusal("policy_frozen")
