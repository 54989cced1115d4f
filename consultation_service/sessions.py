"""The two cookies of a participant, sealed with AES-256-GCM so that a browser can neither read nor change them.

The session cookie says: this browser is this pseudonym in this consultation, until that day. The state cookie says:
this browser began this participation, and wants to go back there. Nothing about either is kept here.
"""

import functools
import secrets
import uuid
from typing import Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consultation_service.words import Language
from contracts.tokens import b64u, unb64u

SESSION_DAYS: Final = 30
STATE_SECONDS: Final = 30 * 60
STATE_COOKIE: Final = "cloison_state"
SESSION_COOKIE: Final = "cloison_session_"
SESSION_CHARS: Final = 107
_SESSION: Final = b"cloison/session/v1"
_STATE: Final = b"cloison/state/v1"
_NONCE: Final = 12
_DAY: Final = 86_400


class Session(NamedTuple):
    """A participant in a consultation. ``last_day`` counts days since 1970 (UTC): a day, not an instant."""

    consultation: str
    pseudonym: bytes
    last_day: int


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """What the state cookie remembers: the random state, the consultation, where to return on the gateway, and the
    language of the pages.
    """

    state: str
    consultation: str
    back: str
    language: Language


class Seals:
    """Makes and opens cookies."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        # Opening costs more than the rest of a vote's path; only genuine cookies enter, and they are short.
        self._opened = functools.lru_cache(maxsize=32_768)(self._open_session)

    def session(self, consultation: str, pseudonym: bytes, now: float) -> str:
        """The value of a session cookie, good for ``SESSION_DAYS``."""
        last_day = int(now) // _DAY + SESSION_DAYS
        return self._seal(uuid.UUID(consultation).bytes + pseudonym + last_day.to_bytes(4, "big"), _SESSION)

    def open_session(self, value: str, now: float) -> Session | None:
        """The session in a cookie; None when it is forged, malformed or over."""
        if len(value) != SESSION_CHARS:
            return None
        try:
            session = self._opened(value)
        except (InvalidTag, ValueError):
            return None
        return session if session.last_day >= now // _DAY else None

    def journey(self, consultation: str, back: str, language: Language) -> tuple[Journey, str]:
        """A new journey and the value of its state cookie."""
        journey = Journey(state=b64u(secrets.token_bytes(32)), consultation=consultation, back=back, language=language)
        return journey, self._seal(msgspec.json.encode(journey), _STATE)

    def open_journey(self, value: str) -> Journey | None:
        """The journey in a cookie; None when it is forged or malformed."""
        try:
            return msgspec.json.decode(self._unseal(value, _STATE), type=Journey)
        except (InvalidTag, ValueError, msgspec.DecodeError):
            return None

    def close(self, plain: bytes, purpose: bytes) -> str:
        """``plain`` sealed for one ``purpose``."""
        return self._seal(plain, purpose)

    def open(self, value: str, purpose: bytes) -> bytes | None:
        """What ``close`` sealed for the same ``purpose``; None for anything else."""
        try:
            return self._unseal(value, purpose)
        except (InvalidTag, ValueError):
            return None

    def _open_session(self, value: str) -> Session:
        plain = self._unseal(value, _SESSION)
        return Session(str(uuid.UUID(bytes=plain[:16])), plain[16:48], int.from_bytes(plain[48:], "big"))

    def _seal(self, plain: bytes, purpose: bytes) -> str:
        nonce = secrets.token_bytes(_NONCE)
        return b64u(nonce + self._cipher.encrypt(nonce, plain, purpose))

    def _unseal(self, value: str, purpose: bytes) -> bytes:
        sealed = unb64u(value)
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose)


def session_cookie_name(consultation: str, *, secure: bool) -> str:
    """One cookie per consultation, so that a browser can take part in several."""
    return pinned(SESSION_COOKIE + consultation[:8], secure=secure)


def pinned(name: str, *, secure: bool) -> str:
    """The name of a cookie that no sibling host can plant: ``__Host-`` (RFC 6265bis section 4.1.3.2), HTTPS only."""
    return f"__Host-{name}" if secure else name


def cookies(header: str) -> dict[str, str]:
    """The cookies of a Cookie header (RFC 6265 section 4.2.1)."""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in pairs}
