"""How answers are sent: what caches may do with them, and entity tags."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.cache import Answer, unchanged

# One second: a person who has just voted comes back to a page that shows it; a shared cache still absorbs a crowd,
# because it asks at most once a second for each page. No stale-while-revalidate for browsers: they would show that
# person the page from before the vote. Shared caches that know RFC 9213 may use a copy while they ask for a new one.
BRIEF: Final = "public, max-age=1"
SHARED: Final = {"cdn-cache-control": "public, max-age=1, stale-while-revalidate=5"}
FOREVER: Final = "public, max-age=31536000, immutable"
NEVER: Final = "no-store"


def send(request: Request, answer: Answer, *, headers: dict[str, str] | None = None) -> Response:
    """``answer``, or 304 when the client has it (RFC 9110 section 15.4.5)."""
    common = {"cache-control": BRIEF, **SHARED, "etag": answer.etag, **(headers or {})}
    if unchanged(request.headers.get("if-none-match"), answer.etag):
        return Response(status_code=304, headers=common)
    return Response(answer.body, headers=common, media_type=answer.media_type)
