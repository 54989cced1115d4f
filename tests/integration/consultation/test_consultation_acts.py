"""Several participants and several members of staff do anything, in any order: a plain model says what follows.

Everything goes through HTTP, as browsers and programs do it. The model knows nothing of the service: it is a few
dictionaries. After each act it has said whether it would be accepted; after all of them, what everybody sees.
"""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from consultation_service.keys import load
from consultation_service.pseudonyms import Pseudonyms
from consultation_service.states import day_of
from consultation_service.store import participants, tallies
from contracts.events import (
    ErasureRequested,
    PublicConsultation,
    PublicContribution,
    PublicJournal,
    PublicTally,
    _decoder,
    new_id,
)
from tests.integration.consultation.house import House, Participant
from tests.integration.consultation.staff import Agent, agent

pytestmark = pytest.mark.anyio

PEOPLE, AGENTS = 3, 2
FACTS: Final = "Un constat assez long."
WHO, ITEM, STAFF = st.integers(0, PEOPLE - 1), st.integers(0, 2), st.integers(0, AGENTS - 1)
ONE = st.one_of(
    st.tuples(st.just("write"), WHO, st.sampled_from(["opinion", "argument", "comment"]), ITEM),
    st.tuples(st.just("edit"), WHO, ITEM, st.sampled_from(["un", "deux"])),
    st.tuples(st.just("vote"), WHO, ITEM, st.sampled_from(["agree", "disagree", ""])),
    st.tuples(st.just("vote"), WHO, ITEM, st.sampled_from(["agree", "mixed"])),
    st.tuples(st.just("withdraw"), WHO, ITEM, st.none()),
    st.tuples(st.just("report"), WHO, ITEM, st.none()),
    st.tuples(st.just("decide"), STAFF, ITEM, st.sampled_from(["keep", "hide", "send_back"])),
    st.tuples(st.just("decide"), STAFF, ITEM, st.sampled_from(["hide", "send_back"])),
    st.tuples(st.just("appeal"), WHO, ITEM, st.none()),
    st.tuples(st.just("judge"), STAFF, ITEM, st.sampled_from(["keep", "hide"])),
    st.tuples(st.sampled_from(["leave", "close", *["vote"] * 8]), STAFF, ITEM, st.just("agree")),
)
AFFAIR = st.builds(
    lambda item, first, judge, verdict: [
        ("decide", first, item, "hide"),
        ("appeal", item, item, None),  # those who begin write the items that have their number
        ("judge", judge, item, verdict),
    ],
    *(st.integers(0, 1), STAFF, STAFF, st.sampled_from(["keep", "hide"])),
)
"""A decision, an appeal by the author, and somebody's judgment of it: alone, chance seldom brings them together."""

ACTS = st.lists(st.one_of(ONE.map(lambda act: [act]), AFFAIR), min_size=4, max_size=16).map(
    lambda parts: [act for part in parts for act in part]
)
BEGIN: Final = [("write", who, "opinion", 0) for who in range(PEOPLE - 1)]
"""Something to act on."""


@dataclass
class Text:
    """What the model knows of a contribution."""

    author: int
    kind: str
    parent: int | None
    body: str
    state: str = "published"
    votes: dict[int, str] = field(default_factory=dict)
    reported_by: set[int] = field(default_factory=set)
    decided_by: int | None = None
    overruled: int | None = None
    """Who decided first, when an appeal was decided by somebody else."""
    appealable: bool = False
    appealed: bool = False


@dataclass
class Model:
    """The whole consultation as the model sees it."""

    texts: list[Text] = field(default_factory=list)
    inside: set[int] = field(default_factory=lambda: set(range(PEOPLE)))
    open: bool = True

    def text(self, number: int) -> Text | None:
        return self.texts[number] if number < len(self.texts) else None

    def accepts(self, act: str, who: int, what: Any, more: Any) -> bool:
        """Whether the act is accepted; then it is done."""
        accepted: bool = getattr(self, f"_{act}")(who, what, more)
        return accepted

    def _write(self, who: int, kind: str, about: int) -> bool:
        parent = None if kind == "opinion" else self.text(about)
        if not self.open or who not in self.inside:
            return False
        if kind != "opinion" and (parent is None or parent.state != "published"):
            return False
        if kind == "argument" and parent is not None and parent.kind != "opinion":
            return False
        if kind == "comment" and parent is not None and self._depth(about) > 3:
            return False
        self.texts.append(Text(who, kind, None if parent is None else about, f"Texte {len(self.texts)}"))
        return True

    def _depth(self, number: int | None) -> int:
        """How many comments there are from a text up, itself included."""
        depth = 0
        while number is not None and self.texts[number].kind == "comment":
            depth, number = depth + 1, self.texts[number].parent
        return depth

    def _edit(self, who: int, what: int, body: str) -> bool:
        text = self.text(what)
        if text is None or text.author != who or who not in self.inside or not self.open:
            return False
        if text.state not in ("published", "sent_back"):
            return False
        text.body = body
        return True

    def _vote(self, who: int, what: int, choice: str) -> bool:
        text = self.text(what)
        if text is None or who not in self.inside or not self.open or text.state != "published":
            return False
        text.votes.pop(who, None)
        if choice:
            text.votes[who] = choice
        return True

    def _withdraw(self, who: int, what: int, _: None) -> bool:
        text = self.text(what)
        if text is None or text.author != who or who not in self.inside:
            return False
        text.state = "withdrawn"
        return True

    def _report(self, who: int, what: int, _: None) -> bool:
        text = self.text(what)
        if text is None or text.state != "published" or who not in self.inside:
            return False
        if who == text.author:
            return False
        text.reported_by.add(who)  # again is a retry, which changes nothing
        return True

    def _decide(self, _who: int, what: int, decision: str) -> bool:
        text = self.text(what)
        if text is None or text.state == "withdrawn" or text.appealed:
            return False
        if text.overruled == _who and not text.reported_by:
            return False
        self._rule(text, _who, decision, final=False)
        return True

    def _rule(self, text: Text, who: int, decision: str, *, final: bool) -> None:
        text.state = {"keep": "published", "hide": "hidden", "send_back": "sent_back"}[decision]
        text.overruled = text.decided_by if final else None
        text.decided_by, text.appealed = who, False
        text.appealable = not final and decision != "keep"
        text.reported_by = set()

    def _appeal(self, who: int, what: int, _: None) -> bool:
        text = self.text(what)
        if text is None or text.author != who or who not in self.inside or text.state not in ("hidden", "sent_back"):
            return False
        if not text.appealable or text.appealed:
            return False
        text.appealed = True
        return True

    def _judge(self, who: int, what: int, decision: str) -> bool:
        text = self.text(what)
        if text is None or text.state == "withdrawn" or not text.appealed or text.decided_by == who:
            return False
        self._rule(text, who, decision, final=True)
        return True

    def _leave(self, who: int, _what: int, _: str) -> bool:
        self.inside.discard(who)
        for text in self.texts:
            text.votes.pop(who, None)
            text.reported_by.discard(who)
            if text.author == who:
                text.state = "withdrawn"
        return True

    def _close(self, _who: int, _what: int, _: str) -> bool:
        was, self.open = self.open, False
        return was


@dataclass
class Play:
    """The same acts, on the service."""

    house: House
    people: list[Participant]
    agents: list[Agent]
    items: list[str] = field(default_factory=list)

    def item(self, number: int) -> str:
        return self.items[number] if number < len(self.items) else new_id()

    async def does(self, act: str, who: int, what: Any, more: Any) -> bool:
        """Do it, and tell whether it was accepted. Anything but yes or a clear no is a failure."""
        status: int = await getattr(self, f"_{act}")(who, what, more)
        assert status < 500, (act, status)
        return status < 400

    async def _send(self, who: int, method: str, path: str, json: Any = None) -> int:
        headers = self.house.headers(self.people[who])
        return (await self.house.client.request(method, path, json=json, headers=headers)).status_code

    async def _write(self, who: int, kind: str, about: int) -> int:
        body = f"Texte {len(self.items)}"
        draft = {"body": body, "title": body} if kind == "opinion" else {"parent": self.item(about), "body": body}
        more = {"side": "for"} if kind == "argument" else {}
        answer = await self.house.write(self.people[who], kind=kind, key=new_id(), **draft, **more)
        if answer.status_code == 201:
            self.items.append(answer.json()["id"])
        return answer.status_code

    async def _edit(self, who: int, what: int, body: str) -> int:
        return await self._send(who, "PATCH", f"/v1/contributions/{self.item(what)}", {"body": body})

    async def _vote(self, who: int, what: int, choice: str) -> int:
        return (await self.house.vote(self.people[who], self.item(what), choice or None)).status_code

    async def _withdraw(self, who: int, what: int, _: None) -> int:
        return await self._send(who, "DELETE", f"/v1/contributions/{self.item(what)}")

    async def _report(self, who: int, what: int, _: None) -> int:
        return await self._send(who, "POST", f"/v1/contributions/{self.item(what)}/reports", {"motive": "insult"})

    async def _appeal(self, who: int, what: int, _: None) -> int:
        return await self._send(who, "POST", f"/v1/contributions/{self.item(what)}/appeals", {"words": "Non merci."})

    async def _decide(self, who: int, what: int, decision: str, page: str = "moderation") -> int:
        base = f"/backoffice/consultations/{self.house.consultation}/contributions/{self.item(what)}"
        shown = await self.agents[who].get(f"{base}/moderation")
        seen = re.search(r'name="seen" value="([^"]*)"', shown.text)
        typed = {"seen": seen[1] if seen else "", "decision": decision, "rule": "insult", "facts": FACTS, "why": ""}
        return (await self.agents[who].post(f"{base}/{page}", typed)).status_code

    async def _judge(self, who: int, what: int, decision: str) -> int:
        return await self._decide(who, what, decision, "appeal-decision")

    async def _leave(self, who: int, _what: int, _: str) -> int:
        request = ErasureRequested(id=new_id(), consultation=self.house.consultation, subject=self.people[who].subject)
        pseudonym = Pseudonyms(load(self.house.settings).pseudonym_root).of(request.consultation, request.subject)
        await participants.leave(self.house.pool, request, pseudonym, day_of(self.house.clock()))
        return 204

    async def _close(self, who: int, _what: int, _: str) -> int:
        path = f"/backoffice/consultations/{self.house.consultation}/close"
        return (await self.agents[who].post(path, {"reason": "Le projet est retiré."})).status_code


async def everybody_sees(house: House) -> dict[tuple[type, str], Any]:
    """What waits for the bus: the last word on each subject."""
    await tallies.publish_due(house.pool)
    found: dict[tuple[type, str], Any] = {}
    for row in await house.pool.fetch("select subject, body from outbox where subject like 'public.%'"):
        event = _decoder.decode(row["body"])
        found[type(event), row["subject"].rpartition(".")[2]] = event
    return found


async def compare(house: House, model: Model, play: Play) -> None:
    seen = await everybody_sees(house)
    assert len(play.items) == len(model.texts)
    assert seen[PublicConsultation, house.consultation].state == ("open" if model.open else "closed")
    for text, item in zip(model.texts, play.items, strict=True):
        event: PublicContribution = seen[PublicContribution, item]
        shown = text.body if text.state == "published" else ""
        assert (event.kind, event.state, event.body) == (text.kind, text.state, shown)
        tally: PublicTally | None = seen.get((PublicTally, item))
        cast = {choice: votes for choice, votes in tally.cast.items() if votes} if tally else {}
        assert cast == Counter(text.votes.values())
        journal: PublicJournal | None = seen.get((PublicJournal, item))
        assert FACTS not in str(event)
        assert "Non merci" not in str(journal)
    kept = await house.pool.fetchval("select count(*) from participant")
    assert kept == len(model.inside)


async def explore(house: House, examples: int) -> None:
    runner = asyncio.get_running_loop()
    agents = [await agent(house, "organiser") for _ in range(AGENTS)]

    async def check(acts: list[tuple[str, int, Any, Any]]) -> None:
        await house.pool.execute("delete from consultation")
        await house.pool.execute("delete from outbox")
        await house.pool.execute("delete from vote")
        await house.create()
        await house.pool.execute("update section set kinds = '{opinion,argument,comment}' where kinds <> '{}'")
        play = Play(house, [await house.join() for _ in range(PEOPLE)], agents)
        model = Model()
        for act, who, what, more in [*BEGIN, *acts]:
            accepted = await play.does(act, who, what, more)
            assert accepted == model.accepts(act, who, what, more), (act, who, what, more)
        await compare(house, model, play)

    @hypothesis_settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True
    )
    @given(acts=ACTS)
    def sequences(acts: list[tuple[str, int, Any, Any]]) -> None:
        asyncio.run_coroutine_threadsafe(check(acts), runner).result(120)

    await asyncio.to_thread(sequences)


async def test_any_sequence_of_acts_is_what_the_model_says(house: House) -> None:
    await explore(house, 40)


async def test_a_service_that_lets_anybody_judge_an_appeal_is_noticed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without that rule, the model and the service part."""
    rule = "consultation_service.rules.moderation.require_somebody_else"
    monkeypatch.setattr(rule, lambda decided_by, decides: None)
    play = Play(house, [await house.join()], [await agent(house, "organiser")])
    model = Model(inside={0})
    acts = [("write", 0, "opinion", 0), ("decide", 0, 0, "hide"), ("appeal", 0, 0, None), ("judge", 0, 0, "keep")]
    agreed = [await play.does(*act) == model.accepts(*act) for act in acts]
    assert agreed == [True, True, True, False]
