"""The JSON API: what the pages do, under the same rules, for programs. It takes a bearer, never a cookie."""

import datetime
from typing import Annotated, Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from contracts.events import Id, Language
from contracts.http import Refusal, decode_json
from contracts.openapi import Operation, Parameter, document
from contracts.tokens import LIFETIME_SECONDS
from identity_service import accounts, my_data, notices, origins, participation, removals
from identity_service.context import Context
from identity_service.errors import REASONS
from identity_service.sign_in import session_ends_on
from identity_service.visits import UUID4
from identity_service.words import language_of

Text = Annotated[str, msgspec.Meta(max_length=320)]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request body: unknown fields are refused."""


class CodeRequest(Body, frozen=True):
    """Where to send a code, and in which language."""

    email: Text
    language: Language = "fr"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in under way. ``attempt`` is a secret: the code is of no use without it."""

    attempt: str


class SessionRequest(Body, frozen=True):
    """The code that was received, with the attempt it belongs to."""

    attempt: Annotated[str, msgspec.Meta(max_length=128)]
    code: Annotated[str, msgspec.Meta(max_length=64)]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A bearer for the rest of this API, until the end of ``ends_on``."""

    session: str
    ends_on: datetime.date


class ConsentRequest(Body, frozen=True):
    """The version of the terms that is accepted; it must be the present one."""

    terms_version: Text


class ConsentGiven(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement, as it was recorded."""

    consultation: Id
    terms_version: str


class NoticesWanted(Body, frozen=True):
    """Whether to get mails about what is followed in a consultation."""

    wanted: bool


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """A bearer for consultation_service, which tells it nothing but a pseudonymous token."""

    token: str
    expires_in: int
    """Seconds it lasts at least."""


class RemovalAsked(msgspec.Struct, frozen=True, kw_only=True):
    """The request, as the proof will name it."""

    request: Id


class AccountErased(msgspec.Struct, frozen=True, kw_only=True):
    """The secret with which the erasure can be followed: there is no account any more."""

    receipt: str


async def ask_for_code(request: Request) -> Response:
    """Send a code."""
    body = decode_json(await _json(request), CodeRequest)
    secret = await accounts.ask_for_code(_context(request), body.email, body.language, origins.network_of(request))
    return _answer(Attempt(attempt=secret), 202)


async def open_session(request: Request) -> Response:
    """Check a code."""
    context = _context(request)
    body = decode_json(await _json(request), SessionRequest)
    secret = await accounts.confirm_code(context, body.attempt, body.code, origins.network_of(request))
    return _answer(Session(session=secret, ends_on=session_ends_on(context.clock.today())), 201)


async def consent(request: Request) -> Response:
    """Accept the terms of a consultation."""
    context, consultation = _context(request), _consultation(request)
    body = decode_json(await _json(request), ConsentRequest)
    account = await accounts.require_account(context, _bearer(request))
    await participation.accept(context, account, consultation, body.terms_version)
    return _answer(ConsentGiven(consultation=consultation, terms_version=body.terms_version))


async def access(request: Request) -> Response:
    """Get a bearer token for consultation_service."""
    context, consultation = _context(request), _consultation(request)
    account = await accounts.require_account(context, _bearer(request))
    token = await participation.access_token(context, account, consultation, None)
    return _answer(Access(token=token, expires_in=LIFETIME_SECONDS))


async def choose_notices(request: Request) -> Response:
    """Want or refuse mails of a consultation."""
    context, consultation = _context(request), _consultation(request)
    body = decode_json(await _json(request), NoticesWanted)
    account = await accounts.require_account(context, _bearer(request))
    await notices.choose(context, account, consultation, wanted=body.wanted)
    return Response(status_code=204)


async def show_my_data(request: Request) -> Response:
    """Everything this service knows."""
    context = _context(request)
    account = await accounts.require_account(context, _bearer(request))
    return _answer(await my_data.collect(context, account))


async def withdraw(request: Request) -> Response:
    """Leave a consultation."""
    context, consultation = _context(request), _consultation(request)
    account = await accounts.require_account(context, _bearer(request))
    return _answer(
        RemovalAsked(request=await removals.withdraw(context, account, consultation, _language(request))), 202
    )


async def erase(request: Request) -> Response:
    """Erase the account."""
    context = _context(request)
    account = await accounts.require_account(context, _bearer(request))
    return _answer(AccountErased(receipt=await removals.erase(context, account, _language(request))), 202)


async def erasure(request: Request) -> Response:
    """Follow an erasure."""
    return _answer(await my_data.erasure(_context(request), request.path_params["receipt"]))


async def openapi(request: Request) -> Response:
    """The OpenAPI document of this API."""
    return Response(OPENAPI, media_type="application/json")


def _context(request: Request) -> Context:
    context: Context = request.state.context
    return context


def _consultation(request: Request) -> str:
    consultation: str = request.path_params["consultation"]
    if not UUID4.fullmatch(consultation):
        raise Refusal("consultation_unknown")
    return consultation


def _language(request: Request) -> Language:
    return language_of(request.query_params.get("lang"))


def _bearer(request: Request) -> str | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and len(secret) <= 128 else None


async def _json(request: Request) -> bytes:
    # A form or a text/plain post is what a foreign page could send without asking first.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal("unsupported_media_type")
    return await request.body()


def _answer(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")


_BODY: Final = ("invalid_json", "invalid_field", "unknown_field", "unsupported_media_type", "too_large", "unavailable")
_CODE: Final = ("code_malformed", "code_wrong", "code_wrong_once_more", "code_gone")
_ADDRESS: Final = ("address_invalid", "address_look_alike")
_LANG: Final = (Parameter("lang", "query", Language, "Language of the mail that brings the proof."),)
_PATH: Final = {"consultation": Id}
_CONSULTATION: Final = "/v1/consultations/{consultation}"

OPERATIONS: Final = (
    Operation("post", "/v1/codes", "Send a sign-in code to an address, known or not.", Attempt, 202, CodeRequest,
              refusals=(*_ADDRESS, "rate_limited", *_BODY)),
    Operation("post", "/v1/sessions", "Exchange a code for a session.", Session, 201, SessionRequest,
              refusals=(*_CODE, "rate_limited", *_BODY)),
    Operation("post", f"{_CONSULTATION}/consent", "Accept the terms of a consultation.", ConsentGiven, 200,
              ConsentRequest, refusals=("signed_out", "consultation_unknown", "terms_changed", *_BODY),
              security="session", path_types=_PATH),
    Operation("post", f"{_CONSULTATION}/access", "Get a token for consultation_service.", Access,
              refusals=("signed_out", "consultation_unknown", "consent_needed", "unavailable"), security="session",
              path_types=_PATH),
    Operation("put", f"{_CONSULTATION}/notices", "Want or refuse mails about what I follow.", None, 204,
              NoticesWanted, refusals=("signed_out", "consultation_unknown", *_BODY), security="session",
              path_types=_PATH),
    Operation("get", "/v1/my-data", "Read everything this service knows of the person.", my_data.MyData,
              refusals=("signed_out", "unavailable"), security="session"),
    Operation("delete", f"{_CONSULTATION}/participation", "Leave a consultation: what was said there is removed.",
              RemovalAsked, 202, refusals=("signed_out", "consultation_unknown", "no_participation", "unavailable"),
              security="session", parameters=_LANG, path_types=_PATH),
    Operation("delete", "/v1/account", "Erase the account, and what was said everywhere.", AccountErased, 202,
              refusals=("signed_out", "unavailable"), security="session", parameters=_LANG),
    Operation("get", "/v1/erasures/{receipt}", "Follow an erasure.", my_data.Erasure,
              refusals=("receipt_unknown", "unavailable")),
)  # fmt: skip

OPENAPI: Final = msgspec.json.encode(
    document(
        "Cloison: identity",
        "1",
        "E-mail addresses and consents. Never an opinion, never a vote.",
        OPERATIONS,
        REASONS,
        {"session": {"type": "http", "scheme": "bearer"}},
    )
)
