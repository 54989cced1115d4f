"""The moderation journal over a real database: every sequence of acts against a plain model, and what leaves for the
bus after each of them."""

import asyncio
import datetime
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from consultation_service.contributions import Text
from consultation_service.publication import contribution_event
from consultation_service.rules.moderation import begin, fold
from consultation_service.settings import Settings
from consultation_service.store import consultations, edits, moderation, reports
from consultation_service.store.consultations import NewConsultation, NewSection
from consultation_service.store.contributions import COLUMNS
from consultation_service.store.database import Pool, open_pool
from consultation_service.store.moderation import Ruling
from consultation_service.store.outbox import enqueue
from contracts.events import Event, PublicContribution, PublicJournal, PublicVersion, new_id
from contracts.http import Refusal

pytestmark = pytest.mark.anyio

DAY = datetime.date(2026, 11, 23)
FACTS = "Le texte vise une personne que l’on reconnaît."
PEOPLE = {name: name.encode().ljust(32, b".") for name in ("author", "ann", "bob", "eve")}
STAFF = ("m1", "m2")


@dataclass
class Stage:
    """A consultation with one section, whose relay does not run: the outbox holds what the bus would."""

    pool: Pool
    consultation: str
    section: str

    async def add(
        self,
        state: str = "published",
        kind: str = "opinion",
        parent: str | None = None,
        body: str = "",
        quoted: str = "",
    ) -> str:
        item = new_id()
        await self.pool.execute(
            """
            insert into contribution (id, consultation_id, section_id, parent_id, kind, author, title, body, body_html,
              scale, day, state, waits_since, base_version, changes)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $8, 'support', $9, $10, $11, $12, $13)
            """,
            item, self.consultation, self.section, parent, kind, PEOPLE["author"], f"Titre {body}", body, DAY, state,
            DAY if state == "pending" else None, 1 if parent else 0,
            f'[{{"kind": "removed", "text": "{quoted}"}}]' if parent else "[]",
        )  # fmt: skip
        if state != "pending":
            async with self.pool.acquire() as connection:
                rows = await connection.fetch(f"select {COLUMNS} from contribution where id = $1", item)
                await enqueue(connection, map(contribution_event, rows))
        return item

    async def act(self, work: Any) -> None:
        """``work(connection)`` in a transaction, as a desk does it."""
        async with self.pool.acquire() as connection, connection.transaction():
            await work(connection)

    async def held(self, item: str) -> moderation.Held:
        async with self.pool.acquire() as connection:
            return await moderation.hold(connection, item, lock=False)

    async def seen(self, item: str) -> str:
        return (await self.held(item)).seen

    async def decide(self, item: str, decision: Any, by: str = "m1", rule: str = "insult") -> None:
        ruling = Ruling(decision, "" if decision == "keep" else rule, FACTS, await self.seen(item))
        await self.act(lambda connection: moderation.decide(connection, item, ruling, by, DAY))

    async def decide_appeal(self, item: str, decision: Any, by: str = "m2", rule: str = "insult") -> None:
        ruling = Ruling(decision, "" if decision == "keep" else rule, FACTS, await self.seen(item))
        await self.act(lambda connection: moderation.decide_appeal(connection, item, ruling, by, DAY))

    async def reverse(self, item: str, by: str = "m1") -> None:
        seen = await self.seen(item)
        await self.act(lambda connection: moderation.reverse(connection, item, FACTS, seen, by, DAY))

    async def report(self, item: str, who: str, motive: str = "off_topic", words: str = "") -> bool:
        return await reports.report(self.pool, item, self.consultation, PEOPLE[who], motive, words, DAY)

    async def appeal(self, item: str, who: str = "author", day: datetime.date = DAY) -> bool:
        return await reports.appeal(self.pool, item, self.consultation, PEOPLE[who], "Je ne suis pas d’accord.", day)

    async def edit(self, item: str, body: str) -> None:
        async with self.pool.acquire() as connection:
            own = await edits.own(connection, item, PEOPLE["author"])
        await edits.edit(self.pool, PEOPLE["author"], own, Text(f"Titre {body}", body, "", "", "", body, ""), (), DAY)

    async def events(self) -> list[Event]:
        rows = await self.pool.fetch("select body from outbox where subject like 'public.%'")
        return [msgspec.json.decode(row["body"], type=Event) for row in rows]

    async def last(self, kind: type, item: str) -> Any:
        found = [e for e in await self.events() if isinstance(e, kind) and getattr(e, "contribution", "") == item]
        return found[0] if found else None

    async def told(self) -> set[str]:
        rows = await self.pool.fetch("delete from notice_due where reason = 'moderation' returning participant")
        return {name for name, pseudonym in PEOPLE.items() if pseudonym in {row["participant"] for row in rows}}


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    pool = await open_pool(settings)
    stage = Stage(pool, new_id(), new_id())
    section = NewSection(id=stage.section, position=0, title="Idées", kinds=("opinion",), scale="support")
    new = NewConsultation(
        id=stage.consultation, slug="essai", title="Essai", introduction="", introduction_html="", organiser="Ville",
        language="fr", scale="support", terms_version="1", opens_on=DAY - datetime.timedelta(20),
        closes_on=DAY + datetime.timedelta(20), sections=(section,),
    )  # fmt: skip
    async with pool.acquire() as connection:
        await consultations.create(connection, new)
    await pool.executemany(
        "insert into participant (consultation_id, pseudonym, terms_version, joined_on) values ($1, $2, '1', $3)",
        [(stage.consultation, pseudonym, DAY) for pseudonym in PEOPLE.values()],
    )
    await pool.execute("""update consultation set limits = '{"edits_a_day": 100000, "reports_a_day": 100000}'""")
    yield stage
    await pool.close()


@dataclass
class Model:
    """What moderation is, in the plainest words: a pile of decisions, each with what things were before it."""

    visibility: str
    reports: set[str] = field(default_factory=set)
    appeal: str = ""
    revised: bool = False
    pile: list[dict[str, Any]] = field(default_factory=list)
    entries: int = 0

    @property
    def text_shown(self) -> bool:
        return self.visibility == "published"

    @property
    def waits(self) -> bool:
        return bool(self.reports or self.appeal or self.revised or self.visibility == "pending")

    def decide(self, decision: str, by: str, *, on_appeal: bool) -> bool:
        if on_appeal != bool(self.appeal) or (on_appeal and self.pile[-1]["by"] == by):
            return False
        before = {
            "visibility": self.visibility,
            "reports": self.reports,
            "appeal": self.appeal,
            "revised": self.revised,
        }
        self.pile.append({"by": by, "first": not on_appeal, "decision": decision, **before})
        self.visibility = {"keep": "published", "hide": "hidden", "send_back": "sent_back"}[decision]
        self.reports, self.appeal, self.revised = set(), "", False
        return True

    def step(self, act: str, who: str, decision: str) -> bool:
        match act:
            case "report":
                accepted = self.visibility == "published" and who != "author"
                # Somebody who reports again what waits is told so; nothing is written.
                if accepted and who in self.reports:
                    return True
                if accepted:
                    self.reports = self.reports | {who}
            case "decide":
                accepted = self.decide(decision, who, on_appeal=False)
            case "decide_appeal":
                accepted = self.decide(decision, who, on_appeal=True)
            case "edit":
                accepted = self.visibility in ("published", "sent_back", "pending") and not (
                    self.visibility == "pending" and self.pile
                )
                accepted = accepted and not (self.visibility == "pending" and self.entries)
                if self.visibility != "sent_back" or self.revised or not accepted:
                    return accepted
                self.revised = True
            case "appeal":
                if self.appeal == who:
                    return True
                last = self.pile[-1] if self.pile else None
                dismissed = last is not None and last["decision"] == "keep" and who in last["reports"]
                withheld = last is not None and last["decision"] != "keep" and who == "author"
                accepted = last is not None and last["first"] and not self.appeal and (dismissed or withheld)
                if accepted:
                    self.appeal = who
            case _:
                accepted = bool(self.pile)
                if accepted:
                    last = self.pile.pop()
                    self.visibility, self.appeal, self.revised = last["visibility"], last["appeal"], last["revised"]
                    self.reports = self.reports | last["reports"]
        self.entries += accepted
        return accepted


ACTS = st.one_of(
    st.tuples(st.just("report"), st.sampled_from(("ann", "bob", "author")), st.just("")),
    st.tuples(st.just("decide"), st.sampled_from(STAFF), st.sampled_from(("keep", "hide", "send_back"))),
    st.tuples(st.just("edit"), st.just("author"), st.just("")),
    st.tuples(st.just("appeal"), st.sampled_from(("ann", "bob", "author")), st.just("")),
    st.tuples(st.just("decide_appeal"), st.sampled_from(STAFF), st.sampled_from(("keep", "hide", "send_back"))),
    st.tuples(st.just("reverse"), st.sampled_from(STAFF), st.just("")),
)
SEQUENCES = st.tuples(st.booleans(), st.lists(ACTS, min_size=3, max_size=16))


async def play(stage: Stage, review_first: bool, acts: list[tuple[str, str, str]]) -> None:
    """One item lives through ``acts``; after each, what everybody reads is what the model says."""
    await stage.pool.execute("delete from outbox")
    model = Model("pending" if review_first else "published")
    marks = [f"motsecret{new_id()[:8]}"]
    banned: set[str] = set()  # texts that a moderator sent back, or that nobody read, are never shown
    item = await stage.add(model.visibility, body=marks[0])
    if not review_first:
        await stage.add(kind="amendment", parent=item, body="autre", quoted=marks[0])
    for act, who, decision in acts:
        try:
            match act:
                case "report":
                    await stage.report(item, who)
                case "decide":
                    await stage.decide(item, decision, who)
                case "edit":
                    mark = f"motsecret{new_id()[:8]}"
                    await stage.edit(item, mark)
                    marks.append(mark)
                case "appeal":
                    await stage.appeal(item, who)
                case "decide_appeal":
                    await stage.decide_appeal(item, decision, who)
                case _:
                    await stage.reverse(item, who)
            accepted = True
        except Refusal:
            accepted = False
        if act == "edit" and accepted and model.visibility != "published":
            banned |= set(marks[:-1])
        assert accepted == model.step(act, who, decision), (act, who, decision, model)
        await compare(stage, item, model, marks, banned)


async def compare(stage: Stage, item: str, model: Model, marks: list[str], banned: set[str]) -> None:
    held = await stage.held(item)
    assert held.item == fold(begin(held.review_first), held.entries)
    assert (held.item.visibility, held.item.waits, held.item.number) == (model.visibility, model.waits, model.entries)
    row = await stage.pool.fetchrow("select waits_since, waits_for from contribution where id = $1", item)
    assert row is not None
    assert (row["waits_since"] is not None) == model.waits
    told = await stage.last(PublicContribution, item)
    public = "hidden" if model.visibility == "pending" else model.visibility
    if told is not None:
        assert (told.state, told.body != "") == (public, model.text_shown)
        assert (told.rule != "") == (model.visibility in ("hidden", "sent_back"))
    else:
        assert model.visibility == "pending"
        assert not model.entries
    journal = await stage.last(PublicJournal, item)
    assert (journal.version if journal else 0) == model.entries
    said = [row["body"].decode() for row in await stage.pool.fetch("select body from outbox")]
    withheld = banned if model.text_shown else marks
    assert not [body for body in said if any(mark in body for mark in withheld)]


async def explore(stage: Stage, examples: int) -> None:
    loop = asyncio.get_running_loop()

    # Without shrinking: the controls need a failure, not the shortest one.
    @hypothesis_settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None,
        phases=(Phase.explicit, Phase.generate),
    )  # fmt: skip
    @given(sequence=SEQUENCES)
    def sequences(sequence: tuple[bool, list[tuple[str, str, str]]]) -> None:
        asyncio.run_coroutine_threadsafe(play(stage, *sequence), loop).result(60)

    await asyncio.to_thread(sequences)


async def test_any_sequence_of_acts_shows_what_the_model_says(stage: Stage) -> None:
    await explore(stage, 120)


async def test_the_test_notices_a_text_that_is_not_withheld(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(row: Any) -> PublicContribution:
        return msgspec.structs.replace(contribution_event({**row, "state": "published"}), state=row["state"])

    monkeypatch.setattr(moderation, "contribution_event", everything)
    with pytest.raises((AssertionError, ExceptionGroup)):
        await explore(stage, 60)


async def test_the_test_notices_an_amendment_that_quotes_a_hidden_text(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def quoted(*_: Any) -> None:
        """Leaves the quotations where they are."""

    monkeypatch.setattr(moderation, "forget_quotations", quoted)
    with pytest.raises((AssertionError, ExceptionGroup)):
        await explore(stage, 60)


async def test_former_versions_go_and_come_back_with_the_text(stage: Stage) -> None:
    item = await stage.add(body="Première version.")
    await stage.edit(item, "Seconde version.")

    async def former() -> PublicVersion:
        return next(event for event in await stage.events() if isinstance(event, PublicVersion))

    shown = await former()
    await stage.decide(item, "hide")
    hidden = await former()
    await stage.reverse(item)
    back = await former()
    assert (shown.body_html, hidden.body_html, back.body_html) == ("Première version.", "", "Première version.")
    assert shown.revision < hidden.revision < back.revision


async def test_an_amendment_quotes_again_what_is_shown_again(stage: Stage) -> None:
    item = await stage.add(body="Le parc ouvre à huit heures.")
    amendment = await stage.add(kind="amendment", parent=item, body="Le parc ouvre à neuf heures.", quoted="huit")
    await stage.decide(item, "hide")
    assert (await stage.last(PublicContribution, amendment)).changes == ()
    await stage.reverse(item)
    told = await stage.last(PublicContribution, amendment)
    assert ("removed", "huit") in [(change.kind, change.text.strip()) for change in told.changes]


async def test_authors_and_reporters_are_told_and_nobody_else(stage: Stage) -> None:
    item = await stage.add()
    await stage.report(item, "ann")
    assert await stage.told() == set()
    await stage.decide(item, "keep")
    assert await stage.told() == {"ann"}
    await stage.report(item, "bob")
    await stage.decide(item, "hide")
    assert await stage.told() == {"author", "bob"}
    await stage.appeal(item)
    await stage.decide_appeal(item, "keep")
    assert await stage.told() == {"author", "bob"}
    await stage.reverse(item, "m2")
    assert await stage.told() == {"author"}


async def refused(work: Any) -> str:
    with pytest.raises(Refusal) as found:
        await work
    return found.value.code


async def test_reports_are_limited_and_come_once(stage: Stage) -> None:
    item, other, own = await stage.add(), await stage.add(), await stage.add("pending")
    assert await stage.report(item, "ann", words="Voici pourquoi.")
    assert not await stage.report(item, "ann", words="Voici pourquoi.")
    assert await refused(stage.report(item, "ann", words="Autre chose.")) == "already_reported"
    assert await refused(stage.report(item, "author")) == "report_own"
    assert await refused(stage.report(own, "ann")) == "unknown_contribution"
    assert await refused(stage.report(new_id(), "ann")) == "unknown_contribution"
    await stage.pool.execute("""update consultation set limits = '{"reports_a_day": 1}'""")
    assert await refused(stage.report(other, "ann")) == "too_many_reports"
    assert await stage.report(other, "bob")
    await stage.decide(other, "hide")
    assert await refused(stage.report(other, "eve")) == "not_visible"
    await stage.pool.execute("delete from participant where pseudonym = $1", PEOPLE["eve"])
    assert await refused(stage.report(item, "eve")) == "not_participating"


async def test_an_item_that_everybody_reports_keeps_a_small_journal(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MAX_OPEN_REPORTS", 1)
    item = await stage.add()
    await stage.report(item, "ann")
    assert await refused(stage.report(item, "bob")) == "reported_enough"


async def test_words_of_participants_are_never_public(stage: Stage) -> None:
    item = await stage.add()
    await stage.report(item, "ann", words="motsecret de la personne")
    await stage.decide(item, "hide")
    await stage.appeal(item)
    journal = await stage.last(PublicJournal, item)
    assert [entry.kind for entry in journal.entries] == ["reported", "decided", "appealed"]
    assert "motsecret" not in str(journal)
    assert "pas d’accord" not in str(journal)
    assert STAFF[0] not in {str(value) for entry in journal.entries for value in msgspec.structs.astuple(entry)}


async def test_an_appeal_is_for_whom_it_concerns_and_decided_by_somebody_else(stage: Stage) -> None:
    item = await stage.add()
    assert await refused(stage.appeal(item)) == "appeal_refused"
    await stage.report(item, "ann")
    await stage.decide(item, "keep")
    assert await refused(stage.appeal(item)) == "appeal_refused"
    assert await refused(stage.appeal(item, "bob")) == "appeal_refused"
    assert await stage.appeal(item, "ann")
    assert not await stage.appeal(item, "ann")
    assert await refused(stage.decide(item, "hide")) == "entry_refused"
    assert await refused(stage.decide_appeal(item, "hide", "m1")) == "same_moderator"
    await stage.decide_appeal(item, "hide", "m2")
    assert (await stage.last(PublicContribution, item)).state == "hidden"
    late = DAY + datetime.timedelta(185)
    other = await stage.add()
    await stage.decide(other, "hide")
    assert await refused(stage.appeal(other, day=late)) == "appeal_late"


async def test_nobody_decides_about_a_text_they_did_not_read(stage: Stage) -> None:
    item = await stage.add("pending")
    seen = await stage.seen(item)
    await stage.edit(item, "Tout autre chose.")
    ruling = Ruling("keep", "", "", seen)
    assert (
        await refused(stage.act(lambda connection: moderation.decide(connection, item, ruling, "m1", DAY)))
        == "entry_refused"
    )
    await stage.decide(item, "keep")
    assert (await stage.last(PublicContribution, item)).body == "Tout autre chose."


async def test_two_moderators_at_once_decide_once(stage: Stage) -> None:
    item = await stage.add()
    ruling = Ruling("hide", "insult", FACTS, await stage.seen(item))
    done = await asyncio.gather(
        *(stage.act(lambda connection, by=by: moderation.decide(connection, item, ruling, by, DAY)) for by in STAFF),
        return_exceptions=True,
    )
    assert [type(one) for one in done].count(Refusal) == 1
    assert (await stage.held(item)).item.number == 1


async def test_what_nobody_wrote_cannot_be_sent_back(stage: Stage) -> None:
    item = await stage.add()
    await stage.pool.execute("update contribution set author = null where id = $1", item)
    assert await refused(stage.decide(item, "send_back")) == "no_author"
    await stage.pool.execute("update contribution set state = 'withdrawn' where id = $1", item)
    assert await refused(stage.decide(item, "hide")) == "withdrawn"


async def test_delays_count_from_the_first_day_of_waiting(stage: Stage) -> None:
    async def figures() -> moderation.Delays:
        return await moderation.delays(stage.pool, stage.consultation)

    assert await figures() == (None, 0, 0, None)
    item, other, alone = await stage.add(), await stage.add("pending"), await stage.add()
    await stage.report(item, "ann")
    await stage.report(item, "bob")
    assert await figures() == (None, 0, 2, DAY)
    await stage.pool.execute(
        "update moderation_entry set day = $1 where contribution_id = $2 and number = 1",
        DAY - datetime.timedelta(4),
        item,
    )
    await stage.decide(item, "keep")
    await stage.decide(other, "keep")
    await stage.decide(alone, "hide")
    assert await figures() == (0, 2, 0, None)
    await stage.pool.execute("update contribution set day = $1 where id = $2", DAY - datetime.timedelta(6), other)
    assert (await figures()).median_days == 4
