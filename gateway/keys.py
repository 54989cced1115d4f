"""The public keys of those whose facts this service believes."""

import base64
import binascii
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Verify = Callable[[bytes, bytes], None]


class InvalidKeys(Exception):
    """The file of keys cannot be understood; the message names its line, never its content."""


def verifiers(file: Path) -> dict[str, Verify]:
    """Key id to ``verify(signature, data)``, from lines ``<key id> <base64 raw Ed25519 public key>`` (RFC 8032).

    Blank lines and lines that begin with ``#`` are skipped. Raises ``InvalidKeys``.
    """
    found: dict[str, Verify] = {}
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            key_id, encoded = line.split()
            found[key_id] = Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded, validate=True)).verify
        except (ValueError, binascii.Error):
            raise InvalidKeys(f"Line {number} of the trusted keys is not '<key id> <base64 key>'.") from None
    if not found:
        raise InvalidKeys("The file of trusted keys holds no key.")
    return found
