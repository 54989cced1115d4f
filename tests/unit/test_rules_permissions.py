"""Permissions: each cell of roles by acts, and who may not hold what together."""

import itertools

import pytest

from consultation_service.rules.acts import PARTICIPANT_ACTS, Act
from consultation_service.rules.permissions import (
    PERMISSIONS,
    ROLE_NAMES,
    Role,
    may,
    require,
    require_compatible,
    require_somebody_else,
)
from contracts.http import Refusal

# Written a second time, by act: who may do each thing that staff do.
STAFF = {
    Act.READ_SETTINGS: "organiser moderator analyst auditor data_protection_officer",
    Act.READ_DRAFT: "organiser",
    Act.READ_JOURNAL: "organiser auditor data_protection_officer",
    Act.READ_DASHBOARD: "organiser moderator analyst",
    Act.EDIT_SETTINGS: "organiser",
    Act.EDIT_STRUCTURE: "organiser",
    Act.EDIT_POLICY: "organiser",
    Act.RESCHEDULE: "organiser",
    Act.IMPORT: "organiser",
    Act.DELETE_DRAFT: "organiser",
    Act.ANNOUNCE: "organiser",
    Act.CLOSE_EARLY: "organiser",
    Act.ARCHIVE: "organiser",
    Act.MODERATE: "organiser moderator",
    Act.DECIDE_APPEAL: "organiser moderator",
    Act.REVERSE_DECISION: "organiser moderator",
    Act.ANSWER_OFFICIALLY: "organiser",
    Act.SYNTHESISE: "organiser analyst",
    Act.PUBLISH_RESTITUTION: "organiser",
    Act.EXPORT_SETTINGS: "organiser auditor",
    Act.EXPORT_RAW: "organiser",
    Act.EXPORT_REGISTRATION: "data_protection_officer",
    Act.ERASE: "data_protection_officer",
    Act.MANAGE_STAFF: "organiser",
}


def test_tables_are_whole() -> None:
    assert PERMISSIONS.keys() == set(Role) == ROLE_NAMES.keys()
    assert STAFF.keys() == set(Act) - PARTICIPANT_ACTS


@pytest.mark.parametrize(("role", "act"), list(itertools.product(Role, Act)))
def test_each_cell(role: Role, act: Act) -> None:
    allowed = role is Role.PARTICIPANT if act in PARTICIPANT_ACTS else role in STAFF[act].split()
    assert may([role], act) is allowed
    if allowed:
        require([role], act)
        return
    with pytest.raises(Refusal) as refused:
        require([role], act)
    assert refused.value.code == "act_forbidden"


def test_nobody_without_a_role_may_do_anything() -> None:
    assert not any(may([], act) for act in Act)


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(Role, 2)))
def test_roles_held_together(one: Role, other: Role) -> None:
    alone = {Role.AUDITOR, Role.DATA_PROTECTION_OFFICER}
    if Role.PARTICIPANT in (one, other) or not {one, other} & alone:
        require_compatible([one, other])
        assert not (may([one, other], Act.EXPORT_RAW) and may([one, other], Act.EXPORT_REGISTRATION))
        return
    with pytest.raises(Refusal) as refused:
        require_compatible([one, other])
    assert refused.value.code == "roles_incompatible"


@pytest.mark.parametrize(
    ("decided_by", "decides", "refused"), [("m1", "m2", False), ("m1", "m1", True), ("", "m1", False), ("m1", "", True)]
)
def test_an_appeal_goes_to_somebody_else(decided_by: str, decides: str, refused: bool) -> None:
    if not refused:
        require_somebody_else(decided_by, decides)
        return
    with pytest.raises(Refusal) as error:
        require_somebody_else(decided_by, decides)
    assert error.value.code == "same_moderator"
