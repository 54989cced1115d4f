"""The pages by which staff come in: invitation, two factors, and the hand-over to the back office."""

from typing import Any, Final

import segno
from starlette.responses import Response
from starlette.routing import Route

from contracts.http import Refusal
from identity_service import origins, sign_in
from identity_service.errors import REASONS
from identity_service.staff import data_protection, people, second_factor
from identity_service.staff import sign_in as staff_sign_in
from identity_service.staff.roles import NAMES, WHAT
from identity_service.staff.visits import SESSION_COOKIE, SIGN_IN_COOKIE, StaffVisit
from identity_service.store import staff as store
from identity_service.visits import Handler, Page

QR_SCALE: Final = 5


async def entrance(visit: StaffVisit) -> Response:
    """Sign in, go on to the back office that sent the browser here, or see what there is to do on this side."""
    member = await staff_sign_in.member_of(visit.context, visit.session)
    if member is None:
        return visit.render("staff/sign_in.html", email="", mailbox=_mailbox(visit))
    if not member.proved:
        return visit.redirect(visit.link("/staff/second-factor"))
    if not visit.state:
        left = await store.count_recovery(visit.context.pool, member.id)
        return visit.render("staff/home.html", member=member, roles=_roles(visit, member.roles), left=left,
                            backoffice=f"{visit.context.settings.consultation_origin}/backoffice")  # fmt: skip
    now = visit.context.clock.now().timestamp()
    token = visit.context.staff_tokens.issue(member.pseudonym, member.version, member.roles, state=visit.state, now=now)
    return visit.render(
        "staff/hand_over.html",
        headers=origins.hand_over_headers(visit.context.settings),
        member=member,
        target=f"{visit.context.settings.consultation_origin}/backoffice/session",
        token=token,
        state=visit.state,
    )


async def send_code(visit: StaffVisit) -> Response:
    """Send a code; the answer is the same whether the address is on the staff or not."""
    form = await visit.form()
    email = form.get("email", "")
    try:
        network = origins.network_of(visit.request)
        secret = await staff_sign_in.ask_for_code(visit.context, email, visit.language, network)
    except Refusal as refusal:
        return again(visit, "staff/sign_in.html", refusal, email=email[:254], mailbox=_mailbox(visit))
    return _ask(visit, secret)


async def invitation(visit: StaffVisit) -> Response:
    """What an invitation offers, and what it takes."""
    row = await staff_sign_in.invitation_of(visit.context, visit.request.path_params["secret"])
    return visit.render("staff/invitation.html", roles=_roles(visit, row["roles"]), last_day=row["last_day"])


async def accept_invitation(visit: StaffVisit) -> Response:
    """Send a code to the address that was invited."""
    await visit.form()
    network, link = origins.network_of(visit.request), visit.request.path_params["secret"]
    return _ask(visit, await staff_sign_in.ask_for_invited(visit.context, link, visit.language, network))


def _ask(visit: StaffVisit, secret: str) -> Response:
    response = visit.redirect(visit.link("/staff/code"))
    origins.set_cookie(response, visit.context.settings, SIGN_IN_COOKIE, secret, origins.SIGN_IN_SECONDS)
    return response


async def code_form(visit: StaffVisit) -> Response:
    """Ask for the code received by mail."""
    if visit.sign_in is None:
        return visit.redirect(visit.link("/staff"))
    return visit.render("staff/code.html", minutes=_minutes(), mailbox=_mailbox(visit))


async def check_code(visit: StaffVisit) -> Response:
    """The first factor."""
    form = await visit.form()
    settings = visit.context.settings
    try:
        if visit.sign_in is None:
            raise Refusal("code_gone", field="code")
        network = origins.network_of(visit.request)
        session = await staff_sign_in.confirm_code(visit.context, visit.sign_in, form.get("code", ""), network)
    except Refusal as refusal:
        return again(visit, "staff/code.html", refusal, minutes=_minutes(), mailbox=_mailbox(visit))
    await staff_sign_in.sign_out(visit.context, visit.session)
    response = visit.redirect(visit.link("/staff/second-factor"))
    origins.set_cookie(response, settings, SESSION_COOKIE, session, origins.SESSION_SECONDS)
    origins.drop_cookie(response, settings, SIGN_IN_COOKIE)
    return response


async def second_factor_form(visit: StaffVisit) -> Response:
    """Ask for the second factor; the first time, show how to get one."""
    member = await staff_sign_in.member_of(visit.context, visit.session)
    if member is None or (member.proved and not member.renewing):
        return visit.redirect(visit.link("/staff"))
    if _asks(member):
        return visit.render("staff/second_factor.html")
    return visit.render("staff/enrol.html", **await _proposed(visit, member))


async def check_second_factor(visit: StaffVisit) -> Response:
    """The second factor. The first time it is enrolled, and the answer shows the recovery codes, once."""
    form = await visit.form()
    member = await staff_sign_in.member_of(visit.context, visit.session)
    if member is None or (member.proved and not member.renewing) or visit.session is None:
        return visit.redirect(visit.link("/staff"))
    try:
        codes = await staff_sign_in.prove(visit.context, visit.session, form.get("code", ""))
    except Refusal as refusal:
        if refusal.code == "second_factor_gone":
            return again(visit, "staff/sign_in.html", refusal, email="", mailbox=_mailbox(visit))
        if _asks(member):
            return again(visit, "staff/second_factor.html", refusal)
        return again(visit, "staff/enrol.html", refusal, **await _proposed(visit, member))
    if codes:
        return visit.render("staff/recovery.html", member=member, codes=[second_factor.grouped(c) for c in codes])
    return visit.redirect(visit.link("/staff"))


async def renew(visit: StaffVisit) -> Response:
    """Change the authenticator application."""
    await visit.form()
    member = await visit.member()
    await staff_sign_in.renew(visit.context, member, visit.session or "")
    return visit.redirect(visit.link("/staff/second-factor"))


async def leaving(visit: StaffVisit) -> Response:
    """Where the back office leads when one leaves it: the session of this side is another one."""
    member = await staff_sign_in.member_of(visit.context, visit.session)
    if member is None:
        return visit.redirect(visit.link("/staff"))
    return visit.render("staff/leaving.html", member=member if member.proved else None)


async def sign_out(visit: StaffVisit) -> Response:
    """End the session of this browser, on this side."""
    await visit.form()
    await staff_sign_in.sign_out(visit.context, visit.session)
    response = visit.redirect(visit.link("/staff"))
    origins.drop_cookie(response, visit.context.settings, SESSION_COOKIE)
    return response


def routes() -> list[Route]:
    """The routes of all pages of staff."""
    get, post = ["GET"], ["POST"]
    table: list[tuple[str, list[str], Handler[StaffVisit]]] = [
        ("/staff", get, entrance),
        ("/staff/sign-in", post, send_code),
        ("/staff/invitation/{secret}", get, invitation),
        ("/staff/invitation/{secret}", post, accept_invitation),
        ("/staff/code", get, code_form),
        ("/staff/code", post, check_code),
        ("/staff/second-factor", get, second_factor_form),
        ("/staff/second-factor", post, check_second_factor),
        ("/staff/second-factor/renew", post, renew),
        ("/staff/sign-out", get, leaving),
        ("/staff/sign-out", post, sign_out),
        ("/staff/people", get, people.show),
        ("/staff/people/invite", post, people.invite),
        ("/staff/people/cancel", post, people.cancel),
        ("/staff/people/roles", post, people.change_roles),
        ("/staff/people/remove", post, people.remove),
        ("/staff/data-protection", get, data_protection.show),
        ("/staff/data-protection/registrations.csv", post, data_protection.export),
        ("/staff/data-protection/erase", post, data_protection.erase),
        ("/staff/journal", get, people.journal),
        ("/staff/journal.csv", get, people.journal_file),
    ]
    return [Route(path, Page(handler, StaffVisit), methods=methods) for path, methods, handler in table]


def again(visit: StaffVisit, template: str, refusal: Refusal, **facts: Any) -> Response:
    """The same form, filled in, with what is wrong beside the field."""
    status = REASONS[refusal.code].status if refusal.code in REASONS else 429
    return visit.render(template, status, problem=visit.problem(refusal), **facts)


def _asks(member: staff_sign_in.Member) -> bool:
    """Whether the present second factor is asked for, rather than a new one proposed."""
    return member.enrolled and not member.proved


async def _proposed(visit: StaffVisit, member: staff_sign_in.Member) -> dict[str, Any]:
    secret, address = await staff_sign_in.proposed_secret(visit.context, member)
    link = second_factor.address(secret, address, visit.context.settings.look.name)
    code = segno.make(link, error="m", micro=False)
    return {
        "secret": second_factor.grouped(second_factor.base32(secret)),
        "otpauth": link,
        "picture": code.svg_inline(scale=QR_SCALE, border=4, dark="#000", light="#fff", svgclass="qr", omitsize=True),
    }


def _roles(visit: StaffVisit, given: Any) -> list[dict[str, str]]:
    which = 0 if visit.language == "fr" else 1
    return [{"name": NAMES[role][which], "what": WHAT[role][which]} for role in given]


def _mailbox(visit: StaffVisit) -> bool:
    settings = visit.context.settings
    return visit.context.mailer.mailbox is not None and origins.from_this_machine(visit.request, settings)


def _minutes() -> int:
    return int(sign_in.CODE_LIFE.total_seconds() // 60)
