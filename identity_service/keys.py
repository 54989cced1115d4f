"""The key files, read once at start. No secret here has a printable form."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from identity_service.settings import InvalidSettings, Settings

Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], None]


@dataclass(frozen=True, slots=True)
class Keys:
    """What this service signs, checks and seals with."""

    event_key_id: str
    sign_event: Sign = field(repr=False)
    event_verifiers: Mapping[str, Verify]
    token_key_id: str
    sign_token: Sign = field(repr=False)
    vault_root: bytes = field(repr=False)
    pseudonym_root: bytes = field(repr=False)
    staff_root: bytes = field(repr=False)
    notice_key: X25519PrivateKey = field(repr=False)


def load(settings: Settings) -> Keys:
    """Read every key file. Raises ``InvalidSettings``, which names the file's setting and not its content."""
    event_key = _private(settings.event_key_file, "EVENT_KEY_FILE")
    token_key = _private(settings.token_key_file, "TOKEN_KEY_FILE")
    return Keys(
        event_key_id=key_id(event_key.public_key()),
        sign_event=event_key.sign,
        event_verifiers=_trusted(settings.trusted_event_keys_file, "TRUSTED_EVENT_KEYS_FILE"),
        token_key_id=key_id(token_key.public_key()),
        sign_token=token_key.sign,
        vault_root=_secret(settings.vault_key_file, "VAULT_KEY_FILE"),
        pseudonym_root=_secret(settings.pseudonym_key_file, "PSEUDONYM_KEY_FILE"),
        staff_root=_secret(settings.staff_key_file, "STAFF_KEY_FILE"),
        notice_key=_notice_key(settings.notice_key_file, "NOTICE_KEY_FILE"),
    )


def key_id(key: Ed25519PublicKey) -> str:
    """The name by which others know a public key: the start of its digest."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def derive(root: bytes, info: bytes) -> bytes:
    """A 32-byte key for one use only, from a root (HKDF-SHA256, RFC 5869, no salt)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(root)


def lp(text: str) -> bytes:
    """``text`` in UTF-8 after its length on 16 bits, so that neighbours cannot slide into each other."""
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidSettings(f"IDENTITY_{name}: the file cannot be read ({error.strerror}).") from None


def _pem(path: Path, name: str) -> object:
    try:
        return load_pem_private_key(_read(path, name), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _notice_key(path: Path, name: str) -> X25519PrivateKey:
    key = _pem(path, name)
    if not isinstance(key, X25519PrivateKey):
        raise InvalidSettings(f"IDENTITY_{name}: not an X25519 private key in PEM (PKCS8) form.")
    return key


def _private(path: Path, name: str) -> Ed25519PrivateKey:
    key = _pem(path, name)
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidSettings(f"IDENTITY_{name}: not an Ed25519 private key in PEM (PKCS8) form.")
    return key


def _secret(path: Path, name: str) -> bytes:
    try:
        secret = base64.b64decode(_read(path, name).strip(), validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != 32:
        raise InvalidSettings(f"IDENTITY_{name}: the file must hold 32 bytes in base64.")
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
            raise InvalidSettings(f"IDENTITY_{name}: lines must be '<key id> <base64 raw public key>'.") from None
        if key_id(key) != identifier:
            raise InvalidSettings(f"IDENTITY_{name}: a key id is not the one of its key.")
        verifiers[identifier] = key.verify
    return verifiers
