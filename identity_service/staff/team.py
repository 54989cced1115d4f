"""Who is on the staff: inviting, giving other roles, removing. Each change is a line of the journal and, once somebody
has rights, a fact on the bus.
"""

import datetime
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.events import Language, Role, Staff
from contracts.http import Refusal
from identity_service import addresses, sign_in, words
from identity_service.clock import Clock
from identity_service.context import Context
from identity_service.mail import Mailer
from identity_service.staff import roles
from identity_service.staff.access import roles_fact
from identity_service.staff.pseudonyms import StaffPseudonyms
from identity_service.staff.sign_in import Member
from identity_service.store import staff as store
from identity_service.store.database import Connection, Pool, Row, transaction
from identity_service.vault import Vault

INVITATION_DAYS: Final = 7
OPERATOR: Final = "operator"
"""Who the journal names when an invitation or a removal comes from the command line."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff, as organisers see them. ``enrolled``: has a second factor, hence rights."""

    pseudonym: Staff
    address: str
    roles: tuple[Role, ...]
    enrolled: bool
    joined_on: datetime.date
    last_organiser: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that may still be accepted."""

    id: uuid.UUID
    address: str
    roles: tuple[Role, ...]
    last_day: datetime.date


@dataclass(frozen=True, slots=True)
class Office:
    """What the acts below need; the command line has no running service."""

    pool: Pool
    vault: Vault
    mailer: Mailer
    clock: Clock
    origin: str
    pseudonyms: StaffPseudonyms
    wake: Callable[[], None]
    """Called once a fact was committed."""


def office_of(context: Context) -> Office:
    """The office of a running service."""
    return Office(
        pool=context.pool, vault=context.vault, mailer=context.mailer, clock=context.clock,
        origin=context.settings.origin, pseudonyms=context.staff_pseudonyms, wake=context.bus.wake,
    )  # fmt: skip


async def invite(office: Office, email: str, asked: Iterable[str], language: Language, by: str) -> str:
    """Invite somebody, in the place of a former invitation; the link is mailed and returned. Raises ``Refusal``:
    ``address_invalid``, ``address_look_alike``, ``already_staff`` and those of ``roles.checked``.
    """
    address = addresses.parse(email)
    given = roles.checked(asked)
    index = office.vault.staff_index(address.canonical)
    invitation, secret, today = uuid.uuid4(), sign_in.new_secret(), office.clock.today()
    last_day = today + datetime.timedelta(days=INVITATION_DAYS)
    link = f"{office.origin}/staff/invitation/{secret}" + ("" if language == "fr" else f"?lang={language}")
    async with transaction(office.pool, "invite_staff") as connection:
        known = await store.find(connection, index)
        if known is not None and known["removed_on"] is None:
            raise Refusal("already_staff", field="email")
        await store.invite(
            connection,
            invitation=invitation,
            address_index=index,
            address=office.vault.seal(address.typed, "staff_invitation", invitation, "address"),
            roles=given,
            link_hash=sign_in.secret_hash(secret),
            last_day=last_day,
        )
        names = ", ".join(roles.NAMES[role][0 if language == "fr" else 1] for role in given)
        facts = {"link": link, "roles": names, "day": words.long_day(last_day, language)}
        await office.mailer.queue(connection, address.typed, "invitation", language, facts)
        await store.record(connection, by, "invite", " ".join(given), today)
    return link


async def cancel(office: Office, invitation: uuid.UUID, by: Member) -> None:
    """Withdraw an invitation; it does not matter whether it is still there."""
    async with transaction(office.pool, "cancel_invitation") as connection:
        if await store.cancel_invitation(connection, invitation):
            await store.record(connection, by.pseudonym, "cancel_invitation", "", office.clock.today())


async def change_roles(office: Office, pseudonym: str, asked: Iterable[str], by: Member) -> None:
    """Give a member other roles. Raises ``Refusal``: ``staff_unknown``, ``last_organiser``, those of
    ``roles.checked``.
    """
    given = roles.checked(asked)
    async with transaction(office.pool, "change_roles") as connection:
        row = await _chosen(office, connection, pseudonym, keeps_organising="organiser" in given)
        await store.set_roles(connection, row["id"], given)
        await _state(connection, pseudonym, row, given)
        await store.record(connection, by.pseudonym, "change_roles", pseudonym, office.clock.today())
    office.wake()


async def remove(office: Office, pseudonym: str, by: str) -> None:
    """Take every right from a member, at once. Raises ``Refusal``: ``staff_unknown``, ``last_organiser``."""
    today = office.clock.today()
    async with transaction(office.pool, "remove_staff") as connection:
        row = await _chosen(office, connection, pseudonym, keeps_organising=False)
        await store.remove(connection, row["id"], today)
        await _state(connection, pseudonym, row, ())
        await store.record(connection, by, "remove", pseudonym, today)
    office.wake()


async def everybody(office: Office) -> list[Colleague]:
    """The present members, by address."""
    async with transaction(office.pool, "every_staff") as connection:
        rows = await store.everybody(connection)
    organisers = _organisers(rows)
    found = [
        Colleague(
            pseudonym=office.pseudonyms.of(row["id"]),
            address=office.vault.open(row["address"], "staff", row["id"], "address"),
            roles=tuple(row["roles"]),
            enrolled=row["enrolled_on"] is not None,
            joined_on=row["joined_on"],
            last_organiser=organisers == {row["id"]},
        )
        for row in rows
    ]
    return sorted(found, key=lambda colleague: colleague.address)


async def invited(office: Office) -> list[Invited]:
    """The invitations that may still be accepted, by address."""
    found = [
        Invited(
            id=row["id"],
            address=office.vault.open(row["address"], "staff_invitation", row["id"], "address"),
            roles=tuple(row["roles"]),
            last_day=row["last_day"],
        )
        for row in await store.invitations(office.pool, office.clock.today())
    ]
    return sorted(found, key=lambda invitation: invitation.address)


def _organisers(rows: Sequence[Row]) -> set[uuid.UUID]:
    return {row["id"] for row in rows if "organiser" in row["roles"] and row["enrolled_on"] is not None}


async def _chosen(office: Office, connection: Connection, pseudonym: str, *, keeps_organising: bool) -> Row:
    # All rows are locked, in one order: of the last two organisers, two removals that cross leave one.
    rows = await store.everybody(connection)
    row = next((row for row in rows if office.pseudonyms.of(row["id"]) == pseudonym), None)
    if row is None:
        raise Refusal("staff_unknown")
    if _organisers(rows) == {row["id"]} and not keeps_organising:
        raise Refusal("last_organiser")
    return row


async def _state(connection: Connection, pseudonym: str, row: Row, given: Sequence[Role]) -> None:
    if row["version"]:
        await store.state_roles(connection, row["id"], roles_fact(pseudonym, row["version"] + 1, given))


async def pseudonym_of(office: Office, email: str) -> str:
    """The pseudonym of the present member with this address. Raises ``Refusal``: ``staff_unknown``, and as
    ``addresses.parse``.
    """
    row = await store.find(office.pool, office.vault.staff_index(addresses.parse(email).canonical))
    if row is None or row["removed_on"] is not None:
        raise Refusal("staff_unknown")
    return office.pseudonyms.of(row["id"])
