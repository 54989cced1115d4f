"""Staff tokens: what identity says to consultation_service about a member of staff, and the fact of their roles."""

import secrets
from collections.abc import Sequence
from typing import Final

import msgspec

from contracts import tokens
from contracts.events import Role, Staff, StaffChanged, new_id
from identity_service.keys import Keys

TOKEN_ID_BYTES: Final = 16


class StaffTokens:
    """Issues staff tokens in the name of ``issuer``, this service's public origin."""

    def __init__(self, issuer: str, keys: Keys) -> None:
        self._issuer = issuer
        self._keys = keys

    def issue(self, staff: Staff, version: int, roles: Sequence[Role], *, state: str, now: float) -> str:
        """A token for the browser that holds ``state``, after two factors. ``now``: Unix seconds."""
        token = tokens.StaffToken(
            iss=self._issuer,
            staff=staff,
            version=version,
            roles=tuple(roles),
            exp=tokens.expiry(now),
            jti=tokens.b64u(secrets.token_bytes(TOKEN_ID_BYTES)),
            state=tokens.state_digest(state),
        )
        return tokens.encode(token, self._keys.token_key_id, self._keys.sign_token)


def roles_fact(staff: Staff, version: int, roles: Sequence[str]) -> StaffChanged:
    """The fact that ``staff`` has these roles from now on."""
    return StaffChanged(
        id=new_id(), staff=staff, version=version, roles=msgspec.convert(tuple(roles), tuple[Role, ...])
    )
