"""How a participant can be told something by a service that no longer knows who they are.

When somebody arrives, consultation seals their pseudonymous token ``T`` for identity's X25519 key and keeps the sealed
form, which it cannot open; ``NoticeRequested`` carries it back. The construction is an ephemeral-static Diffie-Hellman
(RFC 7748), HKDF-SHA256 (RFC 5869) and AES-256-GCM (RFC 5116), the shape of DHKEM(X25519) in RFC 9180:

    e = a fresh X25519 key pair                shared = X25519(e.private, identity.public)
    key = HKDF-SHA256(shared, salt = e.public || identity.public, info = INFO || consultation, 32 bytes)
    sealed = base64url(e.public || AES-256-GCM(key, nonce = 12 zero bytes, T))       32 + 32 + 16 = 80 bytes

The key is used once, so the nonce may be zero. The consultation is bound in: a sealed form cannot be moved to another.
"""

from typing import Final

INFO: Final = b"cloison/recipient/v1\0"
SEALED_BYTES: Final = 80
NONCE: Final = bytes(12)


def info(consultation: str) -> bytes:
    """The HKDF ``info`` of a consultation."""
    return INFO + consultation.encode()
