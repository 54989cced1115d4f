"""The pseudonym under which consultation_service knows a member of staff: the same wherever they work.

``HMAC-SHA256(K_staff, lp("staff/v1") ‖ lp(id))`` with a key that has no other use, so that nothing joins it to a
participant's token, be it the same person's.
"""

import hashlib
import hmac
import uuid

from contracts.events import Staff
from contracts.tokens import b64u
from identity_service.keys import lp


class StaffPseudonyms:
    """Computes them; they are stored with acts, and nowhere beside an address."""

    def __init__(self, root: bytes) -> None:
        self._root = root

    def of(self, staff: uuid.UUID) -> Staff:
        """The pseudonym of a member of staff."""
        return b64u(hmac.digest(self._root, lp("staff/v1") + lp(str(staff)), hashlib.sha256))
