"""The life of a consultation: its states, what each allows, who moves it from one to the next.

A consultation is drafted, then announced; days do the rest: it is open from its first day to its last one, both
included (days in Paris), then closed, until it is archived. Whatever a state allows is still to be allowed to the
person (``permissions.py``) and, for participants, by the phases of the day (``phases.py``).
"""

import datetime
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from consultation_service.rules.acts import Act
from consultation_service.states import in_english, in_french
from contracts.http import Refusal

MAX_DAYS: Final = 3 * 366
MIN_REASON: Final = 10
MAX_REASON: Final = 2_000


class State(StrEnum):
    """Where a consultation is in its life."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    OPEN = "open"
    CLOSED = "closed"
    ARCHIVED = "archived"


class Plan(NamedTuple):
    """What is kept of the life of a consultation. ``closed_on`` is the day of an early closing, when there was one."""

    opens_on: datetime.date
    closes_on: datetime.date
    announced: bool = False
    closed_on: datetime.date | None = None
    archived: bool = False


class Transition(NamedTuple):
    """A change of state: by an ``act`` of staff, by the day alone when ``None``. ``reason``: a public one is due."""

    origin: State
    target: State
    act: Act | None
    reason: bool = False


_ORDER: Final = (State.DRAFT, State.ANNOUNCED, State.OPEN, State.CLOSED, State.ARCHIVED)


def _states(columns: str) -> frozenset[State]:
    return frozenset(state for state, allowed in zip(_ORDER, columns.split(), strict=True) if allowed == "x")


# fmt: off
ALLOWED: Final[Mapping[Act, frozenset[State]]] = {
    # act                             draft ann. open clos. arch.
    Act.SIGN_UP:              _states("-     -    x    -     -"),
    Act.CONTRIBUTE:           _states("-     -    x    -     -"),
    Act.AMEND:                _states("-     -    x    -     -"),
    Act.DISCUSS:              _states("-     -    x    -     -"),
    Act.VOTE:                 _states("-     -    x    -     -"),
    Act.RANK:                 _states("-     -    x    -     -"),
    Act.ANSWER_QUESTIONNAIRE: _states("-     -    x    -     -"),
    Act.EDIT_OWN:             _states("-     -    x    -     -"),
    # What one said can be taken back for ever (GDPR, art. 7, paragraph 3, and art. 17).
    Act.WITHDRAW_OWN:         _states("-     -    x    x     x"),
    Act.ERASE:                _states("-     -    x    x     x"),
    # What is public can be reported, and a decision appealed against, after the end (DSA, art. 16 and 20).
    Act.REPORT:               _states("-     -    x    x     x"),
    Act.APPEAL:               _states("-     -    x    x     x"),
    Act.MODERATE:             _states("-     -    x    x     x"),
    Act.DECIDE_APPEAL:        _states("-     -    x    x     x"),
    Act.REVERSE_DECISION:     _states("-     -    x    x     x"),
    Act.READ_DRAFT:           _states("x     x    x    x     x"),
    Act.READ_SETTINGS:        _states("x     x    x    x     x"),
    Act.READ_JOURNAL:         _states("x     x    x    x     x"),
    Act.READ_DASHBOARD:       _states("-     -    x    x     x"),
    Act.EDIT_SETTINGS:        _states("x     x    x    x     -"),
    Act.EDIT_STRUCTURE:       _states("x     x    -    -     -"),
    # Frozen when it opens; its digest is shown (policy.py).
    Act.EDIT_POLICY:          _states("x     x    -    -     -"),
    Act.RESCHEDULE:           _states("x     x    x    -     -"),
    Act.IMPORT:               _states("x     x    -    -     -"),
    Act.DELETE_DRAFT:         _states("x     -    -    -     -"),
    Act.ANNOUNCE:             _states("x     -    -    -     -"),
    Act.CLOSE_EARLY:          _states("-     x    x    -     -"),
    Act.ARCHIVE:              _states("-     -    -    x     -"),
    Act.ANSWER_OFFICIALLY:    _states("-     -    x    x     -"),
    Act.SYNTHESISE:           _states("-     -    x    x     -"),
    Act.PUBLISH_RESTITUTION:  _states("-     -    -    x     -"),
    Act.EXPORT_SETTINGS:      _states("x     x    x    x     x"),
    Act.EXPORT_RAW:           _states("-     -    x    x     x"),
    Act.EXPORT_REGISTRATION:  _states("-     -    x    x     x"),
    Act.MANAGE_STAFF:         _states("x     x    x    x     x"),
}
"""What each state allows; an act that is not written here is never allowed."""
# fmt: on

TRANSITIONS: Final = (
    Transition(State.DRAFT, State.ANNOUNCED, Act.ANNOUNCE),
    Transition(State.ANNOUNCED, State.OPEN, None),
    Transition(State.ANNOUNCED, State.CLOSED, Act.CLOSE_EARLY, reason=True),
    Transition(State.OPEN, State.CLOSED, None),
    Transition(State.OPEN, State.CLOSED, Act.CLOSE_EARLY, reason=True),
    Transition(State.CLOSED, State.ARCHIVED, Act.ARCHIVE),
)
"""Every change of state there is. Who may do the act of a transition is in ``permissions.py``."""


def state_on(plan: Plan, day: datetime.date) -> State:
    """The state on ``day``. An early closing takes effect at once, on its own day."""
    if plan.archived:
        return State.ARCHIVED
    if not plan.announced:
        return State.DRAFT
    if plan.closed_on is not None and plan.closed_on <= day:
        return State.CLOSED
    if day < plan.opens_on:
        return State.ANNOUNCED
    return State.OPEN if day <= plan.closes_on else State.CLOSED


def allows(state: State, act: Act) -> bool:
    """Whether ``state`` allows ``act``."""
    return state in ALLOWED.get(act, frozenset())


def require_allowed(plan: Plan, act: Act, day: datetime.date) -> State:
    """The state on ``day`` when it allows ``act``.

    Raises ``Refusal``: ``not_open_yet`` or ``closed`` with the date when waiting or having come earlier would have
    done, ``state_refused`` otherwise.
    """
    state = state_on(plan, day)
    if allows(state, act):
        return state
    if state is State.ANNOUNCED and allows(State.OPEN, act):
        raise Refusal("not_open_yet", date_fr=in_french(plan.opens_on), date_en=in_english(plan.opens_on))
    if state is State.CLOSED and allows(State.OPEN, act):
        last = plan.closed_on if plan.closed_on is not None and plan.closed_on <= plan.closes_on else plan.closes_on
        raise Refusal("closed", date_fr=in_french(last), date_en=in_english(last))
    raise Refusal("state_refused")


def move(plan: Plan, act: Act, day: datetime.date, reason: str = "") -> Plan:
    """The plan after staff announce, close early or archive. Raises ``Refusal``: ``state_refused``, ``reason_missing``,
    ``reason_too_long``, or those of ``check_schedule``.
    """
    state = state_on(plan, day)
    found = [transition for transition in TRANSITIONS if (transition.origin, transition.act) == (state, act)]
    if not found:
        raise Refusal("state_refused")
    if found[0].reason:
        check_reason(reason)
    match act:
        case Act.ANNOUNCE:
            check_schedule(plan, day)
            return plan._replace(announced=True)
        case Act.CLOSE_EARLY:
            return plan._replace(closed_on=day)
        case _:
            return plan._replace(archived=True)


def check_reason(reason: str) -> None:
    """A public reason says something. Raises ``Refusal`` ``reason_missing`` or ``reason_too_long``."""
    if len(reason.strip()) < MIN_REASON:
        raise Refusal("reason_missing", field="reason", least=MIN_REASON)
    if len(reason) > MAX_REASON:
        raise Refusal("reason_too_long", field="reason", limit=MAX_REASON)


def check_schedule(plan: Plan, day: datetime.date) -> None:
    """Dates with which a consultation may be announced on ``day``. Raises ``Refusal`` ``dates_refused``,
    ``opening_past`` or ``too_many_days``.
    """
    if plan.closes_on < plan.opens_on:
        raise Refusal("dates_refused", field="closes_on")
    if plan.opens_on < day:
        raise Refusal("opening_past", field="opens_on")
    if (plan.closes_on - plan.opens_on).days > MAX_DAYS:
        raise Refusal("too_many_days", field="closes_on", most=MAX_DAYS)


def reschedule(plan: Plan, opens_on: datetime.date, closes_on: datetime.date, day: datetime.date) -> Plan:
    """The plan with new dates. Once open, the first day is the past and the last one can only be put off: closing early
    is another act, with a public reason. Raises ``Refusal``.
    """
    state = require_allowed(plan, Act.RESCHEDULE, day)
    changed = plan._replace(opens_on=opens_on, closes_on=closes_on)
    if state is State.DRAFT:
        return changed
    if state is State.ANNOUNCED:
        check_schedule(changed, day)
        return changed
    if opens_on != plan.opens_on:
        raise Refusal("already_open", field="opens_on")
    if closes_on < plan.closes_on:
        raise Refusal("closing_earlier", field="closes_on")
    check_schedule(changed, opens_on)
    return changed
