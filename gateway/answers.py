"""How answers are sent: what caches may do with them, entity tags and compression."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from contracts.codings import chosen as chosen_coding
from gateway.cache import Answer
from gateway.context import context
from gateway.encodings import accepts_gzip
from gateway.shelf import Key, Ready, unchanged

# One second: a person who has just voted comes back to a page that shows it; a shared cache still absorbs a crowd,
# because it asks at most once a second for each page. No stale-while-revalidate for browsers: they would show that
# person the page from before the vote. Shared caches that know RFC 9213 may use a copy while they ask for a new one.
BRIEF: Final = "public, max-age=1"
SHARED: Final = {"cdn-cache-control": "public, max-age=1, stale-while-revalidate=5"}
FOREVER: Final = "public, max-age=31536000, immutable"
NEVER: Final = "no-store"
VARY: Final = {"vary": "accept-encoding"}


def send(request: Request, answer: Answer, *, headers: dict[str, str] | None = None) -> Response:
    """``answer``, or 304 when the client has it (RFC 9110 section 15.4.5); kept for whoever asks next (``shelf``)."""
    response, ready = _made(request, answer, {"cache-control": BRIEF, **SHARED, **(headers or {})})
    place: tuple[Key, int] | None = request.scope.get("place")
    if place is not None:
        context(request).shelf.keep(*place, ready)
    return response


def send_for_ever(request: Request, answer: Answer) -> Response:
    """``answer``, whose address changes with its content."""
    return _made(request, answer, {"cache-control": FOREVER})[0]


def wants_gzip(request: Request) -> bool:
    """Whether to send this client gzip."""
    return accepts_gzip(_accepted(request))


def _accepted(request: Request) -> bytes:
    return request.headers.get("accept-encoding", "").encode("latin-1")


def _made(request: Request, answer: Answer, headers: dict[str, str]) -> tuple[Response, Ready]:
    coding = chosen_coding(_accepted(request))
    chosen = answer.in_coding(coding)
    common = {**headers, **VARY, "etag": chosen.etag}
    packed = {"content-encoding": coding} if chosen is not answer else {}
    whole = Response(chosen.body, headers={**common, **packed}, media_type=chosen.media_type)
    nothing = Response(status_code=304, headers=common)
    ready = Ready(chosen.body, chosen.etag, whole.raw_headers, nothing.raw_headers, request.scope.get("route"))
    return nothing if unchanged(request.headers.get("if-none-match"), chosen.etag) else whole, ready
