"""The rules of signing in: codes, their life, their tries. Pure: no clock, no database, no HTTP.

One flow for everybody: whether the address has an account or not, the same page asks for the same code, and the account
is made when a first code is confirmed. A code is bound to the browser tab that asked for it, so it is of no use to a
thief who reads it, nor to a page that tricks somebody into reading it out.
"""

import datetime
import hashlib
import secrets
import unicodedata
from typing import Final, Literal

from contracts.http import Refusal

CODE_DIGITS: Final = 8
CODE_LIFE: Final = datetime.timedelta(minutes=15)
TRIES: Final = 5
SESSION_DAYS: Final = 1
SECRET_BYTES: Final = 32

Outcome = Literal["right", "wrong", "gone"]


def new_code() -> str:
    """Eight random digits: with five tries a code, guessing one takes 20 million codes asked for."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def spaced(code: str) -> str:
    """A code as people read it: two groups of four."""
    return f"{code[:4]} {code[4:]}"


def typed_code(text: str) -> str:
    """The digits of a code as typed, spaces and hyphens aside. Raises ``Refusal`` ``code_malformed``."""
    if len(text) > 64:
        raise Refusal("code_malformed", field="code", digits=CODE_DIGITS)
    plain = unicodedata.normalize("NFKC", text)
    digits = "".join(c for c in plain if not c.isspace() and c not in "-‐‑–.")
    if len(digits) != CODE_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise Refusal("code_malformed", field="code", digits=CODE_DIGITS)
    return digits


def new_secret() -> str:
    """256 random bits for a cookie or a bearer, base64url."""
    return secrets.token_urlsafe(SECRET_BYTES)


def secret_hash(secret: str) -> bytes:
    """What is stored of a random secret; no key is needed because it cannot be guessed."""
    return hashlib.sha256(b"cloison/identity/secret/v1\0" + secret.encode()).digest()


def expires_at(now: datetime.datetime) -> datetime.datetime:
    """When a code asked for at ``now`` ends."""
    return now + CODE_LIFE


def session_ends_on(today: datetime.date) -> datetime.date:
    """The last day of a session that starts ``today``: a day, because its instant would be that of a participation."""
    return today + datetime.timedelta(days=SESSION_DAYS)


def wrong_code(tries_left: int) -> Refusal:
    """The refusal of a wrong code, which says how many tries are left."""
    if tries_left <= 0:
        return Refusal("code_gone", field="code")
    return Refusal("code_wrong" if tries_left > 1 else "code_wrong_once_more", field="code", left=tries_left)
