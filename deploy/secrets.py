"""The key and password files of a home, one folder per program, so that each is given its own and no other.

Files are made once, with mode 600 in folders of mode 700, and never overwritten. Formats: private keys (Ed25519; X25519
for notices) are PKCS8 PEM; root keys are 32 random bytes in base64, as is the raw public key for notices; trusted keys
are lines ``<key id> <base64 raw public key>``, where the key id is the first 16 hexadecimal digits of the SHA-256 of
the raw public key; seeds and passwords are one line.
"""

import base64
import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

import nkeys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from contracts.subjects import STREAMS, Service

OPERATOR: Final = "operator"
PROVISIONERS: Final = {f"provision_{owner}": owner for owner in dict.fromkeys(stream.owner for stream in STREAMS)}
"""The users that create streams and consumers: one per account that owns a stream."""

BUS_USERS: Final = (*(str(service) for service in Service), *PROVISIONERS)
DATABASE_ROLES: Final = (OPERATOR, *(str(service) for service in Service))


class Secrets:
    """The secret files under ``folder``; ``make`` creates those that are missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, program: str, name: str) -> Path:
        """Where ``program`` (a service or ``operator``) finds its file ``name``."""
        return self.folder / program / name

    def password_file(self, role: str) -> Path:
        """The PostgreSQL password of ``role``."""
        return self.path(role, "database.password")

    def password(self, role: str) -> str:
        """The text of ``password_file``."""
        return self.password_file(role).read_text().strip()

    def seed_file(self, user: str) -> Path:
        """The NATS seed of ``user``, a service or a provisioning user."""
        return self.path(OPERATOR, f"{user}.seed") if user in PROVISIONERS else self.path(user, "nats.seed")

    def bus_public_keys(self) -> dict[str, str]:
        """The public NATS key of every user, as the server's configuration wants it."""
        return {user: _nkey_public(self.seed_file(user).read_bytes().strip()) for user in BUS_USERS}

    def make(self) -> None:
        """Make every file that is missing."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for role in DATABASE_ROLES:
            self._once(self.password_file(role), lambda: secrets.token_urlsafe(32))
        for user in BUS_USERS:
            self._once(self.seed_file(user), _nkey_seed)
        identity, consultation, gateway = (str(service) for service in Service)
        self._once(self.path(identity, "event.pem"), _ed25519)
        self._once(self.path(identity, "token.pem"), _ed25519)
        self._once(self.path(identity, "vault.key"), _root_key)
        self._once(self.path(identity, "pseudonym.key"), _root_key)
        self._once(self.path(identity, "staff.key"), _root_key)
        self._once(self.path(identity, "notice.pem"), _x25519)
        self._once(self.path(consultation, "event.pem"), _ed25519)
        self._once(self.path(consultation, "pseudonym.key"), _root_key)
        self._once(self.path(consultation, "session.key"), _root_key)
        events = {owner: trusted_line(self.path(owner, "event.pem").read_bytes()) for owner in (identity, consultation)}
        self._once(self.path(identity, "trusted_event_keys"), lambda: events[consultation])
        self._once(self.path(consultation, "trusted_event_keys"), lambda: events[identity])
        self._once(self.path(gateway, "trusted_event_keys"), lambda: events[consultation])
        self._once(
            self.path(consultation, "trusted_token_keys"),
            lambda: trusted_line(self.path(identity, "token.pem").read_bytes()),
        )
        self._once(
            self.path(consultation, "notice.key"),
            lambda: base64.b64encode(_public(self.path(identity, "notice.pem").read_bytes())).decode(),
        )

    @staticmethod
    def _once(path: Path, content: Callable[[], str]) -> None:
        if path.exists():
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.new")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(content().rstrip("\n") + "\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)


def trusted_line(private_pem: bytes) -> str:
    """The line under which others trust the public half of an Ed25519 private key."""
    raw = _public(private_pem)
    return f"{hashlib.sha256(raw).hexdigest()[:16]} {base64.b64encode(raw).decode()}"


def _public(private_pem: bytes) -> bytes:
    key = load_pem_private_key(private_pem, password=None)
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _ed25519() -> str:
    return _pem(Ed25519PrivateKey.generate())


def _x25519() -> str:
    return _pem(X25519PrivateKey.generate())


def _pem(key: Ed25519PrivateKey | X25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _root_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _nkey_seed() -> str:
    seed: bytes = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER)
    return seed.decode()


def _nkey_public(seed: bytes) -> str:
    public: bytes = nkeys.from_seed(bytearray(seed)).public_key
    return public.decode()
