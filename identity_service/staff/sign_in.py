"""From an address, or an invitation, to a session with two factors: a code by mail, then a time-based one."""

import base64
import hmac
import uuid
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from contracts.events import Language, Role, Staff
from contracts.http import Refusal
from identity_service import addresses, sign_in
from identity_service.accounts import CODES_PER_MAILBOX, CODES_PER_MAILBOX_A_DAY, TRIES_PER_CODE_ASKED
from identity_service.context import Context
from identity_service.rate_limits import DAY_SECONDS
from identity_service.staff import second_factor
from identity_service.staff.access import roles_fact
from identity_service.store import staff as store
from identity_service.store import staff_sign_ins
from identity_service.store.database import Connection, Row, transaction

SECOND_FACTORS: Final = 15
"""Tries of the second factor that a member of staff has in 15 minutes, in all sessions."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who gave the first factor; ``proved`` says whether also the second, without which there is no right."""

    id: uuid.UUID
    pseudonym: Staff
    roles: tuple[Role, ...]
    version: int
    enrolled: bool
    proved: bool
    renewing: bool
    """Whether a new second factor was shown and not proved yet."""


async def ask_for_code(context: Context, email: str, language: Language, network: str) -> str:
    """Send a code to a member of staff. Returns the secret that the asking browser must keep; for any other address the
    answer is the same and no mail leaves. Raises ``Refusal``: ``address_invalid``, ``address_look_alike``,
    ``rate_limited``.
    """
    index = context.vault.staff_index(addresses.parse(email).canonical)
    context.limits.take("staff code", network, context.settings.codes_per_network)
    known = await store.find(context.pool, index)
    to = None
    if known is not None and known["removed_on"] is None:
        to = context.vault.open(known["address"], "staff", known["id"], "address")
    return await _begin(context, index, None, to, language)


async def ask_for_invited(context: Context, link: str, language: Language, network: str) -> str:
    """As ``ask_for_code``, for whoever holds an invitation's link: the code goes to the address that was invited.
    Raises ``Refusal`` ``invitation_gone``.
    """
    context.limits.take("staff code", network, context.settings.codes_per_network)
    invitation = await invitation_of(context, link)
    to = context.vault.open(invitation["address"], "staff_invitation", invitation["id"], "address")
    return await _begin(context, invitation["address_index"], invitation["id"], to, language)


async def invitation_of(context: Context, link: str) -> Row:
    """The invitation of a link. Raises ``Refusal`` ``invitation_gone``."""
    row = await store.invitation_of_link(context.pool, sign_in.secret_hash(link), context.clock.today())
    if row is None:
        raise Refusal("invitation_gone")
    return row


async def _begin(
    context: Context, index: bytes, invitation: uuid.UUID | None, to: str | None, language: Language
) -> str:
    context.limits.take("staff code", index, CODES_PER_MAILBOX)
    context.limits.take("staff code of the day", index, CODES_PER_MAILBOX_A_DAY, DAY_SECONDS)
    attempt, code, secret = uuid.uuid4(), sign_in.new_code(), sign_in.new_secret()
    expires_at = sign_in.expires_at(context.clock.now())
    async with transaction(context.pool, "ask_for_staff_code") as connection:
        await staff_sign_ins.begin(
            connection,
            sign_in=attempt,
            address_index=index,
            browser_hash=sign_in.secret_hash(secret),
            code_hash=context.vault.code_hash(attempt, code),
            invitation=invitation,
            tries=sign_in.TRIES,
            expires_at=expires_at,
        )
    if to is not None:
        context.mailer.send_code(to, code, language, expires_at)
    return secret


async def confirm_code(context: Context, secret: str, typed: str, network: str) -> str:
    """Check the code received by mail; an invitation is then accepted. Returns the secret of a session in which the
    second factor can be tried. Raises ``Refusal``: ``code_malformed``, ``code_wrong``, ``code_wrong_once_more``,
    ``code_gone``, ``rate_limited``.
    """
    code = sign_in.typed_code(typed)
    context.limits.take("staff try", network, context.settings.codes_per_network * TRIES_PER_CODE_ASKED)
    session, member = sign_in.new_secret(), None
    async with transaction(context.pool, "confirm_staff_code") as connection:
        row = await staff_sign_ins.count_try(connection, sign_in.secret_hash(secret), context.clock.now())
        right = row is not None and hmac.compare_digest(row["code_hash"], context.vault.code_hash(row["id"], code))
        if row is not None and right:
            member = await _member_of(context, connection, row)
            await staff_sign_ins.finish(connection, row["id"])
        if member is not None:
            today = context.clock.today()
            await staff_sign_ins.open_session(
                connection,
                sign_in.secret_hash(session),
                member,
                second_factor.TRIES,
                sign_in.session_ends_on(today),
            )
    context.metrics.staff_factors.labels("mail", "right" if member is not None else "wrong").inc()
    if row is None or (right and member is None):
        raise Refusal("code_gone", field="code")
    if not right:
        raise sign_in.wrong_code(row["tries_left"])
    return session


async def _member_of(context: Context, connection: Connection, row: Row) -> uuid.UUID | None:
    today = context.clock.today()
    known = await store.find(connection, row["address_index"])
    if row["invitation_id"] is None:
        return known["id"] if known is not None and known["removed_on"] is None else None
    invitation = await store.take_invitation(connection, row["invitation_id"], today)
    if invitation is None:
        return None
    if known is not None:
        if known["removed_on"] is not None:
            await store.bring_back(connection, known["id"], invitation["roles"], today)
        return uuid.UUID(str(known["id"]))
    member = uuid.uuid4()
    address = context.vault.open(invitation["address"], "staff_invitation", row["invitation_id"], "address")
    sealed = context.vault.seal(address, "staff", member, "address")
    await store.add(connection, member, row["address_index"], sealed, invitation["roles"], today)
    return member


async def member_of(context: Context, session: str | None) -> Member | None:
    """Who a session is of, second factor or not; None when there is none."""
    if not session:
        return None
    row = await staff_sign_ins.session(context.pool, sign_in.secret_hash(session), context.clock.today())
    if row is None:
        return None
    return Member(
        id=row["id"],
        pseudonym=context.staff_pseudonyms.of(row["id"]),
        roles=tuple(row["roles"]),
        version=row["version"],
        enrolled=row["enrolled_on"] is not None,
        proved=row["proved"],
        renewing=row["renewing"],
    )


async def proposed_secret(context: Context, member: Member) -> tuple[bytes, str]:
    """The secret to put into an authenticator application, made when there is none yet, and the member's address. Only
    for whoever has no second factor yet, or has just proved the one they replace. Raises ``Refusal``
    ``staff_signed_out``.
    """
    async with transaction(context.pool, "propose_second_factor") as connection:
        row = await store.lock(connection, member.id)
        if row is None or (row["totp"] is not None and not member.proved):
            raise Refusal("staff_signed_out")
        address = context.vault.open(row["address"], "staff", member.id, "address")
        if row["proposed_totp"] is not None:
            return _secret(context, row, "proposed_totp"), address
        secret = second_factor.new_secret()
        await _propose(context, connection, member.id, secret)
    return secret, address


async def _propose(context: Context, connection: Connection, staff: uuid.UUID, secret: bytes) -> None:
    sealed = context.vault.seal(second_factor.base32(secret), "staff", staff, "totp")
    await store.propose_totp(connection, staff, sealed)


async def prove(context: Context, session: str, typed: str) -> list[str]:
    """Check the second factor. One that was proposed is enrolled: rights begin, or it replaces the former one, and the
    recovery codes are returned, never to be shown again.

    The try is counted and committed whatever comes after. Raises ``Refusal``: ``second_factor_wrong``,
    ``second_factor_gone`` (sign in again), ``rate_limited``.
    """
    text, codes, right, tries = second_factor.typed(typed), [""] * 0, False, 0
    token_hash = sign_in.secret_hash(session)
    async with transaction(context.pool, "prove_second_factor") as connection:
        counted = await staff_sign_ins.count_second_try(connection, token_hash, context.clock.today())
        row = await store.lock(connection, counted["staff_id"]) if counted is not None else None
        if counted is not None and row is not None:
            tries = counted["tries_left"]
            context.limits.take("second factor", row["id"].bytes, SECOND_FACTORS)
            if row["totp"] is None or (counted["proved"] and row["proposed_totp"] is not None):
                codes = await _enrol(context, connection, row, text)
                right = bool(codes)
            else:
                right = await _is_right(context, connection, row, text)
            if right:
                await staff_sign_ins.prove(connection, token_hash)
    context.metrics.staff_factors.labels("second", "right" if right else "wrong").inc()
    if not right:
        if tries <= 0:
            raise Refusal("second_factor_gone")
        raise Refusal("second_factor_wrong", field="code", left=tries)
    if codes:
        context.bus.wake()
    return codes


async def _is_right(context: Context, connection: Connection, row: Row, text: str) -> bool:
    if second_factor.is_code(text):
        now = context.clock.now().timestamp()
        counter = second_factor.matching_counter(_secret(context, row, "totp"), text, now, row["last_counter"])
        if counter is not None:
            await store.use_counter(connection, row["id"], counter)
        return counter is not None
    return await store.use_recovery(connection, row["id"], _hash(context, row["id"], text))


async def _enrol(context: Context, connection: Connection, row: Row, text: str) -> list[str]:
    """The recovery codes of a second factor that is now enrolled; none when it is not the code of the proposed one."""
    if row["proposed_totp"] is None:
        return []
    now, secret = context.clock.now().timestamp(), _secret(context, row, "proposed_totp")
    counter = second_factor.matching_counter(secret, text, now, 0)
    if counter is None:
        return []
    codes, today = second_factor.new_recovery_codes(), context.clock.today()
    pseudonym, hashes = context.staff_pseudonyms.of(row["id"]), map(partial(_hash, context, row["id"]), codes)
    await store.enrol(connection, row["id"], counter, hashes, today)
    if row["enrolled_on"] is None:
        await store.state_roles(connection, row["id"], roles_fact(pseudonym, row["version"] + 1, row["roles"]))
    act = "enrol" if row["enrolled_on"] is None else "renew_second_factor"
    await store.record(connection, pseudonym, act, "", today)
    return codes


def _hash(context: Context, staff: uuid.UUID, code: str) -> bytes:
    return context.vault.recovery_hash(staff, code)


async def renew(context: Context, member: Member, session: str) -> None:
    """Propose another second factor to somebody who proved the present one, which is good until the new one is
    proved: at no moment is a mailbox enough.
    """
    async with transaction(context.pool, "renew_second_factor") as connection:
        await store.lock(connection, member.id)
        await _propose(context, connection, member.id, second_factor.new_secret())
        await staff_sign_ins.give_tries(connection, sign_in.secret_hash(session), second_factor.TRIES)


async def sign_out(context: Context, session: str | None) -> None:
    """End a session; it does not matter whether there was one."""
    if session:
        await staff_sign_ins.close_session(context.pool, sign_in.secret_hash(session))


def _secret(context: Context, row: Row, column: Literal["totp", "proposed_totp"]) -> bytes:
    text = context.vault.open(row[column], "staff", row["id"], "totp")
    return base64.b32decode(text + "=" * (-len(text) % 8))
