"""Every refusal of the gateway: a stable code, a status, and the sentences that people read."""

from typing import Final

from contracts.http import Reason

REASONS: Final[dict[str, Reason]] = {
    "unknown_consultation": Reason(404, "Cette consultation n’existe pas.", "This consultation does not exist."),
    "unknown_contribution": Reason(404, "Cette contribution n’existe pas.", "This contribution does not exist."),
    "invalid_cursor": Reason(
        400,
        "Ce marque-page de liste n’est pas valable : reprenez la liste au début.",
        "This cursor is not valid: start the list again from its beginning.",
    ),
    "invalid_search": Reason(
        400, "Cette recherche est trop longue : 200 signes au plus.", "This search is too long: 200 characters at most."
    ),
    "invalid_parameter": Reason(
        400, "Un paramètre n’a pas la forme attendue.", "A parameter does not have the expected form."
    ),
}


class SchemaVersion(Exception):
    """The database is of another version than this program; the message says what to do."""
