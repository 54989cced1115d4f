"""The stream is lost, and everything public is stated again: nothing more, nothing less, whatever there was."""

from typing import Any

import msgspec
import pytest

from consultation_service.store import (
    consultations,
    life,
    moderation,
    official_answers,
    republication,
    section_totals,
    statements,
)
from consultation_service.store.moderation import Ruling
from contracts.events import Event, new_id, subject_of
from tests.harness import Bus
from tests.integration.consultation.drafts import OPENS, TODAY, write_draft
from tests.integration.consultation.house import House
from tests.integration.consultation.test_consultation_bus import drained, heard, until

pytestmark = pytest.mark.anyio

STAFF = "a" * 43


async def fill(house: House) -> None:
    """Something of each kind of fact, the last one of each being neither the first nor empty."""
    async with house.pool.acquire() as connection, connection.transaction():
        house.consultation = (await write_draft(connection)).id
        await life.announce(connection, house.consultation, TODAY)
    await consultations.publish_changes_of_state(house.pool, OPENS)
    house.clock.day(OPENS.year, OPENS.month, OPENS.day)
    who, section = await house.join(), await section_called(house, "Idées")
    kept, hidden, waiting = [
        await house.opinion(who, kind="proposal", section=section, body=f"Un texte {n}") for n in range(3)
    ]
    for item, decision in ((kept, "keep"), (hidden, "hide")):
        await decide(house, item, decision)
    async with house.pool.acquire() as connection, connection.transaction():
        # What was read first cannot be edited; from now on here nothing is.
        await connection.execute("update section set review_first = false where id = $1", section)
        await consultations.touched(connection, house.consultation, OPENS)
    answer = await house.client.patch(
        f"/v1/contributions/{kept}", json={"body": "Un autre texte"}, headers=house.headers(who)
    )
    assert answer.status_code == 200, answer.text
    assert (await house.vote(who, kept, "support")).status_code in (200, 204)
    assert waiting
    async with house.pool.acquire() as connection, connection.transaction():
        await answer_and_state(connection, house.consultation, kept)
        await answer_form_and_rank(connection, house)


async def section_called(house: House, title: str) -> str:
    found: str = await house.pool.fetchval(
        "select id::text from section where consultation_id = $1 and title = $2", house.consultation, title
    )
    return found


async def decide(house: House, item: str, decision: Any) -> None:
    async with house.pool.acquire() as connection, connection.transaction():
        seen = (await moderation.hold(connection, item)).seen
        ruling = Ruling(decision, "insult", "Le texte a été lu en entier.", seen)
        await moderation.decide(connection, item, ruling, STAFF, OPENS)


async def answer_and_state(connection: Any, consultation: str, item: str) -> None:
    for status in ("under_study", "taken_up"):
        written = official_answers.Written(status, "Une raison assez longue.", status, f"<p>{status}</p>")
        await official_answers.answer(connection, consultation, item, STAFF, written, OPENS)
    statement = new_id()
    for words in ("Une", "Deux"):
        said = statements.Written("Synthèse", words, f"<p>{words}</p>")
        await statements.publish(connection, consultation, "synthesis", statement, STAFF, said, OPENS)


async def answer_form_and_rank(connection: Any, house: House) -> None:
    form, order = await section_called(house, "Questions"), await section_called(house, "Priorités")
    for n in range(30):
        await connection.execute(
            """
            insert into response (section_id, participant, answers, sent, day)
            values ($1, sha256($2), '{"train": "o"}', true, $3)
            """,
            form, bytes([n]), OPENS,
        )  # fmt: skip
        await connection.execute(
            """
            insert into ranking_ballot (section_id, participant, ranked, day)
            select $1, sha256($2), array_agg(id order by position), $3 from contribution where section_id = $1
            """,
            order, bytes([n]), OPENS,
        )  # fmt: skip
    await section_totals.mark(connection, [form, order])


def stated(events: list[Event]) -> dict[str, Any]:
    """The last fact under each subject, without what grows each time that it is stated."""
    found = {subject_of(event): msgspec.to_builtins(event) for event in events}
    for fact in found.values():
        for name in ("id", "version", "revision") if fact["type"] != "public.version.v1" else ("id", "revision"):
            fact.pop(name, None)
    return found


async def test_everything_public_is_stated_again(house: House, bus: Bus) -> None:
    await fill(house)

    async def quiet() -> bool:
        due = await house.pool.fetchval("select count(*) from section_total where due")
        return not due and await drained(house)

    await until(quiet)
    before = stated(await heard(bus, house, "gateway", "PUBLIC"))
    assert {fact["type"] for fact in before.values()} == {
        "public.consultation.v1", "public.contribution.v1", "public.version.v1", "public.tally.v1", "public.ranking.v1",
        "public.answers.v1", "public.answer.v1", "public.statement.v1", "public.journal.v1",
    }  # fmt: skip
    await bus.purge()
    # Two articles, two options, and what moderators let through or withheld; not what they have not read yet.
    assert await republication.republish(house.pool, OPENS) == 6
    await until(quiet)
    assert stated(await heard(bus, house, "gateway", "PUBLIC")) == before
