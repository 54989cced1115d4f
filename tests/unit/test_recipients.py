"""A token that consultation seals and identity opens: the golden vector from both sides, and what must not open."""

import json
import pathlib
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from consultation_service.recipients import seal
from contracts import events, recipients
from contracts.tokens import b64u, unb64u
from identity_service.recipients import Unopened, open_recipient

VECTOR: dict[str, Any] = json.loads((pathlib.Path(events.__file__).parent / "vectors" / "recipients.json").read_text())
IDENTITY: Final = X25519PrivateKey.from_private_bytes(bytes(range(32)))
EPHEMERAL: Final = X25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
OTHER_CONSULTATION: Final = "00000002-0000-4000-8000-000000000000"


def test_consultation_seals_the_golden_vector() -> None:
    assert b64u(IDENTITY.public_key().public_bytes_raw()) == VECTOR["identity_public"]
    sealed = seal(VECTOR["subject"], VECTOR["consultation"], IDENTITY.public_key(), EPHEMERAL)
    assert b64u(sealed) == VECTOR["sealed"]


def test_identity_opens_the_golden_vector() -> None:
    assert open_recipient(VECTOR["sealed"], VECTOR["consultation"], IDENTITY) == VECTOR["subject"]


def test_a_sealed_token_fits_the_event_and_is_other_each_time() -> None:
    first, second = (seal(VECTOR["subject"], VECTOR["consultation"], IDENTITY.public_key()) for _ in range(2))
    assert first != second
    assert len(first) == recipients.SEALED_BYTES
    assert len(b64u(first)) == 107
    assert unb64u(VECTOR["subject"]) not in first


@pytest.mark.parametrize("place", [0, 31, 32, 63, 79])
def test_an_altered_one_does_not_open(place: int) -> None:
    data = bytearray(unb64u(VECTOR["sealed"]))
    data[place] ^= 1
    with pytest.raises(Unopened):
        open_recipient(b64u(bytes(data)), VECTOR["consultation"], IDENTITY)


def test_it_opens_for_its_consultation_and_its_key_only() -> None:
    with pytest.raises(Unopened):
        open_recipient(VECTOR["sealed"], OTHER_CONSULTATION, IDENTITY)
    with pytest.raises(Unopened):
        open_recipient(VECTOR["sealed"], VECTOR["consultation"], EPHEMERAL)


def test_a_point_without_a_secret_is_refused() -> None:
    # The all-zero point gives an all-zero shared secret, whoever the key belongs to (RFC 7748, section 6.1).
    with pytest.raises(Unopened):
        open_recipient(b64u(bytes(80)), VECTOR["consultation"], IDENTITY)
