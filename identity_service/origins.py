"""What browsers are told, and who may make them act here: headers, cookies, the check against forged requests."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from contracts.http import Refusal
from identity_service.settings import Settings, is_loopback

SIGN_IN_COOKIE: Final = "cloison_sign_in"
SESSION_COOKIE: Final = "cloison_identity"
SIGN_IN_SECONDS: Final = 15 * 60
SESSION_SECONDS: Final = 2 * 24 * 3600


def headers(settings: Settings) -> list[tuple[bytes, bytes]]:
    """What every answer carries unless it says otherwise."""
    common = [
        (b"content-security-policy", policy("form-action 'self'").encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), browsing-topics=()"),
        (b"x-robots-tag", b"noindex"),
    ]
    if settings.secure:
        common.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
    return common


def policy(form_action: str) -> str:
    """The Content Security Policy: nothing from elsewhere, nothing inline, no frame."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        f"{form_action}; frame-ancestors 'none'; base-uri 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def hand_over_headers(settings: Settings) -> dict[str, str]:
    """For the one page that posts elsewhere. Browsers also check where consultation then redirects: the gateway.

    ``strict-origin`` lets consultation see that the form came from here (with ``no-referrer`` it would see ``null``).
    """
    targets = f"form-action {settings.consultation_origin} {settings.gateway_origin}"
    return {"content-security-policy": policy(targets), "referrer-policy": "strict-origin"}


def require_own_origin(request: Request, settings: Settings) -> None:
    """Raise ``Refusal`` ``origin_refused`` unless a page of this service sent the request.

    Browsers write these headers and scripts cannot. Our own ``no-referrer`` makes ``Origin`` ``null``, and then
    ``Sec-Fetch-Site`` decides.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        raise Refusal("origin_refused")
    if origin not in (None, "null", settings.origin) or (origin != settings.origin and site is None):
        raise Refusal("origin_refused")


def from_this_machine(request: Request, settings: Settings) -> bool:
    """Whether the development mailbox may be shown.

    Listening on loopback, asked for by a loopback name (no DNS rebinding) from a loopback address, through no proxy.
    """
    client = request.client.host if request.client else ""
    proxied = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-forwarded-host", "via"))
    return (
        is_loopback(settings.host) and is_loopback(request.url.hostname or "") and is_loopback(client) and not proxied
    )


def network_of(request: Request) -> str:
    """The client's address, for the rate limits and nothing else."""
    return request.client.host if request.client else ""


def set_cookie(response: Response, settings: Settings, name: str, value: str, seconds: int) -> None:
    """A cookie that scripts cannot read nor other sites' posts carry; ``__Host-`` pins it to this host in HTTPS."""
    response.set_cookie(
        cookie_name(settings, name),
        value,
        max_age=seconds,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response, settings: Settings, name: str) -> None:
    """Make the browser forget a cookie."""
    response.delete_cookie(cookie_name(settings, name), path="/", secure=settings.secure, httponly=True, samesite="lax")


def read_cookie(request: Request, settings: Settings, name: str) -> str | None:
    """The value of one of our cookies; an oversized one is none."""
    value = request.cookies.get(cookie_name(settings, name))
    return value if value and len(value) <= 128 else None


def cookie_name(settings: Settings, name: str) -> str:
    """What the cookie is called in the browser."""
    return f"__Host-{name}" if settings.secure else name
