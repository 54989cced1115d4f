"""The key files, read once at start. No secret here has a printable form."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from consultation_service.settings import InvalidSettings, Settings

Verify = Callable[[bytes, bytes], None]


@dataclass(frozen=True, slots=True)
class Keys:
    """What this service signs, checks and seals with."""

    event_key_id: str
    sign_event: Callable[[bytes], bytes] = field(repr=False)
    event_verifiers: Mapping[str, Verify]
    token_verifiers: Mapping[str, Verify]
    pseudonym_root: bytes = field(repr=False)
    session_key: bytes = field(repr=False)
    notice_key: X25519PublicKey


def load(settings: Settings) -> Keys:
    """Read every key file. Raises ``InvalidSettings``, which names the file's setting and not its content."""
    event_key = _private(settings.event_key_file, "EVENT_KEY_FILE")
    return Keys(
        event_key_id=key_id(event_key.public_key()),
        sign_event=event_key.sign,
        event_verifiers=_trusted(settings.trusted_event_keys_file, "TRUSTED_EVENT_KEYS_FILE"),
        token_verifiers=_trusted(settings.trusted_token_keys_file, "TRUSTED_TOKEN_KEYS_FILE"),
        pseudonym_root=_secret(settings.pseudonym_key_file, "PSEUDONYM_KEY_FILE"),
        session_key=_secret(settings.session_key_file, "SESSION_KEY_FILE"),
        notice_key=X25519PublicKey.from_public_bytes(_secret(settings.notice_key_file, "NOTICE_KEY_FILE")),
    )


def key_id(key: Ed25519PublicKey) -> str:
    """The name by which others know a public key: the start of its digest."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidSettings(f"CONSULTATION_{name}: the file cannot be read ({error.strerror}).") from None


def _private(path: Path, name: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_read(path, name), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidSettings(f"CONSULTATION_{name}: not an Ed25519 private key in PEM (PKCS8) form.")
    return key


def _secret(path: Path, name: str) -> bytes:
    try:
        secret = base64.b64decode(_read(path, name).strip(), validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != 32:
        raise InvalidSettings(f"CONSULTATION_{name}: the file must hold 32 bytes in base64.")
    return secret


def _trusted(path: Path, name: str) -> dict[str, Verify]:
    verifiers: dict[str, Verify] = {}
    for line in _read(path, name).decode().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        try:
            identifier, text = line.split()
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
        except ValueError:
            raise InvalidSettings(f"CONSULTATION_{name}: lines must be '<key id> <base64 raw public key>'.") from None
        if key_id(key) != identifier:
            raise InvalidSettings(f"CONSULTATION_{name}: a key id is not the one of its key.")
        verifiers[identifier] = key.verify
    return verifiers
