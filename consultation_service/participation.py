"""Who is asking: from a sealed cookie, or from an access token of identity, to a pseudonym in a consultation."""

from typing import Final, NamedTuple

from consultation_service import recipients
from consultation_service.keys import Keys
from consultation_service.pseudonyms import Pseudonyms
from consultation_service.sessions import SESSION_COOKIE, Seals, Session, pinned
from consultation_service.settings import Settings
from consultation_service.states import Clock, day_of
from consultation_service.store import participants
from consultation_service.store.database import Pool
from contracts import tokens
from contracts.http import Refusal

MAX_BEARERS: Final = 32_768
SAME_SITE: Final = ("same-origin", "same-site")


class Asking(NamedTuple):
    """The request headers that matter here, as text; the address and the user agent are not among them."""

    cookie: str = ""
    origin: str = ""
    site: str = ""
    authorization: str = ""
    content_type: str = ""
    idempotency_key: str | None = None


_WANTED: Final = {
    b"cookie": 0, b"origin": 1, b"sec-fetch-site": 2, b"authorization": 3, b"content-type": 4, b"idempotency-key": 5,
}  # fmt: skip


def asking(headers: list[tuple[bytes, bytes]]) -> Asking:
    """Pick the headers that matter from an ASGI scope's, in one pass."""
    found: list[str | None] = ["", "", "", "", "", None]
    for name, value in headers:
        place = _WANTED.get(name)
        if place is not None:
            found[place] = value.decode("latin-1")
    return Asking(*found)  # type: ignore[arg-type]  # only the last one may be None


class Participation:
    """Recognises participants, and lets them in."""

    def __init__(self, settings: Settings, keys: Keys, seals: Seals, pool: Pool, clock: Clock) -> None:
        self._issuer = settings.identity_origin
        self._verifiers = keys.token_verifiers
        self._origins = frozenset((settings.origin, settings.gateway_origin))
        self._session_cookie = pinned(SESSION_COOKIE, secure=settings.secure)
        self._notice_key = keys.notice_key
        self._seals = seals
        self._pool = pool
        self._clock = clock
        self.pseudonyms = Pseudonyms(keys.pseudonym_root)
        # Bearers that were let in, so that each costs one signature check: they live 20 minutes at most.
        self._bearers: dict[str, tuple[Session, int]] = {}

    def require_origin(self, asked: Asking) -> None:
        """Raise ``Refusal`` ``origin_refused`` unless a page of the gateway or of this service sent the request."""
        if asked.origin not in self._origins or (asked.site and asked.site not in SAME_SITE):
            raise Refusal("origin_refused")

    async def of(self, asked: Asking, consultation: str | None = None) -> list[Session]:
        """The sessions that a request carries, in ``consultation`` when it is given. At most one comes from a
        bearer.
        """
        if asked.authorization:
            sessions = [await self._bearer(asked.authorization)]
        else:
            sessions = self._from_cookies(asked.cookie)
        if consultation is None:
            return sessions
        return [session for session in sessions if session.consultation == consultation]

    def _from_cookies(self, header: str) -> list[Session]:
        now = self._clock()
        sessions = []
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name.startswith(self._session_cookie):
                session = self._seals.open_session(value, now)
                if session is not None:
                    sessions.append(session)
        return sessions

    async def _bearer(self, authorization: str) -> Session:
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Refusal("token_refused")
        known = self._bearers.get(text)
        now = self._clock()
        if known is not None and known[1] > now:
            return known[0]
        token = self.check(text, state=None)
        session, _ = await self.let_in(token)
        if len(self._bearers) >= MAX_BEARERS:
            del self._bearers[next(iter(self._bearers))]
        self._bearers[text] = (session, token.exp)
        return session

    def check(self, text: str, state: str | None) -> tokens.AccessToken:
        """The token in ``text``. Raises ``Refusal`` ``token_refused``."""
        try:
            return tokens.decode(text, self._verifiers, issuer=self._issuer, now=self._clock(), state=state)
        except tokens.InvalidToken:
            raise Refusal("token_refused") from None

    def check_staff(self, text: str, state: str) -> tokens.StaffToken:
        """The staff token in ``text``, made for ``state``. Raises ``Refusal`` ``token_refused``."""
        try:
            return tokens.decode_staff(text, self._verifiers, issuer=self._issuer, now=self._clock(), state=state)
        except tokens.InvalidToken:
            raise Refusal("token_refused") from None

    async def let_in(self, token: tokens.AccessToken) -> tuple[Session, bool]:
        """The participant's session, and whether they take part: false when the token comes again after they left."""
        now = self._clock()
        pseudonym = self.pseudonyms.of(token.consultation, token.sub)
        digest = self.pseudonyms.token_digest(token.jti)
        recipient = recipients.seal(token.sub, token.consultation, self._notice_key)
        inside = await participants.join(
            self._pool, token.consultation, pseudonym, digest, token.terms, recipient, day_of(now)
        )
        return Session(token.consultation, pseudonym, int(now) // 86_400), inside
