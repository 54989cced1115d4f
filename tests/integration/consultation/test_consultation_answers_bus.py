"""Totals of questionnaires and rankings on the bus: as answers come, at most one a second, again after a rebuild."""

import asyncio
import time

import pytest

from consultation_service.states import day_of
from consultation_service.store import outbox, republication
from contracts.events import PublicAnswers, PublicRankingResult, WithdrawalRequested, new_id
from tests.harness import Bus
from tests.integration.consultation.answering import FIRST, Sheets
from tests.integration.consultation.house import House
from tests.integration.consultation.test_consultation_bus import ask, heard, last, until

pytestmark = pytest.mark.anyio


async def settled(house: House) -> bool:
    due = await house.pool.fetchval("select count(*) from section_total where due")
    return not due and not await outbox.count_waiting(house.pool)


async def test_totals_follow_answers_at_most_once_a_second(house: House, bus: Bus) -> None:
    sheets = Sheets(house)
    await sheets.lay()
    people = [await house.join() for _ in range(6)]
    began = time.monotonic()
    for who in people:
        assert (await sheets.answer(who, FIRST)).status_code == 200
        assert (await sheets.rank(who, sheets.options)).status_code == 204
        await asyncio.sleep(0.2)
    gone = WithdrawalRequested(id=new_id(), consultation=house.consultation, subject=people[0].subject)
    await ask(bus, house, gone)
    await until(lambda: house.pool.fetchval("select count(*) = 5 from response"))
    await until(lambda: settled(house))
    seconds = time.monotonic() - began
    public = await heard(bus, house, "gateway", "PUBLIC")
    answers = last(public, PublicAnswers, section=sheets.questionnaire)
    ranking = last(public, PublicRankingResult, section=sheets.ranking)
    assert (answers.sent, ranking.ballots, ranking.condorcet) == (5, 5, 0)
    assert 1 <= answers.version <= seconds + 2
    assert 1 <= ranking.version <= seconds + 2
    await republication.republish(house.pool, day_of(house.clock()))
    await until(lambda: settled(house))
    again = last(await heard(bus, house, "gateway", "PUBLIC"), PublicAnswers, section=sheets.questionnaire)
    assert (again.version, again.questions) == (answers.version + 1, answers.questions)
