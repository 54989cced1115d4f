"""The second half of a level-1 pseudonym (privacy.md section 1.2).

Identity gives ``T``; this service keeps only ``P = HMAC-SHA256(K_co[c], lp("pseudo/v1") ‖ lp(c) ‖ lp(T))``. Whoever
holds one service's data and key can compute neither the other's.
"""

import functools
import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts.tokens import unb64u


class Pseudonyms:
    """Computes pseudonyms from the root key; keeps nothing but the derived keys of a few consultations."""

    def __init__(self, root: bytes) -> None:
        self._key = functools.lru_cache(maxsize=256)(lambda consultation: _derive(root, "K_co" + consultation))
        self._token_key = _derive(root, "used_token")

    def of(self, consultation: str, subject: str) -> bytes:
        """The 32-byte pseudonym, in ``consultation``, of the participant whom identity calls ``subject``."""
        parts = (b"pseudo/v1", consultation.encode(), unb64u(subject))
        return hmac.digest(self._key(consultation), b"".join(map(_length_prefixed, parts)), hashlib.sha256)

    def token_digest(self, token_id: str) -> bytes:
        """How a used token is remembered: nobody else can tell that a ``jti`` was used here."""
        return hmac.digest(self._token_key, token_id.encode(), hashlib.sha256)


def _length_prefixed(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _derive(root: bytes, info: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info.encode()).derive(root)
