"""Answers to questionnaires and rankings: who may, what is kept, what is counted, what is published."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from consultation_service.rules.questionnaires import questions_of
from consultation_service.settings import Settings
from consultation_service.store import section_totals
from contracts.events import PublicAnswers, PublicRankingResult, PublicRankingRules, WithdrawalRequested, new_id
from deploy.secrets import Secrets
from tests.integration.consultation.answering import FIRST, TRAVEL, Sheets, laid

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sheets(settings: Settings, secrets: Secrets) -> AsyncIterator[Sheets]:
    async with laid(settings, secrets) as sheets:
        yield sheets


def answers_of(sheets: Sheets) -> PublicAnswers:
    found = sheets.told[sheets.questionnaire]
    assert isinstance(found, PublicAnswers)
    return found


def ranking_of(sheets: Sheets) -> PublicRankingResult:
    found = sheets.told[sheets.ranking]
    assert isinstance(found, PublicRankingResult)
    return found


async def test_what_is_sent_is_counted(sheets: Sheets) -> None:
    one, two = await sheets.house.join(), await sheets.house.join()
    assert (await sheets.answer(one, FIRST)).status_code == 200
    roads = {"train": "bike", "bike": "car"}
    by_car = {"means": "car", "people": 3, "roads": roads, "days": ["train", {"other": "le dimanche"}], "why": "Bien."}
    assert (await sheets.answer(two, by_car)).status_code == 200
    await sheets.publish()
    told = answers_of(sheets)
    assert (told.version, told.sent) == (1, 2)
    found = {question.key: question for question in told.questions}
    assert found["means"].counts == (1, 0, 1)
    assert (found["days"].counts, found["days"].other, found["days"].answers) == ((1, 0, 0), 1, 1)
    assert found["mark"].counts == (0, 0, 0, 1, 0)
    assert found["roads"].counts == (0, 1, 0, 0, 0, 1)
    assert found["order"].points == ("1", "2", "0")
    assert (found["why"].answers, found["why"].counts) == (1, ())
    assert "dimanche" not in str(told)


async def test_a_draft_does_not_count_and_what_was_sent_stays_while_it_changes(sheets: Sheets) -> None:
    who = await sheets.house.join()
    path = f"/v1/sections/{sheets.questionnaire}/response"
    assert (await sheets.answer(who, {"means": "train"}, sent=False)).status_code == 200
    assert (await sheets.publish()) == []
    read = await sheets.house.client.get(path, headers=sheets.house.headers(who))
    assert read.json() == {"answers": {}, "sent": False, "draft": {"means": "train"}}
    assert (await sheets.answer(who, FIRST)).status_code == 200
    assert (await sheets.answer(who, {"means": "bike"}, sent=False)).status_code == 200
    await sheets.publish()
    assert answers_of(sheets).questions[0].counts == (1, 0, 0)
    read = await sheets.house.client.get(path, headers=sheets.house.headers(who))
    assert read.json() == {"answers": FIRST, "sent": True, "draft": {"means": "bike"}}


async def test_answers_of_hidden_questions_are_dropped(sheets: Sheets) -> None:
    who = await sheets.house.join()
    answer = await sheets.answer(who, {"means": "bike", "line": "Ligne 12", "people": 3})
    assert answer.json()["answers"] == {"means": "bike"}
    assert answer.json()["shown"] == ["travel", "means", "days", "opinion", "hello", "mark", "order", "since", "why"]


WRONG: list[tuple[dict[str, object], str, str]] = [
    ({}, "answer_missing", "means"),
    ({"means": "train"}, "answer_missing", "line"),
    ({"means": "car", "roads": {"train": "bike"}}, "rows_missing", "roads.bike"),
    ({"means": "boat"}, "answer_refused", "means"),
    ({"means": "bike", "days": ["train", "bike", "car"]}, "answers_too_many", "days"),
    ({"means": "bike", "secret": 1}, "question_unknown", ""),
]


async def test_what_is_wrong_is_told_and_not_kept(sheets: Sheets) -> None:
    who = await sheets.house.join()
    for answers, code, field in WRONG:
        answer = await sheets.answer(who, answers)
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem.get("field", "")) == (422, code, field)
    assert await sheets.house.pool.fetchval("select count(*) from response") == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
    | st.sampled_from(["train", "other", "2026-02-30", "9" * 400]) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["other", "train", "x"]), inner),
    max_leaves=6,
)  # fmt: skip
KEYS = [question.key for question in questions_of(TRAVEL)]


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.dictionaries(st.sampled_from(["car", *KEYS]), JSON), sent=st.booleans())
async def test_no_answer_whatever_breaks_the_service(sheets: Sheets, said: dict[str, Any], sent: bool) -> None:
    # One person for all examples.
    who = sheets.someone = sheets.someone or await sheets.house.join()
    for answers in (said, {"means": "car"} | said):
        answer = await sheets.answer(who, answers, sent=sent)
        assert answer.status_code in (200, 400, 422), (answers, answer.text)
    path = f"/sections/{sheets.questionnaire}/questionnaire?step=review"
    page = await sheets.house.client.get(path, headers=sheets.house.headers(who))
    assert page.status_code == 200


async def test_a_questionnaire_that_is_not_editable_is_sent_once(sheets: Sheets) -> None:
    await sheets.house.pool.execute("update section set questionnaire = questionnaire || '{\"editable\": false}'")
    who = await sheets.house.join()
    assert (await sheets.answer(who, {"means": "bike"})).status_code == 200
    assert (await sheets.answer(who, {"means": "car"}, sent=False)).json()["code"] == "already_sent"
    assert (await sheets.withdraw(who, "response")).status_code == 204
    assert (await sheets.answer(who, FIRST)).status_code == 200


async def test_nothing_is_answered_before_after_or_out_of_phase_but_everything_can_be_withdrawn(sheets: Sheets) -> None:
    who = await sheets.house.join()
    assert (await sheets.answer(who, FIRST)).status_code == 200
    assert (await sheets.rank(who, sheets.options[:2])).status_code == 204
    await sheets.house.pool.execute(
        "insert into phase (id, consultation_id, kind, title, first, last) "
        "values ($1, $2, 'collect', 'Contributions', '2026-11-01', '2026-12-01')",
        new_id(), sheets.house.consultation,
    )  # fmt: skip
    assert (await sheets.answer(who, FIRST)).json()["code"] == "phase_over"
    assert (await sheets.rank(who, sheets.options)).json()["code"] == "phase_over"
    sheets.house.clock.day(2026, 12, 2)
    assert (await sheets.answer(who, FIRST)).json()["code"] == "closed"
    await sheets.publish()
    assert answers_of(sheets).sent == ranking_of(sheets).ballots == 1
    assert (await sheets.withdraw(who, "response")).status_code == 204
    assert (await sheets.withdraw(who, "ranking")).status_code == 204
    await sheets.publish()
    assert answers_of(sheets).sent == ranking_of(sheets).ballots == 0


async def test_only_participants_answer_and_only_from_our_pages(sheets: Sheets) -> None:
    who = await sheets.house.join()
    path = f"/v1/sections/{sheets.ranking}/ranking"
    client = sheets.house.client
    body = {"ranked": sheets.options[:1]}
    assert (await client.put(path, json=body, headers=sheets.house.headers())).status_code == 401
    foreign = sheets.house.headers(who, origin="https://ailleurs.example")
    assert (await client.put(path, json=body, headers=foreign)).json()["code"] == "origin_refused"
    assert (await client.get(path, headers=sheets.house.headers())).status_code == 401
    for wrong in (new_id(), "x", sheets.questionnaire, sheets.house.section):
        answer = await client.get(f"/v1/sections/{wrong}/ranking", headers=sheets.house.headers(who))
        assert answer.json()["code"] == "unknown_section"
    bearer = sheets.house.token(who.subject)
    answer = await client.put(path, json=body, headers={"Authorization": f"Bearer {bearer}"})
    assert answer.status_code == 204


async def test_a_ranking_is_counted_by_both_methods(sheets: Sheets) -> None:
    a, b, c, d = sheets.options
    for ranked in ([a, b, c], [b, a], [b, c, a, d]):
        assert (await sheets.rank(await sheets.house.join(), ranked)).status_code == 204
    await sheets.publish()
    told = ranking_of(sheets)
    assert (told.ballots, told.options) == (3, (a, b, c, d))
    assert told.matrix == ((0, 1, 2, 3), (2, 0, 3, 3), (1, 0, 0, 2), (0, 0, 0, 0))
    assert told.borda == ("6", "8", "7/2", "1/2")
    assert told.condorcet == 1
    assert told.schulze == ((1,), (0,), (2,), (3,))
    assert told.points == ()


async def test_a_wrong_ranking_is_refused(sheets: Sheets) -> None:
    rules = PublicRankingRules(method="borda", most=2)
    await sheets.house.pool.execute("update section set ranking = $1 where id = $2", as_json(rules), sheets.ranking)
    who = await sheets.house.join()
    wrong = {(0, 1, 2): "ranking_too_long", (): "ranking_too_short", (0, 0): "option_repeated"}
    for places, code in wrong.items():
        answer = await sheets.rank(who, [sheets.options[place] for place in places])
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def as_json(rules: PublicRankingRules) -> str:
    return json.dumps({"method": rules.method, "most": rules.most, "points": rules.points})


async def test_budget_points_are_shared_and_summed(sheets: Sheets) -> None:
    rules = PublicRankingRules(method="borda", points=10)
    await sheets.house.pool.execute("update section set ranking = $1 where id = $2", as_json(rules), sheets.ranking)
    a, b, *_ = sheets.options
    one, two = await sheets.house.join(), await sheets.house.join()
    assert (await sheets.rank(one, [a], {a: 7, b: 3})).status_code == 204
    assert (await sheets.rank(two, [], {b: 4})).status_code == 204
    assert (await sheets.rank(two, [], {b: 11})).json()["code"] == "points_over_budget"
    await sheets.publish()
    assert (ranking_of(sheets).points, ranking_of(sheets).ballots) == ((7, 7, 0, 0), 2)


async def test_points_without_a_budget_are_refused(sheets: Sheets) -> None:
    answer = await sheets.rank(await sheets.house.join(), sheets.options, {sheets.options[0]: 1})
    assert answer.json()["code"] == "option_unknown"


async def test_totals_are_published_once_for_many_answers(sheets: Sheets) -> None:
    for _ in range(3):
        await sheets.rank(await sheets.house.join(), sheets.options)
    assert len(await sheets.publish()) == 1
    assert await sheets.publish() == []
    assert (ranking_of(sheets).ballots, ranking_of(sheets).version) == (3, 1)


async def test_an_answer_sent_during_the_count_is_counted_by_the_next_one(
    sheets: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = await sheets.house.join(), await sheets.house.join()
    await sheets.rank(one, sheets.options)
    count = section_totals._count

    async def slow(connection: object, row: object) -> object:
        found = await count(connection, row)  # type: ignore[arg-type]
        assert (await sheets.rank(two, sheets.options)).status_code == 204
        return found

    monkeypatch.setattr(section_totals, "_count", slow)
    await sheets.publish()
    assert ranking_of(sheets).ballots == 1
    monkeypatch.setattr(section_totals, "_count", count)
    await sheets.publish()
    assert ranking_of(sheets).ballots == 2


async def test_an_answer_that_commits_while_the_total_is_written_is_counted_by_the_next_one(sheets: Sheets) -> None:
    await sheets.rank(await sheets.house.join(), sheets.options)
    await sheets.publish()
    await sheets.rank(await sheets.house.join(), sheets.options)
    async with sheets.house.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "insert into ranking_ballot values ($1, sha256('x'), $2, '{}', current_date)",
            sheets.ranking,
            sheets.options,
        )
        await section_totals.mark(connection, [sheets.ranking])
        publishing = asyncio.create_task(section_totals.publish_due(sheets.house.pool))
        await asyncio.sleep(0.2)
        assert not publishing.done()  # it waits for the mark
        await transaction.commit()
        await publishing
    await sheets.read()
    assert ranking_of(sheets).ballots == 2
    await sheets.publish()
    assert ranking_of(sheets).ballots == 3


async def test_a_crash_before_the_total_is_written_loses_nothing(
    sheets: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sheets.rank(await sheets.house.join(), sheets.options)

    async def crash(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(section_totals, "enqueue", crash)
    with pytest.raises(RuntimeError):
        await sheets.publish()
    monkeypatch.undo()
    await sheets.publish()
    assert (ranking_of(sheets).ballots, ranking_of(sheets).version) == (1, 1)


async def test_above_level_1_totals_come_in_steps(sheets: Sheets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consultation_service.totals.STEP", 2)
    await sheets.house.pool.execute("update consultation set level = 2")
    people = [await sheets.house.join() for _ in range(4)]
    told = []
    for who in people:
        await sheets.rank(who, sheets.options)
        told += [event.ballots for event in await sheets.publish()]  # type: ignore[union-attr]
    await sheets.withdraw(people[0], "ranking")
    assert await sheets.publish() == []
    assert told == [2, 4]
    async with sheets.house.pool.acquire() as connection, connection.transaction():
        await section_totals.restate(connection, sheets.house.consultation)
    (again,) = await sheets.read()
    assert (again.ballots, again.version) == (4, 3)  # type: ignore[union-attr]


async def test_whoever_leaves_takes_their_answers_away(sheets: Sheets) -> None:
    who, other = await sheets.house.join(), await sheets.house.join()
    for one in (who, other):
        assert (await sheets.answer(one, FIRST)).status_code == 200
        assert (await sheets.rank(one, sheets.options)).status_code == 204
    await sheets.publish()
    leaving = WithdrawalRequested(id=new_id(), consultation=sheets.house.consultation, subject=who.subject)
    await sheets.leave(leaving)
    await sheets.publish()
    assert (answers_of(sheets).sent, answers_of(sheets).version) == (1, 2)
    assert (ranking_of(sheets).ballots, ranking_of(sheets).version) == (1, 2)
    assert (await sheets.answer(who, FIRST)).status_code == 401
    assert (await sheets.rank(who, sheets.options)).status_code == 401


async def test_the_definition_that_tests_use_is_right() -> None:
    from consultation_service.rules.questionnaires import mistakes

    assert mistakes(TRAVEL) == ()
