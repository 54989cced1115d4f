"""From an address to a session: the two steps of signing in, the same for a first visit and for the hundredth."""

import hmac
import uuid
from typing import Final

from contracts.events import Language
from contracts.http import Refusal
from identity_service import addresses, sign_in
from identity_service.context import Context
from identity_service.rate_limits import DAY_SECONDS
from identity_service.store import accounts, sign_ins
from identity_service.store.database import Connection, Row, transaction

CODES_PER_MAILBOX: Final = 6
CODES_PER_MAILBOX_A_DAY: Final = 20
"""With five tries a code, at most 100 wrong tries a day on one mailbox, from wherever they come."""
TRIES_PER_CODE_ASKED: Final = 4


async def ask_for_code(context: Context, email: str, language: Language, network: str) -> str:
    """Send a code to ``email``. Returns the secret that the asking browser must keep.

    Whoever has an account and whoever has none get the same answer after the same work: two statements, two ciphertexts
    sealed or opened, one mail queued. A known mailbox is written to at the address it signed up with, so that two
    mailboxes that a careless mail host keeps apart (``a+b@…``, ``a@…``) cannot take each other's account.
    Raises ``Refusal``: ``address_invalid``, ``address_look_alike``, ``rate_limited``.
    """
    address = addresses.parse(email)
    index = context.vault.address_index(address.canonical)
    context.limits.take("code", network, context.settings.codes_per_network)
    context.limits.take("code", index, CODES_PER_MAILBOX)
    context.limits.take("code of the day", index, CODES_PER_MAILBOX_A_DAY, DAY_SECONDS)
    attempt, code, secret = uuid.uuid4(), sign_in.new_code(), sign_in.new_secret()
    sealed = context.vault.seal(address.typed, "sign_in", attempt, "address")
    expires_at = sign_in.expires_at(context.clock.now())
    async with transaction(context.pool, "ask_for_code") as connection:
        row = await sign_ins.begin(
            connection,
            sign_in=attempt,
            address_index=index,
            browser_hash=sign_in.secret_hash(secret),
            code_hash=context.vault.code_hash(attempt, code),
            address=sealed,
            disposable=address.disposable,
            tries=sign_in.TRIES,
            expires_at=expires_at,
        )
    if row["account"] is None:
        to = context.vault.open(sealed, "sign_in", attempt, "address")
    else:
        to = context.vault.open(row["known"], "account", row["account"], "address")
    context.mailer.send_code(to, code, language, expires_at)
    context.metrics.codes.inc()
    return secret


async def address_waiting(context: Context, secret: str) -> str | None:
    """The address, as typed, to which this browser's code went; None when the code is no longer valid."""
    row = await sign_ins.waiting(context.pool, sign_in.secret_hash(secret), context.clock.now())
    return None if row is None else context.vault.open(row["address"], "sign_in", row["id"], "address")


async def confirm_code(context: Context, secret: str, typed: str, network: str) -> str:
    """Check a code and open a session, making the account if there is none. Returns the session's secret.

    The try is counted and committed whatever comes after. Raises ``Refusal``: ``code_malformed`` (no try is counted),
    ``code_wrong``, ``code_wrong_once_more``, ``code_gone``, ``rate_limited``.
    """
    code = sign_in.typed_code(typed)
    context.limits.take("try", network, context.settings.codes_per_network * TRIES_PER_CODE_ASKED)
    session = sign_in.new_secret()
    async with transaction(context.pool, "confirm_code") as connection:
        row = await sign_ins.count_try(connection, sign_in.secret_hash(secret), context.clock.now())
        right = row is not None and hmac.compare_digest(row["code_hash"], context.vault.code_hash(row["id"], code))
        if row is not None and right:
            account = await _account_of(context, connection, row)
            ends_on = sign_in.session_ends_on(context.clock.today())
            await sign_ins.open_session(connection, sign_in.secret_hash(session), account, ends_on)
            await sign_ins.finish(connection, row["id"])
    outcome: sign_in.Outcome = "gone" if row is None else "right" if right else "wrong"
    context.metrics.sign_ins.labels(outcome).inc()
    if row is None:
        raise Refusal("code_gone", field="code")
    if not right:
        raise sign_in.wrong_code(row["tries_left"])
    return session


async def _account_of(context: Context, connection: Connection, row: Row) -> uuid.UUID:
    account = uuid.uuid4()
    typed = context.vault.open(row["address"], "sign_in", row["id"], "address")
    sealed = context.vault.seal(typed, "account", account, "address")
    index, disposable = row["address_index"], row["disposable"]
    if await accounts.add(connection, account, index, sealed, disposable, context.clock.today()):
        context.metrics.accounts.labels(str(disposable).lower()).inc()
        return account
    known = await accounts.find(connection, index)
    if known is None:
        raise Refusal("unavailable")
    return known


async def signed_in(context: Context, session: str | None) -> uuid.UUID | None:
    """The account that a session's secret acts for, or None."""
    if not session:
        return None
    return await sign_ins.session_account(context.pool, sign_in.secret_hash(session), context.clock.today())


async def require_account(context: Context, session: str | None) -> uuid.UUID:
    """As ``signed_in``. Raises ``Refusal`` ``signed_out``."""
    account = await signed_in(context, session)
    if account is None:
        raise Refusal("signed_out")
    return account


async def sign_out(context: Context, session: str | None) -> None:
    """End a session; it does not matter whether there was one."""
    if session:
        await sign_ins.close_session(context.pool, sign_in.secret_hash(session))
