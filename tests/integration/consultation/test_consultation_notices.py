"""Following and being told: over a real database, with identity's own key to see who would be written to."""

import datetime
import html
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from consultation_service.notices import Rounds, monday
from consultation_service.store import notices
from consultation_service.store.notices import CROWD, PATIENCE
from contracts.events import NoticeRequested, new_id
from identity_service.recipients import open_recipient
from tests.integration.consultation.house import House, Participant

pytestmark = pytest.mark.anyio
DAY = datetime.date(2026, 11, 24)


@pytest.fixture
async def still(house: House) -> House:
    """The service without its own rounds: the test holds them."""
    async with house.pool.acquire() as connection:
        for rhythm in ("daily", "weekly"):
            await notices.due(connection, rhythm, datetime.date.max, datetime.date.max)
    return house


async def follow(house: House, who: Participant, target: str) -> int:
    answer = await house.client.put(f"/v1/follows/{target}", headers=house.headers(who))
    return answer.status_code


async def choose(house: House, who: Participant, frequency: str) -> None:
    answer = await house.client.put(
        f"/v1/consultations/{house.consultation}/follows", json={"frequency": frequency}, headers=house.headers(who)
    )
    assert answer.status_code == 204, answer.text


async def due(house: House) -> int:
    return int(await house.pool.fetchval("select count(*) from notice_due"))


async def hold(house: House, frequency: Any, day: datetime.date = DAY) -> list[NoticeRequested]:
    """A round, with what it would publish; nothing is relayed."""
    async with house.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        told = await notices.publish_round(connection, frequency, day)
        rows = await connection.fetch("select body from outbox where subject = 'consultation.v1.notice_requested'")
        assert len(rows) == told
        # What was due is gone; the facts are not left to the relay.
        await connection.execute("delete from outbox where subject = 'consultation.v1.notice_requested'")
        await transaction.commit()
    return [msgspec.json.decode(row["body"], type=NoticeRequested) for row in rows]


def opened(house: House, events: Sequence[NoticeRequested]) -> list[str]:
    """The tokens that identity finds in these facts."""
    key = load_pem_private_key(house.secrets.path("identity", "notice.pem").read_bytes(), None)
    assert isinstance(key, X25519PrivateKey)
    return sorted(open_recipient(event.recipient, event.consultation, key) for event in events)


async def test_followers_are_told_of_what_others_do(still: House) -> None:
    ana, bob, eve = [await still.join() for _ in range(3)]
    item = await still.opinion(ana)
    for who in (ana, bob):
        assert await follow(still, who, item) == 204
    assert await follow(still, eve, still.heading) == 204
    argument = {"kind": "argument", "parent": item, "side": "for", "title": "Oui", "body": "Un bon argument"}
    assert (await still.write(bob, **argument)).status_code == 201
    # Not Bob, who wrote it; not Eve, who follows something else.
    assert opened(still, await hold(still, "daily")) == [ana.subject]
    assert await due(still) == 0


async def test_the_fact_says_nothing_of_what_happened(still: House) -> None:
    ana, bob = await still.join(), await still.join()
    item = await still.opinion(ana)
    for target in (item, still.section, still.consultation):
        assert await follow(still, ana, target) == 204
    await still.write(bob, kind="argument", parent=item, side="for", title="Oui", body="Un bon argument")
    await still.opinion(bob)
    (event,) = await hold(still, "daily")
    text = msgspec.json.encode(event).decode()
    assert (event.reason, event.frequency) == ("news", "daily")
    for secret in (item, still.section, ana.subject, bob.subject, "argument"):
        assert secret not in text


async def test_each_frequency_has_its_round(still: House) -> None:
    people = {}
    for frequency in ("immediate", "daily", "weekly", "none"):
        people[frequency] = await still.join()
        await follow(still, people[frequency], still.section)
        await choose(still, people[frequency], frequency)
    await still.opinion(await still.join())
    for frequency in ("weekly", "immediate", "daily"):
        events = await hold(still, frequency)
        assert opened(still, events) == [people[frequency].subject]
        assert events[0].frequency == frequency
    assert await due(still) == 0


async def test_a_moderation_decision_is_told_in_company_and_unrecognisable(still: House) -> None:
    people = [await still.join() for _ in range(CROWD)]
    author = people[0]
    await choose(still, author, "none")
    async with still.pool.acquire() as connection:
        for row in await connection.fetch("select pseudonym from participant where frequency = 'none'"):
            await notices.tell(connection, still.consultation, row["pseudonym"], "moderation")
    assert await due(still) == 1
    assert await hold(still, "immediate") == []
    assert await hold(still, "daily") == [], "alone, the public journal would say why"
    for who in people[1:]:
        await follow(still, who, still.section)
    await still.opinion(await still.join())
    events = await hold(still, "daily")
    assert opened(still, events) == sorted(who.subject for who in people)
    assert len({(event.reason, event.frequency) for event in events}) == 1


async def test_an_answer_to_ones_own_text_is_told_in_company_too(still: House) -> None:
    author, *others = [await still.join() for _ in range(CROWD)]
    async with still.pool.acquire() as connection:
        written = await still.opinion(author)
        key = await connection.fetchval("select author from contribution where id = $1", written)
        await notices.tell(connection, still.consultation, key, "news")
    assert await hold(still, "daily") == []
    for who in others:
        await follow(still, who, still.section)
    await still.opinion(await still.join())
    assert author.subject in opened(still, await hold(still, "daily"))


async def test_a_moderation_decision_does_not_wait_for_ever(still: House) -> None:
    await still.join()
    async with still.pool.acquire() as connection:
        author = await connection.fetchval("select pseudonym from participant")
        await notices.tell(connection, still.consultation, author, "moderation")
        since = await connection.fetchval("select since from notice_due")
    assert await hold(still, "daily", since + PATIENCE - datetime.timedelta(days=1)) == []
    assert len(await hold(still, "daily", since + PATIENCE)) == 1


async def test_rounds_are_held_once_an_hour_once_a_day_and_on_mondays(house: House) -> None:
    rounds, noon = Rounds(house.pool), house.clock.now
    ana = await house.join()
    await follow(house, ana, house.section)
    writer, told = await house.join(), []
    await rounds.keep(noon)

    async def news(frequency: str, at: float) -> int:
        await choose(house, ana, frequency)
        await house.opinion(writer)
        told.append(await rounds.keep(at))
        return told[-1]

    hour, day = 3_600, 86_400  # noon is of Monday 23 November
    assert await news("immediate", noon + 60) == 0
    assert await rounds.keep(noon + hour) == 1
    assert await news("daily", noon + hour + 60) == 0
    assert await rounds.keep(noon + day) == 1
    assert await news("weekly", noon + day + 60) == 0
    assert await rounds.keep(noon + 6 * day) == 0
    assert await rounds.keep(noon + 7 * day) == 1
    assert await rounds.keep(noon + 7 * day) == 0
    # Another process, of the same day, holds no daily round again.
    await news("daily", noon + 7 * day + 60)
    assert await Rounds(house.pool).keep(noon + 7 * day + 120) == 0


@pytest.mark.parametrize(("day", "expected"), [(23, 23), (24, 23), (29, 23), (30, 30)])
def test_monday(day: int, expected: int) -> None:
    assert monday(datetime.date(2026, 11, day)) == datetime.date(2026, 11, expected)


async def test_who_is_no_longer_there_is_told_nothing(still: House) -> None:
    ana = await still.join()
    await follow(still, ana, still.section)
    await still.opinion(await still.join())
    assert await due(still) == 1
    await still.pool.execute("delete from participant p using follow f where f.participant = p.pseudonym")
    assert await hold(still, "daily") == []
    assert await due(still) == 0


async def test_what_cannot_be_followed(house: House) -> None:
    ana = await house.join()
    assert await follow(house, ana, new_id()) == 404
    assert await follow(house, ana, "nonsense") == 404
    assert (await house.client.put(f"/v1/follows/{house.section}", headers=house.headers())).status_code == 401
    foreign = await house.client.put(
        f"/v1/follows/{house.section}", headers=house.headers(ana, "https://ailleurs.example")
    )
    assert foreign.status_code == 403
    assert await house.pool.fetchval("select count(*) from follow") == 0
    assert await follow(house, ana, house.section) == 204
    assert await follow(house, ana, house.section) == 204
    mine = await house.client.get(f"/v1/consultations/{house.consultation}/follows", headers=house.headers(ana))
    assert mine.json() == {"frequency": "daily", "targets": [house.section]}
    assert (await house.client.delete(f"/v1/follows/{house.section}", headers=house.headers(ana))).status_code == 204
    assert await house.pool.fetchval("select count(*) from follow") == 0


async def test_following_from_the_public_pages_and_the_page_of_news(house: House) -> None:
    ana, bob = await house.join(), await house.join()
    item = await house.opinion(bob, title="Un banc à l’ombre")
    back = f"{house.settings.gateway_origin}/consultations/essai"
    form = {"consultation": house.consultation, "target": item, "wanted": "yes", "return": back}
    nobody = await house.client.post("/follow", data=form, headers=house.headers())
    assert nobody.status_code == 401
    assert 'href="/participate?' in nobody.text
    followed = await house.client.post("/follow", data=form, headers=house.headers(ana))
    assert (followed.status_code, followed.headers["location"]) == (303, back)
    await house.write(bob, kind="argument", parent=item, side="for", title="De l’ombre", body="Il fait chaud")
    path = f"/consultations/{house.consultation}/news"
    page = html.unescape((await house.client.get(path, headers=house.headers(ana))).text)
    assert "Un banc à l’ombre" in page
    assert "De l’ombre" in page
    english = html.unescape((await house.client.get(f"{path}?lang=en", headers=house.headers(ana))).text)
    assert "What I follow" in english
    own = house.headers(ana, house.settings.origin)
    chosen = await house.client.post(path, data={"frequency": "weekly"}, headers=own)
    assert chosen.status_code == 303
    assert await house.pool.fetchval("select count(*) from participant where frequency = 'weekly'") == 1
    assert (await house.client.post(path, data={"frequency": "often"}, headers=own)).status_code == 422
    await house.client.post("/follow", data={**form, "wanted": "no"}, headers=house.headers(ana))
    assert "ne suivez rien" in (await house.client.get(path, headers=house.headers(ana))).text
    assert (await house.client.get(path)).headers["location"].startswith("/participate?")
