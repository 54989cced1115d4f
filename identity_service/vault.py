"""The vault: how an address rests in the database, and how it is found again without being readable.

Encryption is AES-256-GCM with a fresh 96-bit nonce; the associated data name the table, the row and the column, so a
ciphertext moved to another place no longer opens. The index is HMAC-SHA256 of the canonical form: without the key a
list of likely addresses cannot be tried. Each use has its own key, from one root file. Layout: ``01 ‖ nonce ‖ box``.
"""

import hashlib
import hmac
import secrets
import uuid
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.tokens import b64u, unb64u
from identity_service.keys import derive, lp

FORMAT: Final = b"\x01"
NONCE_BYTES: Final = 12


class Damaged(Exception):
    """A ciphertext does not open where it stands: moved, altered, or sealed under another root."""


class Vault:
    """Seals addresses, opens them, and computes the keyed digests by which rows are found."""

    def __init__(self, root: bytes) -> None:
        self._box = AESGCM(derive(root, b"cloison/identity/address/v1"))
        self._index_key = derive(root, b"cloison/identity/address-index/v1")
        self._code_key = derive(root, b"cloison/identity/code/v1")
        self._staff_index_key = derive(root, b"cloison/identity/staff-index/v1")
        self._recovery_key = derive(root, b"cloison/identity/recovery/v1")
        self._link_box = AESGCM(derive(root, b"cloison/identity/notice-link/v1"))

    def seal(self, text: str, table: str, row: uuid.UUID, column: str) -> bytes:
        """Encrypt ``text`` for one place of the database."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORMAT + nonce + self._box.encrypt(nonce, text.encode(), place(table, row, column))

    def open(self, sealed: bytes, table: str, row: uuid.UUID, column: str) -> str:
        """Decrypt what was sealed for this very place. Raises ``Damaged``."""
        nonce, box = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            if sealed[:1] != FORMAT:
                raise Damaged
            return self._box.decrypt(nonce, box, place(table, row, column)).decode()
        except (InvalidTag, ValueError):
            raise Damaged from None

    def address_index(self, canonical: str) -> bytes:
        """The digest under which an account is found: 32 bytes, useless without the key."""
        return hmac.digest(self._index_key, lp("address-index/v1") + lp(canonical), hashlib.sha256)

    def code_hash(self, attempt: uuid.UUID, code: str) -> bytes:
        """What is kept of a sign-in code: with the key elsewhere, 10^8 tries on a stolen database find nothing."""
        return hmac.digest(self._code_key, lp("code/v1") + lp(str(attempt)) + lp(code), hashlib.sha256)

    def staff_index(self, canonical: str) -> bytes:
        """As ``address_index``, under another key: the tables of staff and of participants have nothing in common."""
        return hmac.digest(self._staff_index_key, lp("staff-index/v1") + lp(canonical), hashlib.sha256)

    def recovery_hash(self, staff: uuid.UUID, code: str) -> bytes:
        """What is kept of a recovery code."""
        return hmac.digest(self._recovery_key, lp("recovery/v1") + lp(str(staff)) + lp(code), hashlib.sha256)

    def notice_link(self, account: uuid.UUID, consultation: str) -> str:
        """What a link to refuse mails of a consultation carries: who and which, for us only. It never ends."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return b64u(nonce + self._link_box.encrypt(nonce, account.bytes + uuid.UUID(consultation).bytes, None))

    def open_notice_link(self, text: str) -> tuple[uuid.UUID, str]:
        """The account and the consultation in a link. Raises ``Damaged``."""
        try:
            data = unb64u(text)
            plain = self._link_box.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], None)
        except (InvalidTag, ValueError):
            raise Damaged from None
        return uuid.UUID(bytes=plain[:16]), str(uuid.UUID(bytes=plain[16:]))


def place(table: str, row: uuid.UUID, column: str) -> bytes:
    """The associated data of a ciphertext: where it belongs."""
    return lp(table) + lp(str(row)) + lp(column)
