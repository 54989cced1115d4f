"""The page of the data-protection officer: who is registered, and erasing on request. Nothing here says what was said:
the file of registrations and the raw data of a consultation have no key in common.
"""

from typing import Any

from starlette.responses import Response

from contracts.http import Refusal
from identity_service import addresses, removals
from identity_service.errors import REASONS
from identity_service.staff.people import table
from identity_service.staff.visits import StaffVisit
from identity_service.store import accounts, registrations
from identity_service.store import staff as store
from identity_service.store.database import transaction

COLUMNS = ("address", "consultation", "terms_version", "accepted_on")


async def show(visit: StaffVisit) -> Response:
    """Figures, erasures, and a form."""
    return await _page(visit)


async def export(visit: StaffVisit) -> Response:
    """Every agreement, as a file in the order of addresses. That it was taken is in the journal."""
    await visit.form()
    context, member = visit.context, await visit.member("data_protection_officer")
    async with transaction(context.pool, "export_registration") as connection:
        rows = await registrations.agreements(connection)
        await store.record(connection, member.pseudonym, "export_registration", "", context.clock.today())
    lines = sorted(
        (
            context.vault.open(row["address"], "account", row["account"], "address"),
            row["title"],
            row["terms_version"],
            row["accepted_on"].isoformat(),
        )
        for row in rows
    )
    return table(COLUMNS, lines, f"inscriptions-{context.clock.today()}.csv")


async def erase(visit: StaffVisit) -> Response:
    """Erase an account on the person's written request: what they would do themselves in "my data"."""
    form = await visit.form()
    context, member = visit.context, await visit.member("data_protection_officer")
    email = form.get("email", "")
    try:
        index = context.vault.address_index(addresses.parse(email).canonical)
        if form.get("requested") != "yes":
            raise Refusal("request_unticked", field="requested")
        async with transaction(context.pool, "find_account") as connection:
            account = await accounts.find(connection, index)
        if account is None:
            raise Refusal("account_unknown", field="email")
        receipt = await removals.erase(context, account, visit.language, by=member.pseudonym)
    except Refusal as refusal:
        return await _page(visit, refusal, email=email[:254])
    return await _page(visit, receipt=f"{context.settings.origin}/erasure/{receipt}")


async def _page(visit: StaffVisit, refusal: Refusal | None = None, **given: Any) -> Response:
    member = await visit.member("data_protection_officer")
    pool = visit.context.pool
    return visit.render(
        "staff/data_protection.html",
        200 if refusal is None else REASONS[refusal.code].status,
        problem=None if refusal is None else visit.problem(refusal),
        member=member,
        figures=await registrations.figures(pool),
        consultations=await registrations.by_consultation(pool),
        erasures=await registrations.erasures(pool),
        kept_days=removals.RECEIPT_DAYS,
        **{"email": "", "receipt": "", **given},
    )
