"""The page of organisers: who is on the staff, who is invited, and what was done about it."""

import uuid
from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from contracts.http import Refusal
from contracts.safe_csv import line
from identity_service.errors import REASONS
from identity_service.staff import team
from identity_service.staff.roles import NAMES, ROLES, WHAT
from identity_service.staff.visits import StaffVisit
from identity_service.store import staff as store

ACTS: Final = {
    "invite": ("Invitation", "Invitation"),
    "cancel_invitation": ("Invitation annulée", "Invitation withdrawn"),
    "enrol": ("Double authentification activée", "Second factor enrolled"),
    "renew_second_factor": ("Application d’authentification changée", "Authenticator application changed"),
    "change_roles": ("Rôles changés", "Roles changed"),
    "remove": ("Retrait de l’équipe", "Removed from the staff"),
    "export_registration": ("Export des inscriptions", "Export of registrations"),
    "erase": ("Effacement à la demande", "Erasure on request"),
}
"""What the journal of this service records, in both languages."""
JOURNAL_ROLES: Final = frozenset(("organiser", "auditor", "data_protection_officer"))


async def show(visit: StaffVisit) -> Response:
    """Everybody, and a form to invite."""
    return await _page(visit)


async def invite(visit: StaffVisit) -> Response:
    """Invite somebody."""
    form = await visit.form()
    member = await visit.member("organiser")
    given = {role for role in ROLES if form.get(f"role_{role}")}
    try:
        await team.invite(team.office_of(visit.context), form.get("email", ""), given, visit.language, member.pseudonym)
    except Refusal as refusal:
        return await _page(visit, refusal, email=form.get("email", "")[:254], ticked=given)
    return visit.redirect(visit.link("/staff/people", done="invited"))


async def cancel(visit: StaffVisit) -> Response:
    """Withdraw an invitation."""
    form = await visit.form()
    member = await visit.member("organiser")
    try:
        invitation = uuid.UUID(form.get("invitation", ""))
    except ValueError:
        raise Refusal("invalid_field") from None
    await team.cancel(team.office_of(visit.context), invitation, member)
    return visit.redirect(visit.link("/staff/people", done="cancelled"))


async def change_roles(visit: StaffVisit) -> Response:
    """Give a member other roles."""
    form = await visit.form()
    member = await visit.member("organiser")
    given = {role for role in ROLES if form.get(f"role_{role}")}
    chosen = form.get("staff", "")
    try:
        await team.change_roles(team.office_of(visit.context), chosen, given, member)
    except Refusal as refusal:
        return await _page(visit, refusal, chosen=chosen)
    return visit.redirect(visit.link("/staff/people", done="changed"))


async def remove(visit: StaffVisit) -> Response:
    """Remove a member."""
    form = await visit.form()
    member = await visit.member("organiser")
    chosen = form.get("staff", "")
    try:
        await team.remove(team.office_of(visit.context), chosen, member.pseudonym)
    except Refusal as refusal:
        return await _page(visit, refusal, chosen=chosen)
    return visit.redirect(visit.link("/staff/people", done="removed"))


async def journal(visit: StaffVisit) -> Response:
    """What staff did on this side."""
    member = await visit.member()
    _require_journal(member.roles)
    which = 0 if visit.language == "fr" else 1
    acts = [
        {**row, "name": ACTS[row["act"]][which], "given": _roles_in(row["object"], which)}
        for row in await store.acts(visit.context.pool)
    ]
    return visit.render("staff/journal.html", member=member, acts=acts)


async def journal_file(visit: StaffVisit) -> Response:
    """The same as a file."""
    member = await visit.member()
    _require_journal(member.roles)
    rows = await store.acts(visit.context.pool)
    facts = [[row["number"], row["day"].isoformat(), row["staff"], row["act"], row["object"]] for row in rows]
    return table(["number", "day", "staff", "act", "object"], facts, "journal-identite.csv")


def table(columns: Sequence[str], rows: Sequence[Sequence[str | int | None]], name: str) -> Response:
    """A CSV file (RFC 4180), safe for spreadsheets."""
    return Response(
        "".join(map(line, [columns, *rows])),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _roles_in(text: str, which: int) -> str:
    """The names of the roles that an invitation gives; nothing for another object."""
    return ", ".join(NAMES[role][which] for role in ROLES if role in text.split())


def _require_journal(roles: tuple[str, ...]) -> None:
    if not JOURNAL_ROLES & set(roles):
        raise Refusal("role_missing")


async def _page(visit: StaffVisit, refusal: Refusal | None = None, **given: Any) -> Response:
    member = await visit.member("organiser")
    office = team.office_of(visit.context)
    which = 0 if visit.language == "fr" else 1
    status = 200 if refusal is None else REASONS[refusal.code].status if refusal.code in REASONS else 429
    return visit.render(
        "staff/people.html",
        status,
        problem=None if refusal is None else visit.problem(refusal),
        member=member,
        colleagues=await team.everybody(office),
        invitations=await team.invited(office),
        roles=[{"role": role, "name": NAMES[role][which], "what": WHAT[role][which]} for role in ROLES],
        names={role: NAMES[role][which] for role in ROLES},
        done=visit.request.query_params.get("done", ""),
        **{"email": "", "ticked": set(), "chosen": "", **given},
    )
