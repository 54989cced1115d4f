"""Telling people that there is something new in a consultation: not what, not where. And no longer telling them.

consultation_service asks with a token that it sealed when the person arrived; this service opens it, finds the account,
and queues a mail whose text is the same for everybody (docs/adr/0011-notices.md).
"""

import datetime
import random
import uuid
from typing import Final, Literal

from contracts.events import NoticeRequested
from contracts.http import Refusal
from identity_service import words
from identity_service.clock import PARIS, Clock
from identity_service.context import Context
from identity_service.keys import Keys
from identity_service.mail import Mailer
from identity_service.pseudonyms import Pseudonyms
from identity_service.recipients import Unopened, open_recipient
from identity_service.settings import Settings
from identity_service.store import notices as store
from identity_service.store.database import Connection, transaction
from identity_service.vault import Damaged, Vault

FIRST_HOUR: Final = datetime.time(8)
LAST_HOUR: Final = datetime.time(19)
LATE: Final = datetime.timedelta(hours=2)


class Notices:
    """Turns requests into queued mails."""

    def __init__(
        self, settings: Settings, keys: Keys, pseudonyms: Pseudonyms, vault: Vault, mailer: Mailer, clock: Clock
    ) -> None:
        self._settings = settings
        self._key = keys.notice_key
        self._pseudonyms = pseudonyms
        self._vault = vault
        self._mailer = mailer
        self._clock = clock

    async def tell(self, connection: Connection, event: NoticeRequested) -> None:
        """Queue a mail, in the caller's transaction. Nobody is written to whose token does not open, who left, who was
        erased, or who refused mails of this consultation.
        """
        try:
            subject = open_recipient(event.recipient, event.consultation, self._key)
        except Unopened:
            return
        row = await store.recipient(connection, event.consultation, self._pseudonyms.index(subject))
        if row is None:
            return
        to = self._vault.open(row["address"], "account", row["account"], "address")
        language = words.language_of(row["language"])
        page = f"{self._settings.consultation_origin}/consultations/{event.consultation}/news"
        token = self._vault.notice_link(row["account"], event.consultation)
        facts = {
            "title": row["title"],
            "link": page + ("" if language == "fr" else f"?lang={language}"),
            "unsubscribe": f"{self._settings.origin}/notices/unsubscribe/{token}",
        }
        at = sending_time(self._clock.now(), event.frequency)
        await self._mailer.queue(connection, to, "news", language, facts, at)


def sending_time(now: datetime.datetime, frequency: Literal["immediate", "daily", "weekly"]) -> datetime.datetime:
    """When to send: at once, or for a digest at a random moment of what is left of the working day in Paris, or of the
    next two hours, so that neither a mail host nor a reader of its logs sees who is told together.
    """
    if frequency == "immediate":
        return now
    local = now.astimezone(PARIS)
    first = max(local, datetime.datetime.combine(local.date(), FIRST_HOUR, PARIS))
    last = max(datetime.datetime.combine(local.date(), LAST_HOUR, PARIS), first + LATE)
    return first + (last - first) * random.SystemRandom().random()


async def consultation_of(context: Context, token: str) -> str:
    """The title of the consultation in a link to refuse mails. Raises ``Refusal`` ``link_incomplete``."""
    _, consultation = _opened(context, token)
    return await store.title(context.pool, consultation) or ""


async def refuse(context: Context, token: str) -> None:
    """Refuse mails of a consultation with the link of one of them, signed in or not. It does not matter whether the
    account is still there. Raises ``Refusal`` ``link_incomplete``.
    """
    account, consultation = _opened(context, token)
    await choose(context, account, consultation, wanted=False)


async def choose(context: Context, account: uuid.UUID, consultation: str, *, wanted: bool) -> None:
    """Want or refuse mails of a consultation."""
    async with transaction(context.pool, "choose_notices") as connection:
        await store.choose(connection, account, consultation, wanted=wanted)


def _opened(context: Context, token: str) -> tuple[uuid.UUID, str]:
    try:
        return context.vault.open_notice_link(token)
    except Damaged:
        raise Refusal("link_incomplete") from None
