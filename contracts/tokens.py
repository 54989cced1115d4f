"""Tokens that identity signs for consultation: of participants, and of staff.

The level-1 access token is all that identity says to consultation about a participant, for a quarter of an hour.
It carries the pseudonymous token ``T`` (``sub``), no e-mail address, no account id and no exact instant. Form:
``<key id>.<payload>.<signature>``, base64url without padding, Ed25519 over ``cloison/token/v1``, a zero byte and
``<key id>.<payload>``.
A token made for a browser carries the digest of the state cookie that consultation set before (RFC 6749 section 10.12:
no login CSRF) and is of no use as a bearer; a token for an API client carries none and is of no use in a browser.

The staff token has the same form over ``cloison/staff/v1``, so that neither passes for the other. It opens the back
office, always in a browser.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeVar

import msgspec

from contracts.events import Id, Role, Staff, Subject

LIFETIME_SECONDS: Final = 15 * 60
ROUNDING_SECONDS: Final = 5 * 60
MAX_TOKEN_CHARS: Final = 1024
AUDIENCE: Final = "consultation"


class AccessToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The signed payload. ``exp`` is in Unix seconds, a multiple of five minutes; ``jti`` is random and used once."""

    v: Literal[1] = 1
    aud: Literal["consultation"] = AUDIENCE
    iss: str
    consultation: Id
    sub: Subject
    exp: int
    jti: str
    state: str
    """``state_digest`` of the browser's state, or empty for an API client."""
    terms: str
    """The version of the terms that the participant accepted."""


class StaffToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A member of staff who proved two factors: a code by mail and a time-based one (RFC 6238). Never an address."""

    v: Literal[1] = 1
    aud: Literal["backoffice"] = "backoffice"
    iss: str
    staff: Staff
    version: int
    """That of the roles: a later ``StaffChanged`` wins over this token."""
    roles: tuple[Role, ...]
    exp: int
    jti: str
    state: str


Token = TypeVar("Token", AccessToken, StaffToken)


class InvalidToken(Exception):
    """The token is malformed, forged, expired or meant for another use. ``reason`` never quotes it."""

    def __init__(self, reason: Literal["form", "key", "signature", "payload", "expired", "use"]) -> None:
        super().__init__(reason)
        self.reason = reason


def b64u(data: bytes) -> str:
    """base64url without padding (RFC 4648 section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text: str) -> bytes:
    """Inverse of ``b64u``. Raises ``ValueError``."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def state_digest(state: str) -> str:
    """What a token says of the browser's state without revealing it."""
    return b64u(hashlib.sha256(b"cloison/state/v1\0" + state.encode()).digest())


def expiry(now: float) -> int:
    """The end of a token's life, in Unix seconds: 15 minutes on, rounded up to five minutes so as to be no instant."""
    end = int(now) + LIFETIME_SECONDS
    return end + (-end % ROUNDING_SECONDS)


def encode(token: AccessToken | StaffToken, key_id: str, sign: Callable[[bytes], bytes]) -> str:
    """The text of a signed token."""
    head = f"{key_id}.{b64u(msgspec.json.encode(token))}"
    return f"{head}.{b64u(sign(_signing_input(head, type(token))))}"


def decode(
    text: str, verifiers: Mapping[str, Callable[[bytes, bytes], None]], *, issuer: str, now: float, state: str | None
) -> AccessToken:
    """Check a participant's token; ``state`` is the browser's state, or None when it comes as a bearer. Raises
    ``InvalidToken``.
    """
    return _decode(text, AccessToken, verifiers, issuer, now, "" if state is None else state_digest(state))


def decode_staff(
    text: str, verifiers: Mapping[str, Callable[[bytes, bytes], None]], *, issuer: str, now: float, state: str
) -> StaffToken:
    """Check a staff token against the browser's state. Raises ``InvalidToken``."""
    return _decode(text, StaffToken, verifiers, issuer, now, state_digest(state))


def _decode(
    text: str,
    kind: type[Token],
    verifiers: Mapping[str, Callable[[bytes, bytes], None]],
    issuer: str,
    now: float,
    state: str,
) -> Token:
    parts = text.split(".")
    if len(text) > MAX_TOKEN_CHARS or len(parts) != 3:
        raise InvalidToken("form")
    key_id, payload, signature = parts
    verify = verifiers.get(key_id)
    if verify is None:
        raise InvalidToken("key")
    try:
        verify(unb64u(signature), _signing_input(f"{key_id}.{payload}", kind))
    except Exception:
        raise InvalidToken("signature") from None
    try:
        token = msgspec.json.decode(unb64u(payload), type=kind)
    except (ValueError, msgspec.DecodeError):
        raise InvalidToken("payload") from None
    if token.exp <= now or token.iss != issuer:
        raise InvalidToken("expired" if token.exp <= now else "use")
    if token.state != state:
        raise InvalidToken("use")
    return token


def _signing_input(head: str, kind: type[AccessToken] | type[StaffToken]) -> bytes:
    return (b"cloison/token/v1\0" if kind is AccessToken else b"cloison/staff/v1\0") + head.encode()
