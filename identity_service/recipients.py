"""Opens what consultation sealed when a participant arrived: their token, so that they can be told of news.

The construction is in ``contracts.recipients``.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts import recipients
from contracts.events import Id, Subject
from contracts.tokens import b64u, unb64u

POINT_BYTES = 32


class Unopened(Exception):
    """The sealed token was altered, is another consultation's, or was sealed for another key."""


def open_recipient(sealed: str, consultation: Id, own: X25519PrivateKey) -> Subject:
    """The token in ``sealed`` (base64url). Raises ``Unopened``."""
    try:
        data = unb64u(sealed)
        public = data[:POINT_BYTES]
        shared = own.exchange(X25519PublicKey.from_public_bytes(public))
        salt, info = public + own.public_key().public_bytes_raw(), recipients.info(consultation)
        key = HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(shared)
        return b64u(AESGCM(key).decrypt(recipients.NONCE, data[POINT_BYTES:], None))
    except (ValueError, InvalidTag):
        raise Unopened from None
