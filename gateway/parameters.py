"""Query parameters, checked. What is wrong is named, never repeated."""

import re
import uuid
from collections.abc import Collection
from typing import Final

from starlette.requests import Request

from contracts.http import Refusal

_ID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def choice(request: Request, name: str, allowed: Collection[str], default: str) -> str:
    """One of ``allowed``. Raises ``Refusal`` ``invalid_parameter``, as do the others."""
    value = request.query_params.get(name, default)
    if value not in allowed and value != default:
        raise Refusal("invalid_parameter", field=name)
    return value


def number(request: Request, name: str, default: int, maximum: int) -> int:
    """A whole number from 1 to ``maximum``."""
    value = request.query_params.get(name, str(default))
    if not re.fullmatch("[0-9]{1,6}", value) or not 1 <= int(value) <= maximum:
        raise Refusal("invalid_parameter", field=name)
    return int(value)


def identifier(request: Request, name: str) -> uuid.UUID | None:
    """An id, or None when it is not given."""
    value = request.query_params.get(name)
    return None if value is None else parsed(value, Refusal("invalid_parameter", field=name))


def parsed(text: str, refusal: Refusal) -> uuid.UUID:
    """``text`` as an id in its one accepted form (lower case, with hyphens), or ``refusal``."""
    if not _ID.fullmatch(text):
        raise refusal
    return uuid.UUID(text)
