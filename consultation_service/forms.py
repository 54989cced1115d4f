"""Forms as browsers send them: fields in their order, a name several times when several boxes are ticked."""

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from consultation_service.participation import asking
from contracts.http import Refusal

MAX_FIELDS: Final = 5_000


class Form:
    """The fields of a form, in their order; a name may come several times."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self.fields = fields

    def get(self, name: str, default: str = "") -> str:
        """The last value of ``name``, without white space around it."""
        return next((value.strip() for given, value in reversed(self.fields) if given == name), default)

    def all(self, name: str) -> list[str]:
        """Every value of ``name`` that is not blank."""
        return [value.strip() for given, value in self.fields if given == name and value.strip()]

    def has(self, name: str) -> bool:
        """Whether there is a ``name`` at all, as for a checkbox."""
        return any(given == name for given, _ in self.fields)

    def __contains__(self, name: str) -> bool:
        return self.has(name)


async def read_form(request: Request) -> Form:
    """A form as text. Raises ``Refusal``: ``unsupported_media_type``, ``invalid_field``."""
    if asking(request.scope["headers"]).content_type.partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Refusal("unsupported_media_type")
    try:
        text = (await request.body()).decode("ascii")
        fields = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Refusal("invalid_field") from None
    if any("\0" in name + value for name, value in fields):
        raise Refusal("text_refused")
    return Form(fields)
