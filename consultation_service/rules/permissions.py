"""Who may do what: one table, denied by default. What is not written here is refused to everybody."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from consultation_service.rules.acts import PARTICIPANT_ACTS, Act
from contracts.http import Refusal


class Role(StrEnum):
    """What a person is in one consultation. ``participant`` is anybody who signed up; the others are staff."""

    PARTICIPANT = "participant"
    ORGANISER = "organiser"
    MODERATOR = "moderator"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    DATA_PROTECTION_OFFICER = "data_protection_officer"


ROLE_NAMES: Final[Mapping[Role, tuple[str, str]]] = {
    Role.PARTICIPANT: ("Participant", "Participant"),
    Role.ORGANISER: ("Organisateur", "Organiser"),
    Role.MODERATOR: ("Modérateur", "Moderator"),
    Role.ANALYST: ("Analyste", "Analyst"),
    Role.AUDITOR: ("Auditeur", "Auditor"),
    Role.DATA_PROTECTION_OFFICER: ("Délégué à la protection des données", "Data-protection officer"),
}

PERMISSIONS: Final[Mapping[Role, frozenset[Act]]] = {
    Role.PARTICIPANT: PARTICIPANT_ACTS,
    Role.ORGANISER: frozenset(
        {
            Act.READ_SETTINGS, Act.READ_DRAFT, Act.READ_JOURNAL, Act.READ_DASHBOARD,
            Act.EDIT_SETTINGS, Act.EDIT_STRUCTURE, Act.EDIT_POLICY, Act.RESCHEDULE, Act.IMPORT, Act.DELETE_DRAFT,
            Act.ANNOUNCE, Act.CLOSE_EARLY, Act.ARCHIVE,
            Act.MODERATE, Act.DECIDE_APPEAL, Act.REVERSE_DECISION,
            Act.ANSWER_OFFICIALLY, Act.SYNTHESISE, Act.PUBLISH_RESTITUTION,
            Act.EXPORT_SETTINGS, Act.EXPORT_RAW, Act.MANAGE_STAFF,
        }
    ),
    Role.MODERATOR: frozenset(
        {Act.READ_SETTINGS, Act.READ_DASHBOARD, Act.MODERATE, Act.DECIDE_APPEAL, Act.REVERSE_DECISION}
    ),
    Role.ANALYST: frozenset({Act.READ_SETTINGS, Act.READ_DASHBOARD, Act.SYNTHESISE}),
    # Reads settings and journals; no text of drafts.
    Role.AUDITOR: frozenset({Act.READ_SETTINGS, Act.READ_JOURNAL, Act.EXPORT_SETTINGS}),
    # Works on the identity side: has what the organiser must not have, and not what the organiser has.
    Role.DATA_PROTECTION_OFFICER: frozenset(
        {Act.READ_SETTINGS, Act.READ_JOURNAL, Act.EXPORT_REGISTRATION, Act.ERASE}
    ),
}  # fmt: skip
"""Participants do what is theirs, staff do what is here: a member of staff who takes part signs up like anybody."""

ALONE: Final = frozenset({Role.AUDITOR, Role.DATA_PROTECTION_OFFICER})
"""Staff roles that nobody holds with another staff role: who checks does not act, and nobody exports both sides."""


def may(roles: Collection[Role], act: Act) -> bool:
    """Whether one of ``roles`` may do ``act``."""
    return any(act in PERMISSIONS.get(role, frozenset()) for role in roles)


def require(roles: Collection[Role], act: Act) -> None:
    """Raise ``Refusal`` ``act_forbidden`` unless one of ``roles`` may do ``act``."""
    if not may(roles, act):
        raise Refusal("act_forbidden")


def require_compatible(roles: Collection[Role]) -> None:
    """Raise ``Refusal`` ``roles_incompatible`` unless one member of staff may hold all of ``roles``."""
    staff = set(roles) - {Role.PARTICIPANT}
    if len(staff) > 1 and staff & ALONE:
        raise Refusal("roles_incompatible", field="roles")


def require_somebody_else(decided_by: str, decides: str) -> None:
    """Raise ``Refusal`` ``same_moderator`` when an appeal is brought to the person who decided. An appeal against an
    automated decision (``decided_by`` empty) is for any moderator, always a person (Regulation (EU) 2022/2065, art. 20,
    paragraph 6).
    """
    if not decides or decided_by == decides:
        raise Refusal("same_moderator")
