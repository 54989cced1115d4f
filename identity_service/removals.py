"""Leaving: from one consultation, or altogether. Each request is a fact on the bus, each answer a proof that is kept.

An erased account leaves nothing but a receipt: the days, the consultations and the counts, behind a link that only the
person has. The address survives, encrypted, until the mail that brings the proof is queued, and never more than 7 days.
"""

import datetime
import uuid
from typing import Final

from contracts.events import (
    ConsultationAnnounced,
    ErasureDone,
    ErasureRequested,
    Event,
    Language,
    NoticeRequested,
    Staff,
    WithdrawalDone,
    WithdrawalRequested,
    new_id,
)
from contracts.http import Refusal
from identity_service import sign_in, words
from identity_service.clock import Clock
from identity_service.context import Context
from identity_service.mail import Mailer
from identity_service.notices import Notices
from identity_service.store import accounts, consultations, messages, removals, staff
from identity_service.store.database import Connection, Pool, transaction
from identity_service.vault import Vault

ADDRESS_DAYS: Final = 7
RECEIPT_DAYS: Final = 30


async def withdraw(context: Context, account: uuid.UUID, consultation: str, language: Language) -> str:
    """Leave one consultation. Returns the request's id. Raises ``Refusal``: ``signed_out``, ``no_participation``."""
    subject = context.pseudonyms.subject(consultation, account)
    event = WithdrawalRequested(id=new_id(), consultation=consultation, subject=subject)
    async with transaction(context.pool, "withdraw") as connection:
        # Always the account first: an erasure under way is waited for, never crossed.
        if await accounts.lock(connection, account) is None:
            raise Refusal("signed_out")
        if not await accounts.revoke(connection, account, consultation):
            raise Refusal("no_participation")
        await removals.ask(
            connection,
            event,
            kind="withdrawal",
            consultation=consultation,
            account=account,
            erasure=None,
            language=language,
            today=context.clock.today(),
        )
    context.bus.wake()
    return event.id


async def erase(context: Context, account: uuid.UUID, language: Language, by: Staff | None = None) -> str:
    """Erase an account: its address, sessions and agreements at once, what it said by one fact per consultation.

    ``by``: the member of staff who does it on the person's request. Returns the secret of the receipt. Raises
    ``Refusal`` ``signed_out`` when it was erased meanwhile.
    """
    erasure, receipt, today = uuid.uuid4(), sign_in.new_secret(), context.clock.today()
    async with transaction(context.pool, "erase") as connection:
        sealed = await accounts.lock(connection, account)
        if sealed is None:
            raise Refusal("signed_out")
        address = context.vault.open(sealed, "account", account, "address")
        kept = context.vault.seal(address, "erasure", erasure, "address")
        await removals.add_erasure(connection, erasure, sign_in.secret_hash(receipt), kept, language, today)
        for consultation in await accounts.consultations_of(connection, account):
            subject = context.pseudonyms.subject(consultation, account)
            await removals.ask(
                connection,
                ErasureRequested(id=new_id(), consultation=consultation, subject=subject),
                kind="erasure",
                consultation=consultation,
                account=None,
                erasure=erasure,
                language=language,
                today=today,
            )
        await removals.adopt(connection, account, erasure)
        await accounts.delete(connection, account)
        if by is not None:
            await staff.record(connection, by, "erase", "", today)
        await _finish_erasure(connection, context.vault, context.mailer, erasure, today)
    context.bus.wake()
    return receipt


class Effects:
    """What the events of consultation_service do here."""

    def __init__(self, pool: Pool, vault: Vault, mailer: Mailer, clock: Clock, notices: Notices) -> None:
        self._pool = pool
        self._vault = vault
        self._mailer = mailer
        self._clock = clock
        self._notices = notices

    async def apply(self, event: Event) -> bool:
        """Apply an event in one transaction; False when it was applied before. Order does not matter."""
        async with transaction(self._pool, "apply_event") as connection:
            if not await messages.is_new(connection, event.id, self._clock.today()):
                return False
            match event:
                case ConsultationAnnounced():
                    await consultations.announce(connection, event)
                case NoticeRequested():
                    await self._notices.tell(connection, event)
                case ErasureDone():
                    await self._proved(connection, event, "erasure")
                case WithdrawalDone():
                    await self._proved(connection, event, "withdrawal")
                case _:
                    # bus.py lets only the subjects of the facts above in.
                    return False
        return True

    async def _proved(self, connection: Connection, event: ErasureDone | WithdrawalDone, kind: str) -> None:
        row = await removals.prove(
            connection, event.request, kind, event.consultation, event.contributions, event.votes, event.day
        )
        if row is None:
            return
        if row["erasure_id"] is not None:
            await _finish_erasure(connection, self._vault, self._mailer, row["erasure_id"], self._clock.today())
            return
        account = await accounts.read(connection, row["account_id"])
        if account is not None:
            to = self._vault.open(account["address"], "account", row["account_id"], "address")
            language = words.language_of(row["language"])
            facts = {
                "title": row["title"],
                "contributions": event.contributions,
                "votes": event.votes,
                "day": words.long_day(event.day, language),
                "request": event.request,
            }
            await self._mailer.queue(connection, to, "withdrawal", language, facts)


async def _finish_erasure(
    connection: Connection, vault: Vault, mailer: Mailer, erasure: uuid.UUID, today: datetime.date
) -> None:
    """Once the last proof is there, queue the last mail and destroy the address."""
    row = await removals.finish_erasure(connection, erasure, today)
    if row is None or row["address"] is None:
        return
    to = vault.open(row["address"], "erasure", erasure, "address")
    parts = await removals.of_erasure(connection, erasure)
    language = words.language_of(row["language"])
    facts = {
        "consultations": len({part["consultation"] for part in parts}),
        "contributions": sum(part["contributions"] for part in parts),
        "votes": sum(part["votes"] for part in parts),
        "day": words.long_day(today, language),
    }
    await mailer.queue(connection, to, "erasure", language, facts)
    await removals.drop_address(connection, erasure)


async def forget_old(pool: Pool, today: datetime.date) -> None:
    """Destroy addresses, receipts and ids of events whose time is over."""
    addresses_before = today - datetime.timedelta(days=ADDRESS_DAYS)
    receipts_before = today - datetime.timedelta(days=RECEIPT_DAYS)
    await removals.forget_old(pool, addresses_before, receipts_before)
    await messages.forget_applied(pool, receipts_before)
