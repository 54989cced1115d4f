"""The life of a consultation: every cell of the tables of states, transitions, phases; the frozen policy."""

import datetime
import hashlib
import itertools
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation_service.rules import lifecycle, phases, policy
from consultation_service.rules.acts import NAMES, PARTICIPANT_ACTS, Act
from consultation_service.rules.attributes import Declared
from consultation_service.rules.lifecycle import Plan, State, move, reschedule, state_on
from consultation_service.rules.permissions import PERMISSIONS, Role
from consultation_service.rules.phases import Phase, PhaseKind, check_phases, possible_on, require_possible
from contracts.http import Refusal


def march(day: int) -> datetime.date:
    return datetime.date(2026, 3, day)


PLAN = Plan(opens_on=march(10), closes_on=march(20), announced=True)
PLANS = {
    State.DRAFT: PLAN._replace(announced=False),
    State.ANNOUNCED: PLAN._replace(opens_on=march(16)),
    State.OPEN: PLAN,
    State.CLOSED: PLAN._replace(closes_on=march(14)),
    State.ARCHIVED: PLAN._replace(archived=True),
}
TODAY = march(15)

# Written a second time, by groups and not by lines: a slip in the table shows here.
WHEN = {
    "only open": ({State.OPEN}, PARTICIPANT_ACTS - {Act.WITHDRAW_OWN, Act.REPORT, Act.APPEAL}),
    "once open": (
        {State.OPEN, State.CLOSED, State.ARCHIVED},
        {Act.WITHDRAW_OWN, Act.REPORT, Act.APPEAL, Act.ERASE, Act.MODERATE, Act.DECIDE_APPEAL, Act.REVERSE_DECISION,
         Act.READ_DASHBOARD, Act.EXPORT_RAW, Act.EXPORT_REGISTRATION},
    ),
    "always": (
        set(State), {Act.READ_DRAFT, Act.READ_SETTINGS, Act.READ_JOURNAL, Act.EXPORT_SETTINGS, Act.MANAGE_STAFF},
    ),
    "until archived": (set(State) - {State.ARCHIVED}, {Act.EDIT_SETTINGS}),
    "until open": ({State.DRAFT, State.ANNOUNCED}, {Act.EDIT_STRUCTURE, Act.EDIT_POLICY, Act.IMPORT}),
    "until closed": ({State.DRAFT, State.ANNOUNCED, State.OPEN}, {Act.RESCHEDULE}),
    "draft": ({State.DRAFT}, {Act.DELETE_DRAFT, Act.ANNOUNCE}),
    "early": ({State.ANNOUNCED, State.OPEN}, {Act.CLOSE_EARLY}),
    "closed": ({State.CLOSED}, {Act.ARCHIVE, Act.PUBLISH_RESTITUTION}),
    "answers": ({State.OPEN, State.CLOSED}, {Act.ANSWER_OFFICIALLY, Act.SYNTHESISE}),
}  # fmt: skip
CELLS = [
    (state, act, state in states) for states, acts in WHEN.values() for act in sorted(acts) for state in State
]  # fmt: skip


def code_of(refused: pytest.ExceptionInfo[Refusal]) -> str:
    return refused.value.code


def test_every_act_is_in_the_table_and_has_names() -> None:
    assert lifecycle.ALLOWED.keys() == set(Act) == NAMES.keys() == {act for _, act, _ in CELLS}
    assert len(CELLS) == len(Act) * len(State)


@pytest.mark.parametrize(("state", "act", "allowed"), CELLS)
def test_each_cell(state: State, act: Act, allowed: bool) -> None:
    assert state_on(PLANS[state], TODAY) is state
    if allowed:
        assert lifecycle.require_allowed(PLANS[state], act, TODAY) is state
        return
    with pytest.raises(Refusal) as refused:
        lifecycle.require_allowed(PLANS[state], act, TODAY)
    waiting = lifecycle.allows(State.OPEN, act)
    assert code_of(refused) == (
        "not_open_yet" if waiting and state is State.ANNOUNCED
        else "closed" if waiting and state is State.CLOSED
        else "state_refused"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("plan", "day", "state"),
    [
        (PLAN, 9, State.ANNOUNCED),
        (PLAN, 10, State.OPEN),
        (PLAN, 20, State.OPEN),
        (PLAN, 21, State.CLOSED),
        (PLAN._replace(closed_on=march(12)), 11, State.OPEN),
        (PLAN._replace(closed_on=march(12)), 12, State.CLOSED),
        (PLAN._replace(announced=False), 12, State.DRAFT),
    ],
)
def test_state_on(plan: Plan, day: int, state: State) -> None:
    assert state_on(plan, march(day)) is state


MOVES = {
    (State.DRAFT, Act.ANNOUNCE): State.ANNOUNCED,
    (State.ANNOUNCED, Act.CLOSE_EARLY): State.CLOSED,
    (State.OPEN, Act.CLOSE_EARLY): State.CLOSED,
    (State.CLOSED, Act.ARCHIVE): State.ARCHIVED,
}


@pytest.mark.parametrize(("state", "act"), list(itertools.product(State, Act)))
def test_moves(state: State, act: Act) -> None:
    plan = PLANS[state]._replace(opens_on=march(16)) if state is State.DRAFT else PLANS[state]
    reason = "La salle est inondée."
    if (state, act) in MOVES:
        moved = move(plan, act, TODAY, reason)
        assert state_on(moved, TODAY) is MOVES[state, act]
        return
    with pytest.raises(Refusal) as refused:
        move(plan, act, TODAY, reason)
    assert code_of(refused) == "state_refused"


def test_moves_of_staff_are_the_table_and_for_the_organiser() -> None:
    staff = {(t.origin, t.act): t.target for t in lifecycle.TRANSITIONS if t.act}
    assert staff == MOVES
    for _, act in MOVES:
        assert [role for role in Role if act in PERMISSIONS[role]] == [Role.ORGANISER]
    by_the_day = [(t.origin, t.target) for t in lifecycle.TRANSITIONS if not t.act]
    assert by_the_day == [(State.ANNOUNCED, State.OPEN), (State.OPEN, State.CLOSED)]


@pytest.mark.parametrize(("reason", "code"), [("", "reason_missing"), ("  non   ", "reason_missing"),
                                              ("x" * 2_001, "reason_too_long")])  # fmt: skip
def test_closing_early_has_a_public_reason(reason: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        move(PLAN, Act.CLOSE_EARLY, TODAY, reason)
    assert code_of(refused) == code


def test_who_comes_late_reads_the_day_of_an_early_closing() -> None:
    closed = move(PLAN, Act.CLOSE_EARLY, TODAY, "La salle est inondée.")
    with pytest.raises(Refusal) as refused:
        lifecycle.require_allowed(closed, Act.VOTE, TODAY)
    assert refused.value.facts == {"date_fr": "15 mars 2026", "date_en": "15 March 2026"}


@pytest.mark.parametrize(
    ("opens", "closes", "code"),
    [
        (march(16), march(15), "dates_refused"),
        (march(14), march(20), "opening_past"),
        (march(16), datetime.date(2030, 1, 1), "too_many_days"),
    ],
)
def test_dates_that_cannot_be_announced(opens: datetime.date, closes: datetime.date, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        move(Plan(opens, closes), Act.ANNOUNCE, TODAY)
    assert code_of(refused) == code
    with pytest.raises(Refusal) as refused:
        reschedule(PLANS[State.ANNOUNCED], opens, closes, TODAY)
    assert code_of(refused) == code
    assert reschedule(PLANS[State.DRAFT], opens, closes, TODAY) == Plan(opens, closes)


def test_before_it_opens_a_consultation_moves_freely() -> None:
    moved = reschedule(PLANS[State.ANNOUNCED], march(17), march(18), TODAY)
    assert (moved.opens_on, moved.closes_on, moved.announced) == (march(17), march(18), True)


def test_a_consultation_called_off_before_it_opens_says_it_is_closed() -> None:
    called_off = move(PLANS[State.ANNOUNCED], Act.CLOSE_EARLY, TODAY, "Le projet est abandonné.")
    assert {state_on(called_off, march(day)) for day in (15, 16, 31)} == {State.CLOSED}


def test_once_open_a_consultation_can_only_last_longer() -> None:
    assert reschedule(PLAN, march(10), march(25), TODAY).closes_on == march(25)
    for opens, closes, code in ((11, 20, "already_open"), (10, 19, "closing_earlier")):
        with pytest.raises(Refusal) as refused:
            reschedule(PLAN, march(opens), march(closes), TODAY)
        assert code_of(refused) == code


@given(st.lists(st.tuples(st.sampled_from(Act), st.integers(0, 5)), max_size=12))
def test_states_never_go_back(steps: list[tuple[Act, int]]) -> None:
    day, plan, order = march(1), Plan(march(5), march(9)), list(State)
    reached = 0
    for act, days in steps:
        day += datetime.timedelta(days)
        try:
            plan = move(plan, act, day, "Une raison publique.")
        except Refusal:
            continue
        finally:
            now = order.index(state_on(plan, day))
            assert now >= reached
            reached = now


PHASES = (
    Phase(PhaseKind.COLLECT, march(10), march(14)),
    Phase(PhaseKind.AMEND, march(12), march(16), frozenset({"bill"})),
    Phase(PhaseKind.VOTE, march(16), march(20)),
    Phase(PhaseKind.RESTITUTION, march(21), march(31)),
)
PHASED = {Act.CONTRIBUTE, Act.DISCUSS, Act.EDIT_OWN, Act.AMEND, Act.VOTE, Act.RANK, Act.ANSWER_QUESTIONNAIRE}


@pytest.mark.parametrize(
    ("day", "section", "acts"),
    [
        (10, "", {Act.CONTRIBUTE, Act.DISCUSS, Act.EDIT_OWN}),
        (13, "bill", {Act.CONTRIBUTE, Act.AMEND, Act.DISCUSS, Act.EDIT_OWN}),
        (13, "other", {Act.CONTRIBUTE, Act.DISCUSS, Act.EDIT_OWN}),
        (15, "bill", {Act.AMEND, Act.DISCUSS, Act.EDIT_OWN}),
        (15, "other", set()),
        (16, "bill", {Act.AMEND, Act.DISCUSS, Act.EDIT_OWN, Act.VOTE, Act.RANK}),
        (25, "", set()),
    ],
)
def test_what_phases_make_possible(day: int, section: str, acts: set[Act]) -> None:
    assert possible_on(PHASES, march(day), section) & PHASED == acts
    assert possible_on(PHASES, march(day), section) - PHASED == PARTICIPANT_ACTS - PHASED == {
        Act.SIGN_UP, Act.WITHDRAW_OWN, Act.REPORT, Act.APPEAL,
    }  # fmt: skip


@pytest.mark.parametrize("kind", PhaseKind)
def test_a_phase_makes_possible_its_own_acts(kind: PhaseKind) -> None:
    expected = {
        "collect": {Act.CONTRIBUTE, Act.DISCUSS, Act.EDIT_OWN}, "amend": {Act.AMEND, Act.DISCUSS, Act.EDIT_OWN},
        "vote": {Act.VOTE, Act.RANK}, "questionnaire": {Act.ANSWER_QUESTIONNAIRE}, "restitution": set(),
    }  # fmt: skip
    assert phases.MAKES_POSSIBLE[kind] == expected[kind]
    assert phases.KIND_NAMES.keys() == set(PhaseKind)


def test_without_phases_everything_is_possible() -> None:
    assert possible_on((), TODAY) == PARTICIPANT_ACTS


def test_a_phase_to_come_says_when() -> None:
    require_possible(PHASES, Act.VOTE, march(16))
    with pytest.raises(Refusal) as refused:
        require_possible(PHASES, Act.VOTE, march(11))
    assert (code_of(refused), refused.value.facts["date_fr"]) == ("phase_later", "16 mars 2026")
    with pytest.raises(Refusal) as refused:
        require_possible(PHASES, Act.CONTRIBUTE, march(15))
    assert code_of(refused) == "phase_over"


@pytest.mark.parametrize(
    ("phase", "code"),
    [
        (Phase(PhaseKind.VOTE, march(9), march(11)), "phase_dates_refused"),
        (Phase(PhaseKind.QUESTIONNAIRE, march(12), march(11)), "phase_dates_refused"),
        (Phase(PhaseKind.QUESTIONNAIRE, march(12), march(21)), "phase_dates_refused"),
        (Phase(PhaseKind.COLLECT, march(14), march(15)), "phases_overlap"),
        (Phase(PhaseKind.AMEND, march(13), march(13), frozenset({"bill", "x"})), "phases_overlap"),
        (Phase(PhaseKind.AMEND, march(13), march(13), frozenset({"x"})), ""),
        (Phase(PhaseKind.COLLECT, march(15), march(15)), ""),
    ],
)
def test_check_phases(phase: Phase, code: str) -> None:
    if not code:
        check_phases((*PHASES, phase), march(10), march(20))
        return
    with pytest.raises(Refusal) as refused:
        check_phases((*PHASES, phase), march(10), march(20))
    assert code_of(refused) == code


POLICY = policy.Policy(
    level=1,
    scales={"": "support", "section-1": "majority_judgment"},
    attributes=(Declared(attribute="region", purpose="Comparer les régions « é \n »"),),
    purposes=("Préparer la loi.",),
    retention_days=365,
    release=policy.ReleaseCalendar(),
    terms_version="1",
)


def test_the_digest_is_that_of_canonical_json() -> None:
    plain = msgspec.to_builtins(POLICY)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert policy.canonical(POLICY) == text.encode()
    assert policy.digest(POLICY) == hashlib.sha256(text.encode()).hexdigest()
    policy.require_same(policy.digest(POLICY), POLICY)


@pytest.mark.parametrize(
    "change",
    [
        {"level": 2},
        {"scales": {"": "support"}},
        {"attributes": ()},
        {"purposes": ("Autre",)},
        {"retention_days": 366},
        {"release": policy.ReleaseCalendar(smallest_group=11)},
        {"terms_version": "2"},
    ],
)
def test_nothing_of_the_policy_changes_once_frozen(change: dict[str, object]) -> None:
    with pytest.raises(Refusal) as refused:
        policy.require_same(policy.digest(POLICY), msgspec.structs.replace(POLICY, **change))
    assert code_of(refused) == "policy_frozen"
    assert len(POLICY.__struct_fields__) == 7


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scales": {"section-1": "support"}}, "scale_refused"),
        ({"scales": {"": "stars"}}, "scale_refused"),
        ({"purposes": ()}, "purpose_missing"),
        ({"attributes": (Declared(attribute="age", purpose=" "),)}, "purpose_missing"),
        ({"attributes": POLICY.attributes * 2}, "attribute_repeated"),
    ],
)
def test_check_policy(change: dict[str, object], code: str) -> None:
    policy.check_policy(POLICY)
    with pytest.raises(Refusal) as refused:
        policy.check_policy(msgspec.structs.replace(POLICY, **change))
    assert code_of(refused) == code
