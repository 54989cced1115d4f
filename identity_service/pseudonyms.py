"""Half of a pseudonym: the token ``T`` by which consultation knows a participant of one consultation.

``T = HMAC-SHA256(K_id[c], lp("sub/v1") ‖ lp(c) ‖ lp(account))`` with ``K_id[c] = HKDF(root, info="K_id" ‖ c)`` and
``lp`` a 16-bit length prefix. ``T`` is computed when it is needed and never stored here, but
as a keyed digest; consultation turns it into a
pseudonym under a key of its own, so neither database leads to the other's people. Both operators together can.
"""

import hashlib
import hmac
import uuid

from contracts.events import Id, Subject
from contracts.tokens import b64u
from identity_service.keys import derive, lp


class Pseudonyms:
    """Computes ``T``."""

    def __init__(self, root: bytes) -> None:
        self._root = root
        self._index_key = derive(root, b"cloison/identity/subject-index/v1")

    def subject(self, consultation: Id, account: uuid.UUID) -> Subject:
        """The token of ``account`` in ``consultation``: always the same, unrelated between two consultations."""
        key = derive(self._root, b"K_id" + consultation.encode())
        return b64u(hmac.digest(key, lp("sub/v1") + lp(consultation) + lp(str(account)), hashlib.sha256))

    def index(self, subject: Subject) -> bytes:
        """The digest under which an agreement is found when consultation_service hands ``T`` back. Without the root
        it leads neither to ``T`` nor from it.
        """
        return hmac.digest(self._index_key, lp("subject-index/v1") + lp(subject), hashlib.sha256)
