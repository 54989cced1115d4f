"""What the handlers of the JSON API share. Signed in by cookie or by bearer token."""

import re
from typing import Final

import msgspec
from starlette.responses import Response

from consultation_service.participation import Asking
from contracts.edge import Receive
from contracts.events import Id
from contracts.http import Refusal

ID: Final = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

WRITES: Final = (
    "not_participating", "token_refused", "origin_refused", "not_open_yet", "closed", "state_refused", "phase_later",
    "phase_over", "too_large", "invalid_json", "invalid_field", "unknown_field", "unsupported_media_type",
    "unavailable",
)  # fmt: skip
"""How any act of a participant that has a body may be refused."""

PATHS: Final = {"consultation": Id, "contribution": Id, "section": Id}
"""The types of what stands in addresses."""


def require_id(consultation: str) -> str:
    """The id of a consultation. Raises ``Refusal`` ``unknown_consultation``."""
    if not ID.fullmatch(consultation):
        raise Refusal("unknown_consultation")
    return consultation


def require_contribution_id(contribution: str) -> str:
    """The id of a contribution. Raises ``Refusal`` ``unknown_contribution``."""
    if not ID.fullmatch(contribution):
        raise Refusal("unknown_contribution")
    return contribution


def require_json(asked: Asking) -> None:
    """Raise ``Refusal`` unless the body says it is JSON."""
    if asked.content_type != "application/json" and asked.content_type.partition(";")[0].strip() != "application/json":
        raise Refusal("unsupported_media_type")


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request that has no request object."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


def answer(value: object, status: int = 200) -> Response:
    """``value`` as JSON."""
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")
