"""The edge of every service: the outermost ASGI layer, where a promise about all requests is kept once.

It refuses a body over the limit before anything parses it, adds the security headers, turns a ``Refusal`` that escaped
and any other exception into a problem document, counts, and logs one allow-listed line. It never reads the client's
address, user agent, query string or cookies.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from contracts.http import COMMON_REASONS, Reason, Refusal, problem
from contracts.logs import log

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Observe = Callable[[str, str, int, float], None]

MAX_BODY_BYTES: Final = 64 * 1024
PROBLEM_TYPE: Final = b"application/problem+json"


class Edge:
    """Wraps a service's ASGI application.

    ``reasons`` is the service's table of refusals, ``headers`` what every response carries (names in lower case),
    ``observe(route, method, status, seconds)`` feeds the metrics. ``quiet`` are routes that are counted, not logged.
    Bodies have at most ``max_body`` bytes; under a path that begins with a key of ``larger``, at most its value.
    """

    def __init__(
        self,
        app: App,
        *,
        service: str,
        reasons: dict[str, Reason],
        headers: Iterable[tuple[bytes, bytes]],
        observe: Observe,
        quiet: frozenset[str] = frozenset(),
        max_body: int = MAX_BODY_BYTES,
        larger: Mapping[str, int] | None = None,
    ) -> None:
        self.app = app
        self.service = service
        self.reasons = reasons
        self.headers = list(headers)
        self.observe = observe
        self.quiet = quiet
        self.max_body = max_body
        self.larger = dict(larger or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._complete(message["headers"])
            await send(message)

        error = code = None
        try:
            most = next((most for path, most in self.larger.items() if scope["path"].startswith(path)), self.max_body)
            declared = _declared_length(scope)
            if declared > most:
                raise Refusal("too_large", limit=most // 1024)
            # The server reads no more than was declared (RFC 9112 section 6.2): only an undeclared body is counted.
            await self.app(scope, receive if declared else _limited(receive, most), send_with_headers)
        except Refusal as refusal:
            code = refusal.code
            if not status:
                await self._refuse(refusal, send_with_headers)
        except Exception as problem_of_ours:
            error = type(problem_of_ours).__name__
            if not status:
                await self._refuse(Refusal("internal"), send_with_headers)
        seconds = time.perf_counter() - began
        route = route_of(scope)
        self.observe(route, scope["method"], status, seconds)
        if route not in self.quiet or error:
            log(
                self.service, "request", route=route, method=scope["method"], status=status,
                milliseconds=round(seconds * 1000), code=code, error=error,
            )  # fmt: skip

    def _complete(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        own = {name for name, _ in headers}
        return [*headers, *(ours for ours in self.headers if ours[0] not in own)] if own else self.headers

    async def _refuse(self, refusal: Refusal, send: Send) -> None:
        status, body = problem_body(refusal, self.reasons)
        headers = [(b"content-type", PROBLEM_TYPE), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _limited(receive: Receive, most: int) -> Receive:
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise Refusal("too_large", limit=most // 1024)
        return message

    return limited


def problem_body(refusal: Refusal, reasons: dict[str, Reason]) -> tuple[int, bytes]:
    """Status and encoded problem document of ``refusal``."""
    document = problem(refusal, {**COMMON_REASONS, **reasons})
    return document.status, msgspec.json.encode(document)


def route_of(scope: Scope) -> str:
    """The template of the route that answered, or ``unrouted``: never the path the client asked for."""
    route = scope.get("route")
    return getattr(route, "path", "unrouted") if route is not None else "unrouted"


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
