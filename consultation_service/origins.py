"""What browsers are told on every answer: security headers, and that the gateway's pages may call this service."""

from typing import Final

from consultation_service.settings import Settings
from contracts.edge import App, Receive, Scope, Send

ALLOWED: Final = [
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", b"content-type, idempotency-key, authorization"),
    (b"access-control-max-age", b"600"),
]


def headers(settings: Settings) -> list[tuple[bytes, bytes]]:
    """The headers of every answer. Only one origin is ever allowed, so the answer does not vary with who asks."""
    # A form of ours ends on the gateway, or where one signs in and out, through a redirect: form-action governs it too.
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {settings.gateway_origin} {settings.identity_origin}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    result = [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"cache-control", b"no-store"),
        (b"access-control-allow-origin", settings.gateway_origin.encode()),
        (b"access-control-allow-credentials", b"true"),
    ]
    if settings.origin.startswith("https://"):
        result.append((b"strict-transport-security", b"max-age=31536000"))
    return result


class Preflight:
    """Answers the question that browsers ask before a request with JSON (Fetch standard, CORS-preflight fetch)."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": list(ALLOWED)})
            await send({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, send)
