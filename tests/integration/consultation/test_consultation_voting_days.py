"""When votes are possible: the vote statement judges states and phases as the rules do."""

import asyncio
import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from consultation_service.rules.acts import Act
from consultation_service.rules.lifecycle import Plan, require_allowed
from consultation_service.rules.phases import Phase, PhaseKind, require_possible
from consultation_service.store.votes import cast
from consultation_service.votes import Ballot, require_done
from contracts.events import new_id
from contracts.http import Refusal
from tests.integration.consultation.house import CLOSE, NOON, OPEN, House

pytestmark = pytest.mark.anyio
DAY = datetime.date(2026, 11, 23)


def days(before: int = 40, after: int = 20) -> Any:
    return st.integers(-before, after).map(lambda n: DAY + datetime.timedelta(n))


PLANS = st.builds(
    Plan, st.just(OPEN), st.just(CLOSE), announced=st.sampled_from([True, True, True, False]),
    closed_on=st.none() | days(), archived=st.sampled_from([False, False, False, True]),
)  # fmt: skip
SPANS = st.tuples(days(), days()).map(sorted)
PHASES = st.lists(
    st.tuples(st.sampled_from(["collect", "vote", "vote", "restitution"]), SPANS, st.sets(st.integers(0, 1))),
    max_size=3,
)


def said(check: Any) -> tuple[str, dict[str, Any]]:
    try:
        check()
    except Refusal as refusal:
        return refusal.code, refusal.facts
    return "", {}


async def write_phases(house: House, phases: list[Any], sections: list[str]) -> list[Phase]:
    await house.pool.execute("delete from phase")
    rules = []
    for kind, (first, last), about in phases:
        concerned = [sections[number] for number in sorted(about)]
        await house.pool.execute(
            "insert into phase (id, consultation_id, kind, title, first, last, sections) "
            "values ($1, $2, $3, '', $4, $5, $6)",
            new_id(), house.consultation, kind, first, last, concerned,
        )  # fmt: skip
        rules.append(Phase(PhaseKind(kind), first, last, frozenset(concerned)))
    return rules


async def test_states_and_phases_are_those_of_the_rules(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who)
    participant = await house.pool.fetchval("select pseudonym from participant")
    runner = asyncio.get_running_loop()
    seen: set[str] = set()

    async def check(plan: Plan, phases: list[Any], day: datetime.date) -> None:
        await house.pool.execute(
            "update consultation set announced = $1, closed_on = $2, archived = $3",
            plan.announced, plan.closed_on, plan.archived,
        )  # fmt: skip
        rules = await write_phases(house, phases, [house.section, house.heading])
        (answer,) = await cast(house.pool, [Ballot(item, participant, 1)], day)

        def rule() -> None:
            require_allowed(plan, Act.VOTE, day)
            require_possible(rules, Act.VOTE, day, house.section)

        expected = said(rule)
        seen.add(expected[0])
        assert said(lambda: require_done(answer)) == expected, (plan, rules, day)

    life = Plan(OPEN, CLOSE, announced=True)
    later: list[Any] = [("vote", [DAY + datetime.timedelta(1), CLOSE], set())]

    @example(life, [], DAY)
    @example(life, [], OPEN - datetime.timedelta(1))
    @example(life, [], CLOSE + datetime.timedelta(1))
    @example(life._replace(announced=False), [], DAY)
    @example(life, later, DAY)
    @example(life, later, CLOSE)
    @example(life, [("collect", [DAY, DAY], set())], DAY)
    @hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(plan=PLANS, phases=PHASES, day=days())
    def plans(plan: Plan, phases: list[Any], day: datetime.date) -> None:
        asyncio.run_coroutine_threadsafe(check(plan, phases, day), runner).result(30)

    await asyncio.to_thread(plans)
    assert seen == {"", "not_open_yet", "closed", "state_refused", "phase_later", "phase_over"}


async def test_other_acts_follow_phases_too(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who, kind="proposal")
    one_day = (DAY, DAY)
    writes = {"body": "x", "title": "T"}
    for kind, allowed in (
        ("collect", {"opinion", "comment", "edit"}), ("amend", {"amendment", "comment", "edit"}), ("vote", {"vote"}),
        ("restitution", set()),
    ):  # fmt: skip
        await write_phases(house, [(kind, one_day, set())], [])
        answers = {
            "opinion": await house.write(who, title=f"En phase {kind}"),
            "amendment": await house.write(who, kind="amendment", parent=item, explanation=kind, **writes),
            "comment": await house.write(who, kind="comment", parent=item, body=kind),
            "vote": await house.vote(who, item, "agree"),
            "edit": await house.client.patch(
                f"/v1/contributions/{item}", json={"body": f"Phase {kind}"}, headers=house.headers(who)
            ),
        }
        assert {name for name, answer in answers.items() if answer.status_code < 300} == allowed
        refused = {answer.json()["code"] for name, answer in answers.items() if name not in allowed}
        assert refused == {"phase_over"}
    tomorrow = DAY + datetime.timedelta(1)
    await write_phases(house, [("vote", (tomorrow, tomorrow), set())], [])
    answer = await house.vote(who, item, "mixed")
    assert (answer.status_code, answer.json()["fr"]) == (409, "Cela sera possible à partir du 24 novembre 2026.")
    house.clock.now = NOON + 86_400
    assert (await house.vote(who, item, "mixed")).status_code == 204


WITHHELD = {"hidden": "withheld", "sent_back": "withheld", "withdrawn": "withdrawn", "pending": "unknown_contribution"}


@pytest.mark.parametrize(("state", "code"), WITHHELD.items())
async def test_what_is_not_published_is_not_voted_on(house: House, state: str, code: str) -> None:
    who = await house.join()
    item = await house.opinion(who)
    assert (await house.vote(who, item, "agree")).status_code == 204
    await house.pool.execute("update contribution set state = $1", state)
    assert (await house.vote(who, item, "mixed")).json()["code"] == code
