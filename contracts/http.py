"""HTTP bodies and refusals shared by the services: strict decoding and problem documents (RFC 9457).

A problem has a stable code, one sentence in French and one in English, and the field it is about. It never repeats what
the client sent: the only words in it are written here or in the ``errors.py`` of a service.
"""

import re
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every refusal, as ``application/problem+json``."""

    type: str
    title: str
    status: int
    code: str
    fr: str
    en: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """An entry of a table of refusals: HTTP status and the two sentences, with ``{name}`` for facts of our own."""

    status: int
    fr: str
    en: str


COMMON_REASONS: dict[str, Reason] = {
    "not_found": Reason(404, "Cette adresse ne mène à rien.", "There is nothing at this address."),
    "method_not_allowed": Reason(405, "Cette action n’existe pas ici.", "This action does not exist here."),
    "too_large": Reason(
        413, "L’envoi est trop gros : {limit} Ko au plus.", "The request is too large: {limit} kB at most."
    ),
    "unsupported_media_type": Reason(
        415, "Ce type de contenu n’est pas accepté ici.", "This type of content is not accepted here."
    ),
    "invalid_json": Reason(
        400, "Le corps de la requête n’est pas du JSON valide.", "The body of the request is not valid JSON."
    ),
    "invalid_field": Reason(
        422, "Une valeur manque ou n’a pas la forme attendue.", "A value is missing or does not have the expected form."
    ),
    "unknown_field": Reason(422, "La requête contient un champ inconnu.", "The request contains an unknown field."),
    "origin_refused": Reason(
        403,
        "Cette action doit partir des pages de la consultation.",
        "This action must come from the pages of the consultation.",
    ),
    "rate_limited": Reason(
        429,
        "Trop de demandes. Réessayez dans {minutes} minutes.",
        "Too many requests. Try again in {minutes} minutes.",
    ),
    "unavailable": Reason(
        503, "Le service est momentanément indisponible.", "The service is unavailable for the moment."
    ),
    "internal": Reason(
        500,
        "Une erreur est survenue. Rien de ce que vous avez envoyé n’est perdu : réessayez.",
        "Something went wrong. Nothing you sent is lost: try again.",
    ),
}


class Refusal(Exception):
    """A refusal with a stable ``code``. ``facts`` fill the sentences and are always ours, never the client's words."""

    def __init__(self, code: str, *, field: str = "", **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.facts = facts


def problem(refusal: Refusal, reasons: dict[str, Reason]) -> Problem:
    """The problem document of ``refusal``, whose code is in ``reasons`` or in ``COMMON_REASONS``."""
    reason = reasons.get(refusal.code) or COMMON_REASONS[refusal.code]
    english = reason.en.format(**refusal.facts)
    return Problem(
        type=f"urn:cloison:problem:{refusal.code}",
        title=english,
        status=reason.status,
        code=refusal.code,
        fr=reason.fr.format(**refusal.facts),
        en=english,
        field=refusal.field,
    )


_PATH = re.compile(r"at `\$((?:\.[a-z_]{1,40}|\[\d{1,6}\])+)`")
_MISSING = re.compile(r"missing required field `([a-z_]{1,40})`")


def decode_json(body: bytes, shape: type[T]) -> T:
    """Decode a request body strictly. Raises ``Refusal``: ``invalid_json``, ``invalid_field`` or ``unknown_field``.

    NUL is refused because PostgreSQL cannot store it. The field named by the refusal is one that ``shape`` declares.
    """
    try:
        value = msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        message = str(error)
        if "unknown field" in message:
            raise Refusal("unknown_field") from None
        raise Refusal("invalid_field", field=_known_field(message, shape)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal("invalid_json") from None
    if b"\\u0000" in body or b"\0" in body:
        raise Refusal("invalid_field")
    return value


def _known_field(message: str, shape: Any) -> str:
    found = _PATH.search(message) or _MISSING.search(message)
    if not found:
        return ""
    first = found.group(1).lstrip(".").split(".")[0].split("[")[0]
    declared = {f.encode_name for f in msgspec.structs.fields(shape)} if isinstance(shape, type) else set()
    return first if first in declared else ""
