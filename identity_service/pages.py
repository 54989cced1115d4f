"""The pages: signing in, agreeing, being handed over to consultation, and "my data"."""

import datetime
from typing import Any

import msgspec
from starlette.responses import Response

from contracts.http import Refusal
from identity_service import accounts, my_data, notices, origins, participation, removals, sign_in
from identity_service.errors import REASONS
from identity_service.store.database import Row
from identity_service.visits import UUID4, Visit


async def home(visit: Visit) -> Response:
    """There is nothing at the root but a way to one's data."""
    return visit.redirect(visit.link("/my-data"))


async def participate(visit: Visit) -> Response:
    """The next step of a journey: sign in, agree, or be handed over."""
    journey = visit.journey
    if journey is None:
        raise Refusal("link_incomplete")
    consultation = await participation.consultation(visit.context, journey.consultation)
    account = await accounts.require_account(visit.context, visit.session)
    try:
        token = await participation.access_token(visit.context, account, journey.consultation, journey.state)
    except Refusal as refusal:
        if refusal.code != "consent_needed":
            raise
        return visit.redirect(visit.link("/consent"))
    return visit.render(
        "hand_over.html",
        headers=origins.hand_over_headers(visit.context.settings),
        consultation=consultation,
        target=f"{visit.context.settings.consultation_origin}/session",
        token=token,
        state=journey.state,
    )


async def sign_in_form(visit: Visit) -> Response:
    """Ask for the address."""
    if await accounts.signed_in(visit.context, visit.session) is not None:
        return visit.redirect(_after_sign_in(visit))
    return visit.render("sign_in.html", email="", consultation=await _consultation(visit))


async def send_code(visit: Visit) -> Response:
    """Send a code; the answer is the same whoever the address belongs to."""
    form = await visit.form()
    email = form.get("email", "")
    try:
        network = origins.network_of(visit.request)
        secret = await accounts.ask_for_code(visit.context, email, visit.language, network)
    except Refusal as refusal:
        return _again(visit, "sign_in.html", refusal, email=email[:254], consultation=await _consultation(visit))
    response = visit.redirect(visit.link("/sign-in/code"))
    settings = visit.context.settings
    origins.set_cookie(response, settings, origins.SIGN_IN_COOKIE, secret, origins.SIGN_IN_SECONDS)
    return response


async def code_form(visit: Visit) -> Response:
    """Ask for the code that was sent to this browser's address."""
    secret = origins.read_cookie(visit.request, visit.context.settings, origins.SIGN_IN_COOKIE)
    if secret is None:
        return visit.redirect(visit.link("/sign-in"))
    address = await accounts.address_waiting(visit.context, secret)
    return visit.render("code.html", address=address, **await _code_facts(visit))


async def check_code(visit: Visit) -> Response:
    """Check the code and sign in."""
    form = await visit.form()
    settings = visit.context.settings
    secret = origins.read_cookie(visit.request, settings, origins.SIGN_IN_COOKIE)
    try:
        if secret is None:
            raise Refusal("code_gone", field="code")
        network = origins.network_of(visit.request)
        session = await accounts.confirm_code(visit.context, secret, form.get("code", ""), network)
    except Refusal as refusal:
        address = await accounts.address_waiting(visit.context, secret) if secret else None
        return _again(visit, "code.html", refusal, address=address, **await _code_facts(visit))
    await accounts.sign_out(visit.context, visit.session)
    response = visit.redirect(_after_sign_in(visit))
    origins.set_cookie(response, settings, origins.SESSION_COOKIE, session, origins.SESSION_SECONDS)
    origins.drop_cookie(response, settings, origins.SIGN_IN_COOKIE)
    return response


async def sign_out(visit: Visit) -> Response:
    """End the session of this browser."""
    await visit.form()
    await accounts.sign_out(visit.context, visit.session)
    response = visit.redirect(visit.link("/sign-in"))
    origins.drop_cookie(response, visit.context.settings, origins.SESSION_COOKIE)
    return response


async def consent_form(visit: Visit) -> Response:
    """Ask for the agreement."""
    await accounts.require_account(visit.context, visit.session)
    return visit.render("consent.html", consultation=await _journey_consultation(visit))


async def accept(visit: Visit) -> Response:
    """Record the agreement and go on."""
    form = await visit.form()
    account = await accounts.require_account(visit.context, visit.session)
    consultation = await _journey_consultation(visit)
    try:
        if form.get("accept") != "yes":
            raise Refusal("consent_unticked", field="accept")
        await participation.accept(visit.context, account, consultation["id"], form.get("terms_version", ""))
    except Refusal as refusal:
        return _again(visit, "consent.html", refusal, consultation=consultation)
    return visit.redirect(visit.link("/participate"))


async def show_my_data(visit: Visit) -> Response:
    """Everything this service knows of the person."""
    account = await accounts.require_account(visit.context, visit.session)
    return visit.render("my_data.html", data=await my_data.collect(visit.context, account))


async def download(visit: Visit) -> Response:
    """The same as a file."""
    account = await accounts.require_account(visit.context, visit.session)
    body = msgspec.json.format(msgspec.json.encode(await my_data.collect(visit.context, account)), indent=2)
    name = "mes-donnees.json" if visit.language == "fr" else "my-data.json"
    return Response(
        body, media_type="application/json", headers={"content-disposition": f'attachment; filename="{name}"'}
    )


async def withdraw_form(visit: Visit) -> Response:
    """Ask for a confirmation."""
    account = await accounts.require_account(visit.context, visit.session)
    identifier = visit.request.query_params.get("consultation", "")
    taken = (await my_data.collect(visit.context, account)).consultations
    chosen = next((c for c in taken if c.consultation == identifier), None)
    if chosen is None:
        raise Refusal("no_participation")
    return visit.render("withdraw.html", consultation=chosen)


async def withdraw(visit: Visit) -> Response:
    """Leave one consultation."""
    form = await visit.form()
    account = await accounts.require_account(visit.context, visit.session)
    consultation = form.get("consultation", "")
    if not UUID4.fullmatch(consultation):
        raise Refusal("no_participation")
    await removals.withdraw(visit.context, account, consultation, visit.language)
    return visit.redirect(visit.link("/my-data") + "#removals")


async def erase_form(visit: Visit) -> Response:
    """Ask for a confirmation."""
    account = await accounts.require_account(visit.context, visit.session)
    return visit.render("erase.html", data=await my_data.collect(visit.context, account))


async def erase(visit: Visit) -> Response:
    """Erase everything; the receipt is the only thing left."""
    form = await visit.form()
    account = await accounts.require_account(visit.context, visit.session)
    if form.get("confirm") != "yes":
        data = await my_data.collect(visit.context, account)
        return _again(visit, "erase.html", Refusal("erase_unticked", field="confirm"), data=data)
    receipt = await removals.erase(visit.context, account, visit.language)
    response = visit.redirect(visit.link(f"/erasure/{receipt}"))
    for name in (origins.SESSION_COOKIE, origins.SIGN_IN_COOKIE):
        origins.drop_cookie(response, visit.context.settings, name)
    return response


async def erasure(visit: Visit) -> Response:
    """Where an erasure is, for whoever holds its receipt."""
    receipt = visit.request.path_params["receipt"]
    status = await my_data.erasure(visit.context, receipt)
    kept_until = status.requested_on + datetime.timedelta(days=removals.RECEIPT_DAYS)
    address = visit.context.settings.origin + visit.same_page(visit.language)
    return visit.render("erasure.html", erasure=status, kept_until=kept_until, address=address)


async def choose_notices(visit: Visit) -> Response:
    """Want or refuse mails of one consultation."""
    form = await visit.form()
    account = await accounts.require_account(visit.context, visit.session)
    consultation = form.get("consultation", "")
    if not UUID4.fullmatch(consultation):
        raise Refusal("no_participation")
    await notices.choose(visit.context, account, consultation, wanted=form.get("wanted") == "yes")
    return visit.redirect(visit.link("/my-data"))


async def unsubscribe_form(visit: Visit) -> Response:
    """What the link in a mail shows: following it changes nothing, because programs follow links too."""
    title = await notices.consultation_of(visit.context, visit.request.path_params["token"])
    return visit.render("unsubscribe.html", title=title, done=False)


async def unsubscribe(visit: Visit) -> Response:
    """One click, from the page above or from a mail program (RFC 8058): no session, no check of the origin. The worst
    that whoever holds the link can do is to stop mails.
    """
    token = visit.request.path_params["token"]
    await notices.refuse(visit.context, token)
    title = await notices.consultation_of(visit.context, token)
    return visit.render("unsubscribe.html", title=title, done=True)


async def mailbox(visit: Visit) -> Response:
    """The development mailbox, for whoever sits at the machine; for everybody else there is nothing here."""
    mails = visit.context.mailer.mailbox
    if mails is None or not origins.from_this_machine(visit.request, visit.context.settings):
        raise Refusal("not_found")
    shown = [{"to": m["To"], "subject": m["Subject"], "body": m.get_content()} for m in mails]
    return visit.render("mailbox.html", mails=shown)


def _after_sign_in(visit: Visit) -> str:
    return visit.link("/participate" if visit.journey else "/my-data")


async def _consultation(visit: Visit) -> Row | None:
    return await _journey_consultation(visit) if visit.journey else None


async def _journey_consultation(visit: Visit) -> Row:
    if visit.journey is None:
        raise Refusal("link_incomplete")
    return await participation.consultation(visit.context, visit.journey.consultation)


async def _code_facts(visit: Visit) -> dict[str, Any]:
    shown = visit.context.mailer.mailbox is not None and origins.from_this_machine(
        visit.request, visit.context.settings
    )
    return {
        "minutes": int(sign_in.CODE_LIFE.total_seconds() // 60),
        "mailbox": shown,
        "consultation": await _consultation(visit),
    }


def _again(visit: Visit, template: str, refusal: Refusal, **facts: Any) -> Response:
    """The same form, filled in, with what is wrong beside the field; other refusals get a page of their own."""
    if refusal.code not in REASONS and refusal.code != "rate_limited":
        raise refusal
    status = REASONS[refusal.code].status if refusal.code in REASONS else 429
    return visit.render(template, status, problem=visit.problem(refusal), **facts)
