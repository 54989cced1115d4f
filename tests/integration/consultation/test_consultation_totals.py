"""Published totals are those of a simple model, whatever people send, change, withdraw, and whoever leaves."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from consultation_service.rules import rankings
from consultation_service.settings import Settings
from contracts.events import PublicAnswers, PublicRankingResult, WithdrawalRequested, new_id
from contracts.tokens import b64u
from deploy.secrets import Secrets
from tests.integration.consultation.answering import Sheets, laid
from tests.integration.consultation.house import Participant

pytestmark = pytest.mark.anyio

MEANS = ("train", "bike", "car")
ROADS = {"train": "bike", "bike": "car"}
RESPONSES = st.fixed_dictionaries(
    {"means": st.sampled_from(["bike", "car"]) | st.just({"other": "à pied"}), "roads": st.just(ROADS)},
    optional={
        "days": st.lists(st.sampled_from(MEANS), unique=True, max_size=2),
        "mark": st.integers(1, 5),
        "order": st.lists(st.sampled_from(MEANS), unique=True, min_size=1),
        "why": st.just("Bien."),
    },
)
PEOPLE = st.integers(0, 3)
NOTHING = st.none()
ACTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["send", "draft"]), PEOPLE, RESPONSES),
        st.tuples(st.just("rank"), PEOPLE, st.lists(st.integers(0, 3), unique=True, min_size=1)),
        st.tuples(st.sampled_from(["response", "ranking", "leave", "publish"]), PEOPLE, NOTHING),
    ),
    max_size=15,
)


@dataclass
class Model:
    """What was sent and ranked, by the number of the person."""

    responses: dict[int, dict[str, Any]] = field(default_factory=dict)
    ballots: dict[int, list[int]] = field(default_factory=dict)

    def check_answers(self, told: PublicAnswers) -> None:
        said = list(self.responses.values())
        found = {question.key: question for question in told.questions}
        assert told.sent == len(said)
        assert found["means"].counts == tuple(sum(one["means"] == means for one in said) for means in MEANS)
        assert found["means"].other == sum(isinstance(one["means"], dict) for one in said)
        assert found["days"].counts == tuple(sum(means in one.get("days", ()) for one in said) for means in MEANS)
        assert found["days"].answers == sum(bool(one.get("days")) for one in said)
        assert found["mark"].counts == tuple(sum(one.get("mark") == mark for one in said) for mark in range(1, 6))
        assert found["why"].answers == sum("why" in one for one in said)
        by_car = sum(one["means"] == "car" for one in said)
        assert found["roads"].counts == (0, by_car, 0, 0, 0, by_car)
        matrix = rankings.Matrix(3)
        for one in said:
            if "order" in one:
                matrix.add([MEANS.index(means) for means in one["order"]])
        expected = rankings.results(matrix.preferences(), matrix.ballots)
        assert found["order"].answers == matrix.ballots
        assert found["order"].points == tuple(map(str, expected.borda))

    def check_ranking(self, told: PublicRankingResult) -> None:
        matrix = rankings.Matrix(4)
        for ballot in self.ballots.values():
            matrix.add(ballot)
        expected = rankings.results(matrix.preferences(), matrix.ballots)
        assert (told.ballots, told.matrix) == (expected.ballots, expected.matrix)
        assert told.borda == tuple(map(str, expected.borda))
        assert (told.condorcet, told.schulze) == (expected.condorcet, expected.schulze)


@pytest.fixture
async def sheets(settings: Settings, secrets: Secrets) -> AsyncIterator[Sheets]:
    async with laid(settings, secrets) as sheets:
        yield sheets


@examples(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
async def test_totals_are_those_of_a_simple_model(sheets: Sheets, acts: list[tuple[str, int, Any]]) -> None:
    # One house for all examples: each begins with nobody, whose totals are published too.
    await sheets.house.pool.execute("delete from participant")
    await sheets.house.pool.execute("delete from response")
    await sheets.house.pool.execute("delete from ranking_ballot")
    await sheets.house.pool.execute("update section_total set due = true")
    people: dict[int, Participant] = {}
    model = Model()
    for act, person, what in acts:
        await carry_out(sheets, model, people, act, person, what)
    await sheets.publish()
    answers, ranking = sheets.told.get(sheets.questionnaire), sheets.told.get(sheets.ranking)
    if answers is not None:
        model.check_answers(answers)
    if ranking is not None:
        model.check_ranking(ranking)
    assert (answers is not None) >= bool(model.responses)
    assert (ranking is not None) >= bool(model.ballots)


async def carry_out(
    sheets: Sheets, model: Model, people: dict[int, Participant], act: str, person: int, what: Any
) -> None:
    if person not in people:
        people[person] = await sheets.house.join(b64u(new_id().encode()[:32]))
    who = people[person]
    match act:
        case "send":
            assert (await sheets.answer(who, what)).status_code == 200
            model.responses[person] = what
        case "draft":
            assert (await sheets.answer(who, what, sent=False)).status_code == 200
        case "rank":
            assert (await sheets.rank(who, [sheets.options[place] for place in what])).status_code == 204
            model.ballots[person] = what
        case "response" | "ranking":
            assert (await sheets.withdraw(who, act)).status_code == 204
            (model.responses if act == "response" else model.ballots).pop(person, None)
        case "leave":
            request = WithdrawalRequested(id=new_id(), consultation=sheets.house.consultation, subject=who.subject)
            await sheets.leave(request)
            for said in (model.responses, model.ballots):
                said.pop(person, None)
            del people[person]
        case "publish":
            await sheets.publish()
