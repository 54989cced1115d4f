"""Cursors of lists: where a page ended, so that the next one begins there whatever was added or removed meanwhile.

Opaque to clients, and of no authority: a cursor only holds the sort and the position, and is checked like any input.
"""

import base64
import binascii
import uuid
from dataclasses import dataclass
from typing import Final

import msgspec

from contracts.http import Refusal

MAX_CHARS: Final = 200
_LIMIT: Final = 2**63


@dataclass(frozen=True, slots=True)
class Position:
    """The last item of a page: the value it was sorted by, then its id."""

    value: int
    id: uuid.UUID


def encode(sort: str, *positions: Position | None) -> str:
    """The text of a cursor. Several positions when a page shows several lists side by side; None: that list ended."""
    ends = [None if p is None else (p.value, p.id.hex) for p in positions]
    return base64.urlsafe_b64encode(msgspec.json.encode((sort, ends))).rstrip(b"=").decode()


def decode(text: str, sort: str, count: int = 1) -> list[Position | None]:
    """The positions of a cursor made for ``sort``. Raises ``Refusal`` ``invalid_cursor``."""
    try:
        if len(text) > MAX_CHARS:
            raise ValueError("length")
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        made_for, ends = msgspec.json.decode(data, type=tuple[str, list[tuple[int, str] | None]])
        if made_for != sort or len(ends) != count:
            raise ValueError("sort")
        return [None if end is None else _position(*end) for end in ends]
    except (ValueError, binascii.Error, msgspec.DecodeError, UnicodeDecodeError):
        raise Refusal("invalid_cursor", field="cursor") from None


def _position(value: int, key: str) -> Position:
    if not -_LIMIT <= value < _LIMIT or len(key) != 32:
        raise ValueError("position")
    return Position(value, uuid.UUID(hex=key))
