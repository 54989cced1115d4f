"""Seals a participant's token for identity, so that they can be told of news by a service that forgot who they are.

The construction is in ``contracts.recipients``. Whoever holds this service's database and keys cannot open the result.
"""

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts import recipients
from contracts.events import Id, Subject
from contracts.tokens import unb64u


def seal(
    subject: Subject, consultation: Id, identity: X25519PublicKey, ephemeral: X25519PrivateKey | None = None
) -> bytes:
    """``subject`` for ``identity`` and for this consultation only: 80 bytes, other ones each time. ``ephemeral`` is for
    the golden vector.
    """
    own = ephemeral or X25519PrivateKey.generate()
    public = own.public_key().public_bytes_raw()
    salt, info = public + identity.public_bytes_raw(), recipients.info(consultation)
    key = HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(own.exchange(identity))
    return public + AESGCM(key).encrypt(recipients.NONCE, unb64u(subject), None)
