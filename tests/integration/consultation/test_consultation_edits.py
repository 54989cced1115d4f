"""Authors change and withdraw what they wrote: versions, votes cast on former ones, limits, what moderation decided."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from consultation_service import api_contributions, markdown
from consultation_service.store import tallies
from contracts.events import Event, PublicContribution, PublicTally, PublicVersion, _decoder
from tests.integration.consultation.house import House, Participant
from tests.integration.consultation.test_consultation_kinds import put

pytestmark = pytest.mark.anyio


async def edit(house: House, who: Participant, item: str, **texts: str) -> httpx.Response:
    return await house.client.patch(f"/v1/contributions/{item}", json=texts, headers=house.headers(who))


async def withdraw(house: House, who: Participant, item: str) -> httpx.Response:
    return await house.client.delete(f"/v1/contributions/{item}", headers=house.headers(who))


async def told(house: House) -> dict[str, Event]:
    """What waits for the bus, by subject."""
    rows = await house.pool.fetch("select subject, body from outbox")
    return {row["subject"]: _decoder.decode(row["body"]) for row in rows}


async def versions(house: House) -> list[PublicVersion]:
    found = [event for event in (await told(house)).values() if isinstance(event, PublicVersion)]
    return sorted(found, key=lambda version: version.number)


async def contribution(house: House, item: str) -> PublicContribution:
    event = (await told(house))[f"public.v1.contribution.{item}"]
    assert isinstance(event, PublicContribution)
    return event


def words(changes: Sequence[Any]) -> list[tuple[str, str]]:
    return [(change.kind, change.text) for change in changes]


async def test_every_version_is_kept_and_said(house: House) -> None:
    who = await house.join()
    house.clock.day(2026, 11, 20)
    item = await house.opinion(who, title="Un", body="Le vélo est lent.")
    house.clock.day(2026, 11, 21)
    answer = await edit(house, who, item, body="Le vélo est rapide.")
    assert (answer.status_code, answer.json()) == (200, {"text_version": 2, "findings": []})
    assert (await edit(house, who, item, body="Le vélo est rapide.")).json() == {"text_version": 2, "findings": []}
    house.clock.day(2026, 11, 23)
    assert (await edit(house, who, item, title="Deux")).json() == {"text_version": 3, "findings": []}
    present = await contribution(house, item)
    assert (present.title, present.body, present.text_version, present.version) == (
        "Deux", "Le vélo est rapide.", 3, 3,
    )  # fmt: skip
    first, second = await versions(house)
    assert (first.number, first.title, first.body_html, str(first.day)) == (
        1, "Un", "<p>Le vélo est lent.</p>\n", "2026-11-20",
    )  # fmt: skip
    assert (second.number, second.title, str(second.day)) == (2, "Un", "2026-11-21")
    assert words(second.changes) == [
        ("same", "Le vélo est "), ("removed", "lent"), ("added", "rapide"), ("same", "."),
    ]  # fmt: skip
    assert (first.revision, second.revision) == (3, 2)


async def test_an_edit_leaves_votes_where_they_are_and_says_on_what_they_were_cast(house: House) -> None:
    who, other, third = [await house.join() for _ in range(3)]
    item = await house.opinion(who)
    for voter in (other, third):
        await house.vote(voter, item, "agree")
    await tallies.publish_due(house.pool)
    tally = (await told(house))[f"public.v1.tally.{item}"]
    assert isinstance(tally, PublicTally)
    assert tally.by_version == ()
    await edit(house, who, item, body="Autre chose.")
    assert await tallies.publish_due(house.pool) == 1
    found = await house.client.get(
        f"/v1/consultations/{house.consultation}/participation", headers=house.headers(other)
    )
    vote = found.json()["votes"][0]
    assert (vote["choice"], vote["text_version"], vote["former"]) == ("agree", 1, True)
    assert vote["fr"].startswith("Vous avez voté sur la version 1.")
    assert vote["en"].startswith("You voted on version 1.")
    await house.vote(other, item, "agree")  # confirmed
    await tallies.publish_due(house.pool)
    tally = (await told(house))[f"public.v1.tally.{item}"]
    assert isinstance(tally, PublicTally)
    assert tally.cast["agree"] == 2
    assert [(part.text_version, part.votes) for part in tally.by_version] == [(1, 1), (2, 1)]
    await house.vote(third, item, "mixed")
    await tallies.publish_due(house.pool)
    tally = (await told(house))[f"public.v1.tally.{item}"]
    assert isinstance(tally, PublicTally)
    assert (tally.cast, tally.by_version) == ({"agree": 1, "mixed": 1, "disagree": 0}, ())
    found = await house.client.get(
        f"/v1/consultations/{house.consultation}/participation", headers=house.headers(other)
    )
    assert (found.json()["votes"][0]["former"], found.json()["votes"][0]["fr"]) == (False, "")


async def test_who_may_change_what(house: House) -> None:
    who, other = await house.join(), await house.join()
    item = await house.opinion(who)
    assert (await edit(house, other, item, body="x")).json()["code"] == "not_author"
    assert (await withdraw(house, other, item)).json()["code"] == "not_author"
    article = await put(house, "article")
    assert (await edit(house, other, article, body="x")).json()["code"] == "not_author"
    assert (await edit(house, who, "0" * 36, body="x")).status_code == 404
    stranger = await house.client.patch(f"/v1/contributions/{item}", json={"body": "x"}, headers=house.headers())
    assert stranger.status_code == 401
    elsewhere = house.headers(who, origin="https://ailleurs.example")
    assert (
        await house.client.patch(f"/v1/contributions/{item}", json={"body": "x"}, headers=elsewhere)
    ).status_code == 403
    assert (await house.client.delete(f"/v1/contributions/{item}", headers=elsewhere)).status_code == 403
    for texts, code, field in (
        ({"body": " "}, "text_missing", "body"), ({"link": "https://a.example"}, "text_unexpected", "link"),
        ({"title": "x" * 201}, "title_too_long", "title"), ({"colour": "red"}, "unknown_field", ""),
    ):  # fmt: skip
        answer = await edit(house, who, item, **texts)
        assert (answer.json()["code"], answer.json().get("field", "")) == (code, field)
    await house.pool.execute("update contribution set state = 'pending' where id = $1", item)
    assert (await edit(house, other, item, body="x")).json()["code"] == "unknown_contribution"
    await house.pool.execute("update contribution set state = 'hidden' where id = $1", item)
    assert (await edit(house, who, item, body="x")).json()["code"] == "edit_refused"
    house.clock.day(2026, 12, 2)
    await house.pool.execute("update contribution set state = 'published' where id = $1", item)
    assert (await edit(house, who, item, body="x")).json()["code"] == "closed"
    assert (await withdraw(house, who, item)).status_code == 204
    assert await house.pool.fetchval("select count(*) from contribution_version") == 0


async def test_an_amendment_that_is_changed_is_compared_with_the_present_text(house: House) -> None:
    who, other = await house.join(), await house.join()
    proposal = await house.opinion(other, kind="proposal", body="Deux bancs verts.")
    answer = await house.write(
        who, kind="amendment", parent=proposal, title="A", body="Trois bancs verts.", explanation="E"
    )
    item = answer.json()["id"]
    await edit(house, other, proposal, body="Deux bancs rouges.")
    await edit(house, who, item, body="Trois bancs rouges.")
    event = await contribution(house, item)
    assert event.base_version == 2
    assert words(event.changes) == [("removed", "Deux "), ("added", "Trois "), ("same", "bancs rouges.")]
    assert [version.changes for version in await versions(house) if version.contribution == item] == [()]


async def test_what_is_hidden_while_an_amendment_is_changed_is_not_quoted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, other = await house.join(), await house.join()
    proposal = await house.opinion(other, kind="proposal", body="Appelez Mme Untel.")
    answer = await house.write(
        who, kind="amendment", parent=proposal, title="A", body="Appelez la mairie.", explanation="E"
    )
    item = answer.json()["id"]
    changes_of = api_contributions._changes

    async def hidden_meanwhile(before: str, after: str) -> Any:
        await house.pool.execute("update contribution set state = 'hidden' where id = $1", proposal)
        return await changes_of(before, after)

    monkeypatch.setattr(api_contributions, "_changes", hidden_meanwhile)
    assert (await edit(house, who, item, body="Appelez le maire.")).json()["code"] == "base_changed"
    assert (await edit(house, who, item, body="Appelez le maire.")).json()["text_version"] == 2
    assert (await contribution(house, item)).changes == ()


async def test_nothing_is_written_or_changed_once_it_closed_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = await house.join()
    item = await house.opinion(who, body="Avant")
    rendered = markdown.render_aside

    async def closed_meanwhile(text: str) -> str:
        await house.pool.execute("update consultation set closed_on = '2026-11-23', closed_reason = 'Une raison'")
        return await rendered(text)

    monkeypatch.setattr(api_contributions, "render_aside", closed_meanwhile)
    assert (await edit(house, who, item, body="Après")).json()["code"] == "closed"
    await house.pool.execute("update consultation set closed_on = null")
    assert (await house.write(who, title="Trop tard")).json()["code"] == "closed"
    assert [row["body"] for row in await house.pool.fetch("select body from contribution")] == ["Avant"]


async def test_two_edits_at_once_are_one_after_the_other(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who)
    answers = await asyncio.gather(*(edit(house, who, item, body="Le même") for _ in range(6)))
    assert {answer.json()["text_version"] for answer in answers} == {2}
    answers = await asyncio.gather(*(edit(house, who, item, body=f"Texte {n}") for n in range(6)))
    done = [answer for answer in answers if answer.status_code == 200]
    assert done
    assert {answer.json()["code"] for answer in answers if answer not in done} <= {"base_changed"}
    assert await house.pool.fetchval("select text_version from contribution where id = $1", item) == 2 + len(done)
    assert await house.pool.fetchval("select count(*) from contribution_version") == 1 + len(done)


async def test_so_many_edits_a_day(house: House) -> None:
    who = await house.join()
    await house.pool.execute("update consultation set limits = $1", json.dumps({"edits_a_day": 2}))
    one, two = await house.opinion(who), await house.opinion(who)
    assert (await edit(house, who, one, body="a")).status_code == 200
    assert (await edit(house, who, two, body="a")).status_code == 200
    answer = await edit(house, who, one, body="b")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_edits")
    house.clock.day(2026, 11, 24)
    assert (await edit(house, who, one, body="b")).status_code == 200


async def test_what_was_sent_back_goes_to_moderators_and_its_former_texts_are_never_shown_again(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who, body="Appelez Mme Untel.")
    await edit(house, who, item, body="Appelez Mme Untel ce soir.")
    await house.pool.execute("update contribution set state = 'sent_back', rule = 'personal_data' where id = $1", item)
    await house.pool.execute(
        "insert into moderation_entry (contribution_id, number, kind, day, decision, rule, facts, staff) "
        "values ($1, 1, 'decided', '2026-11-22', 'send_back', 'personal_data', 'Le texte nomme quelqu’un.', 'm')", item,
    )  # fmt: skip
    assert (await edit(house, who, item, body="Appelez la mairie.")).json() == {"text_version": 3, "findings": []}
    row = await house.pool.fetchrow("select state, waits_since, changes from contribution where id = $1", item)
    assert (row["state"], str(row["waits_since"]), row["changes"]) == ("sent_back", "2026-11-23", "[]")
    await house.pool.execute("update contribution set state = 'published', rule = '' where id = $1", item)
    await edit(house, who, item, body="Appelez la mairie demain.")
    everything = str(await told(house))
    assert "Untel" not in everything
    assert [version.body_html for version in await versions(house)] == ["", "", "<p>Appelez la mairie.</p>\n"]
    kept = [row["body"] for row in await house.pool.fetch("select body from contribution_version order by number")]
    assert kept == ["Appelez Mme Untel.", "Appelez Mme Untel ce soir.", "Appelez la mairie."]  # for an appeal


async def test_what_waits_for_review_changes_without_a_trace(house: House) -> None:
    await house.pool.execute("update section set review_first = true where id = $1", house.section)
    who = await house.join()
    await house.pool.execute("truncate outbox")
    item = await house.opinion(who, body="Avant")
    assert (await edit(house, who, item, body="Après")).json() == {"text_version": 1, "findings": []}
    assert await house.pool.fetchval("select body from contribution where id = $1", item) == "Après"
    assert await house.pool.fetchval("select count(*) from contribution_version") == 0
    assert await told(house) == {}
    await house.pool.execute("update contribution set state = 'published' where id = $1", item)
    assert (await edit(house, who, item, body="Jamais lu")).json()["code"] == "edit_reviewed"
    await house.pool.execute("update contribution set state = 'pending' where id = $1", item)
    assert (await withdraw(house, who, item)).status_code == 204
    assert await house.pool.fetchval("select count(*) from contribution") == 0
    assert await told(house) == {}


async def test_a_withdrawn_text_leaves_its_place_and_none_of_its_words(house: House) -> None:
    who, other = await house.join(), await house.join()
    item = await house.opinion(who, kind="proposal", title="MARQUE titre", body="MARQUE un deux trois")
    await edit(house, who, item, body="MARQUE un deux quatre")
    amendment = await house.write(other, kind="amendment", parent=item, title="A", body="Un deux cinq", explanation="E")
    await house.vote(other, item, "agree")
    assert (await withdraw(house, who, item)).status_code == 204
    assert (await withdraw(house, who, item)).status_code == 204
    event = await contribution(house, item)
    assert (event.state, event.title, event.body, event.body_html, event.changes, event.text_version) == (
        "withdrawn", "", "", "", (), 2,
    )  # fmt: skip
    assert [(version.title, version.body_html, version.changes) for version in await versions(house)] == [("", "", ())]
    quoted = await contribution(house, amendment.json()["id"])
    assert (quoted.body, quoted.changes) == ("Un deux cinq", ())
    assert "MARQUE" not in str(await told(house))
    assert "MARQUE" not in str([tuple(row) for row in await house.pool.fetch("select * from contribution")])
    assert "MARQUE" not in str([tuple(row) for row in await house.pool.fetch("select * from contribution_version")])
    assert await house.pool.fetchval("select count(*) from vote") == 1
    assert (await edit(house, who, item, body="x")).json()["code"] == "withdrawn"
    assert item in (await house.mine(who))["contributions"]


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.sampled_from(["a", "b", "c"]), st.just("")),
        st.tuples(st.just("vote"), st.sampled_from(["0", "1", "2"]), st.sampled_from(["agree", "mixed", ""])),
    ),
    max_size=14,
)


async def test_any_sequence_of_edits_and_votes_equals_a_simple_model(house: House) -> None:
    """Whatever is retried and in whatever order: versions are those of the texts, votes say on which they were cast."""
    author, *voters = [await house.join() for _ in range(4)]
    await house.pool.execute("update consultation set limits = $1", json.dumps({"edits_a_day": 100_000}))
    runner = asyncio.get_running_loop()

    async def check(acts: list[tuple[str, str, str]], times: int) -> None:
        item = await house.opinion(author, body="a")
        texts, ballots = ["a"], dict[str, tuple[str, int]]()
        for act, what, choice in acts:
            for _ in range(times):
                if act == "edit":
                    assert (await edit(house, author, item, body=what)).status_code == 200
                else:
                    assert (await house.vote(voters[int(what)], item, choice or None)).status_code == 204
            if act == "edit" and texts[-1] != what:
                texts.append(what)
            elif act == "vote" and choice:
                ballots[what] = (choice, len(texts))
            elif act == "vote":
                ballots.pop(what, None)
        await tallies.publish_due(house.pool)
        events = await told(house)
        present = events[f"public.v1.contribution.{item}"]
        former = sorted(
            (event for event in events.values() if isinstance(event, PublicVersion) and event.contribution == item),
            key=lambda version: version.number,
        )
        assert isinstance(present, PublicContribution)
        assert [version.body_html for version in former] == [f"<p>{text}</p>\n" for text in texts[:-1]]
        assert (present.body, present.text_version) == (texts[-1], len(texts))
        tally = events.get(f"public.v1.tally.{item}")
        if isinstance(tally, PublicTally):
            assert {name: votes for name, votes in tally.cast.items() if votes} == Counter(
                c for c, _ in ballots.values()
            )
            on = Counter(version for _, version in ballots.values())
            told_on = {part.text_version: part.votes for part in tally.by_version}
            assert told_on == ({} if set(on) <= {len(texts)} else on)
        else:
            assert not ballots

    @hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(acts=ACTS, times=st.integers(1, 2))
    def sequences(acts: list[tuple[str, str, str]], times: int) -> None:
        asyncio.run_coroutine_threadsafe(check(acts, times), runner).result(60)

    await asyncio.to_thread(sequences)
