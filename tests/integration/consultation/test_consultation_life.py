"""The life of a consultation in the store: announced, open, closed, archived, and what never changes on the way."""

import datetime
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from consultation_service.configuration import Organiser, Schedule
from consultation_service.rules.acts import Act
from consultation_service.rules.edits import Limits
from consultation_service.rules.policy import ReleaseCalendar
from consultation_service.settings import Settings
from consultation_service.store import configuration, consultations, life, republication
from consultation_service.store.database import open_pool
from contracts.events import (
    ConsultationAnnounced,
    Event,
    PublicConsultation,
    PublicContribution,
    PublicLegal,
    PublicPhase,
)
from contracts.http import Refusal
from tests.integration.consultation.drafts import (
    CLOSES,
    OPENS,
    ORGANISER,
    POLICY,
    PRESENTATION,
    QUESTIONNAIRE,
    RANKING,
    TODAY,
    write_draft,
)

pytestmark = pytest.mark.anyio

DAY = datetime.timedelta(1)
OPEN_DAY = OPENS + DAY
REASON = "Le gouvernement a retiré le texte."


@pytest.fixture
async def connection(settings: Settings) -> AsyncIterator[Any]:
    pool = await open_pool(settings)
    async with pool.acquire() as connection:
        yield connection
    await pool.close()


@pytest.fixture
async def draft(connection: Any) -> str:
    return (await write_draft(connection)).id


@asynccontextmanager
async def undone(connection: Any) -> AsyncIterator[None]:
    """What happens inside did not happen."""
    transaction = connection.transaction()
    await transaction.start()
    yield
    await transaction.rollback()


async def facts(connection: Any) -> list[Event]:
    """What waits to leave, then nothing waits any more."""
    rows = await connection.fetch("delete from outbox returning body")
    return [msgspec.json.decode(row["body"], type=Event) for row in rows]


async def told(connection: Any) -> tuple[PublicConsultation, ConsultationAnnounced]:
    found = await facts(connection)
    (public,) = (fact for fact in found if isinstance(fact, PublicConsultation))
    announced = max((f for f in found if isinstance(f, ConsultationAnnounced)), key=lambda f: f.version)
    return public, announced


async def keep_calendar(connection: Any, day: datetime.date) -> int:
    class Pool:
        """The one connection of the test, where a pool is asked for."""

        def acquire(self) -> Any:
            return self

        async def __aenter__(self) -> Any:
            return connection

        async def __aexit__(self, *_: object) -> None: ...

    found: int = await consultations.publish_changes_of_state(Pool(), day)  # type: ignore[arg-type]
    return found


async def test_a_draft_leaves_nothing(connection: Any, draft: str) -> None:
    await consultations.publish(connection, draft, TODAY)
    await consultations.touched(connection, draft, TODAY)
    assert await keep_calendar(connection, OPEN_DAY) == 0
    await republication.publish_contents(connection, draft)
    assert await facts(connection) == []


async def test_control_without_the_guard_a_draft_would_leave(connection: Any, draft: str) -> None:
    await connection.execute("update consultation set announced = true where id = $1", draft)
    await consultations.publish(connection, draft, TODAY)
    await republication.publish_contents(connection, draft)
    assert {type(fact) for fact in await facts(connection)} == {
        PublicConsultation, ConsultationAnnounced, PublicContribution,
    }  # fmt: skip


async def test_announcing_states_everything(connection: Any, draft: str) -> None:
    await life.announce(connection, draft, TODAY)
    found = await facts(connection)
    (public,) = (fact for fact in found if isinstance(fact, PublicConsultation))
    assert (public.state, public.slug, public.title) == ("announced", PRESENTATION.slug, "Projet de loi")
    assert public.introduction_html == "<p>Un <em>projet</em>.</p>\n"
    assert public.commitment_html == "<p>Nous répondrons à <strong>chaque</strong> article.</p>\n"
    assert (public.organiser, public.organiser_number) == ("Commune de Villebrume", "73282932000074")
    assert (public.organiser_contact, public.legal) == (ORGANISER.contact, ORGANISER.legal)
    assert (public.languages, public.purposes, public.retention_days) == (("fr", "en"), POLICY.purposes, 365)
    assert [(a.attribute, a.purpose) for a in public.attributes] == [("region", "Voir si tout le territoire participe")]
    assert [(p.kind, p.first, p.last, len(p.sections)) for p in public.phases] == [
        ("collect", OPENS, datetime.date(2026, 12, 31), 1), ("vote", OPENS, CLOSES, 0),
    ]  # fmt: skip
    sections = {section.title: section for section in public.sections}
    assert [sections[title].kind for title in ("Le texte", "Idées", "Questions", "Priorités")] == [
        "articles", "proposals", "questionnaire", "ranking",
    ]  # fmt: skip
    assert sections["Idées"].review_first
    assert sections["Idées"].parent == sections["Le texte"].id
    assert sections["Questions"].editable
    assert [q.key for step in sections["Questions"].steps for q in step.questions] == ["train", "why"]
    assert sections["Questions"].steps[0].questions[1].shown_if != ""
    assert sections["Priorités"].ranking == RANKING
    contents = sorted((c.kind, c.number, c.title) for c in found if isinstance(c, PublicContribution))
    assert contents == [
        ("article", "Article 1", "Titre 1"), ("article", "Article 2", "Titre 2"), ("option", "", "Le train"),
        ("option", "", "Le vélo"),
    ]  # fmt: skip
    announced = next(fact for fact in found if isinstance(fact, ConsultationAnnounced))
    assert (announced.state, announced.purposes, announced.retention_days) == ("announced", POLICY.purposes, 365)


EMPTIED: dict[str, Callable[[Organiser], Organiser]] = {
    "organiser": lambda kept: msgspec.structs.replace(kept, name=""),
    "organiser_number": lambda kept: msgspec.structs.replace(kept, number=" "),
    "organiser_contact": lambda kept: msgspec.structs.replace(kept, contact=""),
    **{
        field: lambda kept, field=field: msgspec.structs.replace(  # type: ignore[misc]
            kept, legal=msgspec.structs.replace(kept.legal, **{field: "  "})
        )
        for field in PublicLegal.__struct_fields__
    },
}


async def test_nothing_is_announced_without_its_legal_notice(connection: Any, draft: str) -> None:
    for field, emptied in EMPTIED.items():
        await configuration.save_organiser(connection, draft, emptied(ORGANISER), TODAY)
        with pytest.raises(Refusal) as refused:
            await life.announce(connection, draft, TODAY)
        assert (refused.value.code, refused.value.field) == ("field_needed", field)
    assert await facts(connection) == []
    await configuration.save_organiser(connection, draft, ORGANISER, TODAY)
    await life.announce(connection, draft, TODAY)
    for field, emptied in EMPTIED.items():
        with pytest.raises(Refusal) as refused:
            await configuration.save_organiser(connection, draft, emptied(ORGANISER), TODAY)
        assert (refused.value.code, refused.value.field) == ("field_needed", field)


async def test_nothing_is_announced_without_its_policy(connection: Any, draft: str) -> None:
    empty: dict[str, Any] = {"purposes": (" ",), "retention_days": 0, "terms_version": ""}
    for field, value in empty.items():
        await configuration.save_policy(connection, draft, msgspec.structs.replace(POLICY, **{field: value}), TODAY)
        assert [refusal.field for refusal in await life.unready(connection, draft, TODAY)] == [field]


async def test_nothing_is_announced_without_its_texts(connection: Any, draft: str) -> None:
    for field in ("introduction", "commitment"):
        emptied = msgspec.structs.replace(PRESENTATION, **{field: ""})
        await configuration.save_presentation(connection, draft, emptied, TODAY)
        assert [refusal.field for refusal in await life.unready(connection, draft, TODAY)] == [field]


async def test_each_section_must_be_ready(connection: Any, draft: str) -> None:
    for change, title in (
        ("update section set questionnaire = null", "Questions"),
        ("update section set questionnaire = '{\"sections\":[]}' where kind = 'questionnaire'", "Questions"),
        ("update section set ranking = null", "Priorités"),
        ("delete from contribution where title = 'Le train'", "Priorités"),
        ("delete from contribution where kind = 'article'", "Le texte"),
    ):
        async with undone(connection):
            await connection.execute(change)
            section = await connection.fetchval("select id::text from section where title = $1", title)
            found = [(refusal.code, refusal.field) for refusal in await life.unready(connection, draft, TODAY)]
            assert found == [("part_unready", section)]


async def test_a_consultation_without_sections_is_not_ready(connection: Any, draft: str) -> None:
    await connection.execute("delete from section")
    assert [r.field for r in await life.unready(connection, draft, TODAY)] == ["sections"]


async def test_a_draft_whose_first_day_is_over_is_not_announced(connection: Any, draft: str) -> None:
    with pytest.raises(Refusal, match="opening_past"):
        await life.announce(connection, draft, OPENS + DAY)


async def test_only_a_siret_is_a_number(connection: Any, draft: str) -> None:
    for number in ("73282932000075", "7328293200007", "SIRET"):
        wrong = msgspec.structs.replace(ORGANISER, number=number)
        with pytest.raises(Refusal) as refused:
            await configuration.save_organiser(connection, draft, wrong, TODAY)
        assert (refused.value.code, refused.value.field) == ("number_refused", "organiser_number")


async def test_days_open_and_close_it(connection: Any, draft: str) -> None:
    await life.announce(connection, draft, TODAY)
    await facts(connection)
    assert await keep_calendar(connection, OPENS - DAY) == 0
    for day, state in ((OPENS, "open"), (CLOSES + DAY, "closed")):
        assert await keep_calendar(connection, day) == 1
        assert await keep_calendar(connection, day) == 0
        public, announced = await told(connection)
        assert (public.state, announced.state) == (state, state)
    await life.archive(connection, draft, CLOSES + DAY)
    assert (await told(connection))[0].state == "archived"
    assert await keep_calendar(connection, CLOSES + 2 * DAY) == 0


async def test_closing_early_takes_effect_at_once(connection: Any, draft: str) -> None:
    await life.announce(connection, draft, TODAY)
    await facts(connection)
    for day in (TODAY, OPEN_DAY):
        async with undone(connection):
            with pytest.raises(Refusal, match="reason_missing"):
                await life.close_early(connection, draft, "  court  ", day)
            await life.close_early(connection, draft, f" {REASON} ", day)
            public, announced = await told(connection)
            assert (public.state, public.closed_early_on, public.closed_early_reason) == ("closed", day, REASON)
            assert announced.state == "closed"
            with pytest.raises(Refusal, match="closed"):
                await consultations.require_act(connection, draft, Act.VOTE, day)
            assert await keep_calendar(connection, day) == 0
            with pytest.raises(Refusal, match="closed"):
                await life.close_early(connection, draft, REASON, day)


async def test_what_is_public_is_never_deleted(connection: Any, draft: str) -> None:
    await life.announce(connection, draft, TODAY)
    for day in (TODAY, OPEN_DAY, CLOSES + DAY):
        with pytest.raises(Refusal, match="state_refused"):
            await life.delete_draft(connection, draft, day)


async def test_a_draft_is_deleted_with_all_that_is_in_it(connection: Any, draft: str) -> None:
    other = (await write_draft(connection, "autre")).id
    await connection.execute("insert into vote select id, sha256('x'), 1, $1 from contribution", TODAY)
    await life.delete_draft(connection, draft, TODAY)
    for table in ("section", "phase", "contribution"):
        owners = await connection.fetch(f"select distinct consultation_id::text as id from {table}")
        assert [row["id"] for row in owners] == [other]
    assert await connection.fetchval("select count(*) from vote") == 4
    with pytest.raises(Refusal, match="unknown_consultation"):
        await consultations.plan_of(connection, draft)


CHANGES: dict[str, Any] = {
    "level": 2, "scale": "support", "attributes": (), "purposes": ("Autre chose",), "retention_days": 3000,
    "release": ReleaseCalendar(every_days=30), "terms_version": "2",
}  # fmt: skip


async def test_the_policy_is_frozen_when_it_opens(connection: Any, draft: str) -> None:
    await life.announce(connection, draft, TODAY)
    before = (await told(connection))[0].policy_digest
    assert len(before) == 64
    for field, value in CHANGES.items():
        async with undone(connection):
            changed = msgspec.structs.replace(POLICY, **{field: value})
            await configuration.save_policy(connection, draft, changed, TODAY)
            after = (await told(connection))[0].policy_digest
            assert after != before, field
            await keep_calendar(connection, OPENS)
            assert (await told(connection))[0].policy_digest == after
            for given in (POLICY, changed):
                with pytest.raises(Refusal, match="state_refused"):
                    await configuration.save_policy(connection, draft, given, OPENS)
            await keep_calendar(connection, CLOSES + DAY)
            assert (await told(connection))[0].policy_digest == after


async def test_anybody_can_compute_the_digest_again(connection: Any, draft: str) -> None:
    await life.announce(connection, draft, TODAY)
    public = msgspec.to_builtins((await told(connection))[0])
    policy = {name: public[name] for name in ("attributes", "level", "purposes", "release", "retention_days")} | {
        "scales": {"": public["scale"], **{section["id"]: section["scale"] for section in public["sections"]}},
        "terms_version": public["terms_version"],
    }
    canonical = json.dumps(policy, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert hashlib.sha256(canonical).hexdigest() == public["policy_digest"]


async def test_what_the_bus_cannot_hold_is_refused(connection: Any, draft: str) -> None:
    await connection.execute("update section set introduction_html = repeat('<p>a</p>', 40000)")
    with pytest.raises(Refusal, match="consultation_too_large"):
        await life.announce(connection, draft, TODAY)


async def test_whoever_goes_round_the_freeze_is_stopped(connection: Any, draft: str) -> None:
    """Whatever writes a scale or a purpose, once the consultation is open nothing of it is published."""
    await life.announce(connection, draft, TODAY)
    await keep_calendar(connection, OPENS)
    await facts(connection)
    await connection.execute("update section set scale = 'one_to_five' where title = 'Idées'")
    with pytest.raises(Refusal, match="policy_frozen"):
        await consultations.touched(connection, draft, OPENS)
    await connection.execute("update section set scale = 'support' where title = 'Idées'")
    await consultations.touched(connection, draft, OPENS)


async def test_the_last_day_is_put_off_and_phases_with_it(connection: Any, draft: str) -> None:
    await life.announce(connection, draft, TODAY)
    await keep_calendar(connection, OPENS)
    later = CLOSES + 10 * DAY
    phases = (PublicPhase(kind="vote", title="Votes", first=OPENS, last=later),)
    await configuration.save_schedule(
        connection, draft, Schedule(opens_on=OPENS, closes_on=later, phases=phases), OPEN_DAY
    )
    public, announced = await told(connection)
    assert (public.closes_on, public.phases, announced.closes_on) == (later, phases, later)
    refused = {
        "closing_earlier": Schedule(opens_on=OPENS, closes_on=CLOSES),
        "already_open": Schedule(opens_on=OPENS + DAY, closes_on=later),
        "dates_refused": Schedule(opens_on=OPENS, closes_on=OPENS - DAY),
        "phase_dates_refused": Schedule(
            opens_on=OPENS,
            closes_on=later,
            phases=(PublicPhase(kind="vote", title="", first=OPENS - DAY, last=later),),
        ),
        "phases_overlap": Schedule(opens_on=OPENS, closes_on=later, phases=phases * 2),
        "section_refused": Schedule(
            opens_on=OPENS,
            closes_on=later,
            phases=(msgspec.structs.replace(phases[0], sections=("6f0f6a4e-0d3e-4a4c-8f2e-6f6d5f7b8a10",)),),
        ),
    }
    for code, schedule in refused.items():
        with pytest.raises(Refusal, match=code):
            await configuration.save_schedule(connection, draft, schedule, OPEN_DAY)


async def test_phases_say_what_can_be_done(connection: Any, draft: str) -> None:
    await life.announce(connection, draft, TODAY)
    ideas = await connection.fetchval("select id::text from section where title = 'Idées'")
    await consultations.require_act(connection, draft, Act.CONTRIBUTE, OPENS, ideas)
    await consultations.require_act(connection, draft, Act.VOTE, CLOSES, ideas)
    for act, day, code in (
        (Act.VOTE, TODAY, "not_open_yet"), (Act.CONTRIBUTE, CLOSES, "phase_over"), (Act.AMEND, OPENS, "phase_over"),
        (Act.VOTE, CLOSES + DAY, "closed"),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=code):
            await consultations.require_act(connection, draft, act, day, ideas)
    with pytest.raises(Refusal, match="unknown_consultation"):
        await consultations.require_act(connection, "6f0f6a4e-0d3e-4a4c-8f2e-6f6d5f7b8a10", Act.VOTE, OPENS)


async def test_addresses_stay(connection: Any, draft: str) -> None:
    other = (await write_draft(connection, "autre")).id
    for _ in range(2):  # the refusal leaves the transaction usable
        with pytest.raises(Refusal, match="slug_taken"):
            await configuration.save_presentation(connection, other, PRESENTATION, TODAY)
    await life.announce(connection, draft, TODAY)
    with pytest.raises(Refusal, match="slug_kept"):
        await configuration.save_presentation(
            connection, draft, msgspec.structs.replace(PRESENTATION, slug="encore"), TODAY
        )
    renamed = msgspec.structs.replace(PRESENTATION, title="Nouveau titre")
    await facts(connection)
    await configuration.save_presentation(connection, draft, renamed, OPEN_DAY)
    public, announced = await told(connection)
    assert (public.title, announced.title) == ("Nouveau titre", "Nouveau titre")


async def test_nothing_changes_in_an_archive(connection: Any, draft: str) -> None:
    await life.announce(connection, draft, TODAY)
    end = CLOSES + DAY
    await life.archive(connection, draft, end)
    for save, given in (
        (configuration.save_presentation, PRESENTATION), (configuration.save_organiser, ORGANISER),
        (configuration.save_policy, POLICY), (configuration.save_limits, Limits()),
        (configuration.save_schedule, Schedule(opens_on=OPENS, closes_on=CLOSES)),
    ):  # fmt: skip
        with pytest.raises(Refusal, match="state_refused"):
            await save(connection, draft, given, end)  # type: ignore[arg-type]


async def test_limits_are_kept(connection: Any, draft: str) -> None:
    assert await consultations.limits_of(connection, draft) == Limits(texts_a_day={"proposal": 3})
    assert (await configuration.read(connection, draft)).limits == Limits(texts_a_day={"proposal": 3})


async def test_what_is_read_is_what_was_saved(connection: Any, draft: str) -> None:
    found = await configuration.read(connection, draft)
    assert found.presentation == PRESENTATION
    assert found.organiser == msgspec.structs.replace(ORGANISER, number="73282932000074")
    assert found.policy == POLICY
    assert found.missing == ()
    written = await connection.fetchval("select questionnaire from section where kind = 'questionnaire'")
    assert msgspec.json.decode(written, type=type(QUESTIONNAIRE)) == QUESTIONNAIRE
