"""Taking part in a consultation: the agreement, then the access token that it allows."""

import uuid

from contracts.http import Refusal
from identity_service.context import Context
from identity_service.store import accounts, consultations, notices
from identity_service.store.database import Row, transaction


async def consultation(context: Context, consultation_id: str) -> Row:
    """What was announced of a consultation. Raises ``Refusal`` ``consultation_unknown``."""
    row = await consultations.read(context.pool, consultation_id)
    if row is None:
        raise Refusal("consultation_unknown")
    return row


async def accept(context: Context, account: uuid.UUID, consultation_id: str, terms_version: str) -> None:
    """Record an agreement to the present terms. Raises ``Refusal``: ``consultation_unknown``, ``terms_changed``."""
    async with transaction(context.pool, "accept_terms") as connection:
        row = await consultations.read(connection, consultation_id)
        if row is None:
            raise Refusal("consultation_unknown")
        if row["terms_version"] != terms_version:
            raise Refusal("terms_changed", field="terms_version")
        if await accounts.lock(connection, account) is None:
            raise Refusal("signed_out")
        await accounts.consent(connection, account, consultation_id, terms_version, context.clock.today())


async def access_token(context: Context, account: uuid.UUID, consultation_id: str, state: str | None) -> str:
    """A token for the browser that holds ``state``, or a bearer token when it is None.

    Raises ``Refusal``: ``consultation_unknown``, or ``consent_needed`` when the present terms were not accepted.
    """
    row = await consultation(context, consultation_id)
    if not await accounts.has_consented(context.pool, account, consultation_id, row["terms_version"]):
        raise Refusal("consent_needed")
    subject = context.pseudonyms.subject(consultation_id, account)
    await notices.note_subject(context.pool, account, consultation_id, context.pseudonyms.index(subject))
    now = context.clock.now().timestamp()
    return context.tokens.issue(account, consultation_id, row["terms_version"], state=state, now=now)
