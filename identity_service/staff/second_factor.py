"""The second factor: time-based one-time passwords (RFC 6238) over HMAC-SHA-1, and recovery codes. Pure.

Six digits, 30 seconds, one step of tolerance either way (RFC 6238, section 5.2). What every authenticator application
understands; SHA-1 is the only hash that all of them have, and HMAC does not rest on its resistance to collisions.
"""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from typing import Final
from urllib.parse import quote, urlencode

STEP_SECONDS: Final = 30
DIGITS: Final = 6
TOLERANCE: Final = 1
SECRET_BYTES: Final = 20
"""The length of the hash, as RFC 4226 recommends (section 4, R6)."""
RECOVERY_CODES: Final = 10
RECOVERY_CHARS: Final = 16
TRIES: Final = 5
"""Tries after one code received by mail; with the 20 codes a day of a mailbox, 100 a day for 3 chances in a million."""


def new_secret() -> bytes:
    """A random secret."""
    return secrets.token_bytes(SECRET_BYTES)


def code_at(secret: bytes, counter: int, digits: int = DIGITS) -> str:
    """The code of a time step: HOTP (RFC 4226, section 5.3) of its number."""
    digest = hmac.digest(secret, counter.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def counter_of(now: float) -> int:
    """The number of the time step at Unix time ``now``."""
    return int(now) // STEP_SECONDS


def matching_counter(secret: bytes, code: str, now: float, last: int) -> int | None:
    """The time step whose code was typed; None when it is none around ``now``, or one not after ``last``, which was
    used: each is good once (RFC 6238, section 5.2).
    """
    found = None
    for counter in range(counter_of(now) - TOLERANCE, counter_of(now) + TOLERANCE + 1):
        if hmac.compare_digest(code_at(secret, counter), code) and counter > last:
            found = counter
    return found


def typed(text: str) -> str:
    """What was typed, without spaces and hyphens, in capitals: six digits, or a recovery code, or anything."""
    plain = unicodedata.normalize("NFKC", text[:64]).upper()
    return "".join(c for c in plain if c.isascii() and c.isalnum())


def is_code(text: str) -> bool:
    """Whether ``text``, as ``typed`` gives it, has the form of a time-based code rather than of a recovery code."""
    return len(text) == DIGITS and text.isdigit()


def base32(secret: bytes) -> str:
    """The secret as applications take it."""
    return base64.b32encode(secret).decode().rstrip("=")


def grouped(text: str) -> str:
    """Groups of four, as people copy them."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def address(secret: bytes, account: str, issuer: str) -> str:
    """The ``otpauth://`` address that a QR code or a link hands to an application."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    facts = {"secret": base32(secret), "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{label}?{urlencode(facts, quote_via=quote)}"


def new_recovery_codes() -> list[str]:
    """Ten codes of 80 bits, each good once."""
    return [base32(secrets.token_bytes(RECOVERY_CHARS * 5 // 8)) for _ in range(RECOVERY_CODES)]
