"""The roles of staff, and which of them one person may hold together. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final, get_args

from contracts.events import Role
from contracts.http import Refusal

ROLES: Final[tuple[Role, ...]] = get_args(Role)
NAMES: Final[Mapping[Role, tuple[str, str]]] = {
    "organiser": ("Organisateur", "Organiser"),
    "moderator": ("Modérateur", "Moderator"),
    "analyst": ("Analyste", "Analyst"),
    "auditor": ("Auditeur", "Auditor"),
    "data_protection_officer": ("Délégué à la protection des données", "Data-protection officer"),
}
WHAT: Final[Mapping[Role, tuple[str, str]]] = {
    "organiser": (
        "Prépare et conduit les consultations, invite les agents.",
        "Prepares and conducts consultations, invites staff.",
    ),
    "moderator": ("Examine les signalements et décide.", "Examines reports and decides."),
    "analyst": ("Lit le tableau de bord, écrit les synthèses.", "Reads the dashboard, writes syntheses."),
    "auditor": ("Lit les réglages et les journaux, rien d’autre.", "Reads settings and journals, nothing else."),
    "data_protection_officer": (
        "Exporte les inscriptions et exécute les effacements, sans voir ce qui est dit.",
        "Exports registrations and carries out erasures, without seeing what is said.",
    ),
}
ALONE: Final = frozenset[Role](("auditor", "data_protection_officer"))
"""Roles that nobody holds with another: who checks does not act, and nobody exports both sides."""


def checked(given: Iterable[str]) -> tuple[Role, ...]:
    """Roles in the order of ``ROLES``. Raises ``Refusal``: ``roles_missing``, ``roles_unknown`` or
    ``roles_incompatible``, on the field ``roles``.
    """
    asked = set(given)
    if not asked:
        raise Refusal("roles_missing", field="roles")
    if asked - set(ROLES):
        raise Refusal("roles_unknown", field="roles")
    if len(asked) > 1 and asked & ALONE:
        raise Refusal("roles_incompatible", field="roles")
    return tuple(role for role in ROLES if role in asked)
