"""The queue of moderators in the back office: what is shown, what is decided, by whom, and what is never shown."""

import csv
import datetime
import io
import re
from typing import Any

import pytest
from nats.js.errors import NotFoundError

from consultation_service.backoffice import alike, moderation, moderation_journal
from consultation_service.rules.permissions import PERMISSIONS, Role
from consultation_service.states import day_of
from contracts import safe_csv
from contracts.events import PublicContribution, PublicJournal
from contracts.tokens import b64u
from tests.harness import Bus
from tests.integration.consultation.house import House, Participant
from tests.integration.consultation.staff import Agent, agent
from tests.integration.consultation.test_consultation_bus import drained, heard, last, until

pytestmark = pytest.mark.anyio

FACTS = "Le deuxième paragraphe vise une personne."
HIDE = {"decision": "hide", "rule": "insult", "facts": FACTS}


def queue(house: House) -> str:
    return f"/backoffice/consultations/{house.consultation}/moderation"


def address(house: House, item: str, page: str = "moderation") -> str:
    return f"/backoffice/consultations/{house.consultation}/contributions/{item}/{page}"


def day(house: House, later: int) -> datetime.date:
    return day_of(house.clock()) + datetime.timedelta(later)


async def report(house: House, item: str, who: Participant, **given: str) -> None:
    answer = await house.client.post(
        f"/v1/contributions/{item}/reports", json={"motive": "insult"} | given, headers=house.headers(who)
    )
    assert answer.status_code == 201, answer.text


async def appeal(house: House, item: str, who: Participant) -> None:
    answer = await house.client.post(
        f"/v1/contributions/{item}/appeals", json={"words": "C’était une citation."}, headers=house.headers(who)
    )
    assert answer.status_code == 201, answer.text


async def seen(staff: Agent, path: str) -> str:
    page = await staff.get(path)
    assert page.status_code == 200, page.text
    found = re.search(r'name="seen" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def decide(staff: Agent, item: str, page: str = "moderation", **given: str) -> Any:
    path = address(staff.house, item)
    return await staff.post(
        address(staff.house, item, page), {"seen": await seen(staff, path), "why": ""} | (given or HIDE)
    )


async def test_the_queue_goes_from_the_oldest_to_the_next(house: House) -> None:
    author, reader = await house.join(), await house.join()
    items = [await house.opinion(author, title=f"Texte {n}") for n in range(3)]
    for n, item in enumerate(items):
        await report(house, item, reader)
        await house.pool.execute("update contribution set waits_since = $2 where id = $1", item, day(house, n))
    moderator = await agent(house, "moderator")
    first = await moderator.get(queue(house))
    assert 'tabindex="-1">Texte 0</h2>' in first.text
    assert first.text.index("Texte 0") < first.text.index("Texte 1") < first.text.index("Texte 2")
    answer = await decide(moderator, items[0])
    assert (answer.status_code, answer.headers["location"]) == (303, f"{address(house, items[1])}?done=decided")
    answer = await decide(moderator, items[2], decision="keep")
    assert answer.headers["location"].startswith(address(house, items[1]))
    answer = await decide(moderator, items[1], decision="send_back", rule="off_topic", facts=FACTS)
    assert answer.headers["location"].startswith(f"{queue(house)}?")
    assert "Rien n’attend" in (await moderator.get(queue(house))).text
    states = await house.pool.fetch(
        "select state from contribution where id = any($1) order by waits_since, title", items
    )
    assert [row["state"] for row in states] == ["hidden", "sent_back", "published"]
    acts = await house.pool.fetch("select staff, act, object from audit_entry order by number")
    assert [(row["staff"], row["act"], row["object"]) for row in acts] == [
        (moderator.pseudonym, "moderate", item) for item in (items[0], items[2], items[1])
    ]


async def test_filters_and_search(house: House) -> None:
    author, reader = await house.join(), await house.join()
    reported, other = await house.opinion(author, title="Un avis signalé"), await house.opinion(author, title="Un parc")
    await report(house, reported, reader)
    moderator = await agent(house, "moderator")
    assert "Un avis signalé" in (await moderator.get(f"{queue(house)}?why=reported")).text
    assert "Rien n’attend" in (await moderator.get(f"{queue(house)}?why=review")).text
    found = (await moderator.get(f"{queue(house)}/all?words=PARC")).text
    assert ("Un parc" in found, "Un avis signalé" in found) == (True, False)
    public = f"https://consultations.example/consultations/essai/contributions/{other}"
    assert "Un parc" in (await moderator.get(f"{queue(house)}/all", params={"words": public})).text
    assert (await decide(moderator, other)).headers["location"].startswith(address(house, other))
    assert "Un parc" in (await moderator.get(f"{queue(house)}/all?state=hidden")).text


@pytest.mark.parametrize("page", ["9" * 5000, "٣", "²", "-1", "x", ""])
async def test_a_page_that_is_no_number_is_the_first_one(house: House, page: str) -> None:
    reader = await agent(house, "organiser")
    for name in ("moderation/all", "moderation/journal", "official-answers"):
        path = f"/backoffice/consultations/{house.consultation}/{name}"
        assert (await reader.get(path, params={"page": page})).status_code == 200


async def test_a_decision_that_is_not_complete_keeps_what_was_typed(house: House) -> None:
    author = await house.join()
    item = await house.opinion(author)
    moderator = await agent(house, "moderator")
    for given, field in (
        ({"decision": "", "facts": "Gardé <ici>"}, "decision"),
        ({"decision": "hide", "rule": "", "facts": "Gardé <ici>"}, "rule"),
        ({"decision": "hide", "rule": "insult", "facts": "<ici>"}, "facts"),
        ({"decision": "hide", "rule": "insult", "facts": "Dit à marie@exemple.example <ici>"}, "facts"),
    ):
        answer = await decide(moderator, item, **given)
        assert answer.status_code == 422
        assert f'id="error-{field}"' in answer.text
        assert "&lt;ici&gt;" in answer.text
    answer = await decide(moderator, item, "reversal", facts=FACTS)
    assert answer.status_code == 409
    assert not await house.pool.fetchval("select count(*) from moderation_entry")
    assert not await house.pool.fetchval("select count(*) from audit_entry")


async def test_a_text_that_changed_meanwhile_is_read_again(house: House) -> None:
    author = await house.join()
    item = await house.opinion(author)
    moderator, other = await agent(house, "moderator"), await agent(house, "moderator")
    old = await seen(moderator, address(house, item))
    assert (await decide(other, item)).status_code == 303
    answer = await moderator.post(address(house, item), HIDE | {"seen": old})
    assert answer.status_code == 409
    assert "a changé entre-temps" in answer.text
    assert old not in re.findall(r'name="seen" value="([^"]+)"', answer.text)


async def test_only_another_moderator_decides_an_appeal(house: House) -> None:
    author = await house.join()
    item = await house.opinion(author)
    first, second = await agent(house, "moderator"), await agent(house, "moderator")
    await decide(first, item)
    await appeal(house, item, author)
    page = (await first.get(address(house, item))).text
    assert "Un autre modérateur doit décider" in page
    assert 'id="decision"' not in page
    form = {"decision": "keep", "facts": FACTS, "seen": await seen(second, address(house, item))}
    assert (await first.post(address(house, item, "appeal-decision"), form)).status_code == 403
    assert (await second.post(address(house, item), form)).status_code == 409
    assert "C’était une citation." in (await second.get(f"{queue(house)}?why=appeal")).text
    assert (await second.post(address(house, item, "appeal-decision"), form)).status_code == 303
    assert await house.pool.fetchval("select state from contribution where id = $1", item) == "published"
    acts = await house.pool.fetch("select act from audit_entry order by number")
    assert [row["act"] for row in acts] == ["moderate", "decide_appeal"]


async def test_a_decision_is_reversed_with_its_facts(house: House) -> None:
    author = await house.join()
    item = await house.opinion(author)
    moderator = await agent(house, "moderator")
    await decide(moderator, item)
    assert (await decide(moderator, item, "reversal", facts="non")).status_code == 422
    assert (await decide(moderator, item, "reversal", facts="La citation était dans la loi.")).status_code == 303
    page = (await moderator.get(address(house, item))).text
    assert "La citation était dans la loi." in page
    assert "Annuler la décision en vigueur" not in page
    again = await moderator.get(address(house, item, "reversal"))
    assert (again.status_code, again.headers["location"]) == (303, address(house, item))


async def test_personal_data_are_pointed_out(house: House) -> None:
    author = await house.join()
    item = await house.opinion(author, body="Appelez le 06 39 98 12 34 <b>vite</b>.")
    moderator = await agent(house, "moderator")
    page = (await moderator.get(address(house, item))).text
    assert '<mark class="personal">06 39 98 12 34<span class="what"> téléphone</span></mark>' in page
    assert "&lt;b&gt;vite" in page


async def test_what_an_amendment_changes_is_shown_word_by_word(house: House) -> None:
    author = await house.join()
    item = await house.opinion(author)
    await house.pool.execute(
        """update contribution set text_version = 2, changes = '[{"kind": "same", "text": "Le parc ouvre à "},
        {"kind": "removed", "text": "huit"}, {"kind": "added", "text": "neuf <b>"}]' where id = $1""",
        item,
    )
    page = (await (await agent(house, "moderator")).get(address(house, item))).text
    assert "Le parc ouvre à <del>huit</del><ins>neuf &lt;b&gt;</ins>" in page


async def test_alike_texts_are_decided_together(house: House) -> None:
    author, reader = await house.join(), await house.join()
    words = "Il faut garder ce parc ouvert le soir parce que tout le quartier y vient"
    same = [await house.opinion(author, title="Le parc", body=f"{words}{'!' * n}") for n in range(3)]
    await house.opinion(author, title="Autre sujet", body="Les bus passent trop rarement le dimanche matin")
    await report(house, same[0], reader)
    moderator = await agent(house, "moderator")
    assert "3 textes semblables" in (await moderator.get(queue(house))).text
    signals = (await moderator.get(f"{queue(house)}/signals")).text
    assert "3 textes" in signals
    assert "identiques" in signals
    page = (await moderator.get(address(house, same[0], "alike"))).text
    ticked = re.findall(r'name="item" value="([^"]+)" checked', page)
    assert sorted(value.partition("=")[0] for value in ticked) == sorted(same)
    nothing = await moderator.post(address(house, same[0], "alike"), HIDE)
    assert nothing.status_code == 422
    incomplete = await moderator.post(address(house, same[0], "alike"), {"decision": "hide", "item": ticked[:1]})
    assert incomplete.status_code == 422
    assert incomplete.text.count(" checked>") == 2  # the ticked one, and the decision
    await decide(moderator, same[2])
    duplicate = {"decision": "hide", "rule": "duplicate", "facts": "Trois fois le même texte."}
    some = await moderator.post(address(house, same[0], "alike"), duplicate | {"item": ticked})
    assert some.status_code == 409
    assert "Décisions prises\u00a0: 2" in some.text
    rules = await house.pool.fetch("select rule from contribution where id = any($1) order by rule", same)
    assert [row["rule"] for row in rules] == ["duplicate", "duplicate", "insult"]


async def test_sudden_days_are_pointed_out_without_anybody(house: House) -> None:
    author = await house.join()
    item = await house.opinion(author, title="Un avis très voté")
    await house.pool.execute(
        """insert into vote (contribution_id, participant, choice, day)
        select $1, sha256(n::text::bytea), 1, $2 from generate_series(1, 30) n""",
        item,
        day(house, -1),
    )
    page = (await (await agent(house, "moderator")).get(f"{queue(house)}/signals")).text
    assert "Un avis très voté" in page
    assert ">30<" in page


async def test_what_is_decided_reaches_everybody_and_what_is_withheld_leaves_the_bus(house: House, bus: Bus) -> None:
    await house.pool.execute("update section set review_first = true")
    author = await house.join()
    item = await house.opinion(author, title="Un avis", body="Des motsecret durs")
    moderator = await agent(house, "moderator")
    assert "À relire" in (await moderator.get(f"{queue(house)}?why=review")).text
    await until(lambda: drained(house))
    assert not [
        event for event in await heard(bus, house, "gateway", "PUBLIC") if isinstance(event, PublicContribution)
    ]
    assert (await decide(moderator, item, decision="keep")).status_code == 303
    await until(lambda: drained(house))
    assert "motsecret" in await whole_stream(bus)
    assert (await decide(moderator, item)).status_code == 303
    await until(lambda: drained(house))
    events = await heard(bus, house, "gateway", "PUBLIC")
    told = last(events, PublicContribution, contribution=item)
    assert (told.state, told.body, told.rule, told.version) == ("hidden", "", "insult", 3)
    journal = last(events, PublicJournal, contribution=item)
    assert [(entry.decision, entry.facts) for entry in journal.entries] == [("keep", ""), ("hide", FACTS)]
    everything = await whole_stream(bus)
    assert "motsecret" not in everything
    assert moderator.pseudonym not in everything


async def whole_stream(bus: Bus) -> str:
    """All that the public stream holds, as the gateway may read it."""
    connection = await bus.connect("gateway")
    stream, said, sequence = connection.jetstream(), [], 1
    while True:
        try:
            message = await stream.get_msg("PUBLIC", sequence, "public.v1.>", direct=True, next=True)
        except NotFoundError:
            break
        said.append((message.data or b"").decode())
        sequence = int(message.seq or 0) + 1
    await connection.close()
    return " ".join(said)


async def test_no_page_shows_who(house: House) -> None:
    """Pseudonyms, in every form that they have, are on no page of moderators."""
    author, reader = await house.join(), await house.join()
    words = "Il faut garder ce parc ouvert le soir parce que tout le quartier y vient"
    items = [await house.opinion(author, body=words) for _ in range(2)]
    await report(house, items[0], reader, words="Voyez la fin.")
    moderator, auditor = await agent(house, "moderator"), await agent(house, "auditor")
    await decide(moderator, items[1])
    await appeal(house, items[1], author)
    who = [row["pseudonym"] for row in await house.pool.fetch("select pseudonym from participant")]
    assert len(who) == 2
    paths = [queue(house), f"{queue(house)}/all", f"{queue(house)}/signals", address(house, items[0], "alike")]
    pages = [await moderator.get(path) for path in (*paths, *(address(house, item) for item in items))]
    pages += [await auditor.get(f"{queue(house)}/journal{form}") for form in ("", ".csv")]
    for page in pages:
        assert page.status_code == 200, page.text
        for pseudonym in who:
            for form in (pseudonym.hex(), b64u(pseudonym), pseudonym.hex()[:12], author.subject, reader.subject):
                assert form not in page.text


async def test_the_journal_has_staff_and_no_text_of_drafts(house: House) -> None:
    author, reader = await house.join(), await house.join()
    item, open_one = (
        await house.opinion(author, title="Titre masqué"),
        await house.opinion(author, title="Titre public"),
    )
    await report(house, item, reader, words="Message secret")
    await report(house, open_one, reader)
    moderator, auditor = await agent(house, "moderator"), await agent(house, "auditor")
    await decide(moderator, item, decision="hide", rule="insult", facts="=1+1 il vise une personne")
    page = (await auditor.get(f"{queue(house)}/journal")).text
    assert moderator.pseudonym[:8] in page
    assert moderator.pseudonym not in page
    assert ("Titre public" in page, "Titre masqué" in page, "Message secret" in page) == (True, False, False)
    answer = await auditor.get(f"{queue(house)}/journal.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["kind"] for row in rows].count("reported") == 2
    decided = next(row for row in rows if row["kind"] == "decided")
    assert decided["facts"].startswith("'=")
    assert safe_csv.original(decided["facts"]) == "=1+1 il vise une personne"
    assert "Message secret" not in answer.text
    assert (await moderator.get(f"{queue(house)}/journal")).status_code == 403


PLACES = (*moderation.ROUTES, *alike.ROUTES, *moderation_journal.ROUTES)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PARTICIPANT])
async def test_each_role_may_what_the_table_says(house: House, role: Role) -> None:
    author = await house.join()
    item = await house.opinion(author)
    staff = await agent(house, role.value)  # type: ignore[arg-type]
    for place in PLACES:
        path = place.path.format(consultation=house.consultation, contribution=item)
        answer = await (staff.get(path) if place.method == "GET" else staff.post(path))
        assert (answer.status_code == 403) == (place.act not in PERMISSIONS[role]), (place, answer.status_code)
    assert not await house.pool.fetchval("select count(*) from moderation_entry")


async def test_an_item_of_another_consultation_is_not_there(house: House) -> None:
    author = await house.join()
    item = await house.opinion(author)
    moderator = await agent(house, "moderator")
    other = House(house.settings, house.clock, house.secrets, house.app, house.client, house.pool)
    await other.create()
    assert (await moderator.get(address(other, item))).status_code == 404
    assert (await moderator.post(address(other, item), HIDE | {"seen": "0.1"})).status_code == 404
