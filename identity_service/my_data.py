"""Everything this service knows of a person, in one shape: for the page, the file and the API."""

import datetime
import uuid

import msgspec

from contracts.events import Id
from contracts.http import Refusal
from identity_service import sign_in
from identity_service.context import Context
from identity_service.store import accounts, notices, removals
from identity_service.store.database import Row, transaction


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement to a version of the terms."""

    terms_version: str
    accepted_on: datetime.date


class Participation(msgspec.Struct, frozen=True, kw_only=True):
    """A consultation that the person takes part in."""

    consultation: Id
    slug: str
    title: str
    organiser: str
    consents: tuple[Consent, ...]
    notices: bool
    """Whether they get mails about what they follow there; what that is, this service does not know."""


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """A request to remove what was said in a consultation; the proof is there when ``done_on`` is."""

    request: Id
    kind: str
    consultation: Id
    title: str
    requested_on: datetime.date
    done_on: datetime.date | None
    contributions: int | None
    votes: int | None


class MyData(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a person here. What they said is in consultation_service, under a pseudonym."""

    address: str
    disposable: bool
    """The address is of a throw-away kind, as far as public lists know."""
    created_on: datetime.date
    consultations: tuple[Participation, ...]
    removals: tuple[Removal, ...]


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """An erased account, as its receipt shows it."""

    requested_on: datetime.date
    done_on: datetime.date | None
    parts: tuple[Removal, ...]


async def collect(context: Context, account: uuid.UUID) -> MyData:
    """Read it all in one transaction. Raises ``Refusal`` ``signed_out`` when the account is gone."""
    async with transaction(context.pool, "my_data") as connection:
        row = await accounts.read(connection, account)
        if row is None:
            raise Refusal("signed_out")
        agreed = await accounts.consents(connection, account)
        asked = await removals.of_account(connection, account)
        refused = await notices.refused(connection, account)
    taken: dict[str, list[Row]] = {}
    for consent in agreed:
        taken.setdefault(consent["consultation"], []).append(consent)
    return MyData(
        address=context.vault.open(row["address"], "account", account, "address"),
        disposable=row["disposable"],
        created_on=row["created_on"],
        consultations=tuple(_participation(consents, refused) for consents in taken.values()),
        removals=tuple(map(_removal, asked)),
    )


async def erasure(context: Context, receipt: str) -> Erasure:
    """What a receipt shows. Raises ``Refusal`` ``receipt_unknown``."""
    row = await removals.erasure_of_receipt(context.pool, sign_in.secret_hash(receipt))
    if row is None:
        raise Refusal("receipt_unknown")
    parts = await removals.of_erasure(context.pool, row["id"])
    return Erasure(requested_on=row["requested_on"], done_on=row["done_on"], parts=tuple(map(_removal, parts)))


def _participation(consents: list[Row], refused: set[str]) -> Participation:
    first = consents[0]
    return Participation(
        consultation=first["consultation"],
        slug=first["slug"],
        title=first["title"],
        organiser=first["organiser"],
        consents=tuple(Consent(terms_version=c["terms_version"], accepted_on=c["accepted_on"]) for c in consents),
        notices=first["consultation"] not in refused,
    )


def _removal(row: Row) -> Removal:
    return Removal(
        request=row["id"],
        kind=row["kind"],
        consultation=row["consultation"],
        title=row["title"],
        requested_on=row["requested_on"],
        done_on=row["done_on"],
        contributions=row["contributions"],
        votes=row["votes"],
    )
