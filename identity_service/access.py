"""Access tokens: the only thing identity says to consultation about a participant, signed and short-lived."""

import secrets
import uuid
from typing import Final

from contracts import tokens
from contracts.events import Id
from identity_service.keys import Keys
from identity_service.pseudonyms import Pseudonyms

TOKEN_ID_BYTES: Final = 16


class AccessTokens:
    """Issues access tokens in the name of ``issuer``, this service's public origin."""

    def __init__(self, issuer: str, keys: Keys, pseudonyms: Pseudonyms) -> None:
        self._issuer = issuer
        self._keys = keys
        self._pseudonyms = pseudonyms

    def issue(self, account: uuid.UUID, consultation: Id, terms: str, *, state: str | None, now: float) -> str:
        """A token for a browser that holds ``state``, or a bearer when ``state`` is None. ``now``: Unix seconds."""
        token = tokens.AccessToken(
            iss=self._issuer,
            consultation=consultation,
            sub=self._pseudonyms.subject(consultation, account),
            exp=tokens.expiry(now),
            jti=tokens.b64u(secrets.token_bytes(TOKEN_ID_BYTES)),
            state="" if state is None else tokens.state_digest(state),
            terms=terms,
        )
        return tokens.encode(token, self._keys.token_key_id, self._keys.sign_token)
