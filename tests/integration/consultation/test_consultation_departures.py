"""Leaving: whatever somebody did here, in every table, is gone; the places of what was public stay."""

import asyncio
import datetime
import json
from typing import Any

import pytest

from consultation_service.keys import load
from consultation_service.pseudonyms import Pseudonyms
from consultation_service.store import contributions, edits, participants, tallies
from contracts.events import ErasureDone, ErasureRequested, PublicContribution, PublicTally, WithdrawalRequested, new_id
from tests.integration.consultation.house import House, Participant
from tests.integration.consultation.test_consultation_edits import edit, told

pytestmark = pytest.mark.anyio
DAY = datetime.date(2026, 11, 23)
MARK = "MARQUE-9c41"


async def everywhere(house: House) -> dict[str, str]:
    """Every table, written out."""
    tables = await house.pool.fetch(
        "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'"
    )
    found = {}
    for (table,) in tables:
        rows = await house.pool.fetch(f"select x::text as row from {table} x")
        found[table] = "\n".join(row["row"] for row in rows)
    # What waits for the bus is bytes; so that words are found there too.
    events = await house.pool.fetch("select convert_from(body, 'utf8') from outbox")
    return found | {"outbox": "\n".join(row[0] for row in events)}


async def live(house: House, who: Participant, other: Participant, pseudonym: bytes) -> dict[str, str]:
    """Everything that a participant can do here; returns what they wrote, by kind."""
    written = {}
    proposal = await house.opinion(who, kind="proposal", title=MARK, body=f"{MARK} un deux trois")
    written["proposal"] = proposal
    await edit(house, who, proposal, body=f"{MARK} un deux quatre")
    others = await house.opinion(other, kind="proposal", body="Un deux trois")
    for kind, draft in {
        "question": {"section": house.section, "title": MARK, "body": MARK},
        "amendment": {"parent": others, "title": MARK, "body": MARK, "explanation": MARK},
        "argument": {"parent": others, "side": "for", "body": MARK},
        "source": {"parent": others, "title": MARK, "link": f"https://a.example/{MARK}", "category": MARK},
        "comment": {"parent": others, "body": MARK},
    }.items():
        answer = await house.write(who, kind=kind, **draft)
        assert answer.status_code == 201, answer.text
        written[kind] = answer.json()["id"]
    answer = await house.write(
        other, kind="amendment", parent=proposal, title="A", body="Un deux cinq", explanation="Pour cinq."
    )
    written["others_amendment"] = answer.json()["id"]
    await house.client.delete(f"/v1/contributions/{written['comment']}", headers=house.headers(who))
    await house.pool.execute("update section set review_first = true where id = $1", house.section)
    written["pending"] = await house.opinion(who, title=MARK, body=MARK)
    await house.pool.execute("update section set review_first = false where id = $1", house.section)
    for item in (proposal, others):
        await house.vote(who, item, "agree")
        await house.vote(other, item, "disagree")
    written["others"] = others
    await sign_everywhere(house, pseudonym, others)
    return written


async def sign_everywhere(house: House, pseudonym: bytes, others: str) -> None:
    """What other parts of the service keep of a participant, as their tables have it."""
    rows: list[tuple[str, dict[str, Any]]] = [
        ("ranking_ballot", {"section_id": house.section, "participant": pseudonym, "ranked": [], "day": DAY}),
        ("response", {"section_id": house.section, "participant": pseudonym, "answers": json.dumps(MARK), "day": DAY}),
        ("follow", {"consultation_id": house.consultation, "participant": pseudonym, "target": house.consultation}),
        ("notice_due", {"consultation_id": house.consultation, "participant": pseudonym, "reason": "news"}),
        (
            "release_withheld",
            {"consultation_id": house.consultation, "place": house.section, "participant": pseudonym},
        ),
        (
            "release_voter",
            {
                "consultation_id": house.consultation, "participant": pseudonym, "department": "", "region": "",
                "age": "", "status": "",
            },
        ),
        (
            "moderation_entry",
            {
                "contribution_id": others, "number": 1, "kind": "reported", "day": DAY, "rule": "insult",
                "participant": pseudonym, "words": MARK,
            },
        ),
    ]  # fmt: skip
    for table, row in rows:
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await house.pool.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())
    await house.pool.execute(
        "update participant set attributes = $2, recipient = decode(repeat('ab', 80), 'hex') where pseudonym = $1",
        pseudonym,
        json.dumps({"region": MARK}),
    )


def pseudonym_of(house: House, who: Participant) -> bytes:
    return Pseudonyms(load(house.settings).pseudonym_root).of(house.consultation, who.subject)


async def test_nothing_of_somebody_stays_in_any_table(house: House) -> None:
    """The control is the same search before they leave: it finds them in every table that knows participants."""
    who, other = await house.join(), await house.join()
    pseudonym = pseudonym_of(house, who)
    await live(house, who, other, pseudonym)
    before = await everywhere(house)
    knowing = await house.pool.fetch(
        "select distinct table_name from information_schema.columns where table_schema = 'public' "
        "and column_name in ('participant', 'author', 'pseudonym') and data_type = 'bytea'"
    )
    assert {row[0] for row in knowing} == {table for table, rows in before.items() if pseudonym.hex() in rows}
    assert {"contribution", "contribution_version", "response", "moderation_entry", "participant", "outbox"} <= {
        table for table, rows in before.items() if MARK in rows
    }
    request = WithdrawalRequested(id=new_id(), consultation=house.consultation, subject=who.subject)
    departure = await participants.leave(house.pool, request, pseudonym, DAY)
    after = await everywhere(house)
    assert {table for table, rows in after.items() if pseudonym.hex() in rows or MARK in rows} == set()
    # proposal, question, amendment, argument, source, and the pending one; the comment was withdrawn before.
    assert departure == participants.Departure(contributions=6, votes=4)


async def test_the_places_of_what_was_public_stay(house: House) -> None:
    who, other = await house.join(), await house.join()
    pseudonym = pseudonym_of(house, who)
    written = await live(house, who, other, pseudonym)
    await tallies.publish_due(house.pool)
    await house.pool.execute("truncate outbox; update section_total set due = false")
    request = ErasureRequested(id=new_id(), consultation=house.consultation, subject=who.subject)
    day = DAY
    assert await participants.leave(house.pool, request, pseudonym, day) is not None
    assert await participants.leave(house.pool, request, pseudonym, day) is None
    await tallies.publish_due(house.pool)
    events = await told(house)
    states = {
        name: getattr(events.get(f"public.v1.contribution.{item}"), "state", None) for name, item in written.items()
    }
    assert states == {
        "proposal": "withdrawn", "question": "withdrawn", "amendment": "withdrawn", "argument": "withdrawn",
        "source": "withdrawn", "comment": None, "pending": None, "others": None, "others_amendment": "published",
    }  # fmt: skip
    tally = events[f"public.v1.tally.{written['others']}"]
    assert isinstance(tally, PublicTally)
    assert tally.cast == {"agree": 0, "mixed": 0, "disagree": 1}
    (proof,) = [event for event in events.values() if isinstance(event, ErasureDone)]
    assert (proof.contributions, proof.votes) == (6, 4)
    assert await house.pool.fetchval("select bool_and(due) from section_total")
    rows = await house.pool.fetch("select kind, participant, words from moderation_entry")
    assert [tuple(row) for row in rows] == [("reported", None, "")]
    assert (await house.write(who, title="Encore")).json()["code"] == "not_participating"
    kept = await house.pool.fetchval("select count(*) from contribution where state <> 'withdrawn'")
    assert kept == 2  # the other's proposal and amendment


@pytest.mark.parametrize("locked", [True, False])
async def test_what_is_being_written_while_somebody_leaves_goes_too(
    house: House, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts are written and changed in the middle of an erasure. The control: without the lock on the participant, what
    was being written outlives it."""
    who = await house.join()
    pseudonym = pseudonym_of(house, who)
    first = await house.opinion(who, body="Avant")
    if not locked:
        for module in (contributions, edits):
            monkeypatch.setattr(module, "hold_author", hold_nobody)
    await house.pool.execute(
        "create function linger() returns trigger language plpgsql as "
        "$$ begin perform pg_sleep(0.05); return new; end $$"
    )
    await house.pool.execute(
        "create trigger linger before insert on contribution for each row execute function linger()"
    )
    flood = [asyncio.create_task(house.write(who, title=f"Pendant {n}")) for n in range(4)]
    flood += [asyncio.create_task(edit(house, who, first, body=f"Pendant {n}")) for n in range(2)]
    await asyncio.sleep(0.03)
    request = ErasureRequested(id=new_id(), consultation=house.consultation, subject=who.subject)
    await participants.leave(house.pool, request, pseudonym, DAY)
    answers = await asyncio.gather(*flood)
    assert max(answer.status_code for answer in answers) < 500
    stayed = await house.pool.fetchval(
        "select count(*) from contribution where author = $1 or state <> 'withdrawn'", pseudonym
    )
    assert (stayed == 0) is locked
    if locked:
        told_of = [event for event in (await told(house)).values() if isinstance(event, PublicContribution)]
        assert {(event.state, event.title, event.body) for event in told_of} == {("withdrawn", "", "")}


async def hold_nobody(connection: Any, consultation: str, author: bytes) -> None:
    """In the place of the lock."""
